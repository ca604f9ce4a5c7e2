"""The commands that stay: web and worker processes, and the parent that keeps both alive."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from typing import TYPE_CHECKING

from gevent import monkey

if TYPE_CHECKING:
    from gateway.settings import Settings

SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"


def serve(options: argparse.Namespace) -> int:
    """Upgrade the tables, then run web and worker processes until SIGTERM or SIGINT."""
    from gateway import log
    from gateway.commands.opening import opened
    from gateway.models import migrate
    from gateway.serving import Part, Supervisor
    from gateway.settings import Settings

    settings = _settings(options, Settings.from_env())
    log.configure(settings)
    with opened(settings) as universe:
        migrate.upgrade(universe.store)
    program = [sys.executable, "-m", "gateway"]
    parts = [Part("web", [*program, "web", "--bind", settings.bind, "--web", str(settings.web)])]
    parts += [Part(f"worker {n + 1}", [*program, "worker"]) for n in range(settings.workers)]
    with tempfile.TemporaryDirectory(prefix="polytrunk-metrics-") as folder:
        # set before prometheus_client is imported anywhere: web and workers count into one folder
        os.environ[SHARED_METRICS] = folder
        return Supervisor(parts, grace=settings.shutdown_grace, ended=_uncount).run()


def _uncount(pid: int) -> None:
    """Gauges of a process that ended no longer count."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)


def web(options: argparse.Namespace) -> int:
    """The web processes alone; the tables must be up to date."""
    monkey.patch_all()
    from gateway import log
    from gateway.app import create_app
    from gateway.commands.opening import ready
    from gateway.http.server import Server
    from gateway.settings import Settings

    settings = _settings(options, Settings.from_env()).for_serving()
    log.configure(settings)
    with ready(settings):
        pass  # refuses to start on tables of another version
    sys.argv = ["polytrunk"]  # gunicorn reads further arguments from here
    Server(lambda: create_app(settings), settings, settings.web).run()
    return 0


def worker(options: argparse.Namespace) -> int:
    """One worker process; any number may run on one PostgreSQL database."""
    monkey.patch_all()
    import gevent
    from gevent.event import Event

    from gateway import log
    from gateway.commands.opening import ready
    from gateway.settings import Settings
    from gateway.workers.main import run

    settings = Settings.from_env()
    log.configure(settings)
    with ready(settings):
        pass
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop.set)
    run(settings, stop)
    return 0


def _settings(options: argparse.Namespace, settings: Settings) -> Settings:
    changes = {name: getattr(options, name, None) for name in ("bind", "web", "workers")}
    return settings.but(**{k: v for k, v in changes.items() if v is not None})
