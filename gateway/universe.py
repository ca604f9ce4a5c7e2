"""One isolated world: a database, a clock with ids and randomness, the settings and the profiles.

The gateway has one universe, an emulator many. Whoever serves a request or runs a job enters the
universe first, so that every model query reaches its database.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.domain.context import Context
from gateway.domain.principal import Principal
from gateway.domain.runtime import Runtime
from gateway.models.database import Store, open_store, using
from gateway.models.keyring import Keyring
from gateway.settings import Settings, SettingsError

MAIN = "main"


@dataclass(frozen=True)
class Universe:
    """`profiles` maps a dialect's name to a profile name; a dialect not in it uses its default.

    `ports` are `gateway.services.ports.Ports`, None for the built-in emulations. `mount` is the
    path below which the universe is served; its requests have it in their SCRIPT_NAME. `reach` gets
    at the providers of connections, None for the one of whoever serves.
    """

    store: Store
    runtime: Runtime
    settings: Settings
    name: str = MAIN
    profiles: Mapping[str, str] = field(default_factory=dict)
    ports: Any = None
    mount: str = ""
    reach: Any = None

    @contextmanager
    def entered(self) -> Iterator[Universe]:
        """Queries of this greenlet reach this universe's database while the block runs."""
        with using(self.store):
            yield self

    def context(self, principal: Principal | None = None, dialect: str = "") -> Context:
        """A context for work that no request started: jobs, commands, tests."""
        profile = self.profiles.get(dialect, "")
        return Context(
            self.runtime,
            self.settings,
            principal,
            dialect=dialect,
            profile=profile,
            ports=self.ports,
            mount=self.mount,
            reach=self.reach,
        )

    def close(self) -> None:
        self.store.close()


def make_runtime(seed: int | None = None) -> Runtime:
    """A live clock; random numbers from the system unless a seed fixes them."""
    rng = random.SystemRandom() if seed is None else random.Random(seed)
    return Runtime(clock=lambda: datetime.now(UTC), rng=rng)


def make_keyring(settings: Settings) -> Keyring:
    """From SECRET_KEY, else the key file; a database other than a SQLite file has no default file.

    Raises SettingsError where a key is needed and none is given.
    """
    if settings.secret_key:
        return Keyring.from_secret(settings.secret_key)
    if settings.key_file:
        return Keyring.load_or_create(Path(settings.key_file))
    parts = urlsplit(settings.database_url)
    if parts.scheme != "sqlite":
        raise SettingsError("POLYTRUNK_SECRET_KEY: is needed with a database server")
    if ":memory:" in settings.database_url:
        return Keyring.from_secret(random.SystemRandom().randbytes(32).hex())
    database = Path(parts.path.removeprefix("/"))
    return Keyring.load_or_create(database.with_name(database.name + ".key"))


def make_universe(settings: Settings, *, runtime: Runtime | None = None) -> Universe:
    """Open the store the settings name; its tables are not upgraded here."""
    store = open_store(
        settings.database_url,
        keyring=make_keyring(settings),
        synchronous=settings.synchronous,
        pool_size=settings.pool_size,
        lock_seconds=settings.database_wait,
    )
    return Universe(
        store=store,
        runtime=runtime or make_runtime(),
        settings=settings,
        profiles=dict(settings.profiles),
    )
