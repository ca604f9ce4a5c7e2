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
from gateway.domain.migration import REFERENCES, Action, Item
from gateway.domain.moves import Move, Row
from gateway.domain.sides import ELSEWHERE, STANDING, Sides, Thing

Telling = Mapping[str, Mapping[str, Any]]
SAY_DELETIONS = "a number would be given up: say that deletions may be carried out"
SAY_SPEND = "it would be bought: say that money may be spent"


@dataclass(frozen=True)
class Wish:
    """What may be done. `take` decides conflicts for one side, those of `keys` or all; `only` is
    the side whose changes are carried out, None for both."""

    take: Verdict | None = None
    keys: Sequence[str] = ()
    only: Verdict | None = None
    deletions: bool = False
    spend: bool = False


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
    found = drift.merge(made.base, made.ours, made.theirs)
    if wish.take is not None:
        found = drift.resolved(found, wish.take, wish.keys)
    found = [one for one in found if wish.only in (None, one.verdict) or _is_open(one)]
    made.held += [Held(key, why) for key, why in refused.items()]
    found = [one for one in found if one.verdict is not Verdict.THEIRS or one.key not in refused]
    _sort(made, _kept_together(made, list(_allowed(made, found, wish))))
    made.held += list(_untold(sides))
    return made


def _is_open(one: Difference) -> bool:
    return one.verdict is Verdict.CONFLICT


def _allowed(made: Drift, found: Sequence[Difference], wish: Wish) -> Iterator[Difference]:
    for one in found:
        if one.is_removal and _kind(one.key) == "number" and not wish.deletions:
            made.held.append(Held(one.key, SAY_DELETIONS))
        else:
            yield one


def _kind(key: str) -> str:
    return key.partition("/")[0]


def _kept_together(made: Drift, found: list[Difference]) -> list[Difference]:
    """Removals of what is still referred to become conflicts; what refers to a thing that its side
    will not have is held. Each of these may be the reason for another one."""
    while True:
        takes = {Verdict.THEIRS: _Taking(made, found, Verdict.THEIRS),
                 Verdict.OURS: _Taking(made, found, Verdict.OURS)}  # fmt: skip
        again, waiting = [], {}
        for one in found:
            side = takes.get(one.verdict)
            if side is not None and one.is_removal and (user := side.users.get(one.key)):
                why = f"taken away on one side, and {user} is on it on the other"
                one = replace(one, verdict=Verdict.CONFLICT, why=why)
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


class Pushes:
    """The items that make the provider say what we say, in the order to do them.

    `offers` are numbers that it sells. What cannot be done is put into `held`.
    """

    def __init__(self, made: Drift, wish: Wish, offers: Mapping[str, Any]) -> None:
        self.made, self.sides, self.wish, self.offers = made, made.sides, wish, offers
        self.after = drift.taken(made.theirs, made.push, Verdict.OURS)
        self.touched = {one.key for one in made.push}
        self.possible = {thing.key for thing in self.sides.things.values() if thing.theirs}
        self.held: list[Held] = []

    def items(self) -> Iterator[Item]:
        for index, move in enumerate(self.sides.moves):
            for thing in self._touched(move):
                item = self._item(index, move, thing) if thing.key in self.after else None
                if item is None:
                    continue
                if why := _reason(item):
                    self.held.append(Held(item.key, why))
                elif item.spends and not self.wish.spend:
                    self.held.append(Held(item.key, SAY_SPEND))
                else:
                    if item.action is Action.CREATE:
                        self.possible.add(item.key)
                    yield item
        yield from self._removals()

    def _touched(self, move: Move) -> list[Thing]:
        keys = sorted(key for key in self.touched if _kind(key) == move.kind)
        return [self.sides.things[key] for key in keys if key in self.sides.things]

    def _item(self, index: int, move: Move, thing: Thing) -> Item | None:
        values, before = (
            self._says(self.after, move, thing),
            self._says(self.made.theirs, move, thing),
        )
        item = Item(
            f"{thing.key}#{move.part}" if move.part else thing.key, Action.NONE, thing.kind,
            str((thing.ours or {}).get("uid", "")), move=index, values=values, before=before,
            target=str((thing.theirs or {}).get("uid", "")),
        )  # fmt: skip
        lacking = [values[name] for name in REFERENCES if values.get(name) not in self._known]
        if lacking:
            return replace(item, action=Action.BLOCKED, why=f"{lacking[0]} is not there")
        is_new = thing.key not in self.made.theirs
        if move.part:
            return self._part(item, move, is_new=is_new)
        return self._made(item, move, thing) if is_new else self._changed(item, move)

    @property
    def _known(self) -> set[Any]:
        return {None, *self.possible}

    def _says(self, telling: Telling, move: Move, thing: Thing) -> dict[str, Any]:
        says = telling.get(thing.key, {})
        return {name: says[name] for name in move.takes if says.get(name) is not None}

    def _part(self, item: Item, move: Move, *, is_new: bool) -> Item | None:
        whole = item.key.partition("#")[0]
        if (
            item.values == item.before
            or whole not in self.possible
            or (is_new and move.change is None)
        ):
            return None
        if item.values or move.puts:
            return replace(item, action=Action.CHANGE)
        if move.delete is None:
            return replace(item, action=Action.BLOCKED, why="it cannot be cleared there")
        return replace(item, action=Action.DELETE, values=item.before)

    def _made(self, item: Item, move: Move, thing: Thing) -> Item:
        values = {**move.given(Row(thing.ours or {})), **item.values}
        sold = self.offers.get(str(values.get("e164"))) if move.offer else None
        if move.create is None or (move.offer and sold is None):
            return replace(item, action=Action.MANUAL, by_hand=move.by_hand)
        return replace(
            item, action=Action.CREATE, values=values, spends=sold is not None, why=move.lasting,
            by_hand="" if sold else move.by_hand,
        )  # fmt: skip

    def _changed(self, item: Item, move: Move) -> Item | None:
        differing = {
            name for name in item.values.keys() | item.before.keys()
            if item.values.get(name) != item.before.get(name)
        }  # fmt: skip
        if not differing:
            return None
        if move.change is None and move.puts is None:
            why = f"cannot be changed there: {', '.join(sorted(differing))}"
            return replace(item, action=Action.BLOCKED, why=why)
        return replace(item, action=Action.CHANGE)

    def _removals(self) -> Iterator[Item]:
        gone = {one.key for one in self.made.push if one.is_removal}
        for index, move in reversed(list(enumerate(self.sides.moves))):
            for thing in self._touched(move):
                if move.part or thing.key not in gone or thing.theirs is None:
                    continue
                if move.delete is None or move.lasting:
                    why = move.lasting or move.by_hand or "it cannot be taken away there"
                    self.held.append(Held(thing.key, why))
                    continue
                yield Item(
                    thing.key, Action.DELETE, thing.kind, "", move=index,
                    target=thing.theirs["uid"], values=self._says(self.made.theirs, move, thing),
                )  # fmt: skip


def _reason(item: Item) -> str:
    """Why an item cannot be carried out."""
    return item.why or item.by_hand if item.action in (Action.BLOCKED, Action.MANUAL) else ""
