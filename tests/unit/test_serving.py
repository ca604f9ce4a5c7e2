"""The parent of the serving processes: it restarts what dies and ends what it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.serving import FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS, Part

ROOT = Path(__file__).parents[2]
PARENT = """
import sys
from gateway.serving import Part, Supervisor
command = [sys.executable, "-c", *sys.argv[1:3]]
parts = [Part(f"part {n}", [*command, str(n)]) for n in (1, 2)]
sys.exit(Supervisor(parts, grace=float(sys.argv[3])).run())
"""
CHILD = """
import os, signal, sys, time
def note(word):
    with open(sys.argv[1], "a") as log:
        log.write(f"{word} {sys.argv[2]} {os.getpid()}\\n")
def end(*_):
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
note("started")
while True:
    time.sleep(60)
"""
DEAF = CHILD.replace("signal.SIGTERM, end", "signal.SIGTERM, signal.SIG_IGN")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Running:
    """The parent as a process, and what its children wrote down."""

    def __init__(self, log: Path, child: str, grace: float) -> None:
        self.log = log
        arguments = [sys.executable, "-c", PARENT, child, str(log), str(grace)]
        self.process = subprocess.Popen(arguments, cwd=ROOT)

    def words(self, word: str) -> list[int]:
        """Process ids of the children that wrote the word."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [int(line.split()[2]) for line in lines if line.startswith(word)]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def go(child: str = CHILD, grace: float = 20.0) -> Running:
        started.append(Running(tmp_path / "log", child, grace))
        until(lambda: len(started[-1].words("started")) == 2)
        return started[-1]

    yield go
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
        for pid in running.words("started"):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def test_a_signal_is_passed_on_and_all_end(start: Callable[..., Running]) -> None:
    running = start()
    assert running.end() == 0
    assert sorted(running.words("ended")) == sorted(running.words("started"))


def test_a_part_that_dies_is_started_again(start: Callable[..., Running]) -> None:
    running = start()
    killed = running.words("started")[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(running.words("started")) == 3)
    assert running.end() == 0
    assert sorted(running.words("ended")) == sorted(set(running.words("started")) - {killed})


def test_a_part_that_does_not_end_is_killed(start: Callable[..., Running]) -> None:
    running = start(DEAF, grace=-4.5)  # the parent adds five seconds to spare
    assert running.end() == 1
    until(lambda: not any(map(alive, running.words("started"))))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a killed parent")
def test_parts_end_when_the_parent_is_killed(start: Callable[..., Running]) -> None:
    running = start()
    running.process.kill()
    running.process.wait()
    until(lambda: len(running.words("ended")) == 2)


def test_restarts_get_slower_until_the_part_was_steady() -> None:
    part = Part("x", ["true"])
    pauses = [part.ended(now=1.0) for _ in range(9)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    assert part.due == 1.0 + LONGEST_PAUSE
    part.started = 100.0
    assert part.ended(now=100.0 + STEADY_SECONDS) == FIRST_PAUSE
