"""Documents: resources only one dialect has, kept whole in a JSON body.

The rules of a kind (which members, when it may go) belong to the dialect that owns it; here is what
all kinds share: an owner, a natural key, a page in order of creation.

Most functions work on what is the caller's own: an account's, a provider's, the platform's.
`visible` and `find` see what the caller's scope sees, as other services do: a provider also the
documents of its accounts, an administrator all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, InUse, NotFound, Why
from gateway.models import Document
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases
from gateway.services.making import differing, fresh, lock_account
from gateway.services.scoping import Scoped

_INSERT = Insert(Document)
_MINE = (Document.kind == P("kind")) & (Document.scope_uid == P("scope"))
_BY_UID = Prepared(lambda: Document.select().where(_MINE & (Document.uid == P("uid"))))
_BY_KEY = Prepared(lambda: Document.select().where(_MINE & (Document.key == P("key"))))
_PAGE = Prepared(
    lambda: (
        Document.select().where(_MINE).order_by(Document.id).limit(P("limit")).offset(P("offset"))
    )
)
_HIGHEST = Prepared(
    lambda: (
        Document.select(Document.key)
        .where(_MINE & Document.key.is_null(False))
        .order_by(Document.key.cast("INTEGER").desc())
        .limit(1)
    )
)
_DELETE = Prepared(lambda: Document.delete().where(_MINE & (Document.uid == P("uid"))))
_VISIBLE = Scoped(
    lambda visible: (
        Document.select().where(visible & (Document.kind == P("kind"))).order_by(Document.id)
    ),
    Document.service_provider,
    Document.account,
)
_FIND = Scoped(
    lambda visible: Document.select().where(
        visible & (Document.kind == P("kind")) & (Document.uid == P("uid"))
    ),
    Document.service_provider,
    Document.account,
)
_REMOVE = Prepared(lambda: Document.delete().where(Document.uid == P("uid")))
EVERY = 1_000_000


def _owner(ctx: Context) -> Owner:
    """Whose the caller's documents are: its account's, else its provider's, else nobody's."""
    caller = ctx.caller
    if caller.scope is Scope.ACCOUNT:
        return Owner(caller.service_provider_uid, ctx.account_uid)
    if caller.scope is Scope.PROVIDER:
        return Owner(caller.service_provider_uid)
    return Owner(None)


def _scope_of(owner: Owner) -> UUID:
    return owner.account_uid or owner.service_provider_uid or ZERO_UID


def _scope(ctx: Context) -> UUID:
    return _scope_of(_owner(ctx))


def taken(key: str) -> Conflict:
    """The refusal of a natural key that another document has."""
    return Conflict(f"{key} exists", fields={"key": [Why("taken", key)]})


def _meant(error: pw.IntegrityError, key: str | None) -> Exception:
    """What a broken constraint means: another request took the key in between, or a fault."""
    return taken(key) if key is not None and "unique" in str(error).lower() else error


def create(
    ctx: Context,
    kind: str,
    body: Mapping[str, Any],
    *,
    key: str | None = None,
    name: str | None = None,
    numbered: bool = False,
    owner: Owner | None = None,
    unique_everywhere: bool = False,
) -> Any:
    """A document of the caller, or of the owner given.

    `numbered` makes its key the next decimal number of the kind. A key is unique among its owner's
    documents of the kind, with `unique_everywhere` among everybody's. Conflict at `key`.
    """
    owner = owner or _owner(ctx)
    scope = ZERO_UID if unique_everywhere else _scope_of(owner)
    try:
        with write():
            if numbered:
                if owner.account_uid:
                    lock_account(owner.account_uid)
                key = str(1 + _highest(kind, scope))
            elif key is not None and _BY_KEY.one(kind=kind, scope=scope, key=key):
                raise taken(key)
            made = {**fresh(ctx), **owner._asdict(), "scope_uid": scope, "kind": kind}
            return _INSERT.add({**made, "key": key, "name": name, "body": body})
    except pw.IntegrityError as error:
        raise _meant(error, key) from None


def _highest(kind: str, scope: UUID) -> int:
    row = _HIGHEST.one(kind=kind, scope=scope)
    return int(row.key) if row is not None else 0


def get(ctx: Context, kind: str, given: UUID | Ref) -> Any:
    """A document of the caller's own; NotFound."""
    uid = aliases.uid_of(ctx, given, "document")
    row = _BY_UID.one(kind=kind, scope=_scope(ctx), uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def find(ctx: Context, kind: str, given: UUID | Ref) -> Any:
    """A document the caller can see; NotFound."""
    uid = aliases.uid_of(ctx, given, "document")
    row = _FIND.one(ctx, kind=kind, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def visible(ctx: Context, kind: str) -> list[Any]:
    """Documents of a kind that the caller can see, oldest first."""
    return _VISIBLE.all(ctx, kind=kind)


def by_key(ctx: Context, kind: str, key: str) -> Any:
    """The document with this natural key; NotFound."""
    row = _BY_KEY.one(kind=kind, scope=_scope(ctx), key=key) if "\0" not in key else None
    if row is None:
        raise NotFound()
    return row


def search(
    ctx: Context,
    kind: str,
    *,
    limit: int = 10,
    offset: int = 0,
    where: Callable[[dict[str, Any]], bool] | None = None,
) -> list[Any]:
    """Documents of a kind, oldest first; `where` looks at bodies, over all of the caller's."""
    key = {"kind": kind, "scope": _scope(ctx)}
    if where is None:
        page: list[Any] = _PAGE.all(**key, limit=limit, offset=offset)
        return page
    rows = _PAGE.all(**key, limit=EVERY, offset=0)
    return [row for row in rows if where(row.body)][offset : offset + limit]


def of_owner(kind: str, owner: Owner) -> list[Any]:
    """All documents of a kind that are this owner's own, oldest first. No policy of its own."""
    rows: list[Any] = _PAGE.all(kind=kind, scope=_scope_of(owner), limit=EVERY, offset=0)
    return rows


def update(
    ctx: Context, kind: str, given: UUID | Ref, body: Mapping[str, Any], *, name: str | None = None
) -> Any:
    """The document with its body replaced; NotFound."""
    values: dict[str, Any] = {"body": body}
    if name is not None:
        values["name"] = name
    with write():
        row = get(ctx, kind, given)
        store(ctx, row, values)
        return get(ctx, kind, row.uid)


def store(ctx: Context, row: Any, values: Mapping[str, Any]) -> None:
    """Write new values of columns of a document that was found; Conflict at `key`.

    What is as it was is not written.
    """
    new = differing(row, values)
    if not new:
        return
    new["updated_at"] = ctx.runtime.now()
    try:
        with write():
            Document.update(new).where(Document.uid == row.uid).execute()
    except pw.IntegrityError as error:
        raise _meant(error, new.get("key")) from None


def remove(row: Any) -> None:
    """Remove a document that was found; NotFound when another request was quicker."""
    with write():
        if not _REMOVE.run(uid=row.uid):
            raise NotFound()


def delete(
    ctx: Context, kind: str, given: UUID | Ref, *, unless: Callable[[], Any] | None = None
) -> None:
    """Remove it; InUse when `unless` says, once nobody can begin to refer to it, that it is."""
    caller = ctx.caller
    uid = aliases.uid_of(ctx, given, "document")
    with write():
        if caller.account_uid is not None:
            lock_account(caller.account_uid)
        if unless is not None and unless():
            raise InUse("numbers are associated with it")
        if uid is None or not _DELETE.run(kind=kind, scope=_scope(ctx), uid=uid):
            raise NotFound()
