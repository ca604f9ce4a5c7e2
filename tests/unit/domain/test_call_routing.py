"""The route machine: which way calls go at each kind of stop, that walks end, and in what words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain import patterns
from gateway.domain.call_routing import (
    MOST_HOPS,
    Action,
    Position,
    Step,
    entered,
    following,
    path,
    start,
    step_at,
)
from gateway.domain.flows import TYPES, FlowType
from gateway.domain.route_rules import Arrival
from gateway.domain.route_stops import Home, Named, Outcome, Routing
from gateway.domain.route_targets import MOST_TARGETS, Node, Peer
from gateway.domain.time_windows import Window
from gateway.domain.words import NumberHandling

NUMBER, CALLER = "+442071838750", "+442079460000"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday, in winter: London's clocks show the same."""
CARRIED = Outcome.COMPLETE


def arrival(**more: Any) -> Arrival:
    return Arrival(**{"number": NUMBER, "caller": CALLER, "at": NOON, **more})


def flow(*nodes: Node, peers: tuple[Peer, ...] = (), **more: Any) -> Routing:
    return Routing(
        arrival=arrival(**more),
        handling=NumberHandling.FLOW,
        node=nodes[0].uid,
        nodes={node.uid: node for node in nodes},
        peers={peer.uid: peer for peer in peers},
        realm="pbx.example",
    )


def node(uid: str, type_: str, **config: Any) -> Node:
    return Node(uid=uid, type=type_, name=uid, extension="601", config=config)


def peer(uid: str, **more: Any) -> Peer:
    return Peer(**{"uid": uid, "name": uid, "kind": "host", "address": "192.0.2.1", **more})


def taken(routing: Routing, *outcomes: str) -> list[Step]:
    """The steps of a walk with these outcomes where something is dialled or asked."""
    left = list(outcomes)

    def assume(step: Step) -> str:
        return step.outcomes[0] if step.action is Action.PASS else left.pop(0)

    found = [walked.step for walked in path(routing, assume)]
    assert left == []
    return found


def end(routing: Routing, *outcomes: str) -> tuple[str, int, str]:
    last = taken(routing, *outcomes)[-1]
    return str(last.action), last.sip_status, last.reason


def dialled(routing: Routing, *outcomes: str) -> list[str]:
    return [step.target.value for step in taken(routing, *outcomes) if step.target is not None]


# what is chosen by the call alone


def exits_of(type_: str, config: dict[str, Any], **more: Any) -> tuple[str, str]:
    routing = flow(node("router", type_, **config), **more)
    first = step_at(routing, Position("router"))
    assert (first.action, len(first.outcomes)) == (Action.PASS, 1)
    return following(routing, first, first.outcomes[0]).position.at, first.reason


def options(*names: str) -> dict[str, Any]:
    return {"options": [{"option": name, "connectTo": f"to {name}"} for name in names]}


OTHER: dict[str, Any] = {"connectTo": "other"}
MATCH: dict[str, Any] = {"onMatch": "match", "connectTo": "other"}
WEEK: list[dict[str, Any]] = [
    {"id": "always", "connectTo": "always"},
    {"id": "office", "timeFrom": "09:00", "timeTo": "17:00", "days": [1, 2, 3, 4, 5]},
    {"id": "lunch", "timeFrom": "12:00", "timeTo": "13:00", "days": [1, 2, 3, 4, 5]},
    {"id": "holiday", "dateFrom": "2026-03-03", "dateTo": "2026-03-03"},
    {"id": "night", "timeFrom": "22:00", "timeTo": "06:00", "days": [1]},
    {"id": "broken", "timeFrom": "soon"},
]
WINDOWS = {"timeOfDayRoutes": [{**one, "connectTo": one["id"]} for one in WEEK], **OTHER}


def at(text: str) -> dict[str, Any]:
    return {"at": datetime.fromisoformat(text)}


