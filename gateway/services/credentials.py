"""The login a trunk's peer must show: the one credential of the trunk's own, automatic list.

Dialects with credential lists see it as a list like any other; dialects where the login is two
members of the trunk see those. A list that several trunks use is nobody's to change from one of
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.problems import InUse
from gateway.models import CredentialList, SipCredential, TrunkCredentialList
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services.making import fresh

NO_LOGIN: Mapping[str, str | None] = {"username": None, "password": None}

_INSERT_LIST = Insert(CredentialList)
_INSERT_LINK = Insert(TrunkCredentialList)
_INSERT = Insert(SipCredential)
_OF_TRUNKS = Prepared(
    lambda: (
        TrunkCredentialList.select(
            TrunkCredentialList.trunk, SipCredential.username, SipCredential.password
        )
        .join(CredentialList, on=(TrunkCredentialList.credential_list == CredentialList.uid))
        .join(SipCredential, on=(SipCredential.credential_list == CredentialList.uid))
        .where(
            among(TrunkCredentialList.trunk, "trunks") & (CredentialList.is_auto == P("yes")),
        )
        .order_by(SipCredential.id.desc())
    )
)
_AUTO_LIST = Prepared(
    lambda: (
        CredentialList.select(CredentialList.uid)
        .join(TrunkCredentialList, on=(TrunkCredentialList.credential_list == CredentialList.uid))
        .where((TrunkCredentialList.trunk == P("trunk")) & (CredentialList.is_auto == P("yes")))
        .order_by(CredentialList.id)
    )
)
_USERS = Prepared(
    lambda: (
        TrunkCredentialList.select(TrunkCredentialList.trunk)
        .where(TrunkCredentialList.credential_list == P("list"))
        .limit(2)
    )
)
_CLEAR = Prepared(lambda: SipCredential.delete().where(SipCredential.credential_list == P("list")))
_DETACH_ALL = Prepared(
    lambda: TrunkCredentialList.delete().where(TrunkCredentialList.credential_list == P("list"))
)
_DETACH = Prepared(lambda: TrunkCredentialList.delete().where(TrunkCredentialList.trunk == P("t")))
_DELETE = Prepared(lambda: CredentialList.delete().where(CredentialList.uid == P("list")))


def auto_name(trunk_name: str) -> str:
    """What the automatic lists of a trunk are called where lists are shown."""
    return f"{trunk_name} (auto)"


def attach(rows: Iterable[Any]) -> None:
    """Give trunk rows their login as `credential`: username and password, or None; one query."""
    rows = list(rows)
    found = {}
    if rows:
        for login in _OF_TRUNKS.all(trunks=[row.uid for row in rows], yes=True):
            shown = {"username": login.username or None, "password": login.password}
            found[login.trunk_uid] = shown
    for row in rows:
        row.credential = found.get(row.uid)


def change(ctx: Context, trunk: Any, login: Mapping[str, Any] | None) -> bool:
    """Set the login of a trunk row that has `credential`; without both parts there is none.

    A password without a user name is kept, and lets nobody in. InUse when other trunks use the
    list. Whether anything changed. Inside a transaction.
    """
    old = {**NO_LOGIN, **(trunk.credential or {})}
    new = {**NO_LOGIN, **(login or {})}
    if new == old:
        return False
    for row in _AUTO_LIST.all(trunk=trunk.uid, yes=True):
        if len(_USERS.all(list=row.uid)) > 1:
            raise InUse("the login is shared with other trunks")
        remove(row.uid)
    if new["username"] is not None or new["password"] is not None:
        _make(ctx, trunk, new)
    return True


def _make(ctx: Context, trunk: Any, login: Mapping[str, Any]) -> None:
    made = {
        **fresh(ctx),
        "service_provider_uid": trunk.service_provider_uid,
        "account_uid": trunk.account_uid,
        "name": auto_name(trunk.name),
        "is_auto": True,
    }
    _INSERT_LIST.run(made)
    home = {"credential_list_uid": made["uid"]}
    _INSERT.run(
        {
            **fresh(ctx),
            **home,
            "username": login["username"] or "",
            "password": login["password"],
        }
    )
    _INSERT_LINK.run({**fresh(ctx), **home, "trunk_uid": trunk.uid})


def remove(list_uid: UUID) -> None:
    """A list with its users, off every trunk."""
    _DETACH_ALL.run(list=list_uid)
    _CLEAR.run(list=list_uid)
    _DELETE.run(list=list_uid)


def forget_trunk(trunk_uid: UUID) -> None:
    """Before a trunk goes: its lists let go of it, and its own list goes with it."""
    lists = [row.uid for row in _AUTO_LIST.all(trunk=trunk_uid, yes=True)]
    own = [uid for uid in lists if len(_USERS.all(list=uid)) == 1]
    _DETACH.run(t=trunk_uid)
    for uid in own:
        remove(uid)


def carry(trunk_uid: UUID, values: Mapping[str, Any]) -> None:
    """Name and owner of a trunk's own list follow the trunk."""
    for row in _AUTO_LIST.all(trunk=trunk_uid, yes=True):
        CredentialList.update(dict(values)).where(CredentialList.uid == row.uid).execute()
