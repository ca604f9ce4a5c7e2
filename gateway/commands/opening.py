"""The universe a command works on: the one the settings name, with its tables up to date."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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
        with universe.entered(), connection(), _ending():
            yield universe.context()


@contextmanager
def _ending() -> Iterator[None]:
    """SIGTERM ends the command as an exception does, so that what it holds is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
