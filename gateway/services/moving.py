"""Carrying a plan out, and taking it back, one request at a time and each of them on record.

Before a provider is asked the item says so, afterwards it says what came of it; a process that is
killed in between leaves an item of which nobody knows whether it was done. Going on therefore looks
first: what the provider has by its natural key is not made again. One run writes at a time: its
lease is renewed with every item and ends by itself when the process does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.domain.context import Context
from gateway.domain.migration import (
    Action,
    Item,
    Keys,
    Plan,
    digest,
    from_json,
    has_trunks,
    present,
)
from gateway.domain.moves import Move
from gateway.domain.narrowing import narrowed
from gateway.domain.problems import Conflict, Problem
from gateway.domain.words import ConnectionMode, ItemState, RunState
from gateway.models.database import write
from gateway.services import leases, move_runs, pairing
from gateway.services.move_plans import End
from gateway.services.move_steps import renamed
from gateway.wire.upstream import Refused

LEASE_SECONDS = 120
SETTLED = (ItemState.DONE, ItemState.FOUND)


def _machine() -> datetime:
    return datetime.now(UTC)


def lease_of(connection: Any) -> str:
    """The name of the lease that who writes to a connection's provider holds."""
    return f"move:{connection.uid}"


@dataclass
class There:
    """What the target has: its own ids by natural key, and its rows as they were looked at.
    `names` are the ids of rows that were taken away and made again, by those they had."""

    ids: dict[str, str]
    rows: Mapping[str, Mapping[str, Any]]
    keys: Keys
    names: dict[str, str] = field(default_factory=dict)

    def says(self, item: Item, move: Move, values: Mapping[str, Any]) -> bool:
        """Whether the item's row says these values already."""
        told = self._told(item, move)
        return all(told.get(name) == value for name, value in values.items())

    def lacks(self, item: Item, move: Move) -> bool:
        """Whether the target is as it was before the item."""
        if item.action is Action.CREATE:
            return item.key not in self.ids
        if item.action is Action.DELETE and not move.part:
            return item.key in self.ids
        return self._told(item, move) == item.before

    def _told(self, item: Item, move: Move) -> Mapping[str, Any]:
        row = self.rows.get(item.key.partition("#")[0])
        return {} if row is None else self.keys.told(move, row)


