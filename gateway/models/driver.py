"""What the two kinds of database have in common below the models.

A `StoreDatabase` is a peewee database whose connection belongs to a greenlet by an explicit
`gevent.local` (peewee's own thread-local would be shared by all greenlets of an unpatched process)
and comes from the store's pool at the first statement of a `connection()` block. Errors of the
driver become peewee's, except those that say "not now": they become `problems.Unavailable`, and a
connection that broke is thrown away, so that the next block starts on a sound one.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, ClassVar, NoReturn, TypeVar

import gevent
import peewee as pw
from gevent.local import local

from gateway.domain.problems import Unavailable
from gateway.models.pool import Pool

LOCK_SECONDS = 2.0
FIRST_PAUSE = 0.0003
LONGEST_PAUSE = 0.005

T = TypeVar("T")

log = logging.getLogger(__name__)


class Fault(Enum):
    """What an error of the driver means for us."""

    LOCKED = auto()  # another process holds a lock: wait and try again
    TRANSIENT = auto()  # the transaction was sacrificed (deadlock, serialization): run it again
    GONE = auto()  # the database or the connection is unusable now
    OTHER = auto()  # a wrong statement or a broken constraint: the caller's matter


class Transient(pw.OperationalError):
    """The database gave up this transaction in favour of another; it may be run again."""


class Session(pw._ConnectionState):
    """What one greenlet has of a store: its connection, open blocks and callbacks after commit."""

    def __init__(self) -> None:
        self.depth = 0  # connection() blocks entered
        self.writes = 0  # write() blocks entered
        self.doomed = False  # a nested write() failed: the outermost must not commit
        self.after: list[Callable[[], None]] = []
        # what works of one transaction share, by its maker, and how it ends before the COMMIT
        self.shared: dict[Callable[[], Any], tuple[Any, Callable[[Any], None]]] = {}
        super().__init__()


class Local(local):
    """The session of the running greenlet, made at its first use."""

    def __init__(self) -> None:
        self.session = Session()


class StoreDatabase(pw.Database):
    """Mixin before the peewee class. Subclasses say how to connect and what errors mean."""

    kind: ClassVar[str]
    errors: ClassVar[type[Exception]]
    lock_seconds: float = LOCK_SECONDS
    pool: Pool
    _local: Local

    @property
    def session(self) -> Session:
        return self._local.session

    @property
    def _state(self) -> Session:
        """peewee looks its connection up here."""
        return self._local.session

    @_state.setter
    def _state(self, _: Any) -> None:
        """peewee's constructor puts its own object here; ours is made beside it."""
        self._local = Local()

    def classify(self, error: Exception, conn: Any) -> Fault:
        raise NotImplementedError

    def begin_write(self, conn: Any) -> None:
        """Start a transaction that will write; raises the driver's error when locked."""
        raise NotImplementedError

    def commit_write(self, conn: Any) -> None:
        raise NotImplementedError

    def rollback_write(self, conn: Any) -> None:
        raise NotImplementedError

    def run_many(self, conn: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        raise NotImplementedError

    def shut(self) -> None:
        raise NotImplementedError

    def run(self, conn: Any, sql: str, params: Sequence[Any]) -> Any:
        return conn.execute(sql, params)

    # connections

    def raw(self) -> Any:
        """The driver's connection of this greenlet; InterfaceError outside of `connection()`."""
        session = self._local.session
        if session.conn is None:
            if not session.depth:
                raise pw.InterfaceError("no connection: wrap the code in `with connection():`")
            session.set_connection(self.pool.take())
        return session.conn

    def connection(self) -> Any:
        return self.raw()

    def cursor(self, named_cursor: str | None = None) -> Any:
        return self.raw().cursor()

    def release(self, session: Session) -> None:
        """Give the connection of a greenlet back to the pool."""
        conn = session.conn
        if conn is not None:
            session.reset()
            self.pool.give(conn)

    def drop(self, session: Session, conn: Any) -> None:
        """Throw away a broken connection."""
        session.reset()
        self.pool.discard(conn)

    def _connect(self) -> Any:
        return self.pool.take()

    def _close(self, conn: Any) -> None:
        self.pool.give(conn)

    # statements

    def execute_sql(self, sql: str, params: Sequence[Any] | None = None) -> Any:
        conn = self.raw()
        start = time.perf_counter() if self.query_hooks else 0.0
        try:
            cursor = self.run(conn, sql, params or ())
        except self.errors as error:
            cursor = self.recover(error, conn, sql, params or ())
        if self.query_hooks:
            self._notify_hooks(sql, params, start, None)  # type: ignore[attr-defined]
        return cursor

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run one statement for every row; the number of rows changed."""
        conn = self.raw()
        try:
            return self.run_many(conn, sql, rows)
        except self.errors as error:
            self.refuse(error, conn)

    def recover(self, error: Exception, conn: Any, sql: str, params: Sequence[Any]) -> Any:
        """Try a failed read once more where that can help, else raise what callers should see."""
        session = self._local.session
        fault = self.classify(error, conn)
        if not session.transactions and _reads(sql) and fault in (Fault.GONE, Fault.LOCKED):
            if fault is Fault.LOCKED:
                return patiently(lambda: self.run(conn, sql, params), self, conn)
            self.drop(session, conn)
            log.warning("database connection lost, trying another: %s", error)
            conn = self.raw()
            try:
                return self.run(conn, sql, params)
            except self.errors as again:
                error = again
        self.refuse(error, conn)

    def refuse(self, error: Exception, conn: Any) -> NoReturn:
        """Raise the error as the rest of the program knows it."""
        fault = self.classify(error, conn)
        if fault is Fault.GONE:
            log.error("database unavailable: %s: %s", type(error).__name__, error)
            session = self._local.session
            if session.conn is conn and conn is not None and not session.transactions:
                self.drop(session, conn)
            raise Unavailable("the database is not available") from error
        if fault is Fault.LOCKED:
            log.error("database locked by another process: %s", error)
            raise Unavailable("the database is locked") from error
        if fault is Fault.TRANSIENT:
            raise Transient(str(error)) from error
        with pw.__exception_wrapper__:  # type: ignore[attr-defined]
            raise error
        raise AssertionError("unreachable")


def patiently(
    attempt: Callable[[], T], database: StoreDatabase, conn: Any, seconds: float | None = None
) -> T:
    """Repeat while another process holds the lock, without blocking this one's greenlets.

    For as long as the database is told to (`lock_seconds`), unless `seconds` says otherwise.

    SQLite's own busy handler sleeps in C and would stop every greenlet, also the one whose commit
    is waited for.
    """
    deadline = time.monotonic() + (database.lock_seconds if seconds is None else seconds)
    pause = FIRST_PAUSE
    while True:
        try:
            return attempt()
        except database.errors as error:
            locked = database.classify(error, conn) is Fault.LOCKED
            if not locked or time.monotonic() >= deadline:
                database.refuse(error, conn)
        gevent.sleep(pause * (0.5 + random.random()))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _reads(sql: str) -> bool:
    return sql[:6].upper() == "SELECT"
