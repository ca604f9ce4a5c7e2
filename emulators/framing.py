"""A check of every request head before gevent's own server interprets it.

That server takes a Content-Length beside a Transfer-Encoding, believes the first of several
lengths, understands `5_0` as fifty and skips header lines it cannot parse. A proxy or client that
reads the same bytes another way would then disagree about where a request ends. What can be read
in two ways is refused here with 400, and the connection is closed.
"""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from io import BufferedReader

import gevent
from gevent import socket
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

MOST_LINES = 100
MOST_LINE_BYTES = 16_384
MOST_CONNECTIONS = 1_000
IDLE_SECONDS = 75.0
FINISHING = "polytrunk.finishing"
"""In a WSGI environment: says whether the server is about to end, for an answer without an end."""

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class AmbiguousRequest(ValueError):
    """The head of a request can be read in more than one way; the text says how."""


def read_head(stream: BufferedReader) -> list[bytes]:
    """The header lines up to and without the empty one, each still ending in CRLF."""
    lines: list[bytes] = []
    while True:
        line = stream.readline(MOST_LINE_BYTES + 1)
        if line == b"\r\n":
            return lines
        if not line.endswith(b"\r\n"):
            raise AmbiguousRequest("A header line must end in CR LF and be of reasonable length.")
        lines.append(line)
        if len(lines) > MOST_LINES:
            raise AmbiguousRequest("There are too many header lines.")


def check_head(lines: list[bytes], version: str) -> None:
    """Raise AmbiguousRequest unless the body's length follows from the head in one way only."""
    lengths: list[bytes] = []
    encodings: list[bytes] = []
    hosts = 0
    for line in lines:
        name, value = _split(line)
        if name == b"content-length":
            lengths.append(value)
        elif name == b"transfer-encoding":
            encodings.append(value)
        elif name == b"host":
            hosts += 1
    if hosts > 1:
        raise AmbiguousRequest("Host is given more than once.")
    _check_lengths(lengths, encodings, version)


def _split(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line[:-2].partition(b":")
    if not colon or not _TOKEN.fullmatch(name):
        raise AmbiguousRequest("A header line has no proper name.")
    if _CONTROL.search(value):
        raise AmbiguousRequest("A header value has a control character in it.")
    plain = name.lower()
    # WSGI makes both spellings one variable.
    if b"_" in plain and plain.replace(b"_", b"-") in (b"content-length", b"transfer-encoding"):
        raise AmbiguousRequest("A length header is spelled with an underscore.")
    return plain, value.strip(b" \t")


def _check_lengths(lengths: list[bytes], encodings: list[bytes], version: str) -> None:
    if len(lengths) > 1:
        raise AmbiguousRequest("Content-Length is given more than once.")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise AmbiguousRequest("Content-Length is not a plain number.")
    if not encodings:
        return
    if lengths:
        raise AmbiguousRequest("Content-Length and Transfer-Encoding are given together.")
    if len(encodings) > 1 or encodings[0].lower() != b"chunked":
        raise AmbiguousRequest("Transfer-Encoding is something else than chunked.")
    if version != "HTTP/1.1":
        raise AmbiguousRequest("Transfer-Encoding needs HTTP/1.1.")


class _CheckedHead:
    """A stream of header lines that passed the check, for the server's own parser."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = iter([*lines, b"\r\n"])

    def readline(self, _limit: int = -1) -> bytes:
        return next(self._lines, b"")


class CheckedHandler(WSGIHandler):
    """gevent's handler with the check in front, and a bound on every wait for the client."""

    def __init__(self, sock, address, server, rfile=None) -> None:  # type: ignore[no-untyped-def]
        sock.settimeout(IDLE_SECONDS)
        # Head and body go out in two writes; a client that acknowledges late would wait 40 ms.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, address, server, rfile)

    def MessageClass(self, *args):  # type: ignore[no-untyped-def]  # noqa: N802 (gevent's name)
        try:
            lines = read_head(self.rfile)
        except TimeoutError:
            raise AmbiguousRequest("The header lines did not come in time.") from None
        check_head(lines, self.request_version)
        return super().MessageClass(_CheckedHead(lines), *args[1:])

    def read_requestline(self) -> str:
        """Waiting for a next request is no reason to keep a stopping server open."""
        if self.server.finishing:
            return ""
        waiting = gevent.getcurrent()
        self.server.waiting.add(waiting)
        try:
            return str(super().read_requestline())
        finally:
            self.server.waiting.discard(waiting)

    def handle_one_response(self) -> None:
        super().handle_one_response()
        # A busy kept-alive client must not starve the others.
        gevent.sleep(0)

    def run_application(self) -> None:
        try:
            super().run_application()
        except ConnectionResetError:
            # The peer is gone, or a fault is played: it gets a reset, not an orderly end.
            with suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        text = str(ex) if isinstance(ex, AmbiguousRequest) else "The request cannot be read."
        body = text.encode() + b"\n"
        head = (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return "400", head.encode() + body


class Server(WSGIServer):
    """gevent's server with a graceful end. Give it an `application` and `start()` it."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            (host, port),
            handler_class=CheckedHandler,
            spawn=Pool(MOST_CONNECTIONS),
            log=None,
            error_log=None,
        )
        self.finishing = False
        self.waiting: set[gevent.Greenlet] = set()
        # Only a fallback for requests without Host; looking it up may wait for a resolver.
        self.environ["SERVER_NAME"] = host
        self.environ[FINISHING] = lambda: self.finishing

    def finish(self, seconds: float) -> None:
        """Take no new requests, wait at most `seconds` for open ones, and close."""
        self.finishing = True
        self.close()
        gevent.killall(list(self.waiting), block=False)
        self.stop(timeout=seconds)


def bind(host: str, port: int) -> Server:
    """A server that holds its port (`server_port`, a free one for 0) and answers nothing yet.

    Raises OSError when the port is taken.
    """
    server = Server(host, port)
    server.init_socket()
    return server


def listen(host: str, port: int, application: object) -> Server:
    """A started server. Raises OSError when the port is taken."""
    server = bind(host, port)
    server.application = application
    server.start()
    return server
