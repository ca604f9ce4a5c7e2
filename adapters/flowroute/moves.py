"""What an account at Flowroute can be told when another one moves there."""

from __future__ import annotations

from typing import Any

from adapters.flowroute.kinds import hidden_route
from gateway.domain.moves import Move, Row, Step, Values, uid_only
from gateway.domain.routes import SIP_PORT
from gateway.domain.settling import DEFAULT, auto_list, place
from gateway.domain.words import EndpointKind
from gateway.wire.upstream import Blank

ROUTE = ("name", "kind", "address", "port", "transport", "value")
PORTED = "port the number to Flowroute; it is not for sale there"


def hidden(row: Row) -> str:
    if not row.dials:
        return hidden_route(row)
    built_in = row.kind == EndpointKind.REGISTRATION and row.value is None
    return "every account has the built-in registration" if built_in else ""


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


def _chosen(attribute: str) -> Any:
    """The route of a number as the client is given it."""

    def sends(values: Values) -> Values:
        return {attribute.removesuffix("_uid"): Blank({"route_number": int(values[attribute])})}

    return sends


def offer(client: Any, row: Row) -> Values | None:
    """The number where it can be bought, with what it costs."""
    digits = row.e164.removeprefix("+")
    if not digits.startswith("1"):
        return None
    found = client.listed("searchPurchasableNumbers", starts_with=digits, limit=1)
    return next((dict(one) for one in found if one.get("e164") == row.e164), None)


def _route_of(part: str, take_back: str) -> Move:
    attribute = f"{part}_endpoint_uid"
    return Move(
        "number", (attribute,), part=part,
        change=Step(f"update{part.title()}Route", _digits, _chosen(attribute)),
        delete=Step(take_back, _digits),
    )  # fmt: skip


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
        "endpoint", ROUTE, hides=hidden, given=lambda row: {"name": place(vars(row))},
        create=Step("createRoute", sends=_route, name=lambda answer: answer["route_number"]),
        delete=Step("deleteRoute", uid_only),
    ),
    Move(
        "number", ("e164",), offer=offer, by_hand=PORTED,
        create=Step("purchaseNumber", _digits),
        delete=Step("releaseNumber", _digits),
    ),
    _route_of("primary", "removePrimaryRoute"),
    _route_of("failover", "removeFailoverRoute"),
)  # fmt: skip
