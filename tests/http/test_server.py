"""The production server over a real socket: requests, ambiguous framing, a graceful end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.http.conftest import BASIC

ROOT = Path(__file__).parents[2]
READY_SECONDS, STOP_SECONDS = 20.0, 15.0


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_ready(port, process):
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, process.stderr.read()
        try:
            return requests.get(f"http://127.0.0.1:{port}/_gateway/health", timeout=2)
        except requests.ConnectionError:
            continue
    raise AssertionError("the server did not answer")


@pytest.fixture
def server():
    """A running server: (port, process)."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.http.serve_toy", str(port)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_ready(port, process)
        yield port, process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=STOP_SECONDS)


def exchange(port, raw):
    """What the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        peer.sendall(raw)
        return peer.recv(65536)


def test_requests_framing_and_a_graceful_end(server):
    port, process = server
    url = f"http://127.0.0.1:{port}/t1/things"
    with requests.Session() as kept_alive:
        made = kept_alive.post(url, json={"name": "a"}, headers=BASIC, timeout=5)
        assert made.status_code == 201
        assert made.json()["self"].startswith(f"{url}/")

        chunked = kept_alive.post(url, data=iter([b'{"na', b'me":"b"}']), headers=BASIC, timeout=5)
        assert chunked.json()["name"] == "b"
        endless = iter([b" " * 65536] * 40)
        assert kept_alive.post(url, data=endless, headers=BASIC, timeout=5).status_code == 413

        check_ambiguous_lengths_are_refused(port)

        kept_alive.get(url, headers=BASIC, timeout=5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STOP_SECONDS) == 0
    lines = [json.loads(line) for line in process.stderr.read().splitlines()]
    assert any(line["logger"] == "gunicorn.error" for line in lines)
    errors = [line for line in lines if line["level"] in ("ERROR", "CRITICAL")]
    assert [line.get("error") for line in errors] == []


def check_ambiguous_lengths_are_refused(port):
    head = b"POST /t1/echo HTTP/1.1\r\nHost: x\r\n"
    both = head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    twice = head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
    for raw in (both, twice):
        assert exchange(port, raw).startswith(b"HTTP/1.1 400")
