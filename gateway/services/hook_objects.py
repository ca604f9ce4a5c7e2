"""Hooks as members of other objects: an application's, an account's, a provider's.

Where an object is written its hooks are written with it. A hook that is named by its id is changed
in place, one that is not is made anew, and none (null, or an empty object) takes the old one away.
Applications of an account may share a hook; any other hook is in one place. A hook that was made on
its own is nobody's until an object names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.words import HookMethod, HookPurpose
from gateway.models import Account, Application, Hook
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import aliases, owning
from gateway.services.making import differing, fresh
from gateway.services.owning import Named

_INSERT = Insert(Hook)
_MINE = (Hook.dialect == P("dialect")) & (Hook.uid == P("uid"))
_BY_UID = Prepared(
    lambda: (
        Hook.select(Hook, Account.service_provider)
        .join(Account, pw.JOIN.LEFT_OUTER, on=(Hook.account == Account.uid))
        .where(_MINE)
    ),
    nest={Account: "owner"},
)
_OF_ACCOUNTS = Prepared(
    lambda: (
        Hook.select()
        .where(among(Hook.account, "owners") & (Hook.dialect == P("dialect")))
        .where(among(Hook.purpose, "purposes") & Hook.number_uid.is_null())
        .order_by(Hook.id.desc())
    )
)
_OF_PROVIDERS = Prepared(
    lambda: (
        Hook.select()
        .where(among(Hook.service_provider, "owners") & Hook.account.is_null())
        .where((Hook.dialect == P("dialect")) & among(Hook.purpose, "purposes"))
        .order_by(Hook.id.desc())
    )
)
_USERS = Prepared(
    lambda: (
        Application.select(Application.uid)
        .where(
            (Application.call_hook == P("hook"))
            | (Application.status_hook == P("hook"))
            | (Application.message_hook == P("hook"))
        )
        .limit(1)
    )
)
_DELETE = Prepared(lambda: Hook.delete().where(Hook.uid == P("hook")))
_OF_APPLICATIONS = frozenset({HookPurpose.CALL, HookPurpose.CALL_STATUS, HookPurpose.MESSAGE})


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A hook of the caller that nothing uses yet; an object may name it later."""
    caller = policy.require(ctx, "hook.write")
    owner = Owner(caller.service_provider_uid, caller.account_uid)
    with write():
        return _make(ctx, owner, HookPurpose.NONE, change)


def get(ctx: Context, given: Named) -> Any:
    """A hook of the calling dialect that the caller can see; NotFound."""
    policy.require(ctx, "hook.read")
    uid = aliases.uid_of(ctx, given, "hook") if given is not None else None
    row = _BY_UID.one(uid=uid, dialect=ctx.dialect) if uid is not None else None
    if row is None or not policy.visible(ctx.caller, _owner(row)):
        raise NotFound()
    return row


def _owner(row: Any) -> Owner:
    provider = row.service_provider_uid if row.owner is None else row.owner.service_provider_uid
    return Owner(provider, row.account_uid)


def attach_to_accounts(ctx: Context, rows: Iterable[Any], members: Mapping[str, str]) -> None:
    """Give account rows their hooks; `members` maps attribute to purpose. One query."""
    _attach(_OF_ACCOUNTS, "account_uid", ctx, rows, members)


def attach_to_providers(ctx: Context, rows: Iterable[Any], members: Mapping[str, str]) -> None:
    """The same for providers."""
    _attach(_OF_PROVIDERS, "service_provider_uid", ctx, rows, members)


def _attach(
    statement: Prepared, column: str, ctx: Context, rows: Iterable[Any], members: Mapping[str, str]
) -> None:
    rows = list(rows)
    found: dict[tuple[UUID, str], Any] = {}
    if rows:
        owners = [row.uid for row in rows]
        purposes = list(members.values())
        for hook in statement.all(owners=owners, dialect=ctx.dialect, purposes=purposes):
            found[getattr(hook, column), str(hook.purpose)] = hook
    for row in rows:
        for name, purpose in members.items():
            setattr(row, name, found.get((row.uid, str(purpose))))


class Settled(NamedTuple):
    """The hook an object will have, and the row it had and will not have any more."""

    uid: UUID | None
    gone: Any = None


