"""A platform is connected to a provider of each dialect: planned, done at both ends, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.domain.migration import Action, Loss, Policy
from gateway.domain.problems import Conflict, Invalid, NotFound, Problem
from gateway.services import connecting, move_plans, move_runs
from gateway.services.connecting import Connecting, PolicyRefuses, is_half
from gateway.services.moving import Mover
from gateway.wire.upstream import Request
from tests.moves.conftest import Make
from tests.moves.providers import NUMBERS, PROVIDER, Provider

PROVIDERS = ("callable", "flowroute", "sinch")
SIGNALLING = ("203.0.113.1", "203.0.113.64/26")
SBC = "198.51.100.7"
WRITES = (Action.CREATE, Action.CHANGE)


@pytest.fixture
def connect(ours: Context) -> Callable[..., Connecting]:
    """The two with what is known of their addresses."""

    def make(
        there: Provider, here: Provider, signalling: Any = SIGNALLING, sbcs: Any = (SBC,)
    ) -> Connecting:
        ends = []
        settings = (("signalling", signalling), ("sbcs", sbcs))
        for one, name, (key, value) in zip((there, here), ("old", "new"), settings, strict=True):
            end = one.end(ours, name)
            end.connection.settings[key] = list(value)
            ends.append(end)
        return Connecting(ours, *ends)

    return make


def apply(of: Connecting, made: Any = None, policy: Policy = Policy.WARN) -> list[Any]:
    return list(of.apply(made, policy, spend=False))


def rows(one: Provider, kind: str) -> list[dict[str, Any]]:
    return list(one.exported().get(kind, ()))


def held(one: Provider, ctx: Context) -> Any:
    """What the account holds, as its provider tells it."""
    end = one.end(ctx, f"reading-{len(one.wire.seen)}")
    found, _ = end.read(ctx)
    return found


Ends = Callable[[str], tuple[Provider, Provider]]


@pytest.fixture
def ends(held: Make, empty: Make) -> Ends:
    return lambda source: (held(source), empty("jambonz"))


@pytest.mark.parametrize("source", PROVIDERS)
def test_both_ends_hold_the_other_and_go_back(
    ours: Context, connect: Callable[..., Connecting], ends: Ends, source: str
) -> None:
    there, here = ends(source)
    before, empty = held(there, ours), here.snapshot()
    both = connect(there, here)
    made = both.plans()
    assert connecting.from_json(connecting.as_json(made)) == made
    assert [half.of(Action.BLOCKED, Action.MANUAL) for half in made] == [[], []]

    runs = apply(both, made)
    assert [(run.state, is_half(run)) for run in runs] == [("applied", True)] * 2
    carrier = "office" if source == "sinch" else "old"
    assert [row["name"] for row in rows(here, "trunks")] == [carrier]
    gateways = {
        (row["address"], row.get("dials", False), row["admits"]) for row in rows(here, "endpoints")
    }
    assert gateways == {("203.0.113.1", True, True), ("203.0.113.64", False, True)}
    assert {row["e164"] for row in rows(here, "numbers")} == set(NUMBERS)
    sbcs = [row for row in rows(there, "endpoints") if row.get("address") == SBC]
    assert len(sbcs) == 1

    assert [half.of(*WRITES) for half in both.plans()] == [[], []]
    assert apply(both) == []
    assert [run.state for run in both.undo()] == ["undone", "undone"]
    assert (held(there, ours), here.snapshot()) == (before, empty)
    with pytest.raises(NotFound):
        list(both.undo())


def test_calls_go_to_the_platform_before_what_was_called(
    connect: Callable[..., Connecting], ends: Ends
) -> None:
    there, here = ends("sinch")
    apply(connect(there, here))
    called = {row["address"]: row for row in rows(there, "endpoints") if row.get("dials")}
    order = sorted(called, key=lambda address: called[address].get("priority", 1))
    assert order == [SBC, "192.0.2.10", "192.0.2.11"]


def test_numbers_that_are_routed_singly_go_to_the_platform_and_then_where_they_went(
    connect: Callable[..., Connecting], ends: Ends
) -> None:
    there, here = ends("flowroute")
    both = connect(there, here)
    apply(both)
    places = {row["uid"]: row.get("address") for row in rows(there, "endpoints")}
    numbers = {row["e164"]: row for row in rows(there, "numbers")}
    routes = {
        e164: (places[row["primary_endpoint"]], places[row["failover_endpoint"]])
        for e164, row in numbers.items()
    }
    first, second, third = NUMBERS
    assert routes == {
        first: (SBC, "192.0.2.10"), second: (SBC, "192.0.2.11"), third: (SBC, "192.0.2.10"),
    }  # fmt: skip


def test_two_addresses_of_the_platform_stand_in_for_each_other(
    connect: Callable[..., Connecting], ends: Ends
) -> None:
    there, here = ends("flowroute")
    apply(connect(there, here, sbcs=(SBC, "198.51.100.8:5070")))
    places = {row["uid"]: row.get("address") for row in rows(there, "endpoints")}
    for row in rows(there, "numbers"):
        found = (places[row["primary_endpoint"]], places[row["failover_endpoint"]])
        assert found == (SBC, "198.51.100.8")


@pytest.mark.parametrize(
    ("sbc", "letting_in"),
    [(SBC, False), ("198.51.99.7", True)],
    ids=["in a range that is let in", "in none"],
)
def test_who_is_let_in_already_is_not_let_in_again(
    connect: Callable[..., Connecting], ends: Ends, sbc: str, letting_in: bool
) -> None:
    there, here = ends("sinch")
    _, second = connect(there, here, sbcs=(sbc,)).plans()
    made = {item.kind for item in second.of(Action.CREATE)}
    assert ("access_list" in made, "trunk_access_list" in made) == (letting_in, letting_in)


@pytest.mark.parametrize(
    ("source", "where", "by_hand"),
    [("callable", 0, "SIP gateway"), ("flowroute", 1, "allow calls"), ("sinch", 1, "")],
)
def test_what_a_provider_cannot_be_told_is_to_be_done_by_hand(
    connect: Callable[..., Connecting], ends: Ends, source: str, where: int, by_hand: str
) -> None:
    halves = connect(*ends(source)).plans()
    told = [{item.by_hand for item in half.items} - {""} for half in halves]
    assert [len(one) for one in told] == [int(bool(by_hand) and at == where) for at in (0, 1)]
    assert all(by_hand in text for one in told for text in one)


@pytest.mark.parametrize("own", [False, True], ids=["everybody's", "the service provider's own"])
def test_addresses_of_the_platform_are_asked_for(
    connect: Callable[..., Connecting], ends: Ends, own: bool
) -> None:
    there, here = ends("sinch")
    everybodys = {"kind": "jambonz.sbc", "body": {"ipv4": SBC, "port": 5080}}
    more = {"service_provider": PROVIDER, "kind": "jambonz.sbc", "body": {"ipv4": "198.51.100.9"}}
    here.load({"polytrunk": 1, "documents": [everybodys, *([more] if own else [])]})
    _, second = connect(there, here, sbcs=()).plans()
    place = "198.51.100.9" if own else f"{SBC}:5080"
    assert [item.key for item in second.of(Action.CREATE)] == [f"endpoint/office/{place}"]


@pytest.mark.parametrize(
    ("signalling", "sbcs", "why"),
    [
        ((), (SBC,), "none of the provider's addresses is known that can be called"),
        (("203.0.113.0/24",), (SBC,), "provider's addresses is known that can be called"),
        (("sip.example.com",), (SBC,), "provider's addresses is known that calls can be let in"),
        (SIGNALLING, (), "none of the platform's addresses is known that can be called"),
        (SIGNALLING, ("sbc.example.com",), "platform's addresses is known that calls can be let"),
    ],
    ids=["none published", "ranges only", "names only", "no border", "a border with a name"],
)
def test_without_addresses_nothing_is_done_at_either_end(
    connect: Callable[..., Connecting], ends: Ends, signalling: Any, sbcs: Any, why: str
) -> None:
    there, here = ends("sinch")
    both = connect(there, here, signalling, sbcs)
    first, second = both.plans()
    assert first.of(*WRITES) == second.of(*WRITES) == []
    assert all(why in item.why for item in first.of(Action.BLOCKED))
    with pytest.raises(Conflict, match=why):
        apply(both)
    assert there.wire.written == here.wire.written == []


def test_an_address_that_cannot_be_told_whole_is_not_told(
    connect: Callable[..., Connecting], ends: Ends
) -> None:
    both = connect(*ends("sinch"), signalling=(*SIGNALLING, "203.0.113.2;tls"))
    first, _ = both.plans()
    (item,) = first.of(Action.BLOCKED)
    assert (item.key, "transport is tls" in item.why) == ("endpoint/office/203.0.113.2", True)


def test_the_policy_can_refuse(connect: Callable[..., Connecting], ends: Ends) -> None:
    both = connect(*ends("sinch"))
    first, second = both.plans()
    item = replace(first.items[0], losses=(Loss("trunk", "name", "so", "name"),))
    lossy = replace(first, items=(item, *first.items[1:]), policy=Policy.REFUSE)
    with pytest.raises(PolicyRefuses):
        apply(both, [lossy, second])


@pytest.mark.parametrize("at", [0, 1], ids=["at the platform", "at the provider"])
@pytest.mark.parametrize("fails", [1, 3], ids=lambda number: f"request {number}")
def test_what_was_broken_off_goes_on(
    ours: Context, connect: Callable[..., Connecting], ends: Ends, at: int, fails: int
) -> None:
    """The answer to one change is lost; the second start ends as one that was not broken off."""
    there, here = ends("sinch")
    both = connect(there, here, sbcs=("198.51.99.7",))
    wire, left = (here, there)[at].wire, [fails]

    def broken(request: Request) -> bool:
        left[0] -= request.method != "GET"
        return request.method != "GET" and left[0] == 0

    wire.broken = broken
    with pytest.raises((Problem, OSError)):
        apply(both)
    wire.broken = None
    assert {run.state for run in apply(both)} == {"applied"}
    assert [half.of(*WRITES) for half in both.plans()] == [[], []]
    called = [row["address"] for row in rows(there, "endpoints") if row.get("dials")]
    assert called.count("198.51.99.7") == 1
    assert {run.state for run in both.undo()} == {"undone"}
    assert rows(here, "trunks") == []


def test_a_changed_source_stops_the_end_it_is_for(
    connect: Callable[..., Connecting], ends: Ends
) -> None:
    there, here = ends("sinch")
    both = connect(there, here)
    made = both.plans()
    both.platform.connection.settings["sbcs"] = ["198.51.100.9"]
    with pytest.raises(Conflict, match="the source changed"):
        apply(both, made)
    assert (here.wire.written != [], there.wire.written) == (True, [])


def test_a_move_and_a_connection_are_not_taken_for_each_other(
    ours: Context, connect: Callable[..., Connecting], ends: Ends
) -> None:
    there, here = ends("sinch")
    both = connect(there, here)
    plain = move_plans.plan(ours, both.provider, both.platform)
    mover = Mover(ours, both.provider, both.platform)
    run = mover.start(plain)
    assert not is_half(run)
    for act in (lambda: apply(both), lambda: list(both.undo())):
        with pytest.raises(Conflict, match="take that back first"):
            act()
    mover.undo(run)
    apply(both)
    last = move_runs.last(ours, both.provider.connection, both.platform.connection)
    assert is_half(last)


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [("jambonz", "jambonz", "not a provider"), ("sinch", "flowroute", "not a platform")],
)
def test_a_platform_is_connected_to_a_provider(
    connect: Callable[..., Connecting], held: Make, empty: Make, source: str, target: str, why: str
) -> None:
    with pytest.raises(Invalid) as refused:
        connect(held(source), empty(target))
    assert why in next(iter(refused.value.fields.values()))[0].text
