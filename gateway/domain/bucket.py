"""Token buckets: how long a sender must wait to stay within a rate."""

from __future__ import annotations

MINUTE = 60.0


class TokenBucket:
    """`rate` tokens a second, at most `burst` (at least one) saved up; starts full.

    Time is handed in, in seconds of any clock that does not jump forward.
    """

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float | None = None) -> None:
        if rate <= 0:
            raise ValueError("rate must be above 0")
        self.rate = rate
        self.burst = max(1.0, rate if burst is None else burst)
        self._tokens = self.burst
        self._at: float | None = None

    def take(self, now: float, n: float = 1) -> float:
        """Take `n` tokens and answer 0, or take none and answer the seconds to wait.

        More than `burst` at once is allowed when the bucket is full, and leaves a debt: a text of
        many segments goes out together and the next one waits.
        """
        if self._at is not None and now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        if self._at is None or now > self._at:
            self._at = now
        missing = min(n, self.burst) - self._tokens
        if missing > 1e-9:
            return missing / self.rate
        self._tokens -= n
        return 0.0


class Quota:
    """`most` things a minute, all of which may come at once; with 0 there is none.

    Time is handed in, in seconds of a clock that may be set back: then it starts afresh.
    """

    __slots__ = ("_at", "_bucket", "_told", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self._start()

    def _start(self) -> None:
        self._bucket = TokenBucket(self.most / MINUTE, self.most) if self.most > 0 else None
        self._at = self._told = float("-inf")

    def take(self, now: float) -> float:
        """Take one and answer 0, or take none and answer the seconds to wait."""
        if now < self._at:
            self._start()
        self._at = now
        return MINUTE if self._bucket is None else self._bucket.take(now)

    def tells(self, now: float) -> bool:
        """Whether a refusal should be told to somebody: once a minute."""
        if now - self._told < MINUTE:
            return False
        self._told = now
        return True
