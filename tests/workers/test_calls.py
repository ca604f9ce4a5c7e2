"""Calls by a worker: on the machine's clock, by several at once, by one that dies in between."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import orjson
import pytest

from gateway.domain.call_scripts import CallScript, Step
from gateway.domain.calls import CallStatus
from gateway.models import Call, CallEvent, Job
from gateway.models.database import Store, connection, write
from gateway.services import calls as calls_api
from gateway.services import jobs
from gateway.settings import Settings
from gateway.universe import Universe
from gateway.workers import runner
from gateway.workers.calls import run_call
from gateway.workers.runner import Tools
from tests.support.pipeline import World, plain_dialect, working
from tests.support.receivers import Receiver, receiving, until

DIALECTS = {"plain": plain_dialect()}
VERBS = [{"verb": "tag", "data": {"n": 1}}, {"verb": "pause", "length": 0.05}]
QUICK = CallScript(
    name="quick",
    steps=(
        Step(status=CallStatus.TRYING),
        Step(status=CallStatus.RINGING, after=0.02),
        Step(status=CallStatus.IN_PROGRESS, after=0.02),
    ),
)
STATUSES = ["trying", "ringing", "in_progress", "completed"]


def answering(verbs: list[dict[str, Any]] | None = None, **more: Any) -> Receiver:
    receiver = Receiver(content=b"", **more)
    receiver.paths["/call"] = orjson.dumps(VERBS if verbs is None else verbs)
    return receiver


def row(uid: UUID) -> Any:
    return Call.get(Call.uid == uid)


def told(receiver: Receiver, uid: UUID) -> list[str]:
    found = [orjson.loads(hit.body) for hit in receiver.hits if hit.path == "/status"]
    return [one["status"] for one in found if one["call"] == str(uid)]


def noted(uid: UUID) -> Counter[str]:
    query = CallEvent.select(CallEvent.type).where(CallEvent.call_uid == uid)
    return Counter(event.type for event in query)


def tools_of(world: World, store: Store, holder: str = "first", **more: Any) -> Tools:
    universe = Universe(store, world.runtime, world.settings)
    return Tools.of(universe, DIALECTS, None, holder=holder, scripts=lambda row: QUICK, **more)


def test_calls_are_carried_while_a_slow_application_holds_another(
    world: World, store: Store
) -> None:
    with (
        receiving(answering(stall=5)) as slow,
        receiving(answering()) as quick,
        working(world, store, scripts=lambda row: QUICK),
    ):
        held = [world.call(url=slow.url("")) for _ in range(3)]
        done = [world.call(url=quick.url("")) for _ in range(10)]
        until(lambda: all(row(call.uid).status == "completed" for call in done))
        until(lambda: all(len(told(quick, call.uid)) == 4 for call in done))
        assert {row(call.uid).status for call in held} == {"in_progress"}
    for call in done:
        assert sorted(told(quick, call.uid)) == sorted(STATUSES)
        assert row(call.uid).tag == {"n": 1}


def test_two_workers_do_each_step_once(world: World, store: Store) -> None:
    with (
        receiving(answering()) as app,
        working(world, store, scripts=lambda row: QUICK),
        working(world, store, scripts=lambda row: QUICK),
    ):
        made = [world.call(url=app.url("")) for _ in range(10)]
        until(lambda: all(row(call.uid).status == "completed" for call in made))
        until(lambda: all(len(told(app, call.uid)) == 4 for call in made))
    for call in made:
        assert noted(call.uid) == {
            "created": 1,
            "driver": 1,
            "status": 4,
            "verbs": 1,
            "verb": 2,
        }


def steps(tools: Tools) -> list[Any]:
    """Claim what is due in the lane of calls."""
    return list(runner.claim(tools, jobs.CALL, tools.ctx.runtime.now(), 10))


@pytest.fixture
def still(store: Store) -> World:
    """A world whose clock stands still."""
    return World(settings=Settings(allow_private_hooks=True, hook_timeout=1.0))


def test_a_worker_that_dies_with_a_step_leaves_it_to_the_next(still: World, store: Store) -> None:
    dead, alive = tools_of(still, store, "dead"), tools_of(still, store, "alive")
    with connection(), receiving(answering()) as app:
        call = still.call(url=app.url(""))
        for _ in range(20):
            if not steps(dead):  # claimed, never done
                still.clock.advance(0.05)
                continue
            assert steps(alive) == []
            still.clock.advance(alive.hook_seconds + 0.01)
            for job in steps(alive):
                run_call(alive, job)
            still.clock.advance(0.05)
        found = runner.run_due(alive.universe, still.clock.now, dialects=DIALECTS)
    assert found > 0
    assert row(call.uid).status == "completed"
    assert told(app, call.uid) == STATUSES


def test_a_step_done_twice_is_done_once(still: World, store: Store) -> None:
    """Its holder was taken for dead, and then both do it."""
    slow, quick = tools_of(still, store, "slow"), tools_of(still, store, "quick")
    with connection(), receiving(answering()) as app:
        call = still.call(url=app.url(""))
        for _ in range(30):
            twice = steps(slow)
            still.clock.advance(slow.hook_seconds + 0.01)
            again = steps(quick)
            assert {job.uid for job in twice} == {job.uid for job in again}
            for job in again:
                run_call(quick, job)
            for job in twice:
                run_call(slow, job)
            still.clock.advance(0.05)
        asked = [hit for hit in app.hits if hit.path == "/call"]
    assert row(call.uid).status == "completed"
    assert noted(call.uid) == {"created": 1, "driver": 1, "status": 4, "verbs": 1, "verb": 2}
    assert len(asked) == 2  # what goes out may go out twice, its answer counts once
    assert Job.select().where(Job.topic == "call").count() == 0


def test_a_step_that_fails_is_tried_again(still: World, store: Store, caplog: Any) -> None:
    call = still.call()

    def broken(row: Any) -> CallScript:
        raise RuntimeError("no script")

    universe = Universe(store, still.runtime, still.settings)
    runner.run_due(universe, still.clock.now, dialects=DIALECTS, scripts=broken)
    assert row(call.uid).status == "queued"
    assert "is tried again when its claim ends" in caplog.text
    still.clock.advance(60)
    for _ in range(30):
        runner.run_due(universe, still.clock.now, dialects=DIALECTS, scripts=lambda row: QUICK)
        still.clock.advance(0.1)
    assert row(call.uid).status == "failed"
    assert row(call.uid).reason == "the call has no application"


def test_hanging_up_meets_a_step_of_the_script(still: World, store: Store) -> None:
    """Both are due at once; the step comes second and finds the call over."""
    call, universe = still.call(), Universe(store, still.runtime, still.settings)
    tools = tools_of(still, store)
    with connection():
        for _ in range(2):
            for job in steps(tools):
                run_call(tools, job)
        change = {"options": {"hangup": {"status": CallStatus.CANCELLED}}}
        with write():
            calls_api.update(still.ctx(), call.uid, change)
        still.clock.advance(1)
        runner.run_due(universe, still.clock.now, dialects=DIALECTS, scripts=lambda row: QUICK)
    assert row(call.uid).status == "cancelled"
    query = CallEvent.select().where(CallEvent.type == "status").order_by(CallEvent.id)
    assert [event.data["status"] for event in query] == ["trying", "cancelled"]
    assert Job.select().where(Job.topic == "call").count() == 0
