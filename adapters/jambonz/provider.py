"""What an account on a jambonz platform holds, as rows of the data model.

A gateway that takes calls stands in the automatic access list of its carrier, and a carrier's login
in an automatic credential list, as they do when they are made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.jambonz.client import BASE_URL, JambonzClient
from adapters.jambonz.incoming import read_events, read_proof
from adapters.jambonz.schemas.applications import HOOKS
from gateway.domain.holdings import Holding, Link
from gateway.domain.words import EndpointKind, HookPurpose, NumberHandling
from gateway.services.credentials import auto_name
from gateway.wire import Change
from gateway.wire.messages import Messages, Outgoing
from gateway.wire.provider import Login, Provider, Reading, named
from gateway.wire.upstream import Transport

TRUNK = (
    "name", "description", "is_active", "leading_plus", "tech_prefix", "register_required",
    "register_username", "register_realm", "register_password", "register_from_user",
    "register_from_domain", "register_public_contact", "smpp_system_id", "smpp_password",
    "smpp_inbound_system_id", "smpp_inbound_password", "smpp_enquire_seconds", "extras",
)  # fmt: skip
GATEWAY = ("address", "port", "prefix_length", "enabled", "dials", "admits")
LINK = ("host", "port", "prefix_length", "is_primary", "use_tls", "dials", "admits")
NUMBER_LINKS = {"trunk_uid": "trunks", "application_uid": "applications"}
HOOK = ("url", "method", "username", "password")
PURPOSES = dict(
    zip(HOOKS, (HookPurpose.CALL, HookPurpose.CALL_STATUS, HookPurpose.MESSAGE), strict=True)
)


def connect(transport: Transport, login: Login) -> JambonzClient:
    return JambonzClient(transport, login.secret)


def read_applications(at: Reading) -> Iterator[Holding]:
    for one in at.client.listed("listApplications"):
        own = named(one.get("uid"))
        hooks = {}
        for place, purpose in PURPOSES.items():
            hook = one.get(place)
            if own and hook and hook.get("url"):
                known = named(hook.get("uid"))
                name = known or f"{own}.{place}"
                hooks[place] = Link.to("hooks", name)
                more = {"purpose": str(purpose), "dialect": "jambonz"}
                yield from at.holding("hooks", hook, HOOK, more, own=name, alias=bool(known))
        yield from at.holding("applications", one, ("name", "extras"), hooks)


def read_carriers(at: Reading) -> Iterator[Holding]:
    for carrier in at.client.listed("listVoipCarriers"):
        own = named(carrier.get("uid"))
        if carrier.get("account_uid") is None:
            at.note("carriers of the service provider are left out: they are not the account's")
            continue
        yield from at.holding("trunks", carrier, TRUNK, links={"application_uid": "applications"})
        if own:
            yield from _login(at, own, carrier)
            yield from _gateways(at, own, carrier)


def _login(at: Reading, own: str, carrier: Change) -> Iterator[Holding]:
    login = carrier.get("credential") or {}
    if not login.get("username"):
        return
    trunk, users = Link.to("trunks", own), Link.to("credential_lists", own)
    name = auto_name(carrier.get("name") or "")
    yield Holding("credential_lists", users, {"name": name, "is_auto": True})
    to = {"trunk": trunk, "credential_list": users}
    yield Holding("trunk_credential_lists", Link.to("trunk_credential_lists", own), to)
    taken, more = ("username", "password"), {"credential_list": users}
    yield from at.holding("sip_credentials", Change(login), taken, more, own=own)


def _gateways(at: Reading, own: str, carrier: Change) -> Iterator[Holding]:
    trunk, admitted = Link.to("trunks", own), Link.to("access_lists", own)
    found = list(at.client.listed("listSipGateways", query={"voip_carrier_sid": own}))
    if any(gateway.get("admits") for gateway in found):
        name = auto_name(carrier.get("name") or "")
        yield Holding(
            "access_lists", admitted, {"name": name, "is_auto": True, "home_trunk": trunk}
        )
        to = {"trunk": trunk, "access_list": admitted}
        yield Holding("trunk_access_lists", Link.to("trunk_access_lists", own), to)
    for gateway in found:
        more = {"trunk": trunk, "kind": str(EndpointKind.HOST)}
        more |= {"access_list": admitted} if gateway.get("admits") else {}
        yield from at.holding("endpoints", gateway, GATEWAY, more)


def read_smpp(at: Reading) -> Iterator[Holding]:
    for gateway in at.client.listed("listSmppGateways"):
        yield from at.holding("smpp_links", gateway, LINK, links={"trunk_uid": "trunks"})


def read_numbers(at: Reading) -> Iterator[Holding]:
    for number in at.client.listed("listProvisionedPhoneNumbers"):
        chosen = number.get("application_uid") is not None
        handling = NumberHandling.APPLICATION if chosen else NumberHandling.NONE
        more = {"handling": str(handling)}
        yield from at.holding("numbers", number, ("e164",), more, links=NUMBER_LINKS)
    at.note("keys of speech vendors are not told, so speech credentials are not read")


def border(at: Reading) -> Iterator[Mapping[str, Any]]:
    """SBCs of the account's service provider, else those that are everybody's."""
    accounts = at.client.listed("listAccounts")
    owners = {named(one.get("service_provider_uid")) for one in accounts} - {""}
    own = [
        sbc for owner in sorted(owners)
        for sbc in at.client.listed("listSbcs", query={"service_provider_sid": owner})
    ]  # fmt: skip
    for sbc in own or at.client.listed("listSbcs"):
        body = sbc.get("body") or {}
        if body.get("ipv4"):
            yield {"address": body["ipv4"], "port": body.get("port")}


def message(sent: Outgoing) -> dict[str, Any]:
    """One URL of media is all there is room for; further ones are links in the text."""
    first, others = next(iter(sent.media), None), sent.media[1:]
    lines = [line for line in (sent.text, *others) if line]
    return {
        "from_number": sent.from_number,
        "to_number": sent.to_number,
        "text": "\n".join(lines) or None,
        "media": first,
    }


def _words(body: Any) -> str:
    """The carrier's own words where it was the carrier that refused, else the platform's."""
    told = body if isinstance(body, dict) else {}
    found = told.get("message") or told.get("msg")
    return found if isinstance(found, str) else ""


MESSAGES = Messages(operation="createMessage", values=message, words=_words, in_account=True)
PROVIDER = Provider(
    base_url=BASE_URL,
    connect=connect,
    readers=(read_applications, read_carriers, read_smpp, read_numbers),
    probes={
        "applications": "listApplications",
        "trunks": "listVoipCarriers",
        "smpp_links": "listSmppGateways",
        "numbers": "listProvisionedPhoneNumbers",
    },
    border=border,
    events=read_events,
    event_proof=read_proof,
    messages=MESSAGES,
)
