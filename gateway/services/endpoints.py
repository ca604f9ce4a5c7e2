"""Endpoints: the addresses of peers, as dialects that number their routes see them.

Route numbers count up per account; 0 is the built-in registration, which every account lists even
before the row exists. Values are checked and taken apart by `gateway.domain.routes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import routes
from gateway.domain.context import Context
from gateway.domain.problems import Forbidden, InUse, Invalid, NotFound
from gateway.domain.words import EndpointKind
from gateway.models import Endpoint, Number, Trunk
from gateway.models.database import commit_group, write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared, selected
from gateway.services import access_lists, flow_references, trunks
from gateway.services.making import differing, fresh, lock_account
from gateway.wire.reading import apply

MAX_NAME = 64
PLACE = ("kind", "address", "port", "value")

_INSERT = Insert(Endpoint)
_DIALLED = (Endpoint.account == P("account")) & (Endpoint.dials == P("dials"))
_NUMBERED = _DIALLED & Endpoint.route_number.is_null(False)
_BY_NUMBER = Prepared(
    lambda: Endpoint.select().where(
        (Endpoint.account == P("account")) & (Endpoint.route_number == P("number"))
    )
)
_HIGHEST = Prepared(
    lambda: (
        Endpoint.select(Endpoint.route_number)
        .where((Endpoint.account == P("account")) & Endpoint.route_number.is_null(False))
        .order_by(Endpoint.route_number.desc())
        .limit(1)
    )
)
_NAMED = Prepared(
    lambda: Endpoint.select(Endpoint.uid).where(_NUMBERED & (Endpoint.name == P("name"))).limit(2)
)
_TRUNK = Prepared(
    lambda: Trunk.select(Trunk.uid, Trunk.service_provider).where(
        (Trunk.account == P("account")) & (Trunk.uid == P("uid"))
    )
)
_USERS_OF = Prepared(
    lambda: (
        Number.select(Number.e164)
        .where(
            (Number.primary_endpoint == P("endpoint")) | (Number.failover_endpoint == P("endpoint"))
        )
        .limit(1)
    )
)
_STOP_DIALLING = Prepared(
    lambda: Endpoint.update(dials=P("no"), route_number=None).where(Endpoint.uid == P("uid"))
)
_DELETE = Prepared(lambda: Endpoint.delete().where(Endpoint.uid == P("uid")))


@dataclass
class BuiltIn:
    """The built-in registration of an account that has no row for it yet."""

    uid: UUID = ZERO_UID
    name: str = routes.BUILTIN_NAME
    kind: str = EndpointKind.REGISTRATION
    address: str | None = None
    prefix_length: int | None = None
    port: int | None = None
    transport: str | None = None
    value: str | None = None
    priority: int = 1
    enabled: bool = True
    dials: bool = True
    admits: bool = False
    route_number: int = routes.BUILTIN_NUMBER
    is_auto: bool = True
    description: str | None = None
    trunk_uid: UUID | None = None
    created_at: Any = None
    updated_at: Any = None
    extras: dict[str, Any] = field(default_factory=dict)


@cache
def _page(of_kind: bool, columns: frozenset[str] | None) -> Prepared:
    where = _NUMBERED & (Endpoint.kind == P("kind")) if of_kind else _NUMBERED
    return Prepared(
        lambda: (
            Endpoint.select(*selected(Endpoint, columns))
            .where(where)
            .order_by(Endpoint.route_number)
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


def search(
    ctx: Context,
    *,
    kind: str | None = None,
    limit: int = 10,
    offset: int = 0,
    columns: frozenset[str] | None = None,
) -> list[Any]:
    """Endpoints of the account that calls can be sent to, by route number, the built-in first.

    With `columns` the rows have only these attributes.
    """
    account = ctx.account_uid
    shows_built_in = kind in (None, EndpointKind.REGISTRATION)
    missing = shows_built_in and _BY_NUMBER.one(account=account, number=0) is None
    if missing:
        window = {"limit": limit if offset else limit - 1, "offset": max(0, offset - 1)}
    else:
        window = {"limit": limit, "offset": offset}
    chosen = {} if kind is None else {"kind": kind}
    rows: list[Any] = _page(kind is not None, columns).all(
        account=account, dials=True, **chosen, **window
    )
    return [BuiltIn(), *rows] if missing and not offset else rows


def get(ctx: Context, route_number: int) -> Any:
    """The endpoint with this route number; NotFound."""
    row = _BY_NUMBER.one(account=ctx.account_uid, number=_bounded(route_number))
    if row is None and route_number == routes.BUILTIN_NUMBER:
        return BuiltIn()
    if row is None or not row.dials:
        raise NotFound("no such route")
    return row


def _bounded(route_number: int) -> int:
    """Numbers the column cannot hold are nobody's: -1 finds nothing."""
    return route_number if 0 <= route_number < 2**63 else -1


