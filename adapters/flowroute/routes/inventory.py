"""Numbers for sale: searching, area codes, exchanges, buying (seed 002: F6 to F9)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.flowroute import ids
from adapters.flowroute.routes.common import NUMBER, filters, paged
from adapters.flowroute.routes.numbers import CHANGE, NUMBER_DOCUMENT, call_back
from adapters.flowroute.schemas import numbers as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.http.paging import Page
from gateway.services import inventory, selling
from gateway.wire import Change

blp = Blueprint("inventory", __name__, held=Held.SHARED)

PURCHASABLE, PURCHASABLE_QUERY = wire.PurchasableNumbers(), wire.PurchasableQuery()
AREA_CODES, AREA_CODE_QUERY = wire.AreaCodes(), wire.AreaCodeQuery()
EXCHANGES, EXCHANGE_QUERY = wire.Exchanges(), wire.ExchangeQuery()


@blp.operation(
    "GET", "/v2/numbers/available", "searchPurchasableNumbers", query=PURCHASABLE_QUERY,
    returns=PURCHASABLE,
)  # fmt: skip
def search_purchasable_numbers(ctx: Context, query: Change) -> Page:
    """Search numbers for sale."""
    search = partial(selling.numbers, ctx, **filters(query))
    return paged("/v2/numbers/available", PURCHASABLE_QUERY, query, search)


@blp.operation(
    "GET", "/v2/numbers/available/areacodes", "listAvailableAreaCodes", query=AREA_CODE_QUERY,
    returns=AREA_CODES,
)  # fmt: skip
def list_available_area_codes(ctx: Context, query: Change) -> Page:
    """Area codes with numbers for sale."""
    search = partial(selling.area_codes, ctx, **filters(query))
    return paged("/v2/numbers/available/areacodes", AREA_CODE_QUERY, query, search)


@blp.operation(
    "GET", "/v2/numbers/available/exchanges", "listAvailableExchanges", query=EXCHANGE_QUERY,
    returns=EXCHANGES,
)  # fmt: skip
def list_available_exchanges(ctx: Context, query: Change) -> Page:
    """Exchanges with numbers for sale."""
    search = partial(selling.exchanges, ctx, **filters(query))
    return paged("/v2/numbers/available/exchanges", EXCHANGE_QUERY, query, search)


def _looked_up(ctx: Context, id: str) -> None:
    selling.look_up(ctx, ids.number_e164(id))


@blp.operation(
    "POST", "/v2/numbers/<id>", "purchaseNumber", takes=CHANGE, body_required=False, status=201,
    returns=NUMBER_DOCUMENT, path=NUMBER, before=_looked_up,
)  # fmt: skip
def purchase_number(ctx: Context, id: str, change: Change) -> Any:
    """Buy a number."""
    row = inventory.purchase(ctx, ids.number_e164(id), change)
    call_back(ctx, row.e164, change)
    return row
