"""One peer's session at a listening socket: the bind state machine and the deliver window.

States: open, then bound_tx, bound_rx or bound_trx, then unbound. A request that its state does not
allow is answered 0x4, a second bind 0x5, an unknown command generic_nack 0x3, a request whose body
cannot be read its own response with the status of the fault. Policy (who may bind, what a message
means) is asked from the server's handlers.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import gevent

from gateway.transports.smpp.codec import Pdu, PduError, decode_frame, encode
from gateway.transports.smpp.commands import BINDS, FIELDS, RESPONSE, Command, Status, Tlv
from gateway.transports.smpp.stream import Stream
from gateway.transports.smpp.window import Flight, Window

if TYPE_CHECKING:
    from gateway.transports.smpp.server import SmppServer

log = logging.getLogger("polytrunk.smpp.server")

_IDS = itertools.count(1)


class SessionState(StrEnum):
    OPEN = "open"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBOUND = "unbound"


_AFTER_BIND = {
    Command.BIND_TRANSMITTER: SessionState.BOUND_TX,
    Command.BIND_RECEIVER: SessionState.BOUND_RX,
    Command.BIND_TRANSCEIVER: SessionState.BOUND_TRX,
}
_SENDING = frozenset({SessionState.BOUND_TX, SessionState.BOUND_TRX})
_RECEIVING = frozenset({SessionState.BOUND_RX, SessionState.BOUND_TRX})
_MESSAGES = frozenset({Command.SUBMIT_SM, Command.SUBMIT_MULTI, Command.DATA_SM})
_QUERIES = frozenset({Command.QUERY_SM, Command.CANCEL_SM, Command.REPLACE_SM})


@dataclass(frozen=True)
class Reply:
    """What a handler wants answered."""

    status: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    tlvs: Mapping[int, Sequence[bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class _Outgoing:
    """A message for the peer; `done` is told the status of its answer, or None without one."""

    pdu: Pdu
    done: Callable[[int | None], None]


class ServerSession:
    """A peer. `account` is the policy's own: set it when authenticating."""

    def __init__(self, server: SmppServer, stream: Stream, address: str) -> None:
        self.id = next(_IDS)
        self.address = address
        self.state = SessionState.OPEN
        self.system_id = ""
        self.interface_version = 0x34
        self.account: Any = None
        self.opened_at = time.monotonic()
        self._server = server
        self._stream = stream
        self._limits = server.limits
        self._window: Window[_Outgoing] = Window(server.limits.window)
        self._outgoing: deque[_Outgoing] = deque()
        self._enquiry: tuple[int, float] | None = None
        self._messages = _MESSAGES
        if server.limits.accepts_deliver:
            self._messages = _MESSAGES | {Command.DELIVER_SM}

    @property
    def bound(self) -> bool:
        return self.state in _AFTER_BIND.values() and not self._stream.closed

    @property
    def receives(self) -> bool:
        """A receiver or transceiver that is there."""
        return self.state in _RECEIVING and not self._stream.closed

    @property
    def unacknowledged(self) -> int:
        return len(self._window.open) + len(self._outgoing)

    # -- out

    def deliver(
        self,
        fields: Mapping[str, Any],
        tlvs: Mapping[int, Sequence[bytes]] | None = None,
        *,
        command: int = Command.DELIVER_SM,
        done: Callable[[int | None], None] = lambda status: None,
    ) -> None:
        """Send within the window; `done(None)` if the session ends first or too many wait."""
        if len(self._outgoing) >= self._limits.pending:
            done(None)
            return
        values = {tag: list(octets) for tag, octets in (tlvs or {}).items()}
        self._outgoing.append(_Outgoing(Pdu(command, fields=dict(fields), tlvs=values), done))
        self._push()

    def _push(self) -> None:
        while self._outgoing and self._window.room > 0 and self.receives:
            item = self._outgoing.popleft()
            item.pdu.sequence = self._window.take(item, time.monotonic())
            self.send(item.pdu)

    def send(self, pdu: Pdu) -> None:
        """Write any PDU; a value that cannot be written is a programming error and raises."""
        octets = encode(pdu)
        self._server.handlers.on_pdu(self, "out", pdu)
        self._stream.send(octets)

    def send_raw(self, octets: bytes) -> None:
        """Octets as they are, to play a broken peer."""
        self._stream.send(octets)

    def reply(self, request: Pdu, reply: Reply | int) -> None:
        """Answer a request, at once or later; a later answer to a gone session is dropped."""
        if self._stream.closed:
            return
        if isinstance(reply, int):
            reply = Reply(reply)
        tlvs = {tag: list(values) for tag, values in reply.tlvs.items()}
        command = request.command | RESPONSE
        self.send(Pdu(command, reply.status, request.sequence, dict(reply.fields), tlvs))

    def nack(self, status: int, sequence: int) -> None:
        self.send(Pdu(Command.GENERIC_NACK, status, sequence))

    def unbind(self) -> None:
        """Ask the peer to leave; it is closed when it answers."""
        if self.bound:
            self.send(Pdu(Command.UNBIND, sequence=self._window.next_number()))

    def close(self, why: str, flush_seconds: float = 0.0) -> None:
        if flush_seconds:
            self._stream.flush(flush_seconds)
        self._stream.close(why)

    # -- in

    def run(self) -> None:
        """Read until the end of the session; then tell whoever waits."""
        watcher = gevent.spawn(self._watch)
        try:
            for frame in self._stream.frames():
                self._handle(frame)
        except PduError as error:
            self.nack(error.command_status, error.sequence)
            self.close(str(error), flush_seconds=1.0)
        finally:
            self._stream.close("the reader ended")
            watcher.kill(block=False)
            self.state = SessionState.UNBOUND
            waiting = [flight.item for flight in self._window.drain()] + list(self._outgoing)
            self._outgoing.clear()
            for item in waiting:
                item.done(None)

    def _handle(self, frame: bytes) -> None:
        try:
            pdu = decode_frame(frame, strict=self._limits.strict)
        except PduError as error:
            self._refuse(error)
            return
        self._server.handlers.on_pdu(self, "in", pdu)
        if pdu.is_response:
            self._on_response(pdu)
        else:
            self._on_request(pdu)

    def _refuse(self, error: PduError) -> None:
        log.info("session %d: %s", self.id, error)
        self._server.handlers.on_fault(self, error)
        if error.command & RESPONSE:
            self._on_response(Pdu(error.command, Status.UNKNOWN_ERROR, error.sequence))
        elif error.command in FIELDS and error.command | RESPONSE in FIELDS:
            command = error.command | RESPONSE
            self.send(Pdu(command, error.command_status, error.sequence))
        else:
            self.nack(error.command_status, error.sequence)

    def _on_request(self, pdu: Pdu) -> None:
        command = pdu.command
        if command in BINDS:
            self._on_bind(pdu)
        elif command == Command.ENQUIRE_LINK:
            self.reply(pdu, Status.OK)
        elif command == Command.UNBIND:
            self._on_unbind(pdu)
        elif command in self._messages:
            self._ask(pdu, _SENDING, self._server.handlers.on_submit)
        elif command in _QUERIES:
            self._ask(pdu, _SENDING, self._server.handlers.on_command)
        elif command == Command.DELIVER_SM:
            self.reply(pdu, Status.INVALID_BIND_STATE)
        else:
            self.nack(Status.INVALID_COMMAND_ID, pdu.sequence)

    def _ask(
        self,
        pdu: Pdu,
        states: frozenset[SessionState],
        handler: Callable[[ServerSession, Pdu], Reply | int | None],
    ) -> None:
        if self.state not in states:
            self.reply(pdu, Status.INVALID_BIND_STATE)
            return
        try:
            answer = handler(self, pdu)
        except Exception:
            log.exception("session %d: a handler failed", self.id)
            answer = Status.SYSTEM_ERROR
        if answer is not None:
            self.reply(pdu, answer)

    def _on_bind(self, pdu: Pdu) -> None:
        if self.state is not SessionState.OPEN:
            self.reply(pdu, Status.ALREADY_BOUND)
            return
        self.system_id = pdu.fields["system_id"]
        self.interface_version = pdu.fields["interface_version"]
        status = self._server.handlers.authenticate(self, pdu)
        if status:
            self.reply(pdu, status)
            self.close("bind refused", flush_seconds=1.0)
            return
        self.state = _AFTER_BIND[Command(pdu.command)]
        tlvs: dict[int, list[bytes]] = {}
        if self.interface_version >= 0x34:
            tlvs[Tlv.SC_INTERFACE_VERSION] = [b"\x34"]
        self.reply(pdu, Reply(0, {"system_id": self._limits.system_id}, tlvs))
        self._server.handlers.on_bound(self)

    def _on_unbind(self, pdu: Pdu) -> None:
        if not self.bound:
            self.reply(pdu, Status.INVALID_BIND_STATE)
            return
        self.state = SessionState.UNBOUND
        self.reply(pdu, Status.OK)
        self.close("unbound", flush_seconds=1.0)

    def _on_response(self, pdu: Pdu) -> None:
        if pdu.command == Command.UNBIND_RESP:
            self.close("unbound")
            return
        if self._enquiry and self._enquiry[0] == pdu.sequence:
            self._enquiry = None
            return
        flight, _ = self._window.settle(pdu.sequence)
        if flight is not None:
            flight.item.done(pdu.status)
            self._push()

    # -- timers

    def _watch(self) -> None:
        limits = self._limits
        timers = (
            limits.init_seconds,
            limits.inactivity_seconds,
            limits.response_seconds,
            limits.enquire_seconds,
            limits.read_seconds,
        )
        tick = max(0.01, min([1.0, *(timer / 4 for timer in timers if timer)]))
        while not self._stream.closed:
            gevent.sleep(tick)
            now = time.monotonic()
            overdue: list[Flight[_Outgoing]] = self._window.expire(now - limits.response_seconds)
            for flight in overdue:
                flight.item.done(None)
            if overdue:
                self._push()
            self._check(now)

    def _check(self, now: float) -> None:
        limits, stream = self._limits, self._stream
        silent = now - stream.received_at
        if self.state is SessionState.OPEN and now - self.opened_at >= limits.init_seconds:
            self.close("not bound in time")
        elif limits.inactivity_seconds and silent >= limits.inactivity_seconds:
            self.close("idle too long")
        elif stream.partial and now - stream.partial_since >= limits.read_seconds:
            self.close("a PDU did not come to its end")
        elif self._enquiry and now - self._enquiry[1] >= limits.response_seconds:
            self.close("enquire_link was not answered")
        elif limits.enquire_seconds and silent >= limits.enquire_seconds and not self._enquiry:
            self._enquiry = (self._window.next_number(), now)
            self.send(Pdu(Command.ENQUIRE_LINK, sequence=self._enquiry[0]))
