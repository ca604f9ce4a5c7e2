"""A listening SMPP socket: the base of the emulator's SMSC and of the gateway's own inbound bind.

It frames, checks and keeps the bind state of every session; what a bind or a message means is
asked from callbacks, so the same server plays a provider or takes a customer's messages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.server import StreamServer

from gateway.transports.smpp.codec import Pdu, PduError
from gateway.transports.smpp.commands import MAX_PDU, Status
from gateway.transports.smpp.server_session import Reply, ServerSession, SessionState
from gateway.transports.smpp.stream import Stream

__all__ = ["Handlers", "Limits", "Reply", "ServerSession", "SessionState", "SmppServer"]

log = logging.getLogger("polytrunk.smpp.server")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of a server; times in seconds of the machine's clock, 0 switches a timer off.

    `window` counts unanswered deliveries per session, `pending` those that wait for it. `strict`
    enforces the standard's field lengths. `accepts_deliver` also takes a deliver_sm from the peer
    as a message.
    """

    sessions: int = 200
    max_pdu: int = MAX_PDU
    window: int = 10
    pending: int = 20_000
    strict: bool = True
    accepts_deliver: bool = False
    system_id: str = "polytrunk"
    init_seconds: float = 30.0
    inactivity_seconds: float = 0.0
    enquire_seconds: float = 0.0
    response_seconds: float = 60.0
    read_seconds: float = 10.0
    write_seconds: float = 30.0
    handshake_seconds: float = 10.0


def _refuse(session: ServerSession, pdu: Pdu) -> Reply | int | None:
    return Status.INVALID_COMMAND_ID


def _ignore(*_: Any) -> None:
    return None


@dataclass
class Handlers:
    """The policy of a server. All are called in the session's own reader greenlet.

    `authenticate` gives a command_status (0 lets in; it may set `session.account`). `on_submit`
    gets submit_sm, submit_multi, data_sm (and deliver_sm if accepted), `on_command` query_sm,
    cancel_sm and replace_sm; both give a Reply, a bare status, or None to answer later with
    `session.reply(pdu, ...)`. `on_pdu` sees every PDU read and written, `on_fault` what could not
    be read.
    """

    authenticate: Callable[[ServerSession, Pdu], int]
    on_submit: Callable[[ServerSession, Pdu], Reply | int | None]
    on_command: Callable[[ServerSession, Pdu], Reply | int | None] = _refuse
    on_bound: Callable[[ServerSession], None] = _ignore
    on_close: Callable[[ServerSession], None] = _ignore
    on_pdu: Callable[[ServerSession, str, Pdu], None] = _ignore
    on_fault: Callable[[ServerSession, PduError], None] = _ignore


class SmppServer:
    """`start()` gives the port in use (0 asks for a free one); `sessions` are those connected."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        authenticate: Callable[[ServerSession, Pdu], int],
        on_submit: Callable[[ServerSession, Pdu], Reply | int | None],
        tls: Any = None,
        limits: Limits | None = None,
        **handlers: Any,
    ) -> None:
        self.host = host
        self.port = port
        self.limits = limits or Limits()
        self.handlers = Handlers(authenticate, on_submit, **handlers)
        self.sessions: list[ServerSession] = []
        self._tls = tls
        self._listener: StreamServer | None = None

    def start(self) -> int:
        """Listen; raises OSError when the port is taken. `tls` is a gevent.ssl server context."""
        self._listener = StreamServer((self.host, self.port), self.serve)
        self._listener.start()
        self.port = self._listener.server_port
        return self.port

    def stop(self, grace_seconds: float = 1.0) -> None:
        """Stop listening, ask bound peers to unbind, close all at the end of the grace."""
        if self._listener is not None:
            self._listener.close()
        for session in list(self.sessions):
            session.unbind()
        with gevent.Timeout(grace_seconds, False):
            while any(session.bound for session in self.sessions):
                gevent.sleep(0.01)
        for session in list(self.sessions):
            session.close("the server stopped")
        if self._listener is not None:
            self._listener.stop(timeout=1.0)
            self._listener = None

    def serve(self, sock: Any, address: Any) -> None:
        """Be the peer of a connected socket until it ends; also of one the listener did not open.

        `address` is (host, port), None for a connection inside the process.
        """
        if len(self.sessions) >= self.limits.sessions:
            log.warning("a connection was turned away: %d sessions are open", len(self.sessions))
            sock.close()
            return
        if self._tls is not None:
            sock = self._handshake(sock)
            if sock is None:
                return
        stream = Stream(sock, max_pdu=self.limits.max_pdu, write_seconds=self.limits.write_seconds)
        session = ServerSession(self, stream, f"{address[0]}:{address[1]}" if address else "")
        self.sessions.append(session)
        try:
            session.run()
        finally:
            self.sessions.remove(session)
            self.handlers.on_close(session)

    def _handshake(self, sock: Any) -> Any:
        """The TLS socket, or None when the peer could not agree in time."""
        late = TimeoutError("the TLS handshake took too long")
        try:
            with gevent.Timeout(self.limits.handshake_seconds, late):
                return self._tls.wrap_socket(sock, server_side=True)
        except OSError as error:
            log.info("a TLS handshake failed: %s", error)
            sock.close()
            return None
