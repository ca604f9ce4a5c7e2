"""Trunks of a project (seed 001: S7 to S11)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.sinch import ids as sinch_ids
from adapters.sinch.routes.common import PROJECT, ids, paged
from adapters.sinch.schemas import trunks as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import trunk_removal, trunks
from gateway.wire import REPLACE, Change

blp = Blueprint("trunks", __name__, held=Held.SHARED)

TRUNK, TRUNKS, QUERY = wire.SipTrunk(), wire.SipTrunks(), wire.TrunkQuery()
ALL, ONE = PROJECT + "/trunks", PROJECT + "/trunks/<sipTrunkId>"
NEW = {"calls_per_second": 1}


@blp.operation("POST", ALL, "createSipTrunk", takes=TRUNK, returns=TRUNK, status=201, path=ids())
def create_sip_trunk(ctx: Context, project_id: str, change: Change) -> Any:
    """Create a trunk."""
    return trunks.create(ctx, {**NEW, **change})


@blp.operation("GET", ALL, "getSipTrunks", query=QUERY, returns=TRUNKS, path=ids())
def get_sip_trunks(ctx: Context, project_id: str, query: Change) -> Any:
    """Trunks of the project."""
    host_name = wire.host_of(query.get("domain"))
    return paged(query, partial(trunks.page, ctx, host_name=host_name))


@blp.operation("GET", ONE, "getSipTrunkById", returns=TRUNK, path=ids("sipTrunkId"))
def get_sip_trunk_by_id(ctx: Context, project_id: str, sip_trunk_id: str) -> Any:
    """One trunk."""
    return trunks.get(ctx, sinch_ids.ulid(sip_trunk_id))


@blp.operation(
    "PUT", ONE, "updateSipTrunk", takes=TRUNK, mode=REPLACE, returns=TRUNK, path=ids("sipTrunkId")
)
def update_sip_trunk(ctx: Context, project_id: str, sip_trunk_id: str, change: Change) -> Any:
    """Replace a trunk."""
    trunks.update(ctx, sinch_ids.ulid(sip_trunk_id), change)
    return trunks.get(ctx, sinch_ids.ulid(sip_trunk_id))


@blp.operation("DELETE", ONE, "deleteSipTrunk", status=204, path=ids("sipTrunkId"))
def delete_sip_trunk(ctx: Context, project_id: str, sip_trunk_id: str) -> None:
    """Delete a trunk that has nothing on it."""
    trunk_removal.delete(ctx, sinch_ids.ulid(sip_trunk_id), only_empty=True)
