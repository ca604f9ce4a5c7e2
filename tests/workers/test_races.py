"""What happens at the same moment: two ticks, a sweep beside receipts, claims not renewed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import gevent
import pytest

from gateway.domain.messages import MessageState
from gateway.domain.problems import Unavailable
from gateway.domain.receipts import ReceiptInfo
from gateway.models import Job, Lease, Message, Receipt
from gateway.models.database import Store, connection, spawn, write
from gateway.services import jobs, leases, receipts, retention, routing, submission
from gateway.services.batch import Batch
from gateway.services.submission import Result
from gateway.transports.smpp.link import Delivery, LinkSpec
from gateway.universe import Universe
from gateway.workers.connectors import Connector
from gateway.workers.keeper import Keeper
from gateway.workers.metrics import Metrics
from gateway.workers.owner import LinkOwner
from gateway.workers.smpp import Pipeline
from tests.support.pipeline import OWN, World, message, parts
from tests.support.pipeline import receipts as receipts_of


@pytest.fixture
def world(store: Store) -> World:
    return World()


@pytest.fixture
def pipeline(world: World, store: Store) -> Pipeline:
    return Pipeline(Universe(store, world.runtime, world.settings), "me", Metrics())


class Session:
    """Takes the acknowledgements of deliveries."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def acknowledge(self, delivery: Delivery, status: int) -> bool:
        self.statuses.append(status)
        return True


def owner_of(world: World, pipeline: Pipeline, **wants: Any) -> LinkOwner:
    """An owner whose link is never started."""
    way = world.way(world.add_link(), **wants)
    spec = LinkSpec(host="127.0.0.1", port=1, system_id="demo", password="demo")
    connector = Connector(way, spec, world.provider_uid, world.account_uid, "test")
    owner = LinkOwner(connector, world.ctx(), "me", pipeline.metrics, pipeline.wake.set)
    pipeline.owners[way.uid] = owner
    return owner


def arrives(owner: LinkOwner, session: Session, text: bytes) -> None:
    members = {
        "source_addr_ton": 1,
        "source_addr": "14155550123",
        "dest_addr_ton": 1,
        "destination_addr": OWN.lstrip("+"),
        "short_message": text,
    }
    owner.deliveries.append(Delivery("deliver", members, {}, owner.link, 1, session))


def while_writing(work: Callable[[], Any], beside: Callable[[], Any]) -> None:
    """Begin `beside` while the transaction of `work` is open, so that it has to wait for it."""

    def run() -> None:
        with connection():
            beside()

    with write():
        work()
        greenlet = spawn(run)
        gevent.sleep(0.1)
    greenlet.get(timeout=10)


def test_a_last_look_at_the_end_does_not_store_again_what_is_being_stored(
    world: World, pipeline: Pipeline
) -> None:
    owner, session = owner_of(world, pipeline), Session()
    arrives(owner, session, b"once")
    with write():
        ticks = [spawn(pipeline.tick) for _ in range(2)]
        gevent.sleep(0.05)
    gevent.joinall(ticks, timeout=10, raise_error=True)
    assert Message.select().where(Message.direction == "inbound").count() == 1
    assert session.statuses == [0]


class Troubled:
    """Stands for a link's owner; the store fails it the first time."""

    stuck_for, refusal, told_refusal, retiring = 0.0, "", False, False

    def __init__(self, owner: LinkOwner) -> None:
        self.connector, self.way, self.link = owner.connector, owner.way, owner.link
        self.renewals = 0

    def renew(self, until: Any) -> None:
        self.renewals += 1
        if self.renewals == 1:
            raise Unavailable("locked")


def test_claims_that_could_not_be_renewed_are_renewed_at_the_next_look(
    world: World, pipeline: Pipeline
) -> None:
    owner: Any = Troubled(owner_of(world, pipeline))
    pipeline.owners = {owner.connector.uid: owner}
    keeper = Keeper(pipeline)
    for _ in range(3):
        try:
            keeper._attend()
        except Unavailable:
            continue
    assert owner.renewals == 2


def take(world: World, link: UUID, holder: str, **wants: Any) -> list[Any]:
    with write():
        return submission.take(
            world.ctx(),
            world.way(link, **wants),
            holder,
            100,
            turn=jobs.Turn(),
            references=world.references(),
            batch=Batch(),
        )


def record(world: World, link: UUID, results: list[Result], **wants: Any) -> None:
    batch = Batch()
    with write():
        submission.record(world.ctx(), world.way(link, **wants), "me", results, batch)
        batch.flush()


def test_what_may_have_reached_the_peer_stays_with_its_link_though_it_did_not_leave_again(
    world: World,
) -> None:
    link = world.add_link()
    world.add_link()
    sent = world.send()
    Job.update(lane=jobs.link_lane(link)).execute()
    take(world, link, "the dead one")
    world.clock.advance(1000)
    (flight,) = take(world, link, "me")
    record(world, link, [Result(flight, 1, "unsent")])
    assert parts(sent.uid)[0].state == "submitting"
    with write():
        assert routing.movable(jobs.link_lane(link), world.account_uid) == []


