"""Which rows of two inventories are one thing, and what each side says of it.

Pure. A thing has one name for both sides: its natural key with us, else the one at the provider.
References are such names too, so that a trunk that is renamed on one side is a trunk whose name
changed, and nothing that refers to it differs. Rows are one thing when they were one thing before
(by both ids), when an alias says so, or when their natural keys are equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.domain.migration import REFERENCES, Keys, has_trunks
from gateway.domain.moves import Move, Row
from gateway.domain.settling import Settled
from gateway.domain.splitting import fitted

Plain = Mapping[str, Any]
Base = Mapping[str, Sequence[Mapping[str, Any]]]
"""By kind, what both sides agreed on of each thing: `key`, the ids `ours` and `theirs`, `says`."""

ELSEWHERE = "it is with another connection"
CHOOSES = "it has routes of its own, and the provider sends calls by trunk: let changes go through"
STANDING = ("trunk", "access_list", "trunk_access_list", "endpoint", "number")
"""Kinds whose rows are paired, those that are named by others first."""


class Pair(NamedTuple):
    """An alias: what the provider calls a row of ours."""

    kind: str
    ours: str
    theirs: str


@dataclass
class Thing:
    """One thing, by the rows that stand for it; None on a side that has no such row.

    `untold` says why the provider's dialect has no words for it as it is on one of the sides; it
    is compared with nothing then.
    """

    key: str
    kind: str
    ours: Plain | None = None
    theirs: Plain | None = None
    untold: str = ""


@dataclass
class Sides:
    """Both inventories under common names. `elsewhere` are the ids of our numbers that are with
    another connection, and so none of this provider's."""

    moves: Sequence[Move]
    ours: Settled
    theirs: Settled
    base: Base = field(default_factory=dict)
    pairs: Sequence[Pair] = ()
    elsewhere: Collection[str] = ()

    def __post_init__(self) -> None:
        trunks = has_trunks(self.moves)
        self.here, self.there = Keys(self.ours, trunks=trunks), Keys(self.theirs, trunks=trunks)
        self.main = {move.kind: move for move in self.moves if not move.part}
        homes = {row["uid"]: row.get("trunk_uid") for row in self.ours.get("number", ())}
        fit = fitted(self.ours, self.moves).get("number", ())
        self.choosing = {row["uid"] for row in fit if row.get("trunk_uid") != homes[row["uid"]]}
        self.things: dict[str, Thing] = {}
        self._of: dict[tuple[bool, str, str], Thing] = {}
        for kind in STANDING:
            self._pair(kind)
        self._now = dict(self._names_of_base())

    def of_ours(self, kind: str, uid: str) -> Thing | None:
        return self._of.get((True, kind, uid))

    def of_theirs(self, kind: str, uid: str) -> Thing | None:
        return self._of.get((False, kind, uid))

    def _pair(self, kind: str) -> None:
        mine: dict[str, Plain] = {row["uid"]: row for row in self.ours.get(kind, ())}
        other: dict[str, Plain] = {row["uid"]: row for row in self.theirs.get(kind, ())}
        known = [(one["ours"], one["theirs"]) for one in self.base.get(kind, ())]
        known += [(pair.ours, pair.theirs) for pair in self.pairs if pair.kind == kind]
        for ours, theirs in known:
            if ours in mine and theirs in other:
                self._put(kind, mine.pop(ours), other.pop(theirs))
        alike: dict[tuple[str, bool], list[Plain]] = {}
        for row in other.values():
            alike.setdefault((self.there.of(kind, row), self.is_aside(kind, row)), []).append(row)
        for row in mine.values():
            same = alike.get((self.here.of(kind, row), self.is_aside(kind, row)))
            self._put(kind, row, same.pop(0) if same else None)
        for rows in alike.values():
            for row in rows:
                self._put(kind, None, row)

    def is_aside(self, kind: str, row: Plain) -> bool:
        """Whether other rows tell all of it."""
        return kind not in self.main or bool(self.main[kind].skips(Row(row)))

    def _put(self, kind: str, ours: Plain | None, theirs: Plain | None) -> None:
        known = ((self.here, ours), (self.there, theirs))
        key = next(keys.of(kind, row) for keys, row in known if row is not None)
        name, count = key, 1
        while name in self.things:
            count += 1
            name = f"{key} ({count})"
        thing = self.things[name] = Thing(name, kind, ours, theirs)
        thing.untold = self._untold(thing)
        for keys, row in known:
            if row is not None:
                self._of[keys is self.here, kind, row["uid"]] = thing
                keys.named[kind, row["uid"]] = name

    def _untold(self, thing: Thing) -> str:
        if thing.ours is not None and thing.ours["uid"] in self.elsewhere:
            return ELSEWHERE
        return self.hidden(thing.kind, thing.ours) or self.hidden(thing.kind, thing.theirs)

    def hidden(self, kind: str, row: Plain | None) -> str:
        """Why the dialect has no words for a row, empty where it has some or needs none."""
        if row is None or self.is_aside(kind, row):
            return ""
        if kind == "number" and row["uid"] in self.choosing:
            return CHOOSES
        return self.main[kind].hides(Row(row))

    def told_of(self, kind: str) -> set[str]:
        """The attributes that the dialect tells of a kind."""
        return {name for move in self.moves if move.kind == kind for name in move.takes}

    def telling(self, *, ours: bool) -> dict[str, dict[str, Any]]:
        """What one side says of each thing that can be compared."""
        keys, told = self.here if ours else self.there, {}
        for thing in self.things.values():
            row = thing.ours if ours else thing.theirs
            if row is not None and not thing.untold and not self.is_aside(thing.kind, row):
                told[thing.key] = self.says(keys, thing.kind, row)
        return told

    def says(self, keys: Keys, kind: str, row: Plain) -> dict[str, Any]:
        """All that the dialect's moves tell of a row, those of its parts too."""
        found: dict[str, Any] = {}
        for move in self.moves:
            if move.kind == kind:
                found |= keys.told(move, row)
        return found

    def base_telling(self) -> dict[str, dict[str, Any]]:
        """What both sides agreed on, by present names, without what cannot be compared now."""
        return {
            self._now[one["key"]]: self._renamed(one["says"])
            for rows in self.base.values() for one in rows
            if not self._is_untold(self._now[one["key"]])
        }  # fmt: skip

    def _is_untold(self, key: str) -> bool:
        return key in self.things and bool(self.things[key].untold)

    def _renamed(self, says: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._now.get(value, value) if name in REFERENCES else value
            for name, value in says.items()
        }

    def _names_of_base(self) -> Iterator[tuple[str, str]]:
        """What things are called now, by what they were called; what is gone keeps its name,
        unless something else has it."""
        for kind, rows in self.base.items():
            for one in rows:
                thing = self.of_ours(kind, one["ours"]) or self.of_theirs(kind, one["theirs"])
                gone = f"{one['key']} (gone)" if one["key"] in self.things else one["key"]
                yield one["key"], thing.key if thing is not None else gone

    def remembered(self, says: Mapping[str, Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """What to keep as base: the things of `says` with both ids, and of those that cannot be
        compared now what was kept before."""
        before = {
            self._now[one["key"]]: (kind, one) for kind, rows in self.base.items() for one in rows
        }
        kept: dict[str, list[dict[str, Any]]] = {}
        for key in sorted(says.keys() | {key for key in before if self._is_untold(key)}):
            kind, old = before.get(key, ("", {}))
            thing = self.things.get(key)
            mine, other = (thing.ours, thing.theirs) if thing is not None else (None, None)
            told = says[key] if key in says else self._renamed(old["says"])
            kept.setdefault(kind or (thing.kind if thing else ""), []).append({
                "key": key,
                "ours": mine["uid"] if mine is not None else old["ours"],
                "theirs": other["uid"] if other is not None else old["theirs"],
                "says": dict(told),
            })  # fmt: skip
        return kept
