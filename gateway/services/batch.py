"""The writes of one transaction, gathered by statement.

A tick of the pipeline changes many rows in a few ways. Each statement runs once for all its rows
when the batch is flushed: one round trip on PostgreSQL, one call on SQLite. Statements of a batch
must not depend on each other's order; whoever reads what was added flushes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gateway.models.transactions import shared
from gateway.services import wakeups


class Statement(Protocol):
    """A prepared statement, or an insert."""

    def many(self, rows: Sequence[Mapping[str, Any]]) -> int: ...


class Batch:
    """`subscribers` remembers who is told of what, so that many messages ask once."""

    def __init__(self) -> None:
        self.subscribers: dict[Any, Any] = {}
        self._rows: dict[Statement, list[Mapping[str, Any]]] = {}
        self._lanes: set[str] = set()

    def add(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Run `statement` with these values at the next flush."""
        self._rows.setdefault(statement, []).append(values)

    def wake(self, lane: str) -> None:
        """Announce a lane once the transaction is committed."""
        self._lanes.add(lane)

    def flush(self) -> None:
        """Write everything gathered so far."""
        gathered, self._rows = self._rows, {}
        for statement, rows in gathered.items():
            statement.many(rows)
        lanes, self._lanes = self._lanes, set()
        for lane in lanes:
            wakeups.announce(lane)


def of_transaction() -> Batch:
    """The batch all works of the current transaction share, flushed before its COMMIT.

    Requests that share a commit share their inserts with it.
    """
    return shared(Batch, Batch.flush)
