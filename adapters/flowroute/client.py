"""Flowroute seen from the customer's seat: the same wire objects, read and written the other way.

For connections to the real provider. A path table says how each operation is called; what carries
the requests is handed in. Values are core attributes (`from_number`, `e164`, `kind` ...).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from adapters.flowroute.schemas import callbacks, messages, numbers, records, routes
from adapters.flowroute.words import MEDIA_TYPE
from gateway.wire import Change, View, Wire
from gateway.wire.upstream import Blank, Refused, Request, Transport, without_nulls

BASE_URL = "https://api.flowroute.com"


@dataclass(frozen=True)
class Call:
    """One operation: `sends` and `reads` are the wire objects of request and answer."""

    method: str
    path: str
    sends: type[Wire] | None = None
    reads: type[Wire] | None = None


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
    "createRoute": Call("POST", "/v2/routes", routes.NewRoute, routes.NewRouteResponse),
    "listRoutes": Call("GET", "/v2/routes", None, routes.AccountRoutes),
    "deleteRoute": Call("DELETE", "/v2/routes/{id}"),
    "setAccountCallback": Call("PUT", "/v2.1/messages/{id}", callbacks.Callback),
    "createE911": Call("POST", "/v2/e911s", records.NewE911, records.E911),
    "listE911s": Call("GET", "/v2/e911s", None, records.E911s),
}


class FlowrouteClient:
    """Calls operations by name; one object for one account of the provider."""

    def __init__(self, transport: Transport, key: str, secret: str) -> None:
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.transport = transport
        self.headers = {"Authorization": f"Basic {pair}", "Accept": MEDIA_TYPE}

    def call(
        self,
        name: str,
        *,
        id: str = "",
        query: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Change | None:
        """The answer as core attributes (`.odd` has what could not be read), None without one.

        A list is under `items`, the address of its next page is `next_url`. Raises Refused.
        """
        call = CALLS[name]
        target = call.path.format(id=quote(id, safe=""))
        if query:
            target += "?" + urlencode(query)
        return self._answer(name, call, target, values)

    def listed(self, name: str, **query: Any) -> Iterator[Change]:
        """Every item of a list, page after page, following the provider's own links."""
        answer = self.call(name, query=query)
        while answer is not None:
            yield from answer.get("items") or ()
            following = answer.get("next_url")
            if not following:
                return
            parts = urlsplit(following)
            answer = self._answer(name, CALLS[name], f"{parts.path}?{parts.query}", None)

    def _answer(
        self, name: str, call: Call, target: str, values: Mapping[str, Any] | None
    ) -> Change | None:
        response = self.transport.send(self._request(call, target, values))
        body = _json(response.body)
        if not 200 <= response.status <= 208:
            raise Refused(name, response.status, body)
        if call.reads is None or body is None:
            return None
        return call.reads(side="client").change(body)

    def _request(self, call: Call, target: str, values: Mapping[str, Any] | None) -> Request:
        if call.sends is None or values is None:
            return Request(call.method, target, self.headers)
        row = Blank(values)
        body = without_nulls(call.sends(side="client").present(row, View(local=False)))
        headers = {**self.headers, "Content-Type": MEDIA_TYPE}
        return Request(call.method, target, headers, orjson.dumps(body))


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None
