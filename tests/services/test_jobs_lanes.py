"""Jobs: claims in fair order, claims that end, and what only the holder may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.models import Job
from gateway.models.database import Store, connection, using, write
from gateway.models.fields import ZERO_UID
from gateway.services import jobs, leases, routing
from tests.support.pipeline import World

A, B, C = (UUID(int=n) for n in (10, 20, 30))


@pytest.fixture
def world(store: Store) -> World:
    return World()


def add(world: World, key: str, account: UUID | None = None, **more: Any) -> bool:
    with write():
        return jobs.enqueue(world.ctx(), "work", key, account_uid=account, **more)


def claim(world: World, limit: int = 100, holder: str = "me", **more: Any) -> list[Any]:
    with write():
        return jobs.claim("work", holder, world.clock.now, limit, seconds=60, **more)


def test_an_open_key_is_not_added_again_and_a_finished_one_is(world: World) -> None:
    assert add(world, "one") is True
    assert add(world, "one") is False
    (row,) = claim(world)
    assert add(world, "one") is False
    with write():
        assert jobs.finish([row.uid], "me") == 1
    assert add(world, "one") is True


def test_work_without_an_account_is_found(world: World) -> None:
    add(world, "sweep")
    (row,) = claim(world)
    assert row.account_uid == ZERO_UID


def test_a_claim_takes_what_is_due_and_lets_go_of_it_when_it_ends(world: World) -> None:
    add(world, "now")
    add(world, "later", run_at=world.clock.now + timedelta(seconds=30))
    assert [row.key for row in claim(world)] == ["now"]
    assert claim(world) == []
    world.clock.advance(61)
    again = {row.key: row for row in claim(world, holder="other")}
    assert set(again) == {"now", "later"}
    assert again["now"].claim == "me"
    assert again["later"].claim is None
    assert again["now"].attempts == 1


def test_only_the_holder_finishes_renews_and_retries(world: World) -> None:
    add(world, "one")
    (row,) = claim(world)
    now = world.clock.now
    with write():
        assert jobs.finish([row.uid], "other") == 0
        assert jobs.renew([row.uid], "other", now) == 0
        assert jobs.retry(row, "other", now, "no") is False
        assert jobs.release([row.uid], "other", now) == 0
        assert jobs.mine([row.uid], "other") == set()
        assert jobs.mine([row.uid], "me") == {row.uid}
        assert jobs.renew([row.uid], "me", now + timedelta(seconds=120)) == 1
    world.clock.advance(61)
    assert claim(world) == []
    with write():
        assert jobs.retry(row, "me", world.clock.now, "broken") is True
    (row,) = claim(world)
    assert (row.attempts, row.last_error, row.claim) == (1, "broken", None)


def test_a_released_job_does_not_count_as_tried(world: World) -> None:
    add(world, "one")
    (row,) = claim(world)
    with write():
        jobs.release([row.uid], "me", world.clock.now)
    (row,) = claim(world)
    assert row.attempts == 0


def test_a_job_that_is_given_up_stays_and_is_not_claimed(world: World) -> None:
    add(world, "one")
    (row,) = claim(world)
    with write():
        assert jobs.give_up(row, "me", world.clock.now, "dead") is True
    world.clock.advance(1000)
    assert claim(world) == []
    assert Job.get().last_error == "dead"
    assert add(world, "one") is True


def test_a_large_backlog_of_one_account_does_not_delay_another(world: World) -> None:
    for n in range(50):
        add(world, f"a{n}", A)
    for n in range(5):
        add(world, f"b{n}", B)
    add(world, "c", C)
    first = claim(world, 12)
    counts = Counter(row.account_uid for row in first)
    assert (counts[B], counts[C]) == (5, 1)
    assert counts[A] == 6
    assert [row.key for row in first if row.account_uid == A] == [f"a{n}" for n in range(6)]


def test_rounds_go_on_where_the_last_one_ended(world: World) -> None:
    for account in (A, B, C):
        for n in range(4):
            add(world, f"{account}{n}", account)
    turn = jobs.Turn()
    served = [row.account_uid for _ in range(6) for row in claim(world, 1, turn=turn)]
    assert served == [A, B, C, A, B, C]


def test_accounts_that_wait_for_a_retry_keep_no_other_from_its_turn(world: World) -> None:
    later = world.clock.now + timedelta(hours=1)
    for n in range(jobs.MOST_PASSED_OVER + 20):
        add(world, f"later {n}", UUID(int=100 + n), run_at=later)
    add(world, "due early", UUID(int=110))
    add(world, "due late", UUID(int=jobs.LAST_UID))
    found = [row.key for _ in range(2) for row in claim(world, 1)]
    assert sorted(found) == ["due early", "due late"]


def test_a_smaller_priority_goes_first(world: World) -> None:
    add(world, "bulk", A, priority=5)
    add(world, "urgent", B, priority=0)
    assert [row.key for row in claim(world, 1)] == ["urgent"]
    assert [row.key for row in claim(world, 5)] == ["bulk"]


def test_the_gate_tells_when_a_lane_is_due(world: World) -> None:
    assert jobs.next_due("work") is None
    later = world.clock.now + timedelta(seconds=30)
    add(world, "later", run_at=later)
    assert jobs.next_due("work") == later
    add(world, "now")
    assert jobs.next_due("work") == world.clock.now


def test_a_new_owner_makes_its_predecessors_claims_due(world: World) -> None:
    add(world, "one")
    claim(world, holder="dead")
    assert claim(world, holder="heir") == []
    with write():
        assert jobs.take_over("work", "heir", world.clock.now) == 1
    assert [row.claim for row in claim(world, holder="heir")] == ["dead"]


def test_moving_a_lane_leaves_what_is_claimed_or_doubtful(world: World) -> None:
    for key in ("claimed", "doubtful", "free"):
        add(world, key, A)
    rows = {row.key: row for row in claim(world)}
    with write():
        jobs.retry(rows["doubtful"], "me", world.clock.now, "", mark="doubtful")
        jobs.retry(rows["free"], "me", world.clock.now, "")
        assert routing.move(routing.movable("work", A), "else") == 1
    assert {row.key for row in Job.select().where(Job.lane == "else")} == {"free"}
    assert jobs.lanes() == ["else", "work"]
    assert jobs.accounts_waiting("work") == [A]


def test_two_workers_never_claim_the_same_job(
    world: World, store: Store, open_again: Callable[[], Store]
) -> None:
    for n in range(60):
        add(world, f"k{n}", A if n % 2 else B)
    taken: list[str] = []
    stores = [store, open_again()]
    for n in range(12):
        with using(stores[n % 2]), connection():
            taken += [row.key for row in claim(world, 5, holder=f"w{n % 2}")]
    assert sorted(taken) == sorted(f"k{n}" for n in range(60))


def test_a_lease_has_one_holder_until_it_ends(world: World) -> None:
    now, uid = world.clock.now, world.runtime.new_uid
    with write():
        assert leases.acquire("link:x", "me", uid(), now, 5) is True
        assert leases.acquire("link:x", "other", uid(), now, 5) is False
        assert leases.acquire("link:x", "me", uid(), now + timedelta(seconds=4), 5) is True
    assert leases.holder("link:x", now + timedelta(seconds=8)) == "me"
    late = now + timedelta(seconds=10)
    assert leases.holder("link:x", late) is None
    with write():
        assert leases.acquire("link:x", "other", uid(), late, 5) is True
        assert leases.acquire("link:x", "me", uid(), late, 5) is False
        assert leases.release("link:x", "me") is False
        assert leases.release("link:x", "other") is True
        assert leases.acquire("link:x", "me", uid(), late, 5) is True
    assert leases.held("link:", late) == {"link:x": "me"}
    assert leases.held("worker:", late) == {}
