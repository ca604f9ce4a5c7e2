"""Two providers and the installation between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.models.database import Store, connection, using
from gateway.services import bundles
from tests.moves import providers
from tests.moves.providers import EMPTY, HELD, Provider
from tests.support import stores, worlds

Make = Callable[..., Provider]


@pytest.fixture
def opened(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    made: list[Store] = []

    def open_it(name: str) -> Store:
        made.append(stores.open_copy(sqlite_template, tmp_path / f"{name}.db"))
        return made[-1]

    yield open_it
    for store in made:
        store.close()


@pytest.fixture
def held(opened: Callable[[str], Store]) -> Make:
    """A provider with an account that holds something."""
    return lambda dialect: Provider(dialect, opened(f"{dialect}-held"), HELD[dialect]())


@pytest.fixture
def empty(opened: Callable[[str], Store]) -> Make:
    """A provider with an account that holds what could not be made there."""

    def make(dialect: str, name: str = "empty") -> Provider:
        bundle = providers.account(numbers=EMPTY[dialect])
        return Provider(dialect, opened(f"{dialect}-{name}"), bundle)

    return make


def installation(store: Store) -> Context:
    universe = worlds.universe(store)
    admin = Principal(Scope.ADMIN, key_uid=universe.runtime.new_uid())
    ctx = universe.context(admin)
    bundles.load(ctx, providers.account())
    return ctx


@pytest.fixture
def ours(opened: Callable[[str], Store]) -> Iterator[Context]:
    """Our installation, in use."""
    store = opened("ours")
    with using(store), connection():
        yield installation(store)
