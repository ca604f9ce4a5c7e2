"""The application object: one Flask app per dialect and one for operations, behind the dispatcher.

Nothing is made at import. Whoever makes an app owns its universe's life.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import flask

from gateway.dialect import Dialect, discover
from gateway.http.dispatcher import Dispatcher
from gateway.http.kit import make_app
from gateway.http.lifecycle import Lifecycle, UniverseOf
from gateway.http.limits import RateLimiter
from gateway.http.metrics import Metrics
from gateway.http.ops import BASE, Ops
from gateway.http.proxies import Environ, WsgiApp
from gateway.reach import Reach
from gateway.settings import Settings, SettingsError
from gateway.transports.engine import Engine
from gateway.universe import Universe, make_universe

Mount = tuple[str, WsgiApp]


class Application:
    """A WSGI callable. `apps` are the Flask apps by dialect name; `universe` is the main one."""

    def __init__(
        self,
        universe: Universe,
        dialects: Mapping[str, Dialect],
        universe_of: UniverseOf,
        mounts: Sequence[Mount] = (),
    ) -> None:
        self.universe, self.dialects = universe, dialects
        self.metrics, self.reach = Metrics(), Reach(dialects)
        settings = universe.settings
        check_profiles(universe.profiles, dialects)
        limiter = None
        if settings.rate_limit:
            limiter = RateLimiter(settings.rate_limit, settings.rate_burst, time.monotonic)
        self.apps: dict[str, flask.Flask] = {
            name: make_app(
                dialect,
                Lifecycle(
                    dialect,
                    universe_of,
                    limiter,
                    self.metrics,
                    engine_of(dialect, universe),
                    self.reach,
                ),
                settings.max_body_bytes,
                universe.profiles.get(name, ""),
            )
            for name, dialect in dialects.items()
        }
        self.ops = Ops(
            dialects=dialects,
            documents={n: app.extensions["polytrunk.api"].document for n, app in self.apps.items()},
            universe_of=universe_of,
            metrics=self.metrics,
            version=product_version(),
            limiter=limiter,
        )
        ops = self.ops.app()
        self.dispatcher = Dispatcher(
            dialects,
            {name: app.wsgi_app for name, app in self.apps.items()},
            settings,
            mounts=[(BASE, ops.wsgi_app), *mounts],
            fallback=ops.wsgi_app,
        )

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        return self.dispatcher(environ, start_response)

    def document(self, name: str, base: str = "") -> dict[str, Any]:
        """The served OpenAPI document of a dialect."""
        found: dict[str, Any] = self.apps[name].extensions["polytrunk.api"].document(base)
        return found


def create_app(
    settings: Settings | None = None,
    *,
    universe: Universe | None = None,
    dialects: Mapping[str, Dialect] | None = None,
    mounts: Sequence[Mount] = (),
    universe_of: UniverseOf | None = None,
) -> Application:
    """The whole HTTP side over one universe, or over many with `universe_of(environ)`.

    Without a universe one is made from the settings (the environment's when they are left out).
    `mounts` are further WSGI apps by path prefix. Raises ValueError (SettingsError for settings)
    when two dialects claim one place, a host or profile is unknown.
    """
    if universe is None:
        universe = make_universe(settings or Settings.from_env())
    found = discover() if dialects is None else dialects
    main = universe
    return Application(main, found, universe_of or (lambda environ: main), mounts)


def engine_of(dialect: Dialect, universe: Universe) -> Engine | None:
    """The feature server that carries a dialect's calls, if the settings name one."""
    url, render = universe.settings.engines.get(dialect.name), dialect.events
    if url is None or render is None:
        return None
    profile = dialect.profile(universe.profiles.get(dialect.name, ""))
    timeout = universe.settings.engine_timeout
    return Engine(url, lambda event: render(event, profile), timeout)


def check_profiles(profiles: Mapping[str, str], dialects: Mapping[str, Dialect]) -> None:
    """Raise SettingsError for a profile that does not exist."""
    for name, profile in profiles.items():
        try:
            if name not in dialects:
                raise ValueError(f"there is no dialect {name!r}")
            dialects[name].profile(profile)
        except ValueError as error:
            raise SettingsError(f"POLYTRUNK_PROFILE_{name.upper()}: {error}") from None


def product_version() -> str:
    try:
        return importlib.metadata.version("polytrunk")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
