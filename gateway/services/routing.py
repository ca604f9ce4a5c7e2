"""Moving waiting messages away from a link or a connection that does not work, or is no more.

A message whose answer is unknown stays where it is, because the other way would send it a second
time; everything that certainly never left may go elsewhere. Each message goes by the best of its
own ways, since routes may name other ones for other messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.models import Job, Message
from gateway.models.prepared import P, Prepared, among
from gateway.services import failover, jobs, message_routes, wakeups, ways
from gateway.services.flights import Way

GONE = "it is no longer configured"


def _movable_query() -> Any:
    return jobs.locked(
        Job.select(Job.id, Job.payload)
        .where(
            Job.lane == P("lane"),
            Job.done_at.is_null(),
            Job.account_uid == P("account_uid"),
            Job.claim.is_null(),
        )
        .order_by(Job.run_at)
        .limit(P("limit"))
    )


_movable = Prepared(_movable_query)
_move = Prepared(lambda: Job.update(lane=P("to")).where(among(Job.id, "ids"), Job.claim.is_null()))
_messages = Prepared(
    lambda: Message.select(
        Message.uid,
        Message.account_uid,
        Message.from_number,
        Message.to_number,
        Message.is_mms,
    ).where(among(Message.uid, "uids"))
)


def movable(lane: str, account_uid: UUID, limit: int = 500) -> list[Any]:
    """An account's unclaimed jobs, the oldest first: `id` and `payload`. Inside a transaction."""
    found: list[Any] = _movable.all(lane=lane, account_uid=account_uid, limit=limit)
    return found


def move(rows: Sequence[Any], to: str) -> int:
    """Send movable jobs to another lane; how many went."""
    moved = _move.run(ids=[row.id for row in rows], to=to) if rows else 0
    if moved:
        wakeups.announce(to)
    return moved


def another(ctx: Context, message: Any, without: UUID, *, has_routes: bool = True) -> Way | None:
    """The best open way of a message (account_uid, from_number, to_number, is_mms) but one; None
    when there is no such way."""
    found = ways.of_message(ctx, message, has_routes=has_routes)
    return ways.best_open(ctx, [one for one in found if one.uid != without])


def fail_over(ctx: Context, way_uid: UUID, why: str) -> int:
    """Move what waits for a link that cannot send to ways that can; how many messages went.

    Call inside a transaction.
    """
    lane = jobs.link_lane(way_uid)
    accounts = jobs.accounts_waiting(lane)
    return sum(_leave(ctx, lane, way_uid, account_uid, why) for account_uid in accounts)


def _leave(ctx: Context, lane: str, left: UUID, account_uid: UUID, why: str) -> int:
    """Some of an account's waiting messages, each to the best of its own ways."""
    has_routes = message_routes.has_any(account_uid)
    known: dict[tuple[Any, ...], Way | None] = {}
    going: dict[Way, list[Any]] = {}
    for job, message in _waiting(lane, account_uid):
        alike = (message.from_number, message.to_number) if has_routes else ()
        key = (*alike, message.is_mms)
        if key not in known:
            known[key] = another(ctx, message, left, has_routes=has_routes)
        if (to := known[key]) is not None:
            going.setdefault(to, []).append((job, message.uid))
    return sum(_go(ctx, rows, left, to, to.lane, why) for to, rows in going.items())


def strand(ctx: Context, lane: str) -> int:
    """Send everything unclaimed of a way that is no more to the lane `unrouted`; how many."""
    left, moved = jobs.way_of(lane), 0
    for account_uid in jobs.accounts_waiting(lane):
        rows = [(job, message.uid) for job, message in _waiting(lane, account_uid)]
        moved += _go(ctx, rows, left, None, jobs.UNROUTED, GONE)
    return moved


def _waiting(lane: str, account_uid: UUID) -> list[tuple[Any, Any]]:
    """Unclaimed jobs with their messages; a job whose message is gone ends when it is claimed."""
    rows = movable(lane, account_uid)
    uids = {row.id: UUID(row.payload["message"]) for row in rows}
    found = {row.uid: row for row in _messages.all(uids=list(uids.values()))} if rows else {}
    return [(row, found[uids[row.id]]) for row in rows if uids[row.id] in found]


def _go(
    ctx: Context, rows: list[tuple[Any, UUID]], left: UUID, to: Way | None, lane: str, why: str
) -> int:
    moved = move([job for job, _ in rows], lane)
    failover.note(ctx, [uid for _, uid in rows], left, to, why)
    return moved
