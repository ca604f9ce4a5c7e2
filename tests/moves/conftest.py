"""Two providers and the installation between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import cli
from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.models.database import Store, connection, using
from gateway.services import bundles
from tests.moves import providers
from tests.moves.commands import Run
from tests.moves.forwarding import House, provider
from tests.moves.providers import EMPTY, HELD, SECRET, Provider
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


@pytest.fixture
def house(open_again: Callable[[], Store]) -> House:
    """Our installation with an account that has numbers, to be connected."""
    return House(open_again(), providers.account(numbers="owned"))


@pytest.fixture
def there(house: House, opened: Callable[[str], Store]) -> Provider:
    """A Sinch provider that the account of `house` is held at."""
    made = provider(opened, "sinch")
    house.forward("there", made)
    return made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a database of its own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("POLYTRUNK_DATABASE_URL", f"sqlite:///{tmp_path}/commands.db")
    monkeypatch.setenv("POLYTRUNK_SECRET_KEY", "a key for tests of the command line")
    monkeypatch.setenv("MOVER_SECRET", SECRET)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(arguments)
        return (code, *capsys.readouterr())

    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(providers.account()))
    assert call("db", "upgrade")[0] == call("seed", str(seed))[0] == 0
    return call
