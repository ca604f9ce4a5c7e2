"""What a message's record says next, after answers and receipts of its parts.

One place moves messages: it asks the table of states, writes the row, adds the receipt a customer
sees (level 1: handed to the carrier; level 2: what the carrier said) and the webhook jobs that tell
of it, all in the caller's transaction. A message tells its customer of each level once, however
many parts and receipts there were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.messages import (
    PART_TERMINAL,
    TERMINAL,
    PartState,
    Status,
    advance,
    roll_up,
)
from gateway.domain.words import ReceiptRequest
from gateway.models import Message, MessagePart, Receipt
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import failover, hook_jobs, jobs, routing
from gateway.services.batch import Batch
from gateway.services.flights import Flight, Way

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
    lambda: MessagePart.select(MessagePart.message_uid, MessagePart.index, MessagePart.state).where(
        among(MessagePart.message_uid, "uids")
    )
)


@dataclass
class Report:
    """A receipt row that was just written."""

    uid: UUID
    level: int
    status: str
    at: datetime


def conclude(ctx: Context, way: Way, holder: str, flights: Sequence[Flight], batch: Batch) -> None:
    """Settle flights all of whose answers are recorded: sent, over, or to be tried again.

    The caller made sure that every job is still the holder's.
    """
    again = [flight for flight in flights if flight.waits]
    over = [flight for flight in flights if not flight.waits]
    states = _states(over)
    sent: list[Flight] = []
    for flight in over:
        status = roll_up(heard(way, states[flight.message.uid]))
        if status is not Status.SENT:
            finish_message(
                ctx,
                flight.message,
                status,
                batch,
                error=flight.error,
                code=flight.status,
                link_uid=way.uid,
            )
        elif Status(flight.message.status) is not Status.SENT:
            sent.append(flight)
    if sent:
        _mark_sent(ctx, way, sent, batch)
    if again:
        _again(ctx, way, holder, again, batch)
    if over:
        jobs.finish([flight.job.uid for flight in over], holder)


def heard(way: Way, states: Mapping[int, PartState]) -> list[PartState]:
    """The states of a message's parts by their numbers, as far as receipts will ever tell.

    Where only the last part asks for a receipt, that one speaks for the others too.
    """
    last = states[max(states)] if states else None
    if way.wants.receipts is not ReceiptRequest.LAST or last not in PART_TERMINAL:
        return list(states.values())
    return [last if state is PartState.SENT else state for state in states.values()]


def _states(flights: Sequence[Flight]) -> dict[UUID, dict[int, PartState]]:
    """States of all parts by message; receipts of first parts may be in before the last answer."""
    found = {flight.message.uid: dict(flight.states) for flight in flights}
    long = [uid for uid, states in found.items() if len(states) > 1]
    for row in _part_states.all(uids=long) if long else ():
        if PartState(row.state) in PART_TERMINAL:
            found[row.message_uid][row.index] = PartState(row.state)
    return found


def _mark_sent(ctx: Context, way: Way, flights: list[Flight], batch: Batch) -> None:
    now = ctx.runtime.now()
    _sent.run(uids=[f.message.uid for f in flights], status=Status.SENT, now=now)
    said = "Message handed to the carrier"
    for flight in flights:
        flight.message.status = Status.SENT
        _report(ctx, flight.message, 1, Status.SENT, batch, link_uid=way.uid, description=said)


def _again(ctx: Context, way: Way, holder: str, flights: Sequence[Flight], batch: Batch) -> None:
    """Put flights back into a lane: this way's, or another's that may do better."""
    now = ctx.runtime.now()
    unsent = [f for f in flights if f.unsent and not (f.pause or f.leave or f.doubtful)]
    jobs.release([flight.job.uid for flight in unsent], holder, now)
    for flight in flights:
        if flight in unsent:
            continue
        to = None
        if flight.leave and flight.movable:
            to = routing.another(ctx, flight.message, way.uid)
        if to is not None:
            failover.note(ctx, [flight.message.uid], way.uid, to, flight.error or "it cannot send")
        jobs.retry_later(
            batch,
            flight.job,
            holder,
            now + timedelta(seconds=0.0 if to and not flight.rests else flight.pause),
            flight.error or "",
            lane=to.lane if to else None,
            mark="doubtful" if flight.doubtful else None,
        )
    back = [f for f in flights if f.message.status == Status.SENDING and f.movable]
    _back.run(uids=[flight.message.uid for flight in back], status=Status.QUEUED)


def finish_message(
    ctx: Context,
    message: Any,
    claim: Status,
    batch: Batch,
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
    values = {"uid": message.uid, "status": status, "now": ctx.runtime.now(), "error": error}
    batch.add(_final, values)
    message.status = status
    _report(
        ctx,
        message,
        2,
        status,
        batch,
        at=at,
        code=code,
        link_uid=link_uid,
        remote_id=remote_id,
        raw=raw,
        description=describe(status, error),
    )
    if ctx.settings.mask_text:
        hook_jobs.mask(message.uid, batch)
    return True


def buffered(
    ctx: Context,
    message: Any,
    batch: Batch,
    *,
    link_uid: UUID,
    remote_id: str,
    raw: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Note that the carrier has the message in its hands; the caller says so only once."""
    if Status(message.status) not in TERMINAL:
        _report(
            ctx,
            message,
            2,
            Status.SENT,
            batch,
            at=at,
            link_uid=link_uid,
            remote_id=remote_id,
            raw=raw,
            description=DESCRIPTIONS[Status.SENT],
        )


def describe(status: Status, error: str | None) -> str:
    """An English sentence for a receipt."""
    return f"{DESCRIPTIONS[status]} ({error})" if error else DESCRIPTIONS[status]


def _report(
    ctx: Context,
    message: Any,
    level: int,
    status: Status,
    batch: Batch,
    *,
    at: datetime | None = None,
    **more: Any,
) -> None:
    """Add a receipt row of a message and the webhooks that tell of it."""
    now = ctx.runtime.now()
    uid = ctx.runtime.new_uid()
    row = {"uid": uid, "created_at": now, "message_uid": message.uid, "level": level}
    batch.add(_insert_receipt, {**row, "status": status, "at": at or now, **more})
    hook_jobs.announce(ctx, message, receipt=Report(uid, level, status, at or now), batch=batch)
