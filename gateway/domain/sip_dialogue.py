"""The SIP messages of a call, made up from what is known about it.

There is no media plane, so nobody captured the signalling of a simulated call; but what happened
and when is recorded, and RFC 3261 says which messages that takes:

    caller                      called
      INVITE            ------->
               <-------         100, 180, 183
               <-------         200              or a final failure, then ACK
      ACK               ------->                 or CANCEL, 200, 487, ACK
      BYE               <------>                 by whoever hung up
               <------>         200

The same call always gives the same messages: tags and branches are derived from its Call-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

STEP: Final = timedelta(milliseconds=5)
AGENT: Final = "polytrunk"
PHRASES: Final[Mapping[int, str]] = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    504: "Server Time-out",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
}


class Place(NamedTuple):
    """Where an end of the dialogue is; the host is an address or a name."""

    host: str
    port: int = 5060

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Inner(NamedTuple):
    """A request sent by the platform within the dialogue."""

    at: datetime
    method: str
    content_type: str
    content: str


@dataclass(frozen=True, kw_only=True)
class Signalling:
    """What is known of a call. `caller` and `called` are its ends in the order of the INVITE.

    `platform_calls` is true when the platform sent the INVITE, `platform_ends` when it hung up.
    `provisional` are the answers on the way, each with its time; `final` is the last answer, null
    while there is none. `headers` go on the INVITE.
    """

    call_id: str
    from_uri: str
    to_uri: str
    caller: Place
    called: Place
    platform_calls: bool
    platform_ends: bool
    started_at: datetime
    provisional: Sequence[tuple[datetime, int]] = ()
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    final: int | None = None
    inner: Sequence[Inner] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SipMessage:
    """One message on the wire. `method` is the request's method, or the status of an answer."""

    at: datetime
    source: Place
    target: Place
    method: str
    cseq: str
    raw: bytes


class _Request(NamedTuple):
    """A request and the transaction it opens; `forward` goes from caller to called."""

    method: str
    number: int
    forward: bool
    branch: str


def dialogue(call: Signalling) -> list[SipMessage]:
    """All messages in order of time; no two share one."""
    found: list[SipMessage] = []
    for message in _Writer(call).messages():
        earliest = found[-1].at + timedelta(microseconds=1) if found else message.at
        found.append(message if message.at >= earliest else _at(message, earliest))
    return found


def _at(message: SipMessage, moment: datetime) -> SipMessage:
    return SipMessage(
        moment, message.source, message.target, message.method, message.cseq, message.raw
    )


