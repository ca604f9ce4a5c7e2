"""The pool of connections: bounded, last in first out, and not trusting what lay idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gevent
import pytest

from gateway.domain.problems import Unavailable
from gateway.models import pool as pools
from gateway.models.database import Store, connection, db
from gateway.models.pool import Pool


class Line:
    """A connection that only counts."""

    generation = 0

    def __init__(self) -> None:
        self.open, self.alive, self.pings = True, True, 0


def ping(line: Line) -> bool:
    line.pings += 1
    return line.alive


def close(line: Line) -> None:
    line.open = False


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(Line, ping, close, 2)
    yield made
    made.shut()


def test_the_last_given_is_the_next_taken(pool: Pool) -> None:
    one, two = pool.take(), pool.take()
    pool.give(one)
    pool.give(two)
    assert pool.take() is two
    assert pool.take() is one
    assert (one.pings, two.pings) == (0, 0)


def test_who_finds_it_empty_waits_for_the_next_given(pool: Pool) -> None:
    one, _ = pool.take(), pool.take()
    waiter = gevent.spawn(pool.take)
    gevent.sleep(0)
    assert not waiter.ready()
    pool.give(one)
    assert waiter.get(timeout=5) is one


def test_waiting_is_bounded(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "WAIT_SECONDS", 0.01)
    pool.take()
    pool.take()
    with pytest.raises(Unavailable, match="busy"):
        pool.take()
    assert pool.busy == 2


def test_only_what_lay_idle_is_pinged(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    one = pool.take()
    pool.give(one)
    monkeypatch.setattr(pools, "IDLE_SECONDS_BEFORE_PING", -1.0)
    assert pool.take() is one
    assert one.pings == 1
    pool.give(one)
    one.alive = False
    fresh = pool.take()
    assert fresh is not one
    assert not one.open


def test_one_broken_connection_condemns_its_generation(pool: Pool) -> None:
    one, two = pool.take(), pool.take()
    pool.discard(one)
    assert not one.open
    pool.give(two)
    assert not two.open
    assert pool.take().open
    assert pool.busy == 1


def test_a_failed_connect_frees_its_place() -> None:
    def refuse() -> Line:
        raise OSError("no")

    pool = Pool(refuse, ping, close, 1)
    for _ in range(3):
        with pytest.raises(OSError, match="no"):
            pool.take()
    assert pool.busy == 0


def test_shut_ends_idle_connections_now_and_others_when_given_back(pool: Pool) -> None:
    one, two = pool.take(), pool.take()
    pool.give(one)
    pool.shut()
    assert (one.open, two.open) == (False, True)
    pool.give(two)
    assert not two.open


def test_closing_a_store_lets_work_beside_end_first(open_again: Callable[[], Store]) -> None:
    opened, done = open_again(), []

    def work() -> None:
        gevent.sleep(0.01)
        with connection():
            done.append(db.execute_sql("SELECT 1").fetchone()[0])

    opened.beside(work)
    opened.close()
    assert done == [1]
