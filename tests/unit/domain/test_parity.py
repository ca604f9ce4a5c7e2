"""Parity: where calls go at two providers, what of the difference is known, and the report."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain import migration
from gateway.domain.holdings import Link
from gateway.domain.migration import Loss
from gateway.domain.moves import Move, Step
from gateway.domain.parity import canonical, report
from gateway.domain.parity_page import document_in, page
from gateway.domain.parity_paths import OR, Path, Paths
from gateway.domain.parity_rows import UNTOLD, Side
from gateway.domain.parity_text import text
from gateway.domain.settling import settled
from gateway.domain.words import NumberHandling

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ONE, TWO = "+12065550100", "+12065550101"
Told = dict[str, list[dict[str, Any]]]


def host(uid: str, last: int, **more: Any) -> dict[str, Any]:
    return {"uid": uid, "trunk_uid": "t", "address": f"192.0.2.{last}", "dials": True, **more}


def account(**more: Any) -> Told:
    """A trunk with two addresses, one after the other, and two numbers on it."""
    return {
        "trunk": [{"uid": "t", "name": "pstn", "forward_enabled": False}],
        "endpoint": [host("a", 1, priority=1), host("b", 2, priority=2)],
        "number": [{"uid": e164, "e164": e164, "trunk_uid": "t"} for e164 in (ONE, TWO)],
        **more,
    }


def path(told: Told, usual: NumberHandling = NumberHandling.NONE) -> Path:
    return Paths(told, settled(told), AT, usual).of(ONE)


def dial(last: int) -> str:
    return f"dial sip:{ONE}@192.0.2.{last}:5060;transport=udp"


def numbered(**more: Any) -> Told:
    return {"number": [{"uid": "n", "e164": ONE, **more}]}


FORWARD = {"uid": "t", "name": "pstn", "forward_enabled": True, "forward_number": TWO}
NODES = [
    {"uid": "s", "type": "ROUTE_START", "name": "s", "config": {"connectTo": Link("flow_nodes/g")}},
    {
        "uid": "g", "type": "SIP_GATEWAY", "name": "g",
        "config": {"trunks": [Link("endpoints/b")], "onFail": Link("flow_nodes/v")},
    },
    {"uid": "v", "type": "VOICEMAIL", "name": "machine", "config": {"connectTo": "HANGUP"}},
    {
        "uid": "d", "type": "SIP", "name": "desk", "extension": "601",
        "config": {"gateway": Link("flow_nodes/g")},
    },
    {"uid": "x", "type": "FROM_TOMORROW", "name": "x", "config": {}},
]  # fmt: skip
PATHS: dict[str, tuple[Told, tuple[str, ...]]] = {
    "by priority": (account(), (dial(1), dial(2), "hangup 480")),
    "then forwarded": (
        account(trunk=[FORWARD]), (dial(1), dial(2), f"dial {TWO}", "hangup 480"),
    ),
    "switched off": (
        account(endpoint=[host("a", 1, enabled=False), host("b", 2)]), (dial(2), "hangup 480"),
    ),
    "a trunk that is switched off": (
        account(trunk=[{"uid": "t", "name": "pstn", "is_active": False}]), ("reject 480",),
    ),
    "in turn": (
        account(endpoint=[host("b", 2), host("a", 1)]),
        (dial(1), dial(2), "hangup 480", OR, dial(2), dial(1), "hangup 480"),
    ),
    "routes of its own": (
        account(**numbered(primary_endpoint_uid="b", failover_endpoint_uid="a")),
        (dial(2), dial(1), "hangup 480"),
    ),
    "an application": (
        account(
            application=[{"uid": "p", "name": "greeter"}],
            **numbered(trunk_uid="t", application_uid="p"),
        ),
        ("application greeter",),
    ),
    "an application behind its trunk": (
        account(
            application=[{"uid": "p"}], trunk=[{"uid": "t", "name": "c", "application_uid": "p"}],
            **numbered(trunk_uid="t", handling="none"),
        ),
        ("application p",),
    ),
    "a flow": (
        account(flow_node=NODES, **numbered(flow_node_uid="s")),
        (dial(2), "record machine", "hangup 480"),
    ),
    "an extension": (
        account(flow_node=NODES, **numbered(flow_node_uid="d")),
        (dial(2).replace(ONE, "601"), "hangup 480"),
    ),
    "a flow of another version": (
        account(flow_node=NODES, **numbered(flow_node_uid="x")), ("hangup 480",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("told", "steps"), PATHS.values(), ids=PATHS)
def test_where_a_call_goes(told: Told, steps: tuple[str, ...]) -> None:
    found = path(told)
    assert (found.steps, found.is_chosen) == (steps, True)


def test_rows_that_decide_are_told() -> None:
    assert path(account()).rows == {("trunk", "t"), ("endpoint", "a"), ("endpoint", "b")}
    flow = path(account(flow_node=NODES, **numbered(flow_node_uid="s")))
    assert flow.rows == {*(("flow_node", uid) for uid in "sgv"), ("endpoint", "b")}


def test_numbers_that_say_the_same_are_dialled_as_themselves() -> None:
    told = account(trunk=[FORWARD])
    paths = Paths(told, settled(told), AT)
    first, second = (paths.of(e164).steps for e164 in (ONE, TWO))
    assert second == tuple(step.replace(f"sip:{ONE}", f"sip:{TWO}") for step in first) != first


def test_what_holds_where_nothing_is_said() -> None:
    told = account(**numbered())
    assert (path(told).steps, path(told).is_chosen) == (("reject 404",), False)
    usual = path(
        {"endpoint": [host("a", 1, trunk_uid=None)], **numbered()}, NumberHandling.ENDPOINT
    )
    assert (usual.steps, usual.is_chosen) == ((dial(1), "hangup 480"), True)


MAKE = Step("make")
MOVES = (
    Move("trunk", ("name", "forward_enabled", "forward_number"), create=MAKE, change=MAKE),
    Move("endpoint", ("trunk_uid", "address", "port", "priority"), create=MAKE),
    Move("number", ("e164", "trunk_uid"), create=MAKE, change=MAKE, by_hand="port it"),
)


def elsewhere(told: Told) -> Told:
    """The same account as another provider names its rows, in another order."""
    names = {"uid", "trunk_uid", "access_list_uid", "primary_endpoint_uid"}
    return {
        kind: [
            {name: f"new-{one}" if name in names else one for name, one in row.items()}
            for row in reversed(rows)
        ]
        for kind, rows in told.items()
    }


def compared(source: Told, target: Told, moves: Any = MOVES, losses: Any = None) -> dict[str, Any]:
    ours, theirs = settled(source), settled(target)
    plan = migration.plan(("a", "b"), ("x", "y"), ours, theirs, moves)
    for item in plan.items if losses else ():
        object.__setattr__(item, "losses", tuple(losses.get(item.key, ())))
    sides = [
        Side({"name": n, "dialect": n, "base_url": "http://x"}, rows, Paths(told, rows, AT))
        for n, rows, told in (("a", ours, source), ("b", theirs, target))
    ]
    about = {"installation": {"fingerprint": "sha256:f", "version": "1"}, "at": "now", "only": []}
    return report(plan, *sides, moves, about)


def verdicts(told: dict[str, Any]) -> list[str]:
    return [row["verdict"] for row in told["numbers"]]


def states(told: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["state"] for one in told["differences"]}


def test_an_account_that_is_named_otherwise_is_equal() -> None:
    told = compared(account(), elsewhere(account()))
    assert (told["verdict"], told["differences"], told["losses"]) == ("equal", [], [])
    assert told["counts"] == {"same": 2, "explained": 0, "unexplained": 0, "extra": 0}
    for one in told["kinds"]:
        assert one["from"] == one["to"]
    assert {one["kind"]: one["from"]["compared"] for one in told["kinds"]}["endpoint"] == 2
    assert told["from"]["inventory"] != told["to"]["inventory"]


def change(kind: str, place: int, **values: Any) -> Callable[[Told], None]:
    return lambda told: told[kind][place].update(values)


def add(kind: str, **values: Any) -> Callable[[Told], None]:
    return lambda told: told[kind].append(values)


def drop(kind: str, place: int) -> Callable[[Told], None]:
    return lambda told: told[kind].remove(told[kind][place])


CHANGED: dict[str, tuple[Callable[[Told], None], str, list[str], dict[str, str]]] = {
    "a number is missing": (
        drop("number", 1), "different", ["same", "unexplained"], {f"number/{TWO}": "missing"},
    ),
    "a number is on no trunk": (
        change("number", 0, trunk_uid=None), "different", ["unexplained", "same"],
        {f"number/{ONE}": "changed"},
    ),
    "an address is missing": (
        drop("endpoint", 1), "different", ["unexplained"] * 2,
        {"endpoint/pstn/192.0.2.2": "missing"},
    ),
    "an address comes later": (
        change("endpoint", 0, priority=3), "different", ["unexplained"] * 2,
        {"endpoint/pstn/192.0.2.1": "changed"},
    ),
    "an address more is rung": (
        add("endpoint", **host("c", 3, priority=3)), "different", ["unexplained"] * 2,
        {"endpoint/pstn/192.0.2.3": "extra"},
    ),
    "calls are forwarded": (
        change("trunk", 0, forward_enabled=True, forward_number="+12065550199"), "different",
        ["unexplained"] * 2, {"trunk/pstn": "changed"},
    ),
    "a number more": (
        add("number", uid="m", e164="+12065550102", trunk_uid="t"), "equal but for known losses",
        ["same", "same", "extra"], {"number/+12065550102": "extra"},
    ),
    "a trunk more": (
        add("trunk", uid="u", name="other"), "equal but for known losses", ["same", "same"],
        {"trunk/other": "extra"},
    ),
    "a kind that nobody can be told": (
        add("hook", uid="h", name="h"), "equal", ["same", "same"], {},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "verdict", "numbers", "rows"), CHANGED.values(), ids=CHANGED)
def test_what_differs_is_told(
    change: Callable[[Told], None], verdict: str, numbers: list[str], rows: dict[str, str]
) -> None:
    target = copy.deepcopy(account(hook=[]))
    change(target)
    told = compared(account(hook=[]), target)
    assert (verdicts(told), states(told)) == (numbers, rows)
    assert all(row["reasons"] for row in told["numbers"] if row["verdict"] != "same")
    assert told["verdict"] == verdict


def test_a_forward_that_the_source_cannot_tell_of_is_unexplained() -> None:
    target = account(trunk=[FORWARD])
    told = compared(account(trunk=[{"uid": "t", "name": "pstn"}]), target)
    assert (states(told), verdicts(told)) == ({}, ["unexplained"] * 2)
    assert told["numbers"][0]["reasons"] == [f"trunk/pstn: the target alone forwards to {TWO}"]


SWITCHED = account(endpoint=[host("a", 1, enabled=False, priority=1), host("b", 2, priority=2)])


def test_an_address_that_is_switched_off_here_and_rung_there_is_unexplained() -> None:
    told = compared(SWITCHED, account())
    assert verdicts(told) == ["unexplained"] * 2
    assert told["numbers"][0]["reasons"] == [
        "endpoint/pstn/192.0.2.1: the source sends no calls there"
    ]


NO_ROUTES = (*MOVES[:2], Move("number", ("e164",), create=MAKE, by_hand="draw a flow"))
LOST = [Loss("Trunk", "forward", "has no member for it", "forward_number"),
        Loss("Trunk", "title", "has no member for it", "description")]  # fmt: skip


def test_losses_explain_paths_where_they_decide() -> None:
    moves = (Move("trunk", ("name",), create=MAKE), *MOVES[1:])
    source, losses = account(trunk=[FORWARD]), {"trunk/pstn": LOST}
    told = compared(source, account(), moves, losses)
    assert (told["verdict"], verdicts(told)) == ("equal but for known losses", ["explained"] * 2)
    reason = "trunk/pstn: Trunk.forward: has no member for it"
    assert told["numbers"][0]["reasons"] == [reason]
    assert [one["member"] for one in told["losses"]] == ["forward", "title"]
    told = compared(source, account(), moves, {"trunk/pstn": LOST[1:]})
    assert (told["verdict"], verdicts(told)) == ("different", ["unexplained"] * 2)
    assert told["numbers"][0]["reasons"] == [UNTOLD]


def test_what_only_people_can_say_is_told() -> None:
    target = account(number=[{"uid": e164, "e164": e164} for e164 in (ONE, TWO)])
    told = compared(account(), target, NO_ROUTES)
    assert (told["verdict"], verdicts(told)) == ("equal but for known losses", ["explained"] * 2)
    assert told["numbers"][0]["reasons"] == ["draw a flow"]
    back = compared(target, account(), NO_ROUTES)
    assert back["numbers"][0]["reasons"] == ["the source does not say where its calls go"]
    target["application"] = [{"uid": "p", "name": "greeter"}]
    target["number"][0]["application_uid"] = "p"
    by_hand = compared(account(), target, NO_ROUTES)["numbers"][0]
    assert by_hand["reasons"] == ["application/greeter: set up at the target by hand"]
    known = compared(account(application=[{"uid": "q", "name": "greeter"}]), target, NO_ROUTES)
    assert verdicts(known) == ["unexplained", "explained"]


SEAL = {"algorithm": "Ed25519", "public_key": "k", "fingerprint": "sha256:f", "value": "v"}


def test_a_page_shows_texts_and_runs_none() -> None:
    evil = '</script><img src="http://x" onerror=1>&'
    source = account(trunk=[{"uid": "t", "name": evil}])
    signed = {"report": compared(source, account()), "signature": SEAL}
    shown = page(signed)
    assert "<img" not in shown
    assert "&lt;img" in shown
    assert shown.count("<script") == shown.count("</script>") == 1
    assert "src=" not in shown.replace("src=&quot;", "").replace('src=\\"', "")
    inside = document_in(shown)
    assert inside is not None
    assert inside.replace("\\u003c", "<").encode() == canonical(signed)
    assert document_in("<html>") is None


def test_text_says_how_much_it_leaves_out() -> None:
    numbers = [{"uid": str(n), "e164": f"+1206555{n:04}", "trunk_uid": "t"} for n in range(30)]
    shown = text(compared(account(number=numbers), account(number=[])))
    assert "number                    30       0  differ" in shown
    assert "... and 100 more lines" in shown
    assert shown.endswith("\nverdict: different\n")
