"""Keeping the record small: what is old goes, in small transactions that let others write between.

RETENTION_DAYS decides how long messages with their parts, receipts, calls with their events and
webhook deliveries stay.
Some things go in any case: jobs that were given up, idempotency keys after their hours, tokens that
were given back and documents once they expire, orphans that no answer ever claimed, and what is
remembered of a provider's events, and of changes that went through to one, after the same time, or
SEEN. Of runs between two connections the last one stays, since it may be taken back, and so does
each that is not finished. Messages that were sent and never heard of again become `unknown`.

Tables grow by time, so the oldest rows are found by row number, without an index on their instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import fn

from gateway.domain.context import Context
from gateway.domain.messages import PartState, Status
from gateway.domain.words import RunState
from gateway.models import (
    Alert,
    Alias,
    Call,
    CallEvent,
    Document,
    HookDelivery,
    IdempotencyKey,
    InboundPart,
    Job,
    Lease,
    Message,
    MessagePart,
    Receipt,
    RevokedToken,
    SeenEvent,
    SyncItem,
    SyncRun,
)
from gateway.models.current import current_store
from gateway.models.database import write
from gateway.models.prepared import P, Prepared, among
from gateway.services import jobs, progress
from gateway.services.batch import Batch

BATCH = 500
STRETCH = 5000
EVERY = timedelta(minutes=10)
GIVEN_UP = timedelta(days=7)
SEEN = timedelta(days=30)
KEY = "sweep"

_oldest_messages = Prepared(
    lambda: (
        Message.select(Message.uid, Message.queued_at.alias("at")).order_by(Message.id).limit(BATCH)
    )
)
_gone = [
    Prepared(lambda: MessagePart.delete().where(among(MessagePart.message_uid, "uids"))),
    Prepared(lambda: Receipt.delete().where(among(Receipt.message_uid, "uids"))),
    Prepared(lambda: Job.delete().where(Job.topic == P("topic"), among(Job.key, "keys"))),
    Prepared(lambda: Message.delete().where(among(Message.uid, "uids"))),
]
_silent = Prepared(
    lambda: Message.select(
        Message.uid,
        Message.account_uid,
        Message.direction,
        Message.from_number,
        Message.to_number,
        Message.is_mms,
        Message.status,
        Message.callback_url,
        Message.callback_dialect,
    ).where(
        Message.id > P("above"),
        Message.id <= P("last"),
        Message.status == P("status"),
        Message.sent_at < P("before"),
    )
)


def _finished(*where: Any) -> Prepared:
    return Prepared(
        lambda: (
            SyncRun.select(SyncRun.uid)
            .where(
                SyncRun.updated_at < P("before"),
                (SyncRun.state == P("applied")) | (SyncRun.state == P("undone")),
                *(one() for one in where),
            )
            .order_by(SyncRun.id)
            .limit(BATCH)
        )
    )


def _may_not_be_taken_back() -> Any:
    """A run that was taken back, or that another one of the same two followed."""
    later = SyncRun.alias()
    newer = later.select(later.uid).where(
        later.source_uid == SyncRun.source_uid,
        later.target_uid == SyncRun.target_uid,
        later.state != P("undone"),
        later.id > SyncRun.id,
    )
    return (SyncRun.state == P("undone")) | fn.EXISTS(newer)


_old_changes = _finished(lambda: SyncRun.source_uid == SyncRun.target_uid)
_old_runs = _finished(_may_not_be_taken_back)
_gone_runs = (
    Prepared(lambda: SyncItem.delete().where(among(SyncItem.run, "uids"))),
    Prepared(lambda: SyncRun.delete().where(among(SyncRun.uid, "uids"))),
)


def _still_query() -> Any:
    query = Message.select(Message.uid).where(
        among(Message.uid, "uids"), Message.status == P("status")
    )
    if current_store().kind == "postgres":
        query = query.for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
    return query


_still = Prepared(_still_query)
_last_id = Prepared(lambda: Message.select(fn.MAX(Message.id).alias("last")))
_silent_parts = Prepared(
    lambda: MessagePart.update(state=P("state")).where(
        MessagePart.message_uid == P("uid"), MessagePart.state == P("sent")
    )
)


class _Table:
    """A table whose rows go when `column` is older than an instant; oldest first by row number."""

    def __init__(self, model: Any, column: Any, *where: Any) -> None:
        self._oldest = Prepared(
            lambda: (
                model.select(model.uid, column.alias("at"))
                .where(column.is_null(False), *where)
                .order_by(model.id)
                .limit(BATCH)
            )
        )
        self._remove = Prepared(
            lambda: model.delete().where(among(model.uid, "uids"), column < P("before"))
        )

    def drain(self, before: datetime) -> Iterator[int]:
        while uids := [row.uid for row in self._oldest.all() if row.at < before]:
            with write():
                done = self._remove.run(uids=uids, before=before)
            yield done


_given_up = _Table(Job, Job.done_at)
_keys = _Table(IdempotencyKey, IdempotencyKey.created_at)
_orphans = _Table(Receipt, Receipt.created_at, Receipt.message_uid.is_null())
_leases = _Table(Lease, Lease.until)
_seen = _Table(SeenEvent, SeenEvent.created_at)
_expired = (
    _Table(RevokedToken, RevokedToken.expires_at),
    _Table(Document, Document.expires_at),
)
_old = (
    _Table(CallEvent, CallEvent.at),
    _Table(Call, Call.ended_at),
    _Table(Alias, Alias.created_at, Alias.kind == "call", Alias.connection_uid.is_null(False)),
    _Table(HookDelivery, HookDelivery.at),
    _Table(Alert, Alert.created_at),
    _Table(InboundPart, InboundPart.received_at),
)


def schedule(ctx: Context) -> bool:
    """See to it that the sweep is queued. Inside a transaction."""
    return jobs.enqueue(ctx, jobs.RETENTION, KEY)


def sweep(ctx: Context) -> Iterator[int]:
    """Remove and settle everything that is due, a batch at a time; rows of each batch.

    Each batch is a transaction of its own; the caller lets others work between them.
    """
    now, settings = ctx.runtime.now(), ctx.settings
    yield from settle_silent(ctx)
    yield from _given_up.drain(now - GIVEN_UP)
    yield from _keys.drain(now - timedelta(hours=settings.idempotency_hours))
    yield from _orphans.drain(now - timedelta(hours=settings.receipt_hours))
    for table in _expired:
        yield from table.drain(now)
    # a day of the machine's clock; whoever holds a lease renews it every second
    yield from _leases.drain(datetime.now(UTC) - timedelta(days=1))
    kept = timedelta(days=settings.retention_days) if settings.retention_days else SEEN
    yield from _seen.drain(now - kept)
    yield from _runs(_old_changes, now - kept)
    if settings.retention_days:
        before = now - timedelta(days=settings.retention_days)
        yield from _messages(before)
        yield from _runs(_old_runs, before)
        for table in _old:
            yield from table.drain(before)


def _messages(before: datetime) -> Iterator[int]:
    parts, receipts, open_jobs, messages = _gone
    while uids := [row.uid for row in _oldest_messages.all() if row.at < before]:
        with write():
            parts.run(uids=uids)
            receipts.run(uids=uids)
            keys = [f"{jobs.SUBMIT}:{uid}" for uid in uids]
            open_jobs.run(topic=jobs.SUBMIT, keys=keys)
            done = messages.run(uids=uids)
        yield done


def _runs(oldest: Prepared, before: datetime) -> Iterator[int]:
    states = {"applied": RunState.APPLIED, "undone": RunState.UNDONE}
    while uids := [row.uid for row in oldest.all(before=before, **states)]:
        items, runs = _gone_runs
        with write():
            items.run(uids=uids)
            done = runs.run(uids=uids)
        yield done


def settle_silent(ctx: Context) -> Iterator[int]:
    """End the wait for receipts that are overdue; one that comes later still counts."""
    before = ctx.runtime.now() - timedelta(hours=ctx.settings.receipt_hours)
    last = _last_id.scalar() or 0
    for above in range(0, last, STRETCH):
        rows = _silent.all(above=above, last=above + STRETCH, status=Status.SENT, before=before)
        if rows:
            with write():
                _settle(ctx, rows)
        yield len(rows)


def _settle(ctx: Context, rows: list[Any]) -> None:
    """A receipt may have come since the rows were read: those are looked at again, and locked."""
    batch = Batch()
    still = {row.uid for row in _still.all(uids=[row.uid for row in rows], status=Status.SENT)}
    for row in rows:
        if row.uid not in still:
            continue
        _silent_parts.run(uid=row.uid, state=PartState.UNKNOWN, sent=PartState.SENT)
        progress.finish_message(ctx, row, Status.UNKNOWN, batch, error="no receipt in time")
    batch.flush()
