"""A store: one database with its keyring, its write gate and its group committer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from typing import Any, TypeVar
from urllib.parse import unquote

from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from gateway.models.driver import LOCK_SECONDS, StoreDatabase
from gateway.models.grouping import Committer
from gateway.models.keyring import Keyring
from gateway.models.postgres import Postgres
from gateway.models.sqlite import MEMORY, Sqlite
from gateway.models.transactions import relinquish, spawn, using, write

T = TypeVar("T")
BESIDE_SECONDS = 2.0


class Store:
    """One database and what belongs to it. `kind` is "sqlite" or "postgres". `on_work(lane)`, if
    set, is told after each commit that added a job; it must be quick."""

    def __init__(self, url: str, database: StoreDatabase, keyring: Keyring) -> None:
        self.url, self.database, self.keyring = url, database, keyring
        self.kind = database.kind
        # PostgreSQL lets writers work side by side; SQLite has one, and its lock must not be met
        self.gate = BoundedSemaphore(1) if self.kind == "sqlite" else None
        self.committer = Committer(self._transact, relinquish)
        self.on_work: Callable[[str], None] | None = None
        self._beside = Group()

    def __repr__(self) -> str:
        return f"<Store {self.kind}>"

    @property
    def in_memory(self) -> bool:
        return bool(getattr(self.database, "in_memory", False))

    def _transact(self, work: Callable[[], T]) -> T:
        with using(self), write():
            return work()

    def dump(self) -> bytes:
        """The whole database as bytes; only of a store in memory, outside of transactions."""
        with using(self), write():
            pass  # no writer is inside: the copy is of a committed state
        return bytes(self._shared.serialize())

    def restore(self, data: bytes) -> None:
        """Put back what `dump` of any store in memory gave, when no writer is inside.

        Page by page from a connection of its own: to deserialise into one that has statements
        prepared ends the process.
        """
        with closing(sqlite3.connect(MEMORY)) as copy, self.gate or nullcontext():
            copy.deserialize(data)
            copy.backup(self._shared)

    def fill(self, data: bytes) -> None:
        """`restore` for a store that nobody has used yet, which is quicker."""
        self._shared.deserialize(data)
        self._shared.execute("PRAGMA foreign_keys = ON")

    @property
    def _shared(self) -> Any:
        if not isinstance(self.database, Sqlite) or self.database.shared is None:
            raise ValueError("only a store in memory can be dumped and restored")
        return self.database.shared

    def beside(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a short piece of work in a greenlet of its own; `close` waits for its end."""
        with using(self):
            self._beside.add(spawn(function, *args))

    def close(self) -> None:
        """Close the connections nobody uses now, the others when they are given back.

        Work beside is let end first, within a bound: left alone it would hold a transaction open.
        """
        self._beside.join(timeout=BESIDE_SECONDS)
        self._beside.kill(timeout=BESIDE_SECONDS)
        self.database.shut()


def open_store(
    url: str,
    *,
    keyring: Keyring,
    synchronous: str = "FULL",
    pool_size: int = 8,
    lock_seconds: float = LOCK_SECONDS,
) -> Store:
    """A store for `sqlite:///FILE`, `sqlite:///:memory:` or `postgresql://...`.

    Nothing is connected yet, except in memory; tables come from `migrations.upgrade`.
    `lock_seconds` bounds the wait for a lock of another process.
    """
    database: StoreDatabase
    if url.startswith("sqlite:///"):
        path = unquote(url.removeprefix("sqlite:///")) or MEMORY
        database = Sqlite(path, synchronous, max(pool_size, 4))
    elif url.startswith(("postgresql://", "postgres://")):
        database = Postgres(url, pool_size)
    else:
        raise ValueError("a database URL starts with sqlite:/// or postgresql://")
    database.lock_seconds = lock_seconds
    return Store(url, database, keyring)
