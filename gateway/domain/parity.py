"""Parity: what a provider holds after a move, held against what the provider before holds.

Pure: a plan that was made of both inventories says what still differs and what cannot be said, and
the paths of calls say what it comes to. The report is plain data; its canonical form is what is
signed. A difference is known when the plan's ledger tells of it (lost, blocked, by hand) or when
the target merely holds more; everything else is unexplained.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from gateway.domain import migration
from gateway.domain.migration import VOLATILE, Action, Item, Keys, Plan
from gateway.domain.moves import Move, Row
from gateway.domain.parity_paths import Path, Paths
from gateway.domain.settling import Settled

KIND: Final = "polytrunk parity report"
FORMAT: Final = 1
UNTOLD: Final = "nothing that is known of the move says why"
Report = dict[str, Any]


class Verdict(StrEnum):
    EQUAL = "equal"
    KNOWN = "equal but for known losses"
    DIFFERENT = "different"


class State(StrEnum):
    """What is with a row that differs: MISSING and CHANGED could be put right and are not. EXTRA is
    at the target only."""

    MISSING = "missing"
    CHANGED = "changed"
    BLOCKED = "blocked"
    MANUAL = "manual"
    EXTRA = "extra"


OPEN: Final = frozenset({State.MISSING, State.CHANGED})


class Same(StrEnum):
    """Of a number: whether calls to it go the same way on both sides."""

    SAME = "same"
    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"
    EXTRA = "extra"


class Difference(NamedTuple):
    key: str
    state: State
    why: str


@dataclass(frozen=True)
class Side:
    """One provider as it was read. `about` says which, for people; no secrets."""

    about: Mapping[str, str]
    rows: Settled
    paths: Paths
    notes: tuple[str, ...] = ()


DECIDING: Final[Mapping[str, frozenset[str]]] = {
    "number": frozenset({
        "trunk_uid", "application_uid", "flow_node_uid", "handling", "primary_endpoint_uid",
        "failover_endpoint_uid", "home", "primary_endpoint", "failover_endpoint",
    }),
    "trunk": frozenset({"forward_enabled", "forward_number", "application_uid"}),
    "endpoint": frozenset({"kind", "address", "port", "transport", "value", "priority"}),
}  # fmt: skip
"""By kind the attributes whose loss can change where a call goes."""


class _Comparison:
    def __init__(self, plan: Plan, source: Side, target: Side, moves: Sequence[Move]) -> None:
        self.plan, self.source, self.target, self.moves = plan, source, target, moves
        trunks = migration.has_trunks(moves)
        self.ours = _Held(source.rows, moves, trunks=trunks)
        self.theirs = _Held(target.rows, moves, trunks=trunks)
        self.items = {item.key: item for item in reversed(plan.items)}
        self.differences = list(self._differences())
        self.of_row: dict[str, list[Difference]] = {}
        for one in self.differences:
            self.of_row.setdefault(one.key.partition("#")[0], []).append(one)

    def _differences(self) -> Iterator[Difference]:
        for item in self.plan.items:
            found = self._difference(item)
            if found is not None:
                yield found
        for kind in sorted({move.kind for move in self.moves}):
            for key in self.theirs.told[kind]:
                if key not in self.ours.whole:
                    yield Difference(key, State.EXTRA, "the target alone has it")

    def _difference(self, item: Item) -> Difference | None:
        match item.action:
            case Action.CREATE:
                return Difference(item.key, State.MISSING, "is not there")
            case Action.CHANGE:
                names = (n for n in item.values if item.values[n] != item.before.get(n))
                why = f"says otherwise: {', '.join(sorted(names))}"
                return Difference(item.key, State.CHANGED, why)
            case Action.MANUAL:
                return Difference(item.key, State.MANUAL, item.by_hand)
            case Action.BLOCKED if item.target:
                return Difference(item.key, State.CHANGED, item.why)
            case Action.BLOCKED if not self._alike(item):
                return Difference(item.key, State.BLOCKED, item.why)
        return None

    def _alike(self, item: Item) -> bool:
        """Whether the target has the same: by itself, or because people put it there."""
        there = self.theirs.whole.get(item.key)
        return there is not None and there == self.ours.whole[item.key]

    def kinds(self) -> Iterator[Report]:
        """What both sides hold of each kind, and a digest of what both can say of it."""
        told = {move.kind for move in self.moves}
        for kind in sorted(self.source.rows.keys() | self.target.rows.keys()):
            ours, theirs = self.ours.told.get(kind, {}), self.theirs.told.get(kind, {})
            both = {key: _only(row, ours[key]) if key in ours else row
                    for key, row in theirs.items()}  # fmt: skip
            sides = {
                "from": self._side(self.source.rows, kind, ours),
                "to": self._side(self.target.rows, kind, both),
            }
            if kind not in told:
                del sides["from"]["digest"], sides["to"]["digest"]
            yield {"kind": kind, **sides}

    @staticmethod
    def _side(rows: Settled, kind: str, told: Mapping[str, Any]) -> Report:
        held = len(rows.get(kind, ()))
        return {"held": held, "compared": len(told), "digest": _digest(sorted(told.items()))}

    def numbers(self) -> Iterator[Report]:
        for e164 in sorted({*self.source.paths, *self.target.paths}):
            ours = self.source.paths.of(e164) if e164 in self.source.paths else None
            theirs = self.target.paths.of(e164) if e164 in self.target.paths else None
            verdict, reasons = self._judged(f"number/{e164}", ours, theirs)
            yield {
                "number": e164,
                "from": None if ours is None else list(ours.steps),
                "to": None if theirs is None else list(theirs.steps),
                "verdict": str(verdict),
                "reasons": reasons,
            }

    def _judged(self, key: str, ours: Path | None, theirs: Path | None) -> tuple[Same, list[str]]:
        if ours is None:
            return Same.EXTRA, ["the target alone has the number"]
        if theirs is None:
            found = self.of_row.get(key, [])
            known = bool(found) and not any(one.state in OPEN for one in found)
            return _explained(known), [one.why for one in found] or [UNTOLD]
        if ours.steps == theirs.steps:
            return Same.SAME, []
        keys = [key, *sorted(self.ours.keys_of(ours))]
        if wrong := [*self._open(keys), *self._strays(theirs)]:
            return Same.UNEXPLAINED, wrong
        reasons = list(self._reasons(keys, ours, theirs))
        return _explained(bool(reasons)), reasons or [UNTOLD]

    def _open(self, keys: Iterable[str]) -> Iterator[str]:
        """What could be put right of the rows that decide."""
        for key in keys:
            for one in self.of_row.get(key, ()):
                if one.state in OPEN:
                    yield f"{one.key}: {one.why}"

    def _strays(self, theirs: Path) -> Iterator[str]:
        """Whom the target rings although the source would ring nobody of that place."""
        for kind, uid in sorted(theirs.rows):
            key = self.theirs.keys.ref(kind, uid)
            if key in self.theirs.rung and key not in self.ours.rung:
                yield f"{key}: the source sends no calls there"
            number = self.theirs.forwards.get(uid) if kind == "trunk" else None
            if number is not None and number not in self.ours.forwards.values():
                yield f"{key}: the target alone forwards to {number}"

    def _reasons(self, keys: Iterable[str], ours: Path, theirs: Path) -> Iterator[str]:
        for key in keys:
            for one in self.of_row.get(key, ()):
                yield f"{one.key}: {one.state}: {one.why}"
            item = self.items.get(key)
            yield from () if item is None else _lost(item)
        if not ours.is_chosen:
            yield "the source does not say where its calls go"
        if not theirs.is_chosen:
            yield from (
                move.by_hand for move in self.moves if move.kind == "number" and move.by_hand
            )
        made = {move.kind for move in self.moves}
        for kind, uid in sorted(theirs.rows):
            key = str(self.theirs.keys.ref(kind, uid))
            if kind not in made and key not in self.ours.whole:
                yield f"{key}: set up at the target by hand"


class _Held:
    """One side by natural keys. `told` is, by kind, what the target's moves write of the rows that
    they are about, `whole` all rows as they are; `rung` are addresses that calls may go to, and
    `forwards` numbers, by the trunk."""

    def __init__(self, rows: Settled, moves: Sequence[Move], *, trunks: bool) -> None:
        self.keys = Keys(rows, trunks=trunks)
        self.told: dict[str, dict[str, Any]] = {kind: {} for kind in rows}
        self.whole: dict[str, Any] = {}
        by_kind: dict[str, list[Move]] = {}
        for move in moves:
            by_kind.setdefault(move.kind, []).append(move)
            self.told.setdefault(move.kind, {})
        for kind in rows:
            for row in rows[kind]:
                key = self.keys.of(kind, row)
                self.whole.setdefault(key, _nameless(row))
                if kind not in by_kind or not _hidden(by_kind[kind], row):
                    told = (self.keys.told(move, row) for move in by_kind.get(kind, ()))
                    self.told[kind].setdefault(key, {k: v for one in told for k, v in one.items()})
        self.rung = {
            self.keys.of("endpoint", row)
            for row in rows["endpoint"] if row.get("dials") and row.get("enabled") is not False
        }  # fmt: skip
        self.forwards = {
            row["uid"]: row.get("forward_number")
            for row in rows["trunk"] if row.get("forward_enabled")
        }  # fmt: skip

    def keys_of(self, path: Path) -> set[str]:
        return {key for one in path.rows if (key := self.keys.ref(*one)) is not None}


def _hidden(moves: Sequence[Move], row: Mapping[str, Any]) -> bool:
    """Whether the target has no such row of its own, or tells it with another one."""
    whole = Row(row)
    return any(move.skips(whole) or move.hides(whole) for move in moves if not move.part)


def _nameless(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row without what only its provider calls so."""
    return {
        name: value for name, value in row.items()
        if name != "uid" and not name.endswith("_uid") and name not in VOLATILE
    }  # fmt: skip


