"""From a waiting job to a recorded answer: claiming messages for a way and writing outcomes down.

Before a part leaves, its row says `submitting`, in the transaction that claims the job; its answer
is recorded in a later one, together with the end of the job, if the claim still holds. So a part
found `submitting` at a claim was out when its process died: it is sent again, or held if the way
is set so. A process that lost its claim records nothing: the new owner decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain import command_status, retry
from gateway.domain.command_status import OK, Treatment, treat
from gateway.domain.context import Context
from gateway.domain.messages import TERMINAL, PartState, Status
from gateway.domain.problems import Invalid
from gateway.domain.retry import Schedule
from gateway.domain.segments import Method, Split
from gateway.domain.words import OnAmbiguous
from gateway.models import Message, MessagePart
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import jobs, progress
from gateway.services.batch import Batch
from gateway.services.flights import Flight, References, Way
from gateway.services.links import LinkSettings
from gateway.services.messages import outgoing_text, part_rows, split_for

NOT_OUT = (PartState.PENDING, PartState.SUBMITTING)
BEFORE_SENDING = (Status.ACCEPTED, Status.QUEUED)
REFUSED, LATER, UNKNOWN, BLOCKED = "refused", "later", "unknown", "blocked"
NO_TRY = ("unsent", BLOCKED)
ENDS = {"impossible": PartState.FAILED, REFUSED: PartState.REJECTED}
LINK_PAUSE = 1.0
"""Seconds a message waits when it is the link that cannot send."""
LEAVE_AFTER = 2
"""Tries over one link after which a temporary refusal makes a message look for another."""
LOST = Schedule((0.0, 0.0, 0.0, 5, 15, 60, 300, 900), jitter=0.2)
"""Pauses after a connection that broke: at once, since most breaks have nothing to do with us."""

_messages = Prepared(
    lambda: Message.select(
        Message.uid,
        Message.account_uid,
        Message.direction,
        Message.from_number,
        Message.to_number,
        Message.text,
        Message.media,
        Message.is_mms,
        Message.status,
        Message.segments,
        Message.queued_at,
        Message.callback_url,
        Message.callback_dialect,
    ).where(among(Message.uid, "uids"))
)
_parts = Prepared(
    lambda: MessagePart.select(
        MessagePart.id,
        MessagePart.message_uid,
        MessagePart.index,
        MessagePart.total,
        MessagePart.reference,
        MessagePart.state,
        MessagePart.attempts,
    ).where(among(MessagePart.message_uid, "uids"))
)
_sending = Prepared(lambda: Message.update(status=P("status")).where(among(Message.uid, "uids")))
_submitting = Prepared(
    lambda: MessagePart.update(
        state=PartState.SUBMITTING, submitted_at=P("now"), link_uid=P("link_uid")
    ).where(among(MessagePart.id, "ids"))
)
_refer = Prepared(
    lambda: MessagePart.update(reference=P("reference")).where(
        MessagePart.message_uid == P("message_uid")
    )
)
_remove_parts = Prepared(
    lambda: MessagePart.delete().where(MessagePart.message_uid == P("message_uid"))
)
_insert_part = Insert(MessagePart)
_recount = Prepared(
    lambda: Message.update(
        segments=P("segments"), coding=P("coding"), trunk_uid=P("trunk_uid")
    ).where(Message.uid == P("uid"))
)
_answered = Prepared(
    lambda: MessagePart.update(
        state=P("state"),
        remote_id=P("remote_id"),
        attempts=MessagePart.attempts + P("tries"),
        command_status=P("command_status"),
        error=P("error"),
    ).where(MessagePart.id == P("id"))
)
_late = Prepared(
    lambda: MessagePart.update(
        state=PartState.SENT, remote_id=P("remote_id"), command_status=0, error=None
    ).where(
        MessagePart.id == P("id"),
        MessagePart.state.in_([str(PartState.PENDING), str(PartState.UNKNOWN)]),
    )
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one part.

    `outcome` is answered, lost, timeout, unsent, or impossible: the part cannot be written at all.
    Ways without a command_status say it in words: REFUSED for good, LATER, UNKNOWN, or BLOCKED: the
    way is shut and nothing was taken. `pause` is the seconds to leave it alone, `detail` says why.
    """

    flight: Flight
    index: int
    outcome: str
    status: int | None = None
    message_id: str | None = None
    tries: int = 1
    late: bool = False
    detail: str = ""
    pause: float | None = None


