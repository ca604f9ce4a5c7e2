"""The merge of two sides that drifted apart: what it says of each difference, and what it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import drift
from gateway.domain.drift import WHOLE, Difference, Verdict, merge
from gateway.domain.problems import Invalid

OURS, THEIRS, BOTH, CONFLICT = Verdict.OURS, Verdict.THEIRS, Verdict.BOTH, Verdict.CONFLICT
A = {"name": "a", "port": 1}
B = {"name": "b", "port": 1}


def verdicts(
    base: dict[str, Any] | None, ours: dict[str, Any] | None, theirs: dict[str, Any] | None
) -> dict[str, str]:
    """Member -> verdict of one thing; None where it is not there."""
    sides = ({} if one is None else {"k": one} for one in (base, ours, theirs))
    return {one.member: str(one.verdict) for one in merge(*sides)}


MEMBERS: dict[str, tuple[Any, Any, Any, dict[str, str]]] = {
    "nothing changed": (A, A, A, {}),
    "we changed it": (A, B, A, {"name": "ours"}),
    "they changed it": (A, A, B, {"name": "theirs"}),
    "both changed it to the same": (A, B, B, {"name": "both"}),
    "both changed it differently": (A, B, {**A, "name": "c"}, {"name": "conflict"}),
    "each changed another member": (A, B, {**A, "port": 2}, {"name": "ours", "port": "theirs"}),
    "we cleared it": (A, {"name": "a"}, A, {"port": "ours"}),
    "they cleared it, we changed it": (A, {**A, "port": 2}, {"name": "a"}, {"port": "conflict"}),
    "they set what was not set": ({"name": "a"}, {"name": "a"}, A, {"port": "theirs"}),
    "both set it differently": ({"name": "a"}, A, {**A, "port": 2}, {"port": "conflict"}),
    "unset and not told are one": ({"name": "a", "port": None}, A, {"name": "a"}, {"port": "ours"}),
}
PRESENCE: dict[str, tuple[Any, Any, Any, dict[str, str]]] = {
    "we made it": (None, A, None, {WHOLE: "ours"}),
    "they made it": (None, None, A, {WHOLE: "theirs"}),
    "both made the same": (None, A, A, {}),
    "both made it, each telling more": (
        None, {"name": "a", "x": 1}, A, {"x": "ours", "port": "theirs"},
    ),
    "both made it differently": (None, A, B, {"name": "conflict"}),
    "we took it away": (A, None, A, {WHOLE: "ours"}),
    "they took it away": (A, A, None, {WHOLE: "theirs"}),
    "both took it away": (A, None, None, {WHOLE: "both"}),
    "they took away what we changed": (A, B, None, {WHOLE: "conflict"}),
    "we took away what they changed": (A, None, B, {WHOLE: "conflict"}),
    "they took away what was never settled": ({"name": "a"}, A, None, {WHOLE: "conflict"}),
}  # fmt: skip
CASES = {**MEMBERS, **PRESENCE}


@pytest.mark.parametrize(("base", "ours", "theirs", "wanted"), CASES.values(), ids=CASES)
def test_what_a_merge_says(base: Any, ours: Any, theirs: Any, wanted: dict[str, str]) -> None:
    assert verdicts(base, ours, theirs) == wanted
    swapped = {"ours": "theirs", "theirs": "ours"}
    mirrored = {member: swapped.get(said, said) for member, said in wanted.items()}
    assert verdicts(base, theirs, ours) == mirrored


def test_a_difference_shows_all_three_values() -> None:
    base, ours, theirs = {"k": A}, {"k": B}, {"k": {**A, "name": "c"}}
    assert merge(base, ours, theirs) == [Difference("k", "name", CONFLICT, "a", "b", "c")]
    assert merge(base, {}, {"k": A}) == [Difference("k", WHOLE, OURS, A, None, A)]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "is_removal"),
    [(A, None, A, True), (A, A, None, True), (None, A, None, False), (A, B, None, False),
     (A, {"name": "a"}, A, False), (A, None, None, False)],
    ids=["ours", "theirs", "made", "conflict", "member cleared", "both"],
)  # fmt: skip
def test_what_takes_things_away_is_known(
    base: Any, ours: Any, theirs: Any, is_removal: bool
) -> None:
    sides = ({} if one is None else {"k": one} for one in (base, ours, theirs))
    assert [one.is_removal for one in merge(*sides)] == [is_removal]


def test_conflicts_are_decided_by_key_or_all_at_once() -> None:
    found = merge({"k": A, "l": A}, {"k": B, "l": B}, {"k": {**A, "name": "c"}})
    assert [one.verdict for one in found] == [CONFLICT, CONFLICT]
    assert [one.verdict for one in drift.resolved(found, THEIRS)] == [THEIRS, THEIRS]
    assert [one.verdict for one in drift.resolved(found, OURS, ["l"])] == [CONFLICT, OURS]
    with pytest.raises(Invalid, match="no conflict about m"):
        drift.resolved(found, OURS, ["m"])


def test_of_a_conflict_only_the_rest_is_remembered() -> None:
    """Otherwise a later change of what both agreed on would be taken for a change of ours."""
    base, ours, theirs = {"k": {"n": 1, "p": 1}}, {"k": {"n": 2, "p": 5}}, {"k": {"n": 3, "p": 5}}
    kept = drift.agreed(base, ours, theirs)
    assert kept == {"k": {"n": 1, "p": 5}}
    assert verdicts(kept["k"], ours["k"], {"n": 3, "p": 1}) == {"n": "conflict", "p": "theirs"}


BEGUN: dict[str, tuple[Any, Any]] = {
    "not begun": ("a", "conflict"),
    "half done": (None, "ours"),
    "done": ("b", None),
    "changed by somebody": ("z", "conflict"),
}


@pytest.mark.parametrize(("there", "wanted"), BEGUN.values(), ids=BEGUN)
def test_what_was_left_half_done_is_no_change_of_theirs(there: Any, wanted: str | None) -> None:
    """Ours was to go from a over nothing to b; what both remember is older."""
    base, ours, theirs = {"k": {"on": "o"}}, {"k": {"on": "b"}}, {"k": {"on": there}}
    begun = [drift.Begun("k", {"on": "a"}, {"on": "b"}), drift.Begun("m", {}, {"on": "b"})]
    found = merge(drift.with_begun(base, theirs, begun), ours, theirs)
    assert [str(one.verdict) for one in found if one.verdict is not BOTH] == [
        one for one in (wanted,) if one
    ]


@pytest.mark.parametrize(
    ("there", "is_ours"),
    [([1, 2, 3], True), ([2], True), ([1, 2, 4], False), ("x", False)],
    ids=["all of both", "some of both", "another one", "no list"],
)
def test_lists_are_half_done_with_some_of_both(there: Any, is_ours: bool) -> None:
    base, ours, theirs = {"k": {"l": [1, 2]}}, {"k": {"l": [2, 3]}}, {"k": {"l": there}}
    begun = [drift.Begun("k", {"l": [1, 2]}, {"l": [2, 3]})]
    (found,) = merge(drift.with_begun(base, theirs, begun), ours, theirs)
    assert found.verdict is (OURS if is_ours else CONFLICT)


SAYS = st.dictionaries(st.sampled_from("nmp"), st.sampled_from([None, 1, 2, 3]))
TELLINGS = st.dictionaries(st.sampled_from("abcd"), SAYS)


def merged(base: Any, ours: Any, theirs: Any) -> tuple[Any, Any, Any]:
    """What both sides say, and what is remembered, once a merge was carried out."""
    found = merge(base, ours, theirs)
    after = drift.taken(ours, found, THEIRS), drift.taken(theirs, found, OURS)
    return drift.agreed(base, *after), *after


def plain(telling: Any) -> Any:
    """Without what is not told."""
    return {
        key: {name: value for name, value in says.items() if value is not None}
        for key, says in telling.items()
    }


@given(TELLINGS, TELLINGS, TELLINGS)
def test_no_change_is_lost_silently(base: Any, ours: Any, theirs: Any) -> None:
    """What differed is given to exactly one side and taken there, or it is a conflict."""
    found = merge(base, ours, theirs)
    _, here, there = merged(base, ours, theirs)
    said = {(one.key, one.member): one for one in found}
    assert len(said) == len(found)
    for key in ours.keys() | theirs.keys():
        if key not in ours or key not in theirs:
            whole = said[key, WHOLE]
            assert (key in here) == (key in there) or whole.verdict is CONFLICT
            continue
        for name in ours[key].keys() | theirs[key].keys():
            mine, other = ours[key].get(name), theirs[key].get(name)
            if mine == other:
                assert here[key].get(name) == there[key].get(name) == mine
                continue
            one = said[key, name]
            assert (one.ours, one.theirs) == (mine, other)
            wanted = {OURS: (mine, mine), THEIRS: (other, other), CONFLICT: (mine, other)}
            assert (here[key].get(name), there[key].get(name)) == wanted[one.verdict]
            was = base.get(key, {})
            if one.verdict is OURS:
                assert was.get(name) == other
            if one.verdict is THEIRS:
                assert was.get(name) == mine


@given(TELLINGS, TELLINGS, TELLINGS)
def test_merging_again_finds_the_conflicts_only(base: Any, ours: Any, theirs: Any) -> None:
    conflicts = {
        (one.key, one.member) for one in merge(base, ours, theirs) if one.verdict is CONFLICT
    }
    again = merged(base, ours, theirs)
    assert {(one.key, one.member) for one in merge(*again)} == conflicts
    assert {one.verdict for one in merge(*again)} <= {CONFLICT}
    assert tuple(map(plain, merged(*again))) == tuple(map(plain, again))


@given(TELLINGS, TELLINGS, TELLINGS, st.randoms(use_true_random=False))
def test_neither_order_nor_side_matters(base: Any, ours: Any, theirs: Any, random: Any) -> None:
    def shuffled(telling: Any) -> Any:
        keys = list(telling)
        random.shuffle(keys)
        return {key: telling[key] for key in keys}

    found = merge(base, ours, theirs)
    assert merge(*map(shuffled, (base, ours, theirs))) == found
    mirror = {OURS: THEIRS, THEIRS: OURS}
    assert merge(base, theirs, ours) == [
        Difference(
            one.key, one.member, mirror.get(one.verdict, one.verdict), one.base, one.theirs,
            one.ours,
        )
        for one in found
    ]  # fmt: skip