@dataclass
class Mover:
    """Writes at the target of one run. `clock` is the machine's, for the lease; who holds that
    already says so with `alone`."""

    ctx: Context
    source: End
    target: End
    clock: Callable[[], datetime] = _machine
    alone: bool = False
    holder: str = field(init=False)

    def __post_init__(self) -> None:
        self.holder = str(self.ctx.runtime.new_uid())
        self.hand = self.target.hand(self.ctx)

    def start(self, plan: Plan, *, spend: bool = False) -> Any:
        """Put a plan on record and carry it out. Conflict when it may not be."""
        if plan.refused:
            raise Conflict(plan.refused)
        if not spend and (bought := [item.key for item in plan.items if item.spends]):
            raise Conflict(f"{len(bought)} steps cost money, {bought[0]} first: say that they may")
        with self._alone():
            self._same_source(plan)
            run = move_runs.begin(self.ctx, self.source.connection, self.target.connection, plan)
            return self._carry_out(run)

    def go_on(self, run: Any) -> Any:
        """Do what a run has left to do. Conflict when the source changed meanwhile."""
        if run.state not in (RunState.APPLYING, RunState.APPLIED):
            raise Conflict(f"the run is {run.state}")
        with self._alone():
            self._same_source(from_json(run.plan))
            return self._carry_out(run)

    def carry(self, plan: Plan) -> None:
        """Have changes of the plan's numbers go to the target from now on."""
        connection = self.target.connection
        pairing.carry(connection, plan.numbers, connection.uid)
        if connection.mode is ConnectionMode.FORWARD:
            pairing.match(self.ctx, self.target)

    def undo(self, run: Any) -> Any:
        """Take back all that a run did, last things first; what it found is left alone."""
        with self._alone():
            self.take_back(run)
            numbers = from_json(run.plan).numbers
            pairing.carry(self.target.connection, numbers, self.source.connection.uid)
            move_runs.state(self.ctx, run, RunState.UNDONE)
            return move_runs.get(self.ctx, run.uid)

    def take_back(self, run: Any) -> None:
        """The steps of `undo`; whoever calls this says that the run is undone."""
        move_runs.state(self.ctx, run, RunState.UNDOING)
        plan, there, rows = from_json(run.plan), self._look(), move_runs.items(run)
        there.names |= dict(_made_again(rows))
        with self._on_record(run, RunState.UNDOING):
            for item in reversed(rows):
                self._renew()
                self._take_back(item, plan.items[item.position], there)

    def _same_source(self, plan: Plan) -> None:
        rows, _ = self.source.read(self.ctx)
        if digest(narrowed(rows, plan.numbers)) != plan.digest:
            raise Conflict("the source changed since the plan was made: plan again")

    def _look(self) -> There:
        rows, _ = self.target.read(self.ctx)
        found = present(rows, self.hand.moves)
        keys = Keys(rows, trunks=has_trunks(self.hand.moves))
        return There({key: row["uid"] for key, row in found.items()}, found, keys)

    def _carry_out(self, run: Any) -> Any:
        plan, there = from_json(run.plan), self._look()
        with self._on_record(run, RunState.APPLYING):
            for row in move_runs.items(run):
                item = plan.items[row.position]
                if row.state in SETTLED:
                    there.ids.setdefault(item.key, row.foreign_id or "")
                    continue
                self._renew()
                self._do(row, item, there)
        self.carry(plan)
        move_runs.state(self.ctx, run, RunState.APPLIED)
        return move_runs.get(self.ctx, run.uid)

    def _do(self, row: Any, item: Item, there: There) -> None:
        move, known = self.hand.moves[item.move], there.ids.get(item.key)
        values = self.hand.resolved(item.values, item, there.ids)
        before = self.hand.resolved(item.before, item, there.ids)
        sent = {"values": values, "before": before, "error": None}
        begun = row.state == ItemState.STARTED
        if item.action is Action.CREATE and known is not None:
            state = ItemState.DONE if begun else ItemState.FOUND
            move_runs.note(self.ctx, row, state, {**sent, "foreign_id": known})
            return
        is_asked = move.puts is None and there.says(item, move, item.values)
        if begun and item.action is Action.CHANGE and is_asked:
            move_runs.note(self.ctx, row, ItemState.DONE, {"foreign_id": item.target})
            return
        move_runs.note(self.ctx, row, ItemState.STARTED, sent)
        try:
            name = self.hand.do(item, values, before)
        except (Problem, OSError, LookupError) as problem:
            move_runs.note(self.ctx, row, ItemState.STARTED, {"error": str(problem)})
            raise
        own = name or item.target or item.key.partition("/")[2]
        if item.action is Action.DELETE and not move.part:
            there.ids.pop(item.key, None)
        else:
            there.ids.setdefault(item.key, own)
        done = {"foreign_id": own, "values": {**values, "uid": own}}
        move_runs.note(self.ctx, row, ItemState.DONE, done)

    def _take_back(self, row: Any, item: Item, there: There) -> None:
        move, values = self.hand.moves[item.move], renamed(row.values, there.names)
        if row.state not in (ItemState.DONE, ItemState.STARTED):
            return
        whole = item.action is Action.DELETE and not move.part
        if (whole or row.state == ItemState.STARTED) and there.lacks(item, move):
            named = {"foreign_id": there.ids[item.key]} if whole else {}
            move_runs.note(self.ctx, row, ItemState.UNDONE, named)
            return
        if row.state == ItemState.STARTED:
            values["uid"] = there.ids.get(item.key.partition("#")[0], item.target)
        try:
            undone = self.hand.undo(item, values, renamed(row.before, there.names))
        except Refused as refusal:
            move_runs.note(self.ctx, row, row.state, {"error": str(refusal)})
            raise
        if undone.name:
            there.ids[item.key] = there.names[item.target] = undone.name
        state = ItemState.KEPT if undone.kept else ItemState.UNDONE
        named = {"foreign_id": undone.name} if undone.name else {}
        move_runs.note(self.ctx, row, state, {"error": undone.kept or None, **named})

    @contextmanager
    def _on_record(self, run: Any, state: RunState) -> Iterator[None]:
        """A failure is kept with the run, which can go on from there."""
        try:
            yield
        except (Problem, OSError, LookupError) as problem:
            move_runs.state(self.ctx, run, state, str(problem))
            raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._renew()
        try:
            yield
        finally:
            if not self.alone:
                with write():
                    leases.release(lease_of(self.target.connection), self.holder)

    def _renew(self) -> None:
        if self.alone:
            return
        with write():
            name, uid = lease_of(self.target.connection), self.ctx.runtime.new_uid()
            if not leases.acquire(name, self.holder, uid, self.clock(), LEASE_SECONDS):
                text = f"if its process is gone, that ends within {LEASE_SECONDS} seconds"
                raise Conflict(f"another run writes to the same connection now; {text}")


def _made_again(rows: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """What rows of a run that are taken back already were called, and are called by now."""
    for row in rows:
        was = row.values.get("uid")
        if row.state == ItemState.UNDONE and was and row.foreign_id not in (None, was):
            yield was, row.foreign_id
