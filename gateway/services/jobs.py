"""Jobs: rows that say what is still to do, in the same transaction as what made it necessary.

A job waits in a lane, `link:<uid>` or `http:<uid>` for submits, else the topic's name. `run_at` is
schedule, retry and claim lease in one column: a claim moves it to the end of the claim, so the jobs
of a process that died fall due by themselves. Whoever claimed a job may finish, retry or renew it
only while the claim is still its own. Finished jobs are deleted, since their outcome is recorded
elsewhere; a job that was given up stays with `done_at` and the last error until retention removes
it.

All functions work in the caller's transaction where they write; `run_at` follows the universe's
clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, zip_longest
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.models import Job
from gateway.models.current import current_store
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared, among
from gateway.services import wakeups
from gateway.services.batch import Batch, of_transaction

CALL = "call"
HOOK = "hook"
SUBMIT = "submit"
UNROUTED = "unrouted"
RETENTION = "retention"
LINK, HTTP = "link:", "http:"
"""Beginnings of the lanes of submits."""
FIRST_PRIORITY = -1_000_000
LAST_UID = (1 << 128) - 1
MOST_PASSED_OVER = 200
"""Accounts without a due job that a claim looks at in its round."""


def link_lane(link_uid: UUID) -> str:
    """The lane of the submits that go over one link."""
    return f"{LINK}{link_uid}"


def http_lane(connection_uid: UUID) -> str:
    """The lane of the submits that go through one connection to a provider."""
    return f"{HTTP}{connection_uid}"


def way_of(lane: str) -> UUID:
    """The link or the connection whose lane it is."""
    return UUID(lane.partition(":")[2])


_insert = Insert(Job)
_enqueue = Insert(Job, ignore=True)


def values(
    ctx: Context,
    topic: str,
    key: str,
    *,
    lane: str | None = None,
    account_uid: UUID | None = None,
    priority: int = 0,
    payload: dict[str, Any] | None = None,
    run_at: datetime | None = None,
) -> dict[str, Any]:
    """The column values of a new job. A job without an account counts as the zero uid's."""
    now = ctx.runtime.now()
    return {
        "uid": ctx.runtime.new_uid(),
        "created_at": now,
        "topic": topic,
        "lane": lane or topic,
        "key": key,
        "account_uid": account_uid or ZERO_UID,
        "priority": priority,
        "payload": payload or {},
        "run_at": run_at or now,
    }


def enqueue(ctx: Context, topic: str, key: str, **more: Any) -> bool:
    """Add a job unless one with this topic and key is open; whether it was added.

    `more` as for `values`. Wakes the lane's worker after the commit.
    """
    row = values(ctx, topic, key, **more)
    added = _enqueue.run(row) > 0
    if added:
        wakeups.announce(row["lane"])
    return added


def enqueue_later(batch: Batch, ctx: Context, topic: str, key: str, **more: Any) -> None:
    """`enqueue` at the next flush of a batch."""
    row = values(ctx, topic, key, **more)
    batch.add(_enqueue, row)
    batch.wake(row["lane"])


def add(ctx: Context, topic: str, key: str, **more: Any) -> None:
    """`enqueue` for a key that cannot be open yet, because the uid in it is new.

    Stored just before the transaction commits.
    """
    row = values(ctx, topic, key, **more)
    batch = of_transaction()
    batch.add(_insert, row)
    batch.wake(row["lane"])


# Gate and claim

