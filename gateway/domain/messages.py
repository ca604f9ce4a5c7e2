"""Where a message and its parts stand, as tables.

A message is cut into parts; every part has its own answer and its own receipt, in any order: a
receipt may overtake the answer to the submit, come twice, or come after a restart. So nothing here
is a command that fails; it is a claim that a table accepts or ignores.

    accepted -> queued -> sending -> sent -> delivered | undelivered | expired | rejected | failed
                                          \\-> unknown

* A claim not in the row of the current state is ignored: the state stays. This is what makes
  repeated and late claims harmless.
* delivered, undelivered, rejected, failed and received end the story: their rows are empty.
* unknown and expired end it too, unless the peer says better. unknown means that no answer came,
  so any final word beats it; expired is beaten by delivered alone, since a handset that was
  switched on just at the end of the validity gets the message after the centre gave up. These two
  rows are the only ways out of a terminal state.
* Going back is possible only before the peer has answered (sending -> queued), for a retry.

The state of a message is never set by a receipt directly: it is the roll-up of its parts, and that
result passes the table of messages once more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class Status(StrEnum):
    """State of a whole message; RECEIVED is the only state of an inbound one."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RECEIVED = "received"


class PartState(StrEnum):
    """State of one segment. PENDING waits, SUBMITTING is out without an answer yet."""

    PENDING = "pending"
    SUBMITTING = "submitting"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"


class MessageState(IntEnum):
    """The message_state of SMPP; 0 and 9 are additions of version 5.0."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


_S, _P, _M = Status, PartState, MessageState

_OUTCOMES: Final = frozenset(
    {_S.DELIVERED, _S.UNDELIVERED, _S.EXPIRED, _S.REJECTED, _S.FAILED, _S.UNKNOWN}
)
_NONE: Final[frozenset[Status]] = frozenset()

TRANSITIONS: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        _S.ACCEPTED: _OUTCOMES | {_S.QUEUED, _S.SENDING, _S.SENT},
        _S.QUEUED: _OUTCOMES | {_S.SENDING, _S.SENT},
        _S.SENDING: _OUTCOMES | {_S.QUEUED, _S.SENT},
        _S.SENT: _OUTCOMES,
        _S.UNKNOWN: _OUTCOMES - {_S.UNKNOWN},
        _S.EXPIRED: frozenset({_S.DELIVERED}),
        _S.DELIVERED: _NONE,
        _S.UNDELIVERED: _NONE,
        _S.REJECTED: _NONE,
        _S.FAILED: _NONE,
        _S.RECEIVED: _NONE,
    }
)

TERMINAL: Final = _OUTCOMES | {_S.RECEIVED}

_PART_OUTCOMES: Final = frozenset(PartState) - {_P.PENDING, _P.SUBMITTING, _P.SENT}
_NO_PART: Final[frozenset[PartState]] = frozenset()

PART_TRANSITIONS: Final[Mapping[PartState, frozenset[PartState]]] = MappingProxyType(
    {
        _P.PENDING: _PART_OUTCOMES | {_P.SUBMITTING, _P.SENT},
        _P.SUBMITTING: _PART_OUTCOMES | {_P.PENDING, _P.SENT},
        _P.SENT: _PART_OUTCOMES,
        _P.UNKNOWN: _PART_OUTCOMES - {_P.UNKNOWN},
        _P.EXPIRED: frozenset({_P.DELIVERED}),
        _P.DELIVERED: _NO_PART,
        _P.UNDELIVERED: _NO_PART,
        _P.REJECTED: _NO_PART,
        _P.FAILED: _NO_PART,
    }
)

PART_TERMINAL: Final = _PART_OUTCOMES

STATE_OF_RECEIPT: Final[Mapping[MessageState, PartState]] = MappingProxyType(
    {
        _M.SCHEDULED: _P.SENT,
        _M.ENROUTE: _P.SENT,
        _M.ACCEPTED: _P.SENT,
        _M.DELIVERED: _P.DELIVERED,
        _M.EXPIRED: _P.EXPIRED,
        _M.DELETED: _P.UNDELIVERED,
        _M.UNDELIVERABLE: _P.UNDELIVERED,
        _M.SKIPPED: _P.UNDELIVERED,
        _M.UNKNOWN: _P.UNKNOWN,
        _M.REJECTED: _P.REJECTED,
    }
)

FINAL_RECEIPTS: Final = frozenset(
    state for state, part in STATE_OF_RECEIPT.items() if part is not _P.SENT
)

# The worst part speaks for a finished message: a text with a hole was not delivered.
_WORST_FIRST: Final = (
    (_P.REJECTED, _S.REJECTED),
    (_P.FAILED, _S.FAILED),
    (_P.UNDELIVERED, _S.UNDELIVERED),
    (_P.EXPIRED, _S.EXPIRED),
    (_P.UNKNOWN, _S.UNKNOWN),
    (_P.DELIVERED, _S.DELIVERED),
)


def advance(current: Status, claim: Status) -> Status:
    """The state of a message after a claim: the claim if the table has it, else as before."""
    return claim if claim in TRANSITIONS[current] else current


def advance_part(current: PartState, claim: PartState) -> PartState:
    """The state of a part after a claim: the claim if the table has it, else as before."""
    return claim if claim in PART_TRANSITIONS[current] else current


def roll_up(parts: Collection[PartState]) -> Status:
    """What the parts say together; a message without parts is ACCEPTED.

    Final only when every part is: an early failure shows when the last part has its answer, so
    that a subscriber is told once.
    """
    states = set(parts)
    if not states:
        return _S.ACCEPTED
    if states <= PART_TERMINAL:
        return next(status for part, status in _WORST_FIRST if part in states)
    if states == {_P.PENDING}:
        return _S.QUEUED
    if _P.PENDING in states or _P.SUBMITTING in states:
        return _S.SENDING
    return _S.SENT
