"""All worlds of one emulator: made, copied, deleted, and found for a request.

A request says which world it means by its path (`/_u/<name>/...`, which is part of every link it is
answered with). Without that it belongs to the world that knows the credential it shows, the main
one first, then the oldest; and to the main one if none does.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import orjson

from emulators import credentials, snapshots
from emulators.clock import ClockState
from emulators.journal import CAPACITY
from emulators.recorder import CONTROL
from emulators.smsc import Account
from emulators.snapshots import Snapshot
from emulators.touched import Survey, Surveyor
from emulators.worlds import World
from gateway.app import check_profiles
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.models.database import open_store
from gateway.settings import SettingsError
from gateway.universe import MAIN
from gateway.workers.metrics import Metrics

PREFIX = "/_u/"
WORLD = "polytrunk.world"
DEMO, EMPTY, SEED = "demo", "empty", "seed"
MOST_UNIVERSES = 1_000
MOST_SNAPSHOTS = 100
MOST_SEED = 2**53 - 1
MOST_SYSTEM_ID = 15
MOST_SNAPSHOT_BYTES = 512 * 1_048_576
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]


class Universes:
    """`automatic` worlds work by themselves. `main` has been started, with `bundle`."""

    surveyor: Surveyor
    """Of the application that serves them all."""

    def __init__(
        self,
        main: World,
        templates: Mapping[str, Callable[[], Snapshot]],
        *,
        automatic: bool,
        bundle: Mapping[str, Any],
    ) -> None:
        self.main, self.bundle = main, bundle
        self._templates = {name: cache(make) for name, make in templates.items()}
        self._automatic = automatic
        self._metrics = Metrics()
        self._worlds: dict[str, World] = {MAIN: main}
        self._snapshots: dict[str, Snapshot] = {}
        self._made = 0
        self._past: Survey | None = None

    def __iter__(self) -> Iterator[World]:
        return iter(list(self._worlds.values()))

    def get(self, name: str) -> World:
        """Raises NotFound."""
        if name not in self._worlds:
            raise NotFound(f"There is no universe {name}.")
        return self._worlds[name]

    def stop(self) -> None:
        for world in self:
            if world is not self.main:
                self._close(world)

    # -- making and deleting

    def make(
        self,
        name: str | None,
        template: str = SEED,
        *,
        seed: int | None = None,
        clock: ClockState | None = None,
        profiles: Mapping[str, str] | None = None,
    ) -> World:
        """A world of a template: `seed` (what the emulator was started with), `demo`, `empty` or
        the name of a snapshot. Raises Invalid, Conflict or NotFound."""
        snapshot = self.template(template)
        if template not in self._snapshots:
            number = random.SystemRandom().getrandbits(53) if seed is None else seed
            snapshot = _reseeded(snapshot, number)
        elif seed is not None:
            snapshot = _reseeded(snapshot, seed)
        world = self._open(name, snapshot, clock, profiles)
        world.template = template if template in self._templates else None
        return world

    def fork(
        self,
        source: World,
        name: str | None,
        *,
        seed: int | None = None,
        clock: ClockState | None = None,
    ) -> World:
        """A copy of a world as it is now; without a seed its random numbers go on alike."""
        snapshot = source.snapshot()
        if seed is not None:
            snapshot = _reseeded(snapshot, seed)
        return self._open(name, snapshot, clock, source.universe.profiles)

    def delete(self, name: str) -> None:
        """Raises NotFound, or Conflict for the main one."""
        world = self.get(name)
        if world is self.main:
            raise Conflict("The main universe stays; reset it instead.")
        del self._worlds[name]
        if self._past is None:
            self._past = self.surveyor.new()
        self.surveyor.read(world.journal.find(kind="http", limit=CAPACITY), self._past)
        self._close(world)

    def touched(self) -> Survey:
        """What the traffic of all worlds touched, deleted ones too."""
        survey = self.surveyor.new()
        if self._past is not None:
            survey.absorb(self._past)
        for world in self:
            self.surveyor.read(world.journal.find(kind="http", limit=CAPACITY), survey)
        return survey

    def _open(
        self,
        name: str | None,
        snapshot: Snapshot,
        clock: ClockState | None,
        profiles: Mapping[str, str] | None,
    ) -> World:
        name = self._named(name)
        world = self._world(name, snapshot, profiles)
        world.seeded = snapshot if clock is None else replace(snapshot, clock=clock)
        world.go_on_from(world.seeded)
        self._admit(world)
        self._worlds[name] = world
        world.start(worker=False, automatic=self._automatic)
        return world

    def _named(self, name: str | None) -> str:
        if len(self._worlds) >= MOST_UNIVERSES:
            raise Conflict(f"There are {MOST_UNIVERSES} universes already: delete some.")
        while name is None:
            self._made += 1
            made = f"u{self._made}"
            name = made if made not in self._worlds else None
        if not NAME.fullmatch(name):
            text = "name must be 1 to 40 lower-case letters, digits and hyphens."
            raise Invalid.one("name", "format", text)
        if name in self._worlds:
            raise Conflict(f"There is a universe {name} already.")
        return name

    def _world(self, name: str, snapshot: Snapshot, profiles: Mapping[str, str] | None) -> World:
        universe = self.main.universe
        chosen = {**universe.profiles, **(profiles or {})}
        try:
            check_profiles(chosen, self.main.dialects)
        except SettingsError as error:
            raise Invalid.one("profiles", "value", f"profiles: {error}.") from None
        store = open_store("sqlite:///:memory:", keyring=universe.store.keyring, synchronous="OFF")
        snapshots.fill(store, snapshot.data)
        world = World(
            store,
            universe.settings,
            self.main.dialects,
            name=name,
            seed=snapshot.seed,
            profiles=chosen,
            mount=PREFIX + name,
            metrics=self._metrics,
        )
        world.smsc_port = self.main.smsc_port
        return world

    def _close(self, world: World) -> None:
        self.main.smsc.evict(world.smsc)
        world.stop()

    # -- who may use a world

    def _admit(self, world: World) -> None:
        """Give a new world credentials that no other has, and an account at the SMSC's port."""
        system_id = _system_id(world.name)
        world.smpp_account = Account(system_id, credentials.secret(world, "smpp")[:8])
        world.smsc.add_account(world.smpp_account)
        self.main.smsc.lodge(system_id, world.smsc)
        world.given = credentials.give(world)

    # -- snapshots

    def template(self, name: str) -> Snapshot:
        """A template or snapshot; raises NotFound."""
        if name in self._snapshots:
            return self._snapshots[name]
        if name in self._templates:
            return self._templates[name]()
        known = ", ".join([*self._templates, *self._snapshots])
        raise NotFound(f"There is no template {name}; there are: {known}.")

    @property
    def snapshots(self) -> list[str]:
        return list(self._snapshots)

    def forget(self, name: str) -> None:
        """Drop a snapshot; raises NotFound."""
        if self._snapshots.pop(name, None) is None:
            raise NotFound(f"There is no snapshot {name}.")

    def save(self, name: str, world: World) -> Snapshot:
        """Keep a snapshot under a name, in place of an older one."""
        if not NAME.fullmatch(name) or name in self._templates:
            text = "name must be 1 to 40 lower-case letters, digits and hyphens, and none of"
            raise Invalid.one("name", "format", f"{text} {', '.join(self._templates)}.")
        others = [one for known, one in self._snapshots.items() if known != name]
        snapshot = world.snapshot()
        size = sum(len(one.data) for one in others) + len(snapshot.data)
        if len(others) >= MOST_SNAPSHOTS or size > MOST_SNAPSHOT_BYTES:
            raise Conflict("There are too many snapshots, or they are too large: delete some.")
        self._snapshots[name] = snapshot
        return snapshot

    # -- requests

    def of(self, environ: Environ) -> World:
        """The world a request is for; its name moves from the path to SCRIPT_NAME.

        Raises NotFound for a name that no world has.
        """
        path: str = environ.get("PATH_INFO") or "/"
        if path.startswith(PREFIX):
            name, slash, rest = path[len(PREFIX) :].partition("/")
            world = self.get(name)
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + world.universe.mount
            environ["PATH_INFO"] = slash + rest or "/"
            return world
        if len(self._worlds) == 1 or path.startswith(CONTROL):
            return self.main
        shown = credentials.shown(environ)
        if shown is None:
            return self.main
        return next((world for world in self if shown.opens(world)), self.main)


def in_worlds(application: WsgiApp, universes: Universes) -> WsgiApp:
    """Say which world each request is for, before the application sees it."""

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        try:
            environ[WORLD] = universes.of(environ)
        except NotFound as problem:
            body = orjson.dumps({"error": problem.text})
            kind = ("Content-Type", "application/json")
            start_response("404 Not Found", [kind, ("Content-Length", str(len(body)))])
            return [body]
        return application(environ, start_response)

    return serve


def _reseeded(snapshot: Snapshot, seed: int) -> Snapshot:
    randomness = random.Random(seed).getstate()
    faults = snapshot.faults.reseeded(seed)
    return replace(snapshot, seed=seed, randomness=randomness, last=0, faults=faults)


def _system_id(name: str) -> str:
    """At most 15 characters, as the protocol wants it."""
    wanted = f"u-{name}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return wanted if len(wanted) <= MOST_SYSTEM_ID else f"u-{digest[: MOST_SYSTEM_ID - 2]}"
