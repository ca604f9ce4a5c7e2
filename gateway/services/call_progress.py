"""Moving a call: each step is one claim, in one transaction with what follows from it.

A claim that the table of states does not have is ignored, so that a step may be repeated after a
crash. What follows: times and charge of the row, an event, the job that tells the status hook, and
word to the calls at the other side of a bridge. At the end the login of the target is forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import call_scripts
from gateway.domain.calls import TERMINAL, CallStatus, advance
from gateway.domain.context import Context
from gateway.domain.events import EventKind
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Conflict
from gateway.domain.words import Direction
from gateway.models import Call, CallEvent, Job
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import call_hooks, jobs
from gateway.services.making import fresh

PEER, APPLICATION, API, SYSTEM = "peer", "application", "api", "system"
"""Who ended a call."""
DIAL, CARRIED = "dial", "carried"
"""Types of the events that name legs: of a `dial`, and of what reaches the far end for a call."""
BY_API = "ended by the API"
CONNECTION = "connection"
"""What the core's extras call the connection by which a provider tells of a call it carries."""
DECLINED = 480
VISIBLE = timedelta(hours=1)
"""How long a call that ended stays in the live view."""

insert = Insert(Call)
_EVENT = Insert(CallEvent)
_MOVE = Prepared(
    lambda: Call.update(
        status=P("status"),
        sip_status=P("sip_status"),
        reason=P("reason"),
        ringing_at=P("ringing_at"),
        answered_at=P("answered_at"),
        ended_at=P("ended_at"),
        ended_by=P("ended_by"),
        visible_until=P("visible_until"),
        billed_seconds=P("billed_seconds"),
        target=P("target"),
    ).where(Call.uid == P("uid"))
)
_FORGET = Prepared(
    lambda: Job.delete().where(
        (Job.topic == P("topic"))
        & (Job.key >= P("first"))
        & (Job.key < P("last"))
        & Job.done_at.is_null()
        & Job.claim.is_null()
    )
)
_TAG = Prepared(lambda: Call.update(tag=P("tag")).where(Call.uid == P("uid")))
_LATEST = Prepared(
    lambda: (
        CallEvent.select()
        .where((CallEvent.call_uid == P("call")) & (CallEvent.type == P("type")))
        .order_by(CallEvent.id.desc())
        .limit(1)
    )
)
_FIRST = Prepared(
    lambda: (
        CallEvent.select()
        .where((CallEvent.call_uid == P("call")) & (CallEvent.type == P("type")))
        .order_by(CallEvent.id)
        .limit(1)
    )
)
_ALL = Prepared(
    lambda: (
        CallEvent.select()
        .where((CallEvent.call_uid == P("call")) & among(CallEvent.type, "types"))
        .order_by(CallEvent.id)
    )
)
_HOW_MANY = Prepared(
    lambda: CallEvent.select(pw.fn.COUNT(CallEvent.id).alias("total")).where(
        (CallEvent.call_uid == P("call")) & (CallEvent.type == P("type"))
    )
)
_ONE_EVENT = Prepared(lambda: CallEvent.select().where(CallEvent.uid == P("uid")))
_COLUMNS = (
    "status",
    "sip_status",
    "reason",
    "ringing_at",
    "answered_at",
    "ended_at",
    "ended_by",
    "visible_until",
    "billed_seconds",
    "target",
)


def _held_query() -> Any:
    query = Call.select().where(Call.uid == P("uid"))
    if current_store().kind == "postgres":
        query = query.for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
    return query


_HELD = Prepared(_held_query)


