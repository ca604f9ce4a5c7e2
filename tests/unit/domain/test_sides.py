"""Rows of two inventories that are one thing, and the names that both sides share."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import drift
from gateway.domain.drift import Verdict
from gateway.domain.moves import Move, Step
from gateway.domain.sides import ELSEWHERE, Pair, Sides

MOVES = (
    Move("trunk", ("name", "description"), create=Step("createTrunk")),
    Move("endpoint", ("trunk_uid", "address"), skips=lambda row: bool(row.aside)),
    Move("number", ("e164",), hides=lambda row: "it is on no trunk" if not row.trunk_uid else ""),
    Move("number", ("trunk_uid",), part="trunk"),
)


def trunk(uid: str, name: str, **more: Any) -> dict[str, Any]:
    return {"uid": uid, "name": name, **more}


def endpoint(uid: str, at: str, address: str, **more: Any) -> dict[str, Any]:
    return {"uid": uid, "trunk_uid": at, "address": address, **more}


def sides(ours: dict[str, Any], theirs: dict[str, Any], **more: Any) -> Sides:
    return Sides(MOVES, ours, theirs, **more)


def agreed(known: Sides) -> dict[str, Any]:
    """What is remembered once all of both sides was compared."""
    telling = known.telling(ours=True), known.telling(ours=False)
    return known.remembered(drift.agreed(known.base_telling(), *telling))


def differences(known: Sides) -> dict[str, str]:
    found = drift.merge(
        known.base_telling(), known.telling(ours=True), known.telling(ours=False)
    )  # fmt: skip
    return {f"{one.key} {one.member}".rstrip(): str(one.verdict) for one in found}


OURS = {"trunk": [trunk("o", "a")], "endpoint": [endpoint("oe", "o", "h")]}
THEIRS = {"trunk": [trunk("t", "a")], "endpoint": [endpoint("te", "t", "h")]}


def test_natural_keys_pair_rows_and_references_are_names() -> None:
    known = sides(OURS, THEIRS)
    assert set(known.things) == {"trunk/a", "endpoint/a/h"}
    assert known.telling(ours=True) == known.telling(ours=False)
    assert known.telling(ours=True)["endpoint/a/h"] == {"trunk_uid": "trunk/a", "address": "h"}
    assert agreed(known) == {
        "trunk": [{"key": "trunk/a", "ours": "o", "theirs": "t", "says": {"name": "a"}}],
        "endpoint": [{
            "key": "endpoint/a/h", "ours": "oe", "theirs": "te",
            "says": {"trunk_uid": "trunk/a", "address": "h"},
        }],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [("b", "a", {"trunk/b name": "ours"}), ("a", "b", {"trunk/a name": "theirs"}),
     ("b", "b", {"trunk/b name": "both"}), ("b", "c", {"trunk/b name": "conflict"})],
    ids=["ours", "theirs", "both", "differently"],
)  # fmt: skip
def test_a_renamed_row_is_the_same_row(ours: str, theirs: str, wanted: dict[str, str]) -> None:
    """Its name changed, and nothing that refers to it; an alias does as well as the ids."""
    mine = {**OURS, "trunk": [trunk("o", ours)]}
    other = {**THEIRS, "trunk": [trunk("t", theirs)]}
    assert differences(sides(mine, other, base=agreed(sides(OURS, THEIRS)))) == wanted
    if ours != theirs:
        found = differences(sides(mine, other, pairs=[Pair("trunk", "o", "t")]))
        assert found == {f"trunk/{ours} name": "conflict"}


def test_a_row_that_was_made_anew_is_found_by_its_name() -> None:
    base = agreed(sides(OURS, THEIRS))
    anew = {"trunk": [trunk("t2", "a")], "endpoint": [endpoint("te2", "t2", "h")]}
    known = sides(OURS, anew, base=base)
    assert differences(known) == {}
    assert [row["theirs"] for row in agreed(known)["trunk"]] == ["t2"]


def test_a_name_that_is_given_to_another_row_is_that_rows() -> None:
    base = agreed(sides({"trunk": [trunk("o", "a")]}, {"trunk": [trunk("t", "a")]}))
    mine = {"trunk": [trunk("o", "b"), trunk("n", "a")]}
    found = differences(sides(mine, {"trunk": [trunk("t", "a")]}, base=base))
    assert found == {"trunk/a": "ours", "trunk/b name": "ours"}
    gone = differences(sides({"trunk": [trunk("n", "a")]}, {"trunk": []}, base=base))
    assert gone == {"trunk/a": "ours", "trunk/a (gone)": "both"}


def test_rows_of_one_name_are_told_apart() -> None:
    mine = {"trunk": [trunk("o", "a"), trunk("p", "a", description="second")]}
    other = {"trunk": [trunk("t", "a")]}
    assert differences(sides(mine, other)) == {"trunk/a (2)": "ours"}


def test_what_others_tell_is_told_by_them() -> None:
    mine = {**OURS, "endpoint": [endpoint("oe", "o", "h"), endpoint("of", "o", "h", aside=True)]}
    known = sides(mine, THEIRS)
    assert differences(known) == {}
    assert known.of_ours("endpoint", "oe") is known.of_theirs("endpoint", "te")


def test_what_the_dialect_has_no_words_for_is_remembered_and_not_compared() -> None:
    mine = {**OURS, "number": [{"uid": "on", "e164": "+1", "trunk_uid": "o"}]}
    other = {**THEIRS, "number": [{"uid": "tn", "e164": "+1", "trunk_uid": "t"}]}
    base = agreed(sides(mine, other))
    bare = {**OURS, "number": [{"uid": "on", "e164": "+1"}]}
    known = sides(bare, other, base=base)
    assert differences(known) == {}
    assert known.things["number/+1"].untold == "it is on no trunk"
    assert agreed(known)["number"] == base["number"]
    away = sides(mine, THEIRS, base=base, elsewhere=["on"])
    assert (differences(away), away.things["number/+1"].untold) == ({}, ELSEWHERE)


def test_a_conflict_has_the_names_of_both_sides() -> None:
    base = agreed(sides(OURS, THEIRS))
    mine = {**OURS, "trunk": [trunk("o", "b", description="x")]}
    other = {**THEIRS, "trunk": [trunk("t", "a", description="y")]}
    found = drift.merge(
        (known := sides(mine, other, base=base)).base_telling(),
        known.telling(ours=True), known.telling(ours=False),
    )  # fmt: skip
    verdicts = {one.member: one.verdict for one in found}
    assert verdicts == {"name": Verdict.OURS, "description": Verdict.CONFLICT}
