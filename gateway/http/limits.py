"""Requests a second of one credential, counted in this process."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from gateway.domain.bucket import TokenBucket
from gateway.domain.problems import Limited

MOST_KEYS = 10_000


class RateLimiter:
    """One token bucket per key; keys unused for longest are forgotten beyond a bound."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self.buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def check(self, key: str) -> None:
        """Count one request; raises Limited with the whole seconds to wait."""
        bucket = self.buckets.get(key)
        if bucket is None:
            bucket = self.buckets[key] = TokenBucket(self.rate, self.burst)
            if len(self.buckets) > MOST_KEYS:
                self.buckets.popitem(last=False)
        else:
            self.buckets.move_to_end(key)
        wait = bucket.take(self.clock())
        if wait > 0:
            raise Limited("too many requests", retry_after=max(1, math.ceil(wait)))