_gate = Prepared(
    lambda: (
        Job.select(Job.run_at)
        .where(Job.lane == P("lane"), Job.done_at.is_null())
        .order_by(Job.run_at)
        .limit(1)
    )
)
_next_priority = Prepared(
    lambda: (
        Job.select(Job.priority)
        .where(Job.lane == P("lane"), Job.done_at.is_null(), Job.priority > P("above"))
        .order_by(Job.priority)
        .limit(1)
    )
)
_next_account = Prepared(
    lambda: (
        Job.select(Job.account_uid, Job.run_at)
        .where(
            Job.lane == P("lane"),
            Job.done_at.is_null(),
            Job.priority == P("priority"),
            Job.account_uid >= P("least"),
        )
        .order_by(Job.account_uid, Job.run_at)
        .limit(1)
    )
)
_longest_waiting = Prepared(
    lambda: (
        Job.select(Job.account_uid)
        .where(
            Job.lane == P("lane"),
            Job.done_at.is_null(),
            Job.priority == P("priority"),
            Job.run_at <= P("now"),
        )
        .order_by(Job.run_at)
        .limit(1)
    )
)


def _due_query() -> Any:
    query = (
        Job.select()
        .where(
            Job.lane == P("lane"),
            Job.done_at.is_null(),
            Job.priority == P("priority"),
            Job.account_uid == P("account_uid"),
            Job.run_at <= P("now"),
        )
        .order_by(Job.run_at, Job.id)
        .limit(P("limit"))
    )
    return locked(query)


def locked(query: Any) -> Any:
    """Rows that nobody else takes before the transaction ends."""
    if current_store().kind == "postgres":
        return query.for_update("FOR UPDATE SKIP LOCKED")
    return query


_due = Prepared(_due_query)
_claim = Prepared(
    lambda: Job.update(claim=P("holder"), run_at=P("until"), attempts=Job.attempts + 1).where(
        among(Job.id, "ids")
    )
)


_oldest_due = Prepared(
    lambda: (
        Job.select()
        .where(Job.lane == P("lane"), Job.done_at.is_null(), Job.run_at <= P("now"))
        .order_by(Job.run_at)
        .limit(P("limit"))
    )
)
_claim_due = Prepared(
    lambda: Job.update(claim=P("holder"), run_at=P("until"), attempts=Job.attempts + 1).where(
        among(Job.uid, "uids"), Job.run_at <= P("now"), Job.done_at.is_null()
    )
)


def claim_older(
    lane: str, holder: str, now: datetime, before: datetime, limit: int, *, seconds: float
) -> list[Any]:
    """Take due jobs that were made before an instant, the longest due first.

    For a lane that nobody claims from otherwise, such as that of a link that is down.
    """
    rows = [r for r in _oldest_due.all(lane=lane, now=now, limit=limit) if r.created_at < before]
    if not rows:
        return []
    uids = [row.uid for row in rows]
    _claim_due.run(uids=uids, holder=holder, now=now, until=now + timedelta(seconds=seconds))
    taken = mine(uids, holder)
    return [row for row in rows if row.uid in taken]


def next_due(lane: str) -> datetime | None:
    """When the earliest open job of the lane is due; None for an empty lane. Takes no lock."""
    row = _gate.one(lane=lane)
    return None if row is None else row.run_at


@dataclass
class Turn:
    """Where the round over the accounts of a lane goes on at the next claim."""

    account_uid: UUID = ZERO_UID


def claim(
    lane: str,
    holder: str,
    now: datetime,
    limit: int,
    *,
    seconds: float,
    turn: Turn | None = None,
) -> list[Any]:
    """Take up to `limit` due jobs of a lane for `seconds`, the smallest priority value first.

    Within a priority the accounts are served in turns, so that one account's backlog delays no
    other account's message by more than one round. Call inside a transaction. A row's `claim` is
    the former one: not None if an earlier claim ended without a word.
    """
    taken: list[Any] = []
    for priority in _priorities(lane):
        if len(taken) >= limit:
            break
        taken.extend(_round(lane, priority, now, limit - len(taken), turn or Turn()))
    if taken:
        until = now + timedelta(seconds=seconds)
        _claim.run(ids=[row.id for row in taken], holder=holder, until=until)
    return taken


