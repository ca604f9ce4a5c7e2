"""What a message's record says next, after answers and receipts of its parts.

One place moves messages: it asks the table of states, writes the row, adds the receipt a customer
sees (level 1: handed to the carrier; level 2: what the carrier said) and the webhook jobs that tell
of it, all in the caller's transaction. A message tells its customer of each level once, however
many parts and receipts there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.command_status import NAMES
from gateway.domain.context import Context
from gateway.domain.messages import TERMINAL, PartState, Status, advance, roll_up
from gateway.models import Message, MessagePart, Receipt
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import hook_jobs, jobs, routing
from gateway.services.flights import Flight, Way
from gateway.services.hook_jobs import Audience

DESCRIPTIONS = {
    Status.SENT: "Message accepted by the carrier",
    Status.DELIVERED: "Message delivered",
    Status.UNDELIVERED: "Message could not be delivered",
    Status.EXPIRED: "Message expired before it was delivered",
    Status.REJECTED: "Message rejected by the carrier",
    Status.FAILED: "Message could not be sent",
    Status.UNKNOWN: "No word from the carrier",
}

_insert_receipt = Insert(Receipt)
_sent = Prepared(
    lambda: Message.update(status=P("status"), sent_at=P("now")).where(among(Message.uid, "uids"))
)
_back = Prepared(lambda: Message.update(status=P("status")).where(among(Message.uid, "uids")))
_final = Prepared(
    lambda: Message.update(status=P("status"), done_at=P("now"), error=P("error")).where(
        Message.uid == P("uid")
    )
)
_part_states = Prepared(
    lambda: MessagePart.select(MessagePart.state).where(MessagePart.message_uid == P("uid"))
)
_second_level = Prepared(
    lambda: (
        Receipt.select(Receipt.id)
        .where(Receipt.message_uid == P("message_uid"), Receipt.level == 2)
        .limit(1)
    )
)


@dataclass
class Report:
    """A receipt row that was just written."""

    uid: UUID
    level: int
    status: str
    at: datetime


def conclude(
    ctx: Context, way: Way, holder: str, flights: Sequence[Flight], audience: Audience
) -> None:
    """Settle flights all of whose answers are recorded: sent, over, or to be tried again.

    The caller made sure that every job is still the holder's.
    """
    over: list[Flight] = []
    sent: list[Flight] = []
    for flight in flights:
        if flight.waits:
            _again(ctx, way, holder, flight)
            continue
        over.append(flight)
        status = roll_up(_states(flight))
        if status is Status.SENT:
            if Status(flight.message.status) is not Status.SENT:
                sent.append(flight)
        else:
            finish_message(
                ctx,
                flight.message,
                status,
                audience,
                error=flight.error,
                code=flight.status,
                link_uid=way.uid,
            )
    if sent:
        _mark_sent(ctx, way, sent, audience)
    if over:
        jobs.finish([flight.job.uid for flight in over], holder)


def _mark_sent(ctx: Context, way: Way, flights: list[Flight], audience: Audience) -> None:
    now = ctx.runtime.now()
    _sent.run(uids=[f.message.uid for f in flights], status=Status.SENT, now=now)
    rows = [
        _receipt_row(
            ctx,
            f.message.uid,
            1,
            Status.SENT,
            now,
            link_uid=way.uid,
            description="Message handed to the carrier",
        )
        for f in flights
    ]
    _insert_receipt.many(rows)
    for flight, row in zip(flights, rows, strict=True):
        flight.message.status = Status.SENT
        report = Report(row["uid"], 1, Status.SENT, now)
        hook_jobs.announce(ctx, flight.message, receipt=report, audience=audience)


def _again(ctx: Context, way: Way, holder: str, flight: Flight) -> None:
    """Put a flight back into a lane: this link's, or another's that may do better."""
    now = ctx.runtime.now()
    if flight.unsent and not (flight.pause or flight.leave or flight.doubtful):
        jobs.release([flight.job.uid], holder, now)
    else:
        lane = None
        if flight.leave and flight.movable:
            lane = routing.another_lane(ctx, flight.message.account_uid, way.uid)
        pause = 0.0 if lane else flight.pause
        mark = "doubtful" if flight.doubtful else None
        due = now + timedelta(seconds=pause)
        jobs.retry(flight.job, holder, due, flight.error or "", lane=lane, mark=mark)
    if Status(flight.message.status) is Status.SENDING and flight.movable:
        _back.run(uids=[flight.message.uid], status=Status.QUEUED)


def finish_message(
    ctx: Context,
    message: Any,
    claim: Status,
    audience: Audience,
    *,
    error: str | None = None,
    code: int | None = None,
    link_uid: UUID | None = None,
    remote_id: str | None = None,
    raw: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> bool:
    """Move a message to a final state with its level 2 receipt; False if the table refuses it.

    `code` is the command_status of a refused submit or the carrier's own number.
    """
    status = advance(Status(message.status), claim)
    if status is not claim or status not in TERMINAL:
        return False
    now = ctx.runtime.now()
    _final.run(uid=message.uid, status=status, now=now, error=error)
    message.status = status
    row = _receipt_row(
        ctx,
        message.uid,
        2,
        status,
        at or now,
        code=code,
        link_uid=link_uid,
        remote_id=remote_id,
        raw=raw,
        description=describe(status, error, code),
    )
    _insert_receipt.run(row)
    report = Report(row["uid"], 2, status, row["at"])
    hook_jobs.announce(ctx, message, receipt=report, audience=audience)
    if ctx.settings.mask_text:
        hook_jobs.mask(message.uid)
    return True


def buffered(
    ctx: Context,
    message: Any,
    audience: Audience,
    *,
    link_uid: UUID,
    remote_id: str,
    raw: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> bool:
    """Note that the carrier has the message in its hands; only the first such word counts."""
    if Status(message.status) in TERMINAL or _second_level.one(message_uid=message.uid):
        return False
    now = ctx.runtime.now()
    row = _receipt_row(
        ctx,
        message.uid,
        2,
        Status.SENT,
        at or now,
        link_uid=link_uid,
        remote_id=remote_id,
        raw=raw,
        description=DESCRIPTIONS[Status.SENT],
    )
    _insert_receipt.run(row)
    report = Report(row["uid"], 2, Status.SENT, row["at"])
    hook_jobs.announce(ctx, message, receipt=report, audience=audience)
    return True


def describe(status: Status, error: str | None, code: int | None) -> str:
    """An English sentence for a receipt; with the standard name of a command_status."""
    text = DESCRIPTIONS[status]
    if code is not None and error and error.startswith("0x"):
        return f"{text} ({NAMES.get(code, 'vendor status')}, 0x{code:08X})"
    return f"{text} ({error})" if error else text


def _receipt_row(
    ctx: Context, message_uid: UUID, level: int, status: Status, at: datetime, **more: Any
) -> dict[str, Any]:
    return {
        "uid": ctx.runtime.new_uid(),
        "created_at": ctx.runtime.now(),
        "message_uid": message_uid,
        "level": level,
        "status": status,
        "at": at,
        **more,
    }


def _states(flight: Flight) -> list[PartState]:
    """States of all parts; receipts of the first parts may be in before the last one's answer."""
    if len(flight.states) < 2:
        return list(flight.states.values())
    return [PartState(row.state) for row in _part_states.all(uid=flight.message.uid)]