# Claiming


def take(
    ctx: Context,
    way: Way,
    holder: str,
    limit: int,
    *,
    turn: jobs.Turn,
    references: References,
    batch: Batch,
) -> list[Flight]:
    """Claim due messages of a link and mark their parts as submitting.

    Call inside a transaction; hand the flights to the link after its commit. Messages whose time is
    over, and parts that a link wants held, are settled here and do not come back.
    """
    now = ctx.runtime.now()
    rows = jobs.claim(way.lane, holder, now, limit, seconds=ctx.settings.claim_seconds, turn=turn)
    if not rows:
        return []
    flights = _flights(rows)
    taken = []
    for flight in flights:
        if _settled(ctx, way, holder, flight, now, batch):
            continue
        try:
            _cut(ctx, way, flight, references)
        except (Invalid, ValueError) as problem:  # this link cannot say it: never true by waiting
            _end_parts(flight, PartState.FAILED, str(problem), NOT_OUT)
            progress.conclude(ctx, way, holder, [flight], batch)
        else:
            taken.append(flight)
    batch.flush()
    _drop_lost(rows, flights, holder)
    _mark(taken, way, now)
    return taken


def expire(ctx: Context, way: Way, holder: str, batch: Batch, limit: int = 100) -> int:
    """End messages whose time is over in the lane of a link that is down; how many.

    Call inside a transaction. Messages of a link that works end when they are claimed.
    """
    now = ctx.runtime.now()
    before = now - timedelta(hours=ctx.settings.validity_hours)
    rows = jobs.claim_older(
        way.lane, holder, now, before, limit, seconds=ctx.settings.claim_seconds
    )
    if not rows:
        return 0
    flights = _flights(rows)
    over = [f for f in flights if _settled(ctx, way, holder, f, now, batch)]
    batch.flush()
    _drop_lost(rows, flights, holder)
    jobs.release([f.job.uid for f in flights if f not in over], holder, now)
    return len(over)


def _flights(rows: Sequence[Any]) -> list[Flight]:
    uids = [UUID(row.payload["message"]) for row in rows]
    messages = {row.uid: row for row in _messages.all(uids=uids)}
    parts: dict[UUID, dict[int, Any]] = {}
    for part in _parts.all(uids=uids):
        parts.setdefault(part.message_uid, {})[part.index] = part
    return [
        _flight(row, messages[uid], parts.get(uid, {}))
        for row, uid in zip(rows, uids, strict=True)
        if uid in messages
    ]


def _flight(job: Any, message: Any, parts: dict[int, Any]) -> Flight:
    states = {index: PartState(part.state) for index, part in parts.items()}
    to_send = {index: part for index, part in sorted(parts.items()) if states[index] in NOT_OUT}
    return Flight(job, message, states, to_send)


def _drop_lost(rows: Sequence[Any], flights: list[Flight], holder: str) -> None:
    """Jobs whose message is gone (retention, a deleted account) have nothing left to do."""
    known = {flight.job.uid for flight in flights}
    gone = [row.uid for row in rows if row.uid not in known]
    if gone:
        jobs.finish(gone, holder)


def _settled(
    ctx: Context, way: Way, holder: str, flight: Flight, now: datetime, batch: Batch
) -> bool:
    """Deal with what must not be sent (again); True when the flight is over."""
    message = flight.message
    if Status(message.status) in TERMINAL:
        jobs.finish([flight.job.uid], holder)
        return True
    if now - message.queued_at >= timedelta(hours=ctx.settings.validity_hours):
        _end_parts(flight, PartState.EXPIRED, "validity ended", (PartState.PENDING,))
        _end_parts(flight, PartState.UNKNOWN, "validity ended", (PartState.SUBMITTING,))
    if way.wants.on_ambiguous is OnAmbiguous.HOLD:
        _end_parts(flight, PartState.UNKNOWN, "held: answer unknown", (PartState.SUBMITTING,))
    if flight.parts:
        return False
    flight.error = flight.error or "validity ended"
    progress.conclude(ctx, way, holder, [flight], batch)
    return True


