"""Fixtures all suites share. Every test that asks for `store` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.models.database import Store, connection, open_store, upgrade, using
from tests.support import requirements, stores

HERE = Path(__file__).parent


def pytest_configure() -> None:
    requirements.demanded()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers():
        if marker.name in requirements.NEEDS:
            requirements.require(marker.name)


TWICE = (
    "adapters/", "contract/", "moves/test_canary", "moves/test_forwarding", "moves/test_selling",
)  # fmt: skip
"""What runs on SQLite every time and on PostgreSQL in the long run: hundreds of requests each, over
services and statements whose own tests run on both every time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or callspec.params.get("store_url") != "postgres":
            continue
        if item.path.relative_to(HERE).as_posix().startswith(TWICE):
            item.add_marker(pytest.mark.long)


# Written now and then for many requests at once, by a greenlet of its own.
BESIDE = 'UPDATE "access_key" SET "last_used_at"'


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stores.make_sqlite_template(tmp_path_factory.mktemp("template") / "template.db")


@pytest.fixture(scope="session")
def postgres_tables() -> Iterator[str]:
    """The URL of this process's database, with all tables."""
    with stores.postgres_database("main") as url:
        store = open_store(url, keyring=stores.KEYRING)
        upgrade(store)
        store.close()
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with all tables and no rows; for tests that start processes."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        stores.open_copy(template, tmp_path / "test.db").close()
        return stores.sqlite_url(tmp_path / "test.db")
    url: str = request.getfixturevalue("postgres_tables")
    stores.empty(url)
    return url


@pytest.fixture
def open_again(store_url: str) -> Iterator[Callable[[], Store]]:
    """Open the test's database once more, as another process would."""
    opened: list[Store] = []

    def open_it() -> Store:
        opened.append(open_store(store_url, keyring=stores.KEYRING, synchronous="NORMAL"))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_again: Callable[[], Store]) -> Iterator[Store]:
    """A store with all tables and no rows, in use and with a connection for the test's greenlet."""
    opened = open_again()
    with using(opened), connection():
        yield opened


@pytest.fixture
def counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A block that gives the statements that ran in it."""
    run = store.database.execute_sql

    @contextmanager
    def block() -> Iterator[list[str]]:
        said: list[str] = []

        def listening(sql: str, *args: Any) -> Any:
            if not sql.startswith(BESIDE):
                said.append(sql)
            return run(sql, *args)

        with monkeypatch.context() as patch:
            patch.setattr(store.database, "execute_sql", listening)
            yield said

    return block
