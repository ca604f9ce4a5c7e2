"""Webhooks: who is told, how often, in which shape, and what is written down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from gateway.domain.hooks import HookPolicy
from gateway.domain.problems import NotFound
from gateway.models import Alert, HookDelivery, Job, Message
from gateway.models.database import Store, write
from gateway.services import hook_jobs
from gateway.settings import Settings
from gateway.universe import Universe
from gateway.workers import runner
from tests.support.pipeline import OWN, World, message, plain_dialect, receipts, working
from tests.support.receivers import Receiver, receiving, until

DIALECTS = {name: plain_dialect(name) for name in ("plain", "other")}


@pytest.fixture
def world(store: Store) -> World:
    return World(settings=Settings(mms="simulate", allow_private_hooks=True, hook_timeout=1.0))


def drain(world: World, store: Store, **more: Any) -> int:
    universe = Universe(store, world.runtime, world.settings)
    more.setdefault("dialects", DIALECTS)
    return runner.run_due(universe, world.clock.now, **more)


def mms(world: World, **change: Any) -> Any:
    """A simulated media message: its two receipts are events without any carrier."""
    return world.send("hi", media=["https://example.org/a.png"], **change)


def told(receiver: Receiver) -> list[tuple[str, str, str]]:
    """(path, kind, status) of every hit."""
    bodies = [(hit.path, orjson.loads(hit.body)) for hit in receiver.hits]
    return [(path, body["kind"], body["status"]) for path, body in bodies]


def test_the_messages_own_callback_and_other_dialects_are_told(world: World, store: Store) -> None:
    with receiving() as receiver:
        world.add_hook("mms_receipt", receiver.url("/own-dialect-account"))
        world.add_hook("mms_receipt", receiver.url("/other"), dialect="other")
        world.add_hook("sms_receipt", receiver.url("/wrong-kind"), dialect="other")
        mms(world, callback_url=receiver.url("/message"))
        drain(world, store)
    assert sorted(told(receiver)) == [
        ("/message", "mms_receipt", "delivered"),
        ("/message", "mms_receipt", "sent"),
        ("/other", "mms_receipt", "delivered"),
        ("/other", "mms_receipt", "sent"),
    ]


def test_the_nearest_level_wins_inside_a_dialect_and_no_url_is_told_twice(
    world: World, store: Store
) -> None:
    with receiving() as receiver:
        world.add_hook("mms_receipt", receiver.url("/account"))
        number = world.add_number("+12065550111", world.account_uid)
        world.add_hook("mms_receipt", receiver.url("/number"), number_uid=number)
        world.add_hook("mms_receipt", receiver.url("/number"), dialect="other")
        mms(world, from_number="+12065550111")
        mms(world, from_number=OWN)
        drain(world, store)
    paths = sorted(path for path, _, status in told(receiver) if status == "sent")
    assert paths == ["/account", "/number", "/number"]


def test_what_is_not_taken_is_tried_again_with_the_same_event_id(
    world: World, store: Store
) -> None:
    with receiving(Receiver(answers=[500, 200, 301])) as receiver:
        sent = mms(world, callback_url=receiver.url())
        drain(world, store)
        assert len(receiver.hits) == 2
        world.clock.advance(0.06)
        drain(world, store)
        assert len(receiver.hits) == 3
        world.clock.advance(0.06)
        drain(world, store)
    by_event: dict[str, list[Any]] = {}
    for hit in receiver.hits:
        by_event.setdefault(hit.headers["x-polytrunk-event"], []).append(hit)
    assert set(by_event) == {str(r.uid) for r in receipts(sent.uid)}
    assert sorted(len(hits) for hits in by_event.values()) == [1, 3]
    rows = list(HookDelivery.select().order_by(HookDelivery.id))
    assert [(row.status, row.attempt) for row in rows] == [(500, 1), (200, 1), (301, 2), (200, 3)]
    assert all(row.answer == "thank you" and row.duration_ms >= 0 for row in rows)
    assert Job.select().where(Job.topic == "hook").count() == 0


@pytest.mark.parametrize(
    ("status", "alert"),
    [
        (500, "webhook_failed"),
        (404, "webhook_not_found"),
        (401, "webhook_unauthorized"),
        (None, "webhook_unreachable"),
    ],
)
def test_a_hook_that_never_takes_it_is_given_up_with_an_alert(
    world: World, store: Store, status: int | None, alert: str
) -> None:
    with receiving(Receiver(status=status or 200)) as receiver:
        url = receiver.url()
        if status is not None:
            mms(world, callback_url=url)
            exhaust(world, store)
    if status is None:
        mms(world, callback_url=url)
        exhaust(world, store)
    assert {row.type for row in Alert.select()} == {alert}
    assert Alert.select().count() == 2
    assert HookDelivery.select().count() == 2 * 4
    assert Job.select().where(Job.topic == "hook", Job.done_at.is_null()).count() == 0
    assert all(j.last_error for j in Job.select().where(Job.topic == "hook"))


def exhaust(world: World, store: Store) -> None:
    for _ in range(6):
        drain(world, store)
        world.clock.advance(1)


def test_a_dialect_decides_what_counts_as_taken(world: World, store: Store) -> None:
    strict = plain_dialect(hook_policy=HookPolicy(retries=0, success=frozenset({200})))
    with receiving(Receiver(status=202)) as receiver:
        mms(world, callback_url=receiver.url())
        drain(world, store, dialects={"plain": strict})
        assert len(receiver.hits) == 2
    assert Alert.select().count() == 2


def test_private_addresses_are_refused_unless_allowed(store: Store) -> None:
    world = World(settings=Settings(mms="simulate"))
    with receiving() as receiver:
        mms(world, callback_url=receiver.url())
        drain(world, store)
    assert receiver.hits == []
    assert {row.error.partition(":")[0] for row in HookDelivery.select()} == {"refused"}


def test_a_hooks_own_credentials_are_sent(world: World, store: Store) -> None:
    with receiving() as receiver:
        world.add_hook("mms_receipt", receiver.url(), username="me", password="secret")
        mms(world)
        drain(world, store)
    assert receiver.hits[0].headers["authorization"] == "Basic bWU6c2VjcmV0"


def test_an_event_can_be_sent_again(world: World, store: Store) -> None:
    with receiving() as receiver:
        sent = mms(world, callback_url=receiver.url())
        drain(world, store)
        event = receipts(sent.uid)[1].uid
        with write():
            assert hook_jobs.resend(world.ctx(), event) == 1
        drain(world, store)
        with pytest.raises(NotFound), write():
            hook_jobs.resend(world.ctx(), world.runtime.new_uid())
    assert [hit.headers["x-polytrunk-event"] for hit in receiver.hits].count(str(event)) == 2


def test_masked_texts_are_kept_only_until_they_are_final(store: Store) -> None:
    world = World(settings=Settings(mask_text=True, mms="simulate", allow_private_hooks=True))
    with receiving() as receiver:
        world.add_hook("mms", receiver.url("/in"))
        inbound = world._add(
            Message,
            account_uid=world.account_uid,
            direction="inbound",
            from_number="+14155550123",
            to_number=OWN,
            text="secret",
            is_mms=True,
            status="received",
            queued_at=world.clock.now,
        )
        with write():
            assert hook_jobs.announce(world.ctx(), message(inbound)) == 1
        assert message(inbound).text == "secret"
        drain(world, store)
    assert orjson.loads(receiver.hits[0].body)["text"] == "secret"
    assert message(inbound).text == "***"
    assert [row.body for row in HookDelivery.select()] == [None]


def test_a_slow_receiver_does_not_delay_the_others(world: World, store: Store) -> None:
    with receiving(Receiver(stall=30)) as slow, receiving() as quick, working(world, store):
        for _ in range(20):
            mms(world, callback_url=slow.url())
        mms(world, callback_url=quick.url())
        until(lambda: len(quick.hits) == 2, 5)
        assert len(slow.hits) <= world.settings.hook_concurrency // 4


def test_a_dead_target_is_reached_when_it_comes_back(world: World, store: Store) -> None:
    from tests.support.pipeline import Live

    world.clock = Live()
    world.runtime.clock = world.clock
    patient = {"plain": plain_dialect(hook_policy=HookPolicy(retries=50, spacing_seconds=(0.1,)))}
    with receiving() as gone:
        port, url = gone.port, gone.url()
    with working(world, store, dialects=patient):
        sent = mms(world, callback_url=url)
        until(lambda: HookDelivery.select().where(HookDelivery.error.is_null(False)).count() >= 2)
        with receiving(port=port) as back:
            until(lambda: len(back.hits) == 2)
    assert {hit.headers["x-polytrunk-event"] for hit in back.hits} == {
        str(r.uid) for r in receipts(sent.uid)
    }


def test_a_url_that_is_none_fails_alone(world: World, store: Store) -> None:
    with receiving() as receiver, working(world, store):
        mms(world, callback_url="http://[::1")
        mms(world, callback_url=receiver.url())
        until(lambda: len(receiver.hits) == 2, 5)
        until(lambda: HookDelivery.select().where(HookDelivery.error.startswith("url:")).count())


def test_an_event_that_cannot_be_rendered_is_given_up_at_last(world: World, store: Store) -> None:
    def broken(event: Any, profile: Any) -> Any:
        raise KeyError("no such member")

    dialects = {"plain": replace(plain_dialect(), events=broken)}
    world.add_hook("mms_receipt", "https://example.org/")
    mms(world)
    for _ in range(HookPolicy().retries + 1):
        assert drain(world, store, dialects=dialects) == 2
        world.clock.advance(60)
    assert drain(world, store, dialects=dialects) == 0
    rows = list(Job.select().where(Job.topic == "hook"))
    assert all(row.done_at and "KeyError" in row.last_error for row in rows)
    assert {row.type for row in Alert.select()} == {"webhook_failed"}
