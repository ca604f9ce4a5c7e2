"""One universe as the emulator runs it: the product's universe, and all that is played around it.

A world has its own database, clock, randomness, SMSC, scripts, journal and webhooks. The control
API and traffic act on one world and know no other.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import gevent

from emulators import calls, credentials, scripting, snapshots, world
from emulators.attendant import Attendant, InlineAttendant, WorkerAttendant
from emulators.calls import CallScripts
from emulators.clock import LATEST, Clock, Timers
from emulators.courier import JournalCourier
from emulators.credentials import Given
from emulators.faults import WEBHOOK, Faults
from emulators.faults import smpp as smpp_faults
from emulators.journal import Journal
from emulators.smsc import Account, Smsc
from emulators.snapshots import Snapshot
from gateway.dialect import Dialect
from gateway.domain import instants
from gateway.domain.call_scripts import CallScript
from gateway.domain.problems import Invalid, Unavailable
from gateway.domain.runtime import Runtime
from gateway.models.database import connection, db
from gateway.models.store import Store
from gateway.services import bundles, call_ticks
from gateway.services.bundles import Loaded
from gateway.services.ports import mail
from gateway.settings import Settings
from gateway.transports.smpp.link import LinkSpec
from gateway.universe import MAIN, Universe
from gateway.workers.metrics import Metrics

if TYPE_CHECKING:
    from emulators.tape import Recording

IDLE_SECONDS = 30.0
ADVANCE_SECONDS = 60.0
SIGNS_OF_LIFE = ("enquire_link", "enquire_link_resp")

# Claimed by us, due, or (while time passes) put off without having been tried: one receiver gets a
# share of the places only. A message without a link and the sweep never end.
_OPEN_JOBS = (
    "SELECT uid FROM job WHERE done_at IS NULL AND lane NOT IN ('unrouted', 'retention') "
    "AND (claim = ? OR run_at <= ? OR (claim IS NULL AND last_error IS NULL AND ?))"
)
_SENDING_JOB = (
    "SELECT 1 FROM job WHERE done_at IS NULL AND lane LIKE 'link:%' "
    "AND (claim = ? OR run_at <= ?) LIMIT 1"
)
_NEXT_JOB = (
    "SELECT min(run_at) FROM job WHERE done_at IS NULL AND lane != 'retention' AND run_at > ? "
    "AND (claim IS NULL OR claim != ?)"
)


class World:
    """`start` opens it for work, with a worker of its own or without one.

    `smsc_port` is where the bundled SMSC listens, 0 if it does not. `template` is what the world
    was made of, None if that was a copy of another.
    """

    attendant: Attendant
    seeded: Snapshot
    smpp_account: Account | None = None
    given: Given | None = None
    template: str | None = None
    recording: Recording | None = None

    def __init__(
        self,
        store: Store,
        settings: Settings,
        dialects: Mapping[str, Dialect],
        *,
        name: str = MAIN,
        seed: int,
        clock: Clock | None = None,
        profiles: Mapping[str, str] | None = None,
        host: str = "",
        port: int = 0,
        mount: str = "",
        metrics: Metrics | None = None,
    ) -> None:
        self.seed_number = seed
        self.clock = clock or Clock()
        runtime = Runtime(clock=lambda: self.clock.now(), rng=random.Random(seed))
        profiles = dict(settings.profiles if profiles is None else profiles)
        self.universe = Universe(store, runtime, settings, name, profiles, mount=mount)
        self.dialects = dialects
        self.journal = Journal(self.clock.now)
        self.timers = Timers(self.clock, self._timer_added)
        self.call_scripts = CallScripts()
        self.faults = Faults(seed)
        self.courier = JournalCourier(
            settings, self.journal, self.clock, lambda url: self.faults.strike(WEBHOOK, url=url)
        )
        self.metrics = metrics or Metrics()
        self.smsc_port = 0
        self.smsc = Smsc(
            host,
            port,
            runtime,
            world.smsc_accounts(),
            journal=self._record_pdu,
            later=self.timers.later,
            strike=lambda pdu: smpp_faults.strike(self.faults, pdu),
        )

    @property
    def name(self) -> str:
        return self.universe.name

    # -- life

    def start(self, *, worker: bool, automatic: bool) -> None:
        """`automatic`: work is done without being asked for."""
        if worker:
            self.attendant = WorkerAttendant(self, self.dialects)
        else:
            self.attendant = InlineAttendant(self, self.dialects, automatic=automatic)
        self.attendant.start()

    def stop(self) -> None:
        if hasattr(self, "attendant"):
            self.attendant.stop()
        self.timers.clear()
        self.smsc.stop()
        self.universe.close()

    def is_bundled(self, spec: LinkSpec) -> bool:
        """Whether a link leads to the bundled SMSC."""
        ports = (world.SMSC_PORT, self.smsc_port)
        return spec.host in world.LOOPBACK and spec.port in ports

    def choose(self, row: Any) -> CallScript:
        """The script of a call."""
        return self.call_scripts.choose(row)

    def _timer_added(self) -> None:
        if hasattr(self, "attendant"):
            self.attendant.kick()

    def _record_pdu(self, entry: dict[str, Any]) -> None:
        if entry["pdu"] not in SIGNS_OF_LIFE:
            self.journal.add("smpp", entry)

    # -- rows

    def seed(self, bundle: Mapping[str, Any]) -> Loaded:
        """Load a bundle. Its links to the usual SMSC port go to the bundled SMSC, and may bind."""
        whole = dict(bundle)
        for account in world.accounts_of(whole):
            self.smsc.add_account(account)
        if self.smsc_port:
            whole = world.pointed_at(whole, "127.0.0.1", self.smsc_port)
        with self.universe.entered():
            return bundles.load(self.universe.context(), whole)

    def snapshot(self) -> Snapshot:
        """A copy of the whole world as it is now, the journal left out."""
        runtime = self.universe.runtime
        known = {a.system_id: a.password for a in self.smsc.accounts.values()}
        if self.smpp_account is not None:
            known.pop(self.smpp_account.system_id, None)
        return Snapshot(
            data=snapshots.serialised(self.universe.store),
            seed=self.seed_number,
            randomness=runtime.rng.getstate(),
            last=runtime.last,
            clock=self.clock.state,
            scripts=copy.deepcopy(self.smsc.scripts),
            call_scripts=copy.deepcopy(self.call_scripts),
            faults=self.faults.copied(),
            accounts=known,
        )

    def put_back(self, snapshot: Snapshot) -> None:
        """Be what a snapshot says. What the SMSC holds and the journal are emptied; what this
        world was given to be used with opens it still."""
        snapshots.put_rows(self.universe.store, snapshot.data)
        self.go_on_from(snapshot)

    def go_on_from(self, snapshot: Snapshot) -> None:
        """`put_back` when the rows are there already."""
        runtime = self.universe.runtime
        if self.given is not None:
            credentials.store(self, self.given)
        runtime.rng.setstate(snapshot.randomness)
        runtime.go_on_after(snapshot.last)
        self.clock.state = snapshot.clock
        self.timers.clear()
        self.smsc.reset()
        for system_id, password in snapshot.accounts.items():
            if self.smsc.accounts.get(system_id) is None:
                self.smsc.add_account(Account(system_id, password))
        self.smsc.scripts = copy.deepcopy(snapshot.scripts)
        self.call_scripts = copy.deepcopy(snapshot.call_scripts)
        self.faults = snapshot.faults.copied()
        self.journal.clear()
        if hasattr(self, "attendant"):
            self.attendant.forget()

    def reset(self, to: str) -> None:
        """Back to the start (`seed`), or to no rows at all (`empty`)."""
        self.put_back(self.seeded if to == "seed" else snapshots.emptied(self.seeded))

    def mail(self, to: str) -> list[dict[str, Any]]:
        """What was sent by mail or text message, to one address or to all, the newest first."""
        with self.universe.entered(), connection():
            return mail.sent(to)

    # -- time

    def now(self) -> datetime:
        return self.clock.now()

    def set_clock(self, frozen: bool, at: datetime) -> None:
        """Let the clock run or stand still from an instant on. What is due then is not waited
        for."""
        (self.clock.freeze if frozen else self.clock.go)(at)
        self.attendant.settle()

    def advance(self, seconds: float) -> int:
        """Move the clock, stopping wherever something is due, so that everything happens at its
        own time; how many jobs were done. Raises Unavailable when it takes too long."""
        start, target = self.clock.state, self.now() + timedelta(seconds=seconds)
        if target > LATEST:
            raise Invalid.one("seconds", "range", "The clock cannot go beyond the year 2200.")
        self.clock.freeze(self.now())
        self.attendant.settle()
        try:
            with gevent.Timeout(ADVANCE_SECONDS, Unavailable("Advancing the clock takes too long")):
                return self._advance(target)
        finally:
            if start.frozen_at is None:
                self.clock.go(self.now())
            self.attendant.settle()

    def _advance(self, target: datetime) -> int:
        done = self.run("idle")
        while (at := self.next_at()) is not None and at <= target:
            self.clock.freeze(at)
            done += self.run("idle")
        if self.now() < target:
            self.clock.freeze(target)
            done += self.run("idle")
        return done

    def next_at(self) -> datetime | None:
        """When something that is planned is due next."""
        now = instants.micros(self.now())
        with self.universe.entered(), connection():
            found = db.execute_sql(_NEXT_JOB, (now, self.attendant.holder)).fetchone()[0]
        job_at = None if found is None else instants.from_micros(found)
        return min((at for at in (job_at, self.timers.next_at) if at), default=None)

    def run(self, until: str) -> int:
        """Have everything done that is due now, with `idle` also what follows from it.

        How many jobs that were open at the call are done. Raises Unavailable when that takes too
        long.
        """
        begun = self._open_jobs()
        with self.attendant.at_work(), gevent.Timeout(IDLE_SECONDS, False):
            self.attendant.work()
            while self._is_busy() if until == "idle" else self._open_jobs() & begun:
                gevent.sleep(0.002)
                self.attendant.work()
            return len(begun - self._open_jobs())
        raise Unavailable(f"There is still work under way after {IDLE_SECONDS:g} s.")

    def _is_busy(self) -> bool:
        """Whether anything will happen without a further request or the end of a retry's pause,
        and while the clock stands still without it being moved.

        A message is always in one of these places: a timer of the SMSC, unacknowledged, or a job.
        """
        planned = self.timers.due() if self.clock.is_frozen else len(self.timers)
        waits = planned or self.smsc.pending or self.smsc.unacknowledged
        return bool(waits or self.attendant.is_busy or self._open_jobs())

    def is_sending(self) -> bool:
        """Whether a message is on its way to the SMSC or from it, or could be sent."""
        if self.smsc.pending or self.smsc.unacknowledged:
            return True
        values = (self.attendant.holder, instants.micros(self.now()))
        with self.universe.entered(), connection():
            return db.execute_sql(_SENDING_JOB, values).fetchone() is not None

    def _open_jobs(self) -> frozenset[Any]:
        values = (self.attendant.holder, instants.micros(self.now()), not self.clock.is_frozen)
        with self.universe.entered(), connection():
            rows = db.execute_sql(_OPEN_JOBS, values).fetchall()
        return frozenset(row[0] for row in rows)

    def tick(self, to: str | None) -> int:
        """One tick for the messages and calls that wait for one, or for those to a destination;
        how many it has let go on."""
        gone = self.smsc.holds.tick(to)
        with self.universe.entered(), connection():
            gone += call_ticks.tick(self.universe.context(), to)
        self.run("due")
        return gone

    # -- scripts

    def scripts(self) -> dict[str, Any]:
        """Those of messages and those of calls."""
        return {**scripting.shown(self.smsc.scripts), "calls": calls.shown(self.call_scripts)}

    def set_scripts(self, body: dict[str, Any]) -> None:
        """`calls` alone leaves those of messages as they are, and a body without it those of
        calls."""
        of_messages = {name: value for name, value in body.items() if name != "calls"}
        if of_messages or "calls" not in body:
            rules, default = scripting.read(of_messages)
        if "calls" in body:
            calls.put(self.call_scripts, body["calls"])
        if of_messages or "calls" not in body:
            self.smsc.scripts.replace(rules)
            self.smsc.scripts.default = default
