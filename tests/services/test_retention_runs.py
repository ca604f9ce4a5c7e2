"""Runs that are finished go after their time; those that go on or may be taken back stay."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway.domain.migration import Action, Item, Plan, Policy
from gateway.domain.words import RunState
from gateway.models import SyncItem, SyncRun
from gateway.models.database import Store
from gateway.services import move_runs, retention
from gateway.settings import Settings
from tests.support.pipeline import World

PLAN = Plan("a", "b", ("x", "y"), "", (Item("k", Action.CREATE, "trunk", "u"),), Policy.WARN)


@pytest.fixture(params=[0, 60], ids=["no days are set", "60 days"])
def world(store: Store, request: pytest.FixtureRequest) -> World:
    return World(settings=Settings(retention_days=request.param))


def run(world: World, source: str, target: str, *states: RunState) -> None:
    """Runs of two connections, each ended as said before the next one is begun."""
    ctx = world.ctx()
    ends = {name: SimpleNamespace(uid=ctx.runtime.new_uid(), account_uid=world.account_uid)
            for name in (source, target)}  # fmt: skip
    for state in states:
        move_runs.state(ctx, move_runs.begin(ctx, ends[source], ends[target], PLAN), state)


def left() -> list[str]:
    assert SyncItem.select().count() == SyncRun.select().count()
    return [str(row.state) for row in SyncRun.select().order_by(SyncRun.id)]


def test_what_went_through_is_remembered_for_a_while(world: World) -> None:
    run(world, "a", "a", RunState.APPLIED, RunState.UNDONE, RunState.APPLIED)
    run(world, "b", "b", RunState.APPLIED, RunState.UNDOING)
    run(world, "c", "c", RunState.APPLYING)
    days = world.settings.retention_days or retention.SEEN.days
    world.clock.now += timedelta(days=days)
    assert sum(retention.sweep(world.ctx())) == 0
    world.clock.now += timedelta(seconds=1)
    assert sum(retention.sweep(world.ctx())) == 4
    assert left() == ["undoing", "applying"]


def test_a_move_may_be_taken_back_however_long_ago_it_was(world: World) -> None:
    run(world, "a", "b", RunState.APPLIED, RunState.APPLIED, RunState.UNDONE)
    run(world, "c", "d", RunState.APPLIED, RunState.APPLYING)
    run(world, "e", "f", RunState.UNDONE)
    world.clock.now += timedelta(days=61)
    removed = sum(retention.sweep(world.ctx()))
    if not world.settings.retention_days:
        assert removed == 0
        return
    assert (removed, left()) == (4, ["applied", "applying"])