def _end_parts(flight: Flight, state: PartState, error: str, those: tuple[PartState, ...]) -> None:
    """Close the parts in certain states without sending them."""
    for index, part in list(flight.parts.items()):
        if flight.states[index] in those:
            _answered.run(
                id=part.id, state=state, remote_id=None, tries=0, command_status=None, error=error
            )
            flight.states[index], flight.error = state, error
            del flight.parts[index]


def _cut(ctx: Context, way: Way, flight: Flight, references: References) -> None:
    """Find the segments of the parts to send; a message none of whose parts left is cut anew."""
    message = flight.message
    text = outgoing_text(message.text, message.media)
    reference = next(iter(flight.parts.values())).reference
    split = split_for(way.wants, text, reference or 0)
    if len(split.segments) != len(flight.states):
        if flight.movable:
            _recut(ctx, way, flight, split)
            reference = None
        else:
            split = _as_before(way.wants, text, reference or 0, len(flight.states)) or split
    if len(split.segments) > 1 and reference is None:
        reference = references.next(message.to_number)
        split = split_for(way.wants, text, reference)
        _refer.run(message_uid=message.uid, reference=reference)
    flight.coding = int(split.coding)
    flight.segments = {s.index: s for s in split.segments if s.index in flight.parts}


def _recut(ctx: Context, way: Way, flight: Flight, split: Split) -> None:
    """Replace the parts of a message that another link cut differently."""
    uid = flight.message.uid
    _remove_parts.run(message_uid=uid)
    _insert_part.many(part_rows(ctx, uid, len(split.segments), way.uid))
    _recount.run(
        uid=uid,
        segments=split.counted,
        coding=int(split.coding),
        trunk_uid=way.trunk_uid,
    )
    rows = {part.index: part for part in _parts.all(uids=[uid])}
    flight.parts = dict(sorted(rows.items()))
    flight.states = {index: PartState(part.state) for index, part in rows.items()}


def _as_before(wants: LinkSettings, text: str, reference: int, total: int) -> Split | None:
    """The cut a half-sent message began with, when the link's settings changed in between."""
    for method in Method:
        split = split_for(replace(wants, segmentation=method), text, reference)
        if len(split.segments) == total:
            return split
    return None


def _mark(flights: list[Flight], way: Way, now: datetime) -> None:
    """Write down that the parts are about to leave, before they do."""
    if not flights:
        return
    ids = [part.id for flight in flights for part in flight.parts.values()]
    _submitting.run(ids=ids, now=now, link_uid=way.uid)
    fresh = [f.message for f in flights if f.message.status in BEFORE_SENDING]
    if fresh:
        _sending.run(uids=[message.uid for message in fresh], status=Status.SENDING)
    for message in fresh:
        message.status = Status.SENDING
    for flight in flights:
        flight.open = set(flight.parts)
        flight.states.update(dict.fromkeys(flight.parts, PartState.SUBMITTING))


# Answers


def record(
    ctx: Context,
    way: Way,
    holder: str,
    results: Sequence[Result],
    batch: Batch,
) -> list[tuple[str, Flight]]:
    """Write answers down and settle the messages that have all of theirs.

    Call inside a transaction. Gives (remote id, flight) of every part the peer took, so that
    receipts that came too early can be looked for.
    """
    mine = jobs.mine(list({r.flight.job.uid for r in results}), holder)
    taken: list[tuple[str, Flight]] = []
    complete: list[Flight] = []
    for result in results:
        flight = result.flight
        if result.late:
            _record_late(result)
        elif flight.job.uid in mine and result.index in flight.open:
            _record_answer(ctx, way, result, batch)
            if not flight.open:
                complete.append(flight)
        else:
            flight.open.discard(result.index)  # somebody else has the message now
            continue
        if result.status == OK and result.message_id:
            taken.append((result.message_id, flight))
    if complete:
        progress.conclude(ctx, way, holder, complete, batch)
    batch.flush()
    return taken


