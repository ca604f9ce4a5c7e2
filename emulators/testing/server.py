"""One emulator process for a whole test run, shared by the processes that run the tests.

Whoever needs it first starts it; the others find its address in a file beside it. Each holds a
shared lock on one more file for as long as it uses the emulator. The emulator waits for that lock
to be free and then ends, so it outlives nobody, whether its users end well or are killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from emulators.testing.clients import Session

START_SECONDS = 90.0
STOP_SECONDS = 600.0
LOG_TAIL = 2_000


class Server:
    """A running emulator: its `url`, and sessions that lead to it.

    With `process` it was started here, with `hold` it is kept alive by us.
    """

    works_alone = True
    """What is due is done without being asked for."""

    def __init__(
        self, url: str, *, hold: int | None = None, process: subprocess.Popen[str] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._hold, self._process = hold, process

    def session(self, base_url: str) -> Session:
        return Session(base_url)

    def answers(self) -> bool:
        with self.session(self.url) as session:
            try:
                return session.get("/_gateway/health").ok
            except requests.RequestException:
                return False

    def leave(self) -> None:
        """Use it no longer. Whoever started it sees it end, that is waits for the others."""
        if self._hold is not None:
            os.close(self._hold)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)


@contextmanager
def shared(folder: Path, arguments: Sequence[str] = ()) -> Iterator[Server]:
    """The emulator of all who name the same folder; `arguments` are those of `emulate`."""
    with _alone(folder / "polytrunk.lock"):
        server = _found(folder) or _started(folder, arguments)
    try:
        yield server
    finally:
        server.leave()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _found(folder: Path) -> Server | None:
    state = folder / "polytrunk.json"
    if not state.exists():
        return None
    said: dict[str, Any] = json.loads(state.read_text())
    hold = _held(Path(said["hold"]))
    if hold is None:
        return None
    server = Server(said["url"], hold=hold)
    if server.answers():
        return server
    server.leave()
    return None


def _held(path: Path) -> int | None:
    """A shared lock, or None when the emulator that waits for the file is already ending."""
    hold = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(hold, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(hold)
        return None
    return hold


def _started(folder: Path, arguments: Sequence[str]) -> Server:
    path = folder / f"polytrunk-{uuid4().hex}.hold"
    hold = _held(path)
    log = folder / "polytrunk.log"
    ports = ("--port", "0", "--smsc-port", "0", "--while-locked", str(path))
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "emulate", *ports, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,  # an interrupt from the keyboard is for the tests
        )
    line = _first_line(process)
    if not line:
        process.kill()
        process.wait()
        said = log.read_text()[-LOG_TAIL:].strip()
        raise RuntimeError(f"The emulator did not start ({log}):\n{said}")
    url = json.loads(line)["url"]
    (folder / "polytrunk.json").write_text(json.dumps({"url": url, "hold": str(path)}))
    return Server(url, hold=hold, process=process)


def _first_line(process: subprocess.Popen[str]) -> str:
    """The line that says where it listens; empty when none comes."""
    assert process.stdout is not None
    with process.stdout as out:
        readable, _, _ = select.select([out], [], [], START_SECONDS)
        return out.readline() if readable else ""
