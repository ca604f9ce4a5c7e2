"""gunicorn, configured in code: gevent workers, a yield after each request, a graceful end.

The master never builds the application: each worker makes its own after the fork, so connections
and keys are not shared between processes.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import gevent
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

from gateway.http.proxies import WsgiApp
from gateway.settings import Settings

KEEP_ALIVE_SECONDS = 75
REQUEST_LINE_BYTES = 8190
HEADER_FIELDS = 100
REQUEST_TIMEOUT_SECONDS = 60
SHORTEST = 1e-9


def yield_after_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """Let other greenlets run: a busy kept-alive client must not starve the rest.

    A timer makes the loop look at all sockets first. `sleep(0)` would only pass the turn among
    those who did the same, fifty times before the loop looks at a socket again.
    """
    gevent.sleep(SHORTEST)


class Log(Logger):  # type: ignore[misc]
    """gunicorn's own lines go where all others go, in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in list(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True


class Idle:
    """The wait for a connection's next request: bounded, and known to the worker."""

    def __init__(self, waiting: set[Idle], seconds: float) -> None:
        self.waiting, self.timeout = waiting, gevent.Timeout(seconds, False)
        self.greenlet = gevent.getcurrent()

    def __enter__(self) -> None:
        self.waiting.add(self)
        self.timeout.__enter__()

    def end(self) -> None:
        """Let the time be up; run by the hub, so that the greenlet cannot leave meanwhile."""
        if self in self.waiting:
            self.greenlet.throw(self.timeout)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        self.waiting.discard(self)
        return self.timeout.__exit__(kind, error, trace)


class Worker(GeventWorker):  # type: ignore[misc]
    """A stopping worker finishes open requests but does not wait for connections without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: set[Idle] = set()

    def timeout_ctx(self) -> Idle:
        return Idle(self.waiting, self.cfg.keepalive)

    def notify(self) -> None:
        super().notify()
        if not self.alive:
            for idle in list(self.waiting):
                gevent.get_hub().loop.run_callback(idle.end)


def options(settings: Settings, processes: int) -> dict[str, Any]:
    """gunicorn's settings for ours."""
    return {
        "bind": settings.bind,
        "workers": processes,
        "worker_class": f"{__name__}.Worker",
        "worker_connections": 1000,
        "post_request": yield_after_request,
        "graceful_timeout": int(settings.shutdown_grace),
        "timeout": REQUEST_TIMEOUT_SECONDS,
        "keepalive": KEEP_ALIVE_SECONDS,
        "limit_request_line": REQUEST_LINE_BYTES,
        "limit_request_fields": HEADER_FIELDS,
        "forwarded_allow_ips": "",
        "preload_app": False,
        "loglevel": settings.log_level.lower(),
        "accesslog": None,
        "logger_class": f"{__name__}.Log",
        "control_socket_disable": True,
        "proc_name": "polytrunk-web",
    }


class Server(BaseApplication):  # type: ignore[misc]
    """`run()` blocks until a signal stops the server; `make` is called in each worker process."""

    def __init__(
        self, make: Callable[[], WsgiApp], settings: Settings, processes: int | None = None
    ) -> None:
        self.make = make
        self.chosen = options(settings, processes or settings.web)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.chosen.items():
            self.cfg.set(name, value)

    def load(self) -> WsgiApp:
        return self.make()
