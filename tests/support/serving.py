"""A WSGI app on a loopback port, served by a thread of its own, for clients that block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent

from emulators.framing import listen

STOP_SECONDS = 5.0


class _Serving(threading.Thread):
    """The thread's own hub runs the server; `halt` may be called from any thread."""

    def __init__(self, app: Any) -> None:
        super().__init__(daemon=True)
        self.app, self.port = app, 0
        self.ready = threading.Event()
        self.halted: Any = None

    def run(self) -> None:
        hub = gevent.get_hub()
        self.halted = hub.loop.async_()
        server = listen("127.0.0.1", 0, self.app)
        self.port = server.server_port
        self.ready.set()
        hub.wait(self.halted)
        server.finish(STOP_SECONDS)
        hub.destroy()

    def halt(self) -> None:
        self.halted.send()
        self.join(2 * STOP_SECONDS)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The base URL of the app while the block runs."""
    thread = _Serving(app)
    thread.start()
    assert thread.ready.wait(STOP_SECONDS), "the server did not start"
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.halt()
        assert not thread.is_alive(), "the server did not stop"
