"""What an account at Flowroute can be told when another one moves there."""

from __future__ import annotations

from typing import Any

from adapters.flowroute.kinds import hidden_route
from gateway.domain.moves import Move, Row, Step, Values, uid_only
from gateway.domain.routes import BUILTIN_NUMBER, SIP_PORT
from gateway.domain.settling import DEFAULT, auto_list, built_in, place
from gateway.domain.words import EndpointKind
from gateway.wire.upstream import Blank

ROUTE = ("name", "kind", "address", "port", "transport", "value")
PORTED = "port the number to Flowroute; it is not for sale there"


def hidden(row: Row) -> str:
    if not row.dials:
        return hidden_route(row)
    return "every account has the built-in registration" if built_in(vars(row)) else ""


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


def _built_in(values: Values) -> Values:
    return {"primary_endpoint": Blank({"route_number": BUILTIN_NUMBER})}


def _route_of(part: str, delete: Step) -> Move:
    attribute = f"{part}_endpoint_uid"
    return Move(
        "number", (attribute,), part=part, delete=delete,
        change=Step(f"update{part.title()}Route", _digits, _chosen(attribute)),
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
        change=Step("updateRoute", uid_only, _route),
        delete=Step("deleteRoute", uid_only),
    ),
    Move(
        "number", ("e164",), offer=offer, by_hand=PORTED,
        create=Step("purchaseNumber", _digits),
        delete=Step("releaseNumber", _digits),
    ),
    _route_of("primary", Step("updatePrimaryRoute", _digits, _built_in)),
    _route_of("failover", Step("removeFailoverRoute", _digits)),
)  # fmt: skip
