"""Waiting inside a request for something another process does.

A use case that waits is handed these pauses and never sleeps by itself, so that it can be run
without waiting at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import gevent

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.25


def pauses(
    seconds: float,
    *,
    sleep: Callable[[float], object] = gevent.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[float]:
    """Sleep between the steps of a loop, ever longer, and end it after that many seconds of the
    machine's clock; each step gives what is left."""
    end, pause = clock() + seconds, FIRST_PAUSE
    while (left := end - clock()) > 0:
        sleep(min(pause, left))
        pause = min(pause * 2, LONGEST_PAUSE)
        yield left
