"""SQLite below the models: files in WAL mode with a connection per reader, or one shared connection
in memory. Waiting for locks is ours (`driver.patiently`), so SQLite's own timeout is zero."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, ClassVar

import peewee as pw

from gateway.models.driver import Fault, Session, StoreDatabase, patiently
from gateway.models.pool import Pool

MEMORY = ":memory:"
CACHE_KIB = 16_384
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


class Sqlite(StoreDatabase, pw.SqliteDatabase):
    """A SQLite file or a database in memory."""

    kind: ClassVar[str] = "sqlite"
    errors: ClassVar[type[Exception]] = sqlite3.Error

    def __init__(self, path: str, synchronous: str, pool_size: int) -> None:
        if synchronous not in ("FULL", "NORMAL", "OFF"):
            raise ValueError(f"unknown durability {synchronous!r}")
        self.path, self.durability = path, synchronous
        self.in_memory = path == MEMORY
        super().__init__(path, thread_safe=False, autoconnect=False)
        if self.in_memory:
            shared = self._open()
            self.pool = Pool(lambda: shared, lambda _: True, lambda _: None, 1_000_000)
            self.shared: sqlite3.Connection | None = shared
        else:
            self.pool = Pool(self._open, _alive, _close, pool_size)
            self.shared = None

    def _open(self) -> sqlite3.Connection:
        conn = sqlite3.connect(
            self.path,
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        try:
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute(f"PRAGMA synchronous = {self.durability}")
            conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            conn.execute("PRAGMA temp_store = MEMORY")
            if not self.in_memory:
                self._enter_wal(conn)
                conn.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self._add_conn_hooks(conn)  # type: ignore[attr-defined]
        except BaseException:
            conn.close()
            raise
        return conn

    def _enter_wal(self, conn: sqlite3.Connection) -> None:
        """The first connection ever needs the file for itself for a moment; the mode then stays."""
        if conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            patiently(lambda: conn.execute("PRAGMA journal_mode = WAL").fetchone(), self, conn)

    def begin_write(self, conn: Any) -> None:
        conn.execute("BEGIN IMMEDIATE")

    def commit_write(self, conn: Any) -> None:
        conn.execute("COMMIT")

    def rollback_write(self, conn: Any) -> None:
        if conn.in_transaction:  # SQLite rolls back by itself when the disk is full
            conn.execute("ROLLBACK")

    def classify(self, error: Exception, conn: Any) -> Fault:
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


def _alive(_: sqlite3.Connection) -> bool:
    return True


def _close(conn: sqlite3.Connection) -> None:
    conn.close()
