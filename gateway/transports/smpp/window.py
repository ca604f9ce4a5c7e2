"""The unanswered requests of one session: numbers, the window, and what timed out.

The theory: a sequence number belongs to a request until its answer came. A request whose answer is
overdue leaves the window (its slot is free again, its outcome unknown) but keeps its number for a
while, so that a late answer still finds it and a wrapped counter does not give the number twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateway.transports.smpp.commands import MAX_SEQUENCE

Item = TypeVar("Item")

_REMEMBERED = 2000


@dataclass(slots=True)
class Flight(Generic[Item]):
    """One request on its way: what it carries and when it left (time.monotonic())."""

    item: Item
    sent_at: float


class Window(Generic[Item]):
    """`size` requests at most are open; control requests have numbers but take no slot."""

    def __init__(self, size: int, *, start: int = 0) -> None:
        self.size = size
        self.open: dict[int, Flight[Item]] = {}
        self.controls: dict[int, Any] = {}
        self._expired: dict[int, Flight[Item]] = {}
        self._last = start

    @property
    def room(self) -> int:
        return self.size - len(self.open)

    def next_number(self) -> int:
        """The next free number, 1 to 0x7FFFFFFF, skipping all that are still open."""
        number = self._last
        while True:
            number = number + 1 if number < MAX_SEQUENCE else 1
            if number in self.open or number in self._expired or number in self.controls:
                continue
            self._last = number
            return number

    def take(self, item: Item, now: float) -> int:
        number = self.next_number()
        self.open[number] = Flight(item, now)
        return number

    def settle(self, number: int) -> tuple[Flight[Item] | None, bool]:
        """(the request this number belongs to, whether it had timed out), or (None, False)."""
        flight = self.open.pop(number, None)
        if flight is not None:
            return flight, False
        flight = self._expired.pop(number, None)
        return flight, flight is not None

    def expire(self, before: float) -> list[Flight[Item]]:
        """Take out what was sent at or before a moment; the dict is in order of sending."""
        overdue = []
        for number, flight in self.open.items():
            if flight.sent_at > before:
                break
            overdue.append((number, flight))
        for number, flight in overdue:
            del self.open[number]
            self._expired[number] = flight
        while len(self._expired) > _REMEMBERED:
            del self._expired[next(iter(self._expired))]
        return [flight for _, flight in overdue]

    def drain(self) -> list[Flight[Item]]:
        """Everything still open, when the session is gone."""
        flights = list(self.open.values())
        self.open.clear()
        self._expired.clear()
        return flights