class _Writer:
    """Writes the messages of one call."""

    def __init__(self, call: Signalling) -> None:
        self.call = call
        self.from_tag, self.to_tag = self._token("from"), self._token("to")

    def messages(self) -> Iterator[SipMessage]:
        call = self.call
        invite = self._opening("INVITE", 1, True)
        yield self._request(invite, call.started_at, self._offer(call.caller), self._extra())
        provisional = [*call.provisional]
        if not provisional or provisional[0][1] != 100:
            provisional.insert(0, (call.started_at + STEP, 100))
        for moment, status in provisional:
            yield self._answer(invite, moment, status)
        if call.answered_at is not None:
            yield from self._answered(invite, call.answered_at)
        elif call.ended_at is not None:
            yield from self._unanswered(invite, call.ended_at)

    def _answered(self, invite: _Request, moment: datetime) -> Iterator[SipMessage]:
        call = self.call
        yield self._answer(invite, moment, 200, self._offer(call.called))
        yield self._request(self._opening("ACK", 1, True), moment + STEP)
        number = 1
        for inner in call.inner:
            number += 1
            request = self._opening(inner.method, number, call.platform_calls)
            content = {"Content-Type": inner.content_type}
            yield self._request(request, inner.at, inner.content, content)
            yield self._answer(request, inner.at + STEP, 200)
        if call.ended_at is not None:
            forward = call.platform_ends == call.platform_calls
            bye = self._opening("BYE", number + 1, forward)
            yield self._request(bye, call.ended_at)
            yield self._answer(bye, call.ended_at + STEP, 200)

    def _unanswered(self, invite: _Request, moment: datetime) -> Iterator[SipMessage]:
        status = self.call.final or 480
        if status == 487:
            cancel = invite._replace(method="CANCEL")
            yield self._request(cancel, moment)
            yield self._answer(cancel, moment + STEP, 200)
            moment += 2 * STEP
        yield self._answer(invite, moment, status)
        yield self._request(invite._replace(method="ACK"), moment + STEP)

    # one message

    def _opening(self, method: str, number: int, forward: bool) -> _Request:
        return _Request(method, number, forward, f"z9hG4bK{self._token(f'{method}{number}')}")

    def _request(
        self,
        request: _Request,
        moment: datetime,
        body: str = "",
        extra: Mapping[str, str] | None = None,
    ) -> SipMessage:
        call = self.call
        caller, called = call.caller, call.called
        source, target = (caller, called) if request.forward else (called, caller)
        if request.method in ("INVITE", "CANCEL") or not request.forward:
            uri = call.to_uri if request.forward else call.from_uri
        else:
            uri = f"sip:{target}"
        fields = {
            "Max-Forwards": "70",
            "Contact": f"<sip:{source}>",
            "User-Agent": AGENT,
            **(extra or {}),
        }
        line = f"{request.method} {uri} SIP/2.0"
        begun = request.method not in ("INVITE", "CANCEL")
        raw = self._written(line, request, begun, fields, body)
        return SipMessage(moment, source, target, request.method, self._cseq(request), raw)

    def _answer(
        self, request: _Request, moment: datetime, status: int, body: str = ""
    ) -> SipMessage:
        caller, called = self.call.caller, self.call.called
        source, target = (called, caller) if request.forward else (caller, called)
        fields = {"Contact": f"<sip:{source}>"} if 100 < status < 300 else {}
        line = f"SIP/2.0 {status} {PHRASES.get(status, 'Unknown')}"
        if body:
            fields["Content-Type"] = "application/sdp"
        raw = self._written(line, request, status > 100, fields, body)
        return SipMessage(moment, source, target, str(status), self._cseq(request), raw)

    def _written(
        self, line: str, request: _Request, begun: bool, fields: Mapping[str, str], body: str
    ) -> bytes:
        call = self.call
        via = call.caller if request.forward else call.called
        first, second = f"<{call.from_uri}>;tag={self.from_tag}", f"<{call.to_uri}>"
        if begun:
            second += f";tag={self.to_tag}"
        if not request.forward:
            first, second = second, first
        octets = body.encode()
        lines = [
            line,
            f"Via: SIP/2.0/UDP {via};branch={request.branch}",
            f"From: {first}",
            f"To: {second}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {self._cseq(request)}",
            *(f"{name}: {value}" for name, value in fields.items()),
            f"Content-Length: {len(octets)}",
        ]
        return "\r\n".join(map(_one_line, lines)).encode() + b"\r\n\r\n" + octets

    @staticmethod
    def _cseq(request: _Request) -> str:
        return f"{request.number} {request.method}"

    def _extra(self) -> dict[str, str]:
        return {"Content-Type": "application/sdp", **self.call.headers}

    @staticmethod
    def _offer(place: Place) -> str:
        family = "IP6" if ":" in place.host else "IP4"
        return (
            "v=0\r\n"
            f"o={AGENT} 1 1 IN {family} {place.host}\r\n"
            "s=-\r\n"
            f"c=IN {family} {place.host}\r\n"
            "t=0 0\r\n"
            "m=audio 40000 RTP/AVP 0 8 101\r\n"
            "a=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\n"
            "a=sendrecv\r\n"
        )

    def _token(self, what: str) -> str:
        return hashlib.sha256(f"{self.call.call_id}|{what}".encode()).hexdigest()[:12]


def _one_line(text: str) -> str:
    """No value of a customer's may end a line early."""
    return text.replace("\r", " ").replace("\n", " ")
