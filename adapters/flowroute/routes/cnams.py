"""Caller names and the numbers that show them; all beyond the seed (facts, section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from adapters.flowroute import ids
from adapters.flowroute.routes.common import BEYOND, CLIENTS, DECIMAL, NUMBER, paged
from adapters.flowroute.schemas import records as wire
from gateway.domain.context import Context
from gateway.domain.instants import iso, parse_instant
from gateway.http.kit import Blueprint, Held
from gateway.http.paging import Page
from gateway.services import documents, numbers
from gateway.wire import Change

blp = Blueprint("cnams", __name__, held=Held.HERE)

KIND, RELATION = "flowroute.cnam", "cnam_preset"
CNAM, CNAMS, NEW_CNAM, CNAM_QUERY = wire.Cnam(), wire.Cnams(), wire.NewCnam(), wire.CnamQuery()
ASSIGNMENT = wire.CnamAssignment()
NAME = {"id": DECIMAL}
OF_NUMBER = {"number_id": NUMBER["id"]}
PAIR = {**OF_NUMBER, "id": DECIMAL}
APPROVAL = timedelta(hours=48)
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


@dataclass(frozen=True)
class CallerName:
    """A stored name as it stands now: approved when its time has come."""

    key: str
    value: str
    created_at: datetime
    approved_at: datetime | None

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


@dataclass(frozen=True)
class Assignment:
    """The receipt of an assignment."""

    number: int
    date_created: str


def identifier(row: Any) -> dict[str, str]:
    """How a number refers to a name."""
    return {"type": "cnam", "id": row.key}


def shown(ctx: Context, row: Any) -> CallerName:
    due = parse_instant(row.body["approved_at"])
    return CallerName(
        row.key, row.body["value"], row.created_at, due if due <= ctx.runtime.now() else None
    )


def fits(ctx: Context, query: Change, body: dict[str, Any]) -> bool:
    """Whether a stored name passes the filters; text is compared in any case."""
    name, approved = body["value"].lower(), parse_instant(body["approved_at"]) <= ctx.runtime.now()
    wanted = {key: (query.get(key) or "").lower() for key in wire.CNAM_TEXTS}
    return (
        query.get("is_approved") in (None, approved)
        and wanted["value"] in ("", name)
        and name.startswith(wanted["starts_with"])
        and name.endswith(wanted["ends_with"])
        and wanted["contains"] in name
    )


@blp.operation(
    "POST", "/v2/cnams", "createCnam", takes=NEW_CNAM, returns=CNAM, status=201, provenance=BEYOND
)
def create_cnam(ctx: Context, change: Change) -> CallerName:
    """Propose a caller name."""
    due = iso(ctx.runtime.now() + APPROVAL, 6)
    body = {"value": change["value"], "approved_at": due}
    return shown(ctx, documents.create(ctx, KIND, body, numbered=True))


@blp.operation("GET", "/v2/cnams", "listCnams", query=CNAM_QUERY, returns=CNAMS, provenance=BEYOND)
def list_cnams(ctx: Context, query: Change) -> Page:
    """Caller names of the account."""
    search = partial(documents.search, ctx, KIND, where=partial(fits, ctx, query))
    return paged(
        "/v2/cnams",
        CNAM_QUERY,
        query,
        lambda **window: [shown(ctx, row) for row in search(**window)],
    )


@blp.operation("GET", "/v2/cnams/<id>", "getCnam", returns=CNAM, path=NAME, provenance=BEYOND)
def get_cnam(ctx: Context, id: str) -> CallerName:
    """One caller name."""
    return shown(ctx, documents.by_key(ctx, KIND, id))


@blp.operation(
    "DELETE", "/v2/cnams/<id>", "deleteCnam", status=204, errors=(403,), path=NAME,
    provenance=BEYOND,
)  # fmt: skip
def delete_cnam(ctx: Context, id: str) -> None:
    """Delete a caller name that no number shows."""
    row = documents.by_key(ctx, KIND, id)
    used = partial(numbers.with_extra, ctx, RELATION, identifier(row))
    documents.delete(ctx, KIND, row.uid, unless=used)


@blp.operation(
    "PATCH", "/v2/numbers/<number_id>/relationships/cnam/<id>", "assignCnamByClient",
    returns=ASSIGNMENT, status=202, path=PAIR, provenance=CLIENTS,
)  # fmt: skip
@blp.operation(
    "PATCH", "/v2/numbers/<number_id>/relationships/cnams/<id>", "assignCnam",
    returns=ASSIGNMENT, status=202, path=PAIR, provenance=BEYOND,
)  # fmt: skip
def assign_cnam(ctx: Context, number_id: str, id: str) -> Assignment:
    """Let a number show a caller name."""
    e164 = ids.number_e164(number_id)
    numbers.set_extra(ctx, e164, RELATION, lambda: identifier(documents.by_key(ctx, KIND, id)))
    return Assignment(int(id), ctx.runtime.now().strftime(HTTP_DATE))


@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/cnam", "removeCnamByClient", status=204,
    path=OF_NUMBER, provenance=CLIENTS,
)  # fmt: skip
@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/cnams", "removeCnam", status=204,
    path=OF_NUMBER, provenance=BEYOND,
)  # fmt: skip
def remove_cnam(ctx: Context, number_id: str) -> None:
    """Take the caller name of a number away."""
    numbers.set_extra(ctx, ids.number_e164(number_id), RELATION, None)
