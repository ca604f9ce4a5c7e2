"""How two sides drifted apart since they last agreed, and what a merge makes of it.

Pure: what each side says is a telling, natural key -> member -> value, and so is what both agreed
on last, the base. A merge takes nothing by itself: it lists every difference with its verdict, so
that whoever carries it out can show it first. What only one side changed is that side's to give;
what both changed, and not to the same, is a conflict and stays as it is on both sides.

A member that is not told is None. A base may know a thing in part: of a member it does not know
nobody can say who changed it, so two values are a conflict then, and one value fills the gap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from gateway.domain.problems import Invalid

Says = Mapping[str, Any]
Telling = Mapping[str, Says]

WHOLE = ""
"""The member of a difference that is about being there at all."""


class Verdict(StrEnum):
    """Who changed it. `both`: to the same, which leaves nothing to do but to remember it."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Difference:
    """One member of one thing, or with `WHOLE` the thing itself: then the values are all that each
    side says, None where it has no such thing. `why` says more than the values do."""

    key: str
    member: str
    verdict: Verdict
    base: Any
    ours: Any
    theirs: Any
    why: str = ""

    @property
    def is_removal(self) -> bool:
        """Whether carrying it out takes a thing away on one of the sides."""
        if self.member != WHOLE:
            return False
        given = self.ours if self.verdict is Verdict.OURS else self.theirs
        return given is None and self.verdict in (Verdict.OURS, Verdict.THEIRS)


def merge(base: Telling, ours: Telling, theirs: Telling) -> list[Difference]:
    """All differences, by key and member, whatever the order of what is given."""
    found: list[Difference] = []
    for key in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, here, there = base.get(key), ours.get(key), theirs.get(key)
        if here is not None and there is not None:
            found += _members(key, was or {}, here, there)
        else:
            verdict = _presence(was, here, there)
            found.append(Difference(key, WHOLE, verdict, was, here, there))
    return found


def _presence(was: Says | None, here: Says | None, there: Says | None) -> Verdict:
    """A thing that is missing on one side at least: made, or taken away."""
    if here is None and there is None:
        return Verdict.BOTH
    left = there if here is None else here
    assert left is not None
    if was is None:
        return Verdict.THEIRS if here is None else Verdict.OURS
    if not _is_unchanged(was, left):
        return Verdict.CONFLICT
    return Verdict.OURS if here is None else Verdict.THEIRS


def _is_unchanged(was: Says, now: Says) -> bool:
    """Whether a thing says what it said; of what the base does not know it must say nothing."""
    return all(was.get(name) == now.get(name) for name in was.keys() | now.keys())


def _members(key: str, was: Says, here: Says, there: Says) -> Iterator[Difference]:
    for member in sorted(was.keys() | here.keys() | there.keys()):
        known = member in was
        base, ours, theirs = was.get(member), here.get(member), there.get(member)
        if ours == theirs:
            if known and base != ours:
                yield Difference(key, member, Verdict.BOTH, base, ours, theirs)
            continue
        gap = not known
        if (known and base == theirs) or (gap and theirs is None):
            verdict = Verdict.OURS
        elif (known and base == ours) or (gap and ours is None):
            verdict = Verdict.THEIRS
        else:
            verdict = Verdict.CONFLICT
        yield Difference(key, member, verdict, base, ours, theirs)


def agreed(base: Telling, ours: Telling, theirs: Telling) -> dict[str, dict[str, Any]]:
    """The base to remember: members both sides say alike, and the old ones where they do not.

    A thing that one side has alone is remembered as it was, if it was; what neither has is
    forgotten. Members that nobody tells are remembered as such, so that telling them is a change.
    """
    kept: dict[str, dict[str, Any]] = {}
    for key in ours.keys() | theirs.keys():
        was, here, there = base.get(key), ours.get(key), theirs.get(key)
        if here is None or there is None:
            if was is not None:
                kept[key] = dict(was)
            continue
        says = {} if was is None else dict(was)
        for name in says.keys() | here.keys() | there.keys():
            if here.get(name) == there.get(name):
                says[name] = here.get(name)
        kept[key] = says
    return kept


class Begun(NamedTuple):
    """A change that was begun for our side, in several requests, and of which nobody knows how far
    it came: what the other side said before, and what it was to say."""

    key: str
    before: Says
    values: Says


def with_begun(base: Telling, theirs: Telling, begun: Iterable[Begun]) -> Telling:
    """The base with what a change of ours left half done taken for what both agreed on: it is no
    change of theirs, and ours is still to be given. What is not in between is somebody's change."""
    found = {key: dict(says) for key, says in base.items()}
    for one in begun:
        now = theirs.get(one.key)
        if now is None or one.key not in found:
            continue
        for name in one.before.keys() | one.values.keys():
            if _is_between(now.get(name), one.before.get(name), one.values.get(name)):
                found[one.key][name] = now.get(name)
    return found


def _is_between(now: Any, before: Any, after: Any) -> bool:
    """Of two values nothing is in between but none; of two lists, lists of what is in them."""
    if now in (None, before, after):
        return now is None
    lists = all(isinstance(one, list | None) for one in (now, before, after))
    return lists and all(one in [*(before or ()), *(after or ())] for one in now)


def resolved(
    found: Sequence[Difference], side: Verdict, keys: Collection[str] = ()
) -> list[Difference]:
    """The differences with conflicts decided for one side; only those of `keys`, if any are given.
    Invalid for a key that has none."""
    conflicts = {one.key for one in found if one.verdict is Verdict.CONFLICT}
    if unknown := set(keys) - conflicts:
        raise Invalid.one("key", "choice", f"there is no conflict about {min(unknown)}")
    chosen = set(keys) or conflicts
    return [
        replace(one, verdict=side) if one.verdict is Verdict.CONFLICT and one.key in chosen else one
        for one in found
    ]


def taken(
    telling: Telling, found: Sequence[Difference], verdict: Verdict
) -> dict[str, dict[str, Any]]:
    """What a side says once it has taken all that the other side (`verdict`) is to give."""
    after = {key: dict(says) for key, says in telling.items()}
    for one in found:
        if one.verdict is not verdict:
            continue
        given = one.ours if verdict is Verdict.OURS else one.theirs
        if one.member != WHOLE:
            after[one.key][one.member] = given
        elif given is None:
            after.pop(one.key, None)
        else:
            after[one.key] = dict(given)
    return after
