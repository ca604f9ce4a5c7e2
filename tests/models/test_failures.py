"""Databases that are locked, full, gone or dead: a clear error, then recovery without a restart."""

# ruff: noqa: PT012 - what is expected to fail is a whole transaction block

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import peewee as pw
import psycopg
import pytest

from gateway.domain.problems import Unavailable
from gateway.models import ServiceProvider
from gateway.models.database import Store, connection, db, open_store, spawn, using, write
from tests.models import builders
from tests.support import stores
from tests.support.waiting import wait_until

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def names() -> list[str]:
    return sorted(row.name for row in ServiceProvider.select())


@pytest.fixture
def intruder(store_url: str) -> Iterator[sqlite3.Connection]:
    """Another process's connection to the SQLite file."""
    conn = sqlite3.connect(store_url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
    yield conn
    conn.close()


@on_sqlite
def test_a_lock_of_another_process_is_waited_for(
    store: Store, intruder: sqlite3.Connection
) -> None:
    intruder.execute("BEGIN IMMEDIATE")
    ticks: list[int] = []

    def writer() -> None:
        with write():
            builders.provider(name="a")

    def others() -> None:
        while len(ticks) < 20:
            ticks.append(1)
            gevent.sleep(0.001)
        intruder.execute("COMMIT")

    gevent.joinall([spawn(writer), spawn(others)], timeout=10, raise_error=True)
    assert names() == ["a"]
    assert len(ticks) == 20  # other greenlets ran while the writer waited


@on_sqlite
def test_a_lock_that_stays_is_unavailable_and_reads_go_on(
    store: Store, intruder: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    intruder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught, caplog.at_level(logging.ERROR), write(patience=0.05):
        raise AssertionError("the block must not run")
    assert caught.value.retry_after == 1
    assert "locked" in caplog.text
    assert names() == []
    intruder.execute("ROLLBACK")
    with write():
        builders.provider(name="a")
    assert names() == ["a"]


@on_sqlite
def test_the_gate_opens_after_a_failed_begin(store: Store, intruder: sqlite3.Connection) -> None:
    intruder.execute("BEGIN IMMEDIATE")

    def impatient() -> None:
        with write(patience=0.02):
            pass

    callers = [spawn(impatient) for _ in range(5)]
    gevent.joinall(callers, timeout=10)
    assert {type(caller.exception) for caller in callers} == {Unavailable}
    intruder.execute("ROLLBACK")
    gate = store.gate
    assert gate is not None
    assert gate.acquire(blocking=False)
    gate.release()


@on_sqlite
def test_a_full_disk_is_unavailable_and_recovers(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    pages = db.execute_sql("PRAGMA page_count").fetchone()[0]
    db.execute_sql(f"PRAGMA max_page_count = {pages}").fetchall()
    with caplog.at_level(logging.ERROR), pytest.raises(Unavailable), write():
        for number in range(2000):
            builders.provider(name=f"{number} " + "x" * 200)
    assert "full" in caplog.text
    with write():  # a new connection has no such limit
        builders.provider(name="a")
    assert names() == ["a"]


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/no/such/dir.db", keyring=stores.KEYRING)
    with using(store), connection():
        with pytest.raises(Unavailable):
            names()
        with pytest.raises(Unavailable), write():
            pass
        assert store.database.pool.busy == 0


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database " * 100)
    store = open_store(f"sqlite:///{tmp_path}/text.db", keyring=stores.KEYRING)
    with using(store), connection(), pytest.raises(Unavailable):
        names()


@on_sqlite
def test_a_moved_file_is_unavailable_until_it_is_back(store: Store, store_url: str) -> None:
    path = Path(store_url.removeprefix("sqlite:///"))
    with write():
        builders.provider(name="a")
    path.rename(path.with_suffix(".away"))
    with pytest.raises(Unavailable), write():
        builders.provider(name="b")
    path.with_suffix(".away").rename(path)
    with write():
        builders.provider(name="c")
    assert names() == ["a", "c"]


def test_a_refused_connection_is_unavailable_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    store = open_store("postgresql://nobody@127.0.0.1:1/none", keyring=stores.KEYRING)
    with using(store), connection(), caplog.at_level(logging.ERROR):
        with pytest.raises(Unavailable):
            names()
        with pytest.raises(Unavailable), write():
            pass
        assert store.database.pool.busy == 0
    assert "cannot connect" in caplog.text


@pytest.fixture
def cut(store_url: str) -> Callable[[], None]:
    """End all other connections to the test's PostgreSQL database, as a restart would."""

    def cut_all() -> None:
        with psycopg.connect(store_url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            wait_until(
                lambda: (
                    conn.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND backend_type = 'client backend'"
                    ).fetchone()
                    == (1,)
                ),
                "connections to end",
            )

    return cut_all


on_postgres = [
    pytest.mark.postgres,
    pytest.mark.parametrize("store_url", ["postgres"], indirect=True),
]


class TestLostConnections:
    pytestmark = on_postgres

    def test_reads_go_on_with_another_connection(
        self, store: Store, cut: Callable[[], None]
    ) -> None:
        with write():
            builders.provider(name="a")
        cut()
        assert names() == ["a"]

    def test_a_write_begins_on_another_connection(
        self, store: Store, cut: Callable[[], None]
    ) -> None:
        names()
        cut()
        with write():
            builders.provider(name="a")
        assert names() == ["a"]

    def test_a_transaction_that_lost_its_connection_is_unavailable(
        self, store: Store, cut: Callable[[], None]
    ) -> None:
        def interrupted() -> None:
            with write():
                builders.provider(name="a")
                cut()
                builders.provider(name="b")

        with pytest.raises(Unavailable):
            interrupted()
        assert names() == []
        with write():
            builders.provider(name="c")
        assert names() == ["c"]

    def test_a_lost_commit_is_unavailable(self, store: Store, cut: Callable[[], None]) -> None:
        def interrupted() -> None:
            with write():
                builders.provider(name="a")
                cut()

        with pytest.raises(Unavailable):
            interrupted()
        assert names() == []
        assert store.database.pool.busy == 1

    def test_a_statement_that_failed_cannot_be_committed(self, store: Store) -> None:
        with pytest.raises(pw.OperationalError, match="nothing is stored"), write():
            builders.provider(name="a")
            with pytest.raises(pw.IntegrityError):
                builders.provider(name="a")
        assert names() == []

    def test_greenlets_run_while_the_server_works(self, store: Store) -> None:
        ticks: list[int] = []

        def count() -> None:
            while True:
                ticks.append(1)
                gevent.sleep(0.001)

        counter = spawn(count)
        with connection():
            db.execute_sql("SELECT pg_sleep(0.1)")
        counter.kill(timeout=5)
        assert len(ticks) > 3
