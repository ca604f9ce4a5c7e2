"""The time of a universe: it runs with the machine's or stands still, and can be set.

Timers are what an emulated provider has planned, such as the receipts of its SMSC. They follow the
clock of their universe: whoever moves it runs what has become due.
"""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

log = logging.getLogger("polytrunk.emulator")

LIVE, FROZEN = "live", "frozen"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ClockState:
    """What a snapshot keeps of a clock: where it stands, or how far it is from the machine's."""

    frozen_at: datetime | None
    ahead: timedelta


def machine() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`now` gives an aware UTC datetime. A clock is live until it is frozen."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self.state = ClockState(frozen_at, timedelta(0))

    @property
    def is_frozen(self) -> bool:
        return self.state.frozen_at is not None

    @property
    def mode(self) -> str:
        return FROZEN if self.is_frozen else LIVE

    def now(self) -> datetime:
        return self.state.frozen_at or machine() + self.state.ahead

    def freeze(self, at: datetime) -> None:
        """Stand still at an instant."""
        self.state = ClockState(at, timedelta(0))

    def go(self, at: datetime) -> None:
        """Run from an instant on."""
        self.state = ClockState(None, at - machine())

    def advance(self, seconds: float) -> None:
        """Move on without a word to anybody; a frozen clock stays frozen."""
        at = self.now() + timedelta(seconds=seconds)
        (self.freeze if self.is_frozen else self.go)(at)


class Timers:
    """Calls planned on a clock, in the order of their instants, else in that of planning.

    `changed()` is told of each new one.
    """

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock, self._changed = clock, changed
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_at(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        at = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._heap, (at, next(self._numbers), call))
        self._changed()

    def due(self) -> bool:
        return bool(self._heap) and self._heap[0][0] <= self._clock.now()

    def run_due(self) -> int:
        """Make the calls that are due, and those they plan for the same moment; how many."""
        count = 0
        while self.due():
            _, _, call = heapq.heappop(self._heap)
            count += 1
            _make(call)
        return count

    def clear(self) -> None:
        self._heap.clear()


def _make(call: Callable[[], Any]) -> None:
    try:
        call()
    except Exception:
        log.exception("a timer of a universe failed")
