"""All ordered pairs of dialects: an account moves between two providers, and on, and back."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.domain.migration import Action, Item, Plan, as_json, from_json
from gateway.domain.settling import place
from gateway.domain.splitting import ROUTES
from gateway.services import move_plans, move_runs
from gateway.services.move_ledger import Rows
from gateway.services.move_plans import End
from gateway.services.moving import Mover
from gateway.wire.ledger import Seat
from gateway.wire.profile import View
from tests.moves.conftest import Make
from tests.moves.providers import NUMBERS, PAIRS

WRITES = (Action.CREATE, Action.CHANGE)
PLACE = {"trunk_uid", "home_trunk_uid", "prefix_length", "name", "address", "access_list_uid"}
"""What tells a row from others: where one of these is lost, another row is made."""


def moved(ctx: Context, source: End, target: End) -> Plan:
    """Carry a plan out; what it was."""
    made = move_plans.plan(ctx, source, target)
    run = Mover(ctx, source, target).start(made, spend=True)
    assert run.state == "applied"
    assert {item.state for item in move_runs.items(run)} <= {"done"}
    return made


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_a_move_is_planned_done_once_and_taken_back(
    ours: Context, held: Make, empty: Make, source: str, target: str
) -> None:
    there, here = held(source), empty(target)
    here.warm(ours)
    before, untouched = here.snapshot(), there.exported()
    a, b = there.end(ours, "a"), here.end(ours, "b")
    made = move_plans.plan(ours, a, b)
    assert from_json(as_json(made)) == made
    assert (here.snapshot(), here.wire.written[2:]) == (before, [])
    addresses = {one["address"] for one in here.exported().get("endpoints", ()) if "address" in one}
    assert addresses == set()

    mover = Mover(ours, a, b)
    run = mover.start(made, spend=True)
    addresses = {one["address"] for one in here.exported()["endpoints"] if "address" in one}
    assert "192.0.2.10" in addresses
    assert {row["e164"] for row in here.exported()["numbers"]} >= set(NUMBERS)
    assert move_plans.plan(ours, a, b).of(*WRITES) == []
    written = len(here.wire.written)
    assert mover.go_on(run).state == "applied"
    assert len(here.wire.written) == written

    assert mover.undo(run).state == "undone"
    assert here.snapshot() == before
    assert there.exported() == untouched


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_every_member_of_the_source_is_in_the_ledger_once(
    ours: Context, held: Make, empty: Make, source: str, target: str
) -> None:
    """Counted in what the source's own dialect shows of the rows, independently of the ledger. What
    is made of a row once more, for a number that chose it, is no member of the source."""
    a, b = held(source).end(ours, "a"), empty(target).end(ours, "b")
    made = move_plans.plan(ours, a, b)
    rows, _ = a.read(ours)
    known = sorted((kind, row["uid"]) for kind in rows for row in rows[kind])
    items = [item for item in made.items if "#" not in item.key]
    whole = [item for item in items if (item.kind, item.source) in known]
    assert sorted((item.kind, item.source) for item in whole) == known
    more = [item for item in items if item not in whole]
    assert {item.action for item in more} <= {Action.CREATE}
    assert not any(item.losses for item in more)
    core, shown = Rows(rows), 0
    for item in whole:
        row = core.of(item.kind, item.source)
        kinds = a.dialect.kinds().get(item.kind, ())
        objects = Seat(source, kinds, View(aliases=core.aliases)).shows(row)
        shown += sum(members(one) for one in objects.values())
    assert sum(made.fates.values()) == shown > 20
    assert len({(i.key, loss) for i in whole for loss in i.losses}) == sum(
        len(item.losses) for item in whole
    )


def members(told: Any) -> int:
    """Members of an object; those of objects in it count in its place."""
    inside = [one for one in told.values() if isinstance(one, dict)]
    return len(told) - len(inside) + sum(members(one) for one in inside)


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_what_comes_back_is_what_went_but_for_the_losses(
    ours: Context, held: Make, empty: Make, source: str, target: str
) -> None:
    a, b = held(source).end(ours, "a"), empty(target).end(ours, "b")
    c = empty(source, "back").end(ours, "c")
    first, second = moved(ours, a, b), moved(ours, b, c)
    differing = move_plans.plan(ours, a, c)
    known = {item.key: item for item in first.items}
    unmoved = {
        item.key for plan in (first, second) for item in plan.of(Action.BLOCKED, Action.MANUAL)
    }
    renamed = {item.key for item in first.items if PLACE & {loss.attribute for loss in item.losses}}
    for item in differing.of(*WRITES):
        assert explained(item, known, unmoved, unmoved | renamed), item
    if (source, target) == ("flowroute", "sinch"):
        assert routes_of(ours, a) == routes_of(ours, c) != []
    there = [item.key for item in differing.items if item.kind == "number" and item.target]
    assert set(there) >= {f"number/{e164}" for e164 in NUMBERS}


def routes_of(ctx: Context, end: End) -> list[tuple[str, str, str]]:
    """Each number with the places of its primary and its failover route."""
    rows, _ = end.read(ctx)
    at = {row["uid"]: place(row) for row in rows["endpoint"]}
    return sorted(
        (row["e164"], *(at.get(row.get(name), "") for name in ROUTES)) for row in rows["number"]
    )


def explained(item: Item, known: dict[str, Item], unmoved: set[str], elsewhere: set[str]) -> bool:
    """Whether the ledger says why a row is not what it was."""
    key = item.key.partition("#")[0]
    references = {value for value in item.values.values() if isinstance(value, str)}
    if key in unmoved or references & elsewhere:
        return True
    lost = {loss.attribute for loss in known[key].losses} if key in known else PLACE
    lost = lost | {f"{name.partition('.')[0]}_uid" for name in lost if "." in name}
    if item.action is Action.CREATE:
        return bool(lost & PLACE)
    differing = {name for name in item.values if item.values[name] != item.before.get(name)}
    return differing <= lost
