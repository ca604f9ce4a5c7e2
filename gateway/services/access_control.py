"""Access control lists: ranges of addresses calls are accepted from, in force on trunks.

A range is an endpoint row that admits. Some of these rows dial as well, because another dialect
keeps both halves in one; taking the range away then leaves the other half. The automatic list of a
trunk (`gateway.services.access_lists`) is a list like any other here, but for how it ends: deleted
or taken off its trunk, its ranges end with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.problems import Conflict, InUse, Invalid, NotFound
from gateway.domain.words import EndpointKind
from gateway.models import AccessList, Endpoint, Trunk, TrunkAccessList
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import access_lists, aliases, flow_references, trunks
from gateway.services.making import differing, fresh
from gateway.services.owning import Named
from gateway.services.pages import Page, Paged
from gateway.wire.reading import apply

_INSERT = Insert(AccessList)
_INSERT_RANGE = Insert(Endpoint)
_INSERT_LINK = Insert(TrunkAccessList)
_MINE = AccessList.account == P("account")
_RANGE = (Endpoint.admits == P("yes")) & (Endpoint.access_list == P("list"))
_PAGE = Paged(
    lambda *columns: AccessList.select(*columns).where(_MINE),
    AccessList,
    (AccessList.id,),
    attach=("ranges", "trunks"),
)
_ONE = Prepared(
    lambda: AccessList.select().where(_MINE & (AccessList.uid == P("uid"))),
    attach=("ranges", "trunks"),
)
_KNOWN = Prepared(
    lambda: AccessList.select(AccessList.uid, AccessList.home_trunk).where(
        _MINE & among(AccessList.uid, "uids")
    )
)
_RANGES = Prepared(
    lambda: (
        Endpoint.select()
        .where(among(Endpoint.access_list, "lists") & (Endpoint.admits == P("yes")))
        .order_by(Endpoint.id)
    )
)
_LINKS = Prepared(
    lambda: (
        TrunkAccessList.select(TrunkAccessList.trunk, TrunkAccessList.access_list)
        .where(among(TrunkAccessList.access_list, "lists"))
        .order_by(TrunkAccessList.id)
    )
)
_RANGE_PAGE = Paged(
    lambda *columns: Endpoint.select(*columns).where(_RANGE), Endpoint, (Endpoint.id,)
)
_ONE_RANGE = Prepared(lambda: Endpoint.select().where(_RANGE & (Endpoint.uid == P("uid"))))
_TRUNKS = Paged(
    lambda *columns: (
        Trunk.select(*columns)
        .join(TrunkAccessList, on=(TrunkAccessList.trunk == Trunk.uid))
        .where(TrunkAccessList.access_list == P("list"))
    ),
    Trunk,
    (Trunk.id,),
)
_OF_TRUNK = Paged(
    lambda *columns: TrunkAccessList.select(*columns).where(TrunkAccessList.trunk == P("trunk")),
    TrunkAccessList,
    (TrunkAccessList.id,),
)
_ON_TRUNK = Prepared(
    lambda: (
        TrunkAccessList.select(TrunkAccessList.access_list, AccessList.is_auto.alias("is_auto"))
        .join(AccessList, on=(TrunkAccessList.access_list == AccessList.uid))
        .where(TrunkAccessList.trunk == P("trunk"))
        .order_by(TrunkAccessList.id)
    )
)
_UNLINK = Prepared(
    lambda: TrunkAccessList.delete().where(
        (TrunkAccessList.trunk == P("trunk")) & (TrunkAccessList.access_list == P("list"))
    )
)
_SET_HOME = Prepared(
    lambda: AccessList.update(home_trunk=P("trunk")).where(
        (AccessList.uid == P("list")) & AccessList.home_trunk.is_null()
    )
)
_LEAVE_HOME = Prepared(
    lambda: AccessList.update(home_trunk=P("other")).where(
        (AccessList.uid == P("list")) & (AccessList.home_trunk == P("trunk"))
    )
)
_LET_GO = Prepared(
    lambda: Endpoint.update(admits=P("no"), access_list=None).where(Endpoint.uid == P("uid"))
)
_DELETE_RANGE = Prepared(lambda: Endpoint.delete().where(Endpoint.uid == P("uid")))
_DELETE = Prepared(lambda: AccessList.delete().where(AccessList.uid == P("list")))
_TOUCH = Prepared(lambda: AccessList.update(updated_at=P("now")).where(AccessList.uid == P("list")))


def search(ctx: Context, *, limit: int, offset: int) -> Page:
    """A page of the account's lists, oldest first, each with its `ranges` and the uids of its
    `trunks`; four queries."""
    policy.require(ctx, "access_list.read")
    page = _PAGE.ask(limit, offset, account=ctx.account_uid)
    _fill(page.rows)
    return page


def _fill(rows: Sequence[Any]) -> None:
    known = {row.uid: row for row in rows}
    for row in rows:
        row.ranges, row.trunks = [], []
    if rows:
        for one in _RANGES.all(lists=list(known), yes=True):
            known[one.access_list_uid].ranges.append(one)
        for link in _LINKS.all(lists=list(known)):
            known[link.access_list_uid].trunks.append(link.trunk_uid)


def get(ctx: Context, given: Named) -> Any:
    """A list with its `ranges` and `trunks`; NotFound."""
    policy.require(ctx, "access_list.read")
    uid = aliases.uid_of(ctx, given, "access_list") if given is not None else None
    row = _ONE.one(account=ctx.account_uid, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound("there is no such access control list")
    _fill([row])
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """A list with its `ranges` (address, prefix_length, description)."""
    policy.require(ctx, "access_list.write")
    values = apply(None, change)
    ranges = values.pop("ranges")
    made = {**fresh(ctx), **_owner(ctx), **values}
    with write():
        _INSERT.run(made)
        _INSERT_RANGE.many([_range(ctx, made["uid"], one) for one in ranges])
        return get(ctx, made["uid"])


def _owner(ctx: Context) -> dict[str, Any]:
    provider = ctx.caller.service_provider_uid
    return {"service_provider_uid": provider, "account_uid": ctx.account_uid}


def _range(ctx: Context, list_uid: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **fresh(ctx),
        **_owner(ctx),
        "access_list_uid": list_uid,
        "kind": EndpointKind.HOST,
        "name": values["address"],
        "admits": True,
        **values,
    }


def update(ctx: Context, given: Named, change: Mapping[str, Any]) -> Any:
    """The list after the change; with `ranges` its ranges are replaced."""
    policy.require(ctx, "access_list.write")
    with write():
        row = get(ctx, given)
        values = apply(row, change)
        ranges = values.pop("ranges", None)
        values = differing(row, values)
        if ranges is not None:
            for one in row.ranges:
                _drop(ctx, one)
            _INSERT_RANGE.many([_range(ctx, row.uid, one) for one in ranges])
        if values or ranges is not None:
            values["updated_at"] = ctx.runtime.now()
            AccessList.update(values).where(AccessList.uid == row.uid).execute()
        return get(ctx, row.uid)


def _drop(ctx: Context, row: Any) -> None:
    """Accept no more calls from there; the row stays while calls are sent there."""
    if row.dials:
        _LET_GO.run(uid=row.uid, no=False)
    else:
        flow_references.hang_up(ctx, [row.uid])
        _DELETE_RANGE.run(uid=row.uid)


def delete(ctx: Context, given: Named) -> None:
    """NotFound; InUse while it is on a trunk, unless it is that trunk's automatic one."""
    policy.require(ctx, "access_list.write")
    with write():
        row = get(ctx, given)
        if row.trunks and not row.is_auto:
            raise InUse("access control list cannot be deleted while attached to a trunk")
        for trunk_uid in row.trunks:
            _UNLINK.run(trunk=trunk_uid, list=row.uid)
        _end(ctx, row)


