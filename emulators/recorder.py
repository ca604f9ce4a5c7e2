"""Puts every request to the product and its answer into the journal.

It wraps the whole application, so that it sees what the client sent and what the client got, also
when no dialect was responsible. Bodies are kept up to a bound; the application always gets all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import orjson

from emulators.faults.spoiling import reset, spoilt, struck
from emulators.journal import Journal, redact
from gateway.log import redact_text

KEPT_BYTES = 65_536
SMALL_BYTES = 8_192
CONTROL = "/_emulator"
UNRECORDED = (CONTROL, "/_gateway")

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]


class Recorder:
    """A WSGI application around another one. Control and operations calls are not recorded.

    An answer is recorded before the client gets it, so whoever has the answer finds it in the
    journal. No answer of the product is a stream, so nothing is lost by taking it whole.
    """

    def __init__(self, application: WsgiApp, journal_of: Callable[[Environ], Journal]) -> None:
        self._application = application
        self._journal_of = journal_of

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(UNRECORDED):
            return self._application(environ, start_response)
        try:
            kept = environ["wsgi.input"].read(KEPT_BYTES)
        except OSError:
            start_response("400 Bad Request", [("Connection", "close"), ("Content-Length", "0")])
            return []
        if len(kept) == KEPT_BYTES:
            environ["wsgi.input"] = Rejoined(kept, environ["wsgi.input"])
        else:
            environ["wsgi.input"] = BytesIO(kept)
        request = _request(environ, kept)
        began = time.monotonic()
        answer = spoilt(environ, run(self._application, environ, _unsaid))
        self._journal_of(environ).add(
            "http",
            {
                "request": request,
                "answer": None if answer is None else _answer(*answer),
                "milliseconds": round((time.monotonic() - began) * 1000, 1),
                **struck(environ),
            },
        )
        if answer is None:
            raise reset()
        status, headers, body = answer
        start_response(status, headers)
        return [body]


def _unsaid(*_: Any) -> None:
    """An answer that may still be spoilt is not begun."""


def run(
    application: WsgiApp, environ: Environ, start_response: Any
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Have a request answered, to the end: status line, headers, body."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        started.append((status, headers))
        return start_response(status, headers, *rest)

    result = application(environ, start)
    try:
        body = b"".join(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return *started[-1], body


class Rejoined:
    """An input stream of which the beginning was read already."""

    def __init__(self, beginning: bytes, rest: Any) -> None:
        self._beginning = BytesIO(beginning)
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        if size is None or size < 0:
            return self._beginning.read() + bytes(self._rest.read())
        return self._beginning.read(size) or bytes(self._rest.read(size))

    def readline(self, size: int = -1) -> bytes:
        line = self._beginning.readline(size)
        if line.endswith(b"\n") or 0 <= size <= len(line):
            return line
        return line + bytes(self._rest.readline(size - len(line) if size >= 0 else -1))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def _request(environ: Environ, body: bytes) -> dict[str, Any]:
    headers = {
        name[5:].replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    kind = environ.get("CONTENT_TYPE", "")
    if kind:
        headers["Content-Type"] = kind
    return {
        "method": environ["REQUEST_METHOD"],
        "path": environ.get("PATH_INFO", ""),  # without the universe it is for
        "query": dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        "headers": headers,
        "body": _body(body, kind),
    }


def _answer(status: str, headers: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    shown = _body(body[:KEPT_BYTES], kind)
    return {"status": int(status[:3]), "headers": dict(headers), "body": shown}


def _body(raw: bytes, kind: str) -> Any:
    """JSON and forms as what they say, anything else as text; None when there is none.

    A long JSON body becomes text, so that a full journal stays small; its secrets go before that. A
    body that was not kept whole cannot be searched for secrets, so only its size is told.
    """
    if not raw:
        return None
    if len(raw) >= KEPT_BYTES:
        return f"[{KEPT_BYTES} bytes or more]"
    if "form-urlencoded" in kind and raw[:1] not in (b"{", b"["):
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return redact_text(raw.decode("utf-8", "replace"))
    return value if len(raw) <= SMALL_BYTES else orjson.dumps(redact(value)).decode()
