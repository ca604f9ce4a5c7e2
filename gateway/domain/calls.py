"""Where a call stands, as a table.

    queued -> trying -> ringing | alerting -> in_progress -> completed
       any state before the answer -> busy | no_answer | cancelled | failed

* A claim that is not in the row of the current state is ignored, which makes repeated and late
  claims harmless.
* A terminal state ends the story: its row is empty, and the call has become a CDR.
* `failed` may come from any state, since whatever carries the call can break at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CallStatus(StrEnum):
    """State of a call; ALERTING is early media."""

    QUEUED = "queued"
    TRYING = "trying"
    RINGING = "ringing"
    ALERTING = "alerting"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    FAILED = "failed"


_S = CallStatus
_UNANSWERED: Final = frozenset({_S.BUSY, _S.NO_ANSWER, _S.CANCELLED, _S.FAILED})
_NONE: Final[frozenset[CallStatus]] = frozenset()

TRANSITIONS: Final[Mapping[CallStatus, frozenset[CallStatus]]] = MappingProxyType(
    {
        _S.QUEUED: _UNANSWERED | {_S.TRYING, _S.RINGING, _S.ALERTING, _S.IN_PROGRESS},
        _S.TRYING: _UNANSWERED | {_S.RINGING, _S.ALERTING, _S.IN_PROGRESS},
        _S.RINGING: _UNANSWERED | {_S.ALERTING, _S.IN_PROGRESS},
        _S.ALERTING: _UNANSWERED | {_S.RINGING, _S.IN_PROGRESS},
        _S.IN_PROGRESS: frozenset({_S.COMPLETED, _S.FAILED}),
        _S.COMPLETED: _NONE,
        _S.BUSY: _NONE,
        _S.NO_ANSWER: _NONE,
        _S.CANCELLED: _NONE,
        _S.FAILED: _NONE,
    }
)
TERMINAL: Final = frozenset(state for state, following in TRANSITIONS.items() if not following)


def advance(state: CallStatus, claim: CallStatus) -> CallStatus:
    """The state after a claim; the same state when the table does not have it."""
    return claim if claim in TRANSITIONS[state] else state
