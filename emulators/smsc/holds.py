"""What waits for ticks instead of for time: a test says when a message goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Held:
    """A call that is made after so many ticks. `name` says whose it is."""

    ticks: int
    name: str
    call: Callable[[], None]


class Holds:
    """Calls in the order they were made known."""

    def __init__(self) -> None:
        self._held: list[Held] = []

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, ticks: int, name: str, call: Callable[[], None]) -> None:
        self._held.append(Held(ticks, name, call))

    def tick(self, name: str | None = None) -> int:
        """One tick for those of a name, or for all; how many calls were made."""
        for held in self._held:
            held.ticks -= name is None or held.name == name
        due = [held for held in self._held if held.ticks <= 0]
        self._held = [held for held in self._held if held.ticks > 0]
        for held in due:
            held.call()
        return len(due)

    def clear(self) -> None:
        self._held.clear()
