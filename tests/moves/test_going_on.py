"""Moves that are refused, broken off, met by another one, resumed and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.domain.migration import Action, Plan, Policy
from gateway.domain.problems import Conflict, Invalid, Unavailable
from gateway.models.database import Store
from gateway.services import move_plans, move_runs
from gateway.services.move_plans import End
from gateway.services.moving import LEASE_SECONDS, Mover
from gateway.wire.upstream import Request
from tests.moves.breaking import Breaking, Killed
from tests.moves.conftest import Make, installation
from tests.moves.providers import OWN, Provider, account

Row = dict[str, Any]
AT = datetime(2026, 3, 1, tzinfo=UTC)


class Move:
    """jambonz to Sinch, from a world that is made once for each."""

    def __init__(self, ctx: Context, there: Provider, here: Provider) -> None:
        self.ctx, self.there, self.here = ctx, there, here
        self.before = here.snapshot()
        self.a, self.b = there.end(ctx, "a"), here.end(ctx, "b")
        self.plan = move_plans.plan(ctx, self.a, self.b)

    def mover(self, **more: Any) -> Mover:
        return Mover(self.ctx, self.a, self.b, **more)

    def last(self) -> Any:
        return move_runs.last(self.ctx, self.a.connection, self.b.connection)

    def counts(self) -> dict[str, int]:
        return {
            kind: len(rows) for kind, rows in self.here.exported().items() if kind != "polytrunk"
        }


@pytest.fixture
def move(ours: Context, held: Make, empty: Make) -> Move:
    return Move(ours, held("jambonz"), empty("sinch"))


def steps(plan: Plan) -> int:
    return len(plan.of(Action.CREATE, Action.CHANGE))


def test_a_run_goes_on_wherever_it_was_broken_off(move: Move) -> None:
    """At every step: before the request, with its answer lost, and with the process gone."""
    move.mover().undo(move.mover().start(move.plan))
    whole: dict[str, int] | None = None
    for number in range(1, steps(move.plan) + 1):
        for answered, kill in ((False, False), (True, False), (False, True)):
            wire = move.here.wire
            wire.broken = Breaking(number, answered=answered, kill=kill)
            with pytest.raises(Killed if kill else OSError):
                move.mover().start(move.plan)
            wire.broken = None
            assert move.last().state == "applying"
            run = move.mover().go_on(move.last())
            assert (run.state, run.error) == ("applied", None)
            assert {item.state for item in move_runs.items(run)} == {"done"}
            assert move_plans.plan(move.ctx, move.a, move.b).of(Action.CREATE, Action.CHANGE) == []
            whole = whole or move.counts()
            assert move.counts() == whole
            move.mover().undo(run)
            assert move.here.snapshot() == move.before


@pytest.mark.parametrize("answered", [False, True], ids=["not sent", "answer lost"])
def test_half_a_run_can_be_taken_back(move: Move, answered: bool) -> None:
    for number in range(1, steps(move.plan) + 1):
        move.here.wire.broken = Breaking(number, answered=answered, kill=False)
        with pytest.raises(OSError, match="connection"):
            move.mover().start(move.plan)
        move.here.wire.broken = None
        assert "connection" in move.last().error
        assert move.mover().undo(move.last()).state == "undone"
        assert move.here.snapshot() == move.before


def test_taking_back_can_be_broken_off_too(move: Move) -> None:
    count = steps(move.plan)
    for number in range(1, count + 1):
        run = move.mover().start(move.plan)
        move.here.wire.broken = Breaking(number, answered=False, kill=number % 2 == 0)
        with pytest.raises((OSError, Killed)):
            move.mover().undo(run)
        move.here.wire.broken = None
        assert move.last().state == "undoing"
        with pytest.raises(Conflict, match="undoing"):
            move.mover().go_on(move.last())
        assert move.mover().undo(move.last()).state == "undone"
        assert move.here.snapshot() == move.before


def test_a_source_that_changed_is_planned_again(move: Move) -> None:
    move.there.load({
        "polytrunk": 1, "numbers": [{**OWN, "e164": "+12065550177"}],
    })  # fmt: skip
    with pytest.raises(Conflict, match="changed"):
        move.mover().start(move.plan)
    assert (move.here.wire.written, move.last()) == ([], None)
    again = move_plans.plan(move.ctx, move.a, move.b)
    assert again.digest != move.plan.digest
    move.here.wire.broken = Breaking(2, answered=False, kill=False)
    with pytest.raises(OSError, match="connection"):
        move.mover().start(again)
    move.there.load({"polytrunk": 1, "numbers": [{**OWN, "e164": "+12065550178"}]})
    with pytest.raises(Conflict, match="changed"):
        move.mover().go_on(move.last())


def test_one_run_writes_at_a_time(move: Move) -> None:
    met: list[str] = []

    def meets(request: Request) -> bool:
        if request.method != "GET" and not met:
            with pytest.raises(Conflict) as refused:
                move.mover().start(move.plan)
            met.append(str(refused.value))
        return False

    move.here.wire.broken = meets
    assert move.mover().start(move.plan).state == "applied"
    assert ["another run writes to the same connection now" in text for text in met] == [True]


def test_the_lease_of_a_process_that_is_gone_ends(move: Move) -> None:
    gone = move.mover(clock=lambda: AT)
    gone._renew()
    for seconds, free in ((LEASE_SECONDS - 1, False), (LEASE_SECONDS + 1, True)):
        later = move.mover(clock=lambda late=seconds: AT + timedelta(seconds=late))
        if free:
            assert later.start(move.plan).state == "applied"
            continue
        with pytest.raises(Conflict, match="another run"):
            later.start(move.plan)


def test_a_run_that_is_not_finished_stands_before_a_new_one(move: Move) -> None:
    move.here.wire.broken = Breaking(1, answered=False, kill=False)
    with pytest.raises(OSError, match="connection"):
        move.mover().start(move.plan)
    move.here.wire.broken = None
    with pytest.raises(Conflict, match="not finished"):
        move.mover().start(move.plan)


def test_what_somebody_else_made_meanwhile_is_left_alone(move: Move) -> None:
    trunk = next(item for item in move.plan.items if item.kind == "trunk")
    name = trunk.values["name"]
    move.here.load({"polytrunk": 1, "trunks": [{**OWN, "name": name, "host_name": "theirs"}]})
    standing = move.here.snapshot()
    run = move.mover().start(move.plan)
    states = {item.key: item.state for item in move_runs.items(run)}
    assert (states[trunk.key], set(states.values())) == ("found", {"found", "done"})
    move.mover().undo(run)
    assert move.here.snapshot() == standing


@pytest.mark.parametrize("policy", list(Policy), ids=str)
def test_losses_are_refused_when_the_policy_says_so(move: Move, policy: Policy) -> None:
    made = move_plans.plan(move.ctx, move.a, move.b, policy)
    lost = {(item.key, loss.member) for item in made.items for loss in item.losses}
    assert ("trunk/carrier", "tech_prefix") in lost
    assert ("number/+12065550100", "application_sid") in lost
    assert made.score == move.plan.score < 100
    if policy is Policy.REFUSE:
        with pytest.raises(Conflict, match="lose"):
            move.mover().start(made)
        assert move.here.wire.written == []
    else:
        assert move.mover().start(made).state == "applied"


def test_numbers_are_bought_when_somebody_says_so(ours: Context, held: Make, empty: Make) -> None:
    a, here = held("jambonz").end(ours, "a"), empty("flowroute")
    b = here.end(ours, "b")
    made = move_plans.plan(ours, a, b)
    bought = [item for item in made.of(Action.CREATE) if item.spends]
    costs = {(item.monthly_cost_nano, item.setup_cost_nano) for item in bought}
    assert (len(bought), costs) == (3, {(10**9, 2 * 10**9)})
    with pytest.raises(Conflict, match="cost money"):
        Mover(ours, a, b).start(made)
    assert here.wire.written == []


def test_numbers_that_are_not_for_sale_are_ported_by_hand(
    ours: Context, held: Make, opened: Callable[[str], Store]
) -> None:
    bare = Provider("flowroute", opened("bare"), account())
    a, b = held("sinch").end(ours, "a"), bare.end(ours, "b")
    made = move_plans.plan(ours, a, b)
    manual = made.of(Action.MANUAL)
    assert {item.kind for item in manual} == {"number"}
    assert all("port the number" in item.by_hand for item in manual)
    assert Mover(ours, a, b).start(made).state == "applied"
    assert bare.exported().get("numbers", []) == []


def test_ends_that_cannot_be_moved_between(move: Move) -> None:
    with pytest.raises(Invalid, match="itself"):
        move_plans.plan(move.ctx, move.a, move.a)
    away = End(move.b.connection, move.b.dialect, Gone())
    with pytest.raises(Unavailable):
        move_plans.plan(move.ctx, move.a, away)


class Gone:
    def send(self, request: Request) -> Any:
        raise Unavailable("the provider cannot be reached")


def test_runs_are_kept_on_both_databases(store: Store, held: Make, empty: Make) -> None:
    move = Move(installation(store), held("flowroute"), empty("jambonz"))
    run = move.mover().start(move.plan)
    rows = move_runs.items(run)
    assert [row.key for row in rows] == [item.key for item in move.plan.of(Action.CREATE)]
    assert all(row.foreign_id and row.values["uid"] == row.foreign_id for row in rows)
    assert any(row.losses for row in rows)
    assert move.mover().undo(run).state == "undone"
    assert {row.state for row in move_runs.items(run)} == {"undone"}
    assert move.here.snapshot() == move.before
