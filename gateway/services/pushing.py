"""What one change asks of one connection's provider: sent step by step, on record, and taken back.

The record is a run of the connection with itself. Its first step is `started` when the run is
written down, each other one before it is sent; the run ends in the transaction of the change. So
whatever becomes of the process, the record says what may have been done at the provider, and
`recover` takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.domain.context import Context
from gateway.domain.delta import Delta
from gateway.domain.migration import WRITES, Action, Item, Plan, from_json
from gateway.domain.moves import Row
from gateway.domain.problems import Conflict, Limited, Problem, Unavailable
from gateway.domain.words import AlertType, ItemState, RunState
from gateway.models.database import write
from gateway.services import alerts, move_runs, pairing
from gateway.services.move_plans import End
from gateway.services.move_steps import Hand, renamed
from gateway.services.moving import Mover
from gateway.wire.upstream import Garbled, Refused

TROUBLES = (Problem, OSError, LookupError)
TOO_MANY, SERVER_FAULT = 429, 500
ASKED, OURS = range(400, 500), (401, 407, 408)
"""Statuses about what was asked, but for the ones about how we asked."""
Values = Mapping[str, Any]


class Done(NamedTuple):
    """A step that was taken: what was sent, what was said before, and the row's name there."""

    row: Any
    item: Item
    values: Values
    before: Values
    name: str

    @property
    def noted(self) -> dict[str, Any]:
        values = {**self.values, "uid": self.name}
        return {"values": values, "before": dict(self.before), "foreign_id": self.name}


@dataclass
class Push:
    """`delta` and `plan` say what is asked, `done` what was done of it."""

    end: End
    delta: Delta
    plan: Plan
    run: Any = None
    done: list[Done] = field(default_factory=list)

    @property
    def row(self) -> Any:
        return self.end.connection

    @property
    def writes(self) -> list[Item]:
        return self.plan.of(*WRITES)

    def begin(self, ctx: Context) -> None:
        """Write down what is to be done, the first step as begun. Inside a transaction."""
        hand, first = self.end.hand(ctx), self.writes[0]
        sent = {
            "values": hand.resolved(first.values, first, self.delta.ids),
            "before": hand.resolved(first.before, first, self.delta.ids),
        }
        self.run = move_runs.begin(ctx, self.row, self.row, self.plan)
        move_runs.note(ctx, move_runs.items(self.run)[0], ItemState.STARTED, sent)

    def send(self, ctx: Context) -> None:
        """Do all steps at the provider."""
        hand, ids = self.end.hand(ctx), dict(self.delta.ids)
        for row in move_runs.items(self.run):
            item = self.plan.items[row.position]
            values = hand.resolved(item.values, item, ids)
            before = hand.resolved(item.before, item, ids)
            self._started(ctx, row, {"values": values, "before": before})
            _check_offer(hand, item, values)
            name = hand.do(item, values, before) or item.target or item.key.partition("/")[2]
            ids.setdefault(item.key, name)
            self.done.append(Done(row, item, values, before, name))

    def _started(self, ctx: Context, row: Any, sent: dict[str, Any]) -> None:
        """Say that the step before is done and this one begun; the first one is known to be."""
        if self.done:
            with write():
                last = self.done[-1]
                move_runs.note(ctx, last.row, ItemState.DONE, last.noted)
                move_runs.note(ctx, row, ItemState.STARTED, sent)

    def settle(self, ctx: Context) -> None:
        """Learn the names the provider gave, and close the record. In the change's transaction."""
        made = [one for one in self.done if one.item.action is Action.CREATE]
        pairing.remember(
            ctx, self.row, ((one.item.kind, one.item.source, one.name) for one in made)
        )
        gone = [one.item.source for one in self.done if _is_gone(one.item)]
        pairing.forget(self.row, gone)
        if self.done:
            last = self.done[-1]
            move_runs.note(ctx, last.row, ItemState.DONE, last.noted)
        move_runs.applied(ctx, self.run)

    def take_back(self, ctx: Context, problem: Exception) -> None:
        """Undo what was done. What cannot be told or undone now stays on record, for `recover`."""
        if self.run is None or (not _definite(problem) and self._is_open):
            if self.run is not None:
                move_runs.state(ctx, self.run, RunState.UNDOING, str(problem))
            return
        hand, names = self.end.hand(ctx), dict[str, str]()
        try:
            for one in reversed(self.done):
                values = renamed({**one.values, "uid": one.name}, names)
                undone = hand.undo(one.item, values, renamed(one.before, names))
                named = {"foreign_id": undone.name or one.name}
                with write():
                    if undone.name:
                        pairing.rename(ctx, self.row, one.item.kind, one.item.source, undone.name)
                        names[one.name] = undone.name
                    move_runs.note(ctx, one.row, ItemState.UNDONE, {**one.noted, **named})
        except TROUBLES as trouble:
            with write():
                move_runs.state(ctx, self.run, RunState.UNDOING, str(trouble))
                text = f"{self.row.name}: what a refused change did there is not taken back yet"
                alerts.add(
                    ctx, AlertType.LINK_DOWN, f"{text}: {trouble}", account_uid=self.row.account_uid
                )
        else:
            move_runs.state(ctx, self.run, RunState.UNDONE, str(problem))

    @property
    def _is_open(self) -> bool:
        """Whether a step was begun of which nobody knows what came of it."""
        return len(self.done) < len(self.writes)


