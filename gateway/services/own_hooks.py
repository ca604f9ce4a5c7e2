"""Hooks that an account keeps for themselves, as objects that are listed, made and removed.

Only those of the calling dialect: each is called in its dialect's shape. Hooks that are members of
other objects are in `hook_objects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain import hook_auth, policy
from gateway.domain.context import Context
from gateway.domain.problems import Invalid, NotFound, Why
from gateway.domain.words import HookAuth
from gateway.models import Hook
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases, flow_references
from gateway.services.hooks import checked_url
from gateway.services.making import differing, fresh, lock_account
from gateway.services.owning import Named
from gateway.wire.reading import apply

_MINE = (Hook.account == P("account")) & (Hook.dialect == P("dialect"))
_LIST = Prepared(lambda: Hook.select().where(_MINE & Hook.number_uid.is_null()).order_by(Hook.id))
_BY_UID = Prepared(
    lambda: Hook.select().where(_MINE & Hook.number_uid.is_null() & (Hook.uid == P("uid")))
)
_INSERT = Insert(Hook)
_DELETE = Prepared(lambda: Hook.delete().where(Hook.uid == P("uid")))


def search(ctx: Context) -> list[Any]:
    """The account's hooks of the dialect, oldest first; one query."""
    policy.require(ctx, "hook.read")
    return _LIST.all(account=ctx.account_uid, dialect=ctx.dialect)


def get(ctx: Context, hook: Named) -> Any:
    """One of them; NotFound."""
    policy.require(ctx, "hook.read")
    uid = aliases.uid_of(ctx, hook, "hook") if hook is not None else None
    key = {"account": ctx.account_uid, "dialect": ctx.dialect}
    row = _BY_UID.one(**key, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A hook; Invalid at what it lacks to show its receiver who calls."""
    policy.require(ctx, "hook.write")
    values = apply(None, change)
    _check(values)
    made = {**fresh(ctx), "account_uid": ctx.account_uid, "dialect": ctx.dialect, **values}
    with write():
        return _INSERT.add(made)


def update(ctx: Context, hook: Named, change: Mapping[str, Any]) -> None:
    """Change a hook, as `create`. It goes on to be of the kind that flows which name it need."""
    policy.require(ctx, "hook.write")
    with write():
        lock_account(ctx.account_uid)
        row = get(ctx, hook)
        values = differing(row, apply(row, change))
        _check({**_kept(row), **values})
        if "purpose" in values:
            flow_references.check_unused(row.uid)
        if values:
            values["updated_at"] = ctx.runtime.now()
            Hook.update(values).where(Hook.uid == row.uid).execute()


def delete(ctx: Context, hook: Named) -> None:
    """Remove a hook; InUse while a flow names it."""
    policy.require(ctx, "hook.write")
    with write():
        lock_account(ctx.account_uid)
        row = get(ctx, hook)
        flow_references.check_unused(row.uid)
        _DELETE.run(uid=row.uid)


_SHOWN = ("url", "auth_type", "username", "password", "key_name", "key_value")


def _kept(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}


def _check(values: Mapping[str, Any]) -> None:
    checked_url(values["url"])
    way = values.get("auth_type") or HookAuth.NONE
    missing = [name for name in hook_auth.NEEDS[way] if not values.get(name)]
    if missing:
        whys = {name: [Why("required", "is required to show who calls")] for name in missing}
        raise Invalid("the hook cannot show who calls", fields=whys)
    for name in hook_auth.HEADER_NAMES.get(way, ()):
        if not hook_auth.is_header(values[name]):
            raise Invalid.one(name, "format", "must be the name of a header")
