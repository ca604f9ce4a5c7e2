"""The processes of one benchmark run: our server, the peers, and what the kernel says they used."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TICKS = os.sysconf("SC_CLK_TCK")
PRISM = "@stoplight/prism-cli@5"

Memory = list[tuple[str, float]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[str], seconds: float) -> None:
    """Return once something listens; RuntimeError when the process ends or the time runs out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port} after {seconds:g} s")


class Child:
    """A process of the run and its descendants, ended by their own ids."""

    def __init__(self, arguments: Sequence[str], log: Path, **environment: str) -> None:
        self._log = log.open("a")
        self.process = subprocess.Popen(
            list(arguments),
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **environment},
        )

    def line(self) -> Mapping[str, float]:
        """The next line of its output, as JSON."""
        assert self.process.stdout is not None
        answer: Mapping[str, float] = json.loads(self.process.stdout.readline())
        return answer

    def descendants(self) -> list[int]:
        """Its process id and those of all its children, children's children, and so on."""
        found = [self.process.pid]
        for pid in found:
            for path in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in path.read_text().split()]
        return found

    def role(self, pid: int) -> str:
        """What a process of ours does: the sub-command it was started with, else its program."""
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        return words[words.index("gateway") + 1] if "gateway" in words else Path(words[0]).name

    def cpu_seconds(self, role: str | None = None) -> float:
        """Processor time so far of the process and its descendants, or those of a role."""
        total = 0
        for pid in self.descendants():
            if role in (None, self.role(pid)):
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self) -> Memory:
        """The role and the resident memory, in megabytes, of each process, parents first."""
        page = os.sysconf("SC_PAGE_SIZE") / 1e6
        return [
            (self.role(pid), int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page)
            for pid in self.descendants()
        ]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()


def polytrunk(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gateway", *arguments]


def prism(folder: Path, contract: Path, port: int, log: Path) -> Child | None:
    """The peer on the same contract; None where npm is absent or cannot install it."""
    program = folder / "node_modules" / ".bin" / "prism"
    if not program.exists() and not _installed(folder):
        return None
    arguments = [str(program), "mock", "--port", str(port), "--verboseLevel", "silent"]
    rooted = log.with_suffix(".json")
    rooted.write_text(json.dumps(at_root(json.loads(contract.read_text()))))
    child = Child([*arguments, str(rooted)], log)
    wait_for_port(port, child.process, 60)
    return child


def at_root(contract: dict[str, Any]) -> dict[str, Any]:
    """A contract with its base path in every path: the peer does not look at servers."""
    base = urlsplit(contract.get("servers", [{"url": ""}])[0]["url"]).path.rstrip("/")
    paths = {base + path: item for path, item in contract["paths"].items()}
    return {**contract, "paths": paths, "servers": [{"url": "/"}]}


def _installed(folder: Path) -> bool:
    npm = shutil.which("npm")
    if npm is None:
        return False
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    done = subprocess.run([*command, PRISM], capture_output=True, text=True, timeout=300)
    if done.returncode:
        print(f"prism could not be installed: {done.stderr.strip()[:300]}", file=sys.stderr)
    return not done.returncode
