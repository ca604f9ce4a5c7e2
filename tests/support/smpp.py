"""Both ends of SMPP for tests: an owner that collects, a peer driven by hand, an SMSC.

All sockets are gevent's on loopback and every wait is bounded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent import socket
from gevent.queue import Queue
from gevent.server import StreamServer
from smpplib import client as smpplib_client

from emulators.smsc import Account, Smsc
from gateway.domain.retry import Schedule
from gateway.domain.runtime import Runtime
from gateway.transports.smpp.codec import Framer, Pdu, decode_frame, encode
from gateway.transports.smpp.commands import RESPONSE, Command
from gateway.transports.smpp.link import (
    Answer,
    Delivery,
    LinkSpec,
    LinkState,
    SmppLink,
    Submission,
    SubmitPart,
)
from tests.support.receivers import until

BOUND = 10.0
QUICK = Schedule((0.05,), endless=True, jitter=0.0)
SENDER, RECIPIENT = "12065550100", "12065550177"


class Owner:
    """What an owner of a link is told; `accept` decides about deliveries, by default all are."""

    def __init__(self, accept: Callable[[Delivery], Any] | None = None) -> None:
        self.answers: list[Answer] = []
        self.deliveries: list[Delivery] = []
        self.states: list[tuple[LinkState, str]] = []
        self._accept = accept or (lambda delivery: delivery.ack())

    def deliver(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._accept(delivery)

    def state(self, state: LinkState, detail: str) -> None:
        self.states.append((state, detail))

    def answered(self, count: int) -> list[Answer]:
        until(lambda: len(self.answers) >= count, BOUND)
        return self.answers

    def delivered(self, count: int) -> list[Delivery]:
        until(lambda: len(self.deliveries) >= count, BOUND)
        return self.deliveries

    def reported(self, state: LinkState) -> str:
        """Wait for a state; the detail it was first reported with."""
        until(lambda: any(known is state for known, _ in self.states), BOUND)
        return next(detail for known, detail in self.states if known is state)


def spec(port: int, **more: Any) -> LinkSpec:
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "demo",
        "password": "demo",
        "reconnect": QUICK,
        "refused": QUICK,
        "waiting": QUICK,
        "throttle": QUICK,
        "unbind_seconds": 0.1,
    }
    return LinkSpec(**{**values, **more})


@contextmanager
def linked(
    port: int, owner: Owner | None = None, *, bound: bool = True, **more: Any
) -> Iterator[tuple[SmppLink, Owner]]:
    """A started link (bound, unless told otherwise), stopped at the end."""
    owner = owner or Owner()
    link = SmppLink(
        spec(port, **more),
        on_answer=owner.answers.append,
        on_deliver=owner.deliver,
        on_state=owner.state,
        rng=random.Random(1),
    )
    link.start()
    try:
        if bound:
            until(lambda: link.bound, BOUND)
        yield link, owner
    finally:
        link.stop(0.2)


def part(key: Any = 0, **fields: Any) -> SubmitPart:
    tlvs = fields.pop("tlvs", None)
    values = {"source_addr": SENDER, "destination_addr": RECIPIENT, "short_message": b"hello"}
    return SubmitPart(key, {**values, **fields}, tlvs)


def message(key: Any = 0, **fields: Any) -> Submission:
    """One message of one part."""
    deadline = fields.pop("deadline", None)
    return Submission(key, [part(key, **fields)], deadline)


class Line:
    """One connection seen from the test's side: PDUs in and out, each wait bounded."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock
        self._framer = Framer(200_000)
        self._frames: list[bytes] = []

    def frame(self) -> bytes | None:
        """The next whole PDU as octets, None at the end of the stream."""
        with gevent.Timeout(BOUND, AssertionError("no PDU came in time")):
            while not self._frames:
                data = self.sock.recv(65_536)
                if not data:
                    return None
                self._frames.extend(self._framer.feed(data))
        return self._frames.pop(0)

    def read(self) -> Pdu:
        frame = self.frame()
        assert frame is not None, "the peer closed the connection"
        return decode_frame(frame, strict=False)

    def expect(self, command: int) -> Pdu:
        pdu = self.read()
        assert Command(pdu.command) is Command(command), pdu
        return pdu

    def send(self, command: int, status: int = 0, sequence: int = 1, **more: Any) -> None:
        pdu = Pdu(command, status, sequence, more.get("fields", {}), more.get("tlvs", {}))
        self.raw(encode(pdu))

    def raw(self, octets: bytes) -> None:
        self.sock.sendall(octets)

    def answer(self, request: Pdu, status: int = 0, **fields: Any) -> None:
        self.send(request.command | RESPONSE, status, request.sequence, fields=fields)

    def ended(self) -> bool:
        """The peer closed: nothing but the end of the stream is left."""
        try:
            return self.frame() is None
        except OSError:
            return True

    def close(self) -> None:
        self.sock.close()


class Peer:
    """A provider played by hand: `accept` gives the next connection."""

    def __init__(self, host: str = "127.0.0.1", tls: Any = None) -> None:
        self._lines: Queue[Line] = Queue()
        self._open: list[Line] = []
        self._done = gevent.event.Event()
        options = {"ssl_context": tls} if tls is not None else {}
        self._server = StreamServer((host, 0), self._connected, **options)

    def _connected(self, sock: Any, address: Any) -> None:
        line = Line(sock)
        self._open.append(line)
        self._lines.put(line)
        self._done.wait()

    def accept(self) -> Line:
        with gevent.Timeout(BOUND, AssertionError("nobody connected in time")):
            return self._lines.get()

    def bound(self) -> Line:
        """The next connection, with its bind answered."""
        line = self.accept()
        line.answer(line.read(), system_id="peer")
        return line

    @property
    def port(self) -> int:
        return self._server.server_port

    def __enter__(self) -> Peer:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for line in self._open:
            line.close()
        self._server.stop(timeout=0.5)


def runtime() -> Runtime:
    return Runtime(lambda: datetime.now(UTC), random.Random(1))


@contextmanager
def smsc(**more: Any) -> Iterator[Smsc]:
    """An SMSC with the accounts demo/demo and esme/esme on a free port."""
    accounts = [Account("demo", "demo"), Account("esme", "esme")]
    values = {"receipt_seconds": 0.01, **more}
    centre = Smsc("127.0.0.1", 0, runtime(), accounts, **values)
    centre.start()
    try:
        yield centre
    finally:
        centre.stop()


@contextmanager
def dialled(port: int, host: str = "127.0.0.1") -> Iterator[Line]:
    """A raw connection to a server of ours."""
    line = Line(socket.create_connection((host, port), timeout=BOUND))
    try:
        yield line
    finally:
        line.close()


def bind_line(line: Line, role: int = Command.BIND_TRANSCEIVER, **fields: Any) -> Pdu:
    """Bind a raw connection; the response."""
    who = {"system_id": "demo", "password": "demo", "interface_version": 0x34, **fields}
    line.send(role, sequence=1, fields=who)
    return line.read()


class Smpplib(smpplib_client.Client):
    """smpplib's client over gevent sockets, so that it can share the process with the server."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port, timeout=BOUND, allow_unknown_opt_params=True)

    def _create_socket(self) -> Any:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(self.timeout)
        return sock
