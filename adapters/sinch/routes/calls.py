"""Calls of a project (seed 001: S1; the export as the vendor's client calls it)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.sinch.routes.common import CLIENTS, PROJECT, ids, paged
from adapters.sinch.schemas import calls as wire
from gateway.domain.context import Context
from gateway.http.kit import Answer, Blueprint
from gateway.services import call_records
from gateway.wire import Change

blp = Blueprint("calls", __name__)

CALLS, QUERY, FILTERS = wire.Calls(), wire.CallQuery(), wire.CallFilters()
MOST_EXPORTED = 100_000
FILE = {"Content-Disposition": 'attachment; filename="calls.csv"'}


@blp.operation("GET", PROJECT + "/calls", "findCalls", query=QUERY, returns=CALLS, path=ids())
def find_calls(ctx: Context, project_id: str, query: Change) -> Any:
    """Calls that are over, newest first."""
    chosen = wire.chosen(query, ctx.runtime.now())
    return paged(query, partial(call_records.search, ctx, trunk=query.get("trunk"), **chosen))


@blp.operation(
    "GET", PROJECT + "/calls/export", "exportCalls", query=FILTERS, media_type="text/csv",
    raw={"type": "string"}, path=ids(), provenance=CLIENTS,
)  # fmt: skip
def export_calls(ctx: Context, project_id: str, query: Change) -> Any:
    """The same calls as a table."""
    chosen = wire.chosen(query, ctx.runtime.now())
    rows, _ = call_records.search(ctx, limit=MOST_EXPORTED, trunk=query.get("trunk"), **chosen)
    return Answer(wire.as_csv(rows), headers=FILE)
