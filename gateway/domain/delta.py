"""What a change of an account of ours asks of a provider that holds the account, too.

Pure: the account before and after, both settled, and the provider's table of moves go in; the
items of a plan come out, in the order to do them. Rows are the same when their ids are, so that a
trunk that is renamed is changed and not made anew. What is taken away goes last, and what others
are part of after its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.migration import REFERENCES, Action, Item, Keys, has_trunks
from gateway.domain.moves import Move, Row
from gateway.domain.settling import Rows, settled

Plain = Mapping[str, Any]
OURS = frozenset({"uid", "is_auto", "home_trunk_uid", "connection_uid", "ranges"})
"""What no provider is told of a row: it is about us, or told by other rows."""


class Delta:
    """Both accounts are as they are stored. `held` names, by our uid, what the provider calls the
    rows that it has."""

    def __init__(
        self, before: Rows, after: Rows, moves: Sequence[Move], held: Mapping[str, str]
    ) -> None:
        self.stored = before, after
        self.moves, self.held = moves, held
        self.before, self.after = before, after = settled(before), settled(after)
        trunks = has_trunks(moves)
        self.old, self.new = Keys(before, trunks=trunks), Keys(after, trunks=trunks)
        self.was = {(kind, row["uid"]): row for kind in before for row in before[kind]}
        self.possible = {
            keys.of(kind, row) for keys, rows in ((self.old, before), (self.new, after))
            for kind in rows for row in rows[kind] if row["uid"] in held
        }  # fmt: skip

    @property
    def ids(self) -> dict[str, str]:
        """What the provider calls the rows that it has, by their keys before and after."""
        return {
            keys.of(kind, row): self.held[row["uid"]]
            for keys, rows in ((self.old, self.before), (self.new, self.after))
            for kind in rows for row in rows[kind] if row["uid"] in self.held
        }  # fmt: skip

    def items(self) -> Iterator[Item]:
        """What is made and changed, then what is taken away."""
        self.wanted = self._wanted()
        for index, move in enumerate(self.moves):
            for row in self.after.get(move.kind, ()):
                item = self._item(index, move, row)
                if item is not None:
                    if item.action is Action.CREATE:
                        self.possible.add(item.key)
                    yield item
        for index, move in reversed(list(enumerate(self.moves))):
            there = {row["uid"]: row for row in self.after.get(move.kind, ())}
            for row in self.before.get(move.kind, ()):
                if row["uid"] in self.held and not move.part and _is_told(move, row):
                    now = there.get(row["uid"])
                    if now is None or not _is_told(move, now):
                        yield self._gone(index, move, row)

    def _wanted(self) -> set[str]:
        """Rows the provider lacks that changed ones refer to, and what those refer to."""
        rows = {row["uid"]: row for kind in self.after for row in self.after[kind]}
        changed = [
            row for kind in self.after for row in self.after[kind]
            if self.was.get((kind, row["uid"])) != row
        ]  # fmt: skip
        found: set[str] = set()
        while changed:
            row = changed.pop()
            for name in REFERENCES.keys() & row.keys():
                uid = row[name]
                if uid in rows and uid not in self.held and uid not in found:
                    found.add(uid)
                    changed.append(rows[uid])
        return found

    def _item(self, index: int, move: Move, row: Plain) -> Item | None:
        old, known = self.was.get((move.kind, row["uid"])), row["uid"] in self.held
        if old == row and (known or row["uid"] not in self.wanted):
            return None
        if move.skips(Row(row)):
            return None
        key = self.new.of(move.kind, row)
        item = Item(
            f"{key}#{move.part}" if move.part else key, Action.NONE, move.kind, row["uid"],
            move=index, target=self.held.get(row["uid"], ""),
        )  # fmt: skip
        if why := move.hides(Row(row)):
            blocked = not known and not move.part
            return replace(item, action=Action.BLOCKED, why=why) if blocked else None
        values, lacking = self._values(self.new, move, row)
        before = {} if old is None else self._values(self.old, move, old)[0]
        if lacking and not move.part:
            return replace(item, action=Action.BLOCKED, why=lacking)
        if move.part:
            return self._part(item, move, key, values, before)
        if not known:
            return self._made(item, move, {**move.given(Row(row)), **values})
        return self._changed(item, move, values, before)

    def _values(self, keys: Keys, move: Move, row: Plain) -> tuple[dict[str, Any], str]:
        values, lacking = keys.told(move, row), ""
        for name in REFERENCES.keys() & values.keys():
            if values[name] not in self.possible:
                lacking = f"{name.removesuffix('_uid')} names what the provider does not have"
                del values[name]
        return values, lacking

    def _part(
        self, item: Item, move: Move, key: str, values: dict[str, Any], before: dict[str, Any]
    ) -> Item | None:
        if (
            key not in self.possible
            or values == before
            or (not item.target and move.puts is not None)
        ):
            return None
        if not values:
            return replace(item, action=Action.DELETE, values=before) if move.delete else None
        return replace(item, action=Action.CHANGE, values=values, before=before)

    def _made(self, item: Item, move: Move, values: dict[str, Any]) -> Item:
        if move.create is None:
            return replace(item, action=Action.MANUAL, by_hand=move.by_hand, values=values)
        return replace(
            item, action=Action.CREATE, values=values, spends=move.offer is not None,
            by_hand="" if move.offer else move.by_hand, why=move.lasting,
        )  # fmt: skip

    def _changed(
        self, item: Item, move: Move, values: dict[str, Any], before: dict[str, Any]
    ) -> Item | None:
        differing = {name for name in values | before if values.get(name) != before.get(name)}
        if not differing:
            return None
        if move.change is None and move.puts is None:
            why = f"cannot be changed there: {', '.join(sorted(differing))}"
            return replace(item, action=Action.BLOCKED, why=why)
        return replace(item, action=Action.CHANGE, values=values, before=before)

    def _gone(self, index: int, move: Move, row: Plain) -> Item:
        values, _ = self._values(self.old, move, row)
        item = Item(
            self.old.of(move.kind, row), Action.DELETE, move.kind, row["uid"], move=index,
            target=self.held[row["uid"]], values=values, why=move.lasting,
        )  # fmt: skip
        if move.delete is None:
            return replace(item, action=Action.MANUAL, by_hand=move.lasting or move.by_hand)
        return item

    def unsaid(self) -> set[str]:
        """Attributes of ours that change and that no move tells."""
        told: dict[str, set[str]] = {}
        for move in self.moves:
            told.setdefault(move.kind, set()).update(move.takes)
        before, after = self.stored
        found = set()
        for kind in after:
            was = {row["uid"]: row for row in before[kind]}
            for row in after[kind]:
                old = was.get(row["uid"], row)
                for name in (old.keys() | row.keys()) - told.get(kind, set()) - OURS:
                    if old.get(name) != row.get(name):
                        found.add(name)
        return found


def _is_told(move: Move, row: Plain) -> bool:
    return not move.hides(Row(row)) and not move.skips(Row(row))