def settle(
    ctx: Context,
    owner: Owner,
    purpose: HookPurpose,
    stored: Any,
    given: Mapping[str, Any] | None,
    attribute: str,
) -> Settled:
    """Write the hook an object will have, in the caller's transaction.

    `stored` is the one it has; what is `gone` is for the caller to `drop` once nothing refers to
    it. Raises Invalid at `attribute` for an id that names no hook of the owner, and at its url for
    a new hook without one.
    """
    if not given:
        return Settled(None, stored)
    values = {name: value for name, value in given.items() if name != "uid"}
    if given.get("uid") is not None:
        row = _named(ctx, owner, purpose, given["uid"], attribute)
        changes = differing(row, {**values, **_taken_over(row, owner, purpose)})
        if changes:
            changes["updated_at"] = ctx.runtime.now()
            Hook.update(changes).where(Hook.uid == row.uid).execute()
        kept = stored is None or stored.uid == row.uid
        return Settled(row.uid, None if kept else stored)
    if stored is not None and _is_same(stored, values):
        return Settled(stored.uid)
    if values.get("url") is None:
        raise Invalid.one(f"{attribute}.url", "required", "is required")
    return Settled(_make(ctx, owner, purpose, values).uid, stored)


def _is_same(stored: Any, values: Mapping[str, Any]) -> bool:
    """Whether a hook that is given without its id is the stored one again."""
    blank = {"url": None, "method": HookMethod.POST, "username": None, "password": None}
    return not differing(stored, {**blank, **values})


def settle_all(
    ctx: Context,
    owner: Owner,
    row: Any,
    values: dict[str, Any],
    members: Mapping[str, HookPurpose],
) -> None:
    """Settle the hooks a change names, of an object that its hooks belong to (account, provider).

    Takes them out of `values`; `row` has the stored ones as attributes, or is None for a new one.
    """
    for attribute, purpose in members.items():
        if attribute in values:
            stored = getattr(row, attribute) if row is not None else None
            given = values.pop(attribute)
            drop(settle(ctx, owner, purpose, stored, given, attribute).gone)


def _named(ctx: Context, owner: Owner, purpose: HookPurpose, given: Named, attribute: str) -> Any:
    try:
        row = get(ctx, given)
    except NotFound:
        raise owning.unknown(attribute, given) from None
    if row.number_uid is not None or not (_is_free(row, owner) or _is_held(row, owner, purpose)):
        raise owning.unknown(attribute, given)
    return row


def _is_free(row: Any, owner: Owner) -> bool:
    """A hook made on its own, by the account, its provider or an administrator."""
    return (
        row.purpose == HookPurpose.NONE
        and row.account_uid in (None, owner.account_uid)
        and row.service_provider_uid in (None, owner.service_provider_uid)
    )


def _is_held(row: Any, owner: Owner, purpose: HookPurpose) -> bool:
    """A hook of the same owner, in the same place or, of applications, in any of theirs."""
    if row.account_uid != owner.account_uid:
        return False
    if owner.account_uid is None and row.service_provider_uid != owner.service_provider_uid:
        return False
    return row.purpose == purpose or {row.purpose, purpose} <= _OF_APPLICATIONS


def _taken_over(row: Any, owner: Owner, purpose: HookPurpose) -> dict[str, Any]:
    """What naming it makes of a hook. One that several places share stays a hook for messages,
    since only those are found by purpose."""
    if row.purpose == HookPurpose.NONE:
        return {**_columns(owner), "purpose": purpose}
    return {"purpose": purpose} if purpose == HookPurpose.MESSAGE else {}


def _columns(owner: Owner) -> dict[str, Any]:
    provider = owner.service_provider_uid if owner.account_uid is None else None
    return {"account_uid": owner.account_uid, "service_provider_uid": provider}


def _make(ctx: Context, owner: Owner, purpose: HookPurpose, values: Mapping[str, Any]) -> Any:
    given = {name: value for name, value in values.items() if value is not None and name != "uid"}
    made = {
        **fresh(ctx),
        **_columns(owner),
        "dialect": ctx.dialect,
        "purpose": purpose,
        **given,
    }
    return _INSERT.add(made)


def drop(hook: Any) -> None:
    """Remove a hook row, if there is one, unless an application has it. Inside a transaction."""
    if hook is not None and _USERS.one(hook=hook.uid) is None:
        _DELETE.run(hook=hook.uid)