def create(ctx: Context, change: Mapping[str, Any], *, trunk_uid: UUID | None = None) -> Any:
    """An endpoint calls can be sent to, in the account's default trunk unless another is named.

    `change` has name, kind and `value` as one text (see `routes.columns`), or the columns
    themselves. Raises Invalid at the attributes name and value.
    """
    values = _columns(apply(None, change), None)
    account = ctx.account_uid

    def work() -> Any:
        home = _home(ctx, account, trunk_uid)
        lock_account(account)
        _check_name(account, values.get("name"), None)
        number = values.get("route_number") or next_number(account)
        made = {**fresh(ctx), **home, "dials": True, **values, "route_number": number}
        return _INSERT.add(made)

    return commit_group(work)


def update(ctx: Context, route_number: int, change: Mapping[str, Any]) -> Any:
    """The endpoint after the change. The built-in one cannot be changed: Forbidden.

    Calls go on to be accepted from where they were accepted before.
    """
    account = ctx.account_uid
    with write():
        row = _changeable(ctx, route_number)
        lock_account(account)
        values = _columns(apply(row, change), row)
        if "name" in values:
            _check_name(account, values["name"], row.uid)
        if row.admits and differing(row, {n: values[n] for n in PLACE if n in values}):
            access_lists.split(ctx, row)
        if values:
            values["updated_at"] = ctx.runtime.now()
            Endpoint.update(values).where(Endpoint.uid == row.uid).execute()
        return get(ctx, route_number)


def delete(ctx: Context, route_number: int) -> None:
    """Remove it; InUse while a number is routed to it, Forbidden for the built-in one.

    An address that calls are accepted from as well stays for that.
    """
    with write():
        row = _changeable(ctx, route_number)
        if _USERS_OF.one(endpoint=row.uid) is not None:
            raise InUse("the route has numbers associated with it")
        flow_references.hang_up(ctx, [row.uid])
        if row.admits:
            _STOP_DIALLING.run(uid=row.uid, no=False)
            return
        try:
            _DELETE.run(uid=row.uid)
        except pw.IntegrityError:
            raise InUse("the route has numbers associated with it") from None


def start_dialling(ctx: Context, row: Any) -> None:
    """Send calls to an address that they are only accepted from so far, as a route of its account.

    In a transaction that has the account locked.
    """
    if row.dials:
        return
    name = {} if row.route_number else {"name": free_name(row.account_uid, row.name)}
    values = {
        "dials": True,
        "route_number": row.route_number or next_number(row.account_uid),
        "trunk": row.trunk_uid or trunks.default_trunk(ctx, row.account_uid).uid,
        **name,
    }
    Endpoint.update(values).where(Endpoint.uid == row.uid).execute()


def _changeable(ctx: Context, route_number: int) -> Any:
    row = get(ctx, route_number)
    if row.is_auto:
        raise Forbidden("the built-in route cannot be changed")
    return row


def _home(ctx: Context, account: UUID, trunk_uid: UUID | None) -> dict[str, Any]:
    """Owner columns of a new endpoint; NotFound for a trunk of somebody else."""
    if trunk_uid is None:
        trunk: Any = trunks.default_trunk(ctx, account)
    else:
        trunk = _TRUNK.one(account=account, uid=trunk_uid)
    if trunk is None:
        raise NotFound("no such trunk")
    return {
        "account_uid": account,
        "service_provider_uid": trunk.service_provider_uid,
        "trunk_uid": trunk.uid,
    }


def _columns(values: dict[str, Any], row: Any) -> dict[str, Any]:
    """The change with its value text taken apart; a new kind without a value must fit the old."""
    kind = values.get("kind", row.kind if row is not None else None)
    if "value" not in values and ("kind" not in values or values.get("address")):
        return values
    text = values.get("value") if row is None or "value" in values else routes.shown(row)
    try:
        return {**values, **routes.columns(str(kind), text)}
    except ValueError as why:
        raise Invalid.one("value", "format", str(why)) from None


def _check_name(account: UUID, name: str | None, own: UUID | None) -> None:
    """Names are unique per account where routes are written; other dialects need not care."""
    if not name or len(name) > MAX_NAME:
        raise Invalid.one("name", "length", f"must have 1 to {MAX_NAME} characters")
    taken = _NAMED.all(account=account, dials=True, name=name)
    if name == routes.BUILTIN_NAME or any(row.uid != own for row in taken):
        raise Invalid.one("name", "taken", "is the alias of another route")


def next_number(account: UUID) -> int:
    """The route number of the account's next endpoint, whose caller has the account locked."""
    row = _HIGHEST.one(account=account)
    return 1 + (row.route_number if row is not None else 0)


def free_name(account: UUID, wanted: str) -> str:
    """The name, with `-2` and so on where the account has a route of that name."""
    name, count = wanted, 1
    while name == routes.BUILTIN_NAME or _NAMED.one(account=account, dials=True, name=name):
        count += 1
        name = f"{wanted[: MAX_NAME - len(str(count)) - 1]}-{count}"
    return name
