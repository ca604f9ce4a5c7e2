"""Limits: the most of something an account or a provider may have, one row per category."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.words import LimitCategory
from gateway.models import Limit
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services.making import fresh

_INSERT = Insert(Limit, ignore=True)
_OF_OWNER = Prepared(lambda: Limit.select().where(Limit.owner_uid == P("owner")).order_by(Limit.id))
_ONE = Prepared(
    lambda: Limit.select().where(
        (Limit.owner_uid == P("owner")) & (Limit.category == P("category"))
    )
)
_OF_OWNERS = Prepared(
    lambda: Limit.select(Limit.owner_uid, Limit.quantity).where(
        among(Limit.owner_uid, "owners") & (Limit.category == P("category"))
    )
)
_SET = Prepared(
    lambda: Limit.update(quantity=P("quantity"), updated_at=P("now")).where(
        (Limit.owner_uid == P("owner")) & (Limit.category == P("category"))
    )
)
_DELETE = Prepared(
    lambda: Limit.delete().where(
        (Limit.owner_uid == P("owner")) & (Limit.category == P("category"))
    )
)


def quantity(owner_uid: UUID, category: LimitCategory) -> int | None:
    """The limit of an account or provider, None where it has none."""
    row = _ONE.one(owner=owner_uid, category=category)
    return None if row is None else int(row.quantity)


def quantities(owners: Iterable[UUID], category: LimitCategory) -> dict[UUID, int]:
    """The limits of those of the accounts and providers that have one."""
    found = _OF_OWNERS.all(owners=list(owners), category=category)
    return {row.owner_uid: int(row.quantity) for row in found}


def _owner(ctx: Context) -> UUID:
    """The account or provider the caller is narrowed to."""
    caller = ctx.caller
    if caller.scope is Scope.ACCOUNT:
        return ctx.account_uid
    return caller.service_provider_uid or ZERO_UID


def search(ctx: Context, category: LimitCategory | None = None) -> list[Any]:
    """The limits of the caller, all or those of a category."""
    policy.require(ctx, "limit.read")
    rows = _OF_OWNER.all(owner=_owner(ctx))
    return [row for row in rows if category in (None, row.category)]


def put(ctx: Context, category: LimitCategory, quantity: int) -> Any:
    """Set a limit; the row, always the same one. Forbidden: accounts do not limit themselves."""
    policy.require(ctx, "limit.write")
    return settle(ctx, _owner(ctx), category, quantity)


def settle(ctx: Context, owner: UUID, category: LimitCategory, quantity: int | None) -> Any:
    """Set a limit of an owner, as `put`, or take it away, without asking who the caller is."""
    key = {"owner": owner, "category": category}
    if quantity is None:
        return _DELETE.run(**key)
    with write():
        values = {"owner_uid": owner, "category": category, "quantity": quantity}
        made = _INSERT.run({**fresh(ctx), **values})
        row = _ONE.one(**key)
        if not made and row.quantity != quantity:
            _SET.run(**key, quantity=quantity, now=ctx.runtime.now())
        return _ONE.one(**key)


def remove(ctx: Context, category: LimitCategory | None = None) -> None:
    """Take a limit away, or all of them; what is not there is no error."""
    policy.require(ctx, "limit.write")
    owner = _owner(ctx)
    with write():
        for one in LimitCategory if category is None else (category,):
            _DELETE.run(owner=owner, category=one)
