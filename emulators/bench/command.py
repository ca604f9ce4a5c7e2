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
from dataclasses import dataclass
from pathlib import Path

from emulators.bench import (
    bundle,
    cases,
    forwarding,
    processes,
    progress,
    providers,
    report,
    sender,
    worlds,
)
from emulators.bench.apis import APIS, Api
from emulators.bench.processes import Child

CONTRACTS = Path(__file__).parents[2] / "fixtures" / "contracts"
SQLITE = ("NORMAL", "FULL")
SLOW_SECONDS = 0.05
PREPARE_SECONDS = 600
FEWEST = 500


@dataclass
class Run:
    """What all parts of a run share. `folder` is for its databases and logs, `cache` for npm's."""

    folder: Path
    cache: Path
    requests: int
    messages: int


def bench(argv: list[str]) -> int:
    """Exit code 0 when everything could be measured, whatever the figures are."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="polytrunk-bench-") as name:
        run = Run(Path(name), Path(options.cache), options.requests, options.messages)
        for api in APIS:
            if api.name in options.dialects:
                _print_http(run, api)
        if options.universes:
            print(report.bars(worlds.bars(worlds.measure(options.universes))), end="\n\n")
        if options.changes:
            _print_forwarding(run, options.changes)
        stores = _stores(run, options)
        if stores:
            with _peer(run, APIS[0]) as peer:
                _print_messages(run, stores, peer)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="polytrunk bench", description=__doc__)
    parser.add_argument("--requests", type=_many, default=8000, help="requests of an HTTP case")
    parser.add_argument("--messages", type=_many, default=5000, help="messages of the SMS case")
    parser.add_argument(
        "--postgres", metavar="URL", help="an empty database to measure the message path on too"
    )
    parser.add_argument("--universes", type=int, default=200, help="universes made, 0 for none")
    parser.add_argument(
        "--changes", type=_natural, default=120, help="changes forwarded of each kind, 0 for none"
    )
    parser.add_argument("--cache", default=".bench", help="folder where npm keeps the peer")
    parser.add_argument(
        "--dialects",
        type=_words,
        default=[api.name for api in APIS],
        help="dialects whose HTTP cases are measured, default all",
    )
    parser.add_argument(
        "--stores",
        type=_words,
        default=SQLITE,
        help="SQLite durability levels of the message path, default NORMAL,FULL",
    )
    return parser


def _many(text: str) -> int:
    """With fewer, all would be done before measuring begins."""
    if not text.isdigit() or int(text) < FEWEST:
        raise argparse.ArgumentTypeError(f"must be a whole number from {FEWEST} on")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("must be a whole number from 0 on")
    return int(text)


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _stores(run: Run, options: argparse.Namespace) -> dict[str, tuple[str, str]]:
    """Database URL and durability by the name the report uses."""
    stores = {f"SQLite {k}": (f"sqlite:///{run.folder / k}.db", k) for k in options.stores}
    if options.postgres:
        stores["PostgreSQL"] = (options.postgres, "FULL")
    return stores


@contextmanager
def _peer(run: Run, api: Api) -> Iterator[cases.Peer | None]:
    """Prism on a dialect's contract, warmed up; it stays idle while we are measured."""
    run.cache.mkdir(parents=True, exist_ok=True)
    port = processes.free_port()
    log = run.folder / f"prism-{api.name}.log"
    child = processes.prism(run.cache, CONTRACTS / api.contract, port, log)
    if child is None:
        yield None
        return
    try:
        peer = cases.Peer(child, port, api)
        for _ in range(3):
            peer.pace()
        yield peer
    finally:
        child.stop()


@contextmanager
def _sink(folder: Path, delay_seconds: float = 0.0) -> Iterator[int]:
    program = [sys.executable, "-m", "emulators.bench.sink", "0", str(delay_seconds)]
    child = Child(program, folder / "sink.log")
    try:
        yield int(child.line()["port"])
    finally:
        child.stop()


def _environment(database_url: str, synchronous: str) -> dict[str, str]:
    return {
        "POLYTRUNK_DATABASE_URL": database_url,
        "POLYTRUNK_SECRET_KEY": "benchmark-key-0123456789abcdef0123456789",
        "POLYTRUNK_SYNCHRONOUS": synchronous,
        "POLYTRUNK_RATE_LIMIT": "0",
        "POLYTRUNK_LOG_LEVEL": "WARNING",
    }


def _prepare(environment: dict[str, str], sink_port: int, log: Path, calls: int = 0) -> None:
    """An upgraded database with the benchmark's bundle in it."""
    text = json.dumps(bundle.bundle(sink_port, window=cases.WINDOW, calls=calls))
    for arguments, given in ((("db", "upgrade"), None), (("seed", "-"), text)):
        with log.open("a") as out:
            subprocess.run(
                processes.polytrunk(*arguments),
                input=given,
                text=True,
                check=True,
                timeout=PREPARE_SECONDS,
                stdout=out,
                stderr=out,
                env={**os.environ, **environment},
            )


