"""What is measured: the HTTP cases beside Prism, and the message path beside a raw SMPP sender."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulators.bench import bundle, load, processes, progress
from emulators.bench.processes import Child

API = "application/vnd.api+json"
CREDENTIAL = base64.b64encode(f"{bundle.KEY}:{bundle.SECRET}".encode()).decode()
HEADERS = {"Authorization": f"Basic {CREDENTIAL}", "Accept": API, "Content-Type": API}
CONNECTIONS = 32


@dataclass
class Measured:
    """One row of the report; `cpu_ms` is processor time of the server per request."""

    name: str
    result: load.Result
    cpu_ms: float
    notes: dict[str, Any] = field(default_factory=dict)


def measure(name: str, server: Child, port: int, requests: Iterator[bytes]) -> Measured:
    """Run one case against a server that is up, with its processor time."""
    before = server.cpu_seconds()
    result = load.run(("127.0.0.1", port), requests, connections=CONNECTIONS, limit_seconds=120)
    used = server.cpu_seconds() - before
    failed = {s: n for s, n in result.statuses.items() if not 200 <= s < 300}
    if failed:
        raise RuntimeError(f"{name}: answers {failed}")
    return Measured(name, result, used / max(result.requests, 1) * 1000)


def repeated(method: str, path: str, host: str, times: int, body: bytes = b"") -> Iterator[bytes]:
    return itertools.repeat(load.request(method, path, host, HEADERS, body), times)


def gets(host: str, times: int) -> Iterator[bytes]:
    """GET of one number, each request another of the 300 (for a peer: one that its rules take)."""
    many = [
        load.request("GET", f"/v2/numbers/{bundle.FIRST_NUMBER + i}", host, HEADERS)
        for i in range(300)
    ]
    return itertools.islice(itertools.cycle(many), times)


def creates(host: str, times: int) -> Iterator[bytes]:
    """POST of a route with an alias of its own."""
    for number in range(times):
        attributes = {"alias": f"b{number}", "route_type": "host", "value": "192.0.2.1:5060"}
        body = {"data": {"type": "route", "attributes": attributes}}
        yield load.request("POST", "/v2/routes", host, HEADERS, json.dumps(body).encode())


def texts(host: str, times: int) -> Iterator[bytes]:
    """POST of a message, all texts different."""
    for number in range(times):
        body = {
            "from": str(bundle.FIRST_NUMBER + number % 300),
            "to": f"1206556{number % 10000:04d}",
            "body": f"message number {number:06d} of the benchmark",
        }
        yield load.request("POST", "/v2.1/messages", host, HEADERS, json.dumps(body).encode())


def http_cases(server: Child, port: int, times: int) -> list[Measured]:
    host = f"127.0.0.1:{port}"
    measure("warm up", server, port, gets(host, times // 10))
    return [
        measure("GET one number", server, port, gets(host, times)),
        measure(
            "list of 100 numbers",
            server,
            port,
            repeated("GET", "/v2/numbers?limit=100", host, times // 4),
        ),
        measure("POST one route", server, port, creates(host, times // 2)),
    ]


def peer_cases(server: Child, port: int, times: int) -> list[Measured]:
    host = f"127.0.0.1:{port}"
    measure("warm up", server, port, gets(host, times // 10))
    return [
        measure("GET one number", server, port, gets(host, times)),
        measure("POST one route", server, port, creates(host, times // 2)),
    ]


@dataclass(frozen=True)
class Messages:
    """The message path: accepted a second over HTTP, and from the first POST to the last answer."""

    accepted: Measured
    end_to_end_rate: float
    drain_rate: float = 0.0
    memory: dict[int, float] = field(default_factory=dict)


def message_path(server: Child, port: int, database_url: str, messages: int) -> Messages:
    host = f"127.0.0.1:{port}"
    count = progress.counter(database_url)
    measure("warm up", server, port, texts(host, 200))
    progress.wait_until(count, 200, 30)
    started = time.perf_counter()
    accepted = measure("SMS accepted", server, port, texts(host, messages))
    done = progress.wait_until(count, 200 + messages, 120)
    return Messages(accepted, messages / (done - started))


def drain(environment: dict[str, str], log: Path, database_url: str, backlog: int) -> float:
    """Messages a second that one worker takes out of a backlog that stood before it started."""
    count = progress.counter(database_url)
    already = count()
    worker = Child(processes.polytrunk("worker"), log, **environment)
    try:
        progress.wait_until(count, already + 1, 60)
        first, began = count(), time.perf_counter()
        done = progress.wait_until(count, already + backlog, 120)
        return (already + backlog - first) / (done - began)
    finally:
        worker.stop()
