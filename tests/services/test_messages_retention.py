"""What the sweep removes, settles and leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import receipts as receipt_texts
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.models import (
    Call,
    CallEvent,
    HookDelivery,
    IdempotencyKey,
    Job,
    Message,
    MessagePart,
    Receipt,
)
from gateway.models.database import Store, write
from gateway.services import call_progress, jobs, messages, receipts, retention
from gateway.services.batch import Batch
from gateway.settings import Settings
from gateway.universe import Universe
from gateway.workers import runner
from tests.support.pipeline import OWN, TO, World, message, parts
from tests.support.pipeline import receipts as receipts_of

DAY = 24 * 3600


@pytest.fixture
def world(store: Store) -> World:
    return World(settings=Settings(retention_days=30))


def sweep(ctx: Context) -> int:
    return sum(retention.sweep(ctx))


def sent_message(world: World, link: Any) -> Any:
    """A message the carrier took, with its hand-over receipt."""
    uid = world.send().uid
    now = world.clock.now
    with write():
        Message.update(status="sent", sent_at=now).where(Message.uid == uid).execute()
        MessagePart.update(state="sent", remote_id=uid.hex).where(
            MessagePart.message_uid == uid
        ).execute()
        Job.delete().execute()
    world._add(Receipt, message_uid=uid, level=1, status="sent", at=now)
    return uid


def test_old_messages_go_with_all_that_belongs_to_them(world: World) -> None:
    link = world.add_link()
    old = sent_message(world, link)
    waiting = world.send()
    world._add(
        HookDelivery,
        dialect="plain",
        kind="sms_receipt",
        event_uid=old,
        url="https://example.org/",
        at=world.clock.now,
    )
    world.clock.advance(31 * DAY)
    fresh = sent_message(world, link)
    sweep(world.ctx())
    assert [row.uid for row in Message.select()] == [fresh]
    assert {row.message_uid for row in MessagePart.select()} == {fresh}
    assert {row.message_uid for row in Receipt.select()} == {fresh}
    assert HookDelivery.select().count() == 0
    assert Job.select().where(Job.key == f"submit:{waiting.uid}").count() == 0


def test_old_calls_go_with_their_events_and_live_ones_stay(world: World) -> None:
    old, live = world.call(), world.call()
    call_progress.claim(world.ctx(), old.uid, CallStatus.BUSY)
    world.clock.advance(31 * DAY)
    fresh = world.call()
    call_progress.claim(world.ctx(), fresh.uid, CallStatus.FAILED)
    sweep(world.ctx())
    assert {row.uid for row in Call.select()} == {live.uid, fresh.uid}
    assert {row.call_uid for row in CallEvent.select()} == {fresh.uid}


def test_without_retention_messages_stay(store: Store) -> None:
    world = World()
    world.send()
    world.clock.advance(4000 * DAY)
    sweep(world.ctx())
    assert Message.select().count() == 1


def test_a_message_without_receipt_becomes_unknown_and_a_late_receipt_still_counts(
    world: World,
) -> None:
    link = world.add_link()
    uid = sent_message(world, link)
    world.clock.advance(95 * 3600)
    sweep(world.ctx())
    assert message(uid).status == "sent"
    world.clock.advance(2 * 3600)
    sweep(world.ctx())
    assert message(uid).status == "unknown"
    assert [p.state for p in parts(uid)] == ["unknown"]
    assert [(r.level, r.status) for r in receipts_of(uid)] == [(1, "sent"), (2, "unknown")]
    text = f"id:{uid.hex} stat:DELIVRD err:000".encode()
    info = parsed(text)
    with write():
        batch = Batch()
        told = receipts.receive(world.ctx(), world.way(link), [info], receipts.Orphans(), batch)
        batch.flush()
    assert told == [True]
    assert message(uid).status == "delivered"


def parsed(text: bytes) -> Any:

    return receipt_texts.parse(text, {}, 4)


def test_keys_orphans_and_jobs_given_up_go_after_their_time(world: World) -> None:
    change = {"from_number": OWN, "to_number": TO, "text": "x"}
    messages.send(world.ctx(idempotency_key="k"), change)
    world._add(Receipt, level=2, status="delivered", remote_id="1", at=world.clock.now)
    with write():
        jobs.enqueue(world.ctx(), "work", "dead")
        (row,) = jobs.claim("work", "me", world.clock.now, 1, seconds=60)
        jobs.give_up(row, "me", world.clock.now, "no")
    sweep(world.ctx())
    assert (IdempotencyKey.select().count(), Receipt.select().count()) == (1, 1)
    world.clock.advance(8 * DAY)
    sweep(world.ctx())
    assert (IdempotencyKey.select().count(), Receipt.select().count()) == (0, 0)
    assert Job.select().where(Job.topic == "work").count() == 0
    again = messages.send(world.ctx(idempotency_key="k"), change)
    assert Message.select().count() == 2
    assert again.uid


def test_the_sweep_comes_again_by_itself(world: World, store: Store) -> None:
    with write():
        assert retention.schedule(world.ctx()) is True
        assert retention.schedule(world.ctx()) is False
    universe = Universe(store, world.runtime, world.settings)
    for _ in range(3):
        assert runner.run_due(universe, world.clock.now, dialects={}) == 1
        assert runner.run_due(universe, world.clock.now, dialects={}) == 0
        world.clock.advance(retention.EVERY.total_seconds())


def test_masked_outbound_texts_go_when_they_are_final(store: Store) -> None:
    world = World(settings=Settings(mask_text=True))
    link = world.add_link()
    uid = sent_message(world, link)
    assert message(uid).text == "hello"
    info = parsed(f"id:{uid.hex} stat:DELIVRD err:000 text:hello".encode())
    with write():
        batch = Batch()
        receipts.receive(world.ctx(), world.way(link), [info], receipts.Orphans(), batch)
        batch.flush()
    assert message(uid).text == "***"
    assert receipts_of(uid)[-1].raw["text"] is None
