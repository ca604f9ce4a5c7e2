"""One socket under SMPP: how it is opened, one writer greenlet that joins PDUs, one framing buffer.

Two greenlets must never write to one socket at once, and a short read must never lose what was
already read: so all senders append to a list, a single writer sends it, and the buffer outlives
every wait.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import gevent
from gevent import socket, ssl
from gevent.event import Event

from gateway.transports.smpp.codec import Framer
from gateway.transports.smpp.commands import MAX_PDU
from gateway.transports.smpp.shapes import LinkSpec

_CHUNK = 65_536
_PENDING_LIMIT = 8 << 20


def client_context(spec: LinkSpec) -> ssl.SSLContext:
    """TLS 1.2 or later, verified against the system's authorities or the link's own CA file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not spec.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif spec.tls_ca:
        context.load_verify_locations(spec.tls_ca)
    else:
        context.load_default_certs()
    return context


def connect(spec: LinkSpec) -> Any:
    """A connected socket, the first address of the host that answers.

    The family follows the address, so IPv6 works; the cause of the last failure is raised as the
    OSError it was. Bounded by `connect_seconds` for the whole, handshake included.
    """
    with gevent.Timeout(spec.connect_seconds, TimeoutError("connecting took too long")):
        context = client_context(spec) if spec.use_tls else None
        found = socket.getaddrinfo(spec.host, spec.port, type=socket.SOCK_STREAM)
        failure: OSError = OSError(f"no address for {spec.host}")
        for family, kind, protocol, _, address in found:
            try:
                return _open(spec, context, family, kind, protocol, address)
            except TimeoutError:
                raise
            except OSError as error:
                failure = error
        raise failure


def _open(spec: LinkSpec, context: Any, family: int, kind: int, proto: int, address: Any) -> Any:
    sock = socket.socket(family, kind, proto)
    try:
        if spec.source_address:
            sock.bind((spec.source_address, 0))
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if context is not None:
            name = spec.server_name or spec.host
            sock = context.wrap_socket(sock, server_hostname=name)
    except BaseException:
        sock.close()
        raise
    return sock


class Stream:
    """Frames in, PDUs out. `closed` once either side ended it; `why` says who and how."""

    def __init__(self, sock: Any, *, max_pdu: int = MAX_PDU, write_seconds: float = 30.0) -> None:
        self._sock = sock
        self._framer = Framer(max_pdu)
        self._write_seconds = write_seconds
        self._out: list[bytes] = []
        self._pending = 0
        self._wake = Event()
        self._empty = Event()
        self._empty.set()
        self.closed = False
        self.why = ""
        self.received_at = self.sent_at = self.partial_since = time.monotonic()
        self._writer = gevent.spawn(self._write)

    @property
    def partial(self) -> bool:
        """A PDU stands half read (since `partial_since`)."""
        return self._framer.partial

    def send(self, octets: bytes) -> None:
        """Queue a PDU; never blocks. What is queued after the close is dropped."""
        if self.closed:
            return
        self._out.append(octets)
        self._pending += len(octets)
        if self._pending > _PENDING_LIMIT:
            self.close("the peer does not read")
            return
        self._empty.clear()
        self._wake.set()

    def _write(self) -> None:
        while not self.closed:
            self._wake.wait()
            self._wake.clear()
            if not self._out:
                continue
            data = b"".join(self._out)
            self._out.clear()
            self._pending = 0
            try:
                with gevent.Timeout(self._write_seconds, TimeoutError("sending took too long")):
                    self._sock.sendall(data)
            except OSError as error:
                self.close(f"sending failed: {error}")
                return
            self.sent_at = time.monotonic()
            if not self._out:
                self._empty.set()

    def frames(self) -> Iterator[bytes]:
        """PDUs as they come, until the socket ends; raises PduError for a length out of bounds."""
        while not self.closed:
            try:
                data = self._sock.recv(_CHUNK)
            except OSError as error:
                self.close(f"reading failed: {error}")
                return
            if not data:
                self.close("closed by the peer")
                return
            self.received_at = time.monotonic()
            if not self._framer.partial:
                self.partial_since = self.received_at
            before = self.received_at
            for frame in self._framer.feed(data):
                self.partial_since = before
                yield frame
                if self.closed:
                    return
            gevent.sleep(0)

    def flush(self, seconds: float) -> bool:
        """Wait until all that was queued has been handed to the system; False after the bound."""
        return self.closed or bool(self._empty.wait(seconds))

    def close(self, why: str) -> None:
        """End the socket; the first reason is kept. Safe from any greenlet, also the writer."""
        if self.closed:
            return
        self.closed = True
        self.why = why
        self._out.clear()
        self._empty.set()
        self._wake.set()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