@pytest.mark.parametrize(
    ("type_", "config", "more", "exit_"),
    [
        ("ROUTE_START", OTHER, {}, "other"),
        ("SCRIPT", {"code": "x", **OTHER}, {}, "other"),
        ("MATCH_START", {"regExp": r"44.*", **OTHER}, {}, "other"),
        ("ANI_ROUTER", {**options("44", "+44207", "4420", "1"), **OTHER}, {}, "to +44207"),
        ("ANI_ROUTER", {**options("4420", ""), **OTHER}, {"caller": "+12065550100"}, "other"),
        ("DNIS_ROUTER", {**options("4420", "44207183"), **OTHER}, {}, "to 44207183"),
        ("DNIS_ROUTER", {**options("207183"), **OTHER}, {}, "other"),
        ("ZONE_ROUTER", {**options("eu", "us"), **OTHER}, {"zone": "us"}, "to us"),
        ("ZONE_ROUTER", {**options("eu", "us"), **OTHER}, {"zone": "u"}, "other"),
        ("TIME_ROUTER", WINDOWS, {}, "lunch"),
        ("TIME_ROUTER", WINDOWS, at("2026-03-02T13:00:00+00:00"), "office"),
        ("TIME_ROUTER", WINDOWS, at("2026-03-03T12:30:00+00:00"), "holiday"),
        ("TIME_ROUTER", WINDOWS, at("2026-03-10T03:00:00+00:00"), "night"),
        ("TIME_ROUTER", WINDOWS, at("2026-03-09T03:00:00+00:00"), "always"),
        ("TIME_ROUTER", WINDOWS, at("2026-07-01T11:30:00+00:00"), "lunch"),  # summer time
        ("TIME_ROUTER", WINDOWS, at("2026-07-01T16:30:00+00:00"), "always"),
        ("TIME_ROUTER", OTHER, {}, "other"),
        ("TIME_RANGE_ROUTER", {"start": "11:00", "end": "12:00", **MATCH}, {}, "other"),
        ("TIME_RANGE_ROUTER", {"start": "12:00", "end": "23:59", **MATCH}, {}, "match"),
        ("TIME_RANGE_ROUTER", {"start": "20:00", "end": "24:00", **MATCH}, {}, "other"),
        ("TIME_RANGE_ROUTER", {"start": "x", "end": "y", **MATCH}, {}, "other"),
        ("DAY_OF_WEEK_ROUTER", {"days": [1, 7], **MATCH}, {}, "match"),
        ("DAY_OF_WEEK_ROUTER", {"days": [2], **MATCH}, {}, "other"),
        ("DAY_OF_WEEK_ROUTER", {"days": [], **MATCH}, {}, "other"),
        (
            "DATE_RANGE_ROUTER",
            {"start": "2026-03-02T12:00:00", "end": "2026-03-02T12:00:00Z", **MATCH},
            {},
            "match",
        ),
        ("DATE_RANGE_ROUTER", {"end": "2026-03-02T13:59:00+02:00", **MATCH}, {}, "other"),
        ("DATE_RANGE_ROUTER", {"start": "2026-03-03T00:00:00", **MATCH}, {}, "other"),
    ],
)
def test_a_router_chooses(type_: str, config: dict[str, Any], more: Any, exit_: str) -> None:
    chosen, reason = exits_of(type_, config, **more)
    assert chosen == exit_
    assert reason


def test_a_narrower_window_is_the_one_with_fewer_dates_then_days_then_time() -> None:
    widths = [
        Window.read(one).width
        for one in (
            {"dateFrom": "2026-01-01", "dateTo": "2026-01-01"},
            {"dateFrom": "2026-01-01", "dateTo": "2026-01-09", "days": [1]},
            {"days": [1], "timeFrom": "09:00", "timeTo": "10:00"},
            {"days": [1], "timeFrom": "23:00", "timeTo": "01:00"},
            {"days": [1]},
            {},
        )
    ]
    assert widths == sorted(set(widths))


# what is rung


GATEWAY = node("gateway", "SIP_GATEWAY", trunks=["a", "b", "c", "gone"], onBusy="busy")
PEERS = (peer("a"), peer("b", enabled=False), peer("c", address="2001:db8::1", port=5080))


def test_a_gateway_tries_its_trunks_only_while_they_fail() -> None:
    routing = flow(GATEWAY, node("busy", "SAY", text="engaged"), peers=PEERS)
    first = taken(routing, CARRIED)[1]
    assert first.reason == "rings: a, 1 of 2; b is disabled; trunk gone is gone"
    both = [f"sip:{NUMBER}@192.0.2.1", f"sip:{NUMBER}@[2001:db8::1]:5080"]
    assert dialled(routing, "fail", CARRIED) == both
    assert dialled(routing, "no_answer") == both[:1]
    assert end(routing, "fail", "fail") == ("hangup", 480, "it could not be carried")
    assert [step.type for step in taken(routing, "fail", "busy", "done")] == [
        "number",
        "SIP_GATEWAY",
        "SIP_GATEWAY",
        "SAY",
        "end",
    ]
    assert end(routing, CARRIED)[2] == "the call was carried"


