"""Applications: customers' programs that handle calls and messages, with their hooks.

An application belongs to an account; its name is unique there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.problems import Conflict, InUse, Invalid, NotFound, Why
from gateway.domain.words import HookPurpose
from gateway.models import Account, Application, Document, Hook, Number, ServiceProvider, Trunk
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases, hook_objects, owning
from gateway.services.making import differing, fresh, lock_account
from gateway.services.owning import Named
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

HOOKS: Mapping[str, HookPurpose] = {
    "call_hook": HookPurpose.CALL,
    "status_hook": HookPurpose.CALL_STATUS,
    "message_hook": HookPurpose.MESSAGE,
}
"""The hooks of an application, by attribute."""

_Call, _Status, _Message = Hook.alias(), Hook.alias(), Hook.alias()


def _with_hooks(where: Any) -> Any:
    query = Application.select(
        Application, Account.service_provider, _Call, _Status, _Message
    ).join_from(Application, Account, on=(Application.account == Account.uid))
    for column, hook in (
        (Application.call_hook, _Call),
        (Application.status_hook, _Status),
        (Application.message_hook, _Message),
    ):
        query = query.join_from(Application, hook, pw.JOIN.LEFT_OUTER, on=(column == hook.uid))
    return query.where(where).order_by(Application.id)


_NEST = {_Call: "call_hook", _Status: "status_hook", _Message: "message_hook"}
_OWNER = (Account.service_provider, Account.uid)
_LIST = Scoped(lambda visible: _with_hooks(visible), *_OWNER, nest=_NEST)
_BY_UID = Scoped(
    lambda visible: _with_hooks(visible & (Application.uid == P("uid"))), *_OWNER, nest=_NEST
)
_NAMED = Prepared(
    lambda: Application.select(Application.uid).where(
        (Application.account == P("account")) & (Application.name == P("name"))
    )
)
_NUMBERS = Prepared(
    lambda: Number.select(Number.uid).where(Number.application == P("application")).limit(1)
)
_INSERT = Insert(Application)
_DELETE = Prepared(lambda: Application.delete().where(Application.uid == P("application")))
_OFF_TRUNKS = Prepared(
    lambda: Trunk.update(application=None).where(Trunk.application == P("application"))
)
_OFF_ACCOUNT = Prepared(
    lambda: Account.update(device_application_uid=None).where(
        Account.device_application_uid == P("application")
    )
)


def search(ctx: Context) -> list[Any]:
    """The applications the caller can see, oldest first, with their hooks; one query."""
    policy.require(ctx, "application.read")
    return _LIST.all(ctx)


def get(ctx: Context, given: Named) -> Any:
    """An application with its hooks (rows or None); NotFound."""
    policy.require(ctx, "application.read")
    uid = aliases.uid_of(ctx, given, "application") if given is not None else None
    row = _BY_UID.one(ctx, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """An application of the caller's account, or of the one named by `account_uid`.

    Raises Invalid at references and hooks, Conflict at `name`.
    """
    policy.require(ctx, "application.write")
    values = apply(None, change)
    owner = owning.owner_of_new(ctx, values.pop("account_uid", None))
    if owner.account_uid is None:
        raise Invalid.one("account_uid", "said", "missing required field: 'account_sid'")
    with write():
        lock_account(owner.account_uid)
        _check_name(owner, values["name"])
        for attribute, purpose in HOOKS.items():
            given = values.pop(attribute, None)
            made = hook_objects.settle(ctx, owner, purpose, None, given, attribute)
            values[f"{attribute}_uid"] = made.uid
        row = {**fresh(ctx), **values, "account_uid": owner.account_uid}
        _INSERT.run(row)
        return get(ctx, row["uid"])


def _check_name(owner: Owner, name: str) -> None:
    if _NAMED.one(account=owner.account_uid, name=name) is not None:
        taken = {"account_uid": str(owner.account_uid), "name": name}
        fields = {column: [Why("taken", value)] for column, value in taken.items()}
        raise Conflict(f"{name} is taken", fields=fields)


def update(ctx: Context, given: Named, change: Mapping[str, Any]) -> None:
    """Change an application; errors as `create`, NotFound. It stays with its account."""
    policy.require(ctx, "application.write")
    with write():
        row = get(ctx, given)
        lock_account(row.account_uid)
        owner = Owner(row.service_provider_uid, row.account_uid)
        values = apply(row, change)
        _check_account(ctx, row, values)
        gone = []
        for attribute, purpose in HOOKS.items():
            if attribute in values:
                stored = getattr(row, attribute)
                settled = hook_objects.settle(
                    ctx, owner, purpose, stored, values.pop(attribute), attribute
                )
                values[f"{attribute}_uid"] = settled.uid
                gone.append(settled.gone)
        values = differing(row, values)
        if "name" in values:
            _check_name(owner, values["name"])
        if values:
            values["updated_at"] = ctx.runtime.now()
            Application.update(values).where(Application.uid == row.uid).execute()
        for hook in gone:
            hook_objects.drop(hook)


def _check_account(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    named = values.pop("account_uid", row.account_uid)
    uid = aliases.uid_of(ctx, named, "account") if named is not None else None
    if uid != row.account_uid:
        raise Invalid.one("account_uid", "said", "account_sid may not be modified")


def delete(ctx: Context, given: Named) -> None:
    """Remove an application with its hooks; NotFound, InUse while numbers use it.

    What else refers to it, of trunks, the account, its provider or documents, lets go of it.
    """
    policy.require(ctx, "application.write")
    with write():
        row = get(ctx, given)
        lock_account(row.account_uid)
        if _NUMBERS.one(application=row.uid) is not None:
            raise InUse("the application has numbers")
        try:
            _remove(row)
        except pw.IntegrityError:  # a number took it meanwhile
            raise InUse("the application has numbers") from None


def _remove(row: Any) -> None:
    _OFF_TRUNKS.run(application=row.uid)
    _OFF_ACCOUNT.run(application=row.uid)
    _forget(row)
    _DELETE.run(application=row.uid)
    for attribute in HOOKS:
        hook_objects.drop(getattr(row, attribute))


def _forget(row: Any) -> None:
    """Documents of the account, and the provider's own members, that name the application."""
    text = str(row.uid)
    for document in Document.select().where(Document.account == row.account_uid):
        if text in document.body.values():
            kept = {name: value for name, value in document.body.items() if value != text}
            Document.update(body=kept).where(Document.uid == document.uid).execute()
    provider = ServiceProvider.get(ServiceProvider.uid == row.service_provider_uid)
    extras = {
        dialect: {name: value for name, value in members.items() if value != text}
        for dialect, members in provider.extras.items()
    }
    if extras != provider.extras:
        ServiceProvider.update(extras=extras).where(ServiceProvider.uid == provider.uid).execute()
