"""The app of each test: pointed at the test's universe, with its callbacks served by a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from sms_app import App, Provider

AREA = "1206"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Door:
    """Serves the app's callbacks. `refusals` are statuses to answer with before it takes any."""

    app: App | None = None
    refusals: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.refusals:
            start_response(self.refusals.pop(0), [("Content-Length", "0")])
            return []
        assert self.app is not None
        return self.app.wsgi(environ, start_response)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def app(polytrunk: Any, door: Door) -> Iterator[App]:
    server = make_server("127.0.0.1", 0, door, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    account = polytrunk.account
    provider = Provider(polytrunk.base_url, account["key_id"], account["secret"])
    door.app = App(provider, f"http://127.0.0.1:{server.server_port}")
    door.app.open(AREA)
    yield door.app
    server.shutdown()
    thread.join()
    server.server_close()
