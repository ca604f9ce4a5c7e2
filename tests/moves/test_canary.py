"""Numbers move one by one, each with what it needs, while changes go through to either provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.domain.migration import WRITES
from gateway.domain.problems import Invalid
from gateway.domain.settling import Settled, place
from gateway.http.kit import LOSS
from gateway.models.database import Store, connection, using
from gateway.services import bundles, connections, move_plans, own_inventory
from gateway.services.moving import Mover
from gateway.wire.upstream import Refused, Request
from tests.moves import providers
from tests.moves.conftest import Make
from tests.moves.forwarding import House, differing
from tests.moves.providers import NUMBERS

Open, Opened = Callable[[], Store], Callable[[str], Store]


def carried(house: House) -> dict[str, str]:
    """Which connection has which number."""
    with using(house.store), connection():
        row = connections.find(house.ctx, "old")
        names = {str(one.uid): one.name for one in connections.search(house.ctx)}
        rows = own_inventory.rows_of(row.account_uid)["number"]
    return {one["e164"]: names.get(one.get("connection_uid", ""), "") for one in rows}


@pytest.fixture
def house(open_again: Open, held: Make, empty: Make) -> House:
    """Ours, pulled from a Flowroute account, and connected to a Sinch one as well."""
    made = House(open_again(), providers.account())
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
        assert [item.key for item in plan.of(*WRITES)] == [
            "trunk/192.0.2.10", "endpoint/192.0.2.10/192.0.2.10", f"number/{NUMBERS[1]}",
        ]  # fmt: skip
        done = run.start(plan)
        assert carried(house)[NUMBERS[1]] == "new"
        run.undo(done)
    assert carried(house)[NUMBERS[1]] == "old"


def reroute(house: House, e164: str, value: str) -> dict[str, int]:
    """The app sends a number's calls to another route; what each provider was asked to change."""
    providers = house.reach.providers
    asked = {name: len(one.wire.written) for name, one in providers.items()}
    answer = choose(house, e164, "primary", value)
    assert answer.status_code == 204, answer.text
    return {name: len(one.wire.written) - asked[name] for name, one in providers.items()}


def test_a_moved_number_goes_where_the_app_sends_it(house: House) -> None:
    """Sinch knows no routes of numbers: the number changes trunks there, and what is not needed any
    more is taken away."""
    with using(house.store), connection():
        old, new = house.end("old"), house.end("new")
        Mover(house.ctx, old, new).start(move_plans.plan(house.ctx, old, new, numbers=NUMBERS[:2]))
    first = ["192.0.2.10", "192.0.2.11:5080"]
    assert tried(house) == {NUMBERS[0]: first, NUMBERS[1]: ["192.0.2.11:5080"]}
    asked = len(house.reach.providers["old"].wire.written)
    patch(house, NUMBERS[1], "primary", "192.0.2.10")
    assert tried(house) == {NUMBERS[0]: first, NUMBERS[1]: ["192.0.2.10"]}
    patch(house, NUMBERS[1], "failover", "192.0.2.11:5080")
    assert tried(house) == {NUMBERS[0]: first, NUMBERS[1]: first}
    assert trunks(house) == ["192.0.2.10, then 192.0.2.11:5080"]
    path = f"/v2/numbers/{NUMBERS[0][1:]}/relationships/failover_route"
    assert house.ask("flowroute", "DELETE", path).status_code == 204
    assert tried(house) == {NUMBERS[0]: first[:1], NUMBERS[1]: first}
    assert len(house.reach.providers["old"].wire.written) == asked
    assert number_rows(differing(house, "new")) == []


def test_a_route_that_is_elsewhere_now_keeps_its_trunk(house: House) -> None:
    with using(house.store), connection():
        old, new = house.end("old"), house.end("new")
        Mover(house.ctx, old, new).start(move_plans.plan(house.ctx, old, new, numbers=NUMBERS[:2]))
    wire = house.reach.providers["new"].wire
    asked = len(wire.written)
    route = next(one for one in routes(house) if one["attributes"]["value"] == "192.0.2.11:5080")
    told = {"alias": "b", "route_type": "host", "value": "192.0.2.12"}
    change = {"data": {"type": "route", "attributes": told}}
    answer = house.ask("flowroute", "PATCH", f"/v2/routes/{route['id']}", change)
    assert (answer.status_code, LOSS in answer.headers) == (200, False), answer.text
    assert {line.split()[0] for line in wire.written[asked:]} == {"PUT"}
    assert tried(house) == {
        NUMBERS[0]: ["192.0.2.10", "192.0.2.12"], NUMBERS[1]: ["192.0.2.12"],
    }  # fmt: skip
    assert trunks(house) == ["192.0.2.10, then 192.0.2.12", "192.0.2.12"]


