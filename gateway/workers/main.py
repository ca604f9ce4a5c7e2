"""A worker: the SMPP pipeline, messages to providers, webhooks, calls and the other jobs of one
universe.

    run(settings, stop)                          # a process of its own
    worker = Worker(universe); worker.start()    # inside another, such as an emulator
    ...
    worker.stop()

Stopping is graceful: links take nothing more, open answers are waited for, links unbind, claims
and leases are given back, and webhooks under way end. A worker that is killed instead loses
nothing: its claims end, and what it had sent without a recorded answer is sent again.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import gevent
from gevent import socket as waiting
from gevent.event import Event

from gateway.dialect import Dialect
from gateway.domain.problems import Unavailable
from gateway.models.database import connection, spawn
from gateway.reach import line_of
from gateway.services import call_steps, jobs, wakeups
from gateway.services.receipts import Orphans
from gateway.settings import Settings
from gateway.universe import Universe, make_universe
from gateway.workers import runner
from gateway.workers.hooks import HookSender
from gateway.workers.keeper import Keeper
from gateway.workers.listener import Listener
from gateway.workers.metrics import Metrics
from gateway.workers.runner import Delivers, Tools
from gateway.workers.smpp import Pipeline
from gateway.workers.upstreams import MakeLine

log = logging.getLogger("polytrunk.worker")

OTHER_LANES = (jobs.UNROUTED, jobs.RETENTION)
OTHERS_SECONDS = 0.25
LISTEN_AGAIN_SECONDS = 1.0


def holder_name() -> str:
    """A name no other worker has: machine, process and a random end."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Worker:
    """`courier` sends webhooks; by default one made from the settings. `scripts` says how the far
    ends of simulated calls behave, `line` makes what carries messages to a provider."""

    def __init__(
        self,
        universe: Universe,
        *,
        dialects: Mapping[str, Dialect] | None = None,
        courier: Delivers | None = None,
        holder: str | None = None,
        scripts: call_steps.Choose = call_steps.by_destination,
        line: MakeLine = line_of,
    ) -> None:
        self.universe = universe
        self.holder = holder or holder_name()
        self.metrics = Metrics()
        self.pipeline = Pipeline(universe, self.holder, self.metrics)
        self.keeper = Keeper(self.pipeline)
        self.listener: Listener | None = None
        if universe.settings.smpp_bind:
            self.listener = Listener(universe, self.holder, self.metrics, self._orphans)
        self.tools = Tools.of(
            universe,
            dialects,
            courier,
            holder=self.holder,
            metrics=self.metrics,
            scripts=scripts,
            line=line,
        )
        self.hooks = HookSender(self.tools)
        self.calls = HookSender(self.tools, jobs.CALL)
        self.upstreams = self.tools.upstreams
        self._stopping = Event()
        self._greenlets: list[gevent.Greenlet] = []

    def start(self) -> None:
        """Begin in the background; returns when the links were looked up once."""
        with self.universe.entered():
            self.keeper.look()
            self.upstreams.look()
            loops: list[Callable[[], Any]] = [
                self.keeper.run,
                self.pipeline.run,
                self.hooks.run,
                self.calls.run,
                self.upstreams.run,
                self._others,
            ]
            if self.listener is not None:
                self.listener.look()
                loops += [self.listener.run, self.listener.pump]
            if self.universe.store.kind == "postgres":
                loops.append(self._listen)
            self._greenlets = [spawn(loop) for loop in loops]
        log.info("worker %s has started", self.holder)

    def stop(self) -> None:
        """End gracefully, within the grace the settings allow (and a little)."""
        self._stopping.set()
        with self.universe.entered():
            grace = float(self.universe.settings.shutdown_grace)
            senders = (self.hooks, self.calls, self.upstreams)
            ending = [spawn(sender.stop, grace) for sender in senders]
            if self.listener is not None:
                self.listener.stop()
            self.keeper.stop()
            self.pipeline.stop()
            gevent.joinall(ending)
        gevent.joinall(self._greenlets, timeout=2.0)
        gevent.killall(self._greenlets, timeout=1.0)
        log.info("worker %s has stopped", self.holder)

    def rest(self) -> None:
        """Begin nothing more until `resume`. Links stay bound, and what they bring is stored."""
        self._begin(False)

    def resume(self) -> None:
        self._begin(True)

    def _begin(self, begins: bool) -> None:
        self.pipeline.claiming = self.upstreams.claiming = begins
        self.hooks.resting = self.calls.resting = not begins
        with self.universe.entered():
            self.keeper.look()
        for waiting_for in (self.pipeline, self.upstreams, self.hooks, self.calls):
            waiting_for.wake.set()

    def _orphans(self, link_uid: UUID) -> Orphans | None:
        """The receipts in wait of a link of ours."""
        owner = self.pipeline.owners.get(link_uid)
        return owner.orphans if owner is not None else None

    def _others(self) -> None:
        """Unrouted messages and the sweep, one after the other."""
        turn = jobs.Turn()
        while not self._stopping.is_set():
            try:
                with connection():
                    now = self.universe.runtime.now()
                    for lane in OTHER_LANES if self.pipeline.claiming else ():
                        runner.run_lane(self.tools, lane, now, 100, turn)
            except Unavailable as problem:
                log.error("other jobs wait for the store: %s", problem)
            except Exception:
                log.exception("running other jobs failed")
            self._stopping.wait(OTHERS_SECONDS)

    def _listen(self) -> None:
        """Wake the loops when PostgreSQL says that a lane has work."""
        while not self._stopping.is_set():
            try:
                self._hear()
            except Exception as problem:
                log.warning("not listening for work, looking for it instead: %s", problem)
            self._stopping.wait(LISTEN_AGAIN_SECONDS)

    def _hear(self) -> None:
        pool: Any = self.universe.store.database.pool
        conn = pool.take()
        try:
            conn.execute(f"LISTEN {wakeups.CHANNEL}")
            while not self._stopping.is_set():
                waiting.wait_read(conn.pgconn.socket)
                conn.pgconn.consume_input()
                while (told := conn.pgconn.notifies()) is not None:
                    self._told(told.extra.decode())
        finally:
            pool.discard(conn)

    def _told(self, lane: str) -> None:
        senders = {jobs.HOOK: self.hooks, jobs.CALL: self.calls}
        usual = self.upstreams if lane.startswith(jobs.HTTP) else self.pipeline
        senders.get(lane, usual).wake.set()


def run(settings: Settings, stop: Event, ready: Callable[[Worker], Any] | None = None) -> None:
    """Be a worker process until `stop` is set; `ready` is called once it is at work."""
    universe = make_universe(settings)
    worker = Worker(universe)
    worker.start()
    try:
        if ready is not None:
            ready(worker)
        stop.wait()
    finally:
        worker.stop()
        universe.close()
