"""A load generator that costs little itself: raw keep-alive HTTP over non-blocking sockets.

One request is in flight per connection. It reads what it needs of an answer (status and length) and
nothing else, so that on a small machine the server under test gets the processor.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Result:
    """What one run gave. Times are seconds; `latencies` is sorted."""

    requests: int
    seconds: float
    latencies: list[float]
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Latency in milliseconds that `share` (0..1) of the requests did not exceed."""
        if not self.latencies:
            return 0.0
        index = min(len(self.latencies) - 1, int(len(self.latencies) * share))
        return self.latencies[index] * 1000


class _Connection:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = self.body = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> int | None:
        """Read once; the status of a complete answer, None while some of it is missing."""
        chunk = self.socket.recv(262144)
        if not chunk:
            raise ConnectionError("the server closed a kept-alive connection")
        self.buffer += chunk
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return None
        head = self.buffer[:head_end].lower()
        complete = self._length(head, head_end + 4)
        if complete is None or len(self.buffer) < complete:
            return None
        status = int(self.buffer[9:12])
        self.body, self.buffer = self.buffer[head_end + 4 : complete], self.buffer[complete:]
        return status

    def _length(self, head: bytes, start: int) -> int | None:
        at = head.find(b"content-length:")
        if at >= 0:
            return start + int(head[at + 15 :].split(b"\r\n", 1)[0])
        if b"transfer-encoding: chunked" in head:
            end = self.buffer.find(b"0\r\n\r\n", start)
            return end + 5 if end >= 0 else None
        return start


class Client:
    """One request at a time over one connection; its answers can be read."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = _Connection(address)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer, which has a length."""
        self._connection.send(request)
        while (status := self._connection.answer()) is None:
            pass
        return status, self._connection.body

    def close(self) -> None:
        self._connection.socket.close()


def request(method: str, path: str, host: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as octets."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(
    address: tuple[str, int], requests: Iterator[bytes], *, connections: int, limit_seconds: float
) -> Result:
    """Send every request once over `connections` sockets and wait for all answers, bounded."""
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    started = time.perf_counter()
    open_connections = 0
    for _ in range(connections):
        first = next(requests, None)
        if first is None:
            break
        connection = _Connection(address)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(first)
        open_connections += 1
    while open_connections and time.perf_counter() - started < limit_seconds:
        for key, _ in selector.select(timeout=1):
            connection = key.data
            status = connection.answer()
            if status is None:
                continue
            latencies.append(time.perf_counter() - connection.sent_at)
            statuses[status] += 1
            following = next(requests, None)
            if following is None:
                selector.unregister(connection.socket)
                connection.socket.close()
                open_connections -= 1
            else:
                connection.send(following)
    seconds = time.perf_counter() - started
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    return Result(len(latencies), seconds, sorted(latencies), statuses)
