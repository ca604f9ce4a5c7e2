"""One emulated world and the process around it: API, worker, SMSC and control API.

    emulator = Emulator(settings, bundle=world.demo_bundle())
    emulator.listen("127.0.0.1", 0, 0)
    emulator.start()
    ...
    emulator.stop()

Without `listen` there are no sockets: `emulator.wsgi` answers requests in process and `run` does
what is due. Nothing here patches the process; the commands do that for their own.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import gevent
from gevent.event import Event

from emulators import calls, framing, scripting, snapshots, world
from emulators.control import create_control
from emulators.courier import JournalCourier
from emulators.journal import Journal
from emulators.recorder import CONTROL, Recorder
from emulators.smsc import Smsc
from gateway.app import create_app
from gateway.dialect import Dialect, discover
from gateway.domain import instants
from gateway.domain.problems import Conflict, Unavailable
from gateway.domain.runtime import Runtime
from gateway.models.database import connection, db
from gateway.models.migrate import upgrade
from gateway.services import bundles
from gateway.services.bundles import Loaded
from gateway.services.ports import mail
from gateway.settings import Settings
from gateway.universe import Universe, make_runtime, make_universe
from gateway.workers.main import Worker
from gateway.workers.runner import run_due

log = logging.getLogger("polytrunk.emulator")

ANYWHERE = ("", "0.0.0.0", "::")
STOP_SECONDS = 5.0
LINK_SECONDS = 1.0
IDLE_SECONDS = 30.0
SIGNS_OF_LIFE = ("enquire_link", "enquire_link_resp")

# Claimed, due, or put off without having been tried (one receiver gets a share of the places only);
# a message without a link and the sweep never end.
_OPEN_JOBS = (
    "SELECT uid FROM job WHERE done_at IS NULL AND lane NOT IN ('unrouted', 'retention') "
    "AND (claim IS NOT NULL OR last_error IS NULL OR run_at <= ?)"
)


class Emulator:
    """The main world. `settings.database_url` is SQLite; `bundle` is loaded at every start.

    `journal` keeps what happens, `smsc` is None without sockets, `universe` exists after `start`.
    """

    universe: Universe
    dialects: Mapping[str, Dialect]
    courier: JournalCourier

    def __init__(
        self,
        settings: Settings,
        *,
        bundle: Mapping[str, Any] | None = None,
        runtime: Runtime | None = None,
        dialects: Mapping[str, Dialect] | None = None,
    ) -> None:
        self._settings = settings
        self._bundle = dict(bundle if bundle is not None else world.EMPTY)
        self._dialects = dialects
        self._runtime = runtime or make_runtime()
        self._server: framing.Server | None = None
        self._worker: Worker | None = None
        self._stopping = Event()
        self.host, self.port = "", 0
        self.smsc: Smsc | None = None
        self.journal = Journal(self._runtime.now)
        self.call_scripts = calls.CallScripts()

    # -- life

    def listen(self, host: str, port: int, smsc_port: int) -> None:
        """Take the ports, 0 for free ones. Raises OSError when one is taken."""
        self._server = framing.bind(host, port)
        self.host, self.port = host, self._server.server_port
        self.smsc = Smsc(
            host,
            smsc_port,
            self._runtime,
            world.smsc_accounts(),
            journal=self._record_pdu,
        )
        self.smsc.start()

    def start(self) -> None:
        """Open the database, load the bundle, serve. Raises Problem when the bundle is wrong."""
        settings = self._settings
        if self._server is not None:
            settings = settings.but(bind=f"{self.host}:{self.port}")
        self.universe = make_universe(settings, runtime=self._runtime)
        upgrade(self.universe.store)
        self.seed(self._bundle)
        with self.universe.entered():
            self._seeded = snapshots.take()
        self.dialects = discover() if self._dialects is None else self._dialects
        self.courier = JournalCourier(self.universe.settings, self.journal)
        self.wsgi = self._application()
        if self._server is None:
            return
        self._worker = Worker(
            self.universe,
            dialects=self.dialects,
            courier=self.courier,
            scripts=self.call_scripts.choose,
        )
        self._worker.start()
        self._server.application = self.wsgi
        self._server.start()
        self._wait_for_links()

    def _application(self) -> Recorder:
        control = create_control(lambda environ: self)
        app = create_app(
            universe=self.universe, dialects=self.dialects, mounts=[(CONTROL, control.wsgi_app)]
        )
        return Recorder(app, self.journal)

    def stop(self) -> None:
        """Finish open requests, unbind, close. Safe to call at any point of the start."""
        self._stopping.set()
        if self._server is not None:
            self._server.finish(STOP_SECONDS)
        if self._worker is not None:
            self._worker.stop()
        if self.smsc is not None:
            self.smsc.stop()
        if hasattr(self, "universe"):
            self.universe.close()

    def request_stop(self) -> None:
        self._stopping.set()

    def wait_for_stop(self) -> None:
        self._stopping.wait()

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in ANYWHERE else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def smsc_port(self) -> int:
        return self.smsc.port if self.smsc is not None else 0

    def _record_pdu(self, entry: dict[str, Any]) -> None:
        if entry["pdu"] not in SIGNS_OF_LIFE:
            self.journal.add("smpp", entry)

    # -- what the control API does

    def now(self) -> datetime:
        return self._runtime.now()

    def seed(self, bundle: Mapping[str, Any]) -> Loaded:
        """Load a bundle. Its links to the usual SMSC port go to the bundled SMSC, and may bind."""
        whole = dict(bundle)
        if self.smsc is not None:
            host = "127.0.0.1" if self.host in ANYWHERE else self.host
            for account in world.accounts_of(whole):
                self.smsc.add_account(account)
            whole = world.pointed_at(whole, host, self.smsc.port)
        with self.universe.entered():
            return bundles.load(self.universe.context(), whole)

    def reset(self, to: str) -> None:
        """Back to the rows after the start's bundle (`seed`) or to none (`empty`)."""
        snapshot = self._seeded if to == "seed" else snapshots.empty()
        with self.universe.entered():
            snapshots.put_back(snapshot)
        self.call_scripts.clear()
        if self.smsc is not None:
            self.smsc.reset()
        if self._worker is not None:
            for owner in self._worker.pipeline.owners.values():
                owner.orphans.stale = True  # it remembers rows that are gone
        self.journal.clear()

    def mail(self, to: str) -> list[dict[str, Any]]:
        """What was sent by mail or text message, to one address or to all, the newest first."""
        with self.universe.entered(), connection():
            return mail.sent(to)

    def run(self, until: str) -> int:
        """Have everything done that is due now, with `idle` also what follows from it.

        How many jobs that were open at the call are done. Raises Unavailable when that takes too
        long. Without sockets the jobs are run here, else the worker is waited for.
        """
        if self._worker is None:
            return run_due(
                self.universe,
                self.now(),
                dialects=self.dialects,
                courier=self.courier,
                scripts=self.call_scripts.choose,
            )
        begun = self._open_jobs()
        with gevent.Timeout(IDLE_SECONDS, False):
            while self._is_busy() if until == "idle" else self._open_jobs() & begun:
                gevent.sleep(0.01)
            return len(begun - self._open_jobs())
        raise Unavailable(f"There is still work under way after {IDLE_SECONDS:g} s.")

    def _is_busy(self) -> bool:
        """Whether anything will happen without a further request or the end of a retry's pause.

        A message is always in one of these places: a timer of the SMSC, unacknowledged, or a job.
        """
        waits = self.smsc is not None and (self.smsc.pending or self.smsc.unacknowledged)
        return bool(waits or self._open_jobs())

    def _open_jobs(self) -> frozenset[Any]:
        with self.universe.entered(), connection():
            rows = db.execute_sql(_OPEN_JOBS, (instants.micros(self.now()),)).fetchall()
        return frozenset(row[0] for row in rows)

    def _wait_for_links(self) -> None:
        """Links to the bundled SMSC are bound in a moment; others may be down for long."""
        assert self._worker is not None
        ours = [
            owner.link
            for owner in self._worker.pipeline.owners.values()
            if owner.connector.spec.port == self.smsc_port
        ]
        with gevent.Timeout(LINK_SECONDS, False):
            while not all(link.bound for link in ours):
                gevent.sleep(0.002)

    def scripts(self) -> dict[str, Any]:
        """Those of messages, where there is an SMSC, and those of calls."""
        of_messages = scripting.shown(self._scripts) if self.smsc is not None else {}
        return {**of_messages, "calls": calls.shown(self.call_scripts)}

    def set_scripts(self, body: dict[str, Any]) -> None:
        """`calls` alone leaves those of messages as they are, and a body without it those of
        calls."""
        of_messages = {name: value for name, value in body.items() if name != "calls"}
        if of_messages or "calls" not in body:
            rules, default = scripting.read(of_messages)
            scripts = self._scripts
        if "calls" in body:
            calls.put(self.call_scripts, body["calls"])
        if of_messages or "calls" not in body:
            scripts.replace(rules)
            scripts.default = default

    @property
    def _scripts(self) -> Any:
        if self.smsc is None:
            raise Conflict("There is no SMSC: this emulator runs without sockets.")
        return self.smsc.scripts


def serve(
    emulator: Emulator,
    host: str,
    port: int,
    smsc_port: int,
    *,
    ready: Callable[[Emulator], None],
) -> int:
    """Run an emulator until a signal stops it; the exit code. `ready` is called once it serves."""
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, emulator.request_stop)
    try:
        emulator.listen(host, port, smsc_port)
        emulator.start()
        telling = gevent.spawn(ready, emulator)
        telling.link_exception(lambda _: emulator.request_stop())
        emulator.wait_for_stop()
    finally:
        emulator.stop()
    return 1 if telling.exception is not None else 0
