"""The migrations make exactly the schema the models describe, once, whoever comes first."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.models import TABLES
from gateway.models.database import Store, connection, db, open_store, status, upgrade, using, write
from tests.support import stores

ALL_MIGRATIONS = sorted(path.stem for path in Path("gateway/models/migrations").glob("[0-9]*.py"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield stores.sqlite_url(tmp_path / "bare.db")
        return
    with stores.postgres_database("bare") as url:
        yield url


@pytest.fixture
def bare(bare_url: str) -> Iterator[Store]:
    store = open_store(bare_url, keyring=stores.KEYRING)
    yield store
    store.close()


def describe() -> dict[str, Any]:
    """Columns, keys and indexes of all tables of the current store, comparable."""
    found: dict[str, Any] = {}
    for model in TABLES:
        table = model._meta.table_name
        columns = {
            (one.name, one.full_type, one.null, one.primary_key) for one in db.get_columns(table)
        }
        keys = {(one.column, one.dest_table, one.dest_column) for one in db.get_foreign_keys(table)}
        indexes = {
            (one.name, tuple(one.columns), one.unique, _plain(one.sql))
            for one in db.get_indexes(table)
        }
        found[table] = {"columns": columns, "keys": keys, "indexes": indexes}
    return found


def _plain(sql: str | None) -> str:
    """The condition of a partial index, whatever its brackets and spaces."""
    _, _, condition = (sql or "").partition("WHERE")
    return "".join(char for char in condition if char not in '() "')


def drop_everything() -> None:
    for model in reversed(TABLES):
        db.execute_sql(f'DROP TABLE "{model._meta.table_name}"')


def test_fresh_upgrade_gives_the_schema_of_the_models(bare: Store) -> None:
    upgrade(bare)
    with using(bare), connection():
        migrated = describe()
        with write():
            drop_everything()
        with write():
            db.create_tables(TABLES)
        described = describe()
    for table in described:
        assert migrated[table] == described[table], table


def test_all_models_are_listed() -> None:
    from gateway.models.base import Base

    assert set(TABLES) == set(Base.__subclasses__())


def test_upgrading_twice_does_nothing(bare: Store) -> None:
    assert [(one.name, one.applied) for one in status(bare)] == [
        (name, None) for name in ALL_MIGRATIONS
    ]
    assert upgrade(bare) == ALL_MIGRATIONS
    assert upgrade(bare) == []
    assert all(one.applied for one in status(bare))


def _upgrade_elsewhere(url: str, gate: Any, results: Any) -> None:
    store = open_store(url, keyring=stores.KEYRING)
    gate.wait(30)
    try:
        results.put(upgrade(store))
    except Exception as error:
        results.put(repr(error))
    store.close()


def test_processes_that_upgrade_at_once_agree(bare_url: str) -> None:
    spawner = multiprocessing.get_context("spawn")
    gate, results = spawner.Barrier(3), spawner.Queue()
    others = [
        spawner.Process(target=_upgrade_elsewhere, args=(bare_url, gate, results)) for _ in range(3)
    ]
    for process in others:
        process.start()
    outcomes = sorted([results.get(timeout=60) for _ in others], key=str)
    for process in others:
        process.join(30)
    assert outcomes == sorted([ALL_MIGRATIONS, [], []], key=str)


def test_failed_upgrade_leaves_nothing_behind(
    bare: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_good.py").write_text(
        "def up(migrator, database):\n    database.execute_sql('CREATE TABLE good (x INTEGER)')\n"
    )
    (tmp_path / "0002_bad.py").write_text(
        "def up(migrator, database):\n    database.execute_sql('CREATE TABLE bad (')\n"
    )
    from gateway.models import migrate

    monkeypatch.setattr(migrate, "DIRECTORY", tmp_path)
    with pytest.raises(Exception, match=r"(?i)syntax|incomplete"):
        upgrade(bare)
    with using(bare), connection():
        assert "good" not in db.get_tables()
    assert [one.applied for one in status(bare)] == [None, None]


def test_foreign_keys_are_in_force_after_an_upgrade(bare: Store) -> None:
    upgrade(bare)
    if bare.kind == "sqlite":
        with using(bare), connection():
            assert db.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)
