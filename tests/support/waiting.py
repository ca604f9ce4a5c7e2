"""Waiting on a condition with a bound, for tests over real sockets and greenlets."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent


def wait_until(condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    """Let greenlets run until the condition holds; AssertionError naming `what` after the bound."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        gevent.sleep(0.002)
