"""`polytrunk serve` as an operator runs it: one command from an empty folder to an orderly end."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.product import KEY, ROOT, SECRET, Process, bundle, free_port, wait_for


def children(pid: int) -> list[int]:
    """Direct children of a process, by id."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()]


def status(port: int, path: str) -> int:
    """The status of a GET with the credential of the test; 0 without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    try:
        connection.request("GET", path, headers={"Authorization": f"Basic {pair}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_gateway/metrics", timeout=5) as answer:
        text: str = answer.read().decode()
        return text


def seed(folder: Path, environment: dict[str, str]) -> None:
    file = folder / "bundle.json"
    file.write_text(json.dumps(bundle(free_port())))
    command = [sys.executable, "-m", "gateway", "seed", str(file)]
    subprocess.run(command, env={**os.environ, **environment}, check=True, timeout=60)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to look at processes")
def test_serve_upgrades_answers_recovers_and_ends(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "POLYTRUNK_DATABASE_URL": f"sqlite:///{tmp_path}/served.db",
        "PYTHONPATH": str(ROOT),
    }
    log = tmp_path / "serve.log"
    arguments = ["gateway", "serve", "--bind", f"127.0.0.1:{port}", "--web", "1", "--workers", "1"]
    served = Process(arguments, environment, log)
    try:
        wait_for("the first answer", lambda: status(port, "/v2/numbers") == 401, 60)
        seed(tmp_path, environment)
        assert status(port, "/v2/numbers") == 200
        counted = 'polytrunk_http_requests_total{dialect="flowroute",operation="listNumbers"'
        assert counted in metrics(port)
        wait_for("the worker's figures", lambda: "polytrunk_link_bound{" in metrics(port), 30)

        web, worker = before = children(served.running.pid)
        os.kill(web, signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        wait_for("both parts again", lambda: _new(before, children(served.running.pid)), 30)
        wait_for("an answer again", lambda: status(port, "/v2/numbers") == 200, 60)
        parts = children(served.running.pid)
        after = [*parts, *(child for part in parts for child in children(part))]

        os.kill(served.running.pid, signal.SIGTERM)
        assert served.running.wait(60) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in after)
    finally:
        served.stop()


def _new(before: list[int], now: list[int]) -> bool:
    return len(now) == len(before) and not set(before) & set(now)
