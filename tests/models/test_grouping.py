"""Group commit: many callers, few commits, everybody their own outcome."""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from typing import Any

import gevent
import gevent.event
import peewee as pw
import pytest

from gateway.domain.problems import Conflict, Unavailable
from gateway.models import Message, ServiceProvider
from gateway.models.database import (
    Store,
    after_commit,
    commit_group,
    connection,
    open_store,
    relinquish,
    spawn,
    using,
    write,
)
from gateway.models.driver import Transient
from gateway.models.grouping import Committer
from tests.models import builders
from tests.support import stores
from tests.support.waiting import wait_until


@pytest.fixture
def commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for every COMMIT of the test's store."""
    seen: list[str] = []
    commit = store.database.commit_write

    def counted(conn: Any) -> None:
        commit(conn)
        seen.append("commit")

    monkeypatch.setattr(store.database, "commit_write", counted)
    return seen


def references() -> list[str]:
    return [row.client_reference for row in Message.select().order_by(Message.id)]


def accept(number: int) -> int:
    builders.message(client_reference=str(number))
    return number


def test_one_caller_gets_the_result_after_the_commit(store: Store, commits: list[str]) -> None:
    assert commit_group(partial(accept, 1)) == 1
    assert commits == ["commit"]
    assert references() == ["1"]


def test_concurrent_callers_share_commits_in_their_order(store: Store, commits: list[str]) -> None:
    callers = [spawn(commit_group, partial(accept, number)) for number in range(40)]
    gevent.joinall(callers, timeout=20, raise_error=True)
    assert [caller.value for caller in callers] == list(range(40))
    assert references() == [str(number) for number in range(40)]
    assert 1 <= len(commits) < 40


def test_a_group_is_bounded(store: Store, commits: list[str], monkeypatch: Any) -> None:
    monkeypatch.setattr(store, "committer", Committer(store._transact, relinquish, largest=8))
    callers = [spawn(commit_group, partial(accept, number)) for number in range(40)]
    gevent.joinall(callers, timeout=20, raise_error=True)
    assert len(commits) >= 5
    assert len(references()) == 40


def test_works_that_yield_finish(store: Store) -> None:
    def slow(number: int) -> int:
        gevent.sleep(0)
        accept(number)
        gevent.sleep(0.0001)
        return number

    callers = [spawn(commit_group, partial(slow, number)) for number in range(50)]
    gevent.joinall(callers, timeout=30, raise_error=True)
    assert sorted(map(int, references())) == list(range(50))


def test_a_failure_is_its_callers_own(store: Store) -> None:
    def refuse(number: int) -> int:
        accept(number)
        raise Conflict(f"no {number}")

    def twice(number: int) -> int:
        builders.provider(name="taken")
        return number

    with write():
        builders.provider(name="taken")
    works = [partial(refuse if n % 3 == 0 else accept, n) for n in range(12)]
    works.insert(5, partial(twice, 99))
    callers = [spawn(commit_group, work) for work in works]
    gevent.joinall(callers, timeout=20)
    for caller, work in zip(callers, works, strict=True):
        number = work.args[0]
        if number == 99:
            assert isinstance(caller.exception, pw.IntegrityError)
        elif number % 3 == 0:
            assert str(caller.exception) == f"no {number}"
        else:
            assert caller.value == number
    assert sorted(map(int, references())) == [n for n in range(12) if n % 3]


def test_a_lone_failure_is_not_run_twice(store: Store) -> None:
    runs: list[int] = []

    def refuse() -> None:
        runs.append(1)
        raise Conflict("no")

    with pytest.raises(Conflict):
        commit_group(refuse)
    assert runs == [1]


def test_inside_a_write_it_joins(store: Store, commits: list[str]) -> None:
    with write():
        assert commit_group(partial(accept, 1)) == 1
        assert commits == []
    assert commits == ["commit"]


def test_callbacks_run_in_the_context_of_their_caller(store: Store) -> None:
    who: ContextVar[str] = ContextVar("who")
    seen: list[tuple[str, str]] = []

    def work() -> None:
        mine = who.get()
        after_commit(lambda: seen.append((mine, who.get())))

    def caller(name: str) -> None:
        who.set(name)
        commit_group(work)

    gevent.joinall([spawn(caller, name) for name in "abc"], timeout=5, raise_error=True)
    assert seen == [("a", "a"), ("b", "b"), ("c", "c")]


