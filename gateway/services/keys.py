"""Access keys: making, listing and revoking them. A secret is told once, when it is made."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.models import AccessKey
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services.making import fresh

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


class Made(NamedTuple):
    """A new key; `secret` is in clear and cannot be asked for again."""

    row: Any
    secret: str


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
