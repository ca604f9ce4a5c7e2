"""`polytrunk bench`: our server and its peers on this machine in one run, printed as ratios."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulators.bench import bundle, cases, processes, report, sender
from emulators.bench.processes import Child

CONTRACT = Path(__file__).parents[2] / "fixtures" / "contracts" / "flowroute.json"


def bench(argv: list[str]) -> int:
    """Exit code 0 when everything could be measured, whatever the figures are."""
    options = _parser().parse_args(argv)
    cache = Path(options.cache)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="polytrunk-bench-") as name:
        folder = Path(name)
        peer = _peer(cache, folder, options.requests)
        ours, memory = _ours(folder, options)
        ceiling = _ceiling(folder, options.messages)
        urls = {f"SQLite {k}": (f"sqlite:///{folder / k}.db", k) for k in options.stores}
        if options.postgres:
            urls["PostgreSQL"] = (options.postgres, "FULL")
        paths = {name: _messages(folder, options, *where) for name, where in urls.items()}
    _print(peer, ours, memory, ceiling, paths)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="polytrunk bench", description=__doc__)
    parser.add_argument("--requests", type=int, default=8000, help="requests of an HTTP case")
    parser.add_argument("--messages", type=int, default=5000, help="messages of the SMS case")
    parser.add_argument("--postgres", metavar="URL", help="measure the message path there too")
    parser.add_argument("--cache", default=".bench", help="folder where npm keeps the peer")
    parser.add_argument(
        "--stores",
        type=lambda text: text.split(","),
        default=["NORMAL", "FULL"],
        help="SQLite durability levels of the message path",
    )
    return parser


def _peer(cache: Path, folder: Path, requests: int) -> list[cases.Measured]:
    port = processes.free_port()
    child = processes.prism(cache, CONTRACT, port, folder / "prism.log")
    if child is None:
        return []
    try:
        return cases.peer_cases(child, port, requests)
    finally:
        child.stop()


@contextmanager
def _sink(folder: Path) -> Iterator[int]:
    child = Child([sys.executable, "-m", "emulators.bench.sink", "0"], folder / "sink.log")
    try:
        yield int(child.line()["port"])
    finally:
        child.stop()


def _environment(folder: Path, database_url: str, synchronous: str) -> dict[str, str]:
    return {
        "POLYTRUNK_DATABASE_URL": database_url,
        "POLYTRUNK_SECRET_KEY": "benchmark-key-0123456789abcdef0123456789",
        "POLYTRUNK_SYNCHRONOUS": synchronous,
        "POLYTRUNK_RATE_LIMIT": "0",
        "POLYTRUNK_LOG_LEVEL": "WARNING",
    }


def _prepare(environment: dict[str, str], sink_port: int, log: Path) -> None:
    """An upgraded database with the benchmark's bundle in it."""
    text = json.dumps(bundle.bundle(sink_port))
    for arguments, given in ((("db", "upgrade"), None), (("seed", "-"), text)):
        with log.open("a") as out:
            subprocess.run(
                processes.polytrunk(*arguments),
                input=given,
                text=True,
                check=True,
                timeout=120,
                stdout=out,
                stderr=out,
                env={**os.environ, **environment},
            )


@contextmanager
def _served(
    folder: Path, database_url: str, synchronous: str, workers: int = 1
) -> Iterator[tuple[Child, int, dict[str, str]]]:
    log, port = folder / "serve.log", processes.free_port()
    environment = _environment(folder, database_url, synchronous)
    with _sink(folder) as sink_port:
        _prepare(environment, sink_port, log)
        bind = f"127.0.0.1:{port}"
        arguments = ("serve", "--bind", bind, "--web", "2", "--workers", str(workers))
        child = Child(processes.polytrunk(*arguments), log, **environment)
        try:
            processes.wait_for_port(port, child.process, 30)
            yield child, port, environment
        finally:
            child.stop()


def _ours(
    folder: Path, options: argparse.Namespace
) -> tuple[list[cases.Measured], dict[int, float]]:
    with _served(folder, f"sqlite:///{folder / 'http.db'}", "FULL") as (child, port, _):
        rows = cases.http_cases(child, port, options.requests)
        return rows, child.memory()


def _ceiling(folder: Path, messages: int) -> float:
    with _sink(folder) as port:
        return sender.send(port, messages)


def _messages(
    folder: Path, options: argparse.Namespace, url: str, synchronous: str
) -> cases.Messages:
    """The path with a worker beside the web processes, then a backlog drained by one worker."""
    with _served(folder, url, synchronous) as (child, port, _):
        path = cases.message_path(child, port, url, options.messages)
        memory = child.memory()
    with _served(folder, url, synchronous, workers=0) as (child, port, environment):
        cases.measure("backlog", child, port, cases.texts(f"127.0.0.1:{port}", options.messages))
        drained = cases.drain(environment, folder / "worker.log", url, options.messages)
    return cases.Messages(path.accepted, path.end_to_end_rate, drained, memory)


def _print(
    peer: list[cases.Measured],
    ours: list[cases.Measured],
    memory: dict[int, float],
    ceiling: float,
    paths: dict[str, cases.Messages],
) -> None:
    print(report.measured("polytrunk serve --web 2", ours), end="\n\n")
    if peer:
        print(report.measured("prism, one process", peer), end="\n\n")
    print(f"smpplib alone, window 100: {ceiling:.0f} submits a second", end="\n\n")
    print(report.messages(paths), end="\n\n")
    print(report.memory("processes after the HTTP cases", memory))
    for name, path in paths.items():
        print(report.memory(f"processes after the messages, {name}", path.memory))
    if peer:
        print("\n" + report.bars(report.http_bars(ours, peer)))
        print("\n" + report.bars(report.message_bars(paths, peer)))
