"""Lists of SIP users: made, changed, put on trunks.

Passwords are kept and never answered. The list that holds the login of a trunk's own peer is one of
them (`gateway.services.credentials`); taken off its trunk it goes, since nobody else can use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.problems import Conflict, InUse, Invalid, NotFound, Why
from gateway.domain.words import EndpointKind
from gateway.models import CredentialList, Endpoint, SipCredential, Trunk, TrunkCredentialList
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import aliases, credentials, trunks
from gateway.services.making import fresh, lock_account
from gateway.services.owning import Named
from gateway.services.pages import Page, Paged
from gateway.wire.reading import apply

_INSERT = Insert(CredentialList)
_INSERT_USER = Insert(SipCredential)
_INSERT_LINK = Insert(TrunkCredentialList)
_MINE = CredentialList.account == P("account")
_PAGE = Paged(
    lambda *columns: CredentialList.select(*columns).where(_MINE),
    CredentialList,
    (CredentialList.id,),
    attach=("users",),
)
_ONE = Prepared(
    lambda: CredentialList.select().where(_MINE & (CredentialList.uid == P("uid"))),
    attach=("users",),
)
_KNOWN = Prepared(
    lambda: CredentialList.select(CredentialList.uid).where(
        _MINE & among(CredentialList.uid, "uids")
    )
)
_USERS = Prepared(
    lambda: (
        SipCredential.select()
        .where(among(SipCredential.credential_list, "lists"))
        .order_by(SipCredential.id)
    )
)
_NAMED = Prepared(
    lambda: (
        SipCredential.select(SipCredential.username, SipCredential.credential_list)
        .join(CredentialList, on=(SipCredential.credential_list == CredentialList.uid))
        .where(_MINE & (SipCredential.username == P("username")))
        .limit(1)
    )
)
_SET = Prepared(
    lambda: SipCredential.update(password=P("password"), updated_at=P("now")).where(
        (SipCredential.credential_list == P("list")) & (SipCredential.username == P("username"))
    )
)
_REMOVE_USER = Prepared(
    lambda: SipCredential.delete().where(
        (SipCredential.credential_list == P("list")) & (SipCredential.username == P("username"))
    )
)
_REMOVE_USERS = Prepared(
    lambda: SipCredential.delete().where(SipCredential.credential_list == P("list"))
)
_DELETE = Prepared(lambda: CredentialList.delete().where(CredentialList.uid == P("list")))
_TOUCH = Prepared(
    lambda: CredentialList.update(updated_at=P("now")).where(CredentialList.uid == P("list"))
)
_LINKED = Prepared(
    lambda: (
        TrunkCredentialList.select(TrunkCredentialList.trunk)
        .where(TrunkCredentialList.credential_list == P("list"))
        .limit(1)
    )
)
_REGISTERED = Prepared(
    lambda: (
        Endpoint.select(Endpoint.value)
        .where(
            (Endpoint.account == P("account"))
            & (Endpoint.kind == P("kind"))
            & among(Endpoint.value, "names")
        )
        .limit(1)
    )
)
_TRUNKS = Paged(
    lambda *columns: (
        Trunk.select(*columns)
        .join(TrunkCredentialList, on=(TrunkCredentialList.trunk == Trunk.uid))
        .where(TrunkCredentialList.credential_list == P("list"))
    ),
    Trunk,
    (Trunk.id,),
)
_OF_TRUNK = Paged(
    lambda *columns: (
        CredentialList.select(*columns)
        .join(TrunkCredentialList, on=(TrunkCredentialList.credential_list == CredentialList.uid))
        .where(TrunkCredentialList.trunk == P("trunk"))
    ),
    CredentialList,
    (TrunkCredentialList.id,),
    attach=("users",),
)
_LINKS = Prepared(
    lambda: (
        TrunkCredentialList.select(
            TrunkCredentialList.credential_list, CredentialList.is_auto.alias("is_auto")
        )
        .join(CredentialList, on=(TrunkCredentialList.credential_list == CredentialList.uid))
        .where(TrunkCredentialList.trunk == P("trunk"))
        .order_by(TrunkCredentialList.id)
    )
)
_UNLINK = Prepared(
    lambda: TrunkCredentialList.delete().where(
        (TrunkCredentialList.trunk == P("trunk"))
        & (TrunkCredentialList.credential_list == P("list"))
    )
)


def search(ctx: Context, *, limit: int, offset: int) -> Page:
    """A page of the account's lists, oldest first, each with its `users`; three queries."""
    policy.require(ctx, "credential_list.read")
    return _filled(_PAGE.ask(limit, offset, account=ctx.account_uid))


