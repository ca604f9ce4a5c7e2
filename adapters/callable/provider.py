"""What an account at Callable holds, as rows of the data model.

Trunks are addresses of the account's default trunk, which calls are taken from; calls are sent to
those that a device of a flow lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.callable.client import BASE_URL, CallableClient
from adapters.callable.incoming import read_events, read_proof
from adapters.callable.schemas.trunks import DESCRIPTION
from gateway.domain import flows
from gateway.domain.flows import FlowType, ReferenceKind
from gateway.domain.holdings import Holding, Link
from gateway.domain.problems import Invalid, Why
from gateway.domain.words import EndpointKind
from gateway.services import trunks
from gateway.services.credentials import auto_name
from gateway.wire import Change
from gateway.wire.provider import Login, Provider, Reading, named, plain
from gateway.wire.upstream import Transport

TRUNK = ("address", "port", "description", "extras")
HOOK = (
    "purpose", "url", "auth_type", "method", "priority", "key_name", "key_value", "username",
    "password", "extras",
)  # fmt: skip
DEVICE = ("type", "name", "extension", "extras")
HOME, LIST = Link.to("trunks", trunks.DEFAULT_NAME), Link.to("access_lists", trunks.DEFAULT_NAME)
NAMED_BY = {
    ReferenceKind.NODE: "flow_nodes",
    ReferenceKind.ENDPOINT: "endpoints",
    ReferenceKind.HOOK: "hooks",
    ReferenceKind.NUMBER: "numbers",
}


class AccountClient(CallableClient):
    """A client for one account: the one that is named, else the only one the login opens."""

    account = ""

    def call(self, name: str, **given: Any) -> Any:
        if "{account}" in self.calls[name].path and "account" not in given:
            given["account"] = self.account = self.account or self._only()
        return super().call(name, **given)

    def listed(self, name: str) -> Iterator[Change]:
        yield from self.call(name)

    def _only(self) -> str:
        found = [named(one.get("uid")) for one in super().call("listAccounts")]
        if len(found) != 1:
            text = f"the login opens {len(found)} accounts: name one of them"
            raise Invalid.one("settings.account", "choice", text)
        return found[0]


def connect(transport: Transport, login: Login) -> AccountClient:
    client = AccountClient(transport, login.key, login.secret, now=login.now)
    client.account = login.account
    return client


def read_hooks(at: Reading) -> Iterator[Holding]:
    for hook in at.client.listed("listHooks"):
        yield from at.holding("hooks", hook, HOOK, {"dialect": "callable"})


def read_flows(at: Reading) -> Iterator[Holding]:
    """Addresses, numbers and devices together: devices say where the other two stand in flows."""
    devices = list(at.client.listed("listDevices"))
    configs = [_linked(device) for device in devices]
    dialled = {link for config in configs for link in config.get("trunks") or ()}
    leads = {link: named(device.get("uid")) for device, config in zip(devices, configs, strict=True)
             for link in config.get("ddis") or ()}  # fmt: skip
    yield from _addresses(at, dialled)
    for device, config in zip(devices, configs, strict=True):
        yield from at.holding("flow_nodes", device, DEVICE, {"config": config})
    for ddi in at.client.listed("listDdis"):
        node = leads.get(Link.to("numbers", named(ddi.get("uid"))))
        more = {"flow_node": Link.to("flow_nodes", node)} if node else {}
        yield from at.holding("numbers", ddi, ("e164",), more)


def _addresses(at: Reading, dialled: set[str]) -> Iterator[Holding]:
    found = list(at.client.listed("listTrunks"))
    yield Holding("trunks", HOME, {"name": trunks.DEFAULT_NAME, "is_auto": True})
    if found:
        name = auto_name(trunks.DEFAULT_NAME)
        yield Holding("access_lists", LIST, {"name": name, "is_auto": True, "home_trunk": HOME})
        to = {"trunk": HOME, "access_list": LIST}
        yield Holding("trunk_access_lists", Link.to("trunk_access_lists", trunks.DEFAULT_NAME), to)
    for trunk in found:
        own = Link.to("endpoints", named(trunk.get("uid")))
        more = {
            "trunk": HOME, "access_list": LIST, "admits": True, "dials": own in dialled,
            "kind": str(EndpointKind.HOST),
        }  # fmt: skip
        if trunk.get("description") == DESCRIPTION:
            del trunk["description"]  # stands there when nobody wrote one
        yield from at.holding("endpoints", trunk, TRUNK, more)


def _linked(device: Change) -> dict[str, Any]:
    """A device's config with links in the places that name others; as it is, and odd, where its
    places cannot be found."""
    config = plain(device.get("config")) or {}
    if (type_ := device.get("type")) is None:
        return dict(config)
    try:
        return flows.rewritten(FlowType(type_), config, _link)
    except ValueError as why:
        device.odd["config"] = [Why("type", str(why))]
        return dict(config)


def _link(found: flows.Found) -> Link:
    return Link.to(NAMED_BY[found.place.kind], str(found.value))


PROVIDER = Provider(
    base_url=BASE_URL,
    connect=connect,
    readers=(read_hooks, read_flows),
    probes={
        "hooks": "listHooks",
        "endpoints": "listTrunks",
        "numbers": "listDdis",
        "flow_nodes": "listDevices",
    },
    by_hand={"dials": "list the platform's address in a SIP gateway of the number's flow"},
    events=read_events,
    event_proof=read_proof,
)
