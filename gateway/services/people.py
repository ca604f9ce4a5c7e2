"""People: users who sign in, of the platform, of a provider or of an account.

A person sees themselves; providers see the people of their own and of their accounts. The name
somebody signs in by (`login`) and the email belong to one person each, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Forbidden, Invalid, NotFound, Why
from gateway.models import Account, User
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases, codes, owning, password_rules, passwords
from gateway.services.making import differing, fresh
from gateway.services.owning import Named
from gateway.services.scoping import Scoped
from gateway.wire.reading import apply

_INSERT = Insert(User)


class _Provider:
    """Whose provider's a user is, as a column of `Scoped`: that of the account, if there is one."""

    def __eq__(self, provider: object) -> Any:
        alone = User.account.is_null() & (User.service_provider == provider)
        return alone | (Account.service_provider == provider)


_PROVIDER = _Provider()


def _with_account(where: Any) -> Any:
    account = (Account.uid, Account.service_provider, Account.is_active)
    return (
        User.select(User, *account)
        .join_from(User, Account, pw.JOIN.LEFT_OUTER, on=(User.account == Account.uid))
        .where(where)
        .order_by(User.id)
    )


_NEST = {Account: "owner"}
_LIST = Scoped(lambda visible: _with_account(visible), _PROVIDER, User.account, nest=_NEST)
_BY_UID = Scoped(
    lambda visible: _with_account(visible & (User.uid == P("uid"))),
    _PROVIDER,
    User.account,
    nest=_NEST,
)
_ONE = Prepared(lambda: _with_account(User.uid == P("uid")), nest=_NEST)
_BY_EMAIL = Prepared(
    lambda: _with_account((User.email == P("email")) | (User.email == P("lower"))), nest=_NEST
)
_BY_LOGIN = Prepared(lambda: _with_account(User.login == P("login")), nest=_NEST)
_BY_PHONE = Prepared(lambda: User.select(User.uid).where(User.phone == P("phone")).limit(1))
_OF_ACCOUNT = Prepared(lambda: _with_account(User.account == P("account")), nest=_NEST)
_DELETE = Prepared(lambda: User.delete().where(User.uid == P("uid")))


PROVIDER, USER_ID, FORCE_CHANGE = "provider", "provider_userid", "force_change"
VALIDATED = {"email": "email_validated", "phone": "phone_validated"}
"""What is known of a person beyond the columns, kept with the dialect they signed up in."""


def noted(ctx: Context, row: Any, name: str) -> Any:
    """What the calling dialect keeps of a user under one of these names, or None."""
    return row.extras.get(ctx.dialect, {}).get(name)


def noting(ctx: Context, row: Any, notes: Mapping[str, Any]) -> dict[str, Any]:
    """The extras of a user (None: of a new one) with notes of the calling dialect."""
    stored = row.extras if row is not None else {}
    return {**stored, ctx.dialect: {**stored.get(ctx.dialect, {}), **notes}}


# looked up without asking who asks


def by_email(ctx: Context, email: str) -> Any | None:
    """The user of an email address, in whatever case, with the account in `owner`; or None."""
    if "\0" in email:
        return None
    return _BY_EMAIL.one(email=email, lower=email.lower())


def by_login(ctx: Context, name: str) -> Any | None:
    """The user who signs in by this name, or None."""
    return _BY_LOGIN.one(login=name) if "\0" not in name else None


def by_uid(ctx: Context, uid: UUID) -> Any | None:
    return _ONE.one(uid=uid)


def has_phone(ctx: Context, phone: str) -> bool:
    """Whether somebody has this telephone number."""
    return _BY_PHONE.one(phone=phone) is not None


def of_account(account_uid: UUID) -> list[Any]:
    """The users of an account, oldest first."""
    rows: list[Any] = _OF_ACCOUNT.all(account=account_uid)
    return rows


def owner_of(row: Any) -> Owner:
    """Whose a user is."""
    account = row.owner
    provider = account.service_provider_uid if account is not None else row.service_provider_uid
    return Owner(provider, row.account_uid)


# the caller


def me(ctx: Context) -> Any:
    """The person who asks; Forbidden for access keys, which are nobody."""
    uid = ctx.caller.user_uid
    row = _ONE.one(uid=uid) if uid is not None else None
    if row is None:
        raise Forbidden("only people who signed in may do this")
    return row


# administration


def search(ctx: Context) -> list[Any]:
    """The users the caller can see, oldest first; Forbidden for access keys."""
    me(ctx)
    policy.require(ctx, "user.read")
    return _LIST.all(ctx)