@pytest.mark.parametrize("step", ["endpoints/", "/trunks/", "phoneNumbers"])
def test_a_choice_that_is_broken_off_is_taken_back(house: House, step: str) -> None:
    """Whatever was done by then: the next change finds the provider as it was."""
    with using(house.store), connection():
        old, new = house.end("old"), house.end("new")
        Mover(house.ctx, old, new).start(move_plans.plan(house.ctx, old, new, numbers=NUMBERS[1:2]))
    wire = house.reach.providers["new"].wire

    def broken(request: Request) -> bool:
        return request.method != "GET" and step in request.target

    wire.broken = broken
    assert choose(house, NUMBERS[1], "primary", "192.0.2.10").status_code >= 500
    wire.broken = None
    patch(house, NUMBERS[1], "failover", "192.0.2.10")
    assert tried(house) == {NUMBERS[1]: ["192.0.2.11:5080", "192.0.2.10"]}
    assert trunks(house) == ["192.0.2.11:5080, then 192.0.2.10"]


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "broken off"])
def test_trunks_that_were_taken_away_come_back_whole(house: House, is_refused: bool) -> None:
    """A route leads to where another one does, so that two trunks go; the second of them stays."""
    with using(house.store), connection():
        old, new = house.end("old"), house.end("new")
        Mover(house.ctx, old, new).start(move_plans.plan(house.ctx, old, new, numbers=NUMBERS[:2]))
    before, wire, gone = tried(house), house.reach.providers["new"].wire, []

    def broken(request: Request) -> bool:
        if request.method == "DELETE" and request.target.split("/")[-2] == "trunks":
            gone.append(request.target)
            if len(gone) == 2:
                raise Refused("deleteSipTrunk", 409, "busy", None) if is_refused else OSError("cut")
        return False

    wire.broken = broken
    route = next(one for one in routes(house) if one["attributes"]["value"] == "192.0.2.11:5080")
    told = {"alias": "b", "route_type": "host", "value": "192.0.2.10"}
    change = {"data": {"type": "route", "attributes": told}}
    answer = house.ask("flowroute", "PATCH", f"/v2/routes/{route['id']}", change)
    assert (len(gone) >= 2, answer.status_code >= 400) == (True, True), answer.text
    wire.broken = None
    if not is_refused:
        patch(house, NUMBERS[2], "failover", "192.0.2.11:5080")
    assert tried(house) == before


def routes(house: House) -> list[Any]:
    found: list[Any] = house.ask("flowroute", "GET", "/v2/routes").json["data"]
    return found


def choose(house: House, e164: str, part: str, value: str) -> TestResponse:
    """The app chooses a route of a number."""
    chosen = next(one for one in routes(house) if one["attributes"]["value"] == value)
    path = f"/v2/numbers/{e164[1:]}/relationships/{part}_route"
    return house.ask("flowroute", "PATCH", path, {"data": {"type": "route", "id": chosen["id"]}})


def patch(house: House, e164: str, part: str, value: str) -> None:
    """It is chosen, and nothing of the choice is lost."""
    answer = choose(house, e164, part, value)
    assert (answer.status_code, LOSS in answer.headers) == (204, False), answer.text


def at_new(house: House) -> Settled:
    with using(house.store), connection():
        return house.end("new").read(house.ctx)[0]


def tried(house: House) -> dict[str, list[str]]:
    """Where calls to each number on a trunk go at the new provider, one after the other."""
    rows, found = at_new(house), {}
    for number in rows["number"]:
        there = [row for row in rows["endpoint"] if row["trunk_uid"] == number.get("trunk_uid")]
        assert len({row["priority"] for row in there}) == len(there)
        if there:
            found[number["e164"]] = [place(r) for r in sorted(there, key=lambda r: r["priority"])]
    return found


def trunks(house: House) -> list[str]:
    return sorted(row["name"] for row in at_new(house)["trunk"])


def number_rows(differences: dict[str, Any]) -> list[str]:
    return [key for key, (ours, _) in differences.items() if key.startswith("number/") and ours]


def test_a_number_that_is_not_there(house: House) -> None:
    with using(house.store), connection(), pytest.raises(Invalid, match="no number"):
        move_plans.plan(house.ctx, house.end("old"), house.end("new"), numbers=["+12065550999"])
