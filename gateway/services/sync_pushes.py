"""What is to be asked of a provider so that it says what our account says: the items of a plan.

Nothing is sent here. What cannot be asked of it is held, with why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.domain import drift
from gateway.domain.drift import Verdict
from gateway.domain.migration import REFERENCES, Action, Item
from gateway.domain.moves import Move, Row
from gateway.domain.sides import Thing
from gateway.services.sync_plans import Drift, Held, Telling, Wish, kind_of

SAY_SPEND = "it would be bought: say that money may be spent"


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
        keys = sorted(key for key in self.touched if kind_of(key) == move.kind)
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
