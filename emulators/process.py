"""The emulator: worlds and the process around them, that is ports, start and end.

    emulator = Emulator(settings, bundle=world.demo_bundle())
    emulator.listen("127.0.0.1", 0, 0)
    emulator.start()
    ...
    emulator.stop()

Without `listen` there are no sockets: `emulator.wsgi` answers requests in process and nothing is
done before `run` or a move of the clock. Nothing here patches the process; the commands do that for
their own.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent.event import Event

from emulators import framing, snapshots, world
from emulators.clock import Clock
from emulators.control import create_control
from emulators.faults import http as http_faults
from emulators.recorder import CONTROL, Recorder
from emulators.snapshots import Snapshot
from emulators.tape import taped
from emulators.touched import Surveyor
from emulators.universes import DEMO, EMPTY, SEED, WORLD, Universes, WsgiApp, in_worlds
from emulators.worlds import World
from gateway.app import create_app
from gateway.dialect import Dialect, discover
from gateway.models.database import open_store
from gateway.models.migrate import upgrade
from gateway.services.bundle_export import HISTORY
from gateway.settings import Settings
from gateway.universe import make_universe

MEMORY = "sqlite:///:memory:"
ANYWHERE = ("", "0.0.0.0", "::")
STOP_SECONDS = 5.0
STARTED_AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
START_SEED = 0
"""When and with which random numbers a bundle is loaded at the start, so that the ids and times it
leaves open are the same every time."""
KEY = "an emulator in memory has no secrets to keep"
"""So that tokens, which are signed, are the same in every process."""


class Emulator:
    """`settings.database_url` is SQLite; `bundle` is loaded at every start. `main` and `universes`
    exist after `start`. `seed` fixes the main world's random numbers; `smsc_port` is where links
    lead in name while nothing listens."""

    main: World
    universes: Universes
    wsgi: WsgiApp

    def __init__(
        self,
        settings: Settings,
        *,
        bundle: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        seed: int | None = None,
        dialects: Mapping[str, Dialect] | None = None,
        smsc_port: int = 0,
    ) -> None:
        if settings.database_url == MEMORY and not (settings.secret_key or settings.key_file):
            settings = settings.but(secret_key=KEY)
        self._settings = settings
        self._bundle = dict(bundle if bundle is not None else world.EMPTY)
        self._dialects = dialects
        self._clock = clock or Clock()
        self._seed = random.SystemRandom().getrandbits(53) if seed is None else seed
        self._server: framing.Server | None = None
        self._stopping = Event()
        self.host, self.port = "", 0
        self._smsc_port = smsc_port

    # -- life

    def listen(self, host: str, port: int, smsc_port: int) -> None:
        """Take the port of HTTP, 0 for a free one. Raises OSError when it is taken."""
        self._server = framing.bind(host, port)
        self.host, self.port = host, self._server.server_port
        self._smsc_port = smsc_port

    def start(self) -> None:
        """Open the database, load the bundle, serve. Raises Problem when the bundle is wrong,
        OSError when the port of SMPP is taken."""
        settings = self._settings
        if self._server is not None:
            settings = settings.but(bind=f"{self.host}:{self.port}")
        dialects = discover() if self._dialects is None else self._dialects
        self.main = World(
            make_universe(settings).store,
            settings,
            dialects,
            seed=self._seed,
            clock=self._clock,
            host=self.host,
            port=self._smsc_port,
        )
        listens = self._server is not None
        self.main.smsc_port = self.main.smsc.start() if listens else self._smsc_port
        load(self.main, self._bundle)
        templates = {SEED: lambda: self.main.seeded, EMPTY: self._empty, DEMO: self._demo}
        self.universes = Universes(self.main, templates, automatic=listens, bundle=self._bundle)
        self.wsgi = self._application()
        self.main.start(worker=listens, automatic=listens)
        if self._server is not None:
            self._server.application = self.wsgi
            self._server.start()

    def _application(self) -> WsgiApp:
        control = create_control(lambda environ: environ[WORLD], self.universes)
        app = create_app(
            universe=self.main.universe,
            dialects=self.main.dialects,
            mounts=[(CONTROL, control.wsgi_app)],
            universe_of=lambda environ: environ[WORLD].universe,
        )
        self.universes.surveyor = Surveyor(app)
        http_faults.install(app.apps, self.main.dialects)
        recorded = Recorder(app, lambda environ: environ[WORLD].journal)
        return in_worlds(taped(recorded), self.universes)

    def _empty(self) -> Snapshot:
        return snapshots.emptied(self.main.seeded)

    def _demo(self) -> Snapshot:
        """The demo world, also of an emulator that was started with another bundle."""
        demo = world.demo_bundle()
        if self._bundle == demo:
            return self.main.seeded
        main = self.main
        universe = main.universe
        store = open_store(MEMORY, keyring=universe.store.keyring)
        made = World(store, universe.settings, main.dialects, seed=START_SEED)
        made.smsc_port = main.smsc_port
        load(made, demo)
        made.stop()
        return made.seeded

    def stop(self) -> None:
        """Finish open requests, unbind, close. Safe to call at any point of the start."""
        self._stopping.set()
        if self._server is not None:
            self._server.finish(STOP_SECONDS)
        if hasattr(self, "universes"):
            self.universes.stop()
        if hasattr(self, "main"):
            self.main.stop()

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
        return self.main.smsc_port


def load(made: World, bundle: Mapping[str, Any]) -> None:
    """Make the tables and load what a world starts with. What happened (messages, calls) is dated
    now where the bundle does not date it, everything else always the same."""
    upgrade(made.universe.store)
    runtime, state = made.universe.runtime, made.clock.state
    if not HISTORY & bundle.keys():
        made.clock.freeze(STARTED_AS_OF)
    runtime.rng.seed(START_SEED)
    made.seed(bundle)
    made.clock.state = state
    runtime.rng.seed(made.seed_number)
    made.seeded = made.snapshot()


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
