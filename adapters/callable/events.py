"""What the hooks of an account receive: questions about a call, and what happens in calls.

No page of the guide shows an event; members and words are those of the vendor's published library
(README.md). A question has the numbers without plus and an action: `start` for a new call, the verb
whose answer it is, `hangup` when the call is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from adapters.callable.words import CHANNEL_STATUSES
from gateway.domain import instants
from gateway.domain.calls import CallStatus
from gateway.domain.events import Event, EventKind, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.domain.ids import CODECS
from gateway.wire.profile import Profile

EVENT_ID = "X-Event-Id"
ANSWER_SECONDS = 5.0
HOOK_POLICY = HookPolicy(retries=3, spacing_seconds=(5, 30, 120), answer_seconds=ANSWER_SECONDS)
QUESTIONS = frozenset({EventKind.CALL, EventKind.CALL_ACTION, EventKind.CALL_ENDED})
START, HANGUP = "start", "hangup"
ANSWERED = "answered"
_id = CODECS["hex24"].encode


def render_event(event: Event, profile: Profile) -> HookRequest | None:
    """The request for one hook; None for what this dialect has no words for."""
    if event.kind in QUESTIONS:
        body = _question(event)
    elif event.kind is EventKind.CALL_STATUS:
        body = _dial_event(event)
    elif event.kind is EventKind.CALL_SUMMARY:
        body = _summary(event)
    else:
        return None
    return _request(event, body)


def _request(event: Event, body: Mapping[str, Any]) -> HookRequest:
    """A POST of a JSON object, or a GET with its members in the query."""
    headers = {EVENT_ID: str(event.uid)}
    if event.method == "get":
        told = {name: value for name, value in body.items() if value is not None}
        return HookRequest("GET", headers, query=urlencode(told))
    headers["Content-Type"] = "application/json"
    return HookRequest("POST", headers, orjson.dumps(body))


def _question(event: Event) -> dict[str, Any]:
    call, said = event.call, event.facts.get("said") or {}
    return {
        "callId": _id(call.uid),
        "from": _bare(call.from_number),
        "to": _bare(call.to_number),
        "digits": said.get("digits") or "",
        "speech": _heard(said.get("speech")),
        "action": _action(event),
    }


def _action(event: Event) -> str:
    if event.kind is EventKind.CALL:
        return START
    return HANGUP if event.kind is EventKind.CALL_ENDED else str(event.facts["verb"])


def _heard(speech: Mapping[str, Any] | None) -> str:
    alternatives: Sequence[Mapping[str, Any]] = (speech or {}).get("alternatives") or ({},)
    return str(alternatives[0].get("transcript") or "")


def _dial_event(event: Event) -> dict[str, Any]:
    """A state of a call; the event of an answer says so, where the state is that it goes on."""
    call, state = event.call, CallStatus(event.facts["status"])
    word = CHANNEL_STATUSES[state]
    return {
        "type": "DialEvent",
        "customerId": _id(call.account_uid),
        "event": ANSWERED if state is CallStatus.IN_PROGRESS else word,
        "status": word,
        "pid": call.parent_uid and _id(call.parent_uid),
        "cid": _id(call.uid),
        "from": _bare(call.from_number),
        "to": _bare(call.to_number),
        "timestamp": _millis(event.at),
    }


def _summary(event: Event) -> dict[str, Any]:
    """A call that is over, once; durations are milliseconds. Nothing is ever recorded."""
    call, facts = event.call, event.facts
    ended = call.ended_at
    rang_until = call.answered_at or ended
    return {
        "type": "CallSummaryEvent",
        "customerId": _id(call.account_uid),
        "pid": call.parent_uid and _id(call.parent_uid),
        "cid": _id(call.uid),
        "from": _bare(call.from_number),
        "to": _bare(call.to_number),
        "callStarted": _millis(call.started_at),
        "callEnded": _millis(ended),
        "callLegs": facts["legs"],
        "ivrDuration": facts["alone_ms"],
        "recordedDuration": 0,
        "callDuration": _between(call.answered_at, ended),
        "ringDuration": _between(call.ringing_at, rang_until),
        "timestamp": _millis(event.at),
    }


def _bare(number: str | None) -> str:
    text = number or "anonymous"
    digits = text.removeprefix("+")
    return digits if digits.isdecimal() else text


def _millis(moment: Any) -> int:
    return instants.micros(moment) // 1000


def _between(first: Any, last: Any) -> int:
    return _millis(last) - _millis(first) if first and last else 0
