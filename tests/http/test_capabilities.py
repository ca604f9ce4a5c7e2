"""The matrix of capabilities: what dialects declare, counted, and counted once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from gateway.http.capabilities import FATES, abilities, capabilities, fates, rooms_of
from gateway.wire.ledger import Fate
from tests.support import stores, worlds
from tests.support.worlds import DIALECTS

PAIRS = [(a, b) for a in sorted(DIALECTS) for b in sorted(DIALECTS) if a != b]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return capabilities(DIALECTS)


def test_they_are_served_beside_what_was_there(
    sqlite_template: Path, tmp_path: Path, told: dict[str, Any]
) -> None:
    store = stores.open_copy(sqlite_template, tmp_path / "test.db")
    app = worlds.application(store)
    found = Client(app).get("/_gateway/capabilities").json
    assert found is not None
    assert {name: found[name] for name in told} == told
    assert found["dialects"].keys() == told["abilities"].keys() == DIALECTS.keys()
    assert app.ops.matrix is app.ops.matrix
    store.close()


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_abilities_are_what_is_declared(name: str) -> None:
    dialect, found = DIALECTS[name], abilities(DIALECTS[name])
    assert found["operations"] == sum(1 for owner, _ in worlds.operations() if owner == name)
    assert found["kinds"].keys() == dialect.kinds().keys()
    moves = {(move.kind, move.part): move for move in dialect.moves()}
    assert found["moves"].keys() == {kind for kind, _ in moves}
    for (kind, part), move in moves.items():
        row = found["moves"][kind]["parts"][part] if part else found["moves"][kind]
        assert (row["create"], row["delete"]) == (bool(move.create), bool(move.delete))
    assert dialect.provider is not None
    assert found["provider"]["reads"] == sorted(dialect.provider().probes)


def test_who_has_messages() -> None:
    found = {name for name in DIALECTS if abilities(DIALECTS[name])["messages"]}
    assert found == {"flowroute", "jambonz"}


def test_a_dialect_that_declares_next_to_nothing(make_site: Any) -> None:
    toy = make_site().app.dialects["toy"]
    found = abilities(toy)
    assert (found["provider"], found["moves"], found["kinds"]) == (None, {}, {})
    assert capabilities({"toy": toy})["pairs"] == {"toy": {}}


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_every_member_is_counted_once(source: str, target: str, told: dict[str, Any]) -> None:
    rooms = rooms_of(DIALECTS[source])
    counted = told["pairs"][source][target]
    assert counted.keys() == rooms.keys()
    there = DIALECTS[target].kinds()
    for kind, row in counted.items():
        assert list(row) == [str(fate) for fate in FATES]
        whole = sum(len(room.members) for room in rooms[kind])
        assert sum(row.values()) == whole > 0
        assert (row["impossible"] == whole) == (kind not in there)


def test_the_same_dialect_keeps_all() -> None:
    for dialect in DIALECTS.values():
        for known in rooms_of(dialect).values():
            assert set(fates(known, known).values()) <= {Fate.KEPT, Fate.CONVERTED}


KNOWN = {
    ("sinch", "jambonz", "number"): {("Number", "phoneNumber"): "kept"},
    ("jambonz", "sinch", "trunk"): {
        ("VoipCarrier", "name"): "kept", ("VoipCarrier", "tech_prefix"): "parked",
    },
    ("jambonz", "flowroute", "number"): {
        ("PhoneNumber", "number"): "converted", ("PhoneNumber", "application_sid"): "parked",
    },
    ("sinch", "flowroute", "trunk"): {("SipTrunk", "name"): "impossible"},
}  # fmt: skip


@pytest.mark.parametrize("crossing", KNOWN, ids="-".join)
def test_fates_that_people_know(crossing: tuple[str, str, str]) -> None:
    source, target, kind = crossing
    ours, theirs = (rooms_of(DIALECTS[name]).get(kind, []) for name in (source, target))
    found = fates(ours, theirs)
    assert {key: str(found[key]) for key in KNOWN[crossing]} == KNOWN[crossing]
