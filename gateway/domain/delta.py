"""What a change of an account of ours asks of a provider that holds the account, too.

Pure: the account before and after, both settled, and the provider's table of moves go in; the
items of a plan come out, in the order to do them. Rows are the same when their ids are, so that a
trunk that is renamed is changed and not made anew. What is taken away goes last, and what others
are part of after its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from gateway.domain.migration import REFERENCES, Action, Item, Keys, has_trunks
from gateway.domain.moves import Move, Row
from gateway.domain.settling import Rows, Settled, built_in, settled
from gateway.domain.splitting import ROUTES, is_by_trunk, split

Plain = Mapping[str, Any]
OURS = frozenset({"uid", "is_auto", "home_trunk_uid", "connection_uid", "handling", "ranges"})
"""What no provider is told of a row: it is about us, or told by other rows."""

RANGE = ("address", "prefix_length", "admits", "access_list_uid")
"""What of an address a list tells that tells its ranges."""


class Delta:
    """Both accounts are as they are stored. `held` names, by our uid, what the provider calls the
    rows that it has."""

    def __init__(
        self, before: Rows, after: Rows, moves: Sequence[Move], held: Mapping[str, str]
    ) -> None:
        self.stored = before, after
        self.moves, self.held = moves, held
        self.before, self.after = split(settled(before), moves), split(settled(after), moves)
        trunks = has_trunks(moves)
        named = _with_names_of_their_own(self.before, self.after)
        self.old, self.new = Keys(named, trunks=trunks), Keys(self.after, trunks=trunks)
        self.was = {(kind, row["uid"]): row for kind in self.before for row in self.before[kind]}
        self.possible = set(self.ids)
        self.going = {(move.kind, row["uid"]) for move in moves for row in self._untold(move)}

    def _untold(self, move: Move) -> Iterator[Plain]:
        """Rows that the provider has and is not to have any more."""
        told = {row["uid"] for row in self.after.get(move.kind, ()) if _is_told(move, row)}
        for row in self.before.get(move.kind, ()) if not move.part else ():
            if row["uid"] in self.held and row["uid"] not in told and _is_told(move, row):
                yield row

    @cached_property
    def ids(self) -> dict[str, str]:
        """What the provider calls the rows that it has, by their keys before and after."""
        return {
            key: self.held[uid]
            for keys in (self.old, self.new) for (_, uid), key in keys.named.items()
            if uid in self.held
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
            yield from (self._gone(index, move, row) for row in self._untold(move))

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
        is_same = old == row and not any(self._is_going(name, row) for name in REFERENCES)
        if is_same and (known or row["uid"] not in self.wanted):
            return None
        if move.skips(Row(row)):
            return None
        key = self.new.of(move.kind, row)
        item = Item(
            f"{key}#{move.part}" if move.part else key, Action.NONE, move.kind, row["uid"],
            move=index, target=self.held.get(row["uid"], ""),
        )  # fmt: skip
        if why := move.hides(Row(row)):
            blocked = not known and not move.part and not built_in(row)
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
            is_going = keys is self.new and self._is_going(name, row)
            if is_going or values[name] not in self.possible:
                lacking = f"{name.removesuffix('_uid')} names what the provider does not have"
                del values[name]
        return values, lacking

    def _is_going(self, name: str, row: Plain) -> bool:
        return (REFERENCES[name], row.get(name)) in self.going

    def _part(
        self, item: Item, move: Move, key: str, values: dict[str, Any], before: dict[str, Any]
    ) -> Item | None:
        if (
            key not in self.possible
            or values == before
            or (not item.target and move.change is None)
        ):
            return None
        if not values and move.puts is None:
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
        key, uid = self.old.named[move.kind, row["uid"]], row["uid"]
        item = Item(
            key, Action.DELETE, move.kind, uid, move=index, target=self.held[uid],
            values={**move.given(Row(row)), **values}, why=move.lasting,
        )  # fmt: skip
        if move.delete is None:
            return replace(item, action=Action.MANUAL, by_hand=move.lasting or move.by_hand)
        return item

    def unsaid(self) -> set[str]:
        """Attributes of ours that change and that no move tells."""
        told: dict[str, set[str]] = {}
        for move in self.moves:
            told.setdefault(move.kind, set()).update(move.takes)
        if "ranges" in told.get("access_list", ()):
            told.setdefault("endpoint", set()).update(RANGE)
        before, after = self.stored
        found = set()
        for kind in after:
            was = {row["uid"]: row for row in before[kind]}
            for row in after[kind]:
                old = was.get(row["uid"], row)
                said = told.get(kind, set()) | OURS | self._said_by_trunk(kind, row)
                for name in (old.keys() | row.keys()) - said:
                    if old.get(name) != row.get(name):
                        found.add(name)
        return found

    def _said_by_trunk(self, kind: str, row: Plain) -> set[str]:
        """What a number chooses, or chooses no more, where the trunk that it is on says so."""
        if kind != "number" or not is_by_trunk(self.moves):
            return set()
        chosen = {one["uid"] for one in self.after["number"] if one.get("routed")}
        has_none = all(row.get(name) is None for name in ROUTES)
        return set(ROUTES) if has_none or row["uid"] in chosen else set()


def _is_told(move: Move, row: Plain) -> bool:
    return not move.hides(Row(row)) and not move.skips(Row(row))


def _with_names_of_their_own(before: Settled, after: Settled) -> Settled:
    """The inventory, with names that tell its trunks from others that are called so by now."""
    now = {row.get("name"): row["uid"] for row in after["trunk"]}
    gone = [row["uid"] for row in before["trunk"] if now.get(row["name"]) not in (None, row["uid"])]
    trunks = [
        {**row, "name": f"{row['name']} (gone)"} if row["uid"] in gone else row
        for row in before["trunk"]
    ]
    return {**before, "trunk": trunks}
