"""The addresses of a trunk's peer, as dialects see them that keep both directions in one object.

One row says with `dials` whether calls go there and with `admits` whether they are taken from
there. A row that admits stands in an access list: the trunk's automatic one, unless a dialect with
lists put it into another. A range that stands in a list alone belongs to the list's home trunk.
Rows that dial are numbered too, so that dialects with numbered routes list them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import peewee as pw

from gateway.domain import policy, routes
from gateway.domain.context import Context
from gateway.domain.problems import InUse, Invalid, NotFound
from gateway.domain.words import EndpointKind
from gateway.models import AccessList, Endpoint
from gateway.models.database import commit_group, write
from gateway.models.fields import UidField
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import access_lists, aliases, endpoints, trunks
from gateway.services.making import differing, fresh, lock_account
from gateway.services.owning import Named, elsewhere, unknown
from gateway.services.scoping import Scoped
from gateway.services.trunk_removal import forget_endpoints
from gateway.wire.reading import apply

SIP_PORT = 5060
ONE_ADDRESS = 32
IMPLIED = {"port": SIP_PORT, "prefix_length": ONE_ADDRESS}
"""What a row without them means; writing it where nothing is stored changes nothing."""

_INSERT = Insert(Endpoint)
_HOME = pw.fn.COALESCE(Endpoint.trunk, AccessList.home_trunk)


def _hosts(visible: Any) -> Any:
    return (
        Endpoint.select(
            Endpoint,
            AccessList.uid,
            AccessList.enabled,
            AccessList.is_auto,
            AccessList.home_trunk,
            _HOME.converter(UidField().python_value).alias("home_trunk_uid"),
        )
        .join(AccessList, pw.JOIN.LEFT_OUTER, on=(Endpoint.access_list == AccessList.uid))
        .where(visible & (Endpoint.kind == P("kind")))
        .order_by(Endpoint.id)
    )


_OF_TRUNK = Scoped(
    lambda visible: _hosts(
        visible
        & (
            (Endpoint.trunk == P("trunk"))
            | (Endpoint.trunk.is_null() & (AccessList.home_trunk == P("trunk")))
        )
    ),
    Endpoint.service_provider,
    Endpoint.account,
    nest={AccessList: "access_list"},
)
_BY_UID = Scoped(
    lambda visible: _hosts(
        visible
        & (Endpoint.uid == P("uid"))
        & (Endpoint.trunk.is_null(False) | AccessList.home_trunk.is_null(False))
    ),
    Endpoint.service_provider,
    Endpoint.account,
    nest={AccessList: "access_list"},
)
_DELETE = Prepared(lambda: Endpoint.delete().where(Endpoint.uid == P("uid")))


def search(ctx: Context, trunk: Named) -> list[Any]:
    """The host addresses of a trunk, oldest first, each with its `access_list` (or None) and
    `home_trunk_uid`; one query, empty for a trunk that cannot be seen. Invalid at `trunk` for what
    cannot be an id."""
    policy.require(ctx, "endpoint.read")
    uid = aliases.uid_of(ctx, trunk, "trunk") if trunk is not None else None
    if uid is None:
        raise unknown("trunk", trunk)
    return _OF_TRUNK.all(ctx, trunk=uid, kind=EndpointKind.HOST)


def get(ctx: Context, address: Named) -> Any:
    """A host address as in `search`; NotFound, also for endpoints of other kinds."""
    policy.require(ctx, "endpoint.read")
    uid = aliases.uid_of(ctx, address, "endpoint") if address is not None else None
    row = _BY_UID.one(ctx, uid=uid, kind=EndpointKind.HOST) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def in_force(row: Any) -> bool:
    """Whether calls are taken from the address: it admits, and its list is not switched off."""
    return bool(row.admits and (row.access_list is None or row.access_list.enabled))


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """An address of the trunk named by `home_trunk_uid`; unless told, calls go there and none are
    taken from there. Raises Invalid at `home_trunk_uid` and `address`.
    """
    policy.require(ctx, "endpoint.write")
    values = _read(apply(None, change))
    given = values.pop("home_trunk_uid", None)

    def work() -> Any:
        trunk = trunks.named(ctx, given, "home_trunk_uid", lock=True)
        made = {
            **fresh(ctx),
            "service_provider_uid": trunk.service_provider_uid,
            "account_uid": trunk.account_uid,
            "trunk_uid": trunk.uid,
            "kind": EndpointKind.HOST,
            "dials": True,
            "admits": False,
            **values,
        }
        if made["admits"]:
            made["access_list_uid"] = access_lists.auto_list(ctx, trunk)
        made.setdefault("name", _label(made["address"], made.get("port")))
        return _INSERT.add({**made, **_numbered(made)})

    return commit_group(work)


def update(ctx: Context, address: Named, change: Mapping[str, Any]) -> None:
    """Change an address in place, whatever of it other dialects show.

    `admits` is what is in force: where a list is switched off, its addresses admit nobody. Raises
    InUse when the address stands in a list of several trunks.
    """
    policy.require(ctx, "endpoint.write")
    with write():
        row = _locked(ctx, address)
        values = _read(apply(row, change))
        given = values.pop("home_trunk_uid", row.home_trunk_uid)
        trunk = trunks.named(ctx, given, "home_trunk_uid")
        shown = in_force(row)
        admits = values.pop("admits", shown)
        values = differing(row, without_implied(row, values))
        if admits != shown or trunk.uid != row.home_trunk_uid or values:
            _check_alone(row)
        values |= _standing(ctx, row, trunk, values.get("dials", row.dials), admits)
        values = differing(row, {**values, **labelled(row, values)})
        if values:
            changed = {**values, "updated_at": ctx.runtime.now()}
            Endpoint.update(changed).where(Endpoint.uid == row.uid).execute()
            _leave(row, values)


def delete(ctx: Context, address: Named) -> None:
    """Remove an address; numbers routed to it are routed by their trunk again. InUse as above."""
    policy.require(ctx, "endpoint.write")
    with write():
        row = _locked(ctx, address)
        _check_alone(row)
        forget_endpoints(ctx, [row.uid])
        _DELETE.run(uid=row.uid)
        _leave(row, {"access_list_uid": None})


def _locked(ctx: Context, address: Named) -> Any:
    """The address as it is once nobody else changes anything of its trunk."""
    row = get(ctx, address)
    trunks.find(ctx, row.home_trunk_uid, lock=True)
    return get(ctx, address)


def _read(values: dict[str, Any]) -> dict[str, Any]:
    """The change with a host in the form it is kept in; Invalid at `address`."""
    if "address" not in values:
        return values
    try:
        return {**values, "address": routes.bare_host(values["address"])}
    except ValueError as why:
        raise Invalid.one("address", "format", str(why)) from None


def without_implied(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The change without what the row means anyway: port 5060 written where none is kept, as by a
    client that sends back what it read, must not pin a host that is found by its name alone."""
    return {
        name: value
        for name, value in values.items()
        if getattr(row, name) is not None or IMPLIED.get(name) != value or value is None
    }