def test_each_device_is_rung_where_it_is() -> None:
    devices = [
        node("sip", "SIP"),
        node("desk", "SIP", gateway="gateway"),
        node("client", "CLIENT", username="joe", dnisRouter="HANGUP"),
        node("remote", "REMOTE", destination="442079460001"),
        node("uri", "REMOTE", destination="sip:joe@far.example"),
        node("teams", "TEAMS", to="joe@far.example"),
        node("override", "OUTBOUND_OVERRIDE", strip=2, prepend=1),
        node("say", "SAY", text="hello"),
        node("nobody", "REMOTE"),
        node("inner", "HUNT_GROUP", devices=["remote", "group"]),
    ]
    group = node("group", "HUNT_GROUP", devices=[*(one.uid for one in devices), "lost"])
    routing = flow(group, *devices, GATEWAY, peers=PEERS)
    values = [
        "601@pbx.example",
        "sip:601@192.0.2.1",
        "sip:601@[2001:db8::1]:5080",
        "joe@pbx.example",
        "+442079460001",
        "sip:joe@far.example",
        "joe@far.example",
        "+12071838750",
        "+442079460001",
    ]
    outcomes = ["busy", "fail", "no_answer"] * 3
    assert dialled(routing, *outcomes) == values
    steps = taken(routing, *outcomes)
    for told in ("say cannot be rung", "nobody names nobody", "group has had", "lost is gone"):
        assert told in steps[1].reason
    assert end(routing, *outcomes) == ("hangup", 480, "nobody took it")
    assert end(routing, "fail", CARRIED)[2] == "the call was carried"


def test_groups_that_hold_each_other_many_times_over_are_gone_through_once() -> None:
    groups = [node(f"g{n}", "HUNT_GROUP", devices=[f"g{n + 1}"] * 9) for n in range(60)]
    assert end(flow(*groups))[:2] == ("hangup", 480)
    many = node("many", "HUNT_GROUP", devices=["phone"] * 200)
    routing = flow(many, node("phone", "REMOTE", destination="+442079460001"))
    assert len(dialled(routing, *["busy"] * MOST_TARGETS)) == MOST_TARGETS


def test_a_device_without_anybody_fails() -> None:
    routing = flow(node("empty", "SIP_GATEWAY", trunks=[], onFail="after"), node("after", "PLAY"))
    assert [step.name for step in taken(routing, "done")][1:3] == ["empty", "after"]


# what is asked


def test_a_menu_takes_exact_digits() -> None:
    config = {**options("1", "12"), **OTHER, "text": "choose"}
    routing = flow(node("menu", "NUMBER_PLAN", **config))
    step = following(routing, start(routing), "done")
    assert step.outcomes == ("entered 1", "entered 12", "no_match")
    assert (step.data, step.action) == ({"text": "choose"}, Action.GATHER)
    chosen = {
        digits: following(routing, step, entered(step, digits)).position.at
        for digits in ("1", "12", "123", "", "no_match")
    }
    assert chosen == {"1": "to 1", "12": "to 12", "123": "other", "": "other", "no_match": "other"}


def test_a_plugin_has_six_exits_and_fails_without_its_hook() -> None:
    exits = ("onComplete", "onFail", "onNoAnswer", "onBusy", "onTransfer", "onError")
    config = {name: name for name in exits}
    routing = flow(node("plugin", "PLUGIN", plugin="hook", data="x", **config))
    step = following(routing, start(routing), "done")
    assert step.data == {"hook": "hook", "data": "x"}
    led = [following(routing, step, outcome).position.at for outcome in step.outcomes]
    assert led == list(exits)
    hungup = flow(node("plugin", "PLUGIN", plugin="HANGUP", **config))
    step = following(hungup, start(hungup), "done")
    assert (step.action, step.outcomes) == (Action.PASS, ("fail",))


# numbers


