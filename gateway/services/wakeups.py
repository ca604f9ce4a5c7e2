"""Telling workers of other processes that a lane has work, where the database can do it.

PostgreSQL carries a notification to whoever listens; SQLite is polled, unless the worker is in
this process and has asked its store to call. A notification is sent after
the commit, at most once per lane and 20 ms, because each costs a round trip and takes a lock of
the whole server: a worker that has just been busy looks by itself for longer than that.
"""

from __future__ import annotations

import time
from functools import partial
from weakref import WeakKeyDictionary

from gateway.models.current import current_store
from gateway.models.database import Store, after_commit, connection, db

CHANNEL = "polytrunk_jobs"
QUIET_SECONDS = 0.02


class _Told:
    """When each store was last told of each lane, by the machine's clock."""

    def __init__(self) -> None:
        self.at: WeakKeyDictionary[Store, dict[str, float]] = WeakKeyDictionary()

    def due(self, store: Store, lane: str) -> bool:
        lanes = self.at.setdefault(store, {})
        now = time.monotonic()
        if now - lanes.get(lane, 0.0) < QUIET_SECONDS:
            return False
        lanes[lane] = now
        return True


_TOLD = _Told()


def announce(lane: str) -> None:
    """Say, once the current transaction has committed, that a lane has a job."""
    store = current_store()
    if store.kind == "postgres":
        after_commit(lambda: _notify(lane))
    elif store.on_work is not None:
        after_commit(partial(store.on_work, lane))


def _notify(lane: str) -> None:
    if _TOLD.due(current_store(), lane):
        with connection():
            db.execute_sql("SELECT pg_notify(%s, %s)", (CHANNEL, lane))
