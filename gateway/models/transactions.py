"""How code reads and writes through the current store: connection blocks, write transactions, group
commits. The names are offered by `gateway.models.database`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import Token, copy_context
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import gevent
import peewee as pw

from gateway.domain.problems import Unavailable
from gateway.models.current import CURRENT, current_store
from gateway.models.driver import Session, StoreDatabase, Transient, patiently

if TYPE_CHECKING:
    from gateway.models.store import Store

GATE_SECONDS = 10.0

log = logging.getLogger(__name__)
T = TypeVar("T")


class CurrentDatabase(pw.DatabaseProxy):
    """The database all models name; every use looks the current store up."""

    __slots__ = ()

    def __init__(self) -> None:
        object.__setattr__(self, "_callbacks", [])

    @property
    def obj(self) -> StoreDatabase:
        return current_store().database

    @obj.setter
    def obj(self, _: Any) -> None:
        raise AttributeError("the current database is chosen by `using(store)`")

    def __getattr__(self, name: str) -> Any:
        return getattr(current_store().database, name)


db = CurrentDatabase()


class using:  # noqa: N801
    """Make a store the current one for the block."""

    __slots__ = ("_store", "_tokens")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tokens: list[Token[Store]] = []

    def __enter__(self) -> Store:
        self._tokens.append(CURRENT.set(self._store))
        return self._store

    def __exit__(self, *_: object) -> None:
        CURRENT.reset(self._tokens.pop())


def spawn(function: Callable[..., Any], *args: Any) -> gevent.Greenlet:
    """Start a greenlet that inherits the current store (gevent's own start with empty context)."""
    return gevent.spawn(copy_context().run, function, *args)


class connection:  # noqa: N801
    """Allow statements in the block; the connection itself is taken at the first one."""

    __slots__ = ("_database", "_session")

    def __enter__(self) -> None:
        self._database = current_store().database
        self._session = self._database.session
        self._session.depth += 1

    def __exit__(self, *_: object) -> None:
        session = self._session
        session.depth -= 1
        if not session.depth:
            self._database.release(session)


def relinquish() -> None:
    """Let others use this greenlet's connection until its next statement; for long waits."""
    database = current_store().database
    if not database.session.transactions:
        database.release(database.session)


class write:  # noqa: N801
    """A write transaction; inside another one it joins that.

    Raises Unavailable when the lock is not to be had in time or the database is gone. A nested
    block that failed makes the outermost roll back, even when the error was caught between.
    """

    __slots__ = ("_database", "_patience", "_session", "_store")

    def __init__(self, patience: float | None = None) -> None:
        """`patience`: how many seconds to try when another process holds the lock, if not the
        database's own."""
        self._patience = patience

    def __enter__(self) -> None:
        self._store = store = current_store()
        self._database = database = store.database
        self._session = session = database.session
        session.depth += 1
        session.writes += 1
        if session.writes > 1:
            return
        try:
            _begin(store, session, self._patience)
        except BaseException:
            session.writes -= 1
            self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        session = self._session
        session.writes -= 1
        if session.writes:
            session.depth -= 1
            session.doomed = session.doomed or kind is not None
            return
        try:
            callbacks = _close(self._store, session, failed=kind is not None)
        finally:
            self._leave()
        for callback in callbacks:
            _call(callback)
        if isinstance(error, Transient):
            raise Unavailable("the database gave up the transaction") from error

    def _leave(self) -> None:
        self._session.depth -= 1
        if not self._session.depth:
            self._database.release(self._session)


def _begin(store: Store, session: Session, patience: float | None) -> None:
    """Take the connection, then the gate, then the database's lock."""
    database = store.database
    conn = database.raw()
    if store.gate is not None and not store.gate.acquire(timeout=GATE_SECONDS):
        raise Unavailable("too many writers wait")
    try:
        conn = _start(database, session, conn, patience)
    except BaseException:
        if store.gate is not None:
            store.gate.release()
        raise
    session.transactions.append(conn)
    session.doomed = False


def _start(database: StoreDatabase, session: Session, conn: Any, patience: float | None) -> Any:
    """BEGIN; on a connection that died while it was idle, once more on a new one."""
    try:
        patiently(lambda: database.begin_write(conn), database, conn, patience)
        return conn
    except Unavailable:
        if session.conn is conn:  # locked, not lost
            raise
    fresh = database.raw()
    patiently(lambda: database.begin_write(fresh), database, fresh, patience)
    return fresh


def _close(store: Store, session: Session, *, failed: bool) -> list[Callable[[], None]]:
    """End what the works shared, then the transaction; trouble with the first fails the second."""
    shared, session.shared = session.shared, {}
    if not failed and not session.doomed:
        try:
            for thing, finish in shared.values():
                finish(thing)
        except BaseException:
            _end(store, session, failed=True)
            raise
    return _end(store, session, failed=failed)


def _end(store: Store, session: Session, *, failed: bool) -> list[Callable[[], None]]:
    """COMMIT or ROLLBACK and open the gate; the callbacks to run when it was a COMMIT."""
    callbacks, session.after = session.after, []
    conn = session.transactions.pop()
    try:
        if failed or session.doomed:
            _rollback(store.database, session, conn)
            if not failed:
                raise RuntimeError("a nested write failed: nothing was stored")
            return []
        _commit(store.database, session, conn)
    finally:
        if store.gate is not None:
            store.gate.release()
    return callbacks


def _commit(database: StoreDatabase, session: Session, conn: Any) -> None:
    try:
        database.commit_write(conn)
    except BaseException as error:
        _rollback(database, session, conn)
        if not isinstance(error, database.errors):
            raise
        try:
            database.refuse(error, conn)
        except Transient as lost:
            raise Unavailable("the database gave up the transaction") from lost


def _rollback(database: StoreDatabase, session: Session, conn: Any) -> None:
    """Leave the connection clean, or throw it away."""
    try:
        database.rollback_write(conn)
    except database.errors as error:
        log.warning("database connection lost in a transaction: %s", error)
        database.drop(session, conn)


def _call(callback: Callable[[], None]) -> None:
    """What was promised for after the commit must not turn a stored change into an error."""
    try:
        callback()
    except Exception:
        log.exception("a callback after the commit failed")


def after_commit(function: Callable[[], None]) -> None:
    """Run once the current write transaction is committed, never if it is not; at once outside."""
    session = current_store().database.session
    if session.writes:
        session.after.append(partial(copy_context().run, function))
    else:
        function()


def shared(make: Callable[[], T], finish: Callable[[T], None]) -> T:
    """The one `make()` of the current write transaction, whoever asks for it in there.

    `finish` is called with it before the COMMIT (not if the transaction fails), and may write.
    """
    session = current_store().database.session
    if not session.writes:
        raise RuntimeError("nothing is shared outside of a write transaction")
    if make not in session.shared:
        session.shared[make] = (make(), finish)
    thing: T = session.shared[make][0]
    return thing


class savepoint:  # noqa: N801
    """Part of a write transaction that may fail alone, such as an insert met by a unique key."""

    __slots__ = ("_marker",)

    def __enter__(self) -> None:
        self._marker = db.savepoint()
        self._marker.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: Any
    ) -> None:
        self._marker.__exit__(kind, error, trace)


def commit_group(work: Callable[[], T]) -> T:
    """Run `work` in a transaction shared with all other waiting callers; return after its COMMIT.

    `work` may be run again when the transaction it was in failed, so it must only change the
    database. Inside a write block it joins that.
    """
    store = current_store()
    if store.database.session.writes:
        return work()
    return store.committer.run(work)