def _priorities(lane: str) -> Iterator[int]:
    above = FIRST_PRIORITY
    while (row := _next_priority.one(lane=lane, above=above)) is not None:
        yield row.priority
        above = row.priority


def _accounts(lane: str, priority: int, turn: Turn, now: datetime, most: int) -> list[UUID]:
    """Accounts with due jobs: those after `turn`, then the others, at most `most`.

    An account all of whose jobs are claimed or wait for a retry takes no place of another. Where
    there are more of those than it is worth to look at, whoever waits longest is served.
    """
    after = _walk(lane, priority, turn.account_uid.int + 1, LAST_UID)
    others = _walk(lane, priority, 0, turn.account_uid.int)
    looked_at = islice(chain(after, others), most + MOST_PASSED_OVER)
    found = list(islice((row.account_uid for row in looked_at if row.run_at <= now), most))
    if not found and (row := _longest_waiting.one(lane=lane, priority=priority, now=now)):
        found.append(row.account_uid)
    return found


def _walk(lane: str, priority: int, least: int, last: int) -> Iterator[Any]:
    """Accounts with open jobs in the order of their uids, each with its earliest `run_at`."""
    while least <= last:
        row = _next_account.one(lane=lane, priority=priority, least=UUID(int=least))
        if row is None or row.account_uid.int > last:
            return
        yield row
        least = row.account_uid.int + 1


