"""Routes of the account (seed 002: F12, F13, and beyond)."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from adapters.flowroute import ids
from adapters.flowroute.routes.common import BEYOND, DECIMAL, filters, paged
from adapters.flowroute.schemas import routes as wire
from gateway.domain.context import Context
from gateway.http import kit
from gateway.http.kit import Blueprint, Held
from gateway.http.paging import Page
from gateway.services import endpoints
from gateway.wire import MERGE, Change

blp = Blueprint("routes", __name__, held=Held.SHARED)

NEW_ROUTE, MADE, ROUTES = wire.NewRoute(), wire.NewRouteResponse(), wire.AccountRoutes()
ROUTE_CHANGE = wire.NewRoute(partial=True)
ROUTE_QUERY, EDGE_STRATEGIES = wire.RouteQuery(), wire.EdgeStrategies()
COLUMNS = ROUTES.columns("items")
ROUTE = {"id": DECIMAL}


@blp.operation("POST", "/v2/routes", "createRoute", takes=NEW_ROUTE, returns=MADE, status=201)
def create_route(ctx: Context, change: Change) -> Any:
    """Create a route."""
    return endpoints.create(ctx, wire.creatable(change, kit.view().profile))


@blp.operation("GET", "/v2/routes", "listRoutes", query=ROUTE_QUERY, returns=ROUTES)
def list_routes(ctx: Context, query: Change) -> Page:
    """Routes of the account, the built-in one first."""
    search = partial(endpoints.search, ctx, columns=COLUMNS, **filters(query))
    return paged("/v2/routes", ROUTE_QUERY, query, search)


@blp.operation(
    "PATCH", "/v2/routes/<id>", "updateRoute", takes=ROUTE_CHANGE, mode=MERGE, returns=MADE,
    errors=(403,), path=ROUTE, provenance=BEYOND,
)  # fmt: skip
def update_route(ctx: Context, id: str, change: Change) -> Any:
    """Change a route."""
    return endpoints.update(ctx, ids.route_number(id), change)


@blp.operation(
    "DELETE", "/v2/routes/<id>", "deleteRoute", status=204, errors=(403,), path=ROUTE,
    provenance=BEYOND,
)  # fmt: skip
def delete_route(ctx: Context, id: str) -> None:
    """Delete a route that no number uses."""
    endpoints.delete(ctx, ids.route_number(id))


@blp.operation(
    "GET", "/v2/routes/edge_strategies", "listEdgeStrategies", returns=EDGE_STRATEGIES,
    provenance=BEYOND,
)  # fmt: skip
def list_edge_strategies(ctx: Context) -> Any:
    """Points of presence a route may prefer."""
    return SimpleNamespace(items=wire.EDGE_STRATEGIES)
