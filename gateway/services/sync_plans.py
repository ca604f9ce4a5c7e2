"""What a synchronisation would do: the drift of both sides, and what of it may be carried out.

Nothing is written here. A difference that cannot be carried out on its side is held, with why, and
one whose carrying out would leave something of the other side without what it refers to is a
conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from gateway.domain import drift
from gateway.domain.drift import WHOLE, Begun, Difference, Verdict
from gateway.domain.migration import REFERENCES
from gateway.domain.problems import Invalid
from gateway.domain.sides import ELSEWHERE, STANDING, Sides

Telling = Mapping[str, Mapping[str, Any]]
SAY_DELETIONS = "a number would be given up: say that deletions may be carried out"


@dataclass(frozen=True)
class Wish:
    """What may be done. `take` decides conflicts for one side, those of `keys` or all; `only` is
    the side whose changes are carried out, None for both."""

    take: Verdict | None = None
    keys: Sequence[str] = ()
    only: Verdict | None = None
    deletions: bool = False
    spend: bool = False

    def decides(self, key: str) -> Verdict | None:
        """For which side a conflict about a thing is decided, None where it is not."""
        return self.take if not self.keys or key in self.keys else None


class Held(NamedTuple):
    """What is not carried out, and why."""

    key: str
    why: str


@dataclass
class Drift:
    """The differences of two sides, sorted by what becomes of them."""

    sides: Sides
    ours: Telling
    theirs: Telling
    base: Telling
    pull: list[Difference] = field(default_factory=list)
    push: list[Difference] = field(default_factory=list)
    conflicts: list[Difference] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    @property
    def agreed(self) -> dict[str, dict[str, Any]]:
        return drift.agreed(self.base, self.ours, self.theirs)


def compare(
    sides: Sides,
    wish: Wish,
    *,
    begun: Sequence[Begun] = (),
    refused: Mapping[str, str] = MappingProxyType({}),
) -> Drift:
    """The drift of both sides; `begun` was left half done, `refused` cannot be taken, and why.
    Invalid for keys that have no conflict."""
    theirs = sides.telling(ours=False)
    base = drift.with_begun(sides.base_telling(), theirs, begun)
    made = Drift(sides, sides.telling(ours=True), theirs, base)
    found, unknown = _decided(drift.merge(made.base, made.ours, made.theirs), wish)
    found = [one for one in found if wish.only in (None, one.verdict) or _is_open(one)]
    made.held += [Held(key, why) for key, why in refused.items()]
    found = [one for one in found if one.verdict is not Verdict.THEIRS or one.key not in refused]
    found = _kept_together(made, list(_allowed(made, found, wish)), wish)
    if unknown - {one.key for one in found if one.why}:
        raise Invalid.one("key", "choice", f"there is no conflict about {min(unknown)}")
    _sort(made, found)
    made.held += list(_untold(sides))
    return made


def _decided(found: list[Difference], wish: Wish) -> tuple[list[Difference], set[str]]:
    """The differences with conflicts decided as wished, and keys that have none so far."""
    conflicts = {one.key for one in found if _is_open(one)}
    chosen = set(wish.keys) & conflicts if wish.keys else conflicts
    if wish.take is not None and chosen:
        found = drift.resolved(found, wish.take, chosen)
    return found, set(wish.keys) - conflicts


def _is_open(one: Difference) -> bool:
    return one.verdict is Verdict.CONFLICT


def _allowed(made: Drift, found: Sequence[Difference], wish: Wish) -> Iterator[Difference]:
    for one in found:
        if one.is_removal and kind_of(one.key) == "number" and not wish.deletions:
            made.held.append(Held(one.key, SAY_DELETIONS))
        else:
            yield one


def kind_of(key: str) -> str:
    return key.partition("/")[0]


def _kept_together(made: Drift, found: list[Difference], wish: Wish) -> list[Difference]:
    """Removals of what is still referred to become conflicts, which can be decided for the side
    that has it; what refers to a thing that its side will not have is held. Each of these may be
    the reason for another one."""
    while True:
        takes = {Verdict.THEIRS: _Taking(made, found, Verdict.THEIRS),
                 Verdict.OURS: _Taking(made, found, Verdict.OURS)}  # fmt: skip
        again, waiting = [], {}
        for one in found:
            side = takes.get(one.verdict)
            if side is not None and one.is_removal and (user := side.users.get(one.key)):
                why = f"taken away on one side, and {user} is on it on the other"
                keeper = wish.decides(one.key)
                if keeper is None or keeper is one.verdict:
                    keeper = Verdict.CONFLICT
                one = replace(one, verdict=keeper, why=why)
            elif side is not None and (lacking := side.lacking(one)):
                waiting[one.key] = lacking
            again.append(one)
        again = [one for one in again if one.key not in waiting or _is_open(one)]
        made.held += [Held(key, f"{name} is not there") for key, name in waiting.items()]
        if again == found:
            return again
        found = again


class _Taking:
    """A side as it will be once it has taken what the other one (`giver`) gives."""

    def __init__(self, made: Drift, found: Sequence[Difference], giver: Verdict) -> None:
        sides, ours = made.sides, giver is Verdict.THEIRS
        after = drift.taken(made.ours if ours else made.theirs, found, giver)
        keys = sides.here if ours else sides.there
        self.giver, self.known = giver, set(after)
        self.users: dict[Any, str] = {}
        for key, says in after.items():
            self._uses(key, (says.get(member) for member in REFERENCES))
        for thing in sides.things.values():
            row = thing.ours if ours else thing.theirs
            if thing.untold and row is not None:
                self.known.add(thing.key)
                self._uses(
                    thing.key, (keys.ref(kind, row.get(name)) for name, kind in REFERENCES.items())
                )

    def _uses(self, user: str, named: Iterable[Any]) -> None:
        for key in named:
            self.users[key] = min(user, self.users.get(key, user))

    def lacking(self, one: Difference) -> str:
        """What a difference refers to and the side will not have, empty where it has all."""
        given = one.ours if self.giver is Verdict.OURS else one.theirs
        told = given if one.member == WHOLE else {one.member: given}
        wanted = {told[name] for name in REFERENCES if told and told.get(name) is not None}
        return min(wanted - self.known, default="")


def _sort(made: Drift, found: Sequence[Difference]) -> None:
    made.pull = [one for one in found if one.verdict is Verdict.THEIRS]
    made.push = [one for one in found if one.verdict is Verdict.OURS]
    made.conflicts = [one for one in found if one.verdict is Verdict.CONFLICT]


def _untold(sides: Sides) -> Iterator[Held]:
    """What we have and the provider's dialect has no words for, unless both sides have it alike."""
    for thing in sides.things.values():
        mine, other = sides.hidden(thing.kind, thing.ours), sides.hidden(thing.kind, thing.theirs)
        differ = bool(mine) != bool(other) if thing.theirs is not None else True
        if thing.untold and thing.untold != ELSEWHERE and thing.ours is not None and differ:
            yield Held(thing.key, thing.untold)
    for kind in sorted(sides.ours.keys() - set(STANDING)):
        for row in sides.ours[kind]:
            yield Held(sides.here.of(kind, row), "the provider is told nothing of this kind")


def untaken(made: Drift, after: Drift) -> Iterator[Held]:
    """What was taken and is not here as it is there: sent back, it would change what it was."""
    for one in made.pull:
        thing = made.sides.things[one.key]
        now = after.sides.of_theirs(thing.kind, (thing.theirs or {}).get("uid", ""))
        now = now or after.sides.of_ours(thing.kind, (thing.ours or {}).get("uid", ""))
        here, there = (
            None if now is None else telling.get(now.key) for telling in (after.ours, after.theirs)
        )
        mine, other = here or {}, there or {}
        names = {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)}
        if one.member != WHOLE and here is not None and there is not None:
            names &= {one.member}
        if names or (here is None) != (there is None):
            yield Held(one.key, f"our account cannot say the same of {', '.join(sorted(names))}")
