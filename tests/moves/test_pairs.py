"""All ordered pairs of dialects: an account moves between two providers and back."""

from __future__ import annotations

import pytest

from gateway.domain.context import Context
from gateway.domain.migration import Action, as_json, from_json
from gateway.domain.migration_text import text
from gateway.services import move_plans, move_runs
from gateway.services.moving import Mover
from tests.moves.conftest import Make
from tests.moves.providers import NUMBERS, PAIRS


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_an_account_moves_and_comes_back(
    ours: Context, held: Make, empty: Make, source: str, target: str
) -> None:
    there, here = held(source), empty(target)
    here.warm(ours)
    before, untouched = here.snapshot(), there.exported()
    a, b = there.end(ours, "a"), here.end(ours, "b")
    made = move_plans.plan(ours, a, b)
    print(text(made))
    assert from_json(as_json(made)) == made
    assert here.snapshot() == before
    kinds = {item.kind for item in made.of(Action.CREATE, Action.CHANGE)}
    assert "endpoint" in kinds | {"access_list"}
    mover = Mover(ours, a, b)
    run = mover.start(made, spend=True)
    assert run.state == "applied"
    assert {item.state for item in move_runs.items(run)} == {"done"}

    again = move_plans.plan(ours, a, b)
    assert again.of(Action.CREATE, Action.CHANGE) == []
    written = len(here.wire.written)
    assert mover.go_on(run).state == "applied"
    assert len(here.wire.written) == written
    assert {row["e164"] for row in here.exported()["numbers"]} >= set(NUMBERS)

    assert mover.undo(run).state == "undone"
    assert here.snapshot() == before
    assert there.exported() == untouched
