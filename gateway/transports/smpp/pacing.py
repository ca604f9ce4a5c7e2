"""How a link slows down and comes back: exponential back-off and the throttling pause.

A provider that answers "throttled" is left alone for a pause that doubles while it keeps refusing;
then one request goes out, and each accepted one allows one more at a time, until the whole window
is in use again. Refusals of requests sent before the pause belong to the same pause.
"""

from __future__ import annotations

import random


class Backoff:
    """Delays from the first to the longest, doubling, each with up to a quarter of jitter off."""

    def __init__(self, limits: tuple[float, float], rng: random.Random) -> None:
        self._first, self._longest = limits
        self._rng = rng
        self._attempt = 0

    def next(self) -> float:
        delay = min(self._longest, self._first * 2 ** min(self._attempt, 30))
        self._attempt += 1
        return delay * self._rng.uniform(0.75, 1.0)

    def reset(self) -> None:
        self._attempt = 0


class Throttle:
    """`paused_until` and `allowance` (requests at once, None for all) on the machine's clock."""

    def __init__(self, limits: tuple[float, float]) -> None:
        self._first, self._longest = limits
        self._level = 0
        self._paused_at = float("-inf")
        self.paused_until = float("-inf")
        self.allowance: int | None = None

    def refused(self, sent_at: float, now: float) -> bool:
        """Count a refusal; True when a new pause begins with it."""
        if sent_at <= self._paused_at:
            return False
        pause = min(self._longest, self._first * 2**self._level)
        self._level = min(self._level + 1, 30)
        self._paused_at = now
        self.paused_until = now + pause
        self.allowance = 1
        return True

    def accepted(self, sent_at: float, window: int) -> bool:
        """Count an accepted request; True when the link is back at full speed with it."""
        if self.allowance is None or sent_at <= self._paused_at:
            return False
        self.allowance += 1
        if self.allowance < window:
            return False
        self.allowance = None
        self._level = 0
        return True
