"""What a project at Sinch holds, as rows of the data model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.sinch.client import BASE_URL, SinchClient
from gateway.domain.holdings import Holding, Link
from gateway.domain.words import EndpointKind
from gateway.services import call_blocking
from gateway.wire.provider import Login, Provider, Reading, named
from gateway.wire.upstream import Transport

TRUNK = (
    "name", "host_name", "calls_per_second", "caller_name_lookup", "forward_enabled",
    "forward_number",
)  # fmt: skip
ENDPOINT = ("name", "address", "port", "transport", "priority", "enabled", "value")
RANGE = ("address", "prefix_length", "description")


def connect(transport: Transport, login: Login) -> SinchClient:
    return SinchClient(
        transport, login.account, key=(login.key, login.secret),
        oauth=bool(login.settings.get("oauth")),
    )  # fmt: skip


def read_trunks(at: Reading) -> Iterator[Holding]:
    for trunk in at.client.listed("getSipTrunks"):
        yield from at.holding("trunks", trunk, TRUNK)
        own = named(trunk.get("uid"))
        for endpoint in at.client.listed("getSipEndpoint", id=own) if own else ():
            registered = bool(endpoint.get("registered"))
            kind = EndpointKind.REGISTRATION if registered else EndpointKind.HOST
            more = {"trunk": Link.to("trunks", own), "dials": True, "kind": str(kind)}
            yield from at.holding("endpoints", endpoint, ENDPOINT, more)


def read_access_lists(at: Reading) -> Iterator[Holding]:
    for acl in at.client.listed("getAccessControlList"):
        yield from at.holding("access_lists", acl, ("name", "enabled"))
        own = named(acl.get("uid"))
        if not own:
            continue
        ranges = acl.get("ranges")
        if ranges is None:
            ranges = at.client.listed("getIpRangesForAccessControlList", id=own)
        more = {
            "access_list": Link.to("access_lists", own),
            "admits": True,
            "kind": str(EndpointKind.HOST),
        }
        for one in ranges:
            yield from at.holding("endpoints", one, RANGE, more)
        yield from _attached(at, "trunk_access_lists", "access_list", own, _trunks_of(at, acl))


def _trunks_of(at: Reading, acl: Any) -> list[str]:
    if acl.get("trunks") is not None:
        return [named(one) for one in acl["trunks"]]
    rows = at.client.listed("trunksByACL", id=named(acl["uid"]))
    return [named(row.get("uid")) for row in rows]


def read_credential_lists(at: Reading) -> Iterator[Holding]:
    for found in at.client.listed("getCredentialLists"):
        yield from at.holding("credential_lists", found, ("name",))
        own = named(found.get("uid"))
        if not own:
            continue
        users = found.get("users")
        if users is None:
            whole = at.looked_up("getCredentialList", f"the credential list {own}", id=own)
            users = whole.get("users") or [] if whole is not None else []
        for user in users:
            at.note("passwords of SIP users are not told")
            name = user.get("username") or ""
            to = {"credential_list": Link.to("credential_lists", own)}
            yield from at.holding("sip_credentials", user, ("username",), to, own=f"{own}/{name}")
        rows = at.client.listed("trunksByCredentialList", id=own)
        trunks = [named(row.get("uid")) for row in rows]
        yield from _attached(at, "trunk_credential_lists", "credential_list", own, trunks)


def _attached(
    at: Reading, kind: str, member: str, own: str, trunks: list[str]
) -> Iterator[Holding]:
    """One row for each trunk a list is in force on."""
    for trunk in filter(None, trunks):
        to = {"trunk": Link.to("trunks", trunk), member: Link.to(f"{member}s", own)}
        yield Holding(kind, Link.to(kind, f"{trunk}/{own}"), to)


def read_numbers(at: Reading) -> Iterator[Holding]:
    for number in at.client.listed("GetPhoneNumbers"):
        own = named(number.get("uid")) or number.get("e164", "")
        yield from at.holding(
            "numbers", number, ("e164", "country"), links={"trunk_uid": "trunks"}, own=own
        )


def read_countries(at: Reading) -> Iterator[Holding]:
    answer = at.client.call("getCountryPermissions")
    for country in at.client.rows("getCountryPermissions", answer):
        code = country.get("iso_code") or ""
        yield from at.holding(
            "country_permissions", country, ("iso_code", "enabled"), own=code, alias=False
        )


def read_rules(at: Reading) -> Iterator[Holding]:
    for rule in at.client.listed("getCallBlockingRules"):
        yield from at.holding("documents", rule, ("body",), {"kind": call_blocking.KIND})


PROVIDER = Provider(
    base_url=BASE_URL,
    connect=connect,
    readers=(
        read_trunks, read_access_lists, read_credential_lists, read_numbers, read_countries,
        read_rules,
    ),
    probes={
        "trunks": "getSipTrunks",
        "access_lists": "getAccessControlList",
        "credential_lists": "getCredentialLists",
        "numbers": "GetPhoneNumbers",
    },
    apart={"/oauth2/": "https://auth.sinch.com"},
)  # fmt: skip