def number(handling: str, **more: Any) -> Routing:
    turn = more.pop("turn", 0)
    return Routing(arrival=arrival(turn=turn), handling=NumberHandling(handling), **more)


def test_only_the_reference_in_force_counts() -> None:
    everything = {
        "application": Named(uid="app", name="ivr"),
        "primary": peer("primary"),
        "home": Home(
            uid="trunk", name="trunk", peers=(peer("own"),), application=Named(uid="t", name="t")
        ),
        "node": "start",
        "nodes": {"start": node("start", "ROUTE_START")},
    }
    names = {
        handling: [step.name for step in taken(number(handling, **everything), *outcomes)][1]
        for handling, outcomes in (
            ("application", ()),
            ("flow", ()),
            ("endpoint", (CARRIED,)),
            ("trunk", (CARRIED,)),
            ("none", ()),
        )
    }
    assert names == {
        "application": "ivr",
        "flow": "start",
        "endpoint": "routes",
        "trunk": "trunk",
        "none": "t",
    }


@pytest.mark.parametrize("handling", ["none", "application", "flow", "trunk"])
def test_a_number_with_nothing_behind_it_is_not_found(handling: str) -> None:
    assert end(number(handling))[:2] == ("reject", 404)


def test_an_expression_takes_numbers_nothing_was_chosen_for() -> None:
    nodes = (
        node("no", "MATCH_START", regExp=r"\+44207"),
        node("yes", "MATCH_START", regExp=r"\+44207\d+"),
        node("late", "MATCH_START", regExp=r"44.*"),
        node("bad", "MATCH_START", regExp=r"(((4+)+)+)+x"),
    )
    routing = number("none", nodes={one.uid: one for one in nodes})
    assert [step.name for step in taken(routing)][1] == "yes"


def test_primary_then_failover() -> None:
    pair = {"primary": peer("first", kind="uri", value="sip:x@a.example"), "failover": peer("b")}
    both = number("endpoint", **pair)
    assert dialled(both, "fail", CARRIED) == ["sip:x@a.example", f"sip:{NUMBER}@192.0.2.1"]
    assert end(both, "busy") == ("hangup", 486, "whom it was for is busy")
    assert end(both, "no_answer", "fail")[:2] == ("hangup", 480)
    off = number("endpoint", primary=peer("first", enabled=False))
    assert end(off) == ("reject", 480, "there is nobody to ring; first is disabled")


def test_a_missing_primary_is_the_best_endpoint_of_the_trunk() -> None:
    peers = (peer("off", enabled=False), peer("worse", priority=3), peer("best", priority=2))
    routing = number("endpoint", home=Home(uid="t", name="t", peers=peers))
    assert taken(routing, CARRIED)[1].target.uid == "best"  # type: ignore[union-attr]
    assert end(number("endpoint"))[:2] == ("reject", 480)


def test_routes_with_weights_share_the_calls() -> None:
    heavy = peer("heavy", kind="uri", value="sip:a@a.example;weight=3")
    light = peer("light", kind="uri", value="sip:b@b.example;weight=1")
    first = [
        taken(number("endpoint", primary=heavy, failover=light, turn=turn), CARRIED)[1]
        for turn in range(8)
    ]
    names = [step.target.uid for step in first if step.target is not None]
    assert names == ["heavy", "heavy", "heavy", "light"] * 2


def test_a_trunk_rings_by_priority_in_turn_then_forwards() -> None:
    peers = (
        peer("low", priority=9),
        peer("a"),
        peer("off", enabled=False),
        peer("b"),
        peer("in", dials=False),
    )
    home = Home(uid="t", name="t", peers=peers, forward="+12065550199")
    rung = [
        [
            step.target.name
            for step in taken(number("trunk", home=home, turn=turn), *["fail"] * 4)
            if step.target is not None
        ]
        for turn in range(3)
    ]
    forward = "forward to +12065550199"
    assert rung == [["a", "b", "low", forward], ["b", "a", "low", forward], *rung[:1]]
    switched_off = Home(uid="t", name="t", is_active=False, peers=peers)
    assert end(number("trunk", home=switched_off))[:2] == ("reject", 480)


# walks end


UIDS = [f"n{place}" for place in range(6)]
EXITS = st.sampled_from([*UIDS, "HANGUP", "gone"])