def _end(ctx: Context, row: Any) -> None:
    for one in row.ranges:
        _drop(ctx, one)
    _DELETE.run(list=row.uid)


# ranges


def ranges(ctx: Context, given: Named, *, limit: int, offset: int) -> Page:
    """A page of a list's ranges, oldest first; NotFound for the list."""
    return _RANGE_PAGE.ask(limit, offset, list=get(ctx, given).uid, yes=True)


def add_range(ctx: Context, given: Named, change: Mapping[str, Any]) -> Any:
    """One more range of a list."""
    policy.require(ctx, "access_list.write")
    with write():
        row = get(ctx, given)
        made = _INSERT_RANGE.add(_range(ctx, row.uid, apply(None, change)))
        _TOUCH.run(list=row.uid, now=ctx.runtime.now())
        return made


def update_range(ctx: Context, given: Named, range_: Named, change: Mapping[str, Any]) -> Any:
    """The range after the change; where its row dials, the other half stays where it is."""
    policy.require(ctx, "access_list.write")
    with write():
        row = _found_range(ctx, get(ctx, given).uid, range_)
        values = differing(row, apply(row, change))
        if row.dials and values.keys() & {"address", "prefix_length"}:
            _split_dialling(ctx, row)
        if values:
            values["updated_at"] = ctx.runtime.now()
            Endpoint.update(values).where(Endpoint.uid == row.uid).execute()
        return _found_range(ctx, row.access_list_uid, row.uid)


