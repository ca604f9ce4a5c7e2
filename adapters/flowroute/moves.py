"""What an account at Flowroute can be told when another one moves there."""

from __future__ import annotations

from typing import Any

from adapters.flowroute.kinds import hidden_route
from adapters.flowroute.schemas.routes import MOST_ALIAS
from gateway.domain.moves import Move, Row, Step, Values, uid_only, within
from gateway.domain.routes import BUILTIN_NUMBER, SIP_PORT
from gateway.domain.settling import DEFAULT, auto_list, built_in, place
from gateway.domain.words import EndpointKind
from gateway.wire.upstream import Blank

ROUTE = ("name", "kind", "address", "port", "transport", "value")
PARTS = ("primary", "failover")
PORTED = "port the number to Flowroute; it is not for sale there"


def hidden(row: Row) -> str:
    if not row.dials:
        return hidden_route(row)
    if row.enabled is False:
        return "calls are not sent there now, and a route cannot be switched off"
    return "every account has the built-in registration" if built_in(vars(row)) else ""


def fits(row: Row) -> Values:
    """Whoever is registered is called the way that they came."""
    name = {"name": within(row.name, MOST_ALIAS)}
    return {**name, "transport": None} if row.kind == EndpointKind.REGISTRATION else name


def _route(values: Values) -> Values:
    """A host with a transport of its own is written as a URI."""
    told = {name: values.get(name) for name in ROUTE}
    if told["port"] == SIP_PORT:
        told["port"] = None
    if told["kind"] != EndpointKind.HOST or told["transport"] in (None, "udp"):
        return told
    port = f":{told['port']}" if told["port"] else ""
    uri = f"sip:{told['address']}{port};transport={told['transport']}"
    return {"name": told["name"], "kind": EndpointKind.URI, "value": uri}


def _digits(values: Values) -> Values:
    return {"id": values["own"].removeprefix("+")}


def offer(client: Any, row: Row) -> Values | None:
    """The number where it can be bought, with what it costs."""
    digits = row.e164.removeprefix("+")
    if not digits.startswith("1"):
        return None
    found = client.listed("searchPurchasableNumbers", starts_with=digits, limit=1)
    return next((dict(one) for one in found if one.get("e164") == row.e164), None)


def put_routes(client: Any, values: Values) -> None:
    """Send a number's calls to a primary and a failover route, to the built-in registration where
    it has none. The two are never one route, so that a failover goes off first where it is in the
    way."""
    number = _digits(values)
    now = client.call("getNumber", **number)
    was_primary, was_failover = (_route_number(now.get(f"{part}_endpoint")) for part in PARTS)
    primary, failover = (values.get(f"{part}_endpoint_uid") for part in PARTS)
    primary = str(BUILTIN_NUMBER) if primary is None else primary
    if was_failover is not None and (failover is None or was_failover == primary):
        client.call("removeFailoverRoute", **number)
        was_failover = None
    if primary != was_primary:
        client.call("updatePrimaryRoute", values=_chosen("primary", primary), **number)
    if failover is not None and failover not in (primary, was_failover):
        client.call("updateFailoverRoute", values=_chosen("failover", failover), **number)


def _route_number(told: Values | None) -> str | None:
    found = (told or {}).get("route_number")
    return None if found is None else str(found)


def _chosen(part: str, route_number: str) -> Values:
    """The route of a number as the client is given it."""
    return {f"{part}_endpoint": Blank({"route_number": int(route_number)})}


def _primary(values: Values) -> Values:
    return _chosen("primary", values["primary_endpoint_uid"])


def _is_default(row: Row) -> bool:
    return bool(row.name == DEFAULT)


MOVES = (
    Move("trunk", skips=_is_default, hides=lambda row: "Flowroute has no trunks"),
    Move(
        "access_list", skips=lambda row: bool(row.name == auto_list(DEFAULT)),
        hides=lambda row: "addresses calls are taken from are not told by the API",
    ),
    Move("trunk_access_list", skips=lambda row: True),
    Move(
        "endpoint", ROUTE, hides=hidden, fits=fits, alone=MOST_ALIAS,
        given=lambda row: {"name": place(vars(row))},
        create=Step("createRoute", sends=_route, name=lambda answer: answer["route_number"]),
        change=Step("updateRoute", uid_only, _route),
        delete=Step("deleteRoute", uid_only),
    ),
    Move(
        "number", ("e164",), offer=offer, by_hand=PORTED,
        create=Step("purchaseNumber", _digits),
        delete=Step("releaseNumber", _digits),
    ),
    Move(
        "number", ("primary_endpoint_uid", "failover_endpoint_uid"), part="routes",
        change=Step("updatePrimaryRoute", _digits, _primary), puts=put_routes,
    ),
)  # fmt: skip
