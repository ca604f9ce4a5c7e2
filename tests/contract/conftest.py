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


MATRICES = ("test_tenants", "test_statements", "test_changes", "test_own_paths")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The matrices of operations run on SQLite every time, on PostgreSQL in the long run: what they
    prove is the same code, and one of them has a thousand rows."""
    for item in items:
        module = getattr(item, "module", None)
        callspec = getattr(item, "callspec", None)
        if module is None or callspec is None or module.__name__.split(".")[-1] not in MATRICES:
            continue
        if callspec.params.get("store_url") == "postgres":
            item.add_marker(pytest.mark.long)