def configs(type_: FlowType) -> st.SearchStrategy[dict[str, Any]]:
    """A config with every reference of the type, and some of its other members."""
    members: dict[str, st.SearchStrategy[Any]] = {
        "regExp": st.sampled_from([r"44\d*", "(", "(a|b)*"]),
        "start": st.sampled_from(["09:00", "2026-03-02T00:00:00", "x"]),
        "end": st.sampled_from(["17:00", "2026-04-02T00:00:00", ""]),
        "days": st.lists(st.integers(0, 8), max_size=3),
        "destination": st.sampled_from(["", "sip:x@y", "+442079460001", "201"]),
    }
    for place in TYPES[type_].places:
        head, is_list, rest = place.path.partition("[]")
        if is_list and rest:
            one = st.fixed_dictionaries(
                {rest[1:]: EXITS, "option": st.sampled_from(["", "44", "4", "eu"])}
            )
            members[head] = st.lists(one, max_size=3)
        else:
            members[head] = st.lists(EXITS, max_size=4) if is_list else EXITS
    return st.fixed_dictionaries({}, optional=members)


@st.composite
def routings(draw: st.DrawFn) -> Routing:
    nodes = {}
    for uid in UIDS:
        type_ = draw(st.sampled_from(FlowType))
        nodes[uid] = Node(uid=uid, type=type_, name=uid, config=draw(configs(type_)))
    return Routing(
        arrival=arrival(turn=draw(st.integers(0, 5))),
        handling=draw(st.sampled_from(NumberHandling)),
        node=draw(st.sampled_from([*UIDS, None])),
        nodes=nodes,
        peers={"n0": peer("n0"), "n1": peer("n1", enabled=False)},
        primary=draw(st.sampled_from([None, peer("p"), peer("q", enabled=False)])),
        home=draw(st.sampled_from([None, Home(uid="t", name="t", peers=(peer("h"),))])),
    )


@settings(max_examples=150, deadline=None)
@given(routings(), st.randoms(use_true_random=False))
def test_every_walk_ends_whatever_comes_of_it(routing: Routing, chance: Any) -> None:
    walked = list(path(routing, lambda step: chance.choice(step.outcomes)))
    last = walked[-1].step
    assert last.ends
    assert last.action in (Action.APPLICATION, Action.REJECT, Action.HANGUP)
    assert all(not one.step.ends for one in walked[:-1])
    assert all(one.step.reason and one.step.name for one in walked)
    assert last.position.hops <= MOST_HOPS
    assert len(walked) <= MOST_HOPS * MOST_TARGETS + 3
    for one in walked:
        assert set(one.leads) == set(one.step.outcomes)
        assert step_at(routing, one.step.position) == one.step
        with pytest.raises(ValueError, match="cannot come of this step"):
            following(routing, one.step, "never")


def test_a_circle_ends_after_so_many_devices_and_says_so() -> None:
    circle = flow(node("a", "ROUTE_START", connectTo="b"), node("b", "ROUTE_START", connectTo="a"))
    steps = taken(circle)
    assert len(steps) == 1 + MOST_HOPS + 1
    assert end(circle) == ("hangup", 482, f"the call has passed {MOST_HOPS} devices")


def test_a_call_can_be_put_to_a_device() -> None:
    routing = number("none", nodes={"say": node("say", "SAY", text="hi")})
    assert [one.step.type for one in path(routing, node="say")] == ["SAY", "end"]


# expressions of customers


@pytest.mark.parametrize(
    "text",
    [r"\+44\d{9,10}", r"(?:44|1)20[78]\d+", r"[+*]?\d*", r"44(20|161)\d{7}", "", r"\(x\)*|\[\)"],
)
def test_expressions_that_are_taken(text: str) -> None:
    assert patterns.compiled(text) == re.compile(text, re.ASCII)


@pytest.mark.parametrize(
    "text",
    [
        r"(\d+)+",
        r"(\d|\d)*x",
        r"((\d?)\d)*",
        r"(?:\d*){3}",
        r"\d*\d*\d*\d*\d*\d*\d*\d*\d*x",
        r"(|)(|)(|)(|)(|)(|)(|)(|)(|)",
        r"(?P<a>\d)",
        r"(?<=4)4",
        "(",
        "4" * 201,
    ],
)
def test_expressions_that_are_not(text: str) -> None:
    with pytest.raises(patterns.BadPattern):
        patterns.compiled(text)
