"""SIP traces of calls: the messages a call's record stands for, as a list and as a capture.

Nothing was captured, since the gateway has no media plane; the messages are made up from the row
and its events (`domain/sip_dialogue`), the same ones each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gateway.domain import pcap
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.problems import NotFound
from gateway.domain.sip_dialogue import Inner, Place, Signalling, SipMessage, dialogue
from gateway.domain.words import Direction
from gateway.services import call_history

OURS = "192.0.2.1"
"""Where a call was carried when its record does not say: a documentation address."""
THEIRS = "198.51.100.1"
_PLACE = re.compile(
    r"\[?(?P<host>[0-9A-Fa-f:]+:[0-9A-Fa-f:.]+|[^\s:\]]+)\]?(?::(?P<port>\d{1,5}))?"
)
_URI = re.compile(r"sips?:(?:[^@]*@)?(?P<place>[^;?]+)", re.IGNORECASE)
_PLATFORM_ENDED = frozenset({"application", "api", "system"})


class Trace(NamedTuple):
    """The messages of one call and the Call-ID they share."""

    call_id: str
    messages: list[SipMessage]


def get(ctx: Context, ref: Ref) -> Trace:
    """The trace of a call of the caller's; NotFound also for a call that sent nothing yet."""
    call = call_history.find(ctx, ref)
    if call.status == CallStatus.QUEUED:
        raise NotFound()
    known = signalling(call, call_history.events(call))
    return Trace(call.sip_call_id, dialogue(known))


def capture(trace: Trace) -> bytes:
    """The trace as a capture file."""
    return pcap.capture(
        pcap.Datagram(
            message.at,
            (message.source.host, message.source.port),
            (message.target.host, message.target.port),
            message.raw,
        )
        for message in trace.messages
    )


def signalling(call: Any, events: Sequence[Any]) -> Signalling:
    """What the row and the events of a call say about its signalling."""
    ours, theirs = place(call.host, OURS), _peer(call)
    outbound = call.direction == Direction.OUTBOUND
    caller, called = (ours, theirs) if outbound else (theirs, ours)
    return Signalling(
        call_id=call.sip_call_id,
        from_uri=_uri(call.from_number or "anonymous", caller),
        to_uri=_uri(call.to_number or "unknown", called),
        caller=caller,
        called=called,
        platform_calls=outbound,
        platform_ends=call.ended_by in _PLATFORM_ENDED,
        started_at=call.started_at,
        provisional=list(_provisional(call, events)),
        answered_at=call.answered_at,
        ended_at=call.ended_at if call.status in TERMINAL else None,
        final=_final(call),
        inner=list(_inner(events)) if call.answered_at is not None else [],
        headers=_headers(call),
    )


def _final(call: Any) -> int | None:
    if call.status not in TERMINAL:
        return None
    if call.status == CallStatus.CANCELLED:
        return 487
    return call.sip_status if call.sip_status >= 300 else None


def _provisional(call: Any, events: Sequence[Any]) -> Iterator[tuple[Any, int]]:
    """100 to 183, from the events of the call, else from the row's own times."""
    told = False
    for event in events:
        status = event.data.get("sip_status") if event.type == "status" else None
        if isinstance(status, int) and 100 < status < 200:
            told = True
            yield event.at, status
    if not told and call.ringing_at is not None:
        yield call.ringing_at, 180


def _inner(events: Sequence[Any]) -> Iterator[Inner]:
    for event in events:
        if event.type == "sip_request":
            data = event.data
            yield Inner(event.at, data.get("method", "INFO"), data["content_type"], data["content"])


def _headers(call: Any) -> dict[str, str]:
    """Headers the customer asked for, in whatever dialect it did."""
    for extras in (call.extras or {}).values():
        found = extras.get("headers") if isinstance(extras, dict) else None
        if isinstance(found, dict):
            return {str(name): str(value) for name, value in found.items()}
    return {}


def _peer(call: Any) -> Place:
    target = _URI.match((call.target or {}).get("value") or "")
    named = call.remote_host or call.origin_address or (target["place"] if target else None)
    return place(named, THEIRS)


def place(text: str | None, otherwise: str) -> Place:
    """Host and port of `host`, `host:port` or `[address]:port`; port 5060 where none is told."""
    found = _PLACE.fullmatch(text or "")
    if found is None:
        return Place(otherwise)
    port = int(found["port"] or 5060)
    return Place(found["host"], port if 0 < port < 65_536 else 5060)


def _uri(who: str, where: Place) -> str:
    """A SIP URI of a number, a user or an address that is one already."""
    if who.lower().startswith(("sip:", "sips:")):
        return who
    user = re.sub(r"[^A-Za-z0-9\-_.!~*'()&=+$,;?/]", lambda m: _escaped(m[0]), who)
    return f"sip:{user}@{where}" if "@" not in who else f"sip:{who}"


def _escaped(character: str) -> str:
    return "".join(f"%{octet:02X}" for octet in character.encode())
