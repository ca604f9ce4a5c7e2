"""Telephone numbers of an account: finding, routing, describing and giving them up.

Buying them is in `gateway.services.inventory`. The last write that chooses a destination decides
what a number's calls do (`handling`); the other references stay, so that each dialect reads back
what it wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import routes
from gateway.domain.context import Context
from gateway.domain.inventory import after_prefix, full_prefix
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.words import NumberHandling, NumberStatus
from gateway.models import Endpoint, Hook, Number
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import P, Prepared, selected
from gateway.services import trunks
from gateway.services.making import lock_account
from gateway.wire.reading import apply

MAX_ALIAS = 64
_SET_BY_THE_CORE = frozenset({"uid", "e164", "account_uid", "service_provider_uid", "status"})

_Primary = Endpoint.alias()
_Failover = Endpoint.alias()

_OWNED = (Number.account == P("account")) & (Number.status == P("status"))
_FILTERS: dict[str, Any] = {
    "prefix": (Number.e164 >= P("low")) & (Number.e164 < P("high")),
    "contains": Number.e164 ** P("contains"),
    "ends_with": Number.e164 ** P("ends_with"),
    "alias": Number.alias == P("alias"),
    "state": Number.region == P("state"),
    "rate_center": Number.rate_center == P("rate_center"),
    "kind": Number.kind == P("kind"),
    "country": Number.country == P("country"),
}


def _with_endpoints() -> Any:
    return (
        Number.select(Number, _Primary, _Failover)
        .join_from(
            Number, _Primary, pw.JOIN.LEFT_OUTER, on=(Number.primary_endpoint == _Primary.uid)
        )
        .join_from(
            Number, _Failover, pw.JOIN.LEFT_OUTER, on=(Number.failover_endpoint == _Failover.uid)
        )
    )


_ONE = Prepared(
    lambda: _with_endpoints().where(_OWNED & (Number.e164 == P("e164"))),
    nest={_Primary: "primary_endpoint", _Failover: "failover_endpoint"},
)
_LOCK = Prepared(
    lambda: (
        Number.select(Number.uid)
        .where(_OWNED & (Number.e164 == P("e164")))
        .for_update("FOR UPDATE")  # type: ignore[arg-type]
    )
)
_BEST_OF_TRUNK = Prepared(
    lambda: (
        Endpoint.select()
        .where(
            (Endpoint.trunk == P("trunk"))
            & (Endpoint.dials == P("yes"))
            & (Endpoint.enabled == P("yes"))
        )
        .order_by(Endpoint.priority, Endpoint.id)
        .limit(1)
    )
)
_OF_ACCOUNT_BY_ROUTE = Prepared(
    lambda: Endpoint.select().where(
        (Endpoint.account == P("account"))
        & (Endpoint.route_number == P("number"))
        & (Endpoint.dials == P("yes"))
    )
)
_TO_INVENTORY = Prepared(
    lambda: Number.update(
        account=None,
        status=P("available"),
        handling=P("handling"),
        trunk=None,
        application=None,
        primary_endpoint=None,
        failover_endpoint=None,
        flow_node=None,
        alias=None,
        cnam_lookup=P("no"),
        assigned_at=None,
        connection_uid=None,
        updated_at=None,
        extras=P("extras"),
    ).where((Number.uid == P("uid")) & (Number.from_inventory == P("yes")))
)
_DELETE = Prepared(lambda: Number.delete().where(Number.uid == P("uid")))
_DELETE_HOOKS = Prepared(lambda: Hook.delete().where(Hook.number_uid == P("number")))


@cache
def _listing(filters: frozenset[str], columns: frozenset[str] | None = None) -> Prepared:
    """The compiled page query of one combination of filters and columns."""
    where = _OWNED
    for name in sorted(filters):
        where &= _FILTERS[name]
    return Prepared(
        lambda: (
            Number.select(*selected(Number, columns))
            .where(where)
            .order_by(Number.e164)
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


def matching(
    starts_with: str | None, contains: str | None, ends_with: str | None
) -> dict[str, dict[str, str]]:
    """Filter name -> bound values of the digit filters; Invalid at the filter that is no number."""
    chosen: dict[str, dict[str, str]] = {}
    if starts_with is not None:
        try:
            prefix = full_prefix(starts_with)
        except ValueError as why:
            raise Invalid.one("starts_with", "format", str(why)) from None
        chosen["prefix"] = {"low": prefix, "high": after_prefix(prefix)}
    for name, text, pattern in (
        ("contains", contains, "%{}%"),
        ("ends_with", ends_with, "%{}"),
    ):
        if text is None:
            continue
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            raise Invalid.one(name, "format", "must be digits, at most 15")
        chosen[name] = {name: pattern.format(text)}
    return chosen


def search(
    ctx: Context,
    *,
    starts_with: str | None = None,
    contains: str | None = None,
    ends_with: str | None = None,
    alias: str | None = None,
    limit: int = 10,
    offset: int = 0,
    columns: frozenset[str] | None = None,
) -> list[Any]:
    """Numbers of the account that fit all filters, in the order of their digits; one query.

    With `columns` the rows have only these attributes.
    """
    chosen = matching(starts_with, contains, ends_with)
    if alias is not None:
        chosen["alias"] = {"alias": alias}
    values = {name: value for bound in chosen.values() for name, value in bound.items()}
    rows: list[Any] = _listing(frozenset(chosen), columns).all(
        account=ctx.account_uid, status=NumberStatus.OWNED, limit=limit, offset=offset, **values
    )
    return rows


def get(ctx: Context, e164: str) -> Any:
    """The number with `.primary_endpoint` and `.failover_endpoint` (rows or None); NotFound.

    Without a primary endpoint of its own, the best of its trunk stands there. At most two queries.
    """
    row = _own(ctx, e164)
    if row.primary_endpoint is None and row.trunk_uid is not None:
        row.primary_endpoint = _BEST_OF_TRUNK.one(trunk=row.trunk_uid, yes=True)
    return row


def _own(ctx: Context, e164: str) -> Any:
    row = _ONE.one(account=ctx.account_uid, status=NumberStatus.OWNED, e164=e164)
    if row is None:
        raise NotFound("no such number")
    return row


def _locked(ctx: Context, e164: str) -> Any:
    """The number, which nobody else changes or takes until the end of the transaction.

    On SQLite a write transaction is alone anyway.
    """
    if current_store().kind == "postgres":
        _LOCK.one(account=ctx.account_uid, status=NumberStatus.OWNED, e164=e164)
    return _own(ctx, e164)


def owned(ctx: Context, e164: str) -> bool:
    """Whether the account may use the number as its own."""
    row = _ONE.one(account=ctx.account_uid, status=NumberStatus.OWNED, e164=e164)
    return row is not None


def update(ctx: Context, e164: str, change: Mapping[str, Any]) -> Any:
    """The number after the change of its describing columns (alias, cnam_lookup, extras, ...)."""
    with write():
        row = _locked(ctx, e164)
        values = {k: v for k, v in apply(row, change).items() if k not in _SET_BY_THE_CORE}
        if len(values.get("alias") or "") > MAX_ALIAS:
            raise Invalid.one("alias", "length", f"must have at most {MAX_ALIAS} characters")
        _store(ctx, row.uid, values)
        return get(ctx, e164)


def set_extra(ctx: Context, e164: str, name: str, value: Any) -> Any:
    """Set or (with None) drop one member of the calling dialect's own data on the number.

    A value that refers to a document is given as a function, which is called when nobody can
    delete the document any more, and may raise.
    """
    with write():
        lock_account(ctx.account_uid)
        row = _locked(ctx, e164)
        value = value() if callable(value) else value
        mine = dict(row.extras.get(ctx.dialect) or {})
        mine[name] = value
        if value is None:
            del mine[name]
        _store(ctx, row.uid, {"extras": {**row.extras, ctx.dialect: mine}})
        return get(ctx, e164)


def with_extra(ctx: Context, name: str, value: Any) -> list[Any]:
    """Numbers of the account whose `name` in the calling dialect's own data equals `value`."""
    rows = _listing(frozenset()).all(
        account=ctx.account_uid, status=NumberStatus.OWNED, limit=1_000_000, offset=0
    )
    return [row for row in rows if (row.extras.get(ctx.dialect) or {}).get(name) == value]