def _check_alone(row: Any) -> None:
    if row.access_list_uid is not None and access_lists.is_shared(row.access_list_uid):
        raise InUse("the address is in a list of several trunks")


def _standing(ctx: Context, row: Any, trunk: Any, dials: bool, admits: bool) -> dict[str, Any]:
    """Where the row stands once it belongs to this trunk and dials and admits as given."""
    moves, shown = trunk.uid != row.home_trunk_uid, in_force(row)
    listed = row.access_list is not None and not row.access_list.is_auto
    if listed and (moves or (admits and row.admits and not shown)):
        raise InUse("the address is in a list of its own")
    placed: dict[str, Any] = {}
    if moves:
        _check_same_owner(row, trunk)
    if admits and (moves or not row.admits):
        placed = {"admits": True, "access_list_uid": access_lists.auto_list(ctx, trunk)}
    elif admits and not shown:
        access_lists.enable(row.access_list_uid)
    elif not admits and (shown or moves):
        placed = {"admits": False, "access_list_uid": None}
    outside = placed.get("access_list_uid", row.access_list_uid) is None
    if moves or (row.trunk_uid is None and (dials or outside)):
        placed["trunk_uid"] = trunk.uid
    return placed


def _check_same_owner(row: Any, trunk: Any) -> None:
    mine = (row.service_provider_uid, row.account_uid)
    if mine != (trunk.service_provider_uid, trunk.account_uid):
        raise elsewhere("home_trunk_uid")


def _label(address: str, port: int | None) -> str:
    """The name of an address that was given none."""
    if port is None:
        return address[: endpoints.MAX_NAME]
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}"[-endpoints.MAX_NAME :]


def labelled(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Name and number after a change: a name made from the address follows it."""
    after = {name: values.get(name, getattr(row, name)) for name in _NAMING}
    label = _label(after["address"], after["port"])
    if "name" not in values and _is_label(row) and label != _label(row.address, row.port):
        after["name"] = label
        if after["account_uid"] is not None and after["route_number"] is not None:
            after["name"] = endpoints.free_name(after["account_uid"], label)
    return {"name": after["name"], **_numbered(after)}


def _is_label(row: Any) -> bool:
    label = _label(row.address, row.port)
    start, _, count = row.name.rpartition("-")
    return bool(row.name == label or (start == label and count.isdigit()))


_NAMING = ("account_uid", "route_number", "dials", "name", "address", "port")


def _numbered(values: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a row that dials a route of its account: a number, and a name of its own."""
    account = values["account_uid"]
    if not values["dials"] or account is None or values.get("route_number") is not None:
        return {}
    lock_account(account)
    return {
        "route_number": endpoints.next_number(account),
        "name": endpoints.free_name(account, values["name"]),
    }


def _leave(row: Any, values: Mapping[str, Any]) -> None:
    """An automatic list goes with its last address."""
    if row.access_list is not None and row.access_list.is_auto and "access_list_uid" in values:
        access_lists.drop_if_empty(row.access_list_uid)
