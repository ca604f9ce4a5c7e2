"""What an account at Flowroute holds, as rows of the data model.

Routes belong to no trunk there; here they are addresses of the account's default trunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.flowroute.client import BASE_URL, FlowrouteClient
from adapters.flowroute.incoming import read_events
from adapters.flowroute.shop import SHOP
from gateway.domain import routes
from gateway.domain.holdings import Holding, Link
from gateway.domain.problems import Why
from gateway.domain.words import EndpointKind
from gateway.services import trunks
from gateway.wire import Change
from gateway.wire.messages import Messages, Outgoing
from gateway.wire.provider import Login, Provider, Reading
from gateway.wire.upstream import Transport

PAGE = 200
ROUTE = ("name", "kind", "extras", "route_number")
NUMBER = ("e164", "alias", "cnam_lookup", "kind", "rate_center", "region", "extras")
HOME = Link.to("trunks", trunks.DEFAULT_NAME)
E911_KIND = "flowroute.e911"
FORBIDDEN = 403


def connect(transport: Transport, login: Login) -> FlowrouteClient:
    return FlowrouteClient(transport, login.key, login.secret)


def read_routes(at: Reading) -> Iterator[Holding]:
    yield Holding("trunks", HOME, {"name": trunks.DEFAULT_NAME, "is_auto": True})
    for route in at.client.listed("listRoutes", limit=PAGE):
        number = route.get("route_number")
        more = {"trunk": HOME, "dials": True}
        more |= {"is_auto": True} if number == routes.BUILTIN_NUMBER else _place(route)
        own = "" if number is None else str(number)
        yield from at.holding("endpoints", route, ROUTE, more, own=own, alias=False)


def _place(route: Change) -> dict[str, Any]:
    """The columns of a route's value; one that cannot be taken apart is odd, and kept whole."""
    text = route.get("value")
    try:
        found = routes.columns(route.get("kind") or EndpointKind.HOST, text)
    except ValueError as why:
        route.odd["attributes.value"] = [Why("format", str(why))]
        return {"value": text}
    return {name: str(v) if name == "transport" and v else v for name, v in found.items()}


def read_numbers(at: Reading) -> Iterator[Holding]:
    """Lists tell no routes, so that each number is looked up."""
    for listed in at.client.listed("listNumbers", limit=PAGE):
        e164 = listed.get("e164") or ""
        digits = e164.removeprefix("+")
        whole = at.looked_up("getNumber", f"the number {e164}", id=digits) if digits else listed
        if whole is None:
            continue
        places = {f"{which}_endpoint": _route(whole, which) for which in ("primary", "failover")}
        yield from at.holding("numbers", whole, NUMBER, {"trunk": HOME, **places}, own=digits)


def _route(number: Change, which: str) -> Link | None:
    found = number.get(f"{which}_endpoint") or {}
    chosen = found.get("route_number")
    return None if chosen is None else Link.to("endpoints", str(chosen))


def read_addresses(at: Reading) -> Iterator[Holding]:
    for address in at.client.listed("listE911s", limit=PAGE):
        own = address.get("key") or ""
        taken, more = ("key", "body"), {"kind": E911_KIND}
        yield from at.holding("documents", address, taken, more, own=own, alias=False)
    at.note("callback URLs of messages are not told")


def message(sent: Outgoing) -> dict[str, Any]:
    return {
        "from_number": sent.from_number,
        "to_number": sent.to_number,
        "text": sent.text or None,
        "media": list(sent.media) or None,
        "is_mms": True if sent.media else None,
        "callback_url": sent.callback_url or None,
    }


def _words(body: Any) -> str:
    """What the first error says: its detail, else its title."""
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    found = (first.get("detail") or first.get("title")) if isinstance(first, dict) else None
    return found if isinstance(found, str) else ""


MESSAGES = Messages(
    operation="sendMessage",
    values=message,
    words=_words,
    about_message=(FORBIDDEN,),  # the sender's number is not on the account
)
PROVIDER = Provider(
    base_url=BASE_URL,
    connect=connect,
    readers=(read_routes, read_numbers, read_addresses),
    probes={"endpoints": "listRoutes", "numbers": "listNumbers"},
    messages=MESSAGES,
    by_hand={"admits": "allow calls from the address in the portal, or have the carrier register"},
    events=read_events,
    shop=SHOP,
)
