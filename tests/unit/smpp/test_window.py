"""Sequence numbers, the window and the pauses: the parts of a link that need no socket."""

from __future__ import annotations

import random

import pytest

from gateway.domain.retry import Schedule
from gateway.transports.smpp.commands import MAX_SEQUENCE
from gateway.transports.smpp.pacing import Backoff, Throttle
from gateway.transports.smpp.shapes import LinkSpec, Role
from gateway.transports.smpp.window import Window


def test_numbers_wrap_and_skip_what_is_open() -> None:
    window: Window[str] = Window(10)
    first, second = window.take("a", 0.0), window.take("b", 0.0)
    assert (first, second) == (1, 2)
    window._last = MAX_SEQUENCE - 1
    assert window.take("c", 0.0) == MAX_SEQUENCE
    assert window.take("d", 0.0) == 3
    window.settle(1)
    window._last = MAX_SEQUENCE
    assert window.take("e", 0.0) == 1


def test_the_window_counts_what_is_unanswered() -> None:
    window: Window[str] = Window(2)
    one = window.take("a", 0.0)
    window.take("b", 1.0)
    assert window.room == 0
    flight, late = window.settle(one)
    assert flight is not None
    assert (flight.item, late, window.room) == ("a", False, 1)
    assert window.settle(one) == (None, False)
    assert window.settle(99) == (None, False)


def test_an_overdue_request_frees_its_slot_and_keeps_its_number() -> None:
    window: Window[str] = Window(2)
    old = window.take("old", 0.0)
    window.take("new", 5.0)
    assert [flight.item for flight in window.expire(4.0)] == ["old"]
    assert window.room == 1
    window._last = 0
    assert window.next_number() not in (old, 2)
    flight, late = window.settle(old)
    assert flight is not None
    assert (flight.item, late) == ("old", True)
    assert [flight.item for flight in window.drain()] == ["new"]


def test_overdue_requests_are_remembered_within_a_bound() -> None:
    window: Window[int] = Window(10_000)
    for number in range(2_500):
        window.take(number, 0.0)
    assert len(window.expire(1.0)) == 2_500
    assert window.settle(1) == (None, False)
    assert window.settle(2_500)[1]


def test_back_off_follows_its_schedule_and_repeats_the_last() -> None:
    backoff = Backoff(Schedule((1, 2, 4), jitter=0.0), random.Random(1))
    assert [backoff.next() for _ in range(5)] == [1, 2, 4, 4, 4]
    backoff.reset()
    assert backoff.next() == 1


def test_a_pause_doubles_and_the_return_is_slow() -> None:
    throttle = Throttle(Schedule((1, 2, 4), endless=True, jitter=0.0), random.Random(1))
    assert throttle.refused(sent_at=10.0, now=10.1)
    assert throttle.paused_until == pytest.approx(11.1)
    assert not throttle.refused(sent_at=10.05, now=10.2)
    assert throttle.paused_until == pytest.approx(11.1)
    assert throttle.allowance == 1
    assert throttle.refused(sent_at=11.2, now=11.3)
    assert throttle.paused_until == pytest.approx(13.3)
    assert not throttle.accepted(sent_at=11.25, window=3)
    assert throttle.allowance == 1
    assert not throttle.accepted(sent_at=13.4, window=3)
    assert throttle.allowance == 2
    assert throttle.accepted(sent_at=13.5, window=3)
    assert throttle.allowance is None


def test_one_accepted_request_makes_the_next_pause_short_again() -> None:
    throttle = Throttle(Schedule((1, 2, 4), endless=True, jitter=0.0), random.Random(1))
    throttle.refused(sent_at=0.0, now=0.0)
    throttle.refused(sent_at=1.0, now=1.0)
    throttle.accepted(sent_at=3.0, window=10)
    throttle.refused(sent_at=3.1, now=3.1)
    assert throttle.paused_until == pytest.approx(4.1)
    assert throttle.allowance == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"bind": "rx"},
        {"binds": 0},
        {"window": 0},
        {"rate": 0},
        {"system_id": "ünlaut"},
        {"password": "a\0b"},
    ],
)
def test_a_link_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        LinkSpec(host="localhost", **wrong)


def test_sessions_of_a_link() -> None:
    assert LinkSpec(host="h", binds=2).roles == (Role.TRANSCEIVER,) * 2
    assert LinkSpec(host="h", bind="txrx").roles == (Role.TRANSMITTER, Role.RECEIVER)
    assert not Role.RECEIVER.submits