def recover(ctx: Context, end: End) -> None:
    """Take back what a change that never ended did at a provider. The caller holds the lease.

    Unavailable while the provider cannot be asked.
    """
    run = move_runs.last(ctx, end.connection, end.connection)
    if run is None or run.state == RunState.APPLIED:
        return
    try:
        Mover(ctx, end, end, alone=True).take_back(run)
    except TROUBLES as problem:
        text = f"{end.connection.name}: a change that was broken off cannot be taken back yet"
        raise Unavailable(f"{text}: {problem}") from None
    plan = from_json(run.plan)
    with write():
        for row in move_runs.items(run):
            item = plan.items[row.position]
            if _is_gone(item) and row.state == ItemState.UNDONE and row.foreign_id:
                pairing.rename(ctx, end.connection, item.kind, item.source, row.foreign_id)
        move_runs.state(ctx, run, RunState.UNDONE)


def carried(name: str, problem: Exception) -> Exception:
    """What went wrong with the connection of that name, as a problem of the request: what the
    provider says of what was asked is the caller's concern, all else is for later."""
    if isinstance(problem, Refused | Garbled):
        text = f"{name}: {problem}"
        if isinstance(problem, Garbled):
            return Unavailable(text)
        if problem.status == TOO_MANY:
            return Limited(text, retry_after=problem.retry_after)
        if problem.status in ASKED and problem.status not in OURS:
            return Conflict(text)
        return Unavailable(text, retry_after=problem.retry_after)
    if isinstance(problem, LookupError):
        return Unavailable(f"{name}: {problem.args[0]} is not known there")
    return problem if isinstance(problem, Problem) else Unavailable(f"{name}: {problem}")


def _definite(problem: Exception) -> bool:
    """Whether it is known that the last request did nothing."""
    if isinstance(problem, Refused):
        return problem.status < SERVER_FAULT
    return isinstance(problem, TROUBLES) and not isinstance(problem, Unavailable | OSError)


def _check_offer(hand: Hand, item: Item, values: Values) -> None:
    offer = hand.moves[item.move].offer
    if item.spends and offer is not None and offer(hand.client, Row(values)) is None:
        raise Conflict(f"the provider does not sell {values['e164']}")


def _is_gone(item: Item) -> bool:
    """Whether a row, and not a part of one, is taken away."""
    return item.action is Action.DELETE and "#" not in item.key
