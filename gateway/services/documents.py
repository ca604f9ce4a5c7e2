"""Documents: resources only one dialect has, kept whole in a JSON body.

The rules of a kind (which members, when it may go) belong to the dialect that owns it; here is what
all kinds share: an owner, a natural key, a page in order of creation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, InUse, NotFound
from gateway.models import Document
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh, lock_account

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
EVERY = 1_000_000


def _owner(ctx: Context) -> dict[str, Any]:
    """Owner columns for what the caller makes: its account, else its provider, else nobody."""
    caller = ctx.caller
    if caller.scope is Scope.ACCOUNT:
        return {
            "account_uid": ctx.account_uid,
            "service_provider_uid": caller.service_provider_uid,
            "scope_uid": ctx.account_uid,
        }
    if caller.scope is Scope.PROVIDER:
        provider = caller.service_provider_uid
        return {"service_provider_uid": provider, "scope_uid": provider or ZERO_UID}
    return {"scope_uid": ZERO_UID}


def _scope(ctx: Context) -> UUID:
    uid: UUID = _owner(ctx)["scope_uid"]
    return uid


def create(
    ctx: Context,
    kind: str,
    body: Mapping[str, Any],
    *,
    key: str | None = None,
    name: str | None = None,
    numbered: bool = False,
) -> Any:
    """A document of the caller; `numbered` makes its key the next decimal number of the kind.

    Conflict when the key is taken.
    """
    owner = _owner(ctx)
    with write():
        if numbered:
            if owner.get("account_uid"):
                lock_account(owner["account_uid"])
            key = str(1 + _highest(kind, owner["scope_uid"]))
        elif key is not None and _BY_KEY.one(kind=kind, scope=owner["scope_uid"], key=key):
            raise Conflict(f"{key} exists")
        made = {**fresh(ctx), **owner, "kind": kind, "key": key, "name": name, "body": body}
        _INSERT.run(made)
        return get(ctx, kind, made["uid"])


def _highest(kind: str, scope: UUID) -> int:
    row = _HIGHEST.one(kind=kind, scope=scope)
    return int(row.key) if row is not None else 0


def get(ctx: Context, kind: str, uid: UUID) -> Any:
    row = _BY_UID.one(kind=kind, scope=_scope(ctx), uid=uid)
    if row is None:
        raise NotFound()
    return row


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


def update(
    ctx: Context, kind: str, uid: UUID, body: Mapping[str, Any], *, name: str | None = None
) -> Any:
    """The document with its body replaced; NotFound."""
    values: dict[str, Any] = {"body": body, "updated_at": ctx.runtime.now()}
    if name is not None:
        values["name"] = name
    with write():
        get(ctx, kind, uid)
        Document.update(values).where(Document.uid == uid).execute()
        return get(ctx, kind, uid)


def delete(ctx: Context, kind: str, uid: UUID, *, unless: Callable[[], Any] | None = None) -> None:
    """Remove it; InUse when `unless` says, once nobody can begin to refer to it, that it is."""
    caller = ctx.caller
    with write():
        if caller.account_uid is not None:
            lock_account(caller.account_uid)
        if unless is not None and unless():
            raise InUse("numbers are associated with it")
        if not _DELETE.run(kind=kind, scope=_scope(ctx), uid=uid):
            raise NotFound()
