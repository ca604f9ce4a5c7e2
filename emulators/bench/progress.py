"""How far the message path has come, read from the database beside the running server.

What is left is counted in the index of open jobs, which costs the server little; that every message
was really sent is checked once at the end.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

LEFT = "SELECT count(*) FROM job WHERE topic = 'submit' AND done_at IS NULL"
SENT = "SELECT count(*) FROM message_part WHERE state = 'sent'"
POLL_SECONDS = 0.02

Ask = Callable[[str], int]


def asker(database_url: str) -> Ask:
    """A function that runs a statement which gives one number."""
    if database_url.startswith("sqlite:"):
        path = Path(database_url.removeprefix("sqlite:///"))
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        return lambda statement: int(connection.execute(statement).fetchone()[0])
    import psycopg

    postgres = psycopg.connect(database_url, autocommit=True)
    return lambda statement: int((postgres.execute(statement).fetchone() or (0,))[0])


def wait_until(ask: Ask, most_left: int, seconds: float) -> tuple[float, int]:
    """Wait until at most so many messages are left; the machine's clock then, and how many are.

    RuntimeError past the limit.
    """
    deadline = time.perf_counter() + seconds
    while (left := ask(LEFT)) > most_left:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{left} messages are left after {seconds:g} s")
        time.sleep(POLL_SECONDS)
    return time.perf_counter(), left


def check_sent(ask: Ask, wanted: int) -> None:
    """Raise unless every message of the run was taken by the peer."""
    if (sent := ask(SENT)) != wanted:
        raise RuntimeError(f"{sent} of {wanted} messages were sent")
