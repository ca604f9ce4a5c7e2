"""Who a credential belongs to: one prepared query per request, nothing cached between requests.

A key or user that is revoked, expired or inactive, or whose account is, opens nothing from the next
request on. Which kinds of credential a dialect takes is the dialect's own business.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import peewee as pw

from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Unavailable
from gateway.models import AccessKey, Account, User
from gateway.models.current import current_store
from gateway.models.database import commit_group
from gateway.models.prepared import P, Prepared
from gateway.services import passwords

USE_RECORDED_EVERY = timedelta(minutes=1)

_KeyAccount = Account.alias()
_UserAccount = Account.alias()


def _keys() -> Any:
    return AccessKey.select(
        AccessKey.uid,
        AccessKey.scope,
        AccessKey.service_provider,
        AccessKey.account,
        AccessKey.expires_at,
        AccessKey.last_used_at,
        _KeyAccount.uid,
        _KeyAccount.service_provider,
        _KeyAccount.is_active,
        _KeyAccount.has_aliases,
    ).join_from(
        AccessKey, _KeyAccount, pw.JOIN.LEFT_OUTER, on=(AccessKey.account == _KeyAccount.uid)
    )


def _users() -> Any:
    return User.select(
        User.uid,
        User.scope,
        User.service_provider,
        User.account,
        User.roles,
        User.password_hash,
        _UserAccount.uid,
        _UserAccount.service_provider,
        _UserAccount.is_active,
        _UserAccount.has_aliases,
    ).join_from(User, _UserAccount, pw.JOIN.LEFT_OUTER, on=(User.account == _UserAccount.uid))


_LIVE = AccessKey.revoked_at.is_null()
_BY_PAIR = Prepared(
    lambda: _keys().where(
        (AccessKey.key_id == P("key_id")) & (AccessKey.secret_hash == P("digest")) & _LIVE
    ),
    nest={_KeyAccount: "owner"},
)
_BY_SECRET = Prepared(
    lambda: (
        _keys().where((AccessKey.secret_hash == P("digest")) & _LIVE).order_by(AccessKey.id.desc())
    ),
    nest={_KeyAccount: "owner"},
)
_KEY = Prepared(
    lambda: _keys().where((AccessKey.uid == P("uid")) & _LIVE), nest={_KeyAccount: "owner"}
)
_BY_LOGIN = Prepared(
    lambda: _users().where((User.login == P("login")) & (User.is_active == P("active"))),
    nest={_UserAccount: "owner"},
)
_USER = Prepared(
    lambda: _users().where((User.uid == P("uid")) & (User.is_active == P("active"))),
    nest={_UserAccount: "owner"},
)
_TOUCH = Prepared(
    lambda: AccessKey.update(last_used_at=P("now")).where(
        (AccessKey.uid == P("uid"))
        & (AccessKey.last_used_at.is_null() | (AccessKey.last_used_at <= P("before")))
    )
)


def by_pair(ctx: Context, key_id: str, secret: str) -> Principal | None:
    """The key of a key id and its secret."""
    if not key_id or not secret or "\0" in key_id:
        return None
    return _usable(ctx, _BY_PAIR.one(key_id=key_id, digest=_digest(secret)))


def by_secret(ctx: Context, secret: str) -> Principal | None:
    """The key of a secret shown alone; of several keys with this secret, the newest usable one."""
    if not secret:
        return None
    found = (_usable(ctx, row) for row in _BY_SECRET.all(digest=_digest(secret)))
    return next((principal for principal in found if principal), None)


def by_password(ctx: Context, login: str, password: str) -> Principal | None:
    """The user of a login name and password; slow on purpose, whoever the login belongs to."""
    row = _BY_LOGIN.one(login=login, active=True) if "\0" not in login else None
    stored = row.password_hash if row is not None else None
    if not passwords.matches(stored, password) or row is None:
        return None
    return _principal_of(row, user=True)


def by_uid(ctx: Context, uid: Any) -> Principal | None:
    """The key or user a signed token names as its subject, if it may still act."""
    key = _KEY.one(uid=uid)
    if key is not None:
        return _usable(ctx, key)
    user = _USER.one(uid=uid, active=True)
    return _principal_of(user, user=True) if user is not None else None


def is_known(*, name: str = "", secret: str = "", uid: Any = None) -> bool:
    """Whether a key or user has this uid, or this name (and, if it is a key, this secret), or a key
    this secret. It says where a credential belongs and proves nothing."""
    if uid is not None:
        return _KEY.one(uid=uid) is not None or _USER.one(uid=uid, active=True) is not None
    if "\0" in name:
        return False
    if not name:
        return bool(secret) and bool(_BY_SECRET.all(digest=_digest(secret)))
    pair = _BY_PAIR.one(key_id=name, digest=_digest(secret))
    return pair is not None or _BY_LOGIN.one(login=name, active=True) is not None


def _digest(secret: str) -> str:
    return current_store().keyring.digest(secret.encode(errors="replace").decode())


def _usable(ctx: Context, row: Any) -> Principal | None:
    if row is None:
        return None
    now = ctx.runtime.now()
    if row.expires_at is not None and row.expires_at <= now:
        return None
    principal = _principal_of(row, user=False)
    if principal is not None and (
        row.last_used_at is None or now - row.last_used_at >= USE_RECORDED_EVERY
    ):
        current_store().beside(_record_use, row.uid, now)
    return principal


def _principal_of(row: Any, *, user: bool) -> Principal | None:
    """None when the account is switched off, or when the scope lacks the owner it needs."""
    scope, owner = Scope(row.scope), row.owner
    if owner is not None and not owner.is_active:
        return None
    if scope is Scope.ACCOUNT and owner is None:
        return None
    provider = owner.service_provider_uid if owner is not None else row.service_provider_uid
    if scope is Scope.PROVIDER and provider is None:
        return None
    return Principal(
        scope=scope,
        key_uid=None if user else row.uid,
        user_uid=row.uid if user else None,
        service_provider_uid=None if scope is Scope.ADMIN else provider,
        account_uid=row.account_uid if scope is Scope.ACCOUNT else None,
        roles=frozenset(row.roles) if user else frozenset(),
        has_aliases=bool(owner is not None and owner.has_aliases),
    )


def _record_use(uid: Any, now: Any) -> None:
    """Beside the request that used the key: it neither waits for this write nor fails with it."""
    try:
        commit_group(lambda: _TOUCH.run(uid=uid, now=now, before=now - USE_RECORDED_EVERY))
    except (Unavailable, pw.PeeweeException):
        return
