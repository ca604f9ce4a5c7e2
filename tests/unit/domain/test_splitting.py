"""Trunks for what numbers choose: what is made, what stays, and what a change makes of both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from adapters.flowroute.moves import MOVES as BY_ROUTE
from adapters.sinch.moves import MOVES as BY_TRUNK
from gateway.domain.delta import Delta
from gateway.domain.migration import Action, Item
from gateway.domain.settling import place, settled
from gateway.domain.splitting import MOST_NAME, fitted, joined, replaced

Rows = dict[str, list[dict[str, Any]]]


def uid(name: str) -> str:
    return str(UUID(int=int.from_bytes(name.encode())))


def route(name: str, trunk: str = "default", **more: Any) -> dict[str, Any]:
    at = {"address": f"{name}.example", "name": name, "dials": True, "kind": "host"}
    return {"uid": uid(name), "trunk_uid": uid(trunk), **at, **more}


def number(digit: int, primary: str = "", failover: str = "", **more: Any) -> dict[str, Any]:
    chosen = {"primary_endpoint_uid": primary, "failover_endpoint_uid": failover}
    named = {name: uid(value) for name, value in chosen.items() if value}
    row = {"uid": uid(f"number {digit}"), "e164": f"+1206555010{digit}", **named}
    return {**row, "trunk_uid": uid("default"), "handling": "endpoint", **more}


def account(*numbers: dict[str, Any], routes: Any = (), trunks: Any = ()) -> Rows:
    default = {"uid": uid("default"), "name": "default", "host_name": "d"}
    return {
        "trunk": [default, *trunks],
        "endpoint": list(routes) or [route(name) for name in "abc"],
        "number": list(numbers),
        "access_list": [],
        "trunk_access_list": [],
    }


def told(rows: Rows) -> dict[str, list[str]]:
    """Places by the names of trunks, in the order in which they are tried."""
    by_trunk = {row["uid"]: row["name"] for row in rows["trunk"]}
    found: dict[str, list[str]] = {name: [] for name in by_trunk.values()}
    for row in sorted(rows["endpoint"], key=lambda row: row.get("priority") or 1):
        found[by_trunk[row["trunk_uid"]]].append(place(row))
    return found


def on(rows: Rows) -> list[str]:
    names = {row["uid"]: row["name"] for row in rows["trunk"]}
    return [names[row["trunk_uid"]] for row in rows["number"]]


A, B, C = "a.example", "b.example", "c.example"


def test_each_pair_in_use_is_a_trunk() -> None:
    was = settled(account(number(1, "a", "b"), number(2, "b"), number(3, "a", "b")))
    fit = fitted(was, BY_TRUNK)
    assert told(fit) == {"default": [C], f"{A}, then {B}": [A, B], B: [B]}
    assert on(fit) == [f"{A}, then {B}", B, f"{A}, then {B}"]
    assert all(UUID(row["uid"]) for kind in fit for row in fit[kind])
    assert fitted(fit, BY_TRUNK) is fit
    assert fitted(was, BY_ROUTE) is was
    gone = replaced(was, fit)
    assert [place(row) for row in gone["endpoint"]] == [A, B]
    assert {kind: len(rows) for kind, rows in joined(was, fit).items() if rows} == {
        "trunk": 3, "endpoint": 3 + 3, "number": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        ([number(1, "a"), number(2, "b"), number(3, "c")], [A, B, C]),
        ([number(1, "a"), number(2)], [A, "default"]),
        ([number(1, "a", handling="trunk")], ["default"]),
        ([number(1, "a", handling="application")], ["default"]),
        ([number(1, failover="a")], ["default"]),
        ([number(1, "gone")], ["default"]),
    ],
    ids=["all chosen", "one not", "trunk in force", "application in force", "no primary", "gone"],
)
def test_numbers_without_a_choice_stay(numbers: list[Any], names: list[str]) -> None:
    fit = fitted(settled(account(*numbers)), BY_TRUNK)
    assert on(fit) == names
    assert told(fit).get("default", [A, B, C]) == [A, B, C]
    assert ("default" in told(fit)) == ("default" in names)


def test_a_list_in_force_keeps_the_default_trunk() -> None:
    routes = [route("a", admits=True), route("b")]
    fit = fitted(settled(account(number(1, "a"), number(2, "b"), routes=routes)), BY_TRUNK)
    assert told(fit) == {"default": [A, B], A: [A], B: [B]}
    assert [row["admits"] for row in fit["endpoint"] if row.get("priority")] == [False, False]


@pytest.mark.parametrize(
    ("priorities", "chosen", "name"),
    [
        ((1, 2), ("a", "b"), "office"),
        ((1, 1), ("a", "b"), f"{A}, then {B}"),
        ((2, 1), ("a", "b"), f"{A}, then {B}"),
        ((1, 2), ("a", ""), A),
    ],
    ids=["as chosen", "in turn", "the other way", "the first alone"],
)
def test_trunks_that_people_made_stay(
    priorities: tuple[int, int], chosen: tuple[str, str], name: str
) -> None:
    office = {"uid": uid("office"), "name": "office", "host_name": "o", "forward_enabled": True}
    routes = [
        route(one, "office", priority=at) for one, at in zip("ab", priorities, strict=True)
    ]  # fmt: skip
    rows = account(number(1, *chosen), routes=routes, trunks=[office])
    fit = fitted(settled(rows), BY_TRUNK)
    assert on(fit) == [name]
    assert len(told(fit)["office"]) == 2
    made = next(row for row in fit["trunk"] if row["name"] == name)
    assert made["forward_enabled"]
    assert (made["host_name"] == "o") is (name == "office")


def test_names_tell_what_is_off_and_are_not_too_long() -> None:
    long = [route(name, address=".".join([name * 60] * 4)) for name in "ab"]
    rows = account(number(1, "a", "b"), routes=[*long, route("c", enabled=False)])
    rows["number"].append(number(2, "c"))
    fit = fitted(settled(rows), BY_TRUNK)
    first, second = on(fit)
    assert (len(first), second) == (MOST_NAME, f"{C} (off)")
    assert not next(row for row in fit["endpoint"] if place(row) == C)["enabled"]


def test_routes_to_one_place_are_one() -> None:
    routes = [route("a"), route("b", address=A)]
    fit = fitted(settled(account(number(1, "a", "b"), number(2, "b"), routes=routes)), BY_TRUNK)
    assert told(fit) == {A: [A]}


# changes


def changed(before: Rows, after: Rows) -> tuple[Delta, dict[str, Item]]:
    """What a provider with all that was there is asked."""
    fit = fitted(settled(before), BY_TRUNK)
    held = {row["uid"]: f"at {row['uid']}" for kind in fit for row in fit[kind]}
    delta = Delta(before, after, BY_TRUNK, held)
    return delta, {f"{item.action} {item.key}": item for item in delta.items()}


def test_another_choice_changes_the_trunk() -> None:
    """A route that no number chose any more waits on the default trunk, as others do."""
    routes = [route("a"), route("b")]
    before = account(number(1, "a"), number(2, "b"), routes=routes)
    after = account(number(1, "b"), number(2, "b"), routes=routes)
    delta, items = changed(before, after)
    key = f"number/{before['number'][0]['e164']}"
    assert list(items) == [
        "create trunk/default", f"create endpoint/default/{A}",
        f"change {key}", f"delete endpoint/{A}/{A}", f"delete trunk/{A}",
    ]  # fmt: skip
    assert items[f"change {key}"].values["trunk_uid"] == f"trunk/{B}"
    assert delta.unsaid() == set()


def test_a_choice_that_no_trunk_says_is_told() -> None:
    delta, items = changed(account(number(1)), account(number(1, failover="b")))
    assert (delta.unsaid(), items) == ({"failover_endpoint_uid"}, {})


def test_a_route_that_comes_to_where_another_is() -> None:
    """The trunk of the first one is called as that of the second one, which goes."""
    both = (number(1, "a"), number(2, "b"))
    before = account(*both, routes=[route("a"), route("b")])
    after = account(*both, routes=[route("a", address=B), route("b")])
    delta, items = changed(before, after)
    moved = items[f"change number/{both[1]['e164']}"]
    assert (moved.before["trunk_uid"], moved.values["trunk_uid"]) == (
        f"trunk/{B} (gone)", f"trunk/{B}",
    )  # fmt: skip
    renamed, gone = items[f"change trunk/{B}"], items[f"delete trunk/{B} (gone)"]
    assert delta.ids[renamed.key] == renamed.target != gone.target == delta.ids[gone.key]


def test_what_is_switched_off_goes_where_it_cannot_be() -> None:
    """Numbers are taken off it first."""
    before = account(number(1, "a", "b"), routes=[route("a"), route("b")])
    after = account(number(1, "a", "b"), routes=[route("a"), route("b", enabled=False)])
    held = {uid("a"): "1", uid("b"): "2", before["number"][0]["uid"]: "12065550101"}
    items = list(Delta(before, after, BY_ROUTE, held).items())
    assert [(str(item.action), item.key) for item in items] == [
        ("change", f"number/{before['number'][0]['e164']}#routes"), ("delete", f"endpoint/{B}"),
    ]  # fmt: skip
    assert items[0].values == {"primary_endpoint_uid": f"endpoint/{A}"}
    assert items[0].action is Action.CHANGE
