"""Two inventories held against each other row by row and number by number, for a parity report.

What a plan still wants done is open: it could be put right. What its ledger tells of is known. A
number whose calls go another way is explained by what is known of the rows that decide, and never
while one of them is open or the target rings somebody whom the source would not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from gateway.domain import migration
from gateway.domain.migration import VOLATILE, Action, Item, Keys, Plan
from gateway.domain.moves import Move, Row
from gateway.domain.parity_paths import Path, Paths
from gateway.domain.settling import Settled, built_in
from gateway.domain.splitting import ROUTES, fitted, joined

UNTOLD: Final = "nothing that is known of the move says why"


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


class Comparison:
    def __init__(self, plan: Plan, source: Side, target: Side, moves: Sequence[Move]) -> None:
        self.plan, self.source, self.target, self.moves = plan, source, target, moves
        fit = fitted(source.rows, moves)
        self.ours = _Held(fit, moves, joined(fit, source.rows))
        self.theirs = _Held(target.rows, moves, target.rows)
        self.made_for = self._made_for(fit) if fit is not source.rows else {}
        self.items = {item.key: item for item in reversed(plan.items)}
        self.differences = list(self._differences())
        self.of_row: dict[str, list[Difference]] = {}
        for one in self.differences:
            self.of_row.setdefault(one.key.partition("#")[0], []).append(one)

    def _made_for(self, fit: Settled) -> dict[str, set[str]]:
        """By number, what stands at the target for the routes that it chose."""
        refs = (("trunk_uid", "trunk"), *((name, "endpoint") for name in ROUTES))
        return {
            self.ours.keys.of("number", row): {
                key for name, kind in refs if (key := self.ours.keys.ref(kind, row.get(name)))
            }
            for row in fit["number"] if row["routed"]
        }  # fmt: skip

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

    def kinds(self) -> Iterator[dict[str, Any]]:
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
    def _side(rows: Settled, kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
        held = len(rows.get(kind, ()))
        return {"held": held, "compared": len(told), "digest": _digest(sorted(told.items()))}

    def numbers(self) -> Iterator[dict[str, Any]]:
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
        keys = [key, *sorted(self.ours.keys_of(ours) | self.made_for.get(key, set()))]
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
            is_rung = key in self.theirs.rung and key not in self.ours.rung
            if is_rung and uid not in self.theirs.built_in:
                yield f"{key}: the source sends no calls there"
            number = self.theirs.forwards.get(uid) if kind == "trunk" else None
            if number is not None and number not in self.ours.forwards.values():
                yield f"{key}: the target alone forwards to {number}"

    def _reasons(self, keys: Sequence[str], ours: Path, theirs: Path) -> Iterator[str]:
        """What the ledger has to say. Where the target was told nothing of the number's calls, the
        losses of whom it would ring do not matter."""
        for key in keys if theirs.is_chosen else keys[:1]:
            yield from (f"{one.key}: {one.state}: {one.why}" for one in self.of_row.get(key, ()))
            item = self.items.get(key)
            yield from () if item is None else _lost(item)
        if not ours.is_chosen:
            yield "the source does not say where its calls go"
        if not theirs.is_chosen:
            said = (move.by_hand for move in self.moves if move.kind == "number")
            yield from (text for text in said if text)
        made = {move.kind for move in self.moves}
        for kind, uid in sorted(theirs.rows):
            key = str(self.theirs.keys.ref(kind, uid))
            if kind not in made and key not in self.ours.whole:
                yield f"{key}: set up at the target by hand"


class _Held:
    """One side by natural keys, which all that is `named` has. `told` is, by kind, what the
    target's moves write of the rows that they are about, `whole` all rows as they are; `rung` are
    addresses that calls may go to, among them the `built_in` registration, and `forwards` numbers,
    by the trunk."""

    def __init__(self, rows: Settled, moves: Sequence[Move], named: Settled) -> None:
        self.keys = Keys(named, trunks=migration.has_trunks(moves))
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
        self.built_in = {row["uid"] for row in rows["endpoint"] if built_in(row)}
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
