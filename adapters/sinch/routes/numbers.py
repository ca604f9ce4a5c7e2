"""Phone numbers of a project (seed 001: S12, S13, and the request body it keeps)."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapters.sinch import ids as sinch_ids
from adapters.sinch.routes.common import BEYOND, PROJECT, ids, paged
from adapters.sinch.schemas import numbers as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint, Held
from gateway.services import assignments
from gateway.wire import Change

blp = Blueprint("phone numbers", __name__, held=Held.SHARED)

NUMBER, NUMBERS, QUERY = wire.Number(), wire.Numbers(), wire.NumberQuery()
ASSIGN = wire.AddPhoneNumberRequest()
ALL, ONE = PROJECT + "/phoneNumbers", PROJECT + "/phoneNumbers/<phoneNumber>"
PHONE = {**ids(), "phoneNumber": {"type": "string", "pattern": r"^\+?[1-9][0-9]{6,14}$"}}


@blp.operation("GET", ALL, "GetPhoneNumbers", query=QUERY, returns=NUMBERS, path=ids())
def get_phone_numbers(ctx: Context, project_id: str, query: Change) -> Any:
    """Numbers of the project."""
    trunk, contains, order = (query.get(name) for name in ("trunk", "contains", "order"))
    search = partial(assignments.search, ctx, trunk=trunk, contains=contains, order=order or ())
    return paged(query, search)


@blp.operation(
    "POST", ALL, "AddPhoneNumber", takes=ASSIGN, returns=NUMBER, status=201, path=ids(),
    provenance=BEYOND,
)  # fmt: skip
def add_phone_number(ctx: Context, project_id: str, change: Change) -> Any:
    """Put a number on a trunk, or take it off."""
    trunk = change.get("trunk")
    return assignments.assign(ctx, change["e164"], sinch_ids.ulid(trunk) if trunk else None)


@blp.operation("GET", ONE, "GetPhoneNumberByNumber", returns=NUMBER, path=PHONE)
def get_phone_number(ctx: Context, project_id: str, phone_number: str) -> Any:
    """One number."""
    return assignments.get(ctx, sinch_ids.number_e164(phone_number))
