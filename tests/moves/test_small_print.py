"""What is easily got wrong in a move: what is switched off, unreadable, or in the other's way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from adapters.flowroute.moves import put_routes
from gateway.domain.context import Context
from gateway.domain.migration import Action
from gateway.services import move_plans
from gateway.services.moving import Mover
from gateway.wire.upstream import Request, Response
from tests.moves import providers
from tests.moves.conftest import Make
from tests.moves.providers import NUMBERS, Provider, Wire


@pytest.mark.parametrize("target", ["flowroute", "callable"])
def test_what_is_switched_off_is_not_made_live(
    ours: Context, held: Make, empty: Make, target: str
) -> None:
    there, here = held("sinch"), empty(target)
    endpoint = next(one for one in there.exported()["endpoints"] if one["name"] == "b")
    there.load({"polytrunk": 1, "endpoints": [{"uid": endpoint["uid"], "enabled": False}]})
    old, new = there.end(ours, "old"), here.end(ours, "new")
    made = move_plans.plan(ours, old, new)
    (off,) = [item for item in made.items if item.key == "endpoint/192.0.2.11:5080"]
    assert (off.action, "switched off" in off.why) == (Action.BLOCKED, True)
    assert "enabled" in {loss.member for loss in off.losses}
    Mover(ours, old, new).start(made, spend=True)
    places = {one.get("address") for one in here.exported()["endpoints"]}
    assert "192.0.2.10" in places
    assert "192.0.2.11" not in places


@dataclass
class Unreadable:
    """A provider whose second number is none."""

    wire: Wire

    def send(self, request: Request) -> Response:
        answer = self.wire.send(request)
        return replace(answer, body=answer.body.replace(NUMBERS[1][1:].encode(), b"nobody"))


@pytest.mark.parametrize("dialect", ["sinch", "callable", "jambonz"])
@pytest.mark.parametrize("which", ["source", "target"])
def test_a_number_that_cannot_be_read_is_left_out(
    ours: Context, held: Make, empty: Make, dialect: str, which: str
) -> None:
    there, here = held(dialect), empty("flowroute")
    ends = {"source": there.end(ours, "a"), "target": here.end(ours, "b")}
    if which == "target":
        ends = {"source": ends["target"], "target": ends["source"]}
    ends[which] = replace(ends[which], transport=Unreadable(there.wire))
    made = move_plans.plan(ours, ends["source"], ends["target"])
    assert f"number/{NUMBERS[1]}" not in {item.key for item in made.items}
    assert [line for line in made.unread if line.endswith("so it is left out")]


# The order in which routes are chosen

PAIRS = [("a", "b"), ("b", "a"), ("a", None), ("b", None), ("b", "c"), ("c", "a"), (None, "a")]


@pytest.fixture
def flowroute(ours: Context, held: Make) -> tuple[Provider, Any, dict[str | None, str]]:
    """A provider, its client, and its routes by their names."""
    there = held("flowroute")
    home = next(one for one in there.exported()["trunks"] if one["name"] == "default")
    third = {**providers.OWN, "name": "c", "kind": "host", "address": "192.0.2.12", "dials": True}
    there.load({"polytrunk": 1, "endpoints": [{**third, "trunk": home["uid"], "route_number": 3}]})
    return there, there.end(ours, "there").client(ours), {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize("before", PAIRS, ids=str)
def test_routes_are_chosen_in_an_order_that_works(
    flowroute: tuple[Provider, Any, dict[Any, str]], before: Any
) -> None:
    _, client, routes = flowroute
    for after in PAIRS:
        for pair in (before, after):
            put(client, routes, pair)
            assert chosen(client) == [routes.get(name) for name in pair]


def put(client: Any, routes: dict[Any, str], pair: Any) -> None:
    names = ("primary_endpoint_uid", "failover_endpoint_uid")
    told = {name: routes[one] for name, one in zip(names, pair, strict=True) if one is not None}
    put_routes(client, {**told, "own": NUMBERS[0]})


def chosen(client: Any) -> list[str | None]:
    told = client.call("getNumber", id=NUMBERS[0][1:])
    found = [
        (told.get(f"{part}_endpoint") or {}).get("route_number") for part in ("primary", "failover")
    ]
    return [None if number in (None, 0) else str(number) for number in found]


def test_routes_that_change_places_are_moved_and_taken_back(
    ours: Context, held: Make, flowroute: tuple[Provider, Any, dict[Any, str]], opened: Any
) -> None:
    """A number of the target has the same routes as at the source, the other way round."""
    there, client, routes = flowroute
    source = Provider("flowroute", opened("twin"), providers.flowroute())
    put(client, routes, ("b", "a"))
    a, b = source.end(ours, "a"), there.end(ours, "b")
    made = move_plans.plan(ours, a, b)
    assert [item.key for item in made.of(Action.CHANGE)] == [f"number/{NUMBERS[0]}#routes"]
    run = Mover(ours, a, b).start(made)
    assert chosen(client) == ["1", "2"]
    Mover(ours, a, b).undo(run)
    assert chosen(client) == ["2", "1"]
