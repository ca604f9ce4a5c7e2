"""One built application for many tests, each over its own universe.

Building the web side takes many times longer than a test's requests, and depends on settings and
profiles alone. A test gets a twin: the same apps behind a callable that enters its universe.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any

import flask

from gateway.app import Application, create_app
from gateway.http.lifecycle import UNIVERSE
from gateway.http.proxies import Environ
from gateway.universe import Universe
from tests.support.openapi import Document

_built: dict[str, Application] = {}


class Twin(Application):
    """An application that was built before, serving another universe."""

    def __init__(self, built: Application, universe: Universe) -> None:
        self.__dict__.update(built.__dict__)
        self.universe = universe

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ.setdefault(UNIVERSE, self.universe)
        return super().__call__(environ, start_response)


def over(universe: Universe) -> Application:
    """The application of all dialects over a universe. One that limits rates counts callers, so it
    is never shared."""
    if universe.settings.rate_limit:
        return create_app(universe=universe)
    settings = dataclasses.asdict(universe.settings.but(database_url="sqlite://"))
    key = repr((settings, sorted(universe.profiles.items())))
    if key not in _built:
        _built[key] = create_app(universe=universe, universe_of=_universe_of)
    return Twin(_built[key], universe)


def _universe_of(environ: Environ) -> Universe:
    found: Universe = environ[UNIVERSE]
    return found


def served(app: Application, dialect: str) -> Document:
    """The OpenAPI document an application serves for a dialect."""
    return _document(app.apps[dialect])


@cache
def _document(app: flask.Flask) -> Document:
    return Document(app.extensions["polytrunk.api"].document(""))
