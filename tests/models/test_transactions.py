"""Blocks that read and write: what they join, what they undo, and what they never leak."""

# ruff: noqa: PT012 - what is expected to fail is a whole transaction block

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
import gevent.event
import peewee as pw
import pytest

from gateway.models import Account, Message, ServiceProvider
from gateway.models.database import (
    Store,
    after_commit,
    connection,
    db,
    relinquish,
    savepoint,
    spawn,
    using,
    write,
)
from tests.models import builders


def names() -> list[str]:
    return sorted(row.name for row in ServiceProvider.select())


def test_a_write_is_seen_by_another_connection_after_its_end(
    store: Store, open_again: Callable[[], Store]
) -> None:
    other = open_again()
    with write():
        builders.provider(name="a")
        with using(other), connection():
            assert names() == []
    with using(other), connection():
        assert names() == ["a"]


def test_an_error_undoes_the_whole_block(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), write():
        builders.provider(name="a")
        with write():
            builders.provider(name="b")
        raise ZeroDivisionError
    assert names() == []


def test_a_nested_write_joins(store: Store) -> None:
    with write():
        builders.provider(name="a")
        with write():
            builders.provider(name="b")
    assert names() == ["a", "b"]


def test_a_nested_failure_cannot_be_swallowed(store: Store) -> None:
    with pytest.raises(RuntimeError, match="nested write failed"), write():
        builders.provider(name="a")
        with pytest.raises(ZeroDivisionError), write():
            raise ZeroDivisionError
    assert names() == []
    with write():
        builders.provider(name="c")
    assert names() == ["c"]


def test_a_savepoint_fails_alone(store: Store) -> None:
    with write():
        builders.provider(name="a")
        with pytest.raises(pw.IntegrityError), savepoint():
            builders.provider(name="b")
            builders.provider(name="a")
        builders.provider(name="c")
    assert names() == ["a", "c"]


def test_a_missing_parent_is_an_integrity_error(store: Store) -> None:
    with pytest.raises(pw.IntegrityError), write():
        builders.account(service_provider_uid=builders.uid())


def test_after_commit_runs_once_in_order_and_only_then(store: Store) -> None:
    seen: list[str] = []
    with write():
        after_commit(lambda: seen.append("first"))
        with write():
            after_commit(lambda: seen.append("second"))
        assert seen == []
    assert seen == ["first", "second"]
    with write():
        pass
    assert seen == ["first", "second"]


def test_after_commit_is_forgotten_with_the_transaction(store: Store) -> None:
    seen: list[str] = []
    with pytest.raises(ZeroDivisionError), write():
        after_commit(lambda: seen.append("never"))
        raise ZeroDivisionError
    with write():
        pass
    assert seen == []


def test_after_commit_outside_of_a_write_runs_at_once(store: Store) -> None:
    seen: list[str] = []
    after_commit(lambda: seen.append("now"))
    assert seen == ["now"]


def test_a_failing_callback_does_not_fail_what_is_stored(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    with caplog.at_level(logging.ERROR), write():
        builders.provider(name="a")
        after_commit(lambda: 1 // 0)  # type: ignore[arg-type,return-value]
        after_commit(lambda: seen.append("still"))
    assert names() == ["a"]
    assert seen == ["still"]
    assert "callback after the commit failed" in caplog.text


def test_a_callback_may_write_again(store: Store) -> None:
    def more() -> None:
        with write():
            builders.provider(name="b")

    with write():
        builders.provider(name="a")
        after_commit(more)
    assert names() == ["a", "b"]


def test_a_statement_outside_of_a_connection_block_is_an_error(store: Store) -> None:
    def careless() -> None:
        with using(store):
            names()

    with pytest.raises(pw.InterfaceError, match="with connection"):
        gevent.spawn(careless).get(timeout=5)


def test_a_greenlet_starts_without_a_store(store: Store) -> None:
    with pytest.raises(LookupError, match="no store in use"):
        gevent.spawn(lambda: db.kind).get(timeout=5)
    assert spawn(lambda: db.kind).get(timeout=5) == store.kind


def test_greenlets_have_connections_of_their_own(store: Store) -> None:
    raws: list[object] = [db.raw()]

    def use() -> None:
        with connection():
            names()
            raws.append(db.raw())
            gevent.sleep(0)

    gevent.joinall([spawn(use), spawn(use)], timeout=5, raise_error=True)
    assert len(set(map(id, raws))) == 3


def test_a_killed_greenlet_leaks_nothing(store: Store) -> None:
    names()
    busy = store.database.pool.busy
    inside = gevent.event.Event()

    def stuck() -> None:
        with write():
            builders.provider(name="never")
            inside.set()
            gevent.sleep(60)

    victim = spawn(stuck)
    assert inside.wait(timeout=5)
    assert store.database.pool.busy == busy + 1
    victim.kill(timeout=5)
    assert store.database.pool.busy == busy
    with write():
        builders.provider(name="a")
    assert names() == ["a"]


def test_relinquish_gives_the_connection_back_until_it_is_needed(store: Store) -> None:
    names()
    busy = store.database.pool.busy
    relinquish()
    assert store.database.pool.busy == busy - 1
    assert names() == []
    assert store.database.pool.busy == busy


def test_relinquish_keeps_a_connection_with_an_open_transaction(store: Store) -> None:
    with write():
        builders.provider(name="a")
        relinquish()
        assert names() == ["a"]
    assert names() == ["a"]


def test_fifty_writers_that_yield_inside_all_finish(store: Store) -> None:
    with write():
        account = builders.account()

    def one(number: int) -> None:
        with write():
            balance = int(Account.get(Account.uid == account.uid).name.removeprefix("acme") or 0)
            gevent.sleep(0)
            builders.message(client_reference=str(number))
            gevent.sleep(0.0001)
            if store.kind == "sqlite":  # one writer at a time: read-modify-write is exact
                Account.update(name=f"acme{balance + 1}").execute()

    gevent.joinall([spawn(one, number) for number in range(50)], timeout=30, raise_error=True)
    stored = {row.client_reference for row in Message.select()}
    assert stored == {str(number) for number in range(50)}
    if store.kind == "sqlite":
        assert Account.get(Account.uid == account.uid).name == "acme50"


def test_peewee_transactions_nest_in_a_write(store: Store) -> None:
    with write():
        builders.provider(name="a")
        with pytest.raises(ZeroDivisionError), db.atomic():
            builders.provider(name="b")
            raise ZeroDivisionError
    assert names() == ["a"]