@contextmanager
def _served(
    folder: Path, environment: dict[str, str], workers: int = 1, web: int = 2
) -> Iterator[tuple[Child, int]]:
    """So many web processes and workers; the server and its port."""
    port = processes.free_port()
    bind = f"127.0.0.1:{port}"
    arguments = ("serve", "--bind", bind, "--web", str(web), "--workers", str(workers))
    child = Child(processes.polytrunk(*arguments), folder / "serve.log", **environment)
    try:
        processes.wait_for_port(port, child.process, 30)
        yield child, port
    finally:
        child.stop()


def _print_http(run: Run, api: Api) -> None:
    environment = _environment(f"sqlite:///{run.folder / f'{api.name}.db'}", "FULL")
    with _peer(run, api) as peer, _sink(run.folder) as sink_port:
        _prepare(environment, sink_port, run.folder / "serve.log", api.rows)
        with _served(run.folder, environment) as (child, port):
            ours = cases.http_cases(api, child, port, run.requests, peer)
            memory = child.memory()
        print(report.measured(f"{api.name}, polytrunk serve --web 2", ours))
        print(report.memory(memory), end="\n\n")
        if peer:
            theirs = cases.peer_cases(peer, run.requests)
            print(report.measured("prism, one process", theirs), end="\n\n")
            bars = report.http_bars(api.name, ours, theirs) + report.memory_bars(memory)
            print(report.bars(bars), end="\n\n", flush=True)


def _print_forwarding(run: Run, times: int) -> None:
    """Changes through one web process to providers in an emulator, then messages to one of them."""
    url = f"sqlite:///{run.folder / 'forwarding.db'}"
    environment, numbers = _environment(url, "FULL"), providers.NUMBERS
    with _sink(run.folder) as sink_port, _emulated(run.folder, numbers) as there:
        providers.prepare(environment, numbers, there.urls, sink_port)
        with _served(run.folder, environment, web=1) as (child, port):
            address = f"http://127.0.0.1:{port}"
            rows = forwarding.changes(child, address, there, times, numbers)
            print(f"forwarding, {times} changes of each kind, accounts of {numbers} numbers")
            print(report.forwarding(rows), end="\n\n", flush=True)
            ask = progress.asker(url)
            print(report.ways(*forwarding.messages(child, port, ask, 3 * times, numbers)))
    print(flush=True)


@contextmanager
def _emulated(folder: Path, numbers: int) -> Iterator[providers.Emulated]:
    there = providers.Emulated(folder / "emulate.log", numbers)
    try:
        yield there
    finally:
        there.stop()


def _print_messages(run: Run, stores: dict[str, tuple[str, str]], peer: cases.Peer | None) -> None:
    with _sink(run.folder) as port:
        ceiling = sender.send(port, run.messages, cases.WINDOW)
    window = f"window {cases.WINDOW}"
    print(f"smpplib alone, {window}: {ceiling:.0f} submits a second", end="\n\n", flush=True)
    paths = {name: _messages(run, peer, *where) for name, where in stores.items()}
    slow = _slow(run, peer)
    print(report.messages(paths))
    print(f"drained, answers after {SLOW_SECONDS * 1000:.0f} ms: {slow.rate:.0f} a second")
    for name, path in paths.items():
        print(f"{name}: {report.memory(path.memory)}")
    if peer:
        memory = [process for path in paths.values() for process in path.memory]
        bars = report.message_bars(paths) + report.memory_bars(memory)
        bars.append(report.slow_bar(slow, cases.WINDOW, SLOW_SECONDS))
        print("\n" + report.bars(bars))


def _messages(run: Run, peer: cases.Peer | None, url: str, synchronous: str) -> cases.Messages:
    """The path with a worker beside the web processes, then a backlog drained by one worker."""
    environment = _environment(url, synchronous)
    with _sink(run.folder) as sink_port:
        _prepare(environment, sink_port, run.folder / "serve.log")
        ask = progress.asker(url)
        with _served(run.folder, environment) as (child, port):
            path = cases.message_path(child, port, ask, run.messages, peer)
        path.drained = _drained(run, peer, environment, ask)
    return path


def _slow(run: Run, peer: cases.Peer | None) -> cases.Drained:
    """A backlog over a link whose peer takes its time: only the window limits it."""
    url = f"sqlite:///{run.folder / 'slow.db'}"
    environment = _environment(url, "NORMAL")
    with _sink(run.folder, SLOW_SECONDS) as sink_port:
        _prepare(environment, sink_port, run.folder / "serve.log")
        return _drained(run, peer, environment, progress.asker(url))


def _drained(
    run: Run, peer: cases.Peer | None, environment: dict[str, str], ask: progress.Ask
) -> cases.Drained:
    with _served(run.folder, environment, workers=0) as (child, port):
        cases.measure("backlog", child, port, cases.texts(f"127.0.0.1:{port}", run.messages))
    return cases.drain(environment, run.folder / "worker.log", ask, peer)
