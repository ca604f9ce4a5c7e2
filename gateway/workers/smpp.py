"""The pipeline of a worker: one transaction per tick over all links it owns.

    answers -> receipts and inbound segments -> claims, commit, then acknowledgements and submits

A tick is a few milliseconds long, so a commit is shared by everything that happened in it. When the
store cannot take it, answers stay queued and deliveries are refused with "temporary", so that the
peer repeats them; when a single item breaks it, the items are stored one by one and the broken one
is put aside with a log line.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from gateway.domain.context import Context
from gateway.domain.problems import Unavailable
from gateway.models.database import connection, write
from gateway.services import jobs, receipts
from gateway.services.batch import Batch
from gateway.services.flights import Flight
from gateway.transports.smpp.link import Answer, Delivery, Dial
from gateway.transports.smpp.stream import connect
from gateway.universe import Universe
from gateway.workers.metrics import Metrics
from gateway.workers.owner import TEMPORARY, LinkOwner

log = logging.getLogger("polytrunk.worker")

BUSY_SECONDS = 0.05
TROUBLE_SECONDS = (0.05, 0.2, 0.5, 1.0)


@dataclass
class _Load:
    """What one tick takes from one link."""

    owner: LinkOwner
    answers: list[Answer]
    deliveries: list[Delivery]
    claims: bool
    saved: list[Any] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)


class Pipeline:
    """`owners` are the links of this worker by uid; the keeper adds and removes them. `dial`
    connects them."""

    def __init__(
        self, universe: Universe, holder: str, metrics: Metrics, dial: Dial = connect
    ) -> None:
        self.universe = universe
        self.holder = holder
        self.metrics = metrics
        self.dial = dial
        self.owners: dict[UUID, LinkOwner] = {}
        self.wake = Event()
        self.claiming = True
        self._stopping = Event()
        self._ticking = BoundedSemaphore(1)
        self._worked_at = 0.0
        self._troubles = 0

    @property
    def ctx(self) -> Context:
        return self.universe.context()

    def run(self) -> None:
        """Tick until `stop()`; call in a greenlet of its own."""
        settings = self.universe.settings
        pause = settings.smpp_tick_ms / 1000
        while not self._stopping.is_set():
            self.wake.clear()
            worked = self.tick()
            gevent.sleep(self._trouble_pause() or pause)
            if not worked:
                self.wake.wait(self._idle_seconds(pause))

    def stop(self) -> None:
        self._stopping.set()
        self.wake.set()

    def _idle_seconds(self, pause: float) -> float:
        """SQLite is polled; PostgreSQL wakes us, but for a while after work nobody asks it to."""
        busy = time.monotonic() - self._worked_at < BUSY_SECONDS
        if self.universe.store.kind == "sqlite" or busy:
            return pause
        return float(self.universe.settings.smpp_sweep_ms) / 1000

    def _trouble_pause(self) -> float:
        if not self._troubles:
            return 0.0
        return TROUBLE_SECONDS[min(self._troubles, len(TROUBLE_SECONDS)) - 1]

    def tick(self) -> bool:
        """Do what there is to do once; False if there was nothing (or the store is unavailable).

        One at a time: the queues are emptied only after the commit, so a second tick beside it
        would store the same deliveries again.
        """
        with self._ticking:
            return self._tick()

    def _tick(self) -> bool:
        started = time.monotonic()
        try:
            with connection():
                loads = [load for load in map(self._load, self._present()) if load]
                if not loads:
                    return False
                self._commit(loads)
        except Unavailable as problem:
            self._trouble(problem)
            return False
        except Exception:
            log.exception("a tick failed")
            self._trouble(None)
            return False
        self._worked_at = time.monotonic()
        self.metrics.ticks.observe(self._worked_at - started)
        return True

    def _present(self) -> list[LinkOwner]:
        return list(self.owners.values())

    def _load(self, owner: LinkOwner) -> _Load | None:
        self._refresh(owner)
        claims = self.claiming and owner.wanted() > 0 and self._due(owner)
        if not (claims or owner.answers or owner.deliveries):
            return None
        return _Load(owner, list(owner.answers), list(owner.deliveries), claims)

    def _due(self, owner: LinkOwner) -> bool:
        due = jobs.next_due(owner.way.lane)
        return due is not None and due <= self.universe.runtime.now()

    def _trouble(self, problem: Unavailable | None) -> None:
        self._troubles += 1
        self.metrics.trouble.inc()
        if problem is not None and self._troubles == 1:
            log.error("the store is unavailable, answers wait: %s", problem)
        for owner in self._present():
            self._refuse(owner)

    def _refuse(self, owner: LinkOwner) -> None:
        """Have the peer repeat what could not be stored."""
        while owner.deliveries:
            owner.deliveries.popleft().ack(TEMPORARY)
            self.metrics.refused.labels(str(owner.connector.uid)).inc()

    # one transaction

    def _commit(self, loads: list[_Load]) -> None:
        try:
            self._store(loads)
        except Unavailable:
            raise
        except Exception:
            log.exception("a tick could not be stored as a whole; storing its items one by one")
            for load in loads:
                self._one_by_one(load)
            self._troubles += 1
            return
        for load in loads:
            self._finish(load)
        if self._troubles:
            log.warning("the store takes transactions again")
        self._troubles = 0

    def _store(self, loads: list[_Load]) -> None:
        for load in loads:
            load.saved = load.owner.saved(load.answers)
        batch = Batch()
        try:
            with write():
                for load in loads:
                    load.owner.record(load.answers, batch)
                    load.statuses = load.owner.store(load.deliveries, batch)
                for load in loads:
                    load.flights = load.owner.claim(batch) if load.claims else []
        except BaseException:
            for load in loads:
                self._undo(load)
            raise

    def _undo(self, load: _Load) -> None:
        """Put back what the failed transaction changed in memory."""
        for flight, saved in load.saved:
            flight.restore(saved)
        load.flights = []
        load.owner.orphans.stale = True

    def _finish(self, load: _Load) -> None:
        """After the commit: acknowledge, forget, submit."""
        owner = load.owner
        for delivery, status in zip(load.deliveries, load.statuses, strict=True):
            owner.deliveries.popleft()
            delivery.ack(status)
            self.metrics.deliveries.labels(str(owner.connector.uid), delivery.kind).inc()
        owner.forget(load.answers)
        owner.send(load.flights)

    def _one_by_one(self, load: _Load) -> None:
        owner = load.owner
        for answer in load.answers:
            self._alone(_Load(owner, [answer], [], False), "an answer")
        for delivery in load.deliveries:
            self._alone(_Load(owner, [], [delivery], False), "a delivery")

    def _alone(self, load: _Load, what: str) -> None:
        try:
            self._refresh(load.owner)
            self._store([load])
        except Unavailable:
            raise
        except Exception:
            log.exception("link %s: %s could not be stored", load.owner.link.name, what)
            self._put_aside(load)
        else:
            self._finish(load)

    def _put_aside(self, load: _Load) -> None:
        """The claim of the message will end by itself; the peer may repeat the delivery."""
        for answer in load.answers:
            load.owner.answers.popleft()
            key: Any = answer.key
            load.owner.flights.pop(key, None)
        for delivery in load.deliveries:
            load.owner.deliveries.popleft()
            delivery.ack(TEMPORARY)

    def _refresh(self, owner: LinkOwner) -> None:
        """Read the orphans again after a transaction that had taken some was rolled back."""
        if owner.orphans.stale:
            owner.orphans = receipts.load_orphans(self.ctx, owner.way)
