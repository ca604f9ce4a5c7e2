"""What a jambonz platform tells our address of: hooks as `events` writes them, read the other way.

A platform that knows a webhook secret signs bodies (facts, section 5). A signature covers neither
the query of a GET nor its age beyond its own time, so with a secret a request must have a body and
be fresh.
"""

from __future__ import annotations

import hmac
from typing import Any

from adapters.jambonz.events.engine import ENDERS, LEAST_SIP, MOST_SIP, STATUSES
from adapters.jambonz.events.rendering import SIGNATURE, signature
from gateway.domain.calls import CallStatus
from gateway.domain.messages import MessageState
from gateway.domain.problems import Invalid, Unauthenticated
from gateway.domain.receipts import ReceiptInfo
from gateway.domain.told import CallWentOn, MessageArrived, ReceiptCame, Told
from gateway.domain.words import Direction
from gateway.wire.notices import Notice, is_address, needed, other, prose, short, whole

FRESH_SECONDS = 300
CANCELLED_SIP = 487
DIRECTIONS = {str(one): one for one in Direction}
MESSAGE = frozenset({"message_sid", "from", "to", "text", "media"})
CALL = frozenset(
    {
        "call_sid", "call_status", "from", "to", "direction", "sip_status", "sip_reason", "call_id",
        "call_termination_by", "caller_id", "originating_sip_ip", "originating_sip_trunk_name",
        "parent_call_sid", "duration",
    }
)  # fmt: skip


def read_proof(text: str) -> str:
    """The webhook secret of the account there."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def read_events(notice: Notice) -> list[Told]:
    """The one event of a request. Unauthenticated, Malformed, Invalid."""
    if notice.secret:
        _verify(notice)
    members = notice.members()
    if "call_sid" in members:
        return [_call(members)]
    if "message_status" in members:
        return [_outcome(members)]
    if "message_sid" in members:
        return [_arrived(members)]
    raise Invalid.one("", "unknown_event", "neither call_sid nor message_sid says what it is about")


def _verify(notice: Notice) -> None:
    if not notice.body:
        raise Unauthenticated("a signature does not cover a query: the hook must use POST")
    pairs = [part.strip().partition("=") for part in _header(notice).split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    shown = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not shown or not (times[0].isascii() and times[0].isdigit()):
        raise Unauthenticated("the signature is missing or cannot be read")
    seconds = int(times[0][:15])
    wanted = signature(notice.secret, seconds, notice.body).rpartition("=")[2].encode()
    if not any(hmac.compare_digest(wanted, one.encode()) for one in shown):
        raise Unauthenticated("the signature is wrong")
    if abs(notice.now.timestamp() - seconds) > FRESH_SECONDS:
        raise Unauthenticated("the signature is not of these minutes")


def _header(notice: Notice) -> str:
    return notice.headers.get(SIGNATURE.lower(), "")


def _call(members: dict[str, Any]) -> CallWentOn:
    sid, word = needed(members, "call_sid"), needed(members, "call_status")
    if (status := STATUSES.get(word)) is None:
        text = "call_status is not one of the states of a call"
        raise Invalid.one("call_status", "choice", text)
    sip_status = whole(members, "sip_status") or 0
    if sip_status == CANCELLED_SIP and status is CallStatus.NO_ANSWER:
        status = CallStatus.CANCELLED
    return CallWentOn(
        key=f"call {sid} {word} {sip_status}",
        remote_id=sid,
        status=status,
        from_number=short(members, "from"),
        to_number=short(members, "to"),
        direction=DIRECTIONS.get(short(members, "direction")),
        sip_status=sip_status if LEAST_SIP <= sip_status <= MOST_SIP else 0,
        reason=short(members, "sip_reason") or None,
        ended_by=ENDERS.get(short(members, "call_termination_by")),
        sip_call_id=short(members, "call_id") or None,
        caller_name=short(members, "caller_id") or None,
        origin=short(members, "originating_sip_ip") or None,
        trunk_name=short(members, "originating_sip_trunk_name") or None,
        parent_id=short(members, "parent_call_sid") or None,
        seconds=whole(members, "duration"),
        more=other(members, CALL),
    )


def _arrived(members: dict[str, Any]) -> MessageArrived:
    sid, media = needed(members, "message_sid"), members.get("media")
    urls = media if isinstance(media, list) else [media] if media else []
    if not all(map(is_address, urls)):
        raise Invalid.one("media", "type", "media must be an address or a list of them")
    return MessageArrived(
        key=f"message {sid}",
        remote_id=sid,
        from_number=needed(members, "from"),
        to_number=needed(members, "to"),
        text=prose(members, "text"),
        media=tuple({"url": url} for url in urls),
        is_mms=bool(urls),
        more=other(members, MESSAGE),
    )


def _outcome(members: dict[str, Any]) -> ReceiptCame:
    """Whether the carrier took a message; what becomes of it later is not told."""
    sid, word = needed(members, "message_sid"), needed(members, "message_status")
    taken = word == "success"
    reason = short(members, "message_failure_reason") or word
    info = ReceiptInfo(
        remote_id=sid,
        state=MessageState.ACCEPTED if taken else MessageState.REJECTED,
        error=None if taken else reason,
        text=reason,
        intermediate=taken,
    )
    return ReceiptCame(key=f"outcome {sid} {word}", info=info)