def _round(lane: str, priority: int, now: datetime, limit: int, turn: Turn) -> list[Any]:
    """Jobs of one priority, one of each account in turns until `limit` is reached."""
    accounts = _accounts(lane, priority, turn, now, limit)
    share = -(-limit // max(len(accounts), 1))
    found = [_due_of(lane, priority, uid, now, share) for uid in accounts]
    if sum(map(len, found)) < limit:  # some have less than their share, others may have more
        for place, rows in enumerate(found):
            if len(rows) == share < limit:
                found[place] = _due_of(lane, priority, accounts[place], now, limit)
    rounds = chain.from_iterable(zip_longest(*found))
    taken = list(islice((row for row in rounds if row is not None), limit))
    if taken:
        turn.account_uid = taken[-1].account_uid
    return taken


def _due_of(lane: str, priority: int, account_uid: UUID, now: datetime, limit: int) -> list[Any]:
    rows: list[Any] = _due.all(
        lane=lane, priority=priority, account_uid=account_uid, now=now, limit=limit
    )
    return rows


# What the holder of a claim may do. Jobs are named by uid: a row number may be used again.

_mine = Prepared(
    lambda: Job.select(Job.uid).where(
        among(Job.uid, "uids"), Job.claim == P("holder"), Job.done_at.is_null()
    )
)
_finish = Prepared(lambda: Job.delete().where(among(Job.uid, "uids"), Job.claim == P("holder")))
_renew = Prepared(
    lambda: Job.update(run_at=P("until")).where(among(Job.uid, "uids"), Job.claim == P("holder"))
)
_release = Prepared(
    lambda: Job.update(run_at=P("now"), claim=None, attempts=Job.attempts - 1).where(
        among(Job.uid, "uids"), Job.claim == P("holder")
    )
)
_again = Prepared(
    lambda: Job.update(
        run_at=P("run_at"), claim=P("mark"), last_error=P("error"), lane=P("lane")
    ).where(Job.uid == P("uid"), Job.claim == P("holder"))
)
_give_up = Prepared(
    lambda: Job.update(done_at=P("now"), last_error=P("error")).where(
        Job.uid == P("uid"), Job.claim == P("holder")
    )
)


def mine(uids: Sequence[UUID], holder: str) -> set[UUID]:
    """Those of the jobs that are open and still claimed by `holder`."""
    return {row.uid for row in _mine.all(uids=uids, holder=holder)}


def finish(uids: Sequence[UUID], holder: str) -> int:
    """Remove jobs that are done; how many were still the holder's."""
    return _finish.run(uids=uids, holder=holder)


def renew(uids: Sequence[UUID], holder: str, until: datetime) -> int:
    """Keep a claim until `until`; how many were still the holder's."""
    return _renew.run(uids=uids, holder=holder, until=until)


def release(uids: Sequence[UUID], holder: str, now: datetime) -> int:
    """Give jobs back that were not begun; they are due at once."""
    if not uids:
        return 0
    return _release.run(uids=uids, holder=holder, now=now)


def retry(
    row: Any,
    holder: str,
    run_at: datetime,
    error: str,
    *,
    lane: str | None = None,
    mark: str | None = None,
) -> bool:
    """Make a job due again, in another lane if one is given.

    `mark` stays as its claim: a job so marked is not moved to another lane, because what it did
    before is not known.
    """
    lane = lane or row.lane
    done = _again.run(uid=row.uid, holder=holder, run_at=run_at, error=error, lane=lane, mark=mark)
    if done:
        wakeups.announce(lane)
    return done > 0


def retry_later(
    batch: Batch,
    row: Any,
    holder: str,
    run_at: datetime,
    error: str,
    *,
    lane: str | None = None,
    mark: str | None = None,
) -> None:
    """`retry` at the next flush of a batch."""
    lane = lane or row.lane
    values = {"run_at": run_at, "error": error, "lane": lane, "mark": mark}
    batch.add(_again, {**values, "uid": row.uid, "holder": holder})
    batch.wake(lane)


def give_up(row: Any, holder: str, now: datetime, error: str) -> bool:
    """Close a job that failed for good; it stays for people to read until retention removes it."""
    return _give_up.run(uid=row.uid, holder=holder, now=now, error=error) > 0


# Lanes as a whole

_take_over = Prepared(
    lambda: Job.update(run_at=P("now")).where(
        Job.lane == P("lane"),
        Job.done_at.is_null(),
        Job.run_at > P("now"),
        Job.claim.is_null(False),
        Job.claim != P("holder"),
    )
)
_wake_all = Prepared(
    lambda: Job.update(run_at=P("now")).where(
        Job.lane == P("lane"), Job.done_at.is_null(), Job.run_at > P("now"), Job.claim.is_null()
    )
)


def take_over(lane: str, holder: str, now: datetime) -> int:
    """Make the claims of former owners of a lane due at once; how many there were."""
    return _take_over.run(lane=lane, holder=holder, now=now)


def accounts_waiting(lane: str, most: int = 200) -> list[UUID]:
    """Accounts with open jobs in a lane."""
    found: dict[UUID, None] = {}
    for priority in _priorities(lane):
        walk = islice(_walk(lane, priority, 0, LAST_UID), most)
        found.update(dict.fromkeys(row.account_uid for row in walk))
    return list(found)


def wake(lane: str, now: datetime) -> int:
    """Make every waiting job of a lane due now."""
    return _wake_all.run(lane=lane, now=now)


_next_lane = Prepared(
    lambda: (
        Job.select(Job.lane)
        .where(Job.lane > P("above"), Job.done_at.is_null())
        .order_by(Job.lane)
        .limit(1)
    )
)
_abandoned = Prepared(
    lambda: Job.update(claim=None).where(
        Job.lane == P("lane"),
        Job.done_at.is_null(),
        Job.run_at <= P("now"),
        Job.claim.is_null(False),
    )
)


def lanes(beginning: str = "", most: int = 10_000) -> list[str]:
    """Lanes with open jobs, those only whose names begin so."""
    found: list[str] = []
    above = beginning
    while len(found) < most and (row := _next_lane.one(above=above)) is not None:
        if not row.lane.startswith(beginning):
            break
        found.append(row.lane)
        above = row.lane
    return found


def abandon(lane: str, now: datetime) -> int:
    """Forget claims that ended, in a lane nobody will own again; how many."""
    return _abandoned.run(lane=lane, now=now)
