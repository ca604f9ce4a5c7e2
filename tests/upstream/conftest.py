"""A provider in a universe of its own, and our side of it over each database."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import cli
from gateway.app import Application
from gateway.domain.context import Context
from gateway.models.database import Store
from tests.support import stores
from tests.upstream import world

Run = Callable[..., tuple[int, str]]


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


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with a line on stdin, on a database of its own: exit code and all it said."""
    monkeypatch.setenv("POLYTRUNK_DATABASE_URL", f"sqlite:///{tmp_path}/commands.db")
    monkeypatch.setenv("POLYTRUNK_SECRET_KEY", "a key for tests of the command line")

    def call(*arguments: str, line: str = "") -> tuple[int, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))
        code = cli.main(arguments)
        return code, "".join(capsys.readouterr())

    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(world.owner()))
    assert call("db", "upgrade")[0] == call("seed", str(seed))[0] == 0
    return call
