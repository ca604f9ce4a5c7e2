"""An emulator without sockets, and one as a process, for the tests of this folder."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from werkzeug.test import Client

from emulators import world
from emulators.process import Emulator
from gateway.settings import Settings
from tests.emulators.playing import NOW, Played


def settings(**changes: object) -> Settings:
    return Settings(
        database_url="sqlite:///:memory:",
        synchronous="NORMAL",
        allow_private_hooks=True,
        mms="simulate",
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """The demo world in memory, no sockets, no dialect."""
    emulator = Emulator(settings(), bundle=world.demo_bundle(), dialects={})
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture
def control(emulator: Emulator) -> Client:
    return Client(emulator.wsgi)


@pytest.fixture(scope="session")
def playing() -> Iterator[Emulator]:
    """The demo world with every dialect, no sockets, for tests that make a universe each."""
    emulator = Emulator(settings(rate_limit=0, message_wait=0), bundle=world.demo_bundle(), seed=1)
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture
def made(playing: Emulator) -> Iterator[Played]:
    """A universe of the test's own whose clock stands still."""
    name = f"t{random.getrandbits(40)}"
    body = {"name": name, "clock": {"now": NOW}, "seed": 1}
    answer = Client(playing.wsgi).post("/_emulator/api/universes", json=body)
    assert answer.status_code == 201, answer.text
    yield Played(playing, name)
    playing.universes.delete(name)
