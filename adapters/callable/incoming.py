"""What Callable tells our address of: event hooks as `events` writes them, read the other way.

A hook shows itself as its own type of authentication says. Flow hooks ask what a call should do;
they have nothing to ask here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from adapters.callable.events import ANSWERED, EVENT_ID
from adapters.callable.words import AUTH_TYPES, CHANNEL_STATUSES
from gateway.domain import hook_auth
from gateway.domain.calls import CallStatus
from gateway.domain.problems import Invalid, Unauthenticated
from gateway.domain.told import CallWentOn, Oddity, Told
from gateway.domain.words import HookAuth
from gateway.wire.notices import Notice, millis, needed, other, short, whole

STATUSES: Mapping[str, CallStatus] = {
    **{word: status for status, word in reversed(CHANNEL_STATUSES.items())},
    ANSWERED: CallStatus.IN_PROGRESS,
    CHANNEL_STATUSES[CallStatus.FAILED]: CallStatus.FAILED,
}
WORDS = {"BASIC_AUTH": 2, "KEY": 2, "KEY_SECRET": 4}
"""How many words follow a type of authentication in what is kept of a hook."""
CALL = frozenset(
    {
        "type", "event", "status", "pid", "cid", "from", "to", "timestamp", "callStarted",
        "callEnded", "callDuration",
    }
)  # fmt: skip
NO_STATE = frozenset({"FlowEvent", "RecordingEvent"})


class Proof(NamedTuple):
    """What a hook shows, as the columns of a hook of ours."""

    auth_type: HookAuth
    key_name: str | None = None
    key_value: str | None = None
    username: str | None = None
    password: str | None = None


def read_proof(text: str) -> Proof:
    """`BASIC_AUTH user password`, `KEY name value` or `KEY_SECRET name value name value`, as the
    hook there is set; ValueError."""
    way, *words = text.split()
    if len(words) != WORDS.get(way):
        raise ValueError(
            "must be BASIC_AUTH user password, KEY name value or KEY_SECRET name value name value"
        )
    if way == "BASIC_AUTH":
        return Proof(HookAuth.BASIC, None, None, *words)
    return Proof(AUTH_TYPES[way], *words)


def read_events(notice: Notice) -> list[Told]:
    """The event of a hook. Unauthenticated, Malformed, Invalid."""
    if notice.secret:
        _verify(notice)
    members = notice.members()
    if "callId" in members:
        text = "the hook asks what the call should do: only hooks of events are told here"
        raise Invalid.one("callId", "unknown_event", text)
    kind = needed(members, "type")
    key = _key(notice, members, kind)
    if kind in NO_STATE:
        return [Oddity(key=key, text=f"{kind} says nothing that would be told on")]
    if kind == "DialEvent":
        return [_dial(members, key)]
    if kind == "CallSummaryEvent":
        return _summary(members, key)
    raise Invalid.one("type", "unknown_event", f"there is no event {kind[:64]!r}")


def _verify(notice: Notice) -> None:
    for name, value in hook_auth.headers(read_proof(notice.secret)).items():
        shown = notice.headers.get(name.lower(), "")
        if not hmac.compare_digest(shown.encode(), value.encode()):
            raise Unauthenticated(f"the header {name} is missing or wrong")


def _key(notice: Notice, members: Mapping[str, Any], kind: str) -> str:
    """The event's id, which stays the same when it is told again; else what it says."""
    if own := short(notice.headers, EVENT_ID.lower()):
        return f"event {own}"
    said = (short(members, name) for name in ("cid", "event", "status", "timestamp"))
    return " ".join((kind, *said))


def _dial(members: dict[str, Any], key: str) -> CallWentOn:
    word = needed(members, "status")
    if (status := STATUSES.get(word)) is None:
        raise Invalid.one("status", "choice", "status is not one of the states of a call")
    return CallWentOn(key=key, status=status, at=millis(members, "timestamp"), **_call(members))


def _summary(members: dict[str, Any], key: str) -> list[Told]:
    """A summary has no state: that a call was talked in says that it was completed. What became of
    any other call, its last event says."""
    talked = whole(members, "callDuration")
    if not talked:
        return []
    return [
        CallWentOn(
            key=key,
            status=CallStatus.COMPLETED,
            started_at=millis(members, "callStarted"),
            at=millis(members, "callEnded"),
            seconds=round(talked / 1000),
            **_call(members),
        )
    ]


def _call(members: dict[str, Any]) -> dict[str, Any]:
    return {
        "remote_id": needed(members, "cid"),
        "from_number": short(members, "from"),
        "to_number": short(members, "to"),
        "parent_id": short(members, "pid") or None,
        "more": other(members, CALL),
    }
