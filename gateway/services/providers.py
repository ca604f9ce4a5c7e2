"""Service providers: made, changed and removed by administrators, with their hook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.problems import Conflict, InUse, NotFound, Why
from gateway.domain.words import HookPurpose
from gateway.models import Account, Application, ServiceProvider
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import account_removal, aliases, hook_objects, owning
from gateway.services.making import differing, fresh
from gateway.services.owning import Named
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

HOOKS = {"registration_hook": HookPurpose.REGISTRATION}

_NOBODY = pw.SQL("NULL")
_OWNER = (ServiceProvider.uid, _NOBODY)
_LIST = Scoped(
    lambda visible: ServiceProvider.select().where(visible).order_by(ServiceProvider.id),
    *_OWNER,
    attach=tuple(HOOKS),
)
_BY_UID = Scoped(
    lambda visible: ServiceProvider.select().where(visible & (ServiceProvider.uid == P("uid"))),
    *_OWNER,
    attach=tuple(HOOKS),
)
_OWN = Prepared(lambda: ServiceProvider.select().where(ServiceProvider.uid == P("uid")))
_TAKEN = {
    "name": Prepared(
        lambda: ServiceProvider.select(ServiceProvider.uid).where(
            ServiceProvider.name == P("value")
        )
    ),
    "root_domain": Prepared(
        lambda: ServiceProvider.select(ServiceProvider.uid).where(
            ServiceProvider.root_domain == P("value")
        )
    ),
}
_ACCOUNTS = Prepared(
    lambda: Account.select(Account.uid).where(Account.service_provider == P("provider")).limit(1)
)
_APPLICATION = Prepared(
    lambda: (
        Application.select(Application.uid)
        .join(Account, on=(Application.account == Account.uid))
        .where((Application.uid == P("uid")) & (Account.service_provider == P("provider")))
    )
)
_INSERT = Insert(ServiceProvider)


def search(ctx: Context) -> list[Any]:
    """The providers the caller can see, oldest first, with their hooks; two queries."""
    policy.require(ctx, "provider.read")
    rows = _LIST.all(ctx)
    hook_objects.attach_to_providers(ctx, rows, HOOKS)
    return rows


def get(ctx: Context, given: Named) -> Any:
    """A provider with its hook; NotFound."""
    policy.require(ctx, "provider.read")
    uid = aliases.uid_of(ctx, given, "service_provider") if given is not None else None
    row = _BY_UID.one(ctx, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    hook_objects.attach_to_providers(ctx, [row], HOOKS)
    return row


def own(ctx: Context) -> Any:
    """The provider the caller belongs to; NotFound for an administrator."""
    row = _OWN.one(uid=ctx.caller.service_provider_uid)
    if row is None:
        raise NotFound()
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A provider; Conflict at `name` or `root_domain`."""
    policy.require(ctx, "provider.create")
    values = apply(None, change)
    hooks = {name: values.pop(name) for name in HOOKS if name in values}
    made = {**fresh(ctx), **values}
    with _taken_meanwhile(values), write():
        _check_free(values)
        _INSERT.run(made)
        hook_objects.settle_all(ctx, Owner(made["uid"]), None, hooks, HOOKS)
        return get(ctx, made["uid"])


def _check_free(values: Mapping[str, Any]) -> None:
    for name, statement in _TAKEN.items():
        value = values.get(name)
        if value is not None and statement.one(value=value) is not None:
            raise Conflict(f"{value} is taken", fields={name: [Why("taken", value)]})


@contextmanager
def _taken_meanwhile(values: Mapping[str, Any]) -> Iterator[None]:
    """Two who ask for one name at once: the database lets one of them have it."""
    try:
        yield
    except pw.IntegrityError:
        _check_free(values)
        raise


def update(ctx: Context, given: Named, change: Mapping[str, Any]) -> None:
    """Change a provider; errors as `create`, NotFound."""
    policy.require(ctx, "provider.update")
    with _taken_meanwhile(change), write():
        row = get(ctx, given)
        values = apply(row, change)
        _resolve_applications(ctx, row, values)
        hook_objects.settle_all(ctx, Owner(row.uid), row, values, HOOKS)
        values = differing(row, values)
        _check_free(values)
        if values:
            values["updated_at"] = ctx.runtime.now()
            ServiceProvider.update(values).where(ServiceProvider.uid == row.uid).execute()


def _resolve_applications(ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Ids among the dialect's own members name applications of the provider's accounts.

    They are kept as text of the uid, which goes when the application does. Raises Invalid.
    """
    members = values.get("extras", {}).get(ctx.dialect, {})
    for name, named in members.items():
        if not isinstance(named, Ref):
            continue
        uid = aliases.uid_of(ctx, named, "application")
        found = _APPLICATION.one(uid=uid, provider=row.uid) if uid is not None else None
        if found is None:
            raise owning.unknown(f"extras.{ctx.dialect}.{name}", named)
        members[name] = str(found.uid)


def delete(ctx: Context, given: Named) -> None:
    """Remove a provider with what is its own; NotFound, InUse while it has accounts."""
    policy.require(ctx, "provider.delete")
    with write():
        row = get(ctx, given)
        if _ACCOUNTS.one(provider=row.uid) is not None:
            raise InUse("the service provider has accounts")
        try:
            account_removal.remove_provider(row.uid)
        except pw.IntegrityError:  # an account came meanwhile
            raise InUse("the service provider has accounts") from None
