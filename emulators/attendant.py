"""Who does the work of a universe: messages, webhooks, calls, and what its provider has planned.

A universe is looked after by one greenlet that sleeps until something is due or told, so hundreds
of them cost little. Its links to the bundled SMSC lead through a socket pair inside the process;
from there on they are what they are in the gateway: the same session, codec, window and pipeline.
The main universe of an emulator with ports has a real worker instead, and real connections.

While a clock stands still an attendant begins nothing. What links bring is stored all the same.
Then work is also done in an order that repeats: how fast a link is must not decide which id is
drawn first, so nothing else is begun while a message is on its way.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import gevent
from gevent.event import Event
from gevent.pool import Pool

from gateway.dialect import Dialect
from gateway.models.database import connection, spawn, write
from gateway.services import jobs, leases
from gateway.transports.smpp.link import LinkSpec
from gateway.transports.smpp.stream import connect
from gateway.workers import runner
from gateway.workers.keeper import Keeper
from gateway.workers.main import Worker
from gateway.workers.runner import Tools
from gateway.workers.smpp import Pipeline

if TYPE_CHECKING:
    from emulators.worlds import World

log = logging.getLogger("polytrunk.emulator")

HOLDER = "attendant"
LEASE_SECONDS = 3_000_000_000.0
"""Nobody else can work on a universe, so the lease that says it has a worker never ends."""
LOOK_SECONDS = 1.0
LINK_SECONDS = 1.0
SENDING_SECONDS = 2.0
PARALLEL = 16
LEAST_PAUSE = 0.005
ASKING = (jobs.HOOK, jobs.CALL)
ALONE = (jobs.UNROUTED, jobs.RETENTION)


class Attendant:
    """Runs the timers of a universe. `automatic`: by itself while the clock runs, else only when
    somebody calls `work`."""

    holder = HOLDER

    def __init__(self, world: World, *, automatic: bool) -> None:
        self.world = world
        self.universe = world.universe
        self.wake = Event()
        self._automatic = automatic
        self._greenlet: gevent.Greenlet | None = None
        self._ended = False

    def start(self) -> None:
        self.settle()

    def stop(self) -> None:
        self._ended = True
        if self._greenlet is not None:
            self._greenlet.kill(timeout=1.0)

    def kick(self) -> None:
        """Something may be due: called when a job or a timer is new."""
        self.wake.set()
        if self._automatic and self._greenlet is None and not self._ended:
            self._greenlet = gevent.spawn(self._run)

    def settle(self) -> None:
        """Work or rest, as the clock now says."""
        self._begin(self._automatic and not self.world.clock.is_frozen)
        self.kick()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Work in this block even if the clock stands still."""
        self._begin(True)
        try:
            yield
        finally:
            self.settle()

    def work(self) -> None:
        """Begin everything that is due now."""
        self.world.timers.run_due()

    def tick(self) -> None:
        """Store what links have brought."""

    def bind(self) -> None:
        """Have the links to the bundled SMSC bound, so that it can deliver at once.

        That takes a moment; other links may be down for long.
        """
        ours = [o.link for o in self._owners() if self.world.is_bundled(o.connector.spec)]
        with gevent.Timeout(LINK_SECONDS, False):
            while not all(link.bound for link in ours):
                gevent.sleep(0.002)

    def forget(self) -> None:
        """The rows were replaced: what is remembered of them is wrong."""
        for owner in self._owners():
            owner.orphans.stale = True
        self.settle()

    @property
    def is_busy(self) -> bool:
        return False

    def _begin(self, begins: bool) -> None:
        """Take jobs from now on, or none."""

    def _owners(self) -> list[Any]:
        return []

    def _run(self) -> None:
        while not self._ended:
            self.wake.clear()
            try:
                if self.world.clock.is_frozen:
                    self.tick()
                else:
                    self.work()
            except Exception:
                log.exception("the work of universe %s failed", self.universe.name)
            self.wake.wait(None if self.world.clock.is_frozen else self._pause())

    def _pause(self) -> float | None:
        """Seconds until something is due by itself; None when nothing is planned."""
        at = self.world.timers.next_at
        if at is None:
            return None
        return max(LEAST_PAUSE, (at - self.world.clock.now()).total_seconds())


class WorkerAttendant(Attendant):
    """Leaves the jobs to a worker."""

    def __init__(self, world: World, dialects: Mapping[str, Dialect]) -> None:
        super().__init__(world, automatic=True)
        self._worker = Worker(
            world.universe, dialects=dialects, courier=world.courier, scripts=world.choose
        )
        self.holder = self._worker.holder

    def start(self) -> None:
        self._worker.start()
        self.bind()

    def stop(self) -> None:
        super().stop()
        self._worker.stop()

    def _begin(self, begins: bool) -> None:
        if begins != self._worker.pipeline.claiming:
            (self._worker.resume if begins else self._worker.rest)()

    def _owners(self) -> list[Any]:
        return list(self._worker.pipeline.owners.values())


