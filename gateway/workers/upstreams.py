"""The connections whose messages this worker sends, beside the SMPP pipeline.

As with links one worker owns a connection, by a lease: it alone keeps to the provider's rate, knows
how the provider fares and finds what a dead worker had claimed. While the provider takes messages
the owner says so with the lease `bound:<uid>`, by which all processes choose a way.

    claim (parts become `submitting`), commit, then ask the provider, then record

Requests run side by side, a bounded number for each connection; in `drain`, for universes that do
their work in order, one after the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import gevent
from gevent.event import Event
from gevent.pool import Pool

from gateway.dialect import Dialect
from gateway.domain.context import Context
from gateway.domain.problems import Unavailable
from gateway.models.database import connection, spawn, write
from gateway.reach import line_of
from gateway.services import (
    connections,
    event_addresses,
    failover,
    jobs,
    leases,
    receipts,
    routing,
    submission,
)
from gateway.services.batch import Batch
from gateway.services.flights import Flight
from gateway.services.submission import Result
from gateway.transports.upstream import Line
from gateway.universe import Universe
from gateway.workers.metrics import Metrics
from gateway.workers.outlets import Outlet

log = logging.getLogger("polytrunk.worker")

POLL_SECONDS = 0.02
TIDY_SECONDS = 10.0
SETTLE_SECONDS = 600.0
CLAIM_RENEWALS = 3
MOST_AT_ONCE = 100
TROUBLE_SECONDS = (0.05, 0.2, 0.5, 1.0)

MakeLine = Callable[[Any, Dialect], Line]


class Upstreams:
    """`outlets` are the connections of this worker by uid. `line` makes what carries requests."""

    def __init__(
        self,
        universe: Universe,
        dialects: Mapping[str, Dialect],
        holder: str,
        metrics: Metrics,
        line: MakeLine = line_of,
    ) -> None:
        self.outlets: dict[UUID, Outlet] = {}
        self.wake = Event()
        self.claiming = True
        self._universe, self._dialects, self._holder = universe, dialects, holder
        self._metrics, self._line = metrics, line
        self._pool = Pool()
        self._stopping = Event()
        self._known_bad: set[UUID] = set()
        self._looked_at = self._tidied_at = self._renewed_at = float("-inf")

    @property
    def ctx(self) -> Context:
        return self._universe.context()

    # life

    def run(self) -> None:
        """Send what is due until `stop()`; in a greenlet of its own."""
        while not self._stopping.is_set():
            self.wake.clear()
            if time.monotonic() - self._looked_at >= self._period:
                self.look()
            began = self._begin()
            self.wake.wait(POLL_SECONDS if began else self._pause())

    @property
    def _period(self) -> float:
        """Seconds between two looks: leases are renewed well before they end."""
        return min(1.0, float(self._universe.settings.lease_seconds) / 4)

    def _pause(self) -> float:
        if not self.outlets:
            return self._period
        if self._universe.store.kind == "sqlite":
            return POLL_SECONDS
        return min(self._period, float(self._universe.settings.smpp_sweep_ms) / 1000)

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Begin nothing more, wait for answers on their way, and give the leases back."""
        self.claiming = False
        self._stopping.set()
        self.wake.set()
        self._pool.join(timeout=grace_seconds)
        self._pool.kill(timeout=1.0)
        for outlet in self.outlets.values():
            outlet.line.close()
        try:
            with connection(), write():
                for uid in self.outlets:
                    leases.release(leases.bound_name(uid), self._holder)
                    leases.release(leases.link_name(uid), self._holder)
        except Unavailable as problem:
            log.error("leases of connections could not be given back: %s", problem)

    def _begin(self) -> int:
        """Claim what is due and start sending it; how many messages."""
        try:
            with connection():
                began = [(o, f) for o in list(self.outlets.values()) for f in self._claimed(o)]
        except Unavailable as problem:
            log.error("messages to providers wait for the store: %s", problem)
            return 0
        except Exception:
            log.exception("taking messages to providers failed")
            return 0
        for outlet, flight in began:
            self._pool.add(spawn(self._send, outlet, flight))
        return len(began)

    def drain(self, limit: int) -> int:
        """Send what is due in order, one message after the other; how many."""
        lanes = set(jobs.lanes(jobs.HTTP))
        if not lanes:
            return 0
        known = {outlet.way.lane for outlet in self.outlets.values()}
        if lanes - known or time.monotonic() - self._looked_at >= self._period:
            self.look()
        done = 0
        for outlet in list(self.outlets.values()):
            for flight in self._claimed(outlet, limit):
                self._send(outlet, flight)
                done += 1
        return done

    # one message

    def _claimed(self, outlet: Outlet, most: int = MOST_AT_ONCE) -> list[Flight]:
        limit = min(outlet.wanted(MOST_AT_ONCE), most) if self.claiming else 0
        due = jobs.next_due(outlet.way.lane) if limit > 0 else None
        if due is None or due > self._universe.runtime.now():
            return []
        batch = Batch()
        with write():
            flights = submission.take(
                self.ctx,
                outlet.way,
                self._holder,
                limit,
                turn=outlet.turn,
                references=outlet.references,
                batch=batch,
            )
            batch.flush()
        outlet.flights.update({flight.message.uid: flight for flight in flights})
        self._metrics.parts.labels(str(outlet.way.uid)).inc(len(flights))
        return flights

    def _send(self, outlet: Outlet, flight: Flight) -> None:
        try:
            results = outlet.send(flight)
            for result in results:
                self._metrics.answers.labels(str(outlet.way.uid), result.outcome).inc()
            self._record(outlet, flight, results)
        except gevent.GreenletExit:
            raise
        except Exception:
            log.exception("message %s: it is sent again when its claim ends", flight.message.uid)
        finally:
            outlet.flights.pop(flight.message.uid, None)
            self.wake.set()

    def _record(self, outlet: Outlet, flight: Flight, results: Sequence[Result]) -> None:
        """Write an answer down, as often as it takes the store to take it."""
        troubles = 0
        while True:
            saved = flight.saved()
            try:
                with connection(), write():
                    self._store(outlet, results)
                return
            except Unavailable as problem:
                flight.restore(saved)
                if self._stopping.is_set():
                    raise
                log.error("the answer of a provider waits for the store: %s", problem)
                gevent.sleep(TROUBLE_SECONDS[min(troubles, len(TROUBLE_SECONDS) - 1)])
                troubles += 1

    def _store(self, outlet: Outlet, results: Sequence[Result]) -> None:
        ctx, batch = self.ctx, Batch()
        if not outlet.is_open:  # first of all, so that nobody comes here by choice now
            leases.release(leases.bound_name(outlet.way.uid), self._holder)
        event_addresses.hold(outlet.way.uid)
        taken = submission.record(ctx, outlet.way, self._holder, results, batch)
        if taken:
            receipts.settle(ctx, outlet.way, batch, seconds=SETTLE_SECONDS)
        batch.flush()
        for result in results:
            if result.outcome == submission.BLOCKED:
                text = f"{failover.name_of(outlet.way.uid)} takes no messages: {result.detail}"
                failover.tell(ctx, outlet.way.uid, text, reason=result.detail)

    # which connections, and whose

    def look(self) -> None:
        """Bring the outlets up to what the rows say, and keep what is ours."""
        self._looked_at = time.monotonic()
        try:
            with connection():
                wanted = self._configured()
                if wanted or self.outlets:
                    self._lease(wanted)
                self._tidy(wanted)
        except Unavailable as problem:
            log.error("connections cannot be looked after: %s", problem)
        except Exception:
            log.exception("looking after connections failed")

    def _configured(self) -> dict[UUID, Any]:
        """Every connection that messages may leave by."""
        found: dict[UUID, Any] = {}
        for row in connections.carrying(self.ctx):
            dialect = self._dialects.get(row.dialect)
            if dialect is not None and connections.provider_of(dialect).messages is not None:
                found[row.uid] = row
            elif row.uid not in self._known_bad:
                self._known_bad.add(row.uid)
                log.error("connection %s: nobody here sends messages as %s", row.name, row.dialect)
        return found

    def _lease(self, wanted: Mapping[UUID, Any]) -> None:
        now = datetime.now(UTC)
        kept: dict[UUID, Outlet] = {}
        with write():
            for uid in self.outlets.keys() - wanted.keys():
                leases.release(leases.bound_name(uid), self._holder)
                leases.release(leases.link_name(uid), self._holder)
            for uid in self._shared(wanted, now):
                if self._acquire(leases.link_name(uid), now):
                    kept[uid] = outlet = self._outlet(wanted[uid])
                    self._say(outlet, now)
            self._renew(kept)
        dropped = [outlet for uid, outlet in self.outlets.items() if kept.get(uid) is not outlet]
        self.outlets = kept
        for outlet in dropped:
            outlet.line.close()

    def _outlet(self, row: Any) -> Outlet:
        """The one there is, unless the row has changed; inside the transaction that has the
        lease."""
        known = self.outlets.get(row.uid)
        if known is not None and known.marked(row):
            return known
        dialect = self._dialects[row.dialect]
        made = Outlet(row, dialect, self._line(row, dialect), self.ctx)
        if known is None:
            jobs.take_over(made.way.lane, self._holder, self._universe.runtime.now())
        return made

    def _say(self, outlet: Outlet, now: datetime) -> None:
        """Tell whether messages have any use here."""
        name = leases.bound_name(outlet.way.uid)
        if outlet.is_open:
            self._acquire(name, now)
        else:
            leases.release(name, self._holder)
        self._metrics.bound.labels(str(outlet.way.uid)).set(int(outlet.is_open))

    def _acquire(self, name: str, now: datetime) -> bool:
        # by chance, not by the universe: how often leases are renewed must not change its ids
        seconds = float(self._universe.settings.lease_seconds)
        return leases.acquire(name, self._holder, uuid4(), now, seconds)

    def _shared(self, wanted: Mapping[UUID, Any], now: datetime) -> list[UUID]:
        """Ours, and as many of those nobody has as our share leaves room for."""
        mine = [uid for uid in wanted if uid in self.outlets]
        if len(mine) == len(wanted):
            return mine
        held = leases.held(jobs.LINK, now)
        free = [
            uid
            for uid in wanted
            if uid not in self.outlets
            and held.get(leases.link_name(uid), self._holder) == self._holder
        ]
        share = -(-len(wanted) // max(1, len(leases.held("worker:", now))))
        return mine + free[: max(0, share - len(mine))]

    def _renew(self, kept: Mapping[UUID, Outlet]) -> None:
        """Keep the claims of what is on its way."""
        length = float(self._universe.settings.claim_seconds)
        if time.monotonic() - self._renewed_at < length / CLAIM_RENEWALS:
            return
        self._renewed_at = time.monotonic()
        until = self._universe.runtime.now() + timedelta(seconds=length)
        for outlet in kept.values():
            held = [flight.job.uid for flight in list(outlet.flights.values())]
            if held:
                jobs.renew(held, self._holder, until)

    def _tidy(self, wanted: Mapping[UUID, Any]) -> None:
        """Messages for connections that are no more look for another way."""
        if time.monotonic() - self._tidied_at < TIDY_SECONDS:
            return
        self._tidied_at = time.monotonic()
        lanes = {jobs.http_lane(uid) for uid in wanted}
        gone = [lane for lane in jobs.lanes(jobs.HTTP) if lane not in lanes]
        if not gone:
            return
        with write():
            for lane in gone:
                jobs.abandon(lane, self._universe.runtime.now())
                routing.strand(self.ctx, lane)
