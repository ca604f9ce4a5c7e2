"""Numbers of an account put on trunks: pages of them, and who gets their calls.

A trunk chosen here decides what becomes of a number's calls (`handling`), until another dialect
chooses otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.problems import Conflict, Invalid, NotFound, Why
from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import Number
from gateway.models.database import write
from gateway.models.prepared import P, Prepared
from gateway.services import aliases, provisioning, trunks
from gateway.services.owning import Named
from gateway.services.pages import Page, Paged

ORDERS: Mapping[str, Any] = {
    "e164": Number.e164,
    "assigned_at": Number.assigned_at,
    "country": Number.country,
    "updated_at": Number.updated_at,
}
"""What a page can be sorted by."""

_OWNED = (Number.account == P("account")) & (Number.status == P("status"))
_FILTERS = {"trunk": Number.trunk == P("trunk"), "contains": Number.e164 ** P("contains")}
_ONE = Prepared(lambda: Number.select().where(_OWNED & (Number.e164 == P("e164"))))
_ASSIGN = Prepared(
    lambda: Number.update(trunk=P("trunk"), handling=P("handling"), updated_at=P("now")).where(
        Number.uid == P("uid")
    )
)

Order = tuple[tuple[str, bool], ...]


@cache
def _page(filters: frozenset[str], order: Order) -> Paged:
    where = _OWNED
    for name in sorted(filters):
        where &= _FILTERS[name]
    by = [ORDERS[name].asc() if rises else ORDERS[name].desc() for name, rises in order]
    return Paged(lambda *columns: Number.select(*columns).where(where), Number, (*by, Number.id))


def search(
    ctx: Context,
    *,
    limit: int,
    offset: int,
    trunk: Named = None,
    contains: str | None = None,
    order: Sequence[tuple[str, bool]] = (),
) -> Page:
    """A page of the account's numbers, by default in the order they came. `contains` are digits;
    `order` names columns of ORDERS, each with whether it rises."""
    policy.require(ctx, "number.read")
    values: dict[str, Any] = {}
    if trunk is not None:
        uid = aliases.uid_of(ctx, trunk, "trunk")
        if uid is None:
            return Page([], 0)
        values["trunk"] = uid
    if contains is not None:
        values["contains"] = f"%{contains}%"
    paged = _page(frozenset(values), tuple(order))
    account = {"account": ctx.account_uid, "status": NumberStatus.OWNED}
    return paged.ask(limit, offset, **account, **values)


def get(ctx: Context, e164: str) -> Any:
    """A number of the account; NotFound."""
    policy.require(ctx, "number.read")
    row = _ONE.one(account=ctx.account_uid, status=NumberStatus.OWNED, e164=e164)
    if row is None:
        raise NotFound("there is no such number")
    return row


def assign(ctx: Context, e164: str, trunk: Named) -> Any:
    """Put a number on a trunk, or with None take it off its trunk; the number.

    A number nobody has becomes the account's. Invalid at `trunk`, Conflict at `e164` for a
    number that is on a trunk already, or somebody else's.
    """
    policy.require(ctx, "number.write")
    with write():
        row = _ONE.one(account=ctx.account_uid, status=NumberStatus.OWNED, e164=e164)
        if trunk is None:
            return _take_off(ctx, row)
        home = _home(ctx, trunk)
        if row is not None and row.trunk_uid is not None:
            raise _taken(e164)
        if row is None:
            row = _new(ctx, e164)
        _ASSIGN.run(
            uid=row.uid, trunk=home.uid, handling=NumberHandling.TRUNK, now=ctx.runtime.now()
        )
        return get(ctx, e164)


def _home(ctx: Context, trunk: Named) -> Any:
    try:
        return trunks.find(ctx, trunk, lock=True)
    except NotFound:
        raise Invalid.one("trunk", "not_found", "names a trunk that does not exist") from None


def _new(ctx: Context, e164: str) -> Any:
    try:
        return provisioning.create(ctx, {"e164": e164})
    except Conflict:
        raise _taken(e164) from None


def _taken(e164: str) -> Conflict:
    text = f"phone number '{e164}' already exists"
    return Conflict(text, fields={"e164": [Why("said", text)]})


def _take_off(ctx: Context, row: Any) -> Any:
    if row is None or row.trunk_uid is None:
        raise NotFound("the number is not on a trunk")
    kept = row.handling if row.handling != NumberHandling.TRUNK else NumberHandling.NONE
    _ASSIGN.run(uid=row.uid, trunk=None, handling=kept, now=ctx.runtime.now())
    return get(ctx, row.e164)
