"""Numbers move one by one, each with what it needs, while changes go through to either provider."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.domain.migration import WRITES
from gateway.domain.problems import Invalid
from gateway.http.kit import LOSS
from gateway.models.database import Store, connection, using
from gateway.services import bundles, connections, move_plans, own_inventory
from gateway.services.moving import Mover
from tests.moves import providers
from tests.moves.conftest import Make
from tests.moves.forwarding import House, differing
from tests.moves.providers import NUMBERS

Opened = Callable[[str], Store]


def carried(house: House) -> dict[str, str]:
    """Which connection has which number."""
    with using(house.store), connection():
        row = connections.find(house.ctx, "old")
        names = {str(one.uid): one.name for one in connections.search(house.ctx)}
        rows = own_inventory.rows_of(row.account_uid)["number"]
    return {one["e164"]: names.get(one.get("connection_uid", ""), "") for one in rows}


@pytest.fixture
def house(opened: Opened, held: Make, empty: Make) -> House:
    """Ours, pulled from a Flowroute account, and connected to a Sinch one as well."""
    made = House(opened("ours"), providers.account())
    old = held("flowroute")
    made.reach.providers["old"] = old
    with using(made.store), connection():
        end = old.end(made.ctx, "old")
        found = connections.pull(made.ctx, end.connection, end.dialect, end.transport)
        bundles.load(made.ctx, connections.bundle(made.ctx, end.connection, found))
    made.let_through("old")
    made.forward("new", empty("sinch"))
    return made


def test_numbers_move_one_by_one_and_back(house: House) -> None:
    assert differing(house, "old") == {}
    with using(house.store), connection():
        old, new, ctx = house.end("old"), house.end("new"), house.ctx
        plan = move_plans.plan(ctx, old, new, numbers=NUMBERS[:1])
        kinds = [item.kind for item in plan.of(*WRITES)]
        assert kinds == ["trunk", "endpoint", "endpoint", "number"]
        Mover(ctx, old, new).start(plan)
    assert carried(house) == {NUMBERS[0]: "new", NUMBERS[1]: "", NUMBERS[2]: ""}
    assert f"number/{NUMBERS[0]}" not in differing(house, "new")

    assert reroute(house, NUMBERS[2], "192.0.2.11:5080") == {"old": 1, "new": 0}
    assert reroute(house, NUMBERS[1], "192.0.2.10") == {"old": 1, "new": 0}
    assert {key[:19] for key in differing(house, "old")} == {f"number/{NUMBERS[0]}"}
    with using(house.store), connection():
        run = Mover(house.ctx, old, new)
        plan = move_plans.plan(house.ctx, old, new, numbers=NUMBERS[1:2])
        assert [item.key for item in plan.of(*WRITES)] == [f"number/{NUMBERS[1]}"]
        done = run.start(plan)
        assert carried(house)[NUMBERS[1]] == "new"
        run.undo(done)
    assert carried(house)[NUMBERS[1]] == "old"


def reroute(house: House, e164: str, value: str) -> dict[str, int]:
    """The app sends a number's calls to another route; what each provider was asked to change."""
    routes = house.ask("flowroute", "GET", "/v2/routes").json["data"]
    chosen = next(one for one in routes if one["attributes"]["value"] == value)
    path = f"/v2/numbers/{e164[1:]}/relationships/primary_route"
    providers = house.reach.providers
    asked = {name: len(one.wire.written) for name, one in providers.items()}
    answer = house.ask("flowroute", "PATCH", path, {"data": {"type": "route", "id": chosen["id"]}})
    assert answer.status_code == 204, answer.text
    return {name: len(one.wire.written) - asked[name] for name, one in providers.items()}


def test_a_moved_number_is_its_new_providers(house: House) -> None:
    """Sinch tells no route of a number, so what it cannot be told is said instead."""
    with using(house.store), connection():
        old, new = house.end("old"), house.end("new")
        Mover(house.ctx, old, new).start(move_plans.plan(house.ctx, old, new, numbers=NUMBERS[1:2]))
    asked = len(house.reach.providers["old"].wire.written)
    path = f"/v2/numbers/{NUMBERS[1][1:]}/relationships/primary_route"
    routes = house.ask("flowroute", "GET", "/v2/routes").json["data"]
    chosen = next(one for one in routes if one["attributes"]["value"] == "192.0.2.10")
    answer = house.ask("flowroute", "PATCH", path, {"data": {"type": "route", "id": chosen["id"]}})
    assert answer.status_code == 204
    assert LOSS in answer.headers
    assert len(house.reach.providers["old"].wire.written) == asked


def test_a_number_that_is_not_there(house: House) -> None:
    with using(house.store), connection(), pytest.raises(Invalid, match="no number"):
        move_plans.plan(house.ctx, house.end("old"), house.end("new"), numbers=["+12065550999"])
