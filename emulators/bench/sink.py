"""The cheapest SMSC that can be measured against: answers every submit_sm, sends no receipt.

Run as `python -m emulators.bench.sink PORT`; it prints one line when it listens, and on SIGTERM one
JSON line {"submits": n, "first": s, "last": s} with the machine's clock.
"""

from __future__ import annotations

import json
import selectors
import signal
import socket
import struct
import sys
import time

HEADER = struct.Struct(">IIII")
RESPONSE = 0x80000000
SUBMIT_SM, ENQUIRE_LINK, UNBIND = 0x04, 0x15, 0x06
BINDS = {0x01, 0x02, 0x09}


class Sink:
    """Counts submits and remembers when the first and the last came."""

    def __init__(self, delay_seconds: float = 0.0) -> None:
        self.submits = 0
        self.first = self.last = 0.0
        self.delay = delay_seconds
        self.waiting: list[tuple[float, socket.socket, bytes]] = []

    def answer(self, data: bytes) -> tuple[bytes, bytes]:
        """Answers to all complete PDUs in `data`, and the octets of the incomplete rest."""
        answers = []
        position = 0
        while len(data) - position >= 16:
            length, command, _, sequence = HEADER.unpack_from(data, position)
            if len(data) - position < length:
                break
            position += length
            if command == SUBMIT_SM:
                self.submits += 1
                self.last = time.monotonic()
                self.first = self.first or self.last
                body = b"%010x\0" % self.submits
            elif command in BINDS:
                body = b"sink\0"
            elif command in (ENQUIRE_LINK, UNBIND):
                body = b""
            else:
                continue
            answers.append(HEADER.pack(16 + len(body), command | RESPONSE, 0, sequence) + body)
        return b"".join(answers), data[position:]

    def send(self, connection: socket.socket, answers: bytes) -> None:
        if self.delay:
            self.waiting.append((time.monotonic() + self.delay, connection, answers))
        else:
            connection.sendall(answers)

    def send_due(self) -> None:
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            _, connection, answers = self.waiting.pop(0)
            connection.sendall(answers)


def serve(listener: socket.socket, sink: Sink, stop: list[bool]) -> None:
    """Serve until `stop` is filled. Buffers of incomplete PDUs are kept per connection."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    rest: dict[socket.socket, bytes] = {}
    while not stop:
        for key, _ in selector.select(timeout=0.001 if sink.waiting else 0.2):
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                rest[connection] = b""
                continue
            connection = key.fileobj  # type: ignore[assignment]
            try:
                chunk = connection.recv(1 << 18)
            except ConnectionError:
                chunk = b""
            if not chunk:
                selector.unregister(connection)
                connection.close()
                continue
            answers, rest[connection] = sink.answer(rest[connection] + chunk)
            if answers:
                sink.send(connection, answers)
        sink.send_due()


def main(argv: list[str]) -> None:
    listener = socket.create_server(("127.0.0.1", int(argv[0])), backlog=64)
    sink = Sink(float(argv[1]) if len(argv) > 1 else 0.0)
    stop: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    serve(listener, sink, stop)
    print(json.dumps({"submits": sink.submits, "first": sink.first, "last": sink.last}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
