"""The provider's numbers for sale: searching them, their area codes and exchanges, and buying one.

A search is a handful of indexed ranges; buying is one conditional UPDATE, so that two buyers of the
same number cannot both succeed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import peewee as pw

from gateway.domain.context import Context
from gateway.domain.inventory import after_prefix, generate
from gateway.domain.problems import Forbidden, Invalid, NotFound
from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import Number
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import numbers, trunks
from gateway.services.making import fresh
from gateway.services.numbers import _FILTERS, matching

# The status says it all; the account is looked at where it must not be wrong, not where an index
# alone can answer.
_IN_STOCK = (Number.service_provider == P("provider")) & (Number.status == P("status"))
_FOR_SALE = _IN_STOCK & Number.account.is_null()
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "number": (Number.e164,),
    "monthly_cost": (Number.monthly_cost_nano, Number.e164),
    "country": (Number.country, Number.e164),
    "kind": (Number.kind, Number.e164),
    "state": (Number.region, Number.e164),
    "rate_center": (Number.rate_center, Number.e164),
}
"""What purchasable numbers can be ordered by."""

PLAN = Path(__file__).parents[2] / "fixtures" / "inventories" / "nanp.json"
MOST_AT_ONCE = 1_000_000

_INSERT = Insert(Number)
_KNOWN = Prepared(
    lambda: Number.select(Number.e164).where(
        (Number.service_provider == P("provider")) & among(Number.e164, "numbers")
    )
)
_PURCHASE = Prepared(
    lambda: Number.update(
        account=P("account"),
        status=P("owned"),
        from_inventory=P("yes"),
        handling=P("handling"),
        trunk=P("trunk"),
        primary_endpoint=P("endpoint"),
        failover_endpoint=None,
        assigned_at=P("now"),
        updated_at=P("now"),
    ).where(_FOR_SALE & (Number.e164 == P("e164")))
)


_SOLD = ("e164", "kind", "region", "rate_center", "monthly_cost_nano", "setup_cost_nano")


@cache
def _listing(filters: frozenset[str], order: str) -> Prepared:
    where = _FOR_SALE
    for name in sorted(filters):
        where &= _FILTERS[name]
    return Prepared(
        lambda: (
            Number.select()
            .where(where)
            .order_by(*ORDERS[order])
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


class Code(NamedTuple):
    """An area code or exchange with numbers for sale, and the least setup cost among them."""

    code: str
    setup_cost_nano: int | None


def _codes(column: Any, filters: frozenset[str]) -> Any:
    where = _IN_STOCK & column.is_null(False)
    if "cost" in filters:
        where &= Number.setup_cost_nano <= P("cost")
    if "low" in filters:
        where &= (column >= P("low")) & (column < P("high"))
    return (
        Number.select(column, pw.fn.MIN(Number.setup_cost_nano).alias("least"))
        .where(where)
        .group_by(column)
        .order_by(column)
        .limit(P("limit"))
        .offset(P("offset"))
    )


@cache
def _code_listing(name: str, filters: frozenset[str]) -> Prepared:
    return Prepared(lambda: _codes(getattr(Number, name), filters))


def _provider(ctx: Context) -> UUID:
    provider = ctx.caller.service_provider_uid
    if provider is None:
        raise Forbidden("the inventory belongs to a service provider")
    return provider


def available(
    ctx: Context,
    *,
    starts_with: str | None = None,
    contains: str | None = None,
    ends_with: str | None = None,
    state: str | None = None,
    rate_center: str | None = None,
    kind: str | None = None,
    country: str | None = None,
    order_by: str = "number",
    limit: int = 10,
    offset: int = 0,
) -> list[Any]:
    """Numbers the caller's provider has for sale that fit all filters; one query.

    State (two letters) and rate centre are matched in any case; `order_by` is a key of ORDERS.
    """
    if order_by not in ORDERS:
        raise Invalid.one("order_by", "choice", f"must be one of {', '.join(sorted(ORDERS))}")
    chosen: dict[str, dict[str, Any]] = matching(starts_with, contains, ends_with)
    for name, text in (("state", state), ("rate_center", rate_center)):
        if text is not None:
            chosen[name] = {name: text.strip().lower()}
    if kind is not None:
        chosen["kind"] = {"kind": kind}
    if country is not None:
        chosen["country"] = {"country": country.strip().upper()}
    values = {name: value for bound in chosen.values() for name, value in bound.items()}
    rows: list[Any] = _listing(frozenset(chosen), order_by).all(
        provider=_provider(ctx),
        status=NumberStatus.AVAILABLE,
        limit=limit,
        offset=offset,
        **values,
    )
    return rows


def area_codes(
    ctx: Context, *, max_setup_cost_nano: int | None = None, limit: int = 10, offset: int = 0
) -> list[Code]:
    """Area codes with a number for sale at or below the setup cost, in order; one query."""
    return _code_page(ctx, "area_code", max_setup_cost_nano, None, limit, offset)


def exchanges(
    ctx: Context,
    *,
    area_code: str | None = None,
    max_setup_cost_nano: int | None = None,
    limit: int = 10,
    offset: int = 0,
) -> list[Code]:
    """Exchanges (NPANXX), of one area code if given, as `area_codes`.

    An exchange begins with its area code, so that the exchanges of one are a range of them.
    """
    return _code_page(ctx, "exchange", max_setup_cost_nano, area_code, limit, offset)


def _code_page(
    ctx: Context, column: str, cost: int | None, area_code: str | None, limit: int, offset: int
) -> list[Code]:
    bound: dict[str, Any] = {} if cost is None else {"cost": cost}
    if area_code:
        bound |= {"low": area_code, "high": after_prefix(area_code)}
    rows = _code_listing(column, frozenset(bound)).all(
        provider=_provider(ctx),
        status=NumberStatus.AVAILABLE,
        limit=limit,
        offset=offset,
        **bound,
    )
    return [Code(getattr(row, column), row.least) for row in rows]


def stock(
    ctx: Context,
    service_provider_uid: UUID,
    count: int,
    *,
    seed: int,
    area_codes: Sequence[str] | None = None,
) -> int:
    """Put `count` generated numbers into a provider's inventory; how many were not in it yet.

    Raises ValueError for a count that is not positive or an area code that is not in service.
    """
    if not 0 < count <= MOST_AT_ONCE:
        raise ValueError(f"count must be from 1 to {MOST_AT_ONCE}")
    made = list(generate(_numbering_plan(), count, seed, area_codes=area_codes))
    with write():
        found = _KNOWN.all(provider=service_provider_uid, numbers=[row["e164"] for row in made])
        known = {row.e164 for row in found}
        common = {
            "service_provider_uid": service_provider_uid,
            "status": NumberStatus.AVAILABLE,
            "from_inventory": True,
        }
        new = [{**fresh(ctx), **common, **row} for row in made if row["e164"] not in known]
        _INSERT.many(new)
        return len(new)


@cache
def _numbering_plan() -> dict[str, Any]:
    plan: dict[str, Any] = orjson.loads(PLAN.read_bytes())
    return plan


def put(ctx: Context, row: Mapping[str, Any]) -> None:
    """Put a number that somebody else sells into the caller's provider's inventory, or what is said
    of it now; one that an account has already stays as it is."""
    known = {name: row[name] for name in _SOLD if row.get(name) is not None}
    with write():
        if _KNOWN.one(provider=_provider(ctx), numbers=[row["e164"]]) is None:
            _INSERT.run({
                **fresh(ctx), **known, "service_provider_uid": _provider(ctx),
                "status": NumberStatus.AVAILABLE, "from_inventory": True,
            })  # fmt: skip
        else:
            costs = {getattr(Number, name): known[name] for name in known if name != "e164"}
            mine = (Number.service_provider == _provider(ctx)) & (Number.e164 == row["e164"])
            if costs:
                Number.update(costs).where(
                    mine & (Number.status == NumberStatus.AVAILABLE)
                ).execute()


def purchase(ctx: Context, e164: str, change: Mapping[str, Any] | None = None) -> Any:
    """The number, now the account's, routed to the built-in registration.

    NotFound when the provider does not have it for sale. `change` as in `numbers.update`.
    """
    account = ctx.account_uid
    with write():
        home = trunks.default_trunk(ctx, account)
        bought = _PURCHASE.run(
            provider=_provider(ctx),
            status=NumberStatus.AVAILABLE,
            e164=e164,
            account=account,
            owned=NumberStatus.OWNED,
            yes=True,
            handling=NumberHandling.ENDPOINT,
            trunk=home.uid,
            endpoint=home.built_in_uid,
            now=ctx.runtime.now(),
        )
        if not bought:
            raise NotFound("no such number for sale")
        return numbers.update(ctx, e164, change) if change else numbers.get(ctx, e164)