def _filled(page: Page) -> Page:
    rows = {row.uid: row for row in page.rows}
    for row in page.rows:
        row.users = []
    for user in _USERS.all(lists=list(rows)) if rows else ():
        rows[user.credential_list_uid].users.append(user)
    return page


def get(ctx: Context, given: Named) -> Any:
    """A list with its `users`; NotFound."""
    policy.require(ctx, "credential_list.read")
    uid = aliases.uid_of(ctx, given, "credential_list") if given is not None else None
    row = _ONE.one(account=ctx.account_uid, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound("there is no such credential list")
    row.users = _USERS.all(lists=[row.uid])
    return row


def has_user(account_uid: UUID | None, username: str) -> bool:
    """Whether some list of the account has the user."""
    found = account_uid is not None and _NAMED.one(account=account_uid, username=username)
    return bool(found)


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A list of `name` with its `users` (username, password). Conflict for a user name that a list
    of the account has already."""
    policy.require(ctx, "credential_list.write")
    values = apply(None, change)
    users = values.pop("users", None) or []
    account = ctx.account_uid
    with write():
        lock_account(account)
        for user in users:
            _check_free(account, user["username"])
        made = {
            **fresh(ctx),
            "service_provider_uid": ctx.caller.service_provider_uid,
            "account_uid": account,
            **values,
        }
        _INSERT.run(made)
        owner = {"credential_list_uid": made["uid"]}
        _INSERT_USER.many([{**fresh(ctx), **owner, **user} for user in users])
        return get(ctx, made["uid"])


def _check_free(account: UUID, username: str) -> None:
    if _NAMED.one(account=account, username=username) is not None:
        raise Conflict(
            "provided username unavailable",
            fields={"users": [Why("taken", f"provided username {username} unavailable")]},
        )


def update(ctx: Context, given: Named, name: str) -> Any:
    """The list under its new name."""
    policy.require(ctx, "credential_list.write")
    with write():
        row = get(ctx, given)
        if row.name != name:
            values = {"name": name, "updated_at": ctx.runtime.now()}
            CredentialList.update(values).where(CredentialList.uid == row.uid).execute()
        return get(ctx, row.uid)


def put_user(ctx: Context, given: Named, username: str, password: str) -> Any:
    """Set the password of a user, who joins the list if need be; the user."""
    policy.require(ctx, "credential_list.write")
    with write():
        lock_account(ctx.account_uid)
        row = get(ctx, given)
        now = ctx.runtime.now()
        if not _SET.run(list=row.uid, username=username, password=password, now=now):
            _check_free(ctx.account_uid, username)
            user = {"credential_list_uid": row.uid, "username": username, "password": password}
            _INSERT_USER.run({**fresh(ctx), **user})
        _TOUCH.run(list=row.uid, now=now)
        users = get(ctx, row.uid).users
        return next(user for user in users if user.username == username)


def remove_user(ctx: Context, given: Named, username: str) -> None:
    """NotFound; InUse while an endpoint registers under the name."""
    policy.require(ctx, "credential_list.write")
    with write():
        row = get(ctx, given)
        if username not in {user.username for user in row.users}:
            raise NotFound(f"the list has no user {username}")
        _check_unused(ctx.account_uid, [username])
        _REMOVE_USER.run(list=row.uid, username=username)
        _TOUCH.run(list=row.uid, now=ctx.runtime.now())


def _check_unused(account: UUID, names: Sequence[str]) -> None:
    kind = EndpointKind.REGISTRATION
    used = _REGISTERED.one(account=account, kind=kind, names=list(names)) if names else None
    if used is not None:
        raise InUse(f"an endpoint registers as {used.value}")


def delete(ctx: Context, given: Named) -> None:
    """NotFound; InUse while a trunk uses it or an endpoint registers under one of its names."""
    policy.require(ctx, "credential_list.write")
    with write():
        row = get(ctx, given)
        if _LINKED.one(list=row.uid) is not None:
            raise InUse("credential list cannot be deleted while attached to a trunk")
        _check_unused(ctx.account_uid, [user.username for user in row.users])
        _REMOVE_USERS.run(list=row.uid)
        _DELETE.run(list=row.uid)


# on trunks


def trunks_of(ctx: Context, given: Named, *, limit: int, offset: int) -> Page:
    """A page of the trunks that use a list; NotFound for the list."""
    return _TRUNKS.ask(limit, offset, list=get(ctx, given).uid)


def of_trunk(ctx: Context, trunk: Named, *, limit: int, offset: int) -> Page:
    """A page of a trunk's lists with their `users`, in the order they were put on it."""
    policy.require(ctx, "credential_list.read")
    return _filled(_OF_TRUNK.ask(limit, offset, trunk=trunks.find(ctx, trunk).uid))


def add(ctx: Context, trunk: Named, given: Sequence[Named]) -> list[UUID]:
    """Put lists on a trunk; their uids. NotFound for the trunk, Invalid at `uids` for a list that
    is not the account's, Conflict for one that is on the trunk already."""
    policy.require(ctx, "trunk.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        wanted = _wanted(ctx, given)
        present = {row.credential_list_uid for row in _LINKS.all(trunk=home.uid)}
        for uid in wanted:
            if uid in present:
                raise Conflict("credential list already added to the trunk")
        _link(ctx, home.uid, wanted)
        return wanted


def replace(ctx: Context, trunk: Named, given: Sequence[Named]) -> list[UUID]:
    """Have exactly these lists on a trunk; their uids. A trunk's own login left out is gone."""
    policy.require(ctx, "trunk.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        wanted = _wanted(ctx, given)
        links = {row.credential_list_uid: row for row in _LINKS.all(trunk=home.uid)}
        for uid, row in links.items():
            if uid not in wanted:
                _take_off(home.uid, uid, row.is_auto)
        _link(ctx, home.uid, [uid for uid in wanted if uid not in links])
        return wanted


def remove(ctx: Context, trunk: Named, given: Named) -> None:
    """Take a list off a trunk; NotFound when it is not on it."""
    policy.require(ctx, "trunk.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        row = get(ctx, given)
        links = {link.credential_list_uid: link for link in _LINKS.all(trunk=home.uid)}
        if row.uid not in links:
            raise NotFound("the credential list is not on the trunk")
        _take_off(home.uid, row.uid, links[row.uid].is_auto)


def _wanted(ctx: Context, given: Sequence[Named]) -> list[UUID]:
    """The uids of the named lists, each once; Invalid at `uids` for one that is not the
    account's."""
    named = [aliases.uid_of(ctx, one, "credential_list") for one in given if one is not None]
    uids = list(dict.fromkeys(uid for uid in named if uid is not None))
    found = _KNOWN.all(account=ctx.account_uid, uids=uids) if uids else []
    if None in named or len(found) != len(uids):
        raise Invalid.one("uids", "not_found", "names a credential list that does not exist")
    return uids


def _link(ctx: Context, trunk_uid: UUID, uids: Sequence[UUID]) -> None:
    owner = {"trunk_uid": trunk_uid}
    _INSERT_LINK.many([{**fresh(ctx), **owner, "credential_list_uid": uid} for uid in uids])


def _take_off(trunk_uid: UUID, list_uid: UUID, is_auto: bool) -> None:
    _UNLINK.run(trunk=trunk_uid, list=list_uid)
    if is_auto and _LINKED.one(list=list_uid) is None:
        credentials.remove(list_uid)
