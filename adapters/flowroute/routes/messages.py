"""Sending, looking up, and the account's callbacks (seed 002: F1 to F3, and beyond)."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

from adapters.flowroute import ids
from adapters.flowroute.routes.common import BEYOND, CALLBACK, CLIENTS, purpose
from adapters.flowroute.schemas import callbacks
from adapters.flowroute.schemas import messages as wire
from gateway.domain.context import Context
from gateway.domain.instants import iso
from gateway.domain.problems import NotFound
from gateway.http.kit import Blueprint
from gateway.http.paging import Page, Window
from gateway.services import hooks, messages
from gateway.wire import Change

blp = Blueprint("messages", __name__)

MESSAGE, TEXT_MESSAGE, CALLBACK_URL = wire.Message(), wire.TextMessage(), callbacks.Callback()
SENT, SENT_22, SENT_1 = wire.MessageSuccess(), wire.MessageSuccess22(), wire.MessageSuccess1()
RECORD, RECORDS, RECORD_QUERY = wire.MDR2(), wire.MDRSet(), wire.RecordQuery()
MEDIA = wire.MediaDocument()
RECORD_ID = {"id": {"type": "string"}}
MOST_RECORDS = 1000


@dataclass(frozen=True)
class RecordWindow(Window):
    """Links of a set spell limit, dates and offset in this order (facts, section 3)."""

    def url(self, base: str, offset: int) -> str:
        query = {"limit": self.limit, **self.filters, "offset": offset}
        return f"{base}{quote(self.path)}?{urlencode(query, quote_via=quote)}"


@blp.operation(
    "POST", "/v2.2/messages", "sendMessage22", takes=MESSAGE, returns=SENT_22, status=202,
    errors=(403,), provenance=BEYOND,
)  # fmt: skip
@blp.operation(
    "POST", "/v2.1/messages", "sendMessage", takes=MESSAGE, returns=SENT, status=202, errors=(403,)
)
def send_message(ctx: Context, change: Change) -> Any:
    """Send an SMS or MMS."""
    return messages.send(ctx, change)


@blp.operation(
    "POST", "/v2/messages", "sendMessage1", takes=TEXT_MESSAGE, returns=SENT_1, errors=(403,),
    provenance=BEYOND,
)  # fmt: skip
def send_text(ctx: Context, change: Change) -> Any:
    """Send an SMS by the oldest version."""
    return messages.send(ctx, change)


def _records(ctx: Context, path: str, query: Change) -> Page:
    """A page of records; the end defaults to now, so that the next page sees the same set."""
    start, end = query["start_date"], query.get("end_date") or ctx.runtime.now()
    dates = {"start_date": iso(start, 6, "+00:00"), "end_date": iso(end, 6, "+00:00")}
    window = RecordWindow(path, min(query["limit"], MOST_RECORDS), query["offset"], dates)
    return Page.ask(
        window,
        lambda limit, offset: messages.search(ctx, start, end, limit=limit, offset=offset),
    )


@blp.operation("GET", "/v2.1/messages", "listMessages", query=RECORD_QUERY, returns=RECORDS)
def list_messages(ctx: Context, query: Change) -> Page:
    """Records of a period, newest first."""
    return _records(ctx, "/v2.1/messages", query)


@blp.operation(
    "GET", "/v2.2/messages", "listMessages22", query=RECORD_QUERY, returns=RECORDS,
    provenance=BEYOND,
)  # fmt: skip
def list_messages_22(ctx: Context, query: Change) -> Page:
    """Records of a period, newest first."""
    return _records(ctx, "/v2.2/messages", query)


@blp.operation(
    "GET", "/v2.2/messages/<id>", "getMessage22", returns=RECORD, path=RECORD_ID,
    provenance=BEYOND,
)  # fmt: skip
@blp.operation("GET", "/v2.1/messages/<id>", "getMessage", returns=RECORD, path=RECORD_ID)
def get_message(ctx: Context, id: str) -> Any:
    """Look up a record."""
    return messages.get(ctx, ids.record_ref(id))


@blp.operation(
    "GET", "/v2.1/media/<id>", "getMedia", returns=MEDIA, path=RECORD_ID, provenance=CLIENTS
)
def get_media(ctx: Context, id: str) -> Any:
    """Look up an attachment of a record."""
    record, position = ids.media_ref(id)
    items = wire.media_items(messages.get(ctx, record))
    if position > len(items):
        raise NotFound()
    return SimpleNamespace(data=items[position - 1])


@blp.operation(
    "PUT", "/v2.1/messages/<id>", "setAccountCallback", takes=CALLBACK_URL, status=204,
    path={"id": CALLBACK["callback"]}, provenance=BEYOND,
)  # fmt: skip
def set_account_callback(ctx: Context, id: str, change: Change) -> None:
    """Set the account's callback for messages or receipts; its name is where records have an id."""
    hooks.put(ctx, purpose(id), change["url"])
