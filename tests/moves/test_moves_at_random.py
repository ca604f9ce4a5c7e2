"""Accounts at random: each move is done once, proved and taken back, and so is one number alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.domain.migration import WRITES
from gateway.models.database import Store
from gateway.services import move_plans, move_runs, parity
from gateway.services.moving import Mover
from tests.moves.accounts_at_random import made
from tests.moves.conftest import Make
from tests.moves.providers import PAIRS, Provider

SEEDS = range(200, 205)
"""A seed is an account of each dialect."""


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_any_account_moves(
    ours: Context, opened: Callable[[str], Store], empty: Make, source: str, target: str, seed: int
) -> None:
    there, here = Provider(source, opened("there"), made(source, seed)), empty(target)
    here.warm(ours)
    ends, untouched = (there.end(ours, "a"), here.end(ours, "b")), there.exported()
    told = moved_and_back(ours, here, ends, ())
    assert told["verdict"] != "different"
    assert [row for row in told["numbers"] if row["verdict"] == "unexplained"] == []
    for row in untouched.get("numbers", [])[:1]:
        moved_and_back(ours, here, ends, (row["e164"],))
    assert there.exported() == untouched


def moved_and_back(
    ctx: Context, here: Provider, ends: tuple[Any, Any], numbers: tuple[str, ...]
) -> parity.Report:
    """What is told of the two in between."""
    before, mover = here.snapshot(), Mover(ctx, *ends)
    run = mover.start(move_plans.plan(ctx, *ends, numbers=numbers), spend=True)
    assert {item.state for item in move_runs.items(run)} <= {"done"}
    assert move_plans.plan(ctx, *ends, numbers=numbers).of(*WRITES) == []
    told = parity.report(ctx, *ends, version="1", numbers=numbers)
    assert mover.undo(run).state == "undone"
    assert here.snapshot() == before
    return told
