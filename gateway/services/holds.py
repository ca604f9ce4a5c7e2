"""The hold on providers while something is written to them, so that changes come one by one.

A hold is a lease for each provider, all or none. It is kept up by a greenlet of its own for as long
as the block lasts, however slow a provider is; when the process dies it ends after SECONDS.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from gevent.event import Event

from gateway.domain.context import Context
from gateway.domain.problems import Conflict, Problem, Unavailable
from gateway.models.database import connection, spawn, write
from gateway.services import leases

PATIENCE = 8.0
"""Seconds that a change waits for another one of the same account."""
PAUSE = 0.05
SECONDS = 15.0

log = logging.getLogger(__name__)


def machine_now() -> datetime:
    """What leases follow, whatever the clock of the universe says."""
    return datetime.now(UTC)


@contextmanager
def held(ctx: Context, names: Sequence[str]) -> Iterator[None]:
    """Have these leases for the block; Unavailable when somebody else has one for too long."""
    hold = _Hold(str(ctx.runtime.new_uid()), {name: ctx.runtime.new_uid() for name in names})
    left = PATIENCE
    while not hold.take():
        if left <= 0:
            raise Unavailable("another change of the account goes to its provider now")
        left -= PAUSE
        ctx.reach.wait(PAUSE)
    over = Event()
    keeper = spawn(_keep_up, hold, over)
    try:
        yield
    finally:
        over.set()
        keeper.join()
        hold.release()


class _Hold(NamedTuple):
    """`uids` are of the rows of leases that nobody ever had, by name."""

    holder: str
    uids: Mapping[str, UUID]

    def take(self) -> bool:
        """All the leases, or none; what is ours already is renewed."""
        try:
            with write():
                for name, uid in self.uids.items():
                    if not leases.acquire(name, self.holder, uid, machine_now(), SECONDS):
                        raise Conflict
        except Conflict:
            return False
        return True

    def release(self) -> None:
        with write():
            for name in self.uids:
                leases.release(name, self.holder)


def _keep_up(hold: _Hold, over: Event) -> None:
    while not over.wait(SECONDS / 3):
        try:
            with connection():
                hold.take()
        except Problem as problem:  # two more times are left
            log.warning("a hold on a provider could not be renewed: %s", problem)
