"""The app over each database, and the world of a dialect in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.app import Application
from gateway.models.database import Store
from tests.support import worlds
from tests.support.worlds import World


@pytest.fixture
def app(store: Store) -> Application:
    return worlds.application(store)


@pytest.fixture
def world(app: Application) -> Callable[[str], World]:
    return lambda dialect: World(app, dialect)
