"""What is measured: the HTTP cases beside Prism, and the message path beside a raw SMPP sender."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from emulators.bench import bundle, load, processes, progress
from emulators.bench.apis import APIS, HEADERS, Api, Make
from emulators.bench.processes import Child, Memory

CONNECTIONS = 32
WINDOW = 100
SAMPLE = 800
WARM_UP = 200
LIMIT_SECONDS = 600


@dataclass
class Measured:
    """One row of the report.

    `cpu_ms` is processor time of the server per request; `pace` what the peer did a second just
    before and after, so that a ratio is of one moment on a machine that others use too.
    """

    name: str
    result: load.Result
    cpu_ms: float
    pace: float = 0.0


@dataclass
class Peer:
    """Prism on the contract of one dialect, running beside us."""

    server: Child
    port: int
    api: Api = APIS[0]

    def pace(self) -> float:
        """GETs a second right now."""
        requests = self.api.get(self.host, SAMPLE)
        return measure("pace", self.server, self.port, requests).result.rate

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


class Pace:
    """The peer's pace around a block; 0 without a peer."""

    def __init__(self, peer: Peer | None) -> None:
        self.peer, self.value = peer, 0.0

    def __enter__(self) -> Pace:
        self.value = self.peer.pace() if self.peer else 0.0
        return self

    def __exit__(self, *_: object) -> None:
        if self.peer:
            self.value = (self.value + self.peer.pace()) / 2


def measure(
    name: str, server: Child, port: int, requests: Iterator[bytes], role: str | None = None
) -> Measured:
    """Run one case against a server that is up, with its processor time (of one role)."""
    before = server.cpu_seconds(role)
    result = load.run(
        ("127.0.0.1", port), requests, connections=CONNECTIONS, limit_seconds=LIMIT_SECONDS
    )
    used = server.cpu_seconds(role) - before
    failed = {s: n for s, n in result.statuses.items() if not 200 <= s < 300}
    if failed:
        raise RuntimeError(f"{name}: answers {failed}")
    return Measured(name, result, used / max(result.requests, 1) * 1000)


def texts(
    host: str,
    times: int,
    headers: dict[str, str] = HEADERS,
    first: int = bundle.FIRST_NUMBER,
    numbers: int = bundle.NUMBERS,
) -> Iterator[bytes]:
    """POST of a message, all texts different, from each of the `numbers` in turns."""
    for number in range(times):
        body = {
            "from": str(first + number % numbers),
            "to": f"1206556{number % 10000:04d}",
            "body": f"message number {number:06d} of the benchmark",
        }
        yield load.request("POST", "/v2.1/messages", host, headers, json.dumps(body).encode())


def http_cases(api: Api, server: Child, port: int, times: int, peer: Peer | None) -> list[Measured]:
    host = f"127.0.0.1:{port}"
    measure("warm up", server, port, api.get(host, times // 10))
    cases = {
        f"GET one {api.resource}": api.get(host, times),
        "list of 100": api.list(host, times // 4),
        "POST one": api.create(host, times // 2),
    }
    if api.pages is not None:
        first, late = api.pages
        cases[f"first page of {api.rows:,} calls"] = first(host, times // 16)
        cases["a late page"] = late(host, times // 16)
    rows = []
    for name, requests in cases.items():
        with Pace(peer) as pace:
            row = measure(name, server, port, requests, "web")
        row.pace = pace.value
        rows.append(row)
    return rows


def peer_cases(peer: Peer, times: int) -> list[Measured]:
    api = peer.api
    return [
        measure(f"GET one {api.resource}", peer.server, peer.port, api.get(peer.host, times)),
        measure("POST one", peer.server, peer.port, api.create(peer.host, times // 2)),
    ]


@dataclass(frozen=True)
class Drained:
    """A backlog that one worker emptied: messages a second, its processor time per message, and the
    peer's pace around it."""

    rate: float = 0.0
    cpu_ms: float = 0.0
    pace: float = 0.0


@dataclass
class Messages:
    """The message path.

    `accepted` is over HTTP, `end_to_end_rate` from the first POST to the last answer recorded, both
    at the peer's `accepted.pace`. `worker_ms` is processor time of the worker per message.
    """

    accepted: Measured
    end_to_end_rate: float
    worker_ms: float
    memory: Memory = field(default_factory=list)
    drained: Drained = Drained()


def message_path(
    server: Child,
    port: int,
    ask: progress.Ask,
    messages: int,
    peer: Peer | None = None,
    *,
    make: Make = texts,
    warm_up: int = WARM_UP,
) -> Messages:
    """Send messages through a server with a worker that is up."""
    host, already = f"127.0.0.1:{port}", ask(progress.SENT)
    measure("warm up", server, port, make(host, warm_up))
    progress.wait_done(ask, 60)
    with Pace(peer) as pace:
        before, started = server.cpu_seconds("worker"), time.perf_counter()
        accepted = measure("SMS accepted", server, port, make(host, messages), "web")
        done = progress.wait_done(ask, LIMIT_SECONDS)
        used = server.cpu_seconds("worker") - before
    accepted.pace = pace.value
    progress.check_sent(ask, already + warm_up + messages)
    rate = messages / (done - started)
    return Messages(accepted, rate, used / messages * 1000, server.memory())


def drain(environment: dict[str, str], log: Path, ask: progress.Ask, peer: Peer | None) -> Drained:
    """Measure how fast one worker empties a backlog that stood before it started.

    The first tenth is its warm-up and does not count.
    """
    already, backlog = ask(progress.SENT), ask(progress.LEFT)
    with Pace(peer) as pace:
        worker = Child(processes.polytrunk("worker"), log, **environment)
        try:
            began, first = progress.wait_left(ask, backlog * 9 // 10, 60)
            before = worker.cpu_seconds()
            done = progress.wait_done(ask, LIMIT_SECONDS)
            used = worker.cpu_seconds() - before
        finally:
            worker.stop()
    progress.check_sent(ask, already + backlog)
    return Drained(first / (done - began), used / first * 1000, pace.value)