def _only(row: Mapping[str, Any], like: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: row.get(name) for name in like}


def _lost(item: Item) -> Iterator[str]:
    """Losses that can change where a call goes."""
    for loss in item.losses:
        if loss.attribute.partition(".")[0] in DECIDING.get(item.kind, ()):
            yield f"{item.key}: {loss.object}.{loss.member}: {loss.why}"


def _explained(known: bool) -> Same:
    return Same.EXPLAINED if known else Same.UNEXPLAINED


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _losses(items: Iterable[Item]) -> list[Report]:
    """Each loss once, with all the rows that have it."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for item in items:
        for loss in item.losses:
            known = (item.kind, loss.object, loss.member, loss.why)
            found.setdefault(known, []).append(item.key)
    return [
        {"kind": kind, "object": name, "member": member, "why": why, "rows": sorted(set(keys))}
        for (kind, name, member, why), keys in sorted(found.items())
    ]


def report(
    plan: Plan, source: Side, target: Side, moves: Sequence[Move], about: Mapping[str, Any]
) -> Report:
    """The report, plain data. `moves` are the target's; `about` is what the report says of itself
    (who made it, when, of which numbers)."""
    made = _Comparison(plan, source, target, moves)
    kinds, numbers = list(made.kinds()), list(made.numbers())
    losses = _losses(plan.items)
    counts = Counter(row["verdict"] for row in numbers)
    open_ones = counts[Same.UNEXPLAINED] or any(one.state in OPEN for one in made.differences)
    known = losses or made.differences or counts[Same.SAME] < len(numbers)
    known = known or any(_digests_differ(one) for one in kinds)
    verdict = Verdict.DIFFERENT if open_ones else Verdict.KNOWN if known else Verdict.EQUAL
    return {
        "kind": KIND,
        "format": FORMAT,
        **about,
        "from": {**source.about, "inventory": plan.digest},
        "to": {**target.about, "inventory": migration.digest(target.rows)},
        "kinds": kinds,
        "differences": [
            {"key": one.key, "state": str(one.state), "why": one.why} for one in made.differences
        ],
        "losses": losses,
        "numbers": numbers,
        "counts": {str(word): counts[word] for word in Same},
        "readiness": plan.score,
        "notes": {"from": list(source.notes), "to": list(target.notes)},
        "verdict": str(verdict),
    }


def _digests_differ(kind: Report) -> bool:
    return bool(kind["from"].get("digest") != kind["to"].get("digest"))


def canonical(told: Report) -> bytes:
    """The bytes that are signed: JSON in UTF-8, members sorted, no spaces."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def fingerprint(public_key: bytes) -> str:
    """How people compare keys."""
    return f"sha256:{hashlib.sha256(public_key).hexdigest()}"
