"""One bound session of a link: it binds, reads, answers the peer and watches its timers.

States, in order: connecting, binding, bound, (retiring), closed. The reader is the greenlet that
calls `run`; the stream owns the writer; `_watch` looks at the timers. The session decides nothing
about messages: answers and deliveries go to its owner, the link.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import gevent
from gevent.event import AsyncResult, Event

from gateway.domain.receipts import LONGEST_ID
from gateway.transports.smpp import session_pdus
from gateway.transports.smpp.codec import Pdu, PduError, decode_frame, header, peek
from gateway.transports.smpp.commands import (
    HEADER,
    RESPONSE,
    Command,
    Status,
    Tlv,
    command_name,
    status_name,
)
from gateway.transports.smpp.shapes import Delivery, LinkSpec, Role
from gateway.transports.smpp.stream import Stream, connect
from gateway.transports.smpp.window import Flight, Window

log = logging.getLogger("polytrunk.smpp.link")

_SUBMIT_RESP = int(Command.SUBMIT_SM_RESP)


Dial = Callable[[LinkSpec], Any]
"""Gives a connected socket, or raises OSError."""


class BindRefused(Exception):
    """The peer answered the bind with an error status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused: {status_name(status)}")
        self.status = status


class Owner(Protocol):
    """What a session reports to."""

    def answered(
        self, session: Session, flight: Flight[Any], status: int, message_id: str | None, late: bool
    ) -> None: ...
    def overdue(self, session: Session, flights: list[Flight[Any]]) -> None: ...
    def delivered(self, delivery: Delivery) -> None: ...
    def drained(self, session: Session) -> None: ...


