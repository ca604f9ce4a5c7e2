"""Numbers for sale where an account buys them: at its provider's shop, or from our own inventory.

An account whose changes go through to a provider that sells numbers is shown what that one sells.
What is to be bought is put into our inventory first, with what the shop says of it; the purchase
itself is a change like others, and goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.problems import Unavailable
from gateway.services import connections, forwarding, inventory
from gateway.wire.provider import Shop
from gateway.wire.upstream import Blank

Filters = Mapping[str, Any]


def numbers(ctx: Context, **filters: Any) -> list[Any]:
    """Numbers for sale, as `inventory.available`."""
    return _shown(ctx, inventory.available, lambda shop: shop.numbers, filters)


def area_codes(ctx: Context, **filters: Any) -> list[Any]:
    """Area codes with numbers for sale, as `inventory.area_codes`."""
    return _shown(ctx, inventory.area_codes, lambda shop: shop.area_codes, filters)


def exchanges(ctx: Context, **filters: Any) -> list[Any]:
    """Exchanges with numbers for sale, as `inventory.exchanges`."""
    return _shown(ctx, inventory.exchanges, lambda shop: shop.exchanges, filters)


def look_up(ctx: Context, e164: str) -> None:
    """Put a number into our inventory if the account's provider sells it."""
    found = _shop(ctx)
    if found is None:
        return
    shop, client = found
    for one in _asked(shop.numbers(client, {"starts_with": e164, "limit": 1})):
        if one.get("e164") == e164:
            inventory.put(ctx, dict(one))


def _shown(
    ctx: Context,
    ours: Callable[..., list[Any]],
    theirs: Callable[[Shop], Callable[[Any, Filters], Iterable[Any]]],
    filters: Filters,
) -> list[Any]:
    found = _shop(ctx)
    if found is None:
        return ours(ctx, **filters)
    shop, client = found
    return [Blank(dict(one)) for one in _asked(theirs(shop)(client, filters))]


def _asked(rows: Iterable[Any]) -> list[Any]:
    try:
        return list(rows)
    except OSError as problem:
        raise Unavailable(str(problem)) from None


def _shop(ctx: Context) -> tuple[Shop, Any] | None:
    """The first shop among the providers that hold the caller's account, and its client."""
    if ctx.caller.scope is not Scope.ACCOUNT or ctx.reach is None:
        return None
    for row in forwarding.connections_of(ctx):
        end = ctx.reach.end(row)
        shop = end.dialect.provider().shop
        if shop is not None and row.account_uid == ctx.account_uid:
            connections.check_secret(row)
            return shop, end.client(ctx)
    return None
