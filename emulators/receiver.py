"""A place on loopback that webhooks can go to, for the demo: it keeps what comes and says 200."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent
import orjson
from gevent.event import Event

from emulators import framing

MOST_BYTES = 1_048_576


@dataclass(frozen=True)
class Callback:
    """One request that came in; `body` is its JSON, or its text when it is none."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Receiver:
    """An HTTP server that keeps every request and lets its owner wait for one."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._callbacks: list[Callback] = []
        self._news = Event()
        self._server = framing.listen(host, 0, self._take)

    def url(self, path: str) -> str:
        return f"http://{self._host}:{self._server.server_port}{path}"

    def wait(self, wanted: Callable[[Callback], bool], seconds: float) -> Callback | None:
        """The first callback that is wanted, or None after `seconds`."""
        with gevent.Timeout(seconds, False):
            while True:
                for callback in self._callbacks:
                    if wanted(callback):
                        return callback
                self._news.clear()
                self._news.wait()
        return None

    def stop(self) -> None:
        self._server.finish(1)

    def _take(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raw = environ["wsgi.input"].read(MOST_BYTES)
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            body = raw.decode("utf-8", "replace")
        headers = {
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        path = environ.get("PATH_INFO", "")
        self._callbacks.append(Callback(environ["REQUEST_METHOD"], path, headers, body))
        self._news.set()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []
