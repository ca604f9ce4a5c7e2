from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.messages import (
    FINAL_RECEIPTS,
    PART_TERMINAL,
    PART_TRANSITIONS,
    STATE_OF_RECEIPT,
    TERMINAL,
    TRANSITIONS,
    MessageState,
    PartState,
    Status,
    advance,
    advance_part,
    roll_up,
)

S, P = Status, PartState

# A way out of a terminal state is a decision: this list and the tables have to agree.
WAYS_BACK = {
    (S.UNKNOWN, S.DELIVERED),
    (S.UNKNOWN, S.UNDELIVERED),
    (S.UNKNOWN, S.EXPIRED),
    (S.UNKNOWN, S.REJECTED),
    (S.UNKNOWN, S.FAILED),
    (S.EXPIRED, S.DELIVERED),
}


def test_every_state_has_a_row() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert set(PART_TRANSITIONS) == set(PartState)
    assert set(STATE_OF_RECEIPT) == set(MessageState)


def test_terminal_states_end_but_for_the_listed_ways() -> None:
    found = {(old, new) for old in TERMINAL for new in TRANSITIONS[old]}
    assert found == WAYS_BACK
    parts = {(old.value, new.value) for old in PART_TERMINAL for new in PART_TRANSITIONS[old]}
    assert parts == {(old.value, new.value) for old, new in WAYS_BACK}


def test_parts_and_messages_agree_on_outcomes() -> None:
    assert {state.value for state in PART_TERMINAL} == {s.value for s in TERMINAL} - {"received"}


@pytest.mark.parametrize(
    ("current", "claim", "result"),
    [
        (S.ACCEPTED, S.QUEUED, S.QUEUED),
        (S.QUEUED, S.SENDING, S.SENDING),
        (S.SENDING, S.QUEUED, S.QUEUED),
        (S.SENDING, S.SENT, S.SENT),
        (S.SENT, S.SENDING, S.SENT),
        (S.SENT, S.QUEUED, S.SENT),
        (S.SENT, S.DELIVERED, S.DELIVERED),
        (S.QUEUED, S.DELIVERED, S.DELIVERED),
        (S.DELIVERED, S.SENT, S.DELIVERED),
        (S.DELIVERED, S.EXPIRED, S.DELIVERED),
        (S.DELIVERED, S.DELIVERED, S.DELIVERED),
        (S.UNDELIVERED, S.DELIVERED, S.UNDELIVERED),
        (S.REJECTED, S.DELIVERED, S.REJECTED),
        (S.FAILED, S.DELIVERED, S.FAILED),
        (S.EXPIRED, S.DELIVERED, S.DELIVERED),
        (S.EXPIRED, S.UNDELIVERED, S.EXPIRED),
        (S.UNKNOWN, S.DELIVERED, S.DELIVERED),
        (S.UNKNOWN, S.SENT, S.UNKNOWN),
        (S.RECEIVED, S.DELIVERED, S.RECEIVED),
        (S.ACCEPTED, S.RECEIVED, S.ACCEPTED),
    ],
    ids=lambda state: state.value,
)
def test_advance(current: Status, claim: Status, result: Status) -> None:
    assert advance(current, claim) is result


@pytest.mark.parametrize(
    ("current", "claim", "result"),
    [
        (P.PENDING, P.SUBMITTING, P.SUBMITTING),
        (P.SUBMITTING, P.PENDING, P.PENDING),
        (P.SUBMITTING, P.SENT, P.SENT),
        (P.SUBMITTING, P.DELIVERED, P.DELIVERED),
        (P.DELIVERED, P.SENT, P.DELIVERED),
        (P.SENT, P.PENDING, P.SENT),
        (P.SENT, P.SUBMITTING, P.SENT),
        (P.UNKNOWN, P.DELIVERED, P.DELIVERED),
        (P.EXPIRED, P.DELIVERED, P.DELIVERED),
        (P.EXPIRED, P.REJECTED, P.EXPIRED),
        (P.REJECTED, P.DELIVERED, P.REJECTED),
    ],
    ids=lambda state: state.value,
)
def test_advance_part(current: PartState, claim: PartState, result: PartState) -> None:
    assert advance_part(current, claim) is result


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([], S.ACCEPTED),
        ([P.PENDING], S.QUEUED),
        ([P.PENDING, P.PENDING], S.QUEUED),
        ([P.SUBMITTING, P.PENDING], S.SENDING),
        ([P.SENT, P.PENDING], S.SENDING),
        ([P.DELIVERED, P.SUBMITTING], S.SENDING),
        ([P.SENT, P.SENT], S.SENT),
        ([P.SENT, P.DELIVERED], S.SENT),
        ([P.SENT, P.REJECTED], S.SENT),
        ([P.UNKNOWN, P.SENT], S.SENT),
        ([P.DELIVERED, P.DELIVERED], S.DELIVERED),
        ([P.DELIVERED, P.UNDELIVERED], S.UNDELIVERED),
        ([P.DELIVERED, P.EXPIRED], S.EXPIRED),
        ([P.DELIVERED, P.UNKNOWN], S.UNKNOWN),
        ([P.EXPIRED, P.UNKNOWN], S.EXPIRED),
        ([P.UNDELIVERED, P.EXPIRED], S.UNDELIVERED),
        ([P.FAILED, P.UNDELIVERED], S.FAILED),
        ([P.FAILED, P.REJECTED, P.DELIVERED], S.REJECTED),
    ],
    ids=lambda value: value.value if isinstance(value, Status) else "+".join(value) or "none",
)
def test_roll_up(parts: list[PartState], status: Status) -> None:
    assert roll_up(parts) is status


@given(st.lists(st.sampled_from(PartState), min_size=1, max_size=6))
def test_roll_up_is_final_exactly_when_all_parts_are(parts: list[PartState]) -> None:
    assert (roll_up(parts) in TERMINAL) == all(part in PART_TERMINAL for part in parts)
    assert roll_up(parts) is roll_up(parts[::-1])
    assert (roll_up(parts) is S.DELIVERED) == (set(parts) == {P.DELIVERED})


@given(st.lists(st.sampled_from(Status), max_size=12))
def test_claims_never_bring_back_a_message(claims: list[Status]) -> None:
    status = S.ACCEPTED
    for claim in claims:
        before, status = status, advance(status, claim)
        if before in TERMINAL and status is not before:
            assert (before, status) in WAYS_BACK
        assert advance(status, claim) is status


def test_repeating_a_claim_changes_nothing() -> None:
    for current, claim in product(Status, Status):
        once = advance(current, claim)
        if claim in TRANSITIONS[current]:
            assert advance(once, claim) is once
    for old, new in product(PartState, PartState):
        assert advance_part(advance_part(old, new), new) is advance_part(old, new)


def test_what_receipts_end() -> None:
    assert set(MessageState) - FINAL_RECEIPTS == {
        MessageState.SCHEDULED,
        MessageState.ENROUTE,
        MessageState.ACCEPTED,
    }
    assert STATE_OF_RECEIPT[MessageState.DELIVERED] is P.DELIVERED
    assert STATE_OF_RECEIPT[MessageState.DELETED] is P.UNDELIVERED
