"""How far the message path has come, read from the database beside the running server."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

STATES = "SELECT count(*) FROM message_part WHERE state = 'sent'"


def counter(database_url: str) -> Callable[[], int]:
    """A function that counts the parts whose answer is recorded."""
    if database_url.startswith("sqlite:"):
        path = Path(database_url.removeprefix("sqlite:///"))
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        return lambda: int(connection.execute(STATES).fetchone()[0])
    import psycopg

    postgres = psycopg.connect(database_url, autocommit=True)
    return lambda: int((postgres.execute(STATES).fetchone() or (0,))[0])


def wait_until(count: Callable[[], int], wanted: int, seconds: float) -> float:
    """Seconds on the machine's clock when `wanted` was reached; RuntimeError past the limit."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        if count() >= wanted:
            return time.perf_counter()
        time.sleep(0.02)
    raise RuntimeError(f"{count()} of {wanted} after {seconds:g} s")
