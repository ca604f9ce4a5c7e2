"""Requests whose length can be read in two ways never reach an application, over a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent import socket

from emulators import framing

Exchange = Callable[[bytes], bytes]


@pytest.fixture
def bodies() -> list[bytes]:
    return []


@pytest.fixture
def exchange(bodies: list[bytes]) -> Iterator[Exchange]:
    """Send bytes on a new connection and read until the server closes it (5 s at most)."""

    def application(environ, start_response):  # type: ignore[no-untyped-def]
        bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])
        return [b"fine"]

    server = framing.listen("127.0.0.1", 0, application)

    def exchange(raw: bytes) -> bytes:
        with gevent.Timeout(5), socket.create_connection(("127.0.0.1", server.server_port)) as s:
            s.sendall(raw)
            received = b""
            while chunk := s.recv(65536):
                received += chunk
            return received

    yield exchange
    server.stop(timeout=1)


def post(*headers: str, body: bytes = b"", version: str = "HTTP/1.1") -> bytes:
    lines = [f"POST / {version}", "Host: x", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        pytest.param(post("Content-Length: 5", body=b"hello"), b"hello", id="length"),
        pytest.param(post("content-length:5", body=b"hello"), b"hello", id="no-space"),
        pytest.param(post("Content-Length: 0"), b"", id="empty"),
        pytest.param(post(), b"", id="no-length"),
        pytest.param(
            post("Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
            b"hello",
            id="chunked",
        ),
        pytest.param(
            post("Transfer-Encoding: Chunked", body=b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
            b"hello",
            id="chunked-any-case",
        ),
        pytest.param(
            post("X-Long: " + "a" * 8000, "Content-Length: 2", body=b"ok"), b"ok", id="long-header"
        ),
        pytest.param(
            post("X-Text: caf\xe9", "Content-Length: 2", body=b"ok"), b"ok", id="high-byte"
        ),
    ],
)
def test_clear_requests_pass(
    raw: bytes, body: bytes, exchange: Exchange, bodies: list[bytes]
) -> None:
    answer = exchange(raw)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert bodies == [body]


CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(
            post("Content-Length: 5", "Transfer-Encoding: chunked", body=CHUNKS),
            b"given together",
            id="both",
        ),
        pytest.param(
            post("Transfer-Encoding: chunked", "Content-Length: 5", body=CHUNKS),
            b"given together",
            id="both-other-order",
        ),
        pytest.param(
            post("Content-Length: 5", "Content-Length: 6", body=b"hello"),
            b"more than once",
            id="two-lengths",
        ),
        pytest.param(
            post("Content-Length: 5", "Content-Length: 5", body=b"hello"),
            b"more than once",
            id="same-length-twice",
        ),
        *[
            pytest.param(
                post(f"Content-Length: {length}", body=b"hello"),
                b"not a plain number",
                id=f"length-{name}",
            )
            for name, length in {
                "plus": "+5",
                "minus": "-5",
                "underscore": "5_0",
                "hex": "0x5",
                "list": "5, 5",
                "empty": "",
                "word": "five",
                "fraction": "5.0",
                "huge": "9" * 30,
            }.items()
        ],
        pytest.param(
            post("Transfer-Encoding: gzip, chunked", body=CHUNKS), b"chunked", id="two-codings"
        ),
        pytest.param(
            post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=CHUNKS),
            b"chunked",
            id="two-encodings",
        ),
        pytest.param(post("Transfer-Encoding: xchunked", body=CHUNKS), b"chunked", id="odd-coding"),
        pytest.param(
            post("Transfer-Encoding: chunked", version="HTTP/1.0", body=CHUNKS),
            b"HTTP/1.1",
            id="chunked-in-1.0",
        ),
        pytest.param(post("Content-Length : 5", body=b"hello"), b"proper name", id="space-in-name"),
        pytest.param(post("Content_Length: 5", body=b"hello"), b"underscore", id="underscore-name"),
        pytest.param(post("X: a", " folded: b"), b"proper name", id="folded"),
        pytest.param(post("nonsense"), b"proper name", id="no-colon"),
        pytest.param(post(": x"), b"proper name", id="no-name"),
        pytest.param(post("X: a\rContent-Length: 5"), b"control character", id="bare-cr"),
        pytest.param(post("X: a\nContent-Length: 5"), b"CR LF", id="bare-lf"),
        pytest.param(post("X: a\x00b"), b"control character", id="nul"),
        pytest.param(post("Host: y"), b"Host", id="two-hosts"),
        pytest.param(post(*["X: y"] * 200), b"too many", id="too-many-lines"),
        pytest.param(post("X: " + "y" * 20_000), b"reasonable length", id="too-long-line"),
        pytest.param(b"POST / HTTP/1.1 x\r\n\r\n", b"cannot be read", id="request-line"),
    ],
)
def test_ambiguous_requests_are_refused(
    raw: bytes, reason: bytes, exchange: Exchange, bodies: list[bytes]
) -> None:
    answer = exchange(raw)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert reason in answer
    assert bodies == []


def test_nothing_behind_a_refused_request_is_read(exchange: Exchange, bodies: list[bytes]) -> None:
    smuggled = post("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n") + post(
        "Content-Length: 2", body=b"no"
    )
    answer = exchange(smuggled)
    assert answer.count(b"HTTP/1.1") == 1
    assert bodies == []
