"""How a link slows down and comes back: the back-off of its binds and the throttling pause.

A provider that answers "throttled" is left alone for a pause that doubles while it keeps refusing;
then one request goes out, and each accepted one allows one more at a time, until the whole window
is in use again. Refusals of requests sent before the pause belong to the same pause.
"""

from __future__ import annotations

import random

from gateway.domain.retry import Schedule


class Backoff:
    """Walks a schedule; the last delay of a finite one repeats, as a link never gives up."""

    def __init__(self, schedule: Schedule, rng: random.Random) -> None:
        self._schedule = schedule
        self._rng = rng
        self._attempt = 0

    def next(self) -> float:
        self._attempt += 1
        delay = self._schedule.next_delay(self._attempt, self._rng)
        return self._schedule.delays[-1] if delay is None else delay

    def reset(self) -> None:
        self._attempt = 0


class Throttle:
    """`paused_until` and `allowance` (requests at once, None for all) on the machine's clock."""

    def __init__(self, schedule: Schedule, rng: random.Random) -> None:
        self._pauses = Backoff(schedule, rng)
        self._paused_at = float("-inf")
        self.paused_until = float("-inf")
        self.allowance: int | None = None

    def refused(self, sent_at: float, now: float) -> bool:
        """Count a refusal; True when a new pause begins with it."""
        if sent_at <= self._paused_at:
            return False
        self._paused_at = now
        self.paused_until = now + self._pauses.next()
        self.allowance = 1
        return True

    def accepted(self, sent_at: float, window: int) -> bool:
        """Count an accepted request; True when the link is back at full speed with it."""
        if self.allowance is None or sent_at <= self._paused_at:
            return False
        self._pauses.reset()
        self.allowance += 1
        if self.allowance < window:
            return False
        self.allowance = None
        return True