def test_a_killed_leader_takes_only_its_own_work_along(store: Store) -> None:
    gate = gevent.event.Event()
    inside = gevent.event.Event()

    def stuck() -> None:
        accept(0)
        inside.set()
        gate.wait()

    leader = spawn(commit_group, stuck)
    assert inside.wait(5)
    followers = [spawn(commit_group, partial(accept, number)) for number in (1, 2, 3)]
    gevent.sleep(0)
    leader.kill(timeout=5)
    gevent.joinall(followers, timeout=5, raise_error=True)
    assert references() == ["1", "2", "3"]


def test_a_killed_follower_withdraws(store: Store) -> None:
    gate, inside = gevent.event.Event(), gevent.event.Event()

    def slow() -> None:
        accept(0)
        inside.set()
        gate.wait()

    def after() -> None:
        accept(5)

    monopolist = spawn(commit_group, slow)
    assert inside.wait(5)
    # the group is taken inside the transaction; whoever comes now waits for the next one
    doomed = spawn(commit_group, partial(accept, 1))
    other = spawn(commit_group, after)
    wait_until(lambda: len(store.committer._waiting) == 2, "two waiting")
    doomed.kill(timeout=5)
    gate.set()
    gevent.joinall([monopolist, other], timeout=5, raise_error=True)
    assert references() == ["0", "5"]


def test_a_sacrificed_transaction_is_run_again(store: Store) -> None:
    runs: list[int] = []

    def unlucky() -> str:
        runs.append(1)
        builders.provider(name=f"p{len(runs)}")
        if len(runs) < 3:
            raise Transient("deadlock detected")
        return "done"

    assert commit_group(unlucky) == "done"
    assert [row.name for row in ServiceProvider.select()] == ["p3"]


def test_a_database_that_is_gone_is_everybodys_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(conn: Any) -> None:
        raise Unavailable("the database is not available")

    monkeypatch.setattr(store.database, "begin_write", gone)
    callers = [spawn(commit_group, partial(accept, number)) for number in range(5)]
    gevent.joinall(callers, timeout=5)
    assert {type(caller.exception) for caller in callers} == {Unavailable}
    monkeypatch.undo()
    assert commit_group(partial(accept, 7)) == 7
    assert references() == ["7"]


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_real_deadlock_is_resolved(store: Store) -> None:
    with write():
        one, two = builders.provider(name="one"), builders.provider(name="two")
    first_locked, second_locked = gevent.event.Event(), gevent.event.Event()

    def change(row: Any, mine: Any, others: Any, then: Any) -> None:
        ServiceProvider.update(description="x").where(ServiceProvider.uid == row.uid).execute()
        mine.set()
        others.wait(5)
        ServiceProvider.update(description="y").where(ServiceProvider.uid == then.uid).execute()

    def by_itself() -> None:
        with write():
            change(two, second_locked, first_locked, one)

    grouped = spawn(commit_group, partial(change, one, first_locked, second_locked, two))
    alone = spawn(by_itself)
    gevent.joinall([grouped, alone], timeout=20)
    assert grouped.successful()
    assert alone.successful() or isinstance(alone.exception, Unavailable)


def test_a_killed_leader_does_not_take_a_followers_running_work_along(store: Store) -> None:
    gate, inside = gevent.event.Event(), gevent.event.Event()

    def stuck() -> None:
        accept(1)
        inside.set()
        gate.wait()

    leader = spawn(commit_group, partial(accept, 0))
    follower = spawn(commit_group, stuck)
    assert inside.wait(5)
    leader.kill(timeout=5)
    gate.set()
    gevent.joinall([follower], timeout=5, raise_error=True)
    assert references() == ["1"]


def test_more_callers_than_connections_finish(store_url: str) -> None:
    """Each caller has read before, so all connections are out when the leader needs one."""
    small = open_store(store_url, keyring=stores.KEYRING, synchronous="NORMAL", pool_size=4)
    everybody_has_read = gevent.event.Event()
    have_read: list[int] = []

    def caller(number: int, reads: bool) -> None:
        with using(small), connection():
            if reads:
                assert references() == []
                have_read.append(number)
                everybody_has_read.wait(20)
            commit_group(partial(accept, number))

    readers = [gevent.spawn(caller, number, True) for number in range(4)]
    wait_until(lambda: len(have_read) == 4, "all to have read")
    assert small.database.pool.busy == 4
    leader = gevent.spawn(caller, 4, False)
    gevent.sleep(0)
    everybody_has_read.set()
    gevent.joinall([*readers, leader], timeout=5, raise_error=True)
    with using(small), connection():
        assert len(references()) == 5
    small.close()
