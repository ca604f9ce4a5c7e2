"""Messages, the segments they travel in and what the network reported about them.

History: these rows keep the uid of what they point at without a constraint and so outlive it.
"""

from __future__ import annotations

import peewee as pw

from gateway.domain.messages import PartState, Status
from gateway.domain.words import Direction, MessageTransport, NumberKind
from gateway.models.base import Base, index
from gateway.models.fields import EnumField, InstantField, JsonField, UidField


class Message(Base):
    """One text or multimedia message of an account, in either direction."""

    account_uid = UidField()
    direction = EnumField(Direction)
    from_number = pw.TextField()
    to_number = pw.TextField()
    text = pw.TextField(null=True)
    coding = pw.IntegerField(default=0)
    segments = pw.IntegerField(default=1)
    is_mms = pw.BooleanField(default=False)
    media = JsonField(default=list)
    status = EnumField(Status)
    trunk_uid = UidField(null=True)
    transport = EnumField(MessageTransport, null=True)
    number_kind = EnumField(NumberKind, null=True)
    callback_url = pw.TextField(null=True)
    callback_dialect = pw.TextField(null=True)
    price_nano = pw.BigIntegerField(null=True)
    currency = pw.TextField(null=True)
    queued_at = InstantField()
    sent_at = InstantField(null=True)
    done_at = InstantField(null=True)
    error = pw.TextField(null=True)
    actor = pw.TextField(null=True)
    client_reference = pw.TextField(null=True)
    extras = JsonField(default=dict)


index(Message, "account_uid", "queued_at")


class MessagePart(Base):
    """One segment of an outbound message; `reference` is its concatenation reference."""

    message_uid = UidField()
    index = pw.IntegerField(default=1)  # type: ignore[assignment]
    total = pw.IntegerField(default=1)
    reference = pw.IntegerField(null=True)
    link_uid = UidField(null=True)
    remote_id = pw.TextField(null=True)
    state = EnumField(PartState, default=PartState.PENDING)
    attempts = pw.IntegerField(default=0)
    submitted_at = InstantField(null=True)
    command_status = pw.BigIntegerField(null=True)
    error = pw.TextField(null=True)


index(MessagePart, "message_uid", "index", unique=True)
index(MessagePart, "link_uid", "remote_id")


class Receipt(Base):
    """A delivery report. Without a message it is an orphan that waits for its submit answer."""

    message_uid = UidField(null=True, index=True)
    link_uid = UidField(null=True)
    remote_id = pw.TextField(null=True)
    level = pw.IntegerField()
    status = pw.TextField()
    code = pw.IntegerField(null=True)
    description = pw.TextField(null=True)
    at = InstantField()
    raw = JsonField(null=True)


index(Receipt, "link_uid", "remote_id", where=Receipt.message_uid.is_null())


class InboundPart(Base):
    """A segment of an inbound message that waits for the others.

    `payload` is the octets after the header as hexadecimal digits: a segment may end in the middle
    of a character, so text comes only from the whole.
    """

    link_uid = UidField()
    source = pw.TextField()
    destination = pw.TextField()
    reference = pw.IntegerField()
    total = pw.IntegerField()
    width = pw.IntegerField()
    index = pw.IntegerField()  # type: ignore[assignment]
    coding = pw.IntegerField(default=0)
    payload = pw.TextField()
    received_at = InstantField(index=True)


index(
    InboundPart,
    "link_uid",
    "source",
    "destination",
    "reference",
    "total",
    "width",
    "index",
    unique=True,
    name="inbound_part_place",
)
