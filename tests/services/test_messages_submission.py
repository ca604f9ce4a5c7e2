"""What becomes of a claimed message after each kind of answer, as a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.models import Job
from gateway.models.database import Store, write
from gateway.services import jobs, leases, submission
from gateway.services.batch import Batch
from gateway.services.flights import Flight
from gateway.services.submission import Result
from tests.support.pipeline import World, message, parts, receipts

ME = "this worker"


@pytest.fixture
def world(store: Store) -> World:
    return World()


def take(world: World, way: Any) -> list[Flight]:
    with write():
        batch = Batch()
        return submission.take(
            world.ctx(), way, ME, 50, turn=jobs.Turn(), references=world.references(), batch=batch
        )


def record(world: World, way: Any, *results: Result, holder: str = ME) -> None:
    with write():
        batch = Batch()
        submission.record(world.ctx(), way, holder, list(results), batch)
        batch.flush()


def job() -> Any:
    return Job.select().where(Job.topic == "submit").first()


@pytest.mark.parametrize(
    ("answer", "part", "status", "pause"),
    [
        ({"status": 0, "message_id": "m1"}, "sent", "sent", None),
        ({"status": 0x0B}, "rejected", "rejected", None),
        ({"status": 0x400}, "rejected", "rejected", None),
        ({"status": 0x08}, "pending", "queued", (4, 6)),
        ({"status": 0x45}, "pending", "queued", (12, 18)),
        ({"status": 0x58}, "pending", "queued", (1, 1)),
        ({"status": 0x0E}, "pending", "queued", (1, 1)),
        ({"outcome": "lost"}, "submitting", "sending", (0, 0)),
        ({"outcome": "timeout"}, "submitting", "sending", (12, 18)),
        ({"outcome": "unsent"}, "pending", "queued", (0, 0)),
        ({"outcome": "impossible", "detail": "too long"}, "failed", "failed", None),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_each_answer(
    world: World,
    answer: dict[str, Any],
    part: str,
    status: str,
    pause: tuple[float, float] | None,
) -> None:
    way = world.way(world.add_link())
    sent = world.send()
    (flight,) = take(world, way)
    assert (message(sent.uid).status, parts(sent.uid)[0].state) == ("sending", "submitting")
    record(world, way, Result(flight, 1, **{"outcome": "answered", **answer}))
    assert parts(sent.uid)[0].state == part
    assert message(sent.uid).status == status
    if pause is None:
        assert job() is None
    else:
        waits = (job().run_at - world.clock.now).total_seconds()
        assert pause[0] <= waits <= pause[1]


@pytest.mark.parametrize(
    ("answer", "tries", "part", "status"),
    [
        ({"status": 0x08}, 8, "failed", "failed"),
        ({"status": 0x45}, 3, "failed", "failed"),
        ({"outcome": "timeout"}, 3, "unknown", "unknown"),
        ({"outcome": "lost"}, 9, "unknown", "unknown"),
    ],
    ids=["retry", "ambiguous", "timeout", "lost"],
)
def test_tries_come_to_an_end(
    world: World, answer: dict[str, Any], tries: int, part: str, status: str
) -> None:
    way = world.way(world.add_link())
    sent = world.send()
    for _ in range(tries):
        assert message(sent.uid).status in ("queued", "sending")
        (flight,) = take(world, way)
        record(world, way, Result(flight, 1, **{"outcome": "answered", **answer}))
        world.clock.advance(6000)
    assert (parts(sent.uid)[0].state, message(sent.uid).status) == (part, status)
    assert parts(sent.uid)[0].attempts == tries
    assert job() is None


def test_a_links_own_table_of_statuses_wins(world: World) -> None:
    way = world.way(world.add_link(), statuses={"0x0B": "retry", "0x08": "permanent"})
    for status, state in ((0x0B, "pending"), (0x08, "rejected")):
        sent = world.send()
        (flight,) = take(world, way)
        record(world, way, Result(flight, 1, "answered", status))
        assert parts(sent.uid)[0].state == state


def test_only_the_missing_parts_are_sent_again_with_the_same_reference(world: World) -> None:
    way = world.way(world.add_link())
    sent = world.send("a" * 400)
    (flight,) = take(world, way)
    record(
        world,
        way,
        Result(flight, 1, "answered", 0, "m1"),
        Result(flight, 2, "answered", 0x08),
        Result(flight, 3, "answered", 0, "m3"),
    )
    assert [p.state for p in parts(sent.uid)] == ["sent", "pending", "sent"]
    assert message(sent.uid).status == "sending"
    world.clock.advance(60)
    (again,) = take(world, way)
    assert list(again.segments) == [2]
    assert again.segments[2].udh == flight.segments[2].udh
    record(world, way, Result(again, 2, "answered", 0, "m2"))
    assert message(sent.uid).status == "sent"
    assert [(r.level, r.status) for r in receipts(sent.uid)] == [(1, "sent")]


def test_a_process_that_lost_its_claim_records_nothing(world: World) -> None:
    way = world.way(world.add_link())
    sent = world.send()
    (flight,) = take(world, way)
    with write():
        jobs.take_over(way.lane, "heir", world.clock.now)
        jobs.claim(way.lane, "heir", world.clock.now, 1, seconds=60)
    record(world, way, Result(flight, 1, "answered", 0, "m1"))
    assert parts(sent.uid)[0].state == "submitting"
    assert job().claim == "heir"
    assert flight.open == set()


def test_a_late_answer_still_tells_the_id(world: World) -> None:
    way = world.way(world.add_link(), on_ambiguous="hold")
    sent = world.send()
    (flight,) = take(world, way)
    record(world, way, Result(flight, 1, "timeout"))
    assert (message(sent.uid).status, job()) == ("unknown", None)
    record(world, way, Result(flight, 1, "answered", 0, "m1", late=True))
    (part,) = parts(sent.uid)
    assert (part.state, part.remote_id) == ("sent", "m1")


def test_another_link_tries_what_this_one_keeps_refusing(world: World) -> None:
    first = world.add_link({"segmentation": "udh8"})
    second = world.add_link({"segmentation": "udh16"}, is_primary=False)
    sent = world.send("a" * 305)
    way = world.way(first)
    assert (job().lane, len(parts(sent.uid))) == (way.lane, 2)
    with write():
        uid, now = world.runtime.new_uid(), datetime.now(UTC)
        leases.acquire(leases.bound_name(second), "another worker", uid, now, 60)
    for _ in range(2):
        (flight,) = take(world, way)
        refused = [Result(flight, index, "answered", 0x08) for index in flight.parts]
        record(world, way, *refused)
        world.clock.advance(60)
    assert job().lane == jobs.link_lane(second)
    (flight,) = take(world, world.way(second, segmentation="udh16"))
    assert [len(s.udh) for s in flight.segments.values()] == [7, 7, 7]
    assert {p.link_uid for p in parts(sent.uid)} == {second}


def test_a_link_that_cuts_otherwise_gets_new_parts(world: World) -> None:
    way = world.way(world.add_link())
    sent = world.send("é" * 150)
    assert (len(parts(sent.uid)), message(sent.uid).coding) == (1, 0)
    (flight,) = take(world, world.way(way.uid, alphabet="ascii"))
    assert len(flight.segments) == len(parts(sent.uid)) == message(sent.uid).segments == 3
    assert message(sent.uid).coding == 8


def test_references_are_counted_per_destination(world: World) -> None:
    references = world.references()
    first = references.next("+14155550123")
    other = references.next("+14155550124")
    assert references.next("+14155550123") == (first + 1) & 0xFFFF
    assert references.next("+14155550124") == (other + 1) & 0xFFFF