def test_what_may_have_reached_the_peer_is_unknown_when_its_time_is_over(world: World) -> None:
    link = world.add_link()
    sent = world.send()
    take(world, link, "the dead one")
    world.clock.advance(73 * 3600)
    assert take(world, link, "me") == []
    assert (parts(sent.uid)[0].state, message(sent.uid).status) == ("unknown", "unknown")
    assert Job.select().count() == 0


def submitted(world: World, link: UUID, text: str, **wants: Any) -> Any:
    """A message all of whose parts the peer took, as R1, R2, ..."""
    sent = world.send(text)
    (flight,) = take(world, link, "me", **wants)
    taken = [Result(flight, i, "answered", 0, f"R{i}") for i in flight.segments]
    record(world, link, taken, **wants)
    return sent


def receive(world: World, link: UUID, remote_id: str, state: Any, **wants: Any) -> None:
    batch = Batch()
    info = ReceiptInfo(remote_id=remote_id, state=state)
    with write():
        receipts.receive(world.ctx(), world.way(link, **wants), [info], receipts.Orphans(), batch)
        batch.flush()


def test_the_receipt_of_the_last_part_speaks_for_all_where_only_it_is_asked_for(
    world: World,
) -> None:
    link = world.add_link()
    sent = submitted(world, link, "long " * 60, receipts="last")
    assert len(parts(sent.uid)) == 2
    assert message(sent.uid).status == "sent"
    receive(world, link, "R2", MessageState.DELIVERED, receipts="last")
    assert message(sent.uid).status == "delivered"
    assert [r.level for r in receipts_of(sent.uid)] == [1, 2]


def test_the_receipt_of_the_last_part_may_overtake_the_answer_to_the_first(world: World) -> None:
    link, last = world.add_link(), {"receipts": "last"}
    sent = world.send("long " * 60)
    (flight,) = take(world, link, "me", **last)
    record(world, link, [Result(flight, 2, "answered", 0, "R2")], **last)
    receive(world, link, "R2", MessageState.DELIVERED, **last)
    assert message(sent.uid).status == "sending"
    record(world, link, [Result(flight, 1, "answered", 0, "R1")], **last)
    assert message(sent.uid).status == "delivered"


def test_receipts_that_fit_nothing_do_not_fill_the_memory(world: World) -> None:
    orphans = receipts.Orphans(most=10)
    for n in range(50):
        row = type(
            "Row", (), {"uid": world.runtime.new_uid(), "created_at": n, "remote_id": f"{n}"}
        )
        orphans.add(row, (f"{n}", f"0{n}"))
    assert (orphans.count, len(orphans.by_form)) == (10, 20)
    assert [row.remote_id for row in orphans.take("049")] == ["49"]
    assert (orphans.count, len(orphans.by_form)) == (9, 18)
    assert orphans.take("3") == []


def test_a_receipt_beside_the_sweep_is_not_undone(world: World) -> None:
    link = world.add_link()
    sent = submitted(world, link, "hello")
    world.clock.advance(1000 * 3600)
    while_writing(
        lambda: receive(world, link, "R1", MessageState.DELIVERED),
        lambda: list(retention.settle_silent(world.ctx())),
    )
    assert message(sent.uid).status == "delivered"
    assert parts(sent.uid)[0].state == "delivered"
    assert [r.status for r in receipts_of(sent.uid)] == ["sent", "delivered"]


def test_a_lease_that_is_taken_beside_the_sweep_stays(world: World) -> None:
    now, uid = datetime.now(UTC), world.runtime.new_uid()
    with write():
        leases.acquire("link:x", "former", uid, now, 5)
        leases.release("link:x", "former")
    while_writing(
        lambda: leases.acquire("link:x", "me", uid, now, 5),
        lambda: list(retention.sweep(world.ctx())),
    )
    assert [row.holder for row in Lease.select()] == ["me"]


@pytest.mark.parametrize("octets", [3000, 60_000])
def test_an_id_or_address_of_absurd_length_can_be_stored(
    world: World, pipeline: Pipeline, octets: int
) -> None:
    owner, session = owner_of(world, pipeline), Session()
    noise = "".join(random.Random(7).choices("0123456789abcdef", k=octets))
    arrives(owner, session, b"x")
    owner.deliveries[0].fields |= {
        "esm_class": 4,
        "short_message": f"id:{noise} stat:DELIVRD text:x".encode(),
    }
    assert pipeline.tick()
    arrives(owner, session, b"\x05\x00\x03\x07\x02\x01half")
    owner.deliveries[0].fields |= {"esm_class": 0x40, "source_addr": noise}
    assert pipeline.tick()
    assert session.statuses == [0, 0]
    assert Receipt.select().count() == 1
