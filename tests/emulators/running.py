"""An emulator as a process of its own, a client for it, and a place for its webhooks."""

from __future__ import annotations

import base64
import http.client
import json
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
API = "/_emulator/api"
START_SECONDS = 30.0
PATIENCE = 15.0


@dataclass
class Running:
    """A ready emulator. `call` gives (status, JSON body or None)."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.ready["url"].rpartition(":")[2])

    def call(self, method: str, path: str, body: Any = None, auth: bool = True) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if auth:
            pair = base64.b64encode(b"demo-key:demo-secret-0123456789abcdef").decode()
            headers["Authorization"] = f"Basic {pair}"
        try:
            sent = json.dumps(body) if body is not None else None
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(raw) if raw else None

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return self.call(method, API + path, body, auth=False)

    def wait(self, match: Any, **more: Any) -> dict[str, Any]:
        """The journal entry that matches; AssertionError with the near misses without one."""
        asked = {"match": match, "timeout": PATIENCE - 1, **more}
        status, found = self.control("POST", "/wait", asked)
        assert status == 200, found
        return dict(found)

    @property
    def mark(self) -> int:
        return int(self.control("GET", "/journal?limit=1")[1]["last"])


def start(*arguments: str, command: str = "emulate") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", command, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_line(process: subprocess.Popen[str], seconds: float = START_SECONDS) -> str:
    """The next line of stdout; AssertionError with stderr when none comes."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if readable else ""
    if not line:
        process.kill()
        raise AssertionError(f"no line on stdout; stderr: {process.communicate()[1]}")
    return line


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """An emulator on free ports until the block ends."""
    process = start("--port", "0", "--smsc-port", "0", *arguments)
    try:
        yield Running(process, json.loads(read_line(process)))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


@dataclass
class Callbacks:
    """An HTTP server in a thread that keeps JSON bodies by path, and what came as it came.

    `status` answers, with the JSON that `answers` has for the path.
    """

    status: int = 200
    answers: dict[str, Any] = field(default_factory=dict)
    bodies: list[tuple[str, Any]] = field(default_factory=list)
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def wait(self, path: str, fits: Callable[[Any], bool] = lambda body: True) -> Any:
        """The first body that came to `path` and fits."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for came, body in list(self.bodies):
                if came == path and fits(body):
                    return body
            time.sleep(0.01)
        raise AssertionError(f"nothing fitting came to {path}; there was {self.bodies}")


class Receiver(ThreadingHTTPServer):
    """Takes a burst of connections; the standard library's five waiting ones are too few."""

    request_queue_size = 128


@contextmanager
def callbacks() -> Iterator[Callbacks]:
    """Serve callbacks on a free port of loopback."""
    kept = Callbacks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept.raw.append((dict(self.headers), raw))
            kept.bodies.append((self.path, json.loads(raw)))
            said = json.dumps(kept.answers[self.path]) if self.path in kept.answers else ""
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = Receiver(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