class InlineAttendant(Attendant):
    """Does the jobs itself. The links are looked up when there is a first message."""

    def __init__(self, world: World, dialects: Mapping[str, Dialect], *, automatic: bool) -> None:
        super().__init__(world, automatic=automatic)
        self._tools = Tools.of(
            self.universe,
            dialects,
            world.courier,
            holder=HOLDER,
            metrics=world.metrics,
            scripts=world.choose,
        )
        self._pool = Pool(PARALLEL)
        self._turn = jobs.Turn()
        self._pipeline: Pipeline | None = None
        self._keeper: Keeper | None = None
        self._looked_at = float("-inf")
        self._begins = False
        self._said: bool | None = None

    def start(self) -> None:
        self.universe.store.on_work = lambda lane: self.kick()
        super().start()

    def stop(self) -> None:
        """Leave everything as it is: the universe goes away."""
        self.universe.store.on_work = None
        super().stop()
        self._pool.kill(timeout=1.0)
        for owner in self._owners():
            owner.link.stop(0)

    def work(self) -> None:
        """Also what follows at the same moment, as long as it is done in order."""
        with self.universe.entered(), connection():
            while self._work():
                pass

    def _work(self) -> int:
        """How many jobs were done."""
        super().work()
        if self._has_messages():
            self._look()
        self.tick()
        if self.world.clock.is_frozen:
            self._have_sent()
        now = self.universe.runtime.now()
        done = sum(self._ask(lane, now) for lane in ASKING)
        done += self._tools.upstreams.drain(PARALLEL)
        return done + sum(runner.run_lane(self._tools, n, now, 100, self._turn) for n in ALONE)

    def _have_sent(self) -> None:
        """Wait for what is on its way over the links: a moment, unless something is wrong there."""
        with gevent.Timeout(SENDING_SECONDS, False):
            while self.world.is_sending():
                gevent.sleep(0.001)
                self._look()
                self.tick()

    def tick(self) -> None:
        if self._pipeline is not None:
            with self.universe.entered():
                while self._pipeline.tick():
                    pass

    def bind(self) -> None:
        self._look(now=True)
        super().bind()

    def forget(self) -> None:
        self._looked_at = float("-inf")
        self._said = None  # leases went with the rows
        super().forget()

    @property
    def is_busy(self) -> bool:
        return bool(len(self._pool))

    def _begin(self, begins: bool) -> None:
        """Requests can see whether there is a worker that they could wait for."""
        self._begins = begins
        if self._pipeline is not None:
            self._pipeline.claiming = begins
        said = begins and self._automatic
        if said is self._said:
            return
        self._said = said
        name, now = leases.worker_name(HOLDER), datetime.now(UTC)
        with self.universe.entered(), write():
            if said:
                leases.acquire(name, HOLDER, uuid4(), now, LEASE_SECONDS)
            else:
                leases.release(name, HOLDER)

    def _ask(self, lane: str, now: datetime) -> int:
        """Webhooks and steps of calls, side by side; in order while the clock stands still.

        How many are done already.
        """
        free = self._pool.free_count()
        due = jobs.next_due(lane) if free else None
        if due is None or due > now:
            return 0
        taken = runner.claim(self._tools, lane, now, free, self._turn)
        if self.world.clock.is_frozen:
            for job in taken:
                self._do(lane, job)
            return len(taken)
        for job in taken:
            self._pool.add(spawn(self._do, lane, job))
        return 0

    def _do(self, lane: str, job: Any) -> None:
        try:
            runner.HANDLERS[lane](self._tools, job)
        except Exception:
            log.exception("job %s failed; it is tried again when its claim ends", job.key)
        self.wake.set()

    def _pause(self) -> float | None:
        at = self.world.next_at()
        pauses = [LOOK_SECONDS] if self._has_messages() else []
        if at is not None:
            pauses.append(max(LEAST_PAUSE, (at - self.world.clock.now()).total_seconds()))
        return min(pauses, default=None)

    def _has_messages(self) -> bool:
        with self.universe.entered(), connection():
            return bool(jobs.lanes(jobs.LINK, 1) or jobs.lanes(jobs.HTTP, 1))

    def _look(self, now: bool = False) -> None:
        """Bring the links up to what the rows say, at most once a second unless told."""
        if not now and time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        if self._keeper is None:
            self._pipeline = Pipeline(self.universe, HOLDER, self.world.metrics, self._dial)
            self._pipeline.wake = self.wake
            self._pipeline.claiming = self._begins
            self._keeper = Keeper(self._pipeline)
        with self.universe.entered():
            self._tools.upstreams.look()
            self._keeper.look()

    def _owners(self) -> list[Any]:
        return list(self._pipeline.owners.values()) if self._pipeline is not None else []

    def _dial(self, spec: LinkSpec) -> Any:
        return self.world.smsc.connect() if self.world.is_bundled(spec) else connect(spec)
