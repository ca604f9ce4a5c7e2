"""Who owns a link: leases, take-over, failover, and what a dead worker leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest

from emulators.smsc import Smsc
from gateway.models import Alert, Job, Lease, Message
from gateway.models.database import Store, write
from gateway.services import jobs, leases, submission
from gateway.services.batch import Batch
from tests.support.pipeline import World, message, parts, working
from tests.support.receivers import until
from tests.support.smpp import smsc as centre_of
from tests.workers.conftest import add_link


def delivered(count: int) -> Callable[[], bool]:
    return lambda: Message.select().where(Message.status == "delivered").count() == count


def bound(worker: Any, link: Any) -> bool:
    owner = worker.pipeline.owners.get(link)
    return owner is not None and owner.link.bound


def dead_workers_claim(world: World, link: Any, **wants: Any) -> list[Any]:
    """Claim as a worker that then dies: its parts are `submitting` and nothing more is recorded."""
    with write():
        return submission.take(
            world.ctx(),
            world.way(link, **wants),
            "the dead one",
            100,
            turn=jobs.Turn(),
            references=world.references(),
            batch=Batch(),
        )


def test_what_a_dead_worker_had_claimed_is_sent_by_the_next(
    world: World, store: Store, smsc: Smsc
) -> None:
    link = add_link(world, smsc.port)
    uids = [world.send(f"text {n}" * 40).uid for n in range(5)]
    assert len(dead_workers_claim(world, link)) == 5
    assert {p.state for uid in uids for p in parts(uid)} == {"submitting"}
    with working(world, store):
        until(delivered(5))
    assert len(smsc.texts()) == 5


def test_a_link_that_must_not_repeat_holds_what_was_out(
    world: World, store: Store, smsc: Smsc
) -> None:
    settings = {"on_ambiguous": "hold"}
    link = add_link(world, smsc.port, settings=settings)
    out = world.send("was out")
    dead_workers_claim(world, link, **settings)
    fresh = world.send("fresh")
    with working(world, store):
        until(lambda: message(out.uid).status == "unknown")
        until(delivered(1))
    assert [m.text for m in smsc.messages()] == ["fresh"]
    assert parts(out.uid)[0].error == "held: answer unknown"
    assert message(fresh.uid).status == "delivered"


def test_a_standby_takes_over_when_the_owner_is_gone(
    world: World, store: Store, smsc: Smsc
) -> None:
    link = add_link(world, smsc.port)
    with working(world, store, holder="first") as first:
        until(lambda: bound(first, link))
        with working(world, store, holder="second") as second:
            second.keeper.look()
            assert not second.pipeline.owners
            first.stop()
            until(lambda: bound(second, link))
            world.send()
            until(delivered(1))
    holders = {row.name: row.until for row in Lease.select().where(Lease.name.startswith("link:"))}
    assert all(ends < datetime.now(UTC) for ends in holders.values())


def test_an_ended_lease_is_taken_and_its_former_owner_lets_go(
    world: World, store: Store, smsc: Smsc
) -> None:
    link = add_link(world, smsc.port)
    with working(world, store) as worker:
        until(lambda: bound(worker, link))
        future = datetime.now(UTC) + timedelta(seconds=60)
        Lease.update(holder="thief", until=future).where(
            Lease.name == leases.link_name(link)
        ).execute()
        until(lambda: not worker.pipeline.owners)


def test_two_workers_share_the_links(world: World, store: Store, smsc: Smsc) -> None:
    found = [add_link(world, smsc.port) for _ in range(4)]
    with working(world, store, holder="a") as one, working(world, store, holder="b") as two:
        until(lambda: len(one.pipeline.owners) + len(two.pipeline.owners) == len(found))
        assert not one.pipeline.owners.keys() & two.pipeline.owners.keys()
        one.stop()
        until(lambda: len(two.pipeline.owners) == len(found))


def test_messages_of_a_dead_link_go_to_another(world: World, store: Store, smsc: Smsc) -> None:
    closed = {"host": "127.0.0.1", "settings": {"failover_seconds": 0.2}}
    with centre_of() as gone:
        port = gone.port
    dead = add_link(world, port, **closed)
    waiting = [world.send(f"text {n}").uid for n in range(3)]
    assert Job.get(Job.topic == "submit").lane == f"link:{dead}"
    alive = add_link(world, smsc.port, is_primary=False)
    with working(world, store):
        until(delivered(3))
    assert {parts(uid)[0].link_uid for uid in waiting} == {alive}


def test_a_refused_bind_raises_an_alert(world: World, store: Store, smsc: Smsc) -> None:
    smsc.refuse_binds("demo", 0x0E)
    link = add_link(world, smsc.port)
    with working(world, store):
        until(lambda: Alert.select().count() == 1)
    alert = Alert.get()
    assert (alert.type, alert.details["link"]) == ("link_down", str(link))


def test_connections_cut_again_and_again_lose_nothing(
    world: World, store: Store, smsc: Smsc
) -> None:
    add_link(world, smsc.port, settings={"window": 10})
    uids = [world.send(f"text {n}").uid for n in range(200)]
    cuts = 0
    with working(world, store):
        for mark in (20, 60, 120):
            until(lambda mark=mark: len(smsc.messages()) >= mark, 20)
            cuts += smsc.drop("demo")
        until(delivered(200), 30)
    texts = [m.text for m in smsc.messages()]
    assert set(texts) == {f"text {n}" for n in range(200)}
    assert len(texts) <= 200 + cuts * 10
    assert all(parts(uid)[0].state == "delivered" for uid in uids)


@pytest.mark.parametrize("stop_first", [True, False], ids=["graceful", "killed"])
def test_a_worker_that_ends_midway_leaves_nothing_undone(
    world: World, store: Store, smsc: Smsc, stop_first: bool
) -> None:
    """Killed: its greenlets end at once, without a last transaction or a goodbye."""
    add_link(world, smsc.port, settings={"window": 5, "rate": 400})
    for n in range(150):
        world.send(f"text {n}")
    with working(world, store, holder="first") as first:
        until(lambda: len(smsc.messages()) > 30, 20)
        if not stop_first:
            links = [owner.link for owner in first.pipeline.owners.values()]
            greenlets = [g for link in links for g in link._greenlets]
            gevent.killall([*greenlets, *first._greenlets])
            first.pipeline.owners.clear()
            smsc.drop("demo")
    if stop_first:
        assert Job.select().where(Job.claim.is_null(False), Job.topic == "submit").count() == 0
    with working(world, store, holder="second"):
        until(delivered(150), 30)
    texts = [m.text for m in smsc.messages()]
    assert set(texts) == {f"text {n}" for n in range(150)}
    assert len(texts) - 150 <= (0 if stop_first else 5 + 0.05 * 400)
