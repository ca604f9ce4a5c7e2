"""Endpoints of a trunk (seed 001: S2 to S6)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.sinch.ids import ulid
from adapters.sinch.routes.common import PROJECT, ids, paged
from adapters.sinch.schemas import endpoints as wire
from adapters.sinch.schemas.common import PageQuery
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import sip_endpoints
from gateway.wire import REPLACE, Change

blp = Blueprint("endpoints", __name__, held=Held.SHARED)

ENDPOINT, ENDPOINTS, QUERY = wire.SipEndpoint(), wire.SipEndpoints(), PageQuery()
ALL = PROJECT + "/trunks/<sipTrunkId>/endpoints"
ONE = ALL + "/<sipEndpointId>"
IN_TRUNK, IN_PATH = ids("sipTrunkId"), ids("sipTrunkId", "sipEndpointId")


@blp.operation("GET", ALL, "getSipEndpoint", query=QUERY, returns=ENDPOINTS, path=IN_TRUNK)
def get_sip_endpoint(ctx: Context, project_id: str, sip_trunk_id: str, query: Change) -> Any:
    """Endpoints of a trunk."""
    return paged(query, partial(sip_endpoints.search, ctx, ulid(sip_trunk_id)))


@blp.operation(
    "POST", ALL, "createSipEndpoint", takes=ENDPOINT, returns=ENDPOINT, status=201, path=IN_TRUNK
)
def create_sip_endpoint(ctx: Context, project_id: str, sip_trunk_id: str, change: Change) -> Any:
    """Create an endpoint."""
    return sip_endpoints.create(ctx, ulid(sip_trunk_id), change)


@blp.operation("GET", ONE, "getSipEndpointById", returns=ENDPOINT, path=IN_PATH)
def get_sip_endpoint_by_id(
    ctx: Context, project_id: str, sip_trunk_id: str, sip_endpoint_id: str
) -> Any:
    """One endpoint."""
    return sip_endpoints.get(ctx, ulid(sip_trunk_id), ulid(sip_endpoint_id))


@blp.operation(
    "PUT", ONE, "updateSipEndpoint", takes=ENDPOINT, mode=REPLACE, returns=ENDPOINT, path=IN_PATH
)
def update_sip_endpoint(
    ctx: Context, project_id: str, sip_trunk_id: str, sip_endpoint_id: str, change: Change
) -> Any:
    """Replace an endpoint."""
    return sip_endpoints.update(ctx, ulid(sip_trunk_id), ulid(sip_endpoint_id), change)


@blp.operation("DELETE", ONE, "deleteSipEndpoint", status=204, path=IN_PATH)
def delete_sip_endpoint(
    ctx: Context, project_id: str, sip_trunk_id: str, sip_endpoint_id: str
) -> None:
    """Delete an endpoint."""
    sip_endpoints.delete(ctx, ulid(sip_trunk_id), ulid(sip_endpoint_id))
