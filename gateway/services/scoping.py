"""What a caller may see, as conditions of statements, and acting inside one account or provider.

Lists and look-ups exist in three forms: an administrator's sees every row, a provider's its own
rows and those of its accounts, an account's its own. Where a path names an account or provider,
`inside_account` and `inside_provider` give a context whose caller is narrowed to it, after checking
that the caller may see it; every service then works for that owner and no other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import NotFound
from gateway.models import Account, ServiceProvider
from gateway.models.prepared import P, Prepared
from gateway.services import aliases

MOST_LEVELS = 8
"""Sub-accounts are looked for this deep."""

_ACCOUNT = Prepared(
    lambda: Account.select(
        Account.uid, Account.service_provider, Account.parent, Account.has_aliases
    ).where(Account.uid == P("uid"))
)
_PROVIDER = Prepared(
    lambda: ServiceProvider.select(ServiceProvider.uid).where(ServiceProvider.uid == P("uid"))
)


class Scoped:
    """A statement in the form the caller's scope asks for.

    `query(visible)` makes it, with `visible` among its conditions; `provider` and `account` are the
    columns that say whose a row is.

        _LIST = Scoped(
            lambda visible: Trunk.select().where(visible).order_by(Trunk.id),
            Trunk.service_provider, Trunk.account,
        )
        rows = _LIST.all(ctx)
    """

    def __init__(
        self, query: Callable[[Any], Any], provider: Any, account: Any, **options: Any
    ) -> None:
        self._forms = {
            Scope.ADMIN: Prepared(lambda: query(pw.SQL("1 = 1")), **options),
            Scope.PROVIDER: Prepared(lambda: query(provider == P("scope_uid")), **options),
            Scope.ACCOUNT: Prepared(lambda: query(account == P("scope_uid")), **options),
        }

    def all(self, ctx: Context, **values: Any) -> list[Any]:
        form, values = self._chosen(ctx, values)
        rows: list[Any] = form.all(**values)
        return rows

    def one(self, ctx: Context, **values: Any) -> Any | None:
        form, values = self._chosen(ctx, values)
        return form.one(**values)

    def _chosen(self, ctx: Context, values: dict[str, Any]) -> tuple[Prepared, dict[str, Any]]:
        caller = ctx.caller
        if caller.scope is Scope.ACCOUNT:
            values["scope_uid"] = ctx.account_uid
        elif caller.scope is Scope.PROVIDER:
            values["scope_uid"] = caller.service_provider_uid
        return self._forms[caller.scope], values


def inside_account(ctx: Context, account: UUID | Ref) -> Context:
    """The context with a caller who is that account; NotFound when there is none to be seen.

    An account also sees the accounts below it.
    """
    caller = ctx.caller
    uid = aliases.uid_of(ctx, account, "account")
    if caller.scope is Scope.ACCOUNT and uid == caller.account_uid:
        return ctx
    row = _ACCOUNT.one(uid=uid) if uid is not None else None
    if row is None or not (_is_seen(caller, row) or _is_below(caller, row)):
        raise NotFound("no such account")
    narrowed: Principal = replace(
        caller,
        scope=Scope.ACCOUNT,
        rights=caller.rights or caller.scope,
        account_uid=row.uid,
        service_provider_uid=row.service_provider_uid,
        has_aliases=row.has_aliases,
    )
    return replace(ctx, principal=narrowed)


def _is_seen(caller: Principal, account: Any) -> bool:
    return policy.visible(caller, Owner(account.service_provider_uid, account.uid))


def _is_below(caller: Principal, account: Any) -> bool:
    """Whether an account is a sub-account of the caller's, at any depth there may be."""
    for _ in range(MOST_LEVELS):
        if account is None or account.parent_uid is None:
            return False
        if account.parent_uid == caller.account_uid:
            return True
        account = _ACCOUNT.one(uid=account.parent_uid)
    return False


def inside_provider(ctx: Context, provider: UUID | Ref, action: str = "provider.read") -> Context:
    """The context with a caller who is that provider.

    Forbidden for callers who may not do `action` at all, NotFound when there is none to be seen.
    """
    caller = policy.require(ctx, action)
    uid = aliases.uid_of(ctx, provider, "service_provider")
    if caller.scope is Scope.PROVIDER and uid == caller.service_provider_uid:
        return ctx
    row = _PROVIDER.one(uid=uid) if uid is not None else None
    if row is None or not policy.visible(caller, Owner(row.uid)):
        raise NotFound("no such service provider")
    narrowed = replace(
        caller,
        scope=Scope.PROVIDER,
        rights=caller.rights or caller.scope,
        account_uid=None,
        service_provider_uid=row.uid,
    )
    return replace(ctx, principal=narrowed)
