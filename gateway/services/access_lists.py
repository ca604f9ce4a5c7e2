"""The lists that say from where calls are accepted, as far as single addresses need them.

An address that admits stands in a list. One made under a trunk stands in the trunk's automatic
list, which is made with its first address and goes with its last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.models import AccessList, Endpoint, Number, TrunkAccessList
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services.credentials import auto_name
from gateway.services.making import fresh

ADMITTING = (
    "service_provider_uid",
    "account_uid",
    "access_list_uid",
    "name",
    "kind",
    "address",
    "prefix_length",
    "port",
    "enabled",
)
"""What the accepting half of an endpoint is made of."""

_INSERT = Insert(AccessList)
_INSERT_LINK = Insert(TrunkAccessList)
_INSERT_ENDPOINT = Insert(Endpoint)
_AUTO = Prepared(
    lambda: (
        AccessList.select(AccessList.uid)
        .where((AccessList.home_trunk == P("trunk")) & (AccessList.is_auto == P("yes")))
        .order_by(AccessList.id)
    )
)
_HOMED = Prepared(
    lambda: AccessList.select(AccessList.uid).where(AccessList.home_trunk == P("trunk"))
)
_LINKS = Prepared(
    lambda: (
        TrunkAccessList.select(TrunkAccessList.trunk)
        .where(TrunkAccessList.access_list == P("list"))
        .order_by(TrunkAccessList.id)
        .limit(2)
    )
)
_MEMBER = Prepared(
    lambda: Endpoint.select(Endpoint.uid).where(Endpoint.access_list == P("list")).limit(1)
)
_DETACH = Prepared(lambda: TrunkAccessList.delete().where(TrunkAccessList.access_list == P("list")))
_DETACH_TRUNK = Prepared(
    lambda: TrunkAccessList.delete().where(TrunkAccessList.trunk == P("trunk"))
)
_MOVE_HOME = Prepared(
    lambda: AccessList.update(home_trunk=P("trunk")).where(AccessList.uid == P("list"))
)
_LET_GO = Prepared(
    lambda: Endpoint.update(admits=P("no"), access_list=None).where(
        Endpoint.access_list == P("list")
    )
)
_ENABLE = Prepared(lambda: AccessList.update(enabled=P("yes")).where(AccessList.uid == P("list")))
_DELETE = Prepared(lambda: AccessList.delete().where(AccessList.uid == P("list")))
_PRIMARY = Prepared(
    lambda: Number.update(primary_endpoint=P("new")).where(Number.primary_endpoint == P("old"))
)
_FAILOVER = Prepared(
    lambda: Number.update(failover_endpoint=P("new")).where(Number.failover_endpoint == P("old"))
)
_WITHOUT_TRUNK = Prepared(
    lambda: Endpoint.select(Endpoint.uid).where(
        among(Endpoint.access_list, "lists") & Endpoint.trunk.is_null()
    )
)


def auto_list(ctx: Context, trunk: Any) -> UUID:
    """The automatic list of a trunk row, made now if it has none. Inside a transaction that has
    the trunk locked."""
    found = _AUTO.one(trunk=trunk.uid, yes=True)
    if found is not None:
        uid: UUID = found.uid
        if not any(row.trunk_uid == trunk.uid for row in _LINKS.all(list=uid)):
            _INSERT_LINK.run({**fresh(ctx), "trunk_uid": trunk.uid, "access_list_uid": uid})
        return uid
    made = {
        **fresh(ctx),
        "service_provider_uid": trunk.service_provider_uid,
        "account_uid": trunk.account_uid,
        "name": auto_name(trunk.name),
        "is_auto": True,
        "home_trunk_uid": trunk.uid,
    }
    _INSERT.run(made)
    _INSERT_LINK.run({**fresh(ctx), "trunk_uid": trunk.uid, "access_list_uid": made["uid"]})
    uid = made["uid"]
    return uid


def is_shared(list_uid: UUID) -> bool:
    """Whether the list is in force on several trunks, so that none of them may change it alone."""
    return len(_LINKS.all(list=list_uid)) > 1


def enable(list_uid: UUID) -> None:
    _ENABLE.run(list=list_uid, yes=True)


def drop_if_empty(list_uid: UUID) -> None:
    """Remove an automatic list that has no address left."""
    if _MEMBER.one(list=list_uid) is None:
        _DETACH.run(list=list_uid)
        _DELETE.run(list=list_uid)


def split(ctx: Context, row: Any) -> None:
    """Move the accepting half of an endpoint row into a row of its own with the present address,
    before the other half changes. Inside a transaction."""
    kept = {name: getattr(row, name) for name in ADMITTING}
    _INSERT_ENDPOINT.run({**fresh(ctx), **kept, "admits": True})
    Endpoint.update(admits=False, access_list=None).where(Endpoint.uid == row.uid).execute()


def redirect(old: UUID, new: UUID) -> None:
    """Numbers routed to one endpoint are routed to another."""
    _PRIMARY.run(old=old, new=new)
    _FAILOVER.run(old=old, new=new)


def auto_members(trunk_uid: UUID) -> list[UUID]:
    """Addresses that are in a trunk's automatic list and in no trunk: they go with it."""
    lists = [row.uid for row in _AUTO.all(trunk=trunk_uid, yes=True)]
    return [row.uid for row in _WITHOUT_TRUNK.all(lists=lists)] if lists else []


def forget_trunk(trunk_uid: UUID) -> None:
    """Before a trunk goes, after its addresses went: its own lists go, others find another home."""
    own = {row.uid for row in _AUTO.all(trunk=trunk_uid, yes=True)}
    others = [row.uid for row in _HOMED.all(trunk=trunk_uid) if row.uid not in own]
    _DETACH_TRUNK.run(trunk=trunk_uid)
    for uid in own:
        _LET_GO.run(list=uid, no=False)
        _DETACH.run(list=uid)
        _DELETE.run(list=uid)
    for uid in others:
        following = _LINKS.one(list=uid)
        _MOVE_HOME.run(list=uid, trunk=following.trunk_uid if following else None)


def carry(trunk_uid: UUID, values: Mapping[str, Any]) -> None:
    """Name and owner of a trunk's automatic list follow the trunk."""
    for row in _AUTO.all(trunk=trunk_uid, yes=True):
        AccessList.update(dict(values)).where(AccessList.uid == row.uid).execute()
