"""Posting one webhook to one URL that a tenant chose.

The connection goes to an address that was checked (`addresses.py`), is bounded in time and size,
follows no redirect, and speaks TLS with verification of the name in the URL. It says what came
back and raises nothing: whether to try again is the job's decision. Sockets are gevent's own, so
that a slow receiver stops only its own greenlet, in a patched process or not.
"""

from __future__ import annotations

import base64
import http.client
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import gevent
from gevent import socket, ssl

from gateway.transports import addresses

if TYPE_CHECKING:
    from gateway.domain.events import HookRequest

EXCERPT_OCTETS = 2048
_SAFE = "%/:=&?~#+!$,;'@()*[]-._"


@dataclass(frozen=True)
class Outcome:
    """What one attempt came to.

    Exactly one of `status` (an HTTP status, also 3xx to 5xx) and `error` is set. `error` starts
    with one of: refused, unresolvable, unreachable, timeout, tls, protocol, url.
    `milliseconds` is the whole attempt, `excerpt` the first 2048 octets of the answer, `body` as
    many of them as the caller asked for, `whole` false when there were more.
    """

    status: int | None
    error: str | None
    milliseconds: int
    excerpt: str = ""
    body: bytes = b""
    whole: bool = True


class _Failed(Exception):
    """An attempt that ended without an HTTP status; the text starts with the kind."""


@dataclass
class _Answer:
    """What has arrived so far, kept when the attempt is cut short."""

    status: int | None = None
    body: bytes = b""
    whole: bool = False


class _Connection(http.client.HTTPConnection):
    """HTTP/1.1 to a given address while the Host header and TLS carry the name of the URL."""

    def __init__(self, host: str, port: int, address: str, tls: Any, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address
        self._tls = tls
        self.default_port = 443 if tls is not None else 80

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), timeout=self.timeout)
        self.sock = raw
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)


@dataclass
class Courier:
    """Delivers webhooks under one set of rules; keeps the TLS context, which is slow to make.

    `timeout` bounds the whole attempt in seconds: resolving, connecting, sending, the answer.
    """

    timeout: float = 10.0
    allow_private: bool = False
    ca_file: str | None = None
    user_agent: str = "polytrunk"
    _tls: Any = field(default=None, init=False, repr=False)

    def deliver(
        self,
        request: HookRequest,
        url: str,
        *,
        most: int = EXCERPT_OCTETS,
        seconds: float | None = None,
    ) -> Outcome:
        """Send `request` to `url` and wait for the answer, of which at most `most` octets are read;
        raises nothing. `seconds` bounds it more narrowly than the courier's own time-out."""
        started = time.monotonic()
        answer = _Answer()
        error = None
        patience = min(self.timeout, self.timeout if seconds is None else seconds)
        bound = gevent.Timeout(patience)
        bound.start()
        try:
            self._exchange(request, with_query(url, request), answer, most)
        except gevent.Timeout as expired:
            if expired is not bound:
                raise
            error = f"timeout: no answer within {patience:g} s"
        except Exception as problem:
            error = _describe(problem)
        finally:
            bound.close()
        if answer.status is not None:
            error = None  # a receiver that answered and then stalled has taken the event
        spent = int((time.monotonic() - started) * 1000)
        excerpt = answer.body[:EXCERPT_OCTETS].decode("utf-8", "replace")
        return Outcome(answer.status, error, spent, excerpt, answer.body, answer.whole)

    def _exchange(self, request: HookRequest, url: str, answer: _Answer, most: int) -> None:
        parts, host, port = _split(url)
        tls = self._context() if parts.scheme == "https" else None
        found = _resolve(host, port)
        allowed = addresses.reachable(found, allow_private=self.allow_private)
        if not allowed:
            raise _Failed(f"refused: {host} is at {', '.join(found)}, which webhooks may not reach")
        connection = _connect(host, port, allowed, tls, self.timeout)
        try:
            connection.request(
                request.method.upper(),
                _target(parts),
                body=request.body,
                headers=self._headers(request, parts),
            )
            response = connection.getresponse()
            answer.status = response.status
            answer.body = response.read(most)
            answer.whole = not response.read(1)
        finally:
            connection.close()

    def _headers(self, request: HookRequest, parts: SplitResult) -> dict[str, str]:
        headers = {"User-Agent": self.user_agent, "Accept": "*/*", "Connection": "close"}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        headers.update(request.headers)
        return headers

    def _context(self) -> Any:
        if self._tls is None:
            # Built by hand: create_default_context() gives a blocking context where nothing
            # is patched. PROTOCOL_TLS_CLIENT verifies certificate and name by default.
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._tls.load_default_certs()
            if self.ca_file:
                self._tls.load_verify_locations(cafile=self.ca_file)
        return self._tls


def deliver(
    request: HookRequest, url: str, *, timeout: float = 10.0, allow_private: bool = False
) -> Outcome:
    """One delivery with rules of its own; use a `Courier` for many."""
    return Courier(timeout=timeout, allow_private=allow_private).deliver(request, url)


def with_query(url: str, request: HookRequest) -> str:
    """The URL with the query of the request added to its own."""
    if not request.query:
        return url
    whole, mark, fragment = url.partition("#")
    return f"{whole}{'&' if '?' in whole else '?'}{request.query}{mark}{fragment}"


def _split(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise _Failed(f"url: {problem}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Failed("url: webhooks go to http and https addresses only")
    return parts, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise _Failed(f"unresolvable: {host}: {problem}") from None
    return [str(entry[4][0]) for entry in found]


def _connect(
    host: str, port: int, allowed: list[str], tls: Any, seconds: float
) -> http.client.HTTPConnection:
    """A connection to the first address that takes one; TLS trouble is final."""
    last: Exception | None = None
    for address in allowed:
        connection = _Connection(host, port, address, tls, seconds)
        try:
            connection.connect()
            return connection
        except ssl.SSLError:
            connection.close()
            raise
        except OSError as problem:
            connection.close()
            last = problem
    raise _Failed(f"unreachable: {last}")


def _describe(problem: Exception) -> str:
    if isinstance(problem, _Failed):
        return str(problem)
    if isinstance(problem, ssl.SSLError):
        return f"tls: {problem}"
    if isinstance(problem, TimeoutError):
        return "timeout: the socket gave no answer in time"
    if isinstance(problem, OSError):
        return f"unreachable: {problem}"
    if isinstance(problem, http.client.HTTPException | ValueError):
        return f"protocol: {type(problem).__name__}: {problem}"
    return f"protocol: {type(problem).__name__}"