def get(ctx: Context, given: Named) -> Any:
    """A user with the account in `owner`; NotFound."""
    policy.require(ctx, "user.read")
    uid = aliases.uid_of(ctx, given, "user") if given is not None else None
    row = _BY_UID.one(ctx, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A user of the account or provider named, else of the caller's own; `password` is optional.

    Raises Invalid at references and `password`, Conflict at `name` and `email`.
    """
    policy.require(ctx, "user.write")
    values = apply(None, change)
    password = values.pop("password", None)
    given = (values.pop("account_uid", None), values.pop("service_provider_uid", None))
    owner = owning.owner_of_new(ctx, *given)
    hashed = None
    if password is not None:
        password_rules.demand(ctx, "password", password)
        _check_free(ctx, values)
        hashed = passwords.hashed(password)
    scope = Scope.ADMIN
    if owner.account_uid is not None:
        scope = Scope.ACCOUNT
    elif owner.service_provider_uid is not None:
        scope = Scope.PROVIDER
    login = values.get("login") or values["name"]
    with write():
        row = {**values, **owner._asdict(), "login": login, "scope": scope}
        return add(ctx, **{**row, "password_hash": hashed})


def add(
    ctx: Context,
    *,
    name: str,
    login: str,
    email: str | None,
    account_uid: UUID | None,
    service_provider_uid: UUID | None,
    scope: Scope,
    password_hash: str | None = None,
    extras: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Any:
    """A user, inside the caller's transaction; Conflict at `name` (the login) or `email`."""
    values = {"name": name, "login": login, "email": email}
    _check_free(ctx, values)
    owner = {"account_uid": account_uid, "service_provider_uid": service_provider_uid}
    made = {**fresh(ctx), **values, **owner, "scope": scope, "password_hash": password_hash}
    try:
        _INSERT.run({**made, "extras": dict(extras or {}), **columns})
    except pw.IntegrityError as error:
        raise _meant(error, values) from None
    return _ONE.one(uid=made["uid"])


def _meant(error: pw.IntegrityError, values: Mapping[str, Any]) -> Exception:
    """What a broken constraint means: another request took the name or the email in between."""
    text = str(error).lower()
    if "unique" not in text:
        found: Exception = error
        return found
    return email_taken() if "email" in text else _name_taken(values["name"])


def _name_taken(name: str) -> Conflict:
    why = [Why("said", "user with this username already exists")]
    return Conflict(f"{name} is taken", fields={"name": why})


def email_taken(text: str = "user with this email already exists") -> Conflict:
    """The refusal of an email address that somebody has."""
    return Conflict("the email is taken", fields={"email": [Why("said", text)]})


def _check_free(ctx: Context, values: Mapping[str, Any], besides: UUID | None = None) -> None:
    login = values.get("login") or values.get("name")
    if login is not None and _is_other(by_login(ctx, login), besides):
        raise _name_taken(login)
    email = values.get("email")
    if email is not None and _is_other(by_email(ctx, email), besides):
        raise email_taken()


def _is_other(row: Any, besides: UUID | None) -> bool:
    return row is not None and row.uid != besides


def update(ctx: Context, given: Named, change: Mapping[str, Any]) -> None:
    """Change the caller's own name, email or password, one of them at a time.

    `email` needs a code that was sent to the new address (`email_code`), `new_password` the old
    one. Forbidden for another person and for a wrong password, NotFound, Invalid.
    """
    person = me(ctx)
    policy.require(ctx, "user.write")
    row = get(ctx, given)
    if row.uid != person.uid:
        raise Forbidden("people change themselves only")
    values = {name: value for name, value in change.items() if value is not None}
    if "old_password" in values or "new_password" in values:
        _change_password(ctx, row, values)
    elif "email" in values or "email_code" in values:
        _change_email(ctx, row, values)
    elif "name" in values:
        store(ctx, row, renamed(row, values["name"]))
    else:
        raise Invalid.one("", "said", "no updates requested")


def _change_password(ctx: Context, row: Any, values: Mapping[str, Any]) -> None:
    if not {"old_password", "new_password"} <= values.keys():
        raise Invalid.one("new_password", "said", "new_password and old_password both required")
    if values.keys() & {"name", "email", "email_code"}:
        text = "can not change name and password simultaneously"
        raise Invalid.one("new_password", "said", text)
    if row.password_hash is None:
        raise Invalid.one("new_password", "said", "can not change password when using oauth2")
    password_rules.demand(ctx, "new_password", values["new_password"])
    if not passwords.matches(row.password_hash, values["old_password"]):
        raise Forbidden("the old password is wrong")
    set_password(ctx, row, passwords.hashed(values["new_password"]))


def _change_email(ctx: Context, row: Any, values: Mapping[str, Any]) -> None:
    if not {"email", "email_code"} <= values.keys():
        raise Invalid.one("email", "said", "email and email_activation_code both required")
    if "name" in values:
        raise Invalid.one("email", "said", "can not change name and email simultaneously")
    email = values["email"]
    with write():
        pending = codes.pending(ctx, row.uid, "email")
        if pending is None or not codes.opens(pending, values["email_code"], email):
            raise Invalid.one("email_code", "said", "invalid user or activation code")
        store(ctx, row, readdressed(row, email))
        codes.use(ctx, pending)


def renamed(row: Any, name: str) -> dict[str, Any]:
    """Columns of a user under another name; who signs in by the name signs in by the new one."""
    return {"name": name, "login": name} if row.login == row.name else {"name": name}


def readdressed(row: Any, email: str) -> dict[str, Any]:
    """Columns of a user at another address; who signs in by it signs in by the new one."""
    return {"email": email, "login": email} if row.login == row.email else {"email": email}


def store(ctx: Context, row: Any, values: Mapping[str, Any]) -> None:
    """Write columns of a user that was found; Conflict at `name` or `email`."""
    new = differing(row, values)
    if not new:
        return
    _check_free(ctx, {k: v for k, v in new.items() if k in ("login", "email")}, row.uid)
    new["updated_at"] = ctx.runtime.now()
    try:
        with write():
            User.update(new).where(User.uid == row.uid).execute()
    except pw.IntegrityError as error:
        raise _meant(error, {"name": row.name, **new}) from None


def set_password(ctx: Context, row: Any, password_hash: str) -> None:
    """Give a user another password; it need not be changed again."""
    values: dict[str, Any] = {"password_hash": password_hash}
    if noted(ctx, row, FORCE_CHANGE):
        values["extras"] = noting(ctx, row, {FORCE_CHANGE: False})
    store(ctx, row, values)


def delete(ctx: Context, given: Named) -> None:
    """Remove a user; NotFound. Invalid for the caller, who would lock themselves out."""
    policy.require(ctx, "user.write")
    row = get(ctx, given)
    if row.uid == ctx.caller.user_uid:
        raise Invalid.one("user", "said", "you may not delete yourself")
    with write():
        codes.forget(row.uid)
        _DELETE.run(uid=row.uid)
