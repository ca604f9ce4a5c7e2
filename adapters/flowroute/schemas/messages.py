"""Messages and their records (seed 002: Message, MessageSuccess, MDR2, MDRSet)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.flowroute import ids, words
from adapters.flowroute.schemas.common import (
    DEFAULT_LIMIT,
    MAX_OFFSET,
    Flowroute,
    NextLink,
    Sent,
    Url,
    self_link,
)
from gateway.domain import instants
from gateway.domain.problems import Invalid
from gateway.wire import (
    E164,
    Change,
    Computed,
    Const,
    Flag,
    Group,
    Instant,
    Int,
    Length,
    Listed,
    NanoMoney,
    Part,
    Range,
    Text,
    View,
    Word,
)

MOST_MEDIA = 10
WHOLE_DAY = timedelta(days=1, microseconds=-1)
# The form the vendor's pages ask for; whatever else reads as a telephone number is taken too.
NUMBER_FORM = {"pattern": r"^(\+?1)?[2-9][0-9]{9}$"}
EDGES = {
    "0001": datetime.min.replace(tzinfo=UTC),
    "9999": datetime.max.replace(tzinfo=UTC),
}
MOMENT = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
CONTENT = {
    "anyOf": [
        {"required": ["body"], "properties": {"body": {"type": "string", "minLength": 1}}},
        {
            "required": ["media_urls"],
            "properties": {"media_urls": {"type": "array", "minItems": 1}},
        },
    ]
}


def _number(attribute: str, name: str | None = None) -> E164:
    return E164(name, attribute=attribute, style="digits", required=True, doc=NUMBER_FORM)


class Message(Sent):
    """What is sent, flat or under data.attributes.

    A text message needs a body; media alone make a picture message, and so does `is_mms` with a
    body alone.
    """

    envelope = ("data", "attributes")
    openapi = CONTENT

    from_ = _number("from_number", "from")
    to = _number("to_number")
    body = Text(attribute="text")
    media_urls = Listed(Url(null=False), attribute="media", validate=Length(max=MOST_MEDIA))
    is_mms = Flag()
    dlr_callback = Url(attribute="callback_url")

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        if self.side == "server" and not change.get("text") and not change.get("media"):
            raise Invalid.one("body", "required", "is required without media_urls")
        return {**change, "is_mms": bool(change.get("is_mms") or change.get("media"))}


class TextMessage(Sent):
    """What v2 sends: texts only."""

    envelope = ("data", "attributes")

    from_ = _number("from_number", "from")
    to = _number("to_number")
    body = Text(attribute="text", required=True, validate=Length(min=1))
    dlr_callback = Url(attribute="callback_url")


def _record_id(version: int) -> Computed:
    def out(row: Any, view: View) -> str:
        return ids.record_id(row.uid, version)

    return Computed(out=out, of=Text(), reads=("uid",))


def _record_path(api: str) -> Any:
    return lambda row: f"/{api}/messages/{ids.record_id(row.uid)}"


class MessageReference(Flowroute):
    id = _record_id(2)
    links = Group(self_link("MessageLinks", _record_path("v2.1")))
    type = Const("message")


class MessageSuccess(Flowroute):
    data = Group(MessageReference)


class MessageReference22(Flowroute):
    id = _record_id(2)
    links = Group(self_link("MessageLinks22", _record_path("v2.2")))
    type = Const("message")


class MessageSuccess22(Flowroute):
    data = Group(MessageReference22)


class MessageReference1(Flowroute):
    id = _record_id(1)


class MessageSuccess1(Flowroute):
    """The answer of v2: a version 1 id and nothing else."""

    data = Group(MessageReference1)


class Price(NanoMoney):
    """What a message cost: a number of dollars, or text with a dollar sign."""

    kind = "price"


class Encoding(Int):
    """SMPP data coding as the records show it: 8 for UCS-2, 0 for everything else."""

    kind = "encoding"
    styles = {"default": lambda coding: 8 if coding == 8 else 0}


class DeliveryReceipt(Flowroute):
    """One receipt; the words follow level and state (words.py)."""

    level = Int()
    status = Computed(
        out=lambda row, view: words.receipt_words(row).status,
        into=words.status_meaning,
        attribute="status",
        of=Text(),
        reads=("level",),
        dump_only=True,
    )
    status_code = Computed(
        out=lambda row, view: words.receipt_words(row).code,
        into=lambda code: code,
        attribute="code",
        of=Int(),
        dump_only=True,
    )
    status_code_description = Computed(
        out=lambda row, view: words.receipt_words(row).description,
        into=lambda text: text,
        attribute="description",
        of=Text(),
        dump_only=True,
    )
    timestamp = Instant(attribute="at")


class MDR2Attributes(Flowroute):
    amount_display = Price(attribute="price_nano", twin=True)
    amount_nanodollars = NanoMoney(attribute="price_nano", style="nano")
    body = Text(attribute="text")
    delivery_receipts = Listed(Part(DeliveryReceipt), attribute="receipts")
    direction = Text()
    from_ = E164("from", attribute="from_number", style="digits")
    is_mms = Flag()
    message_encoding = Encoding(attribute="coding")
    message_type = Computed(
        out=lambda row, view: words.message_type(row),
        into=lambda word: "toll_free" if word == "toll-free" else "standard",
        attribute="number_kind",
        of=Word(words=("longcode", "toll-free")),
        dump_only=True,
    )
    status = Computed(
        out=lambda row, view: words.message_status(row),
        into=words.status_meaning,
        attribute="status",
        of=Text(),
        reads=("receipts",),
        dump_only=True,
    )
    timestamp = Instant(attribute="queued_at")
    to = E164(attribute="to_number", style="digits")


class MediaIdentifier(Flowroute):
    id = Text()
    type = Const("media")


class MediaAttributes(Flowroute):
    file_name = Text()
    file_size = Int()
    mime_type = Text()
    url = Text()


class Media(Flowroute):
    """An attachment of a record; beyond the document, whose records only name their media."""

    attributes = Group(MediaAttributes)
    id = Text()
    links = Group(self_link("MediaLinks", lambda item: f"/v2.1/media/{item['id']}"))
    type = Const("media")


class MediaDocument(Flowroute):
    """One attachment by itself, where the links of media lead."""

    data = Part(Media, json=True)


def media_items(row: Any) -> list[dict[str, Any]]:
    """The attachments of a message with their ids, counted from 1."""
    return [
        {
            "id": ids.media_id(row.uid, position),
            "file_name": item.get("file_name") or item["url"].rsplit("/", 1)[-1],
            "file_size": item.get("file_size"),
            "mime_type": item.get("mime_type"),
            "url": item["url"],
        }
        for position, item in enumerate(row.media or (), start=1)
    ]


class MessageMedia(Flowroute):
    data = Listed(Part(MediaIdentifier, json=True), source=media_items, reads=("media",))


class MessageRelationships(Flowroute):
    media = Group(MessageMedia)


class MDR2Resource(Flowroute):
    """One record; the document wraps the items of a set in data."""

    envelope = ("data",)

    attributes = Group(MDR2Attributes)
    id = Computed(
        out=lambda row, view: ids.record_id(row.uid),
        into=ids.record_ref,
        attribute="uid",
        of=Text(),
        dump_only=True,
    )
    relationships = Group(MessageRelationships)
    type = Const("message")


class MDR2(Flowroute):
    """One record; `included` is there when it has media."""

    data = Group(MDR2Resource)
    included = Listed(
        Part(Media, json=True),
        source=lambda row: media_items(row) or None,
        reads=("media",),
        omit_none=True,
    )


class MDRSet(Flowroute):
    """A page of records, newest first; `links.next` only when more remain."""

    data = Listed(Part(MDR2Resource), attribute="items")
    links = Group(NextLink)


def _moment(text: Any) -> datetime:
    """A moment; one that its offset moves out of the years 1 to 9999 is the first or the last."""
    try:
        return instants.parse_instant(text)
    except ValueError:
        edge = EDGES.get(text.strip()[:4])
        if edge is None:
            raise
        instants.parse_instant(f"2001{text.strip()[4:]}")  # in any other year it is a moment
        return edge


class Bound(Instant):
    """One end of a range of dates."""

    schema_type = MOMENT

    def parse(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise self.bad("must be a date or time", "type")
        try:
            return _moment(value)
        except ValueError:
            raise self.bad("must be a date or time", "instant") from None


class End(Bound):
    """The end of a range: a plain date means all of that day."""

    def parse(self, value: Any) -> datetime:
        moment = super().parse(value)
        return moment + WHOLE_DAY if instants.is_bare_date(value) else moment


class RecordQuery(Flowroute):
    """The window of a record set; `start_date` is needed, times without a zone are UTC.

    A range that ends before it starts holds nothing, like one that starts in the future.
    """

    limit = Int(load_default=DEFAULT_LIMIT, null=False, validate=Range(1, MAX_OFFSET))
    start_date = Bound(required=True)
    end_date = End()
    offset = Int(load_default=0, null=False, validate=Range(0, MAX_OFFSET))
