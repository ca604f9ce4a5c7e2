"""Numbers that Flowroute sells, asked for in the words of our own inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from adapters.flowroute.schemas import numbers as wire
from gateway.wire import DOCUMENTED, Change, Wire
from gateway.wire.provider import Shop

MOST = 200


def _asked(schema: Wire, filters: Mapping[str, Any]) -> dict[str, str]:
    """Filters by core attributes as the query of a request."""
    found = {}
    for attribute, (name, field) in schema.table().items():
        value = filters.get(attribute)
        if value is not None:
            render = field.renderer(DOCUMENTED)
            found[name] = str(value if render is None else render(value))
    return found


def _list(
    client: Any, operation: str, schema: Wire, filters: Mapping[str, Any]
) -> Iterator[Change]:
    """A window of a list: the provider's pages may be smaller than what is asked for."""
    wanted = min(int(filters.get("limit") or MOST), MOST)
    yield from islice(client.listed(operation, **_asked(schema, filters)), wanted)


def numbers(client: Any, filters: Mapping[str, Any]) -> Iterator[Change]:
    return _list(client, "searchPurchasableNumbers", wire.PurchasableQuery(), filters)


def area_codes(client: Any, filters: Mapping[str, Any]) -> Iterator[Change]:
    return _list(client, "listAvailableAreaCodes", wire.AreaCodeQuery(), filters)


def exchanges(client: Any, filters: Mapping[str, Any]) -> Iterator[Change]:
    return _list(client, "listAvailableExchanges", wire.ExchangeQuery(), filters)


SHOP = Shop(numbers, area_codes, exchanges)