def _record_late(result: Result) -> None:
    """An answer after its time-out still tells the peer's id of a part that was not sent again."""
    part = result.flight.parts.get(result.index)
    if result.status == OK and part is not None:
        _late.run(id=part.id, remote_id=result.message_id)


def _record_answer(ctx: Context, way: Way, result: Result, batch: Batch) -> None:
    flight, part = result.flight, result.flight.parts[result.index]
    state = _judge(ctx, way, result, part.attempts + result.tries)
    flight.states[result.index] = state
    flight.open.discard(result.index)
    taken = result.status == OK
    values = {
        "id": part.id,
        "state": state,
        "remote_id": result.message_id if taken else None,
        "tries": 0 if result.outcome in NO_TRY else result.tries,
        "command_status": result.status,
        "error": None if taken else flight.error,
    }
    batch.add(_answered, values)


def _judge(ctx: Context, way: Way, result: Result, tries: int) -> PartState:
    """The state of a part after its answer; the flight learns what to do next."""
    flight = result.flight
    if result.outcome == "answered" and result.status is not None:
        if result.status == OK:
            return PartState.SENT
        return _refused(ctx, way, flight, result.status, tries)
    if result.outcome == "unsent":
        flight.pause = max(flight.pause, result.pause or 0.0)
        if flight.parts[result.index].state == PartState.SUBMITTING:  # out before this claim
            flight.doubtful = True
            return PartState.SUBMITTING
        flight.unsent = True
        return PartState.PENDING
    if result.outcome in ENDS:
        flight.error = result.detail
        return ENDS[result.outcome]
    if result.outcome == BLOCKED:
        return _blocked(flight, result)
    if result.outcome == LATER:
        flight.error = result.detail
        return _later(ctx, flight, retry.SUBMIT, tries)
    said = result.detail if result.outcome == UNKNOWN else result.outcome
    flight.error = f"answer unknown ({said})"
    if way.wants.on_ambiguous is OnAmbiguous.HOLD:
        return PartState.UNKNOWN
    schedule = LOST if result.outcome == "lost" else retry.AMBIGUOUS
    pause = schedule.next_delay(tries, ctx.runtime.rng)
    if pause is None:
        return PartState.UNKNOWN
    flight.doubtful, flight.pause = True, max(flight.pause, pause)
    return PartState.SUBMITTING


def _refused(ctx: Context, way: Way, flight: Flight, status: int, tries: int) -> PartState:
    """What a command_status other than 0 makes of a part."""
    treatment = treat(status, way.wants.statuses)
    flight.error, flight.status = command_status.describe(status), status
    if treatment is Treatment.PERMANENT:
        return PartState.REJECTED
    if treatment in (Treatment.THROTTLE, Treatment.REBIND, Treatment.LINK_PERMANENT):
        flight.leave = True
        flight.pause = max(flight.pause, LINK_PAUSE)
        return PartState.PENDING
    if treatment is Treatment.AMBIGUOUS:
        return _later(ctx, flight, retry.AMBIGUOUS, tries, leaves=False)
    return _later(ctx, flight, retry.SUBMIT, tries, leaves=treatment is Treatment.RETRY)


def _later(
    ctx: Context,
    flight: Flight,
    schedule: Schedule,
    tries: int,
    *,
    leaves: bool = True,
) -> PartState:
    """A part that was refused for now: again by the schedule, over another way from the second time
    on. That way is tried at once the first time only, so that ways that all refuse are not gone
    through in a moment."""
    pause = schedule.next_delay(tries, ctx.runtime.rng)
    if pause is None:
        return PartState.FAILED
    flight.leave = flight.leave or (leaves and tries >= LEAVE_AFTER)
    flight.rests = flight.rests or tries > LEAVE_AFTER
    flight.pause = max(flight.pause, pause)
    return PartState.PENDING


def _blocked(flight: Flight, result: Result) -> PartState:
    """A part that nobody was asked to take. One that was out before stays, whatever is shut now."""
    flight.error = result.detail
    flight.pause = max(flight.pause, LINK_PAUSE if result.pause is None else result.pause)
    if flight.parts[result.index].state == PartState.SUBMITTING:
        flight.doubtful = True
        return PartState.SUBMITTING
    flight.leave = True
    return PartState.PENDING
