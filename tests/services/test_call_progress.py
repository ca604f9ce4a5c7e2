"""Claims: what moves a call, what follows in the same transaction, what is ignored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.calls import TERMINAL, TRANSITIONS, CallStatus
from gateway.models import Call, CallEvent, Job
from gateway.models.database import Store, write
from gateway.services import call_hooks, call_progress
from gateway.services.call_progress import claim, hang_up
from tests.support.pipeline import World

S = CallStatus
URL = "http://app.example"


@pytest.fixture
def world(store: Store) -> World:
    return World()


def row(call: Any) -> Any:
    return Call.get(Call.uid == call.uid)


def put(call: Any, status: CallStatus, **more: Any) -> None:
    Call.update(status=status, **more).where(Call.uid == call.uid).execute()


def told(call: Any) -> list[dict[str, Any]]:
    query = CallEvent.select().where(CallEvent.call_uid == call.uid, CallEvent.type == "status")
    return [event.data for event in query.order_by(CallEvent.id)]


def hooks() -> list[Any]:
    return list(Job.select().where(Job.topic == "hook").order_by(Job.id))


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("status", S)
def test_only_what_the_table_has_moves_a_call(
    world: World, state: CallStatus, status: CallStatus
) -> None:
    call = world.call(url=URL)
    put(call, state)
    moved: Any = claim(world.ctx(), call.uid, status)
    if status in TRANSITIONS[state]:
        assert moved.status is status
        assert [data["status"] for data in told(call)] == [status]
        assert len(hooks()) == 1
        assert (row(call).ended_at is not None) is (status in TERMINAL)
    else:
        assert moved is None
        assert row(call).status == state
        assert (told(call), hooks()) == ([], [])


def test_times_charge_and_visibility(world: World) -> None:
    call, ctx, clock = world.call(), world.ctx(), world.clock
    begun = clock.now
    for seconds, status in ((1, S.TRYING), (1, S.RINGING), (2, S.IN_PROGRESS), (7.2, S.COMPLETED)):
        clock.advance(seconds)
        claim(ctx, call.uid, status, ended_by="peer" if status in TERMINAL else None)
    found = row(call)
    assert found.started_at == begun
    assert found.ringing_at == begun + timedelta(seconds=2)
    assert found.answered_at == begun + timedelta(seconds=4)
    assert found.ended_at == begun + timedelta(seconds=11.2)
    assert found.visible_until == found.ended_at + timedelta(hours=1)
    assert (found.billed_seconds, found.ended_by, found.updated_at) == (8, "peer", None)
    assert [data["sip_status"] for data in told(call)] == [100, 180, 200, 200]
    assert told(call)[-1]["duration"] == 7


def test_a_call_nobody_answered_costs_nothing(world: World) -> None:
    call = world.call()
    claim(world.ctx(), call.uid, S.BUSY, sip_status=600, reason="busy everywhere")
    found = row(call)
    assert (found.billed_seconds, found.sip_status, found.reason) == (0, 600, "busy everywhere")
    assert "duration" not in told(call)[-1]


def test_a_call_taken_out_of_the_view_stays_out(world: World) -> None:
    call = world.call()
    put(call, S.QUEUED, visible_until=world.clock.now)
    claim(world.ctx(), call.uid, S.FAILED)
    assert row(call).visible_until == world.clock.now


def test_early_media_counts_as_ringing_once(world: World) -> None:
    call = world.call()
    claim(world.ctx(), call.uid, S.ALERTING)
    first = row(call).ringing_at
    world.clock.advance(1)
    claim(world.ctx(), call.uid, S.RINGING)
    assert row(call).ringing_at == first == world.clock.now - timedelta(seconds=1)


def test_a_call_that_does_not_exist_is_not_moved(world: World) -> None:
    assert claim(world.ctx(), world.runtime.new_uid(), S.TRYING) is None


def test_everything_or_nothing_is_stored(world: World) -> None:
    call = world.call(url=URL)

    def half_way() -> None:
        with write():
            claim(world.ctx(), call.uid, S.TRYING)
            raise KeyError("in the middle")

    with pytest.raises(KeyError):
        half_way()
    assert row(call).status == S.QUEUED
    assert (told(call), hooks()) == ([], [])


def test_what_was_planned_is_forgotten_at_the_end(world: World) -> None:
    call, other = world.call(), world.call()
    ctx = world.ctx()
    call_progress.plan(ctx, call.uid, call.account_uid, "verb", "later", seconds=60)
    claim(ctx, call.uid, S.FAILED)
    keys = [job.key for job in Job.select().where(Job.topic == "call")]
    assert keys == [f"call:{other.uid}:start"]


def test_the_job_keeps_the_hook_and_no_password_in_clear(world: World) -> None:
    hook = {"url": URL, "method": "get", "username": "u", "password": "pass-word"}
    call = world.call(hooks={"status": hook})
    claim(world.ctx(), call.uid, S.TRYING)
    (job,) = hooks()
    payload = Job.get(Job.id == job.id).payload
    assert "pass-word" not in str(payload)
    event, login = call_hooks.told(world.ctx(), payload)  # type: ignore[misc]
    assert (event.method, event.url, login[:2]) == ("get", URL, ("u", "pass-word"))
    assert event.uid == CallEvent.get(CallEvent.type == "status").uid
    assert job.key.startswith(f"hook:{event.uid}:")


def test_a_status_can_be_told_again(world: World) -> None:
    call = world.call(url=URL)
    claim(world.ctx(), call.uid, S.TRYING)
    event = CallEvent.get(CallEvent.type == "status")
    Job.delete().where(Job.topic == "hook").execute()
    with write():
        assert call_hooks.announce_again(world.ctx(), event.uid)
        assert not call_hooks.announce_again(world.ctx(), world.runtime.new_uid())
        created = CallEvent.get(CallEvent.type == "created")
        assert not call_hooks.announce_again(world.ctx(), created.uid)
    assert len(hooks()) == 1


@pytest.mark.parametrize(
    ("direction", "ended_by", "answered", "status", "sip_status"),
    [
        ("outbound", "api", True, S.COMPLETED, 200),
        ("inbound", "peer", True, S.COMPLETED, 200),
        ("outbound", "api", False, S.CANCELLED, 487),
        ("outbound", "peer", False, S.NO_ANSWER, 480),
        ("inbound", "peer", False, S.CANCELLED, 487),
        ("inbound", "application", False, S.NO_ANSWER, 480),
    ],
)
def test_how_a_call_ends_depends_on_who_hangs_up_when(
    world: World,
    direction: str,
    ended_by: str,
    answered: bool,
    status: CallStatus,
    sip_status: int,
) -> None:
    call = world.call()
    put(call, S.IN_PROGRESS if answered else S.RINGING, direction=direction)
    hang_up(world.ctx(), call_progress.held(call.uid), ended_by=ended_by, reason="why")
    found = row(call)
    assert (found.status, found.sip_status, found.ended_by) == (status, sip_status, ended_by)
