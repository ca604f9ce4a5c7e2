"""Aliases: ids that a real provider or a fixture gave to our objects.

The id of an object in a dialect is its alias there if it has one, else the uid in the dialect's own
spelling. Accounts know whether they have any, so that most requests ask nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.ids import CODECS, Ref
from gateway.models import Account, Alias, Call, Number, ServiceProvider
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services.making import fresh

_INSERT = Insert(Alias)
_SCOPED = (
    (Alias.scope_uid == P("scope")) & (Alias.dialect == P("dialect")) & (Alias.kind == P("kind"))
)
_FIND = Prepared(
    lambda: Alias.select(Alias.uid, Alias.object_uid).where(
        _SCOPED & (Alias.foreign_id == P("foreign_id"))
    )
)
_OF_PROVIDER = Prepared(
    lambda: (
        Alias.select(Alias.object_uid)
        .join(Account, on=(Account.uid == Alias.scope_uid))
        .where((Account.service_provider == P("provider")) & (Alias.dialect == P("dialect")))
        .where((Alias.kind == P("kind")) & (Alias.foreign_id == P("foreign_id")))
    )
)
_OF_OBJECTS = Prepared(
    lambda: Alias.select(Alias.object_uid, Alias.foreign_id).where(
        among(Alias.object_uid, "objects") & (Alias.dialect == P("dialect"))
    )
)
_POINT = Prepared(lambda: Alias.update(object_uid=P("object")).where(Alias.uid == P("uid")))
_MARK = Prepared(lambda: Account.update(has_aliases=P("yes")).where(Account.uid == P("uid")))


def _between(model: Any) -> Prepared:
    """At most two rows of a model whose ids begin alike."""
    return Prepared(
        lambda: (
            model.select(model.uid)
            .where((model.uid >= P("first")) & (model.uid <= P("last")))
            .limit(2)
        )
    )


_SHORT = {
    "service_provider": _between(ServiceProvider),
    "account": _between(Account),
    "number": _between(Number),
    "call": _between(Call),
}
"""What can be named by the leading part of its id."""


def resolve(ctx: Context, ref: Ref, kind: str) -> UUID | None:
    """The uid an id of the wire names, or None when it can name nothing; aliases come first."""
    caller = ctx.principal
    if caller is not None and caller.has_aliases and "\0" not in ref.text:
        key = {"scope": scope_of(ctx), "dialect": ctx.dialect, "kind": kind}
        row = _FIND.one(**key, foreign_id=ref.text)
        if row is not None:
            uid: UUID = row.object_uid
            return uid
    codec = CODECS[ref.codec]
    if codec.span is None:
        return codec.decode(ref.text)
    return _abbreviated(codec.span(ref.text), kind) or _account_named(ctx, ref, kind)


def _abbreviated(span: tuple[UUID, UUID] | None, kind: str) -> UUID | None:
    """The one row in a span of ids; None where two would answer to the name."""
    known = _SHORT.get(kind)
    rows = known.all(first=span[0], last=span[1]) if known is not None and span else []
    return rows[0].uid if len(rows) == 1 else None


def _account_named(ctx: Context, ref: Ref, kind: str) -> UUID | None:
    """The account of the calling provider that has this alias: an account's name is kept with the
    account itself."""
    caller = ctx.principal
    if kind != "account" or caller is None or "\0" in ref.text:
        return None
    key = {"provider": caller.service_provider_uid, "dialect": ctx.dialect, "kind": kind}
    row = _OF_PROVIDER.one(**key, foreign_id=ref.text) if key["provider"] else None
    return row.object_uid if row is not None else None


def uid_of(ctx: Context, given: UUID | Ref, kind: str) -> UUID | None:
    """The uid of an object named by uid or by an id of the wire; None when it can name nothing."""
    return given if isinstance(given, UUID) else resolve(ctx, given, kind)


def of_objects(ctx: Context, uids: Iterable[UUID]) -> dict[UUID, str]:
    """Aliases of several objects in the calling dialect; one query, none without aliases.

    A uid is of one kind only, so kinds need not be told apart.
    """
    wanted = list(uids)
    caller = ctx.principal
    if not wanted or caller is None or not caller.has_aliases:
        return {}
    rows = _OF_OBJECTS.all(objects=wanted, dialect=ctx.dialect)
    return {row.object_uid: row.foreign_id for row in rows}


def put(
    ctx: Context, *, scope: UUID, dialect: str, kind: str, foreign_id: str, object_uid: UUID
) -> None:
    """Name an object in a dialect; the same name in the same scope moves to the new object."""
    with write():
        row = _FIND.one(scope=scope, dialect=dialect, kind=kind, foreign_id=foreign_id)
        if row is not None:
            _POINT.run(uid=row.uid, object=object_uid)
        else:
            made = {**fresh(ctx), "scope_uid": scope, "dialect": dialect, "kind": kind}
            _INSERT.run({**made, "foreign_id": foreign_id, "object_uid": object_uid})
        _MARK.run(uid=scope, yes=True)


def scope_of(ctx: Context) -> UUID:
    """Where the caller's aliases live: its account, else its provider, else the installation."""
    caller = ctx.caller
    return caller.account_uid or caller.service_provider_uid or ZERO_UID
