"""The requests that items of a plan stand for, sent to one provider, and what takes them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.domain.migration import REFERENCES, Action, Item
from gateway.domain.moves import Move, Step, own_text
from gateway.wire.upstream import Garbled, Refused

GONE = 404
Values = Mapping[str, Any]


class Undone(NamedTuple):
    """`name` is what the provider calls a row that was made again; `kept` why something stays."""

    name: str = ""
    kept: str = ""


def renamed(values: Values, names: Mapping[str, str]) -> dict[str, Any]:
    """What was resolved, by the new names of rows that were taken away and made again."""
    return {
        name: names.get(value, value) if name in REFERENCES or name == "uid" else value
        for name, value in values.items()
    }


@dataclass(frozen=True)
class Hand:
    """Writes at one provider. `account` is the provider's own name of the account."""

    client: Any
    moves: Sequence[Move]
    account: str

    def resolved(self, values: Values, item: Item, ids: Mapping[str, str]) -> dict[str, Any]:
        """References as the provider's ids, with the row's own id and the account's; LookupError
        for a reference to what is not there."""
        found = {
            name: ids[value] if name in REFERENCES else value for name, value in values.items()
        }
        key = item.key.partition("#")[0]
        named = {"uid": ids.get(key, item.target), "own": key.partition("/")[2]}
        return {**found, **named, "account": self.account}

    def do(self, item: Item, values: Values, before: Values) -> str:
        """Carry an item out; the name of what was made, empty where nothing was. What is to be
        taken away and is gone already is no failure."""
        move = self.moves[item.move]
        if item.action is Action.DELETE:
            self._delete(move, values)
            return ""
        if item.action is Action.CHANGE and move.puts is not None:
            move.puts(self.client, values)
            return ""
        step = move.create if item.action is Action.CREATE else move.change
        assert step is not None
        cleared = _cleared(move, values, before) if item.action is Action.CHANGE else ()
        return self._send(step, values, cleared)

    def undo(self, item: Item, values: Values, before: Values) -> Undone:
        """Take back an item that was carried out; raises Refused. What is gone by now stays so."""
        try:
            return self._undone(item, values, before)
        except Refused as refusal:
            if refusal.status != GONE:
                raise
            return Undone(kept="it is gone there")

    def _undone(self, item: Item, values: Values, before: Values) -> Undone:
        move = self.moves[item.move]
        if item.action is Action.DELETE:
            step = move.change if move.part else move.create
            return Undone(self._send(step, values)) if step else Undone(kept="it is gone")
        if item.action is Action.CREATE:
            if move.delete is None:
                return Undone(kept=move.lasting or "it cannot be undone")
            self._delete(move, values)
            return Undone(kept=move.lasting)
        whole = {**before, **{name: values[name] for name in ("uid", "own", "account")}}
        if move.puts is not None:
            move.puts(self.client, whole)
        elif move.part and any(name not in before for name in move.takes):
            if move.delete is None:
                return Undone(kept="it cannot be undone")
            self._delete(move, values)
        elif move.change is None:
            return Undone(kept="it cannot be undone")
        else:
            whole = {**dict.fromkeys(move.takes), **whole}
            self._send(move.change, whole, _cleared(move, whole, values))
        return Undone()

    def _delete(self, move: Move, values: Values) -> None:
        assert move.delete is not None
        try:
            self._send(move.delete, values)
        except Refused as refusal:
            if refusal.status != GONE:
                raise

    def _send(self, step: Step, values: Values, clears: Sequence[str] = ()) -> str:
        body = None if step.sends is None else step.sends(values)
        answer = self.client.call(
            step.operation, values=body, clears=clears, **step.path(values)
        )  # fmt: skip
        return "" if step.name is None else _named(step, answer)


def _named(step: Step, answer: Any) -> str:
    """What the provider calls what it made; Garbled when it does not say."""
    assert step.name is not None
    try:
        found = step.name(answer)
    except (LookupError, TypeError):
        found = None
    if found is None or not own_text(found):
        raise Garbled(step.operation, "it does not name what was made")
    return own_text(found)


def _cleared(move: Move, values: Values, before: Values) -> tuple[str, ...]:
    """What was said before and is said no more."""
    return tuple(
        name for name in move.takes
        if values.get(name) is None and before.get(name) is not None
    )  # fmt: skip
