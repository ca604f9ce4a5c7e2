"""Own numbers, their routing and callbacks (seed 002: F4, F5, F10, F11, and beyond)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.flowroute import ids
from adapters.flowroute.routes.common import (
    BEYOND,
    CALLBACK,
    NUMBER,
    filters,
    paged,
    purpose,
)
from adapters.flowroute.schemas import callbacks
from adapters.flowroute.schemas import numbers as wire
from gateway.domain.context import Context
from gateway.domain.problems import NotFound
from gateway.http.kit import Blueprint, Held
from gateway.http.paging import Page
from gateway.services import hooks, numbers
from gateway.wire import MERGE, Change

blp = Blueprint("numbers", __name__, held=Held.SHARED)

NUMBERS, NUMBER_QUERY, NUMBER_DOCUMENT = wire.Numbers(), wire.NumberQuery(), wire.Number()
CHANGE, CALLBACK_URL = wire.NumberChange(), callbacks.Callback()
COLUMNS = NUMBERS.columns("items")
PRIMARY, FAILOVER = wire.PrimaryRoute(), wire.FailoverRoute()
OF_NUMBER = {"number_id": NUMBER["id"]}


def call_back(ctx: Context, e164: str, change: Change) -> None:
    """`messaging_callback_url` is the number's callback for texts and pictures."""
    own = change.get("extras", {}).get("flowroute", {})
    if "messaging_callback_url" in own:
        for kind in ("sms", "mms"):
            hooks.put(ctx, kind, own["messaging_callback_url"], number=e164)


@blp.operation("GET", "/v2/numbers", "listNumbers", query=NUMBER_QUERY, returns=NUMBERS)
def list_numbers(ctx: Context, query: Change) -> Page:
    """Numbers of the account."""
    search = partial(numbers.search, ctx, columns=COLUMNS, **filters(query))
    return paged("/v2/numbers", NUMBER_QUERY, query, search)


@blp.operation("GET", "/v2/numbers/<id>", "getNumber", returns=NUMBER_DOCUMENT, path=NUMBER)
def get_number(ctx: Context, id: str) -> Any:
    """One number with its routes."""
    return numbers.get(ctx, ids.number_e164(id))


@blp.operation(
    "PATCH", "/v2/numbers/<id>", "updateNumber", takes=CHANGE, mode=MERGE,
    returns=NUMBER_DOCUMENT, path=NUMBER, provenance=BEYOND,
)  # fmt: skip
def update_number(ctx: Context, id: str, change: Change) -> Any:
    """Change alias, caller name look-up or messaging of a number."""
    row = numbers.update(ctx, ids.number_e164(id), change)
    call_back(ctx, row.e164, change)
    return row


@blp.operation(
    "DELETE", "/v2/numbers/<id>", "releaseNumber", status=204, path=NUMBER, provenance=BEYOND
)
def release_number(ctx: Context, id: str) -> None:
    """Give a number up."""
    numbers.release(ctx, ids.number_e164(id))


@blp.operation(
    "PATCH", "/v2/numbers/<number_id>/relationships/primary_route", "updatePrimaryRoute",
    takes=PRIMARY, status=204, path=OF_NUMBER,
)  # fmt: skip
def update_primary_route(ctx: Context, number_id: str, change: Change) -> None:
    """Choose where calls to a number go."""
    chosen = change["primary_endpoint"]
    numbers.set_primary(ctx, ids.number_e164(number_id), chosen and chosen["route_number"])


@blp.operation(
    "PATCH", "/v2/numbers/<number_id>/relationships/failover_route", "updateFailoverRoute",
    takes=FAILOVER, status=204, path=OF_NUMBER,
)  # fmt: skip
def update_failover_route(ctx: Context, number_id: str, change: Change) -> None:
    """Choose where calls go when the primary route fails."""
    chosen = change["failover_endpoint"]
    numbers.set_failover(ctx, ids.number_e164(number_id), chosen and chosen["route_number"])


@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/primary_route", "removePrimaryRoute",
    status=204, path=OF_NUMBER, provenance=BEYOND,
)  # fmt: skip
def remove_primary_route(ctx: Context, number_id: str) -> None:
    """Take the primary route of a number back."""
    numbers.set_primary(ctx, ids.number_e164(number_id), None)


@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/failover_route", "removeFailoverRoute",
    status=204, path=OF_NUMBER, provenance=BEYOND,
)  # fmt: skip
def remove_failover_route(ctx: Context, number_id: str) -> None:
    """Take the failover route of a number back."""
    numbers.set_failover(ctx, ids.number_e164(number_id), None)


@blp.operation(
    "POST", "/v2/numbers/<number_id>/relationships/<callback>", "setNumberCallback",
    takes=CALLBACK_URL, status=204, path={**OF_NUMBER, **CALLBACK}, provenance=BEYOND,
)  # fmt: skip
def set_number_callback(ctx: Context, number_id: str, callback: str, change: Change) -> None:
    """Set the callback of one number."""
    hooks.put(ctx, purpose(callback), change["url"], number=ids.number_e164(number_id))


@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/<callback>", "removeNumberCallback",
    status=204, path={**OF_NUMBER, **CALLBACK}, provenance=BEYOND,
)  # fmt: skip
def remove_number_callback(ctx: Context, number_id: str, callback: str) -> None:
    """Remove the callback of one number."""
    e164, kind = ids.number_e164(number_id), purpose(callback)
    if hooks.find(ctx, kind, number=e164) is None:
        raise NotFound()
    hooks.put(ctx, kind, None, number=e164)
