"""Plans: what is made, in which order, and what their text and digest say."""

from __future__ import annotations

import random
from typing import Any

from gateway.domain.migration import Action, digest, plan, summary
from gateway.domain.migration_text import text
from gateway.domain.moves import Move, Step
from gateway.domain.settling import settled

MAKE = Step("make")
MOVES = (
    Move("trunk", ("name", "description"), create=MAKE, change=MAKE, delete=MAKE),
    Move(
        "endpoint", ("trunk_uid", "address", "port"), create=MAKE, delete=MAKE,
        hides=lambda row: "" if row.dials else "nothing is sent there",
    ),
    Move(
        "number", ("e164",), create=MAKE, offer=lambda client, row: None, by_hand="port it",
    ),
    Move("number", ("primary_endpoint_uid",), change=MAKE, part="primary"),
)  # fmt: skip
SOURCE: dict[str, list[dict[str, Any]]] = {
    "trunk": [{"uid": "t", "name": "pstn", "description": "ours"}],
    "endpoint": [
        {"uid": "a", "trunk_uid": "t", "address": "192.0.2.1", "dials": True},
        {"uid": "b", "trunk_uid": "t", "address": "192.0.2.2", "dials": False},
    ],
    "number": [
        {"uid": "1", "e164": "+12065550100", "trunk_uid": "t", "primary_endpoint_uid": "a"},
        {"uid": "2", "e164": "+12065550101", "trunk_uid": "t", "primary_endpoint_uid": "b"},
    ],
    "hook": [{"uid": "h"}],
}
PRICE = {"+12065550100": {"monthly_cost_nano": 5, "setup_cost_nano": 7}}


def planned(target: dict[str, Any], **more: Any) -> Any:
    return plan(("a", "b"), ("x", "y"), settled(SOURCE), settled(target), MOVES, **more)


def test_what_is_made_of_nothing() -> None:
    made = planned({}, offers=PRICE)
    assert [(item.key, str(item.action)) for item in made.items] == [
        ("trunk/pstn", "create"),
        ("endpoint/pstn/192.0.2.1", "create"),
        ("endpoint/pstn/192.0.2.2", "blocked"),
        ("number/+12065550100", "create"),
        ("number/+12065550101", "manual"),
        ("number/+12065550100#primary", "change"),
        ("hook/h", "blocked"),
    ]
    first = made.items[1]
    assert first.values == {"trunk_uid": "trunk/pstn", "address": "192.0.2.1", "port": 5060}
    assert made.items[5].values == {"primary_endpoint_uid": "endpoint/pstn/192.0.2.1"}
    counts = summary(made)
    assert (counts["create"], counts["monthly_cost_nano"], counts["setup_cost_nano"]) == (3, 5, 7)


def test_what_is_there_already_is_compared() -> None:
    target = {
        "trunk": [{"uid": "T", "name": "pstn", "description": "theirs", "host_name": "x"}],
        "endpoint": [
            {"uid": "A", "trunk_uid": "T", "address": "192.0.2.1", "port": 5060, "dials": True}
        ],
        "number": [{"uid": "N", "e164": "+12065550100", "trunk_uid": "T"}],
    }
    made = {item.key: item for item in planned(target).items}
    trunk = made["trunk/pstn"]
    assert (trunk.action, trunk.target) == (Action.CHANGE, "T")
    assert trunk.before["description"] == "theirs"
    assert trunk.values["description"] == "ours"
    assert made["endpoint/pstn/192.0.2.1"].action is Action.NONE
    assert made["number/+12065550100"].action is Action.NONE


def test_what_cannot_be_changed_is_blocked() -> None:
    target = {
        "trunk": [{"uid": "T", "name": "pstn", "description": "ours"}],
        "number": [{"uid": "N", "e164": "+12065550100", "trunk_uid": "T"}],
    }
    moves = (MOVES[0], Move("number", ("e164", "kind"), create=MAKE))
    source = {**SOURCE, "number": [{"uid": "1", "e164": "+12065550100", "kind": "toll_free"}]}
    made = plan(("a", "b"), ("x", "y"), settled(source), settled(target), moves)
    found = next(item for item in made.items if item.kind == "number")
    assert (found.action, found.why) == (Action.BLOCKED, "cannot be changed there: kind")


def test_the_same_inventories_make_the_same_plan() -> None:
    shuffled = {kind: random.Random(3).sample(rows, len(rows)) for kind, rows in SOURCE.items()}
    again = plan(("a", "b"), ("x", "y"), settled(shuffled), settled({}), MOVES)
    assert again == planned({})
    assert text(again) == text(planned({}))


def test_a_digest_is_of_what_is_said() -> None:
    known = digest(settled(SOURCE))
    later = {**SOURCE, "trunk": [{**SOURCE["trunk"][0], "updated_at": "now"}]}
    other = {**SOURCE, "trunk": [{**SOURCE["trunk"][0], "description": "other"}]}
    assert digest(settled(later)) == known
    assert digest(settled(other)) != known


def test_the_text_of_a_plan() -> None:
    assert text(planned({}, offers=PRICE)).splitlines()[2:] == [
        "   1 + trunk/pstn",
        "   2 + endpoint/pstn/192.0.2.1",
        "   3 ! endpoint/pstn/192.0.2.2: nothing is sent there",
        "   4 + number/+12065550100",
        "   5 ? number/+12065550101",
        "   6 ~ number/+12065550100#primary: primary_endpoint_uid None -> endpoint/pstn/192.0.2.1",
        "   7 ! hook/h: the target makes nothing of this kind",
        "",
        "by hand:",
        "  number/+12065550101: port it",
        "",
        "3 create, 1 change, 0 none, 1 manual, 2 blocked; 0.00 a month for new numbers",
        "readiness of y: 100%, policy warn",
    ]
