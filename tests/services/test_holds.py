"""A hold lasts as long as its block, however long that is, and no longer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain.problems import Unavailable
from gateway.models import Lease
from gateway.models.database import Store
from gateway.services import holds, leases
from tests.support.pipeline import World
from tests.support.waiting import wait_until

NAMES = ("move:a", "move:b")


@pytest.fixture
def ctx(store: Store) -> Any:
    made = World().ctx()
    made.reach = SimpleNamespace(wait=lambda seconds: None)
    return made


def until() -> list[Any]:
    return [row.until for row in Lease.select().order_by(Lease.name)]


def test_a_hold_is_renewed_until_its_block_ends(ctx: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "SECONDS", 0.06)
    with holds.held(ctx, NAMES):
        first = until()
        wait_until(lambda: all(now > then for now, then in zip(until(), first, strict=True)), "new")
        assert leases.holder(NAMES[0], holds.machine_now()) is not None
    assert [leases.holder(name, holds.machine_now()) for name in NAMES] == [None, None]


def test_of_several_all_are_held_or_none(ctx: Any) -> None:
    with holds.held(ctx, NAMES[1:]), pytest.raises(Unavailable), holds.held(ctx, NAMES):
        raise AssertionError("it is held by somebody else")
    assert leases.holder(NAMES[0], holds.machine_now()) is None
    with holds.held(ctx, NAMES):
        assert len(until()) == 2
