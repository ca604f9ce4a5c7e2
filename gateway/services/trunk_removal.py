"""What goes with a trunk, what lets go of it, and what keeps it from going.

Its addresses of all kinds, its links and its own lists go with it, also those of kinds that the
caller's dialect does not show.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.problems import InUse
from gateway.domain.words import NumberHandling
from gateway.models import (
    Endpoint,
    Number,
    SmppLink,
    Trunk,
    TrunkAccessList,
    TrunkCredentialList,
)
from gateway.models.database import write
from gateway.models.prepared import P, Prepared, among
from gateway.services import access_lists, credentials, flow_references, trunks
from gateway.services.owning import Named

_HAS_NUMBERS = Prepared(
    lambda: Number.select(Number.uid).where(Number.trunk == P("trunk")).limit(1)
)
_HAS_LINKS = Prepared(
    lambda: SmppLink.select(SmppLink.uid).where(SmppLink.trunk == P("trunk")).limit(1)
)
_ENDPOINTS = Prepared(
    lambda: Endpoint.select(Endpoint.uid, Endpoint.is_auto).where(Endpoint.trunk == P("trunk"))
)
_MEMBERS = {
    "endpoints": Prepared(
        lambda: (
            Endpoint.select(Endpoint.uid)
            .where((Endpoint.trunk == P("trunk")) & (Endpoint.dials == True))  # noqa: E712
            .where(Endpoint.is_auto == False)  # noqa: E712
            .limit(1)
        )
    ),
    "access control lists": Prepared(
        lambda: (
            TrunkAccessList.select(TrunkAccessList.uid)
            .where(TrunkAccessList.trunk == P("trunk"))
            .limit(1)
        )
    ),
    "credential lists": Prepared(
        lambda: (
            TrunkCredentialList.select(TrunkCredentialList.uid)
            .where(TrunkCredentialList.trunk == P("trunk"))
            .limit(1)
        )
    ),
}
_UNROUTE = Prepared(
    lambda: Number.update(
        primary_endpoint=None,
        handling=pw.Case(
            None,
            (
                (Number.handling != P("endpoint"), Number.handling),
                (Number.trunk.is_null(), P("none")),
            ),
            P("trunk"),
        ),
    ).where(among(Number.primary_endpoint, "uids"))
)
_NO_FAILOVER = Prepared(
    lambda: Number.update(failover_endpoint=None).where(among(Number.failover_endpoint, "uids"))
)
_DELETE_ENDPOINTS = Prepared(lambda: Endpoint.delete().where(among(Endpoint.uid, "uids")))
_DELETE_LINKS = Prepared(lambda: SmppLink.delete().where(SmppLink.trunk == P("trunk")))
_DELETE = Prepared(lambda: Trunk.delete().where(Trunk.uid == P("trunk")))


def delete(ctx: Context, trunk: Named, *, only_empty: bool = False) -> None:
    """Remove a trunk with its addresses of all kinds, links and own lists.

    NotFound; InUse while numbers are on it, and for an account's default trunk while it has
    addresses besides the built-in registration. With `only_empty` also while it has endpoints that
    calls are sent to, or lists.
    """
    policy.require(ctx, "trunk.write")
    with write():
        row = trunks.find(ctx, trunk, lock=True)
        if _HAS_NUMBERS.one(trunk=row.uid) is not None:
            raise InUse("the trunk has numbers")
        if only_empty:
            _check_empty(row.uid)
        try:
            _remove(ctx, row)
        except pw.IntegrityError:
            raise InUse("the trunk has numbers") from None


def _check_empty(trunk_uid: UUID) -> None:
    for what, statement in _MEMBERS.items():
        if statement.one(trunk=trunk_uid) is not None:
            raise InUse(f"sip trunk cannot be deleted while one or more {what} attached")


def _remove(ctx: Context, row: Any) -> None:
    uids = [e.uid for e in _ENDPOINTS.all(trunk=row.uid) if not (row.is_auto and e.is_auto)]
    uids += access_lists.auto_members(row.uid)
    if row.is_auto and (uids or _HAS_LINKS.one(trunk=row.uid) is not None):
        raise InUse("the default trunk has members")
    if row.is_auto:
        uids = [e.uid for e in _ENDPOINTS.all(trunk=row.uid)]
    forget_endpoints(ctx, uids)
    _DELETE_ENDPOINTS.run(uids=uids)
    access_lists.forget_trunk(row.uid)
    credentials.forget_trunk(row.uid)
    _DELETE_LINKS.run(trunk=row.uid)
    _DELETE.run(trunk=row.uid)


def forget_endpoints(ctx: Context, uids: list[UUID]) -> None:
    """Before endpoints go: numbers routed to them are routed by their trunk again, or nowhere, and
    call flows hang up where they led to them."""
    _UNROUTE.run(
        uids=uids,
        endpoint=NumberHandling.ENDPOINT,
        trunk=NumberHandling.TRUNK,
        none=NumberHandling.NONE,
    )
    _NO_FAILOVER.run(uids=uids)
    flow_references.hang_up(ctx, uids)
