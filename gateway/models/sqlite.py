"""SQLite below the models: files in WAL mode with a connection per reader, or one shared connection
in memory. Waiting for locks is ours (`driver.patiently`), so SQLite's own timeout is zero."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import peewee as pw

from gateway.models.driver import Fault, Session, StoreDatabase, patiently
from gateway.models.pool import Pool

MEMORY = ":memory:"
CACHE_KIB = 4_096  # of each connection
CHECKPOINT_PAGES = 2_000

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_GONE = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
}


class Moved(sqlite3.OperationalError):
    """The file was deleted, moved or replaced: what is written now would be lost."""


class Connection(sqlite3.Connection):
    """A connection that knows which file it opened."""

    generation = 0
    identity: tuple[int, int] | None = None


class Sqlite(StoreDatabase, pw.SqliteDatabase):
    """A SQLite file or a database in memory."""

    kind: ClassVar[str] = "sqlite"
    errors: ClassVar[type[Exception]] = sqlite3.Error

    def __init__(self, path: str, synchronous: str, pool_size: int) -> None:
        if synchronous not in ("FULL", "NORMAL", "OFF"):
            raise ValueError(f"unknown durability {synchronous!r}")
        self.path, self.durability = path, synchronous
        self.in_memory = path == MEMORY
        self._opened = False
        super().__init__(path, thread_safe=False, autoconnect=False)
        if self.in_memory:
            shared = self._open()
            self.pool = Pool(lambda: shared, lambda _: True, lambda _: None, 1_000_000)
            self.shared: Connection | None = shared
        else:
            self.pool = Pool(self._open, _alive, _close, pool_size)
            self.shared = None

    def _open(self) -> Connection:
        mode = "rw" if self._opened else "rwc"  # a file that went away is not made anew, empty
        target = self.path if self.in_memory else f"file:{quote(self.path)}?mode={mode}"
        try:
            conn = sqlite3.connect(
                target,
                uri=not self.in_memory,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
                factory=Connection,
            )
        except sqlite3.Error as error:
            self.refuse(error, None)
        try:
            # the first connections to a new file meet each other's locks while it enters WAL mode
            patiently(lambda: self._prepare(conn), self, conn)
        except BaseException:
            conn.close()
            raise
        self._opened = True
        return conn

    def _prepare(self, conn: Connection) -> None:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute(f"PRAGMA synchronous = {self.durability}")
        conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        conn.execute("PRAGMA temp_store = MEMORY")
        if not self.in_memory:
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            conn.identity = self._identity()
        self._add_conn_hooks(conn)  # type: ignore[attr-defined]

    def _identity(self) -> tuple[int, int]:
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise Moved(f"database file: {error}") from error
        return found.st_dev, found.st_ino

    def begin_write(self, conn: Any) -> None:
        if not self.in_memory and conn.identity != self._identity():
            raise Moved("the database file was moved or replaced")
        conn.execute("BEGIN IMMEDIATE")

    def commit_write(self, conn: Any) -> None:
        conn.execute("COMMIT")

    def rollback_write(self, conn: Any) -> None:
        if conn.in_transaction:  # SQLite rolls back by itself when the disk is full
            conn.execute("ROLLBACK")

    def classify(self, error: Exception, conn: Any) -> Fault:
        if isinstance(error, Moved):
            return Fault.GONE
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            closed = isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error)
            return Fault.GONE if closed else Fault.OTHER
        if code & 0xFF in _LOCKED:
            return Fault.LOCKED
        return Fault.GONE if code & 0xFF in _GONE else Fault.OTHER

    def run_many(self, conn: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        return conn.executemany(sql, rows).rowcount

    def drop(self, session: Session, conn: Any) -> None:
        if self.in_memory:  # the shared connection is the database
            self.release(session)
        else:
            super().drop(session, conn)

    def shut(self) -> None:
        self.pool.shut()
        if self.shared is not None:
            self.shared.close()


def _alive(_: Connection) -> bool:
    return True


def _close(conn: Connection) -> None:
    conn.close()