def set_primary(ctx: Context, e164: str, route_number: int | None) -> None:
    """Send the number's calls to a route; None: to the best endpoint of its trunk again.

    Raises NotFound for a route of nobody or somebody else, Invalid when it is the failover.
    """
    with write():
        row = _locked(ctx, e164)
        if route_number is None:
            handling = NumberHandling.TRUNK if row.trunk_uid else NumberHandling.NONE
            _store(ctx, row.uid, {"primary_endpoint": None, "handling": handling})
            return
        endpoint = _endpoint(ctx, route_number)
        _check_different("primary_endpoint", endpoint.uid, row.failover_endpoint)
        values = {"primary_endpoint": endpoint.uid, "handling": NumberHandling.ENDPOINT}
        if endpoint.trunk_uid is not None:
            values["trunk"] = endpoint.trunk_uid
        _store(ctx, row.uid, values)


def set_failover(ctx: Context, e164: str, route_number: int | None) -> None:
    """Where calls go when the primary route fails; None: nowhere. Errors as `set_primary`."""
    with write():
        _locked(ctx, e164)
        row = get(ctx, e164)
        if route_number is None:
            _store(ctx, row.uid, {"failover_endpoint": None})
            return
        endpoint = _endpoint(ctx, route_number)
        _check_different("failover_endpoint", endpoint.uid, row.primary_endpoint)
        _store(ctx, row.uid, {"failover_endpoint": endpoint.uid})


def _endpoint(ctx: Context, route_number: int) -> Any:
    account = ctx.account_uid
    if route_number == routes.BUILTIN_NUMBER:
        trunks.default_trunk(ctx, account)
    row = None
    if 0 <= route_number < 2**63:
        row = _OF_ACCOUNT_BY_ROUTE.one(account=account, number=route_number, yes=True)
    if row is None:
        raise NotFound("no such route")
    return row


def _check_different(attribute: str, uid: UUID, other: Any) -> None:
    if other is not None and other.uid == uid:
        raise Invalid.one(attribute, "equal", "primary and failover route must differ")


def _store(ctx: Context, uid: UUID, values: dict[str, Any]) -> None:
    if values:
        changed = {**values, "updated_at": ctx.runtime.now()}
        Number.update(changed).where(Number.uid == uid).execute()


def release(ctx: Context, e164: str) -> None:
    """Give the number up: one of the inventory can be bought again, any other is gone. NotFound."""
    with write():
        give_up(_locked(ctx, e164).uid)


def forget_hooks(uid: UUID) -> None:
    """Remove the callbacks of a number that changes hands."""
    _DELETE_HOOKS.run(number=uid)


def give_up(uid: UUID) -> None:
    """Remove a number row that the caller's transaction has locked, or put it on sale again."""
    forget_hooks(uid)
    back = _TO_INVENTORY.run(
        uid=uid,
        available=NumberStatus.AVAILABLE,
        handling=NumberHandling.NONE,
        extras={},
        yes=True,
        no=False,
    )
    if not back:
        _DELETE.run(uid=uid)
