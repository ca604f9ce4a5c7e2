"""The product as an operator runs it: web and workers over one database, killed at will."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEY, SECRET = "kill-key", "kill-secret-0123456789abcdef"
SENDER = "12065550199"


def wait_for(what: str, condition: Callable[[], bool], seconds: float) -> None:
    """Return when the condition holds; AssertionError past the bound."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {seconds:g} s"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


class Process:
    """A command that can be killed and started again; it ends with the test in any case."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.arguments, self.environment, self.log = arguments, environment, log
        self.kills = 0
        self.start()

    def start(self) -> None:
        with self.log.open("a") as out:
            self.running = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=subprocess.PIPE,
                stderr=out,
                text=True,
                start_new_session=True,
            )

    def line(self) -> dict[str, Any]:
        assert self.running.stdout is not None
        got: dict[str, Any] = json.loads(self.running.stdout.readline())
        return got

    def kill(self) -> None:
        """SIGKILL to the process and its children: nothing gets a chance to tidy up."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self._ended()
        self.kills += 1

    def _ended(self) -> None:
        self.running.wait(15)
        if self.running.stdout is not None:
            self.running.stdout.close()

    def stop(self) -> None:
        if self.running.poll() is not None:
            self._ended()
        else:
            os.killpg(self.running.pid, signal.SIGTERM)
            try:
                self._ended()
            except subprocess.TimeoutExpired:
                self.kill()


def bundle(smsc_port: int) -> dict[str, Any]:
    """One account with one number and one link to the carrier."""
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "sp", "name": "kill"}],
        "accounts": [{"ref": "account", "service_provider": "sp", "name": "kill"}],
        "access_keys": [
            {
                "scope": "account",
                "service_provider": "sp",
                "account": "account",
                "key_id": KEY,
                "secret": SECRET,
            }
        ],
        "trunks": [
            {
                "ref": "carrier",
                "service_provider": "sp",
                "account": "account",
                "name": "carrier",
                "smpp_system_id": "demo",
                "smpp_password": "demo",
            }
        ],
        "smpp_links": [
            {
                "trunk": "carrier",
                "host": "127.0.0.1",
                "port": smsc_port,
                "is_primary": True,
                "dials": True,
                "enabled": True,
                "settings": {"window": 20},
            }
        ],
        "numbers": [
            {
                "service_provider": "sp",
                "account": "account",
                "e164": f"+{SENDER}",
                "status": "owned",
                "kind": "standard",
            }
        ],
    }


class Product:
    """Web, workers and the carrier of one test."""

    def __init__(self, folder: Path, database_url: str, workers: int) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.port = free_port()
        self.environment = {
            "POLYTRUNK_DATABASE_URL": database_url,
            "POLYTRUNK_SECRET_KEY": "kill-test-key-0123456789abcdef0123456789",
            "POLYTRUNK_RATE_LIMIT": "0",
            "POLYTRUNK_LEASE_SECONDS": "1",
            "POLYTRUNK_CLAIM_SECONDS": "5",
        }
        self.carrier = Process(["tests.e2e.carrier", str(self.ledger)], {}, folder / "carrier.log")
        self.run("db", "upgrade")
        self.run("seed", "-", given=json.dumps(bundle(int(self.carrier.line()["port"]))))
        bind = f"127.0.0.1:{self.port}"
        self.web = Process(["gateway", "web", "--bind", bind], self.environment, folder / "web.log")
        self.workers = [
            Process(["gateway", "worker"], self.environment, folder / f"worker{n}.log")
            for n in range(workers)
        ]
        wait_for("web listens", lambda: answers(self.port), 30)

    def run(self, *arguments: str, given: str | None = None) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr

    def cut_carrier(self) -> None:
        """Drop every SMPP connection; the carrier goes on listening."""
        self.carrier.running.send_signal(signal.SIGUSR1)

    def submitted_texts(self) -> list[str]:
        """The text of every submit_sm the carrier took, repeats included."""
        if not self.ledger.exists():
            return []
        whole = self.ledger.read_text().rpartition("\n")[0]
        return [json.loads(line)["text"] for line in whole.splitlines()]

    def stop(self) -> None:
        for process in (self.web, *self.workers, self.carrier):
            process.stop()


@contextmanager
def running(folder: Path, database_url: str, workers: int = 1) -> Iterator[Product]:
    product = Product(folder, database_url, workers)
    try:
        yield product
    finally:
        product.stop()
