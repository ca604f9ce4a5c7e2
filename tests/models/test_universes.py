"""Many databases in one process: nothing of one is seen in another, whatever their kinds."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import gevent
import gevent.event
import peewee as pw
import pytest

from gateway.models import Account, ServiceProvider
from gateway.models.database import (
    Store,
    commit_group,
    connection,
    current_store,
    open_store,
    spawn,
    upgrade,
    using,
    write,
)
from gateway.models.keyring import Keyring
from gateway.models.prepared import P, Prepared, among
from tests.models import builders
from tests.support import stores

by_names = Prepared(
    lambda: (
        ServiceProvider.select(ServiceProvider.name, ServiceProvider.created_at)
        .where(among(ServiceProvider.name, "names") | (ServiceProvider.uid == P("uid")))
        .order_by(ServiceProvider.name)
    )
)


def universe(secret: str = "the secret of one universe") -> Store:
    store = open_store("sqlite:///:memory:", keyring=Keyring.from_secret(secret))
    upgrade(store)
    return store


def names() -> list[str]:
    return sorted(row.name for row in ServiceProvider.select())


def test_sqlite_and_another_store_alternate_in_one_process(store: Store, tmp_path: Path) -> None:
    """PostgreSQL and SQLite in turns: neither SQL text nor conversions may stick to one of them."""
    other = open_store(stores.sqlite_url(tmp_path / "other.db"), keyring=stores.KEYRING)
    upgrade(other)
    for turn in range(3):
        for place in (store, other):
            with using(place), connection():
                with write():
                    builders.provider(name=f"{place.kind} {turn}")
                rows = by_names.all(names=[f"{place.kind} {turn}"], uid=builders.uid())
                assert [row.name for row in rows] == [f"{place.kind} {turn}"]
                found = ServiceProvider.get(ServiceProvider.name == f"{place.kind} {turn}")
                assert found.created_at == builders.NOW
                assert (
                    ServiceProvider.select().where(ServiceProvider.created_at.is_null()).count()
                    == 0
                )
                assert len(names()) == turn + 1
    other.close()


def test_queries_of_one_store_can_be_run_in_the_other(store: Store) -> None:
    """A query built once and run in both: nothing of the first database is kept in it."""
    query = ServiceProvider.select(ServiceProvider.name)
    with write():
        builders.provider(name="here")
    other = universe()
    with using(other), connection():
        with write():
            builders.provider(name="there")
        assert [row.name for row in query.clone()] == ["there"]
    assert [row.name for row in query.clone()] == ["here"]


def test_universes_in_memory_are_apart() -> None:
    one, two = universe(), universe()
    with using(one), write():
        builders.provider(name="a")
        with using(two), write():
            builders.provider(name="b")
        assert names() == ["a"]
    with using(two), connection():
        assert names() == ["b"]


def test_interleaved_greenlets_keep_their_universe() -> None:
    worlds = [universe() for _ in range(10)]

    def live(world: Store, mine: str) -> None:
        with using(world):
            for turn in range(5):
                commit_group(lambda turn=turn: builders.provider(name=f"{mine}{turn}"))
                gevent.sleep(0)
                assert current_store() is world
                with connection():
                    assert len(names()) == turn + 1

    gevent.joinall(
        [gevent.spawn(live, world, f"u{place}-") for place, world in enumerate(worlds)],
        timeout=20,
        raise_error=True,
    )


def test_many_greenlets_share_the_one_connection_of_a_store_in_memory() -> None:
    world = universe()

    def one(number: int) -> None:
        with write():
            gevent.sleep(0)
            builders.provider(name=f"p{number}")
            gevent.sleep(0)

    with using(world):
        gevent.joinall([spawn(one, n) for n in range(30)], timeout=20, raise_error=True)
        with connection():
            assert len(names()) == 30


def test_foreign_keys_are_in_force_in_memory() -> None:
    world = universe()
    with using(world), pytest.raises(pw.IntegrityError), write():
        builders.account(service_provider_uid=builders.uid())


def test_dump_and_restore_bring_back_rows_and_rules() -> None:
    world = universe()
    with using(world), write():
        account = builders.account(webhook_secret="whsec")
    kept = world.dump()
    with using(world), write():
        Account.delete().execute()
        ServiceProvider.delete().execute()
    world.restore(kept)
    twin = universe()
    twin.restore(kept)
    for place in (world, twin):
        with using(place), connection():
            assert Account.get(Account.uid == account.uid).webhook_secret == "whsec"
        with using(place), pytest.raises(pw.IntegrityError), write():
            ServiceProvider.delete().execute()
    with using(twin), write():
        builders.provider(name="only in the twin")
    with using(world), connection():
        assert "only in the twin" not in names()


def test_a_dump_waits_for_the_writer() -> None:
    world = universe()
    inside = gevent.event.Event()

    def slow() -> None:
        with write():
            builders.provider(name="a")
            inside.set()
            gevent.sleep(0.01)
            builders.provider(name="b")

    with using(world):
        writer = spawn(slow)
    assert inside.wait(5)
    kept = world.dump()
    writer.get(timeout=5)
    twin = universe()
    twin.restore(kept)
    with using(twin), connection():
        assert names() == ["a", "b"]


def test_a_store_on_disk_has_no_dump(tmp_path: Path) -> None:
    store = open_store(stores.sqlite_url(tmp_path / "x.db"), keyring=stores.KEYRING)
    with pytest.raises(ValueError, match="in memory"):
        store.dump()


def test_a_secret_of_another_universe_cannot_be_read() -> None:
    one, two = universe(), universe("the secret of another universe")
    with using(one), write():
        account = builders.account(webhook_secret="whsec")
    two.restore(one.dump())
    with using(two), connection(), pytest.raises(ValueError, match="another secret key"):
        Account.get(Account.uid == account.uid)


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite:", "/tmp/x.db"])
def test_an_unknown_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:/// or postgresql://"):
        open_store(url, keyring=stores.KEYRING)


def test_an_unknown_durability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SOMETIMES"):
        open_store(
            stores.sqlite_url(tmp_path / "x.db"), keyring=stores.KEYRING, synchronous="SOMETIMES"
        )


@pytest.mark.parametrize(("word", "value"), [("FULL", 2), ("NORMAL", 1)])
def test_durability_and_journal_are_as_asked(tmp_path: Path, word: str, value: int) -> None:
    store = open_store(
        stores.sqlite_url(tmp_path / "x.db"), keyring=stores.KEYRING, synchronous=word
    )
    with using(store), connection():
        pragmas = [
            store.database.execute_sql(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        ]
    store.close()
    assert pragmas == [value, "wal", 1, 0]


def test_a_forked_child_opens_connections_of_its_own(store: Store) -> None:
    with write():
        builders.provider(name="parent")
    names()
    pool = store.database.pool
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of the test runner
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if pool.idle == 0 and pool.busy == 0 else 2
        finally:
            os._exit(code)
    _, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) == 0
    assert names() == ["parent"]