def _split_dialling(ctx: Context, row: Any) -> None:
    """Move the half that calls are sent to into a row of its own with the present address."""
    names = [name for name in access_lists.ADMITTING if name != "access_list_uid"]
    kept = {name: getattr(row, name) for name in (*names, "trunk_uid", "transport", "priority")}
    Endpoint.update(dials=False, route_number=None, trunk=None).where(
        Endpoint.uid == row.uid
    ).execute()
    made = {**fresh(ctx), **kept, "dials": True, "route_number": row.route_number}
    _INSERT_RANGE.run({**made, "extras": row.extras})
    access_lists.redirect(row.uid, made["uid"])
    flow_references.redirect(ctx, row.uid, made["uid"])


def _found_range(ctx: Context, list_uid: UUID, range_: Named) -> Any:
    uid = aliases.uid_of(ctx, range_, "endpoint") if range_ is not None else None
    row = _ONE_RANGE.one(list=list_uid, uid=uid, yes=True) if uid is not None else None
    if row is None:
        raise NotFound("there is no such IP range in the list")
    return row


def delete_range(ctx: Context, given: Named, range_: Named) -> None:
    """NotFound; InUse for the last range of a list that is not automatic."""
    policy.require(ctx, "access_list.write")
    with write():
        acl = get(ctx, given)
        row = _found_range(ctx, acl.uid, range_)
        if len(acl.ranges) == 1 and not acl.is_auto:
            raise InUse("an access control list must keep at least one IP range")
        _drop(ctx, row)
        _TOUCH.run(list=acl.uid, now=ctx.runtime.now())
        if acl.is_auto:
            access_lists.drop_if_empty(acl.uid)


# on trunks


def trunks_of(ctx: Context, given: Named, *, limit: int, offset: int) -> Page:
    """A page of the trunks a list is in force on; NotFound for the list."""
    return _TRUNKS.ask(limit, offset, list=get(ctx, given).uid)


def of_trunk(ctx: Context, trunk: Named, *, limit: int, offset: int) -> Page:
    """A page of the links of a trunk to its lists; NotFound for the trunk."""
    policy.require(ctx, "access_list.read")
    return _OF_TRUNK.ask(limit, offset, trunk=trunks.find(ctx, trunk).uid)


def add(ctx: Context, trunk: Named, given: Sequence[Named]) -> list[UUID]:
    """Put lists on a trunk; their uids. NotFound for the trunk, Invalid at `uids` for a list that
    is not the account's, Conflict for one that is on the trunk already."""
    policy.require(ctx, "trunk.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        wanted = _wanted(ctx, given)
        present = {row.access_list_uid for row in _ON_TRUNK.all(trunk=home.uid)}
        if any(uid in present for uid in wanted):
            raise Conflict("access control list already added to the trunk")
        _link(ctx, home.uid, wanted)
        return wanted


def replace(ctx: Context, trunk: Named, given: Sequence[Named]) -> list[UUID]:
    """Have exactly these lists on a trunk; their uids. An automatic one left out ends."""
    policy.require(ctx, "trunk.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        wanted = _wanted(ctx, given)
        present = [row.access_list_uid for row in _ON_TRUNK.all(trunk=home.uid)]
        for uid in present:
            if uid not in wanted:
                _take_off(ctx, home.uid, uid)
        _link(ctx, home.uid, [uid for uid in wanted if uid not in present])
        return wanted


def remove(ctx: Context, trunk: Named, given: Named) -> None:
    """Take a list off a trunk; NotFound when it is not on it."""
    policy.require(ctx, "trunk.write")
    with write():
        home = trunks.find(ctx, trunk, lock=True)
        row = get(ctx, given)
        if home.uid not in row.trunks:
            raise NotFound("the access control list is not on the trunk")
        _take_off(ctx, home.uid, row.uid)


def _wanted(ctx: Context, given: Sequence[Named]) -> list[UUID]:
    """The uids of the named lists, each once; Invalid at `uids` for one that is not the
    account's."""
    named = [aliases.uid_of(ctx, one, "access_list") for one in given if one is not None]
    uids = list(dict.fromkeys(uid for uid in named if uid is not None))
    found = _KNOWN.all(account=ctx.account_uid, uids=uids) if uids else []
    if None in named or len(found) != len(uids):
        raise Invalid.one("uids", "not_found", "names an access control list that does not exist")
    return uids


def _link(ctx: Context, trunk_uid: UUID, uids: Sequence[UUID]) -> None:
    owner = {"trunk_uid": trunk_uid}
    _INSERT_LINK.many([{**fresh(ctx), **owner, "access_list_uid": uid} for uid in uids])
    for uid in uids:
        _SET_HOME.run(list=uid, trunk=trunk_uid)


def _take_off(ctx: Context, trunk_uid: UUID, list_uid: UUID) -> None:
    _UNLINK.run(trunk=trunk_uid, list=list_uid)
    row = get(ctx, list_uid)
    if row.is_auto and not row.trunks:
        _end(ctx, row)
    else:
        _LEAVE_HOME.run(list=list_uid, trunk=trunk_uid, other=next(iter(row.trunks), None))
