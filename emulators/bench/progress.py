"""How far the message path has come, read from the database beside the running server.

Whether something is left is asked of the index of open jobs, which costs the server little; that
every message was really sent is checked once at the end.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

LEFT = "SELECT count(*) FROM job WHERE topic = 'submit' AND done_at IS NULL"
ANY_LEFT = (
    f"SELECT count(*) FROM (SELECT 1 {LEFT.removeprefix('SELECT count(*) ')} LIMIT 1) AS open"
)
SENT = "SELECT count(*) FROM message_part WHERE state = 'sent'"
POLL_SECONDS = 0.005

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


def wait_left(ask: Ask, most: int, seconds: float) -> tuple[float, int]:
    """Wait until at most so many messages are left; the machine's clock then, and how many are."""
    return _wait(ask, LEFT, most, seconds)


def wait_done(ask: Ask, seconds: float) -> float:
    """Wait until no message is left; the machine's clock then."""
    return _wait(ask, ANY_LEFT, 0, seconds)[0]


def _wait(ask: Ask, statement: str, most: int, seconds: float) -> tuple[float, int]:
    deadline = time.perf_counter() + seconds
    while (left := ask(statement)) > most:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{ask(LEFT)} messages are left after {seconds:g} s")
        time.sleep(POLL_SECONDS)
    return time.perf_counter(), left


def check_sent(ask: Ask, wanted: int) -> None:
    """Raise unless every message of the run was taken by the peer."""
    if (sent := ask(SENT)) != wanted:
        raise RuntimeError(f"{sent} of {wanted} messages were sent")
