"""Flowroute seen from the customer's seat: the same wire objects, read and written the other way.

For connections to the real provider. A path table says how each operation is called; what carries
the requests is handed in. Values are core attributes (`from_number`, `e164`, `kind` ...).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.flowroute.schemas import callbacks, messages, numbers, records, routes
from adapters.flowroute.words import MEDIA_TYPE
from gateway.wire import Change
from gateway.wire.upstream import Call, Caller, Garbled, Transport

BASE_URL = "https://api.flowroute.com"


CALLS: Mapping[str, Call] = {
    "sendMessage": Call("POST", "/v2.1/messages", messages.Message, messages.MDR2),
    "listMessages": Call("GET", "/v2.1/messages", None, messages.MDRSet),
    "getMessage": Call("GET", "/v2.1/messages/{id}", None, messages.MDR2),
    "listNumbers": Call("GET", "/v2/numbers", None, numbers.Numbers),
    "getNumber": Call("GET", "/v2/numbers/{id}", None, numbers.Number),
    "purchaseNumber": Call("POST", "/v2/numbers/{id}", None, numbers.Number),
    "updateNumber": Call("PATCH", "/v2/numbers/{id}", numbers.NumberChange, numbers.Number),
    "releaseNumber": Call("DELETE", "/v2/numbers/{id}"),
    "searchPurchasableNumbers": Call(
        "GET", "/v2/numbers/available", None, numbers.PurchasableNumbers
    ),
    "listAvailableAreaCodes": Call(
        "GET", "/v2/numbers/available/areacodes", None, numbers.AreaCodes
    ),
    "listAvailableExchanges": Call(
        "GET", "/v2/numbers/available/exchanges", None, numbers.Exchanges
    ),
    "updatePrimaryRoute": Call(
        "PATCH", "/v2/numbers/{id}/relationships/primary_route", numbers.PrimaryRoute
    ),
    "updateFailoverRoute": Call(
        "PATCH", "/v2/numbers/{id}/relationships/failover_route", numbers.FailoverRoute
    ),
    "removePrimaryRoute": Call("DELETE", "/v2/numbers/{id}/relationships/primary_route"),
    "removeFailoverRoute": Call("DELETE", "/v2/numbers/{id}/relationships/failover_route"),
    "createRoute": Call("POST", "/v2/routes", routes.NewRoute, routes.NewRouteResponse),
    "listRoutes": Call("GET", "/v2/routes", None, routes.AccountRoutes),
    "updateRoute": Call("PATCH", "/v2/routes/{id}", routes.NewRoute, routes.NewRouteResponse),
    "deleteRoute": Call("DELETE", "/v2/routes/{id}"),
    "setAccountCallback": Call("PUT", "/v2.1/messages/{id}", callbacks.Callback),
    "createE911": Call("POST", "/v2/e911s", records.NewE911, records.E911),
    "listE911s": Call("GET", "/v2/e911s", None, records.E911s),
}


class FlowrouteClient(Caller):
    """One account of the provider; a list is under `items`, its next page at `next_url`."""

    calls = CALLS
    media = MEDIA_TYPE

    def __init__(self, transport: Transport, key: str, secret: str) -> None:
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        super().__init__(transport, {"Authorization": f"Basic {pair}"})

    def listed(self, name: str, **query: Any) -> Iterator[Change]:
        """Every item of a list, page after page, following the provider's own links."""
        answer, seen = self.call(name, query=query), set()
        while True:
            yield from self.rows(name, answer)
            following = answer.get("next_url")
            if not following:
                return
            parts, path = urlsplit(following), self.calls[name].path
            target = f"{path}?{parts.query}"
            if target in seen or not parts.path.endswith(path):
                raise Garbled(name, "its pages lead elsewhere or in a circle")
            seen.add(target)
            answer = self.ask(name, target)
