"""Conferences and queues of an account, which clients of newer servers list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.jambonz.ids import sid
from adapters.jambonz.routes.common import BEYOND_CLIENTS, sids
from adapters.jambonz.schemas.rooms import Queue, QueueQuery
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import rooms
from gateway.services.scoping import inside_account

QUEUES, QUERY = Queue(many=True), QueueQuery()
NAMES = {"type": "array", "items": {"type": "string"}}

blp = Blueprint("rooms", __name__)


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/Conferences",
    "listConferences",
    raw=NAMES,
    path=sids("AccountSid"),
    provenance=BEYOND_CLIENTS,
)
def list_conferences(ctx: Context, account_sid: str) -> bytes:
    """Names of the conferences that go on."""
    return json.dumps(rooms.conferences(inside_account(ctx, sid(account_sid)))).encode()


@blp.operation(
    "GET",
    "/v1/Accounts/<AccountSid>/Queues",
    "listQueues",
    query=QUERY,
    returns=QUEUES,
    path=sids("AccountSid"),
    provenance=BEYOND_CLIENTS,
)
def list_queues(ctx: Context, account_sid: str, query: Mapping[str, Any]) -> list[rooms.Queue]:
    """Queues with calls in them."""
    return rooms.queues(inside_account(ctx, sid(account_sid)), query.get("search", ""))
