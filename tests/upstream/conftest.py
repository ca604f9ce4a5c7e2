"""A provider in a universe of its own, and our side of it over each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Application
from gateway.domain.context import Context
from gateway.models.database import Store
from tests.support import stores
from tests.upstream import world


@pytest.fixture(scope="module")
def provider(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """The provider's server; nothing in these tests changes what it holds."""
    store = stores.open_copy(sqlite_template, tmp_path_factory.mktemp("provider") / "their.db")
    yield world.started(store, world.holdings())
    store.close()


@pytest.fixture
def ours(store: Store) -> Application:
    """Our server, whose account of the same name holds nothing yet."""
    return world.started(store, world.owner())


@pytest.fixture
def ctx(ours: Application) -> Context:
    return world.admin(ours.universe)
