"""Aliases: ids that a real provider or a fixture gave to our objects.

The id of an object in a dialect is its alias there if it has one, else the uid in the dialect's own
spelling. Accounts know whether they have any, so that most requests ask nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain.context import Context
from gateway.domain.ids import CODECS, UNSHOWN, Ref
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
_FIND_ALL = Prepared(
    lambda: Alias.select(Alias.foreign_id, Alias.object_uid).where(
        _SCOPED & among(Alias.foreign_id, "foreign_ids")
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
    lambda: (
        Alias.select(Alias.object_uid, Alias.foreign_id)
        .where(among(Alias.object_uid, "objects") & (Alias.dialect == P("dialect")))
        .order_by(Alias.id.desc())
    )
)
_POINT = Prepared(
    lambda: Alias.update(object_uid=P("object"), connection_uid=P("connection")).where(
        Alias.uid == P("uid")
    )
)
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


_SHORTENED: dict[str, Any] = {
    "service_provider": ServiceProvider,
    "account": Account,
    "number": Number,
    "call": Call,
}
"""What can be named by the leading part of its id."""
_SHORT = {kind: _between(model) for kind, model in _SHORTENED.items()}
AT_ONCE = 100
"""How many short ids one statement looks for."""


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


def uids_of(ctx: Context, given: Iterable[UUID | Ref], kind: str) -> dict[UUID | Ref, UUID]:
    """`uid_of` for many, without those that name nothing: one statement for aliases, if there are
    any, and one for every AT_ONCE ids that are shortened."""
    found: dict[UUID | Ref, UUID] = {one: one for one in given if isinstance(one, UUID)}
    refs = [one for one in dict.fromkeys(given) if isinstance(one, Ref)]
    found |= _aliased(ctx, refs, kind)
    short = []
    for ref in refs:
        codec = CODECS[ref.codec]
        if ref in found:
            continue
        if codec.span is not None:
            short.append(ref)
        elif (uid := codec.decode(ref.text)) is not None:
            found[ref] = uid
    return found | _shortened(short, kind)


def _aliased(ctx: Context, refs: Sequence[Ref], kind: str) -> dict[UUID | Ref, UUID]:
    caller = ctx.principal
    if not refs or caller is None or not caller.has_aliases:
        return {}
    key = {"scope": scope_of(ctx), "dialect": ctx.dialect, "kind": kind}
    texts = [ref.text for ref in refs if "\0" not in ref.text]
    rows = _FIND_ALL.all(**key, foreign_ids=texts)
    named = {row.foreign_id: row.object_uid for row in rows}
    return {ref: named[ref.text] for ref in refs if ref.text in named}


def _span(ref: Ref) -> tuple[UUID, UUID] | None:
    read = CODECS[ref.codec].span
    return read(ref.text) if read is not None else None


def _shortened(refs: Sequence[Ref], kind: str) -> dict[UUID | Ref, UUID]:
    """The one row that begins as each id says; none where two do."""
    model = _SHORTENED.get(kind)
    spans = {ref: span for ref in refs if (span := _span(ref)) is not None}
    if model is None or not spans:
        return {}
    begins: dict[UUID, list[UUID]] = defaultdict(list)
    asked = list(spans.values())
    for at in range(0, len(asked), AT_ONCE):
        places = [model.uid.between(*span) for span in asked[at : at + AT_ONCE]]
        for row in model.select(model.uid).where(pw.NodeList(places, " OR ")):
            begins[UUID(int=row.uid.int & ~UNSHOWN)].append(row.uid)
    return {ref: begins[first][0] for ref, (first, _) in spans.items() if len(begins[first]) == 1}


def of_objects(ctx: Context, uids: Iterable[UUID]) -> dict[UUID, str]:
    """Aliases of several objects in the calling dialect; one query, none without aliases.

    A uid is of one kind only, so kinds need not be told apart. Of several names the first one
    that was given counts.
    """
    wanted = list(uids)
    caller = ctx.principal
    if not wanted or caller is None or not caller.has_aliases:
        return {}
    rows = _OF_OBJECTS.all(objects=wanted, dialect=ctx.dialect)
    return {row.object_uid: row.foreign_id for row in rows}


def put(
    ctx: Context,
    *,
    scope: UUID,
    dialect: str,
    kind: str,
    foreign_id: str,
    object_uid: UUID,
    connection_uid: UUID | None = None,
) -> None:
    """Name an object in a dialect; the same name in the same scope moves to the new object.
    `connection_uid` says which connection a new name came by."""
    with write():
        row = _FIND.one(scope=scope, dialect=dialect, kind=kind, foreign_id=foreign_id)
        if row is not None:
            _POINT.run(uid=row.uid, object=object_uid, connection=connection_uid)
        else:
            made = {**fresh(ctx), "scope_uid": scope, "dialect": dialect, "kind": kind}
            named = {"foreign_id": foreign_id, "object_uid": object_uid}
            _INSERT.run({**made, **named, "connection_uid": connection_uid})
        _MARK.run(uid=scope, yes=True)


def scope_of(ctx: Context) -> UUID:
    """Where the caller's aliases live: its account, else its provider, else the installation."""
    caller = ctx.caller
    return caller.account_uid or caller.service_provider_uid or ZERO_UID