def begin(ctx: Context, values: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Make the row of a call that nobody asked for by API, and say that there is one."""
    row = insert.add(values)
    event = note(ctx, row.uid, "created", {**data, "status": str(row.status)})
    call_hooks.tell_all(ctx, row, event, EventKind.CALL_STATUS)


def check_ours(row: Any) -> None:
    """Conflict for a call that a provider carries: nothing here could change it."""
    if (row.extras or {}).get("core", {}).get(CONNECTION):
        raise Conflict("the call is carried by a provider: it can only be changed there")


def held(call: UUID) -> Any | None:
    """The row, which nobody else changes until the transaction ends."""
    return _HELD.one(uid=call)


def claim(
    ctx: Context,
    call: UUID,
    status: CallStatus,
    *,
    at: datetime | None = None,
    sip_status: int = 0,
    reason: str | None = None,
    ended_by: str | None = None,
) -> Any | None:
    """Say that a call has come to `status`; the row as it is now, None when that changes nothing.

    Joins the caller's transaction.
    """
    with write():
        row = _HELD.one(uid=call)
        if row is None or advance(row.status, status) == row.status:
            return None
        moment = at or ctx.runtime.now()
        row.status = status
        row.sip_status = sip_status or call_scripts.SIP_STATUS[status]
        if status in (CallStatus.RINGING, CallStatus.ALERTING):
            row.ringing_at = row.ringing_at or moment
        elif status is CallStatus.IN_PROGRESS:
            row.answered_at = moment
        if status in TERMINAL:
            _end(row, moment, reason, ended_by)
        _MOVE.run(uid=call, **{name: getattr(row, name) for name in _COLUMNS})
        event = note(ctx, call, call_hooks.STATUS, _told(row, reason), at=moment)
        call_hooks.announce(ctx, row, event)
        _pass_on(ctx, row)
        return row


def hang_up(
    ctx: Context, row: Any, *, ended_by: str, reason: str | None, sip_status: int = 0
) -> Any | None:
    """End a call in the way its state asks for: a call that nobody answered is given up by who
    called and refused, with `sip_status`, by who was called."""
    if row.status is CallStatus.IN_PROGRESS:
        status, sip_status = CallStatus.COMPLETED, 0
    elif (row.direction == Direction.OUTBOUND) != (ended_by == PEER):
        status, sip_status = CallStatus.CANCELLED, 0
    else:
        sip_status = sip_status or DECLINED
        status = call_scripts.outcome(sip_status)
    return claim(ctx, row.uid, status, sip_status=sip_status, reason=reason, ended_by=ended_by)


def _end(row: Any, moment: datetime, reason: str | None, ended_by: str | None) -> None:
    row.ended_at, row.reason, row.ended_by = moment, reason, ended_by
    row.visible_until = row.visible_until or moment + VISIBLE
    talked = (moment - row.answered_at).total_seconds() if row.answered_at else 0.0
    row.billed_seconds = max(0, math.ceil(talked))
    target = dict(row.target or {})
    if target.get("auth"):
        target["auth"] = {k: v for k, v in target["auth"].items() if k != "password"}
    row.target = target


def _told(row: Any, reason: str | None) -> dict[str, Any]:
    """What a status event says, whatever becomes of the row afterwards."""
    found: dict[str, Any] = {"status": str(row.status), "sip_status": row.sip_status}
    if reason:
        found["reason"] = reason
    if row.status in TERMINAL:
        found["ended_by"] = row.ended_by
        if (seconds := call_hooks.duration(row)) is not None:
            found["duration"] = seconds
    return found


def _pass_on(ctx: Context, row: Any) -> None:
    """Word to the other side: a leg tells the call it was dialled by, a call ends its legs."""
    ended = row.status in TERMINAL
    if ended:  # what was still planned for it has lost its point
        first = f"{jobs.CALL}:{row.uid}:"
        _FORGET.run(topic=jobs.CALL, first=first, last=first[:-1] + ";")
        _tell_who_has_it(ctx, row)
    if row.parent_uid is not None and (ended or row.status is CallStatus.IN_PROGRESS):
        step = "dialled" if ended else "bridged"
        plan(ctx, row.parent_uid, row.account_uid, step, f"{step}:{row.uid}", leg=row.uid.hex)
    if ended:
        made = _ALL.all(call=row.uid, types=[DIAL, CARRIED])
        legs = [leg for event in made for leg in event.data["legs"]]
        for leg in legs:
            plan(ctx, UUID(leg), row.account_uid, "hangup", "parent", ended_by=SYSTEM)
        _summarise(ctx, row, len(legs))


def _summarise(ctx: Context, row: Any, legs: int) -> None:
    """Whoever is told of all calls gets a summary of a whole call; a leg is part of one."""
    if row.parent_uid is not None or not call_hooks.subscribers(row.account_uid):
        return
    bridge = _FIRST.one(call=row.uid, type="bridged")
    alone = ((bridge.at if bridge else row.ended_at) - row.answered_at) if row.answered_at else None
    said = {"legs": 1 + legs, "alone_ms": round(alone.total_seconds() * 1000) if alone else 0}
    event = note(ctx, row.uid, "summary", said)
    call_hooks.tell_all(ctx, row, event, EventKind.CALL_SUMMARY)


def _tell_who_has_it(ctx: Context, row: Any) -> None:
    """A hook that has the call in hand is told that it is over."""
    program = latest(row.uid, "verbs")
    hook = program.data.get("control") if program is not None else None
    if hook is not None:
        url = hook["url"]
        plan(ctx, row.uid, row.account_uid, "ask", "ended", purpose="ended", hook=hook, url=url)


def plan(
    ctx: Context,
    call: UUID,
    account: UUID,
    step: str,
    name: str,
    *,
    seconds: float = 0.0,
    **payload: Any,
) -> None:
    """Add the job of a step of a call, `seconds` from now; one job of that name at a time."""
    jobs.enqueue(
        ctx,
        jobs.CALL,
        f"{jobs.CALL}:{call}:{name}",
        lane=jobs.CALL,
        account_uid=account,
        payload={"call": call.hex, "step": step, **payload},
        run_at=ctx.runtime.now() + timedelta(seconds=seconds),
    )


# what happened


def note(
    ctx: Context, call: UUID, kind: str, data: Mapping[str, Any], *, at: datetime | None = None
) -> UUID:
    """Write an event of a call down; its uid."""
    made = fresh(ctx)
    _EVENT.run(
        {**made, "call_uid": call, "at": at or ctx.runtime.now(), "type": kind, "data": data}
    )
    uid: UUID = made["uid"]
    return uid


def noted(event: UUID) -> Any | None:
    return _ONE_EVENT.one(uid=event)


def latest(call: UUID, kind: str) -> Any | None:
    """The newest event of a type."""
    return _LATEST.one(call=call, type=kind)


def how_many(call: UUID, kind: str) -> int:
    return int(_HOW_MANY.scalar(call=call, type=kind))


def put_tag(call: UUID, tag: Mapping[str, Any]) -> None:
    """Data of the customer's that every later event of the call carries."""
    _TAG.run(uid=call, tag=dict(tag))


def as_account(ctx: Context, owner: Any, dialect: str = "") -> Context:
    """The context acting for an account: that of a call, a number, or any row that has one."""
    principal = Principal(
        Scope.ACCOUNT,
        account_uid=owner.account_uid,
        service_provider_uid=owner.service_provider_uid,
    )
    return replace(ctx, principal=principal, dialect=dialect or ctx.dialect)
