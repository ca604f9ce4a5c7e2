"""Connections of one store, handed out last in, first out.

The pool is bounded; who finds it empty waits cooperatively. Only a connection that lay idle for a
while is pinged: a ping at every checkout would make all checkouts wait for each other.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from typing import Any

from gevent.lock import BoundedSemaphore

from gateway.domain.problems import Unavailable

IDLE_SECONDS_BEFORE_PING = 30.0
WAIT_SECONDS = 10.0

_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


class Pool:
    """`connect` opens a connection, `alive` pings one, `close` ends one quietly.

    Connections carry the `generation` of the pool they were opened in: when one breaks, those of
    its generation broke with it and are not handed out again.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        alive: Callable[[Any], bool],
        close: Callable[[Any], None],
        size: int,
    ) -> None:
        self._connect, self._alive, self._close = connect, alive, close
        self.size = size
        self._forget()
        _pools.add(self)

    def _forget(self) -> None:
        """Start empty; also in a forked child, which must not touch its parent's connections."""
        self._idle: list[tuple[Any, float]] = []
        self._slots = BoundedSemaphore(self.size)
        self._shut = False
        self._generation = 0

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def busy(self) -> int:
        """Connections handed out."""
        return self.size - self._slots.counter

    def take(self) -> Any:
        """A usable connection; Unavailable when none gets free or the server cannot be reached."""
        if not self._slots.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("all database connections are busy")
        try:
            while self._idle:
                conn, since = self._idle.pop()
                if time.monotonic() - since < IDLE_SECONDS_BEFORE_PING or self._alive(conn):
                    return conn
                self._close(conn)
            conn = self._connect()
            conn.generation = self._generation
            return conn
        except BaseException:
            self._slots.release()
            raise

    def give(self, conn: Any) -> None:
        """Take a connection back for the next one who asks."""
        if self._shut or conn.generation != self._generation:
            self._close(conn)
        else:
            self._idle.append((conn, time.monotonic()))
        self._slots.release()

    def discard(self, conn: Any) -> None:
        """End a connection that broke, and the others as soon as nobody uses them."""
        self._close(conn)
        self._slots.release()
        self._generation += 1
        self.clear()

    def clear(self) -> None:
        idle, self._idle = self._idle, []
        for conn, _ in idle:
            self._close(conn)

    def shut(self) -> None:
        """End idle connections now and the others when they come back."""
        self._shut = True
        self.clear()


def _after_fork() -> None:
    for pool in list(_pools):
        pool._forget()


os.register_at_fork(after_in_child=_after_fork)
