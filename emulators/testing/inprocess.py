"""The emulator without sockets, in the process of the tests, which stays as it is.

`requests` reaches it through an adapter that calls the WSGI application. It answers in the thread
that made it. Nothing happens by itself; webhooks go out over real sockets when work is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

from emulators import world
from emulators.commands import DEFAULTS
from emulators.process import MEMORY, Emulator
from emulators.testing.clients import Session
from gateway.settings import Settings

URL = "http://polytrunk.test"
"""A name that cannot exist, so that a request which misses the adapter fails."""


class InProcess:
    """A WSGI application, its `url`, and sessions that lead to it. `stop` ends it."""

    works_alone = False

    def __init__(self, seed: Path | None = None) -> None:
        settings = Settings(
            database_url=MEMORY,
            synchronous="NORMAL",
            allow_private_hooks=True,
            public_url=URL,
            **DEFAULTS,
        )
        bundle = world.read_bundle(seed) if seed else world.demo_bundle()
        self.url = URL
        self._emulator = Emulator(settings, bundle=bundle)
        self._emulator.start()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._emulator.wsgi(environ, start_response)

    def session(self, base_url: str) -> Session:
        session = Session(base_url)
        session.mount(self.url, WsgiAdapter(self))
        return session

    def stop(self) -> None:
        self._emulator.stop()


class WsgiAdapter(BaseAdapter):
    """Sends the requests of a session to a WSGI application."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._application = application
        self._builder = HTTPAdapter()

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> requests.Response:
        environ = _environ(request)
        body, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        raw = HTTPResponse(
            body=BytesIO(b"".join(body)),
            headers=HTTPHeaderDict(list(headers)),
            status=int(status[:3]),
            reason=status[4:],
            preload_content=False,
        )
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        self._builder.close()


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    assert request.url is not None
    url = urlsplit(request.url)
    body = request.body or b""
    headers: Mapping[str, str] = request.headers
    builder = EnvironBuilder(
        path=url.path,
        base_url=f"{url.scheme}://{url.netloc}",
        query_string=url.query,
        method=request.method or "GET",
        headers=list(headers.items()),
        data=body.encode() if isinstance(body, str) else body,
    )
    try:
        return builder.get_environ()
    finally:
        builder.close()
