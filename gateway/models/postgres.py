"""PostgreSQL below the models, by psycopg 3.

psycopg's stock wait function blocks the process unless the standard library was patched before its
import. This connection waits on gevent's hub instead, so that greenlets run during a statement in
any process, and gives up on a server that does not answer.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Generator, Sequence
from typing import Any, ClassVar, TypeVar

import peewee as pw
import psycopg
from gevent import get_hub
from gevent.timeout import Timeout
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg.waiting import Ready, Wait

from gateway.domain.problems import Unavailable
from gateway.models.driver import Fault, StoreDatabase
from gateway.models.pool import Pool

ANSWER_SECONDS = 35.0
STATEMENT_SECONDS = 30
CONNECT_SECONDS = 5

# INSERT of one row: what stands before, in and after the brackets of its values
_ONE_ROW = re.compile(r"(INSERT INTO .*? VALUES )(\([%s, ]*\))(.*)", re.DOTALL)

log = logging.getLogger(__name__)
RV = TypeVar("RV")

# libev's names for readable and writable, as gevent takes them
_EVENTS = {Wait.R: 1, Wait.W: 2, Wait.RW: 3}
_READY = {Wait.R: Ready.R, Wait.W: Ready.W, Wait.RW: Ready.RW}

_CONNECTION_TROUBLE = "08"  # class: connection exceptions
_GONE_STATES = {
    "25006",  # read-only: a server that became a standby
    "53100",  # disk full
    "53200",  # out of memory
    "53300",  # too many connections
    "57014",  # statement timeout
    "57P01",  # administrator shut down
    "57P02",  # crash shutdown
    "57P03",  # cannot connect now
    "3D000",  # database does not exist
    "25P03",  # idle in transaction too long
}
_TRANSIENT_STATES = {"40001", "40P01"}
_LOCKED_STATES = {"55P03"}


def _wait_for(fd: int, state: Any, seconds: float) -> Ready:
    """Let other greenlets run until the socket is ready; OperationalError after `seconds`."""
    hub = get_hub()
    watcher = hub.loop.io(fd, _EVENTS[state])
    timer = Timeout.start_new(seconds, errors.OperationalError("the server does not answer"))
    try:
        hub.wait(watcher)
    finally:
        timer.close()
        watcher.close()
    return _READY[state]


class Connection(psycopg.Connection[Any]):
    """A connection that waits on gevent's hub once it is open."""

    generation = 0

    def wait(
        self, gen: Generator[Any, Any, RV], interval: float = 0.0, timeout: float | None = None
    ) -> RV:
        fd = self.pgconn.socket
        seconds = timeout or ANSWER_SECONDS
        try:
            state = next(gen)
            while True:
                state = gen.send(_wait_for(fd, state, seconds))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        except BaseException:
            # the answer to the statement was not read: the connection is of no more use
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


class Postgres(StoreDatabase, pw.PostgresqlDatabase):
    """A PostgreSQL database; `url` is a libpq connection URL."""

    kind: ClassVar[str] = "postgres"
    errors: ClassVar[type[Exception]] = psycopg.Error

    def __init__(self, url: str, pool_size: int) -> None:
        self.url = url
        super().__init__(url, thread_safe=False, autoconnect=False, prefer_psycopg3=True)
        self.server_version = 0
        self.pool = Pool(self._open, _alive, _close, pool_size)

    def _open(self) -> Connection:
        lock = max(1, int(self.lock_seconds * 1000))  # zero would be no limit
        options = (
            f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={lock}ms "
            "-c idle_in_transaction_session_timeout=60s -c jit=off -c timezone=UTC"
        )
        try:
            conn = Connection.connect(
                self.url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                options=options,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )
        except psycopg.Error as error:
            log.error("cannot connect to PostgreSQL: %s", str(error).strip())
            raise Unavailable("the database is not available") from error
        self.server_version = conn.info.server_version
        return conn

    def begin_write(self, conn: Any) -> None:
        conn.execute("BEGIN")

    def commit_write(self, conn: Any) -> None:
        if conn.pgconn.transaction_status == TransactionStatus.INERROR:
            # PostgreSQL would answer COMMIT with a silent ROLLBACK
            raise pw.OperationalError("a statement of this transaction failed; nothing is stored")
        conn.execute("COMMIT")

    def rollback_write(self, conn: Any) -> None:
        if conn.pgconn.transaction_status != TransactionStatus.IDLE:
            conn.execute("ROLLBACK")

    def classify(self, error: Exception, conn: Any) -> Fault:
        state = getattr(error, "sqlstate", None)
        if state in _TRANSIENT_STATES:
            return Fault.TRANSIENT
        if state in _LOCKED_STATES:
            return Fault.LOCKED
        if state in _GONE_STATES or (state or "").startswith(_CONNECTION_TROUBLE):
            return Fault.GONE
        if conn is not None and conn.closed:
            return Fault.GONE
        return Fault.OTHER

    def run_many(self, conn: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """All rows in one message to the server, values written in by the driver.

        psycopg's own executemany sends each row by itself, which costs several times as much.
        """
        cursor = psycopg.ClientCursor(conn)
        match = _ONE_ROW.fullmatch(sql)
        if match is None:
            cursor.execute("; ".join(cursor.mogrify(sql, row) for row in rows))
        else:
            head, values, tail = match.groups()
            cursor.execute(head + ", ".join(cursor.mogrify(values, row) for row in rows) + tail)
        count = cursor.rowcount
        while cursor.nextset():
            count += cursor.rowcount
        return count

    def shut(self) -> None:
        self.pool.shut()


def _alive(conn: Connection) -> bool:
    try:
        conn.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _close(conn: Connection) -> None:
    with contextlib.suppress(psycopg.Error):
        conn.close()
