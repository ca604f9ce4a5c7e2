"""Emergency addresses and the numbers they belong to; all beyond the seed (facts, section 10)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.flowroute import ids
from adapters.flowroute.routes.common import BEYOND, CLIENTS, DECIMAL, NUMBER, paged
from adapters.flowroute.schemas import numbers as number_wire
from adapters.flowroute.schemas import records as wire
from gateway.domain.context import Context
from gateway.http import kit
from gateway.http.kit import Blueprint, Held
from gateway.http.paging import Page
from gateway.services import documents, numbers
from gateway.wire import MERGE, Change, apply

blp = Blueprint("e911s", __name__, held=Held.HERE)

KIND, RELATION = "flowroute.e911", "e911_address"
E911, E911S, NEW_E911, E911_QUERY = wire.E911(), wire.E911s(), wire.NewE911(), wire.E911Query()
E911_CHANGE = wire.NewE911(partial=True)
CHOICE, NUMBERS, WINDOW = wire.E911Choice(), number_wire.Numbers(), wire.Window()
ADDRESS = {"id": DECIMAL}
OF_NUMBER = {"number_id": NUMBER["id"]}
PAIR = {**OF_NUMBER, "id": DECIMAL}


def identifier(row: Any) -> dict[str, str]:
    """How a number refers to an address."""
    return {"type": "e911", "id": row.key}


@blp.operation(
    "POST", "/v2/e911s", "createE911", takes=NEW_E911, returns=E911, status=201, provenance=BEYOND
)
def create_e911(ctx: Context, change: Change) -> Any:
    """Store an emergency address."""
    return documents.create(ctx, KIND, apply(None, change)["body"], numbered=True)


@blp.operation(
    "POST", "/v2/e911s/validate", "validateE911", takes=NEW_E911, status=204, provenance=BEYOND
)
def validate_e911(ctx: Context, change: Change) -> None:
    """Check an emergency address without storing it."""


@blp.operation("GET", "/v2/e911s", "listE911s", query=E911_QUERY, returns=E911S, provenance=BEYOND)
def list_e911s(ctx: Context, query: Change) -> Page:
    """Emergency addresses of the account."""
    state = query.get("state")
    where = None if state is None else lambda body: body["state"].upper() == state.upper()
    search = partial(documents.search, ctx, KIND, where=where)
    return paged("/v2/e911s", E911_QUERY, query, search)


@blp.operation("GET", "/v2/e911s/<id>", "getE911", returns=E911, path=ADDRESS, provenance=BEYOND)
def get_e911(ctx: Context, id: str) -> Any:
    """One emergency address."""
    return documents.by_key(ctx, KIND, id)


@blp.operation(
    "PATCH", "/v2/e911s/<id>", "updateE911", takes=E911_CHANGE, mode=None, returns=E911,
    path=ADDRESS, provenance=BEYOND,
)  # fmt: skip
def update_e911(ctx: Context, id: str) -> Any:
    """Change an emergency address."""
    row = documents.by_key(ctx, KIND, id)
    values = apply(row, kit.change(E911_CHANGE, MERGE, row))
    return documents.update(ctx, KIND, row.uid, values.get("body", row.body))


@blp.operation(
    "DELETE", "/v2/e911s/<id>", "deleteE911", status=204, errors=(403,), path=ADDRESS,
    provenance=BEYOND,
)  # fmt: skip
def delete_e911(ctx: Context, id: str) -> None:
    """Delete an emergency address that no number uses."""
    row = documents.by_key(ctx, KIND, id)
    used = partial(numbers.with_extra, ctx, RELATION, identifier(row))
    documents.delete(ctx, KIND, row.uid, unless=used)


@blp.operation(
    "GET", "/v2/e911s/<id>/relationships/numbers", "listE911Numbers", query=WINDOW,
    returns=NUMBERS, path=ADDRESS, provenance=BEYOND,
)  # fmt: skip
def list_e911_numbers(ctx: Context, id: str, query: Change) -> Page:
    """Numbers an emergency address belongs to."""
    row = documents.by_key(ctx, KIND, id)
    found = numbers.with_extra(ctx, RELATION, identifier(row))
    path = f"/v2/e911s/{row.key}/relationships/numbers"
    return paged(path, WINDOW, query, lambda limit, offset: found[offset : offset + limit])


@blp.operation(
    "PATCH", "/v2/numbers/<number_id>/relationships/e911s/<id>", "assignE911", status=204,
    path=PAIR, provenance=BEYOND,
)  # fmt: skip
def assign_e911(ctx: Context, number_id: str, id: str) -> None:
    """Give a number its emergency address."""
    e164 = ids.number_e164(number_id)
    numbers.set_extra(ctx, e164, RELATION, lambda: identifier(documents.by_key(ctx, KIND, id)))


@blp.operation(
    "PATCH", "/v2/numbers/<number_id>/relationships/e911", "chooseE911", takes=CHOICE, status=204,
    path=OF_NUMBER, provenance=CLIENTS,
)  # fmt: skip
def choose_e911(ctx: Context, number_id: str, change: Change) -> None:
    """Give a number its emergency address, named in the body."""
    assign_e911(ctx, number_id, str(change["number"]))


@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/e911", "removeChosenE911", status=204,
    path=OF_NUMBER, provenance=CLIENTS,
)  # fmt: skip
@blp.operation(
    "DELETE", "/v2/numbers/<number_id>/relationships/e911s", "removeE911", status=204,
    path=OF_NUMBER, provenance=BEYOND,
)  # fmt: skip
def remove_e911(ctx: Context, number_id: str) -> None:
    """Take the emergency address of a number away."""
    numbers.set_extra(ctx, ids.number_e164(number_id), RELATION, None)
