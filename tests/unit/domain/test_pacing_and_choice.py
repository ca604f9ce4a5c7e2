"""Retries, rates, the order of links and the pauses of webhooks: small rules around waiting."""

from __future__ import annotations

import random
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import retry
from gateway.domain.bucket import Quota, TokenBucket
from gateway.domain.hooks import HookPolicy
from gateway.domain.links import LinkChoice, order

ALL = [
    retry.SUBMIT,
    retry.AMBIGUOUS,
    retry.RECONNECT,
    retry.REBIND_REFUSED,
    retry.REBIND_ALREADY,
    retry.THROTTLED,
]


def uid(number: int) -> UUID:
    return UUID(int=number)


@pytest.mark.parametrize("schedule", ALL)
def test_pauses_grow_within_their_jitter(schedule: retry.Schedule) -> None:
    rng = random.Random(3)
    assert list(schedule.delays) == sorted(schedule.delays)
    for attempt, pause in enumerate(schedule.delays, 1):
        drawn = [schedule.next_delay(attempt, rng) for _ in range(50)]
        assert all(d is not None and 0.8 * pause <= d <= 1.2 * pause for d in drawn)
        assert len(set(drawn)) > 1


def test_a_schedule_ends_or_repeats_its_last_pause() -> None:
    rng = random.Random(3)
    assert retry.Schedule((1, 2), jitter=0).next_delay(2, rng) == 2
    assert retry.Schedule((1, 2), jitter=0).next_delay(3, rng) is None
    assert retry.Schedule((1, 2), endless=True, jitter=0).next_delay(99, rng) == 2
    with pytest.raises(ValueError):
        retry.SUBMIT.next_delay(0, rng)


def test_reconnecting_goes_from_one_second_to_one_minute() -> None:
    delays = retry.RECONNECT.delays
    assert (delays[0], delays[-1], retry.RECONNECT.endless) == (1, 60, True)
    assert retry.REBIND_REFUSED.delays[0] >= 60


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(10, 5)
    assert [bucket.take(100.0) for _ in range(5)] == [0.0] * 5
    assert bucket.take(100.0) == pytest.approx(0.1)
    assert bucket.take(100.05) == pytest.approx(0.05)
    assert bucket.take(100.1) == 0.0
    assert bucket.take(100.1) == pytest.approx(0.1)


def test_a_quota_is_a_minutes_worth_and_tells_once_a_minute() -> None:
    quota = Quota(2)
    assert [quota.take(100.0) for _ in range(3)] == [0.0, 0.0, pytest.approx(30)]
    assert [quota.tells(now) for now in (100.0, 159.0, 160.0)] == [True, False, True]
    assert quota.take(130.0) == 0.0
    assert quota.take(130.0) == pytest.approx(30)
    assert quota.take(70.0) == 0.0  # the clock was set back
    none = Quota(0)
    assert none.take(0.0) == none.take(1000.0) == 60


def test_a_bucket_does_not_save_more_than_its_burst() -> None:
    bucket = TokenBucket(10, 2)
    assert bucket.take(0.0, 2) == 0.0
    assert bucket.take(1000.0, 2) == 0.0
    assert bucket.take(1000.0) > 0


def test_more_than_the_burst_leaves_a_debt() -> None:
    bucket = TokenBucket(10, 5)
    assert bucket.take(0.0, 25) == 0.0
    assert bucket.take(0.0) == pytest.approx(2.1)
    assert bucket.take(2.1) == 0.0


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(1, 1)
    assert bucket.take(50.0) == 0.0
    assert bucket.take(10.0) == pytest.approx(1.0)
    assert bucket.take(50.5) == pytest.approx(0.5)


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_is_positive(rate: float) -> None:
    with pytest.raises(ValueError):
        TokenBucket(rate)


@given(st.floats(0.5, 200), st.floats(1, 20), st.lists(st.floats(0, 0.5), min_size=1, max_size=60))
def test_no_window_sees_more_than_rate_and_burst(
    rate: float, burst: float, gaps: list[float]
) -> None:
    bucket, now, taken = TokenBucket(rate, burst), 0.0, 0
    for gap in gaps:
        now += gap
        while bucket.take(now) == 0.0:
            taken += 1
        assert taken <= burst + rate * now + 1e-6


def test_links_are_ordered_by_state_then_priority() -> None:
    links = [
        LinkChoice(uid(1), priority=1, bound=False),
        LinkChoice(uid(2), priority=3),
        LinkChoice(uid(3), priority=2),
        LinkChoice(uid(4), priority=2, bound=False),
    ]
    assert [link.uid.int for link in order(links, random.Random(1))] == [3, 2, 1, 4]


def test_weights_are_shares_of_first_tries() -> None:
    links = [
        LinkChoice(uid(1), weight=3),
        LinkChoice(uid(2), weight=1),
        LinkChoice(uid(3), weight=0),
    ]
    rng = random.Random(5)
    orders = [tuple(link.uid.int for link in order(links, rng)) for _ in range(4000)]
    first = Counter(found[0] for found in orders)
    assert 0.70 < first[1] / 4000 < 0.80
    assert {found[2] for found in orders} == {3}


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_choose_needs_no_dice(count: int) -> None:
    links = [LinkChoice(uid(number)) for number in range(count)]
    rng = random.Random(5)
    state = rng.getstate()
    assert order(iter(links), rng) == links
    assert rng.getstate() == state


def test_order_repeats_with_its_seed() -> None:
    links = [LinkChoice(uid(number)) for number in range(8)]
    assert order(links, random.Random(9)) == order(links, random.Random(9))
    assert sorted(link.uid for link in order(links, random.Random(9))) == [
        link.uid for link in links
    ]


@pytest.mark.parametrize(
    ("policy", "pauses"),
    [
        (HookPolicy(4, (30,)), [30, 30, 30, 30, None]),
        (HookPolicy(3, (1, 5)), [1, 5, 5, None]),
        (HookPolicy(0, ()), [None]),
    ],
    ids=["equal", "growing", "none"],
)
def test_pauses_of_webhooks(policy: HookPolicy, pauses: list[float | None]) -> None:
    assert [policy.pause(attempt) for attempt in range(1, len(pauses) + 1)] == pauses


@pytest.mark.parametrize(
    ("success", "status", "delivered"),
    [
        (None, 200, True),
        (None, 204, True),
        (None, 199, False),
        (None, 302, False),
        (None, 500, False),
        (None, None, False),
        (frozenset({200}), 200, True),
        (frozenset({200}), 202, False),
        (frozenset({200}), None, False),
    ],
)
def test_what_counts_as_delivered(
    success: frozenset[int] | None, status: int | None, delivered: bool
) -> None:
    assert HookPolicy(success=success).delivered(status) is delivered


def test_retries_need_pauses() -> None:
    with pytest.raises(ValueError):
        HookPolicy(1, ())
    with pytest.raises(ValueError):
        HookPolicy(-1)
