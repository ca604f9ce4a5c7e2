"""The universe a command works on: the one the settings name, with its tables up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.domain.context import Context
from gateway.models import migrate
from gateway.models.database import connection
from gateway.settings import Settings
from gateway.universe import Universe, make_universe


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Universe]:
    """The universe of the environment, closed at the end; its tables as they are."""
    universe = make_universe(settings or Settings.from_env())
    try:
        yield universe
    finally:
        universe.close()


@contextmanager
def ready(settings: Settings | None = None) -> Iterator[Context]:
    """A context in the universe of the environment; ValueError when its tables are out of date."""
    with opened(settings) as universe:
        if any(one.applied is None for one in migrate.status(universe.store)):
            raise ValueError("the database is not up to date: run `polytrunk db upgrade` first")
        with universe.entered(), connection():
            yield universe.context()