class Session:
    """`window` holds what is unanswered, `backlog` what was begun here and must go on here."""

    def __init__(self, spec: LinkSpec, role: Role, owner: Owner, dial: Dial = connect) -> None:
        self.spec = spec
        self.role = role
        self.window: Window[Any] = Window(spec.window)
        self.backlog: deque[Any] = deque()
        self.bound_at: float | None = None
        self.peer_version: int | None = None
        self.retiring = ""
        self.undelivered = 0
        self._owner = owner
        self._dial = dial
        self._stream: Stream | None = None
        self._frames: Iterator[bytes] = iter(())
        self._early: list[bytes] = []
        self._enquired_at: float | None = None
        self._enquire_number = 0
        self._unbound = Event()
        self._on: dict[int, Callable[[bytes], None]] = {
            Command.ENQUIRE_LINK: self._on_enquire,
            Command.ENQUIRE_LINK_RESP: self._on_enquired,
            Command.DELIVER_SM: self._on_deliver,
            Command.DATA_SM: self._on_deliver,
            Command.GENERIC_NACK: self._on_nack,
            Command.QUERY_SM_RESP: self._on_control,
            Command.UNBIND: self._on_unbind,
            Command.UNBIND_RESP: self._on_unbound,
            Command.ALERT_NOTIFICATION: self._on_alert,
        }

    @property
    def open(self) -> bool:
        """Bound and able to take another submission."""
        return self.bound_at is not None and not self.retiring and self.role.submits

    @property
    def why(self) -> str:
        return self._stream.why if self._stream else ""

    def bind(self) -> None:
        """Connect and bind; raises OSError, BindRefused or TimeoutError, with the socket closed."""
        self._stream = Stream(
            self._dial(self.spec), max_pdu=self.spec.max_pdu, write_seconds=self.spec.write_seconds
        )
        self._frames = self._stream.frames()
        number = self.window.next_number()
        self._stream.send(session_pdus.bind(self.role, self.spec, number))
        try:
            with gevent.Timeout(self.spec.init_seconds, TimeoutError("bind was not answered")):
                self._await_bind(number)
        except BaseException as error:
            self.close(str(error))
            raise
        self.bound_at = time.monotonic()

    def _await_bind(self, number: int) -> None:
        """Other PDUs may stand before the answer: they are answered, or kept until bound."""
        assert self._stream is not None
        wanted = session_pdus.bind_answer(self.role)
        try:
            for frame in self._frames:
                _, command, status, sequence = peek(frame)
                nacked = command == Command.GENERIC_NACK and sequence in (number, 0)
                if command == wanted or nacked:
                    self._bind_answered(frame, command, status)
                    return
                if command == Command.ENQUIRE_LINK:
                    self._on_enquire(frame)
                elif len(self._early) < self.spec.deliver_limit:
                    self._early.append(frame)
        except PduError as error:
            raise ConnectionError(str(error)) from error
        raise ConnectionError(self._stream.why or "closed before the bind was answered")

    def _bind_answered(self, frame: bytes, command: int, status: int) -> None:
        if status or command == Command.GENERIC_NACK:
            raise BindRefused(status or Status.INVALID_COMMAND_ID)
        try:
            version = decode_frame(frame, strict=False).tlv(Tlv.SC_INTERFACE_VERSION)
        except PduError:
            version = None
        self.peer_version = version[0] if version else None

    def run(self) -> str:
        """Read until the session ends; the reason. Never raises for what a peer can send."""
        assert self._stream is not None
        watcher = gevent.spawn(self._watch)
        try:
            early, self._early = self._early, []
            for frame in early:
                self._handle(frame)
            for frame in self._frames:
                self._handle(frame)
        except PduError as error:
            self._send(Command.GENERIC_NACK, error.command_status, error.sequence)
            self._stream.flush(1.0)
            self.close(f"stream out of step: {error}")
        finally:
            self.close("the reader ended")
            watcher.kill(block=False)
        return self._stream.why

    def _handle(self, frame: bytes) -> None:
        _, command, status, sequence = peek(frame)
        if command == _SUBMIT_RESP:
            self._on_submitted(frame, status, sequence)
            return
        handler = self._on.get(command)
        if handler is not None:
            handler(frame)
        elif not command & RESPONSE:
            log.info("answered %s with generic_nack", command_name(command))
            self._send(Command.GENERIC_NACK, Status.INVALID_COMMAND_ID, sequence)
        else:
            log.info("ignored %s, which nobody asked for", command_name(command))

    def _send(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        if self._stream is not None:
            self._stream.send(header(HEADER + len(body), command, status, sequence) + body)

    # -- what the link asks for

    def submit(self, item: Any, body: bytes, now: float) -> None:
        """Send one encoded submit_sm body; the caller looked at `window.room`."""
        number = self.window.take(item, now)
        assert self._stream is not None
        self._stream.send(header(HEADER + len(body), 4, 0, number) + body)

    def query(self, message_id: str, source: str, ton: int, npi: int, seconds: float) -> Pdu | None:
        """The query_sm_resp (or the generic_nack) to a query; None when none came in time."""
        number = self.window.next_number()
        octets = session_pdus.query_sm(number, message_id, source, ton, npi)
        waiting = self.window.controls[number] = AsyncResult()
        try:
            if self._stream is not None:
                self._stream.send(octets)
            return waiting.get(timeout=seconds)
        except gevent.Timeout:
            return None
        finally:
            self.window.controls.pop(number, None)

    def retire(self, why: str) -> None:
        """Take no more submissions; close when the open ones are answered (or soon)."""
        if not self.retiring:
            self.retiring = why
            gevent.spawn(self._retire, why)

    def _retire(self, why: str) -> None:
        until = time.monotonic() + self.spec.unbind_seconds
        while self.window.open and not self.closed and time.monotonic() < until:
            gevent.sleep(0.01)
        self.unbind(why)

    @property
    def closed(self) -> bool:
        return self._stream is None or self._stream.closed

    def unbind(self, why: str) -> None:
        """Say goodbye and close within `unbind_seconds`; the reader keeps answering meanwhile."""
        if not self.closed and self.bound_at is not None and self._stream is not None:
            self.retiring = self.retiring or why
            self._stream.send(session_pdus.unbind(self.window.next_number()))
            self._unbound.wait(self.spec.unbind_seconds)
        self.close(why)

    def close(self, why: str) -> None:
        if self._stream is not None:
            self._stream.close(why)
        for waiting in list(self.window.controls.values()):
            waiting.set(None)
        self._unbound.set()

    def acknowledge(self, delivery: Delivery, status: int) -> bool:
        """Answer a deliver_sm or data_sm; a message_id goes back empty."""
        if self.closed:
            return False
        self.undelivered -= 1
        command = Command.DATA_SM_RESP if delivery.kind == "data" else Command.DELIVER_SM_RESP
        self._send(command, status, delivery.sequence, b"" if status else b"\0")
        return True

    # -- what the peer says

    def _on_submitted(self, frame: bytes, status: int, sequence: int) -> None:
        end = frame.find(0, HEADER)
        message_id = frame[HEADER : end if end >= 0 else len(frame)].decode("latin-1")
        self._settle(sequence, status, message_id[:LONGEST_ID] or None)

    def _settle(self, sequence: int, status: int, message_id: str | None) -> bool:
        flight, late = self.window.settle(sequence)
        if flight is None:
            log.info("an answer came that fits no request (sequence %d)", sequence)
            return False
        self._owner.answered(self, flight, status, message_id, late)
        if not self.window.open:
            self._owner.drained(self)
        return True

    def _on_nack(self, frame: bytes) -> None:
        _, _, status, sequence = peek(frame)
        if sequence == self._enquire_number and self._enquired_at is not None:
            self._enquired_at = None
        elif sequence in self.window.controls:
            self._on_control(frame)
        elif not sequence or not self._settle(sequence, status or Status.UNKNOWN_ERROR, None):
            self.close(f"generic_nack {status_name(status)} that fits no request")

    def _on_enquire(self, frame: bytes) -> None:
        self._send(Command.ENQUIRE_LINK_RESP, 0, peek(frame)[3])

    def _on_enquired(self, frame: bytes) -> None:
        if peek(frame)[3] == self._enquire_number:
            self._enquired_at = None

    def _on_control(self, frame: bytes) -> None:
        waiting = self.window.controls.pop(peek(frame)[3], None)
        if waiting is not None:
            try:
                waiting.set(decode_frame(frame, strict=False))
            except PduError:
                waiting.set(None)

    def _on_unbind(self, frame: bytes) -> None:
        assert self._stream is not None
        self._send(Command.UNBIND_RESP, 0, peek(frame)[3])
        self._stream.flush(1.0)
        self.close("unbound by the peer")

    def _on_unbound(self, frame: bytes) -> None:
        self._unbound.set()

    def _on_alert(self, frame: bytes) -> None:
        log.info("alert_notification: a subscriber can be reached again")

    def _on_deliver(self, frame: bytes) -> None:
        _, command, _, sequence = peek(frame)
        kind = "data" if command == Command.DATA_SM else "deliver"
        try:
            pdu = decode_frame(frame, strict=False)
        except PduError as error:
            log.warning("refused a %s_sm: %s", kind, error)
            self._send(command | RESPONSE, error.command_status, sequence)
            return
        delivery = Delivery(kind, pdu.fields, pdu.tlvs, self._owner, sequence, self)
        self.undelivered += 1
        if self.undelivered > self.spec.deliver_limit:
            delivery.ack(Status.QUEUE_FULL)
            return
        try:
            self._owner.delivered(delivery)
        except Exception:
            log.exception("handing over a %s_sm failed; the peer is asked to send it again", kind)
            delivery.ack(Status.TEMPORARY_APP_ERROR)

    # -- timers

    def _watch(self) -> None:
        spec = self.spec
        timers = (
            spec.enquire_seconds,
            spec.enquire_answer_seconds,
            spec.response_seconds,
            spec.inactivity_seconds,
            spec.read_seconds,
        )
        tick = max(0.01, min([1.0, *(timer / 4 for timer in timers if timer)]))
        while not self.closed:
            gevent.sleep(tick)
            now = time.monotonic()
            overdue = self.window.expire(now - spec.response_seconds)
            if overdue:
                self._owner.overdue(self, overdue)
            self._check_link(now)

    def _check_link(self, now: float) -> None:
        spec, stream = self.spec, self._stream
        if stream is None or stream.closed:
            return
        silent = now - stream.received_at
        if self._enquired_at and now - self._enquired_at >= spec.enquire_answer_seconds:
            self.close("enquire_link was not answered")
        elif stream.partial and now - stream.partial_since >= spec.read_seconds:
            self.close("a PDU did not come to its end")
        elif self._enquired_at is None:
            quiet = now - min(stream.received_at, stream.sent_at)
            regular = spec.enquire_seconds and quiet >= spec.enquire_seconds
            last_resort = spec.inactivity_seconds and silent >= spec.inactivity_seconds
            if regular or last_resort:
                self._enquire(stream, now)

    def _enquire(self, stream: Stream, now: float) -> None:
        self._enquire_number = self.window.next_number()
        self._enquired_at = now
        stream.send(session_pdus.enquire_link(self._enquire_number))
