"""Service providers, accounts and users: who owns everything else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.models import Account, ServiceProvider, User
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import passwords
from gateway.services.making import fresh

_INSERT_PROVIDER = Insert(ServiceProvider)
_INSERT_ACCOUNT = Insert(Account)
_INSERT_USER = Insert(User)

_PROVIDER = Prepared(lambda: ServiceProvider.select().where(ServiceProvider.uid == P("uid")))
_ACCOUNTS = Prepared(lambda: Account.select().order_by(Account.id))
_ACCOUNT = Prepared(lambda: Account.select().where(Account.uid == P("uid")))
_ACCOUNT_BY_NAME = Prepared(
    lambda: Account.select().where(Account.name == P("name")).order_by(Account.id).limit(2)
)
_PROVIDER_BY_NAME = Prepared(
    lambda: ServiceProvider.select().where(ServiceProvider.name == P("name"))
)
_USER_BY_LOGIN = Prepared(lambda: User.select().where(User.login == P("login")))
_SET_PASSWORD = Prepared(
    lambda: User.update(password_hash=P("hash"), updated_at=P("now")).where(User.uid == P("uid"))
)


def create_service_provider(ctx: Context, name: str, **columns: Any) -> Any:
    """A provider; Conflict when the name is taken."""
    with write():
        if _PROVIDER_BY_NAME.one(name=name) is not None:
            raise Conflict(f"a service provider {name} exists")
        made = fresh(ctx)
        _INSERT_PROVIDER.run({**made, "name": name, **columns})
        return _PROVIDER.one(uid=made["uid"])


def create_account(ctx: Context, service_provider_uid: UUID, name: str, **columns: Any) -> Any:
    """An account of a provider; NotFound when there is no such provider."""
    with write():
        if _PROVIDER.one(uid=service_provider_uid) is None:
            raise NotFound("no such service provider")
        made = fresh(ctx)
        _INSERT_ACCOUNT.run(
            {**made, "service_provider_uid": service_provider_uid, "name": name, **columns}
        )
        return _ACCOUNT.one(uid=made["uid"])


def create_user(
    ctx: Context,
    login: str,
    password: str,
    *,
    scope: Scope = Scope.ACCOUNT,
    account_uid: UUID | None = None,
    service_provider_uid: UUID | None = None,
    **columns: Any,
) -> Any:
    """A user who signs in with login and password; Conflict when the login is taken."""
    if not login or not password:
        raise Invalid.one("login" if not login else "password", "empty", "must not be empty")
    password_hash = passwords.hashed(password)
    owner = {"account_uid": account_uid, "service_provider_uid": service_provider_uid}
    with write():
        if _USER_BY_LOGIN.one(login=login) is not None:
            raise Conflict(f"the login {login} is taken")
        made = {**fresh(ctx), "login": login, "password_hash": password_hash, "scope": scope}
        _INSERT_USER.run({**made, **owner, **columns})
        return _USER_BY_LOGIN.one(login=login)


def set_password(ctx: Context, user_uid: UUID, password: str) -> None:
    password_hash = passwords.hashed(password)
    with write():
        if not _SET_PASSWORD.run(uid=user_uid, hash=password_hash, now=ctx.runtime.now()):
            raise NotFound("no such user")


def password_hash_of(login: str | None) -> str | None:
    """What is stored for a login, or None."""
    row = _USER_BY_LOGIN.one(login=login) if login else None
    return row.password_hash if row is not None else None


def accounts(ctx: Context) -> list[Any]:
    return _ACCOUNTS.all()


def get_account(ctx: Context, uid: UUID) -> Any:
    row = _ACCOUNT.one(uid=uid)
    if row is None:
        raise NotFound("no such account")
    return row


def find_account(ctx: Context, text: str) -> Any:
    """An account by uid or by a name that is not used twice; for people at a command line."""
    uid = _uuid(text)
    rows = [_ACCOUNT.one(uid=uid)] if uid else _ACCOUNT_BY_NAME.all(name=text)
    return _only(rows, "account", text)


def find_service_provider(ctx: Context, text: str) -> Any:
    """A service provider by uid or name."""
    uid = _uuid(text)
    row = _PROVIDER.one(uid=uid) if uid else _PROVIDER_BY_NAME.one(name=text)
    return _only([row], "service provider", text)


def _only(rows: list[Any], what: str, text: str) -> Any:
    found = [row for row in rows if row is not None]
    if not found:
        raise NotFound(f"no {what} {text}")
    if len(found) > 1:
        raise Conflict(f"several are named {text}: name the {what} by its uid")
    return found[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
