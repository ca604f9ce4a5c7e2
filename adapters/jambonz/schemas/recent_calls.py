"""A call that is over, and the page of such records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from adapters.jambonz.schemas.call_fields import Party
from adapters.jambonz.schemas.calls import DIRECTIONS, duration
from adapters.jambonz.schemas.common import Jambonz, Sid
from adapters.jambonz.schemas.pages import Envelope, PageQuery
from gateway.domain.calls import CallStatus
from gateway.domain.words import Direction
from gateway.wire import Computed, EpochMillis, Flag, Instant, Int, Length, Part, Text, View, Word
from gateway.wire.base import Renderer

REASONS = {
    CallStatus.BUSY: "called party busy",
    CallStatus.NO_ANSWER: "no answer",
    CallStatus.CANCELLED: "caller abandoned",
    CallStatus.FAILED: "failed",
}
PEER = {Direction.INBOUND: "caller hungup", Direction.OUTBOUND: "called party hungup"}
"""Who hung up when it was the far end."""


class CalledAt(Instant):
    """A moment of a call: milliseconds since 1970, or in style `iso` a date and time."""

    kind = "called_at"
    schema_type: ClassVar[Mapping[str, Any]] = {"type": "integer"}
    style_types: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "iso": {"type": "string", "format": "date-time"}
    }
    styles: ClassVar[Mapping[str, Renderer]] = {
        "default": Instant.styles["epoch_ms"],
        "iso": Instant.styles["default"],
    }

    def parse(self, value: Any) -> datetime:
        return super().parse(value) if isinstance(value, str) else EpochMillis().parse(value)


def termination_reason(row: Any, view: View) -> str | None:
    """Why the call ended: as it was told, else from who ended it or how."""
    return (
        row.reason
        or REASONS.get(row.status)
        or (PEER[row.direction] if row.ended_by == "peer" else row.ended_by)
        or None
    )


class RecentCall(Jambonz):
    """The record of a call."""

    account_uid = Sid("account_sid", required=True)
    service_provider_uid = Sid("service_provider_sid")
    uid = Sid("call_sid", required=True)
    application_uid = Sid("application_sid")
    from_number = Party("from", required=True)
    to_number = Party("to", required=True)
    answered = Computed(
        out=lambda row, view: row.answered_at is not None,
        of=Flag(style="bool"),
        reads=("answered_at",),
        required=True,
    )
    sip_call_id = Text("sip_call_id", required=True)
    sip_callid = Text(attribute="sip_call_id", required=True)
    sip_status = Int(required=True)
    duration = Computed(
        out=duration, of=Int(), reads=("answered_at", "ended_at"), null=False, required=True
    )
    started_at = CalledAt("attempted_at", required=True)
    answered_at = CalledAt()
    ended_at = CalledAt("terminated_at", required=True)
    reason = Computed(
        "termination_reason",
        out=termination_reason,
        of=Text(),
        reads=("direction", "ended_by", "reason", "status"),
    )
    host = Text()
    remote_host = Text()
    direction = Word(words=DIRECTIONS, required=True)
    trunk_name = Text("trunk")


class RecentCalls(Envelope):
    """A page of records, newest first."""

    data = Part(RecentCall, attribute="rows", many=True, required=True)


class RecentCallsQuery(PageQuery):
    """A page, and which calls are on it."""

    answered = Flag(null=False)
    direction = Word(words=DIRECTIONS, null=False)
    trunk_name = Text("trunk", null=False, validate=Length(max=64))
