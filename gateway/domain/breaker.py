"""When to stop asking somebody who does not answer: a circuit breaker.

Closed, everything passes. After `most` failures in a row it opens, and nothing passes for `rest`
seconds. Then one asks for all (half open): an answer closes the circuit, a failure opens it for
another rest.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Breaker:
    """Time is handed in, in seconds of any clock."""

    most: int = 5
    rest: float = 30.0
    _failures: int = 0
    _until: float | None = None
    _asking: bool = False

    def is_open(self, now: float) -> bool:
        """Whether nothing passes now."""
        return self._until is not None and now < self._until

    def wait(self, now: float) -> float:
        """0 when a request may go, which `worked` or `failed` is to be told of; else the seconds to
        leave the peer alone. Whoever asks for all and is never heard of again is followed by
        another after a rest."""
        if self._until is None:
            return 0.0
        if now < self._until:
            return self._until - now
        self._until, self._asking = now + self.rest, True
        return 0.0

    def worked(self) -> None:
        self._failures, self._until, self._asking = 0, None, False

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._asking or self._failures >= self.most:
            self._until = now + self.rest
        self._asking = False
