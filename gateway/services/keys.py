"""Access keys: making, listing and revoking them. A secret is told once, when it is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.models import AccessKey, Account
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases, owning
from gateway.services.making import fresh
from gateway.services.owning import Named

_INSERT = Insert(AccessKey)
_SHOWN = (
    AccessKey.uid,
    AccessKey.scope,
    AccessKey.service_provider,
    AccessKey.account,
    AccessKey.key_id,
    AccessKey.label,
    AccessKey.created_at,
    AccessKey.expires_at,
    AccessKey.last_used_at,
    AccessKey.revoked_at,
)
_BY_KEY_ID = Prepared(lambda: AccessKey.select(*_SHOWN).where(AccessKey.key_id == P("key_id")))
_ALL = Prepared(lambda: AccessKey.select(*_SHOWN).order_by(AccessKey.id))
_OF_ACCOUNT = Prepared(
    lambda: (
        AccessKey.select(*_SHOWN).where(AccessKey.account == P("account")).order_by(AccessKey.id)
    )
)
_REVOKE = Prepared(
    lambda: AccessKey.update(revoked_at=P("now"), updated_at=P("now")).where(
        (AccessKey.key_id == P("key_id")) & AccessKey.revoked_at.is_null()
    )
)


_SECRETS = (*_SHOWN, AccessKey.secret)
_LIVE = AccessKey.revoked_at.is_null()
_LIVE_OF_ACCOUNT = Prepared(
    lambda: (
        AccessKey.select(*_SECRETS)
        .where((AccessKey.account == P("owner")) & _LIVE)
        .order_by(AccessKey.id)
    )
)
_LIVE_OF_PROVIDER = Prepared(
    lambda: (
        AccessKey.select(*_SECRETS)
        .where((AccessKey.service_provider == P("owner")) & AccessKey.account.is_null() & _LIVE)
        .order_by(AccessKey.id)
    )
)
_BY_UID = Prepared(lambda: AccessKey.select(*_SHOWN).where((AccessKey.uid == P("uid")) & _LIVE))
_PROVIDER_OF = Prepared(
    lambda: Account.select(Account.service_provider).where(Account.uid == P("uid"))
)


class Made(NamedTuple):
    """A new key; `secret` is in clear and cannot be asked for again."""

    row: Any
    secret: str

    @property
    def uid(self) -> UUID:
        uid: UUID = self.row.uid
        return uid


def create(
    ctx: Context,
    *,
    scope: Scope,
    account_uid: UUID | None = None,
    service_provider_uid: UUID | None = None,
    label: str | None = None,
    key_id: str | None = None,
    secret: str | None = None,
    expires_at: Any = None,
) -> Made:
    """A key of the account, the provider or the whole installation.

    Raises Invalid when the owner does not fit the scope, Conflict when the key id is taken.
    """
    _check_owner(scope, account_uid, service_provider_uid)
    key_id = key_id or f"{ctx.runtime.rng.getrandbits(64):016x}"
    secret = secret or f"{ctx.runtime.rng.getrandbits(192):048x}"
    with write():
        if _BY_KEY_ID.one(key_id=key_id) is not None:
            raise Conflict(f"the key id {key_id} is taken")
        _INSERT.run(
            {
                **fresh(ctx),
                "scope": scope,
                "account_uid": account_uid,
                "service_provider_uid": service_provider_uid,
                "key_id": key_id,
                "secret": secret,
                "secret_hash": current_store().keyring.digest(secret),
                "label": label,
                "expires_at": expires_at,
            }
        )
        return Made(_BY_KEY_ID.one(key_id=key_id), secret)


def _check_owner(scope: Scope, account_uid: UUID | None, provider_uid: UUID | None) -> None:
    wanted = {
        Scope.ADMIN: (False, False),
        Scope.PROVIDER: (False, True),
        Scope.ACCOUNT: (True, False),
    }[scope]
    if (account_uid is not None, provider_uid is not None) != wanted:
        raise Invalid.one("scope", "owner", f"{scope} keys need exactly the owner of their scope")


def search(ctx: Context, *, account_uid: UUID | None = None) -> list[Any]:
    """All keys, or those of one account, oldest first; without secrets."""
    return _ALL.all() if account_uid is None else _OF_ACCOUNT.all(account=account_uid)


def revoke(ctx: Context, key_id: str) -> None:
    """The key opens nothing any more; revoking again changes nothing. Raises NotFound."""
    with write():
        if _BY_KEY_ID.one(key_id=key_id) is None:
            raise NotFound(f"no key {key_id}")
        _REVOKE.run(key_id=key_id, now=ctx.runtime.now())


# keys as those who may use the API make them


def make(ctx: Context, account: Named, provider: Named, *, seconds: int | None = None) -> Made:
    """A key of the account, else of the provider, else, for administrators, of the installation.

    With both it is the provider's. `seconds` is how long it opens anything. Raises Invalid for
    owners that the caller may not make keys for.
    """
    policy.require(ctx, "key.write")
    _check_maker(ctx, account, provider)
    owner = _owner_named(ctx, account, provider)
    scope = Scope.ADMIN
    if provider is not None:
        scope = Scope.PROVIDER
    elif account is not None:
        scope = Scope.ACCOUNT
    expires = None if seconds is None else ctx.runtime.now() + timedelta(seconds=seconds)
    return create(
        ctx,
        scope=scope,
        account_uid=owner.account_uid if scope is Scope.ACCOUNT else None,
        service_provider_uid=owner.service_provider_uid if scope is Scope.PROVIDER else None,
        secret=str(UUID(int=ctx.runtime.rng.getrandbits(128), version=4)),
        expires_at=expires,
    )


def _check_maker(ctx: Context, account: Named, provider: Named) -> None:
    caller = ctx.caller
    named = aliases.uid_of(ctx, account, "account") if account is not None else None
    if caller.scope is Scope.ACCOUNT and (provider is not None or named != caller.account_uid):
        text = (
            "an account level token can only be used to create account level tokens"
            " for the same account"
        )
        raise Invalid.one("account_uid", "said", text)
    if caller.scope is Scope.PROVIDER and account is None and provider is None:
        text = "service provider token may not be used to create admin token"
        raise Invalid.one("service_provider_uid", "said", text)


def _owner_named(ctx: Context, account: Named, provider: Named) -> Owner:
    try:
        return owning.owner_of_new(ctx, account, provider)
    except Invalid:
        if ctx.caller.scope is not Scope.PROVIDER:
            raise
        text = (
            "a service provider token can only be used to create tokens"
            " for the same service provider"
        )
        attribute = "account_uid" if account is not None else "service_provider_uid"
        raise Invalid.one(attribute, "said", text) from None


def of_owner(ctx: Context) -> list[Any]:
    """The keys in use of the account or provider the caller is narrowed to, oldest first.

    Each has its secret, in clear unless the settings say otherwise.
    """
    caller = policy.require(ctx, "key.read")
    if caller.scope is Scope.ACCOUNT:
        rows = _LIVE_OF_ACCOUNT.all(owner=ctx.account_uid)
    else:
        rows = _LIVE_OF_PROVIDER.all(owner=caller.service_provider_uid)
    for row in rows:
        if not ctx.settings.show_tokens or row.secret is None:
            row.secret = masked(row.secret or "")
    return rows


def masked(secret: str) -> str:
    """A secret nobody can use: its first characters, so that people can tell keys apart."""
    return secret[:6] + "X" * max(len(secret) - 6, 6)


def withdraw(ctx: Context, given: Named) -> None:
    """The key opens nothing any more and is in no list. NotFound."""
    policy.require(ctx, "key.write")
    uid = aliases.uid_of(ctx, given, "access_key") if given is not None else None
    with write():
        row = _BY_UID.one(uid=uid) if uid is not None else None
        if row is None or not policy.visible(ctx.caller, _owner(row)):
            raise NotFound()
        _REVOKE.run(key_id=row.key_id, now=ctx.runtime.now())


def _owner(row: Any) -> Owner:
    if row.account_uid is None:
        return Owner(row.service_provider_uid)
    account = _PROVIDER_OF.one(uid=row.account_uid)
    return Owner(account.service_provider_uid if account else None, row.account_uid)
