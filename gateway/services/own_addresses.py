"""The addresses of an account's own equipment, whatever trunk or list each of them stands in.

For dialects that know no trunks: a list of single IPv4 addresses that may call. One made here
stands in the account's default trunk and admits; calls go there once a flow leads there. Addresses
that other dialects made are changed in place, in both their directions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.problems import Conflict, NotFound, Why
from gateway.domain.words import EndpointKind
from gateway.models import AccessList, Endpoint, Trunk
from gateway.models.database import write
from gateway.models.prepared import P, Prepared, among
from gateway.services import access_lists, addresses, aliases, flow_references, trunks
from gateway.services.making import differing, lock_account
from gateway.services.owning import Named
from gateway.services.trunk_removal import forget_endpoints
from gateway.wire.reading import apply


def _single() -> Any:
    whole = Endpoint.prefix_length.is_null() | (Endpoint.prefix_length == P("bits"))
    return (Endpoint.account == P("account")) & (Endpoint.kind == P("kind")) & whole


def _with_places(where: Any) -> Any:
    return (
        Endpoint.select(Endpoint, Trunk.leading_plus, AccessList.uid, AccessList.is_auto)
        .join_from(Endpoint, Trunk, pw.JOIN.LEFT_OUTER, on=(Endpoint.trunk == Trunk.uid))
        .join_from(
            Endpoint, AccessList, pw.JOIN.LEFT_OUTER, on=(Endpoint.access_list == AccessList.uid)
        )
        .where(_single() & where)
        .order_by(Endpoint.id)
    )


_PLACES: dict[Any, str] = {Trunk: "home", AccessList: "access_list"}
_LIST = Prepared(lambda: _with_places(pw.SQL("1 = 1")), nest=_PLACES)
_BY_UID = Prepared(lambda: _with_places(Endpoint.uid == P("uid")), nest=_PLACES)
_SAME = Prepared(
    lambda: Endpoint.select(Endpoint.uid, Endpoint.port).where(
        _single() & (Endpoint.address == P("address"))
    )
)
_SOME = Prepared(lambda: Endpoint.select().where(_single() & among(Endpoint.uid, "uids")))
_DELETE = Prepared(lambda: Endpoint.delete().where(Endpoint.uid == P("uid")))


def _of(ctx: Context) -> dict[str, Any]:
    return {
        "account": ctx.account_uid,
        "kind": EndpointKind.HOST,
        "bits": addresses.ONE_ADDRESS,
    }


def is_shown(row: Any) -> bool:
    """Whether a host is one IPv4 address and not a name."""
    try:
        IPv4Address(row.address or "")
    except AddressValueError:
        return False
    return True


def search(ctx: Context) -> list[Any]:
    """The addresses, oldest first, each with its trunk as `home` (or None); one query."""
    policy.require(ctx, "endpoint.read")
    return [row for row in _LIST.all(**_of(ctx)) if is_shown(row)]


def some(ctx: Context, uids: Sequence[UUID]) -> list[Any]:
    """Those of these rows that are such addresses."""
    return [row for row in _SOME.all(**_of(ctx), uids=uids) if is_shown(row)]


def get(ctx: Context, address: Named) -> Any:
    """One address as in `search`; NotFound."""
    policy.require(ctx, "endpoint.read")
    uid = aliases.uid_of(ctx, address, "endpoint") if address is not None else None
    row = _BY_UID.one(**_of(ctx), uid=uid) if uid is not None else None
    if row is None or not is_shown(row):
        raise NotFound()
    return row


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """An address that may call; Conflict at `address` where the account has it with this port."""
    policy.require(ctx, "endpoint.write")
    account = ctx.account_uid
    with write():
        lock_account(account)
        _check_new(ctx, change["address"], change.get("port"))
        home = trunks.default_trunk(ctx, account).uid
        admitting = {"home_trunk_uid": home, "admits": True, "dials": False}
        return get(ctx, addresses.create(ctx, {**change, **admitting}).uid)


def update(ctx: Context, address: Named, change: Mapping[str, Any]) -> None:
    """Change an address in place; Conflict as above."""
    policy.require(ctx, "endpoint.write")
    with write():
        lock_account(ctx.account_uid)
        row = get(ctx, address)
        values = differing(row, addresses.without_implied(row, apply(row, change)))
        after = {name: values.get(name, getattr(row, name)) for name in ("address", "port")}
        _check_new(ctx, **after, own=row.uid)
        values = differing(row, {**values, **addresses.labelled(row, values)})
        if values:
            changed = {**values, "updated_at": ctx.runtime.now()}
            Endpoint.update(changed).where(Endpoint.uid == row.uid).execute()


def delete(ctx: Context, address: Named) -> None:
    """Remove an address; numbers routed to it are routed by their trunk again. InUse while a flow
    leads there."""
    policy.require(ctx, "endpoint.write")
    with write():
        lock_account(ctx.account_uid)
        row = get(ctx, address)
        flow_references.check_unused(row.uid)
        forget_endpoints(ctx, [row.uid])
        _DELETE.run(uid=row.uid)
        if row.access_list is not None and row.access_list.is_auto:
            access_lists.drop_if_empty(row.access_list.uid)


def _check_new(ctx: Context, address: str, port: int | None, own: UUID | None = None) -> None:
    wanted = port or addresses.SIP_PORT
    for row in _SAME.all(**_of(ctx), address=address):
        if row.uid != own and (row.port or addresses.SIP_PORT) == wanted:
            text = f"{address}:{wanted} is there already"
            raise Conflict(text, fields={"address": [Why("taken", text)]})
