"""Group commit: requests that wait at the same moment share one transaction.

The first caller leads: it lets the other ready greenlets run once so that they can join, takes the
waiting works in order and runs them all in one transaction. When it failed, each is run again
alone, so that everybody gets their own error. Then the lead passes to the next who waits.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, TypeVar

import gevent
from gevent.event import Event

from gateway.domain.problems import Unavailable
from gateway.models.driver import LONGEST_PAUSE, Transient

LARGEST_GROUP = 64
TRIES = 4

T = TypeVar("T")


class _Entry:
    """One caller's work and what came of it."""

    __slots__ = ("_context", "_work", "done", "error", "leads", "result", "wake")

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._context: Context = copy_context()
        self.wake = Event()
        self.leads = False
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """In the caller's context, though another greenlet may be running it."""
        self.result = self._context.run(self._work)

    def finish(self, error: BaseException | None = None) -> None:
        self.error, self.done = error, True
        self.wake.set()


class Committer:
    """`transact(work)` runs a function in one write transaction of the store; `rest()` gives the
    caller's connection back while it waits, so that waiters cannot starve the leader of one."""

    def __init__(
        self,
        transact: Callable[[Callable[[], Any]], Any],
        rest: Callable[[], None],
        largest: int = LARGEST_GROUP,
    ) -> None:
        self._transact, self._rest, self._largest = transact, rest, largest
        # the first of the waiting is always the one who leads or will lead next
        self._waiting: deque[_Entry] = deque()
        self._led = False

    def run(self, work: Callable[[], T]) -> T:
        entry = _Entry(work)
        self._waiting.append(entry)
        if not self._led:
            self._led = entry.leads = True
        try:
            if not entry.leads:
                self._rest()
                entry.wake.wait()
            if entry.leads:
                self._lead()
        finally:
            self._leave(entry)
        if entry.error is not None:
            raise entry.error
        return entry.result  # type: ignore[no-any-return]

    def _leave(self, entry: _Entry) -> None:
        """Also when killed: withdraw what was not done, and let the next one lead."""
        if not entry.done and entry in self._waiting:
            self._waiting.remove(entry)
        if entry.leads:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].wake.set()

    def _lead(self) -> None:
        """Commit one group, this greenlet's own work first among it."""
        gevent.sleep(0)
        taken: list[_Entry] = []
        try:
            self._transact(lambda: self._run_waiting(taken))
        except Exception as error:
            self._run_alone(taken or [self._waiting.popleft()], error)
        except BaseException:
            self._waiting.extendleft(reversed(taken[1:]))  # killed: the others' works go on
            raise
        else:
            for entry in taken:
                entry.finish()

    def _run_waiting(self, taken: list[_Entry]) -> None:
        """Take them inside the transaction: who came while it waited for the lock joins too."""
        while self._waiting and len(taken) < self._largest:
            taken.append(self._waiting.popleft())
            taken[-1].run()

    def _run_alone(self, taken: list[_Entry], error: Exception) -> None:
        """A group failed: every work again in a transaction of its own."""
        if len(taken) == 1 and not _transient(error):
            taken[0].finish(error)
            return
        for place, entry in enumerate(taken):
            try:
                self._persist(entry)
            except Unavailable as refused:
                for other in taken[place:]:  # the database is gone or locked for all of them
                    other.finish(Unavailable(refused.text, retry_after=refused.retry_after))
                return
            except Exception as own:
                entry.finish(own)
            else:
                entry.finish()

    def _persist(self, entry: _Entry) -> None:
        """Run one work, again when the database sacrificed it for another transaction."""
        for attempt in range(TRIES):
            try:
                self._transact(entry.run)
                return
            except Unavailable as error:
                if not _transient(error) or attempt == TRIES - 1:
                    raise
            gevent.sleep(LONGEST_PAUSE * (attempt + random.random()))


def _transient(error: BaseException) -> bool:
    return isinstance(error.__cause__, Transient)
