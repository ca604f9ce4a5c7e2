"""Whose a new row becomes, and what a row of one owner may refer to.

An account makes things for itself. Providers and administrators may name an account (or a provider)
that they can see; without one the thing is the provider's own, or, an administrator's, nobody's.
Everything a request refers to in its body is looked up here, so that an id of somebody else reads
like one that does not exist.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Invalid
from gateway.models import Account, Application, ServiceProvider
from gateway.models.prepared import P, Prepared
from gateway.services import aliases

Named = UUID | Ref | None
"""What a request names a row by: its uid, an id of the wire, or nothing."""

_ACCOUNT = Prepared(
    lambda: Account.select(Account.uid, Account.service_provider).where(Account.uid == P("uid"))
)
_PROVIDER = Prepared(
    lambda: ServiceProvider.select(ServiceProvider.uid).where(ServiceProvider.uid == P("uid"))
)
_APPLICATION = Prepared(
    lambda: Application.select(Application.uid, Application.account).where(
        Application.uid == P("uid")
    )
)


def unknown(attribute: str, given: Named) -> Invalid:
    """The refusal of a reference that names nothing the caller may use."""
    text = given.text if isinstance(given, Ref) else str(given)
    return Invalid.one(attribute, "unknown_reference", text)


def elsewhere(attribute: str) -> Invalid:
    """The refusal of a reference to a thing of another account than the row's."""
    return Invalid.one(attribute, "other_account", "does not belong to that account")


def owner_of_new(ctx: Context, account: Named, provider: Named = None) -> Owner:
    """The owner of what the caller makes for an account, or else for a provider.

    Raises Invalid at `account_uid` or `service_provider_uid`.
    """
    caller = ctx.caller
    found = Owner(caller.service_provider_uid, caller.account_uid)
    if account is not None:
        uid = aliases.uid_of(ctx, account, "account")
        if uid is None or uid != caller.account_uid:
            row = _ACCOUNT.one(uid=uid) if uid is not None else None
            if row is None or not policy.visible(caller, Owner(row.service_provider_uid, row.uid)):
                raise unknown("account_uid", account)
            found = Owner(row.service_provider_uid, row.uid)
    if provider is not None:
        found = _checked_provider(ctx, found, provider)
    return found


def _checked_provider(ctx: Context, owner: Owner, provider: Named) -> Owner:
    assert provider is not None
    uid = aliases.uid_of(ctx, provider, "service_provider")
    if uid is not None and uid == owner.service_provider_uid:
        return owner
    named = ctx.caller.scope is Scope.ADMIN and owner.account_uid is None
    if not named or uid is None or _PROVIDER.one(uid=uid) is None:
        raise unknown("service_provider_uid", provider)
    return Owner(uid)


def application_for(
    ctx: Context, account_uid: UUID | None, given: Named, attribute: str = "application_uid"
) -> UUID | None:
    """The uid of an application that a row of this account may refer to.

    Raises Invalid: applications belong to accounts, so a row without one has none.
    """
    if given is None:
        return None
    if account_uid is None:
        raise Invalid.one("account_uid", "missing", "missing")
    uid = aliases.uid_of(ctx, given, "application")
    row = _APPLICATION.one(uid=uid) if uid is not None else None
    if row is None or not _is_visible(ctx, row.account_uid):
        raise unknown(attribute, given)
    if row.account_uid != account_uid:
        raise elsewhere(attribute)
    found: UUID = row.uid
    return found


def _is_visible(ctx: Context, account_uid: UUID) -> bool:
    if ctx.caller.scope is Scope.ADMIN or account_uid == ctx.caller.account_uid:
        return True
    account = _ACCOUNT.one(uid=account_uid)
    return account is not None and policy.visible(
        ctx.caller, Owner(account.service_provider_uid, account.uid)
    )


def columns(owner: Owner) -> dict[str, Any]:
    """The owner as columns of a row."""
    return {
        "service_provider_uid": owner.service_provider_uid,
        "account_uid": owner.account_uid,
    }
