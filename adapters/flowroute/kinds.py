"""Which objects of Flowroute stand for the kinds of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.flowroute import words
from adapters.flowroute.schemas import callbacks, messages, numbers, routes
from gateway.wire.ledger import Shape


def hidden_route(row: Any) -> str:
    if not row.dials:
        return "a route is where calls are sent; none are sent to the address"
    return "" if row.route_number is not None else "a route has a number; this address has none"


def hidden_callback(row: Any) -> str:
    if row.dialect != "flowroute":
        return "a hook is shown by the dialect it is called in"
    known = row.purpose in words.CALLBACKS.values()
    return "" if known else "there is no callback for this purpose"


KINDS: Mapping[str, Sequence[Shape]] = {
    "endpoint": [
        Shape(routes.IncludedRoutes, routes.NewRoute, hidden_route, implies={"dials": True})
    ],
    "number": [Shape(numbers.Number)],
    "message": [Shape(messages.MDR2, messages.Message)],
    "hook": [Shape(callbacks.Callback, callbacks.Callback, hidden_callback)],
}
