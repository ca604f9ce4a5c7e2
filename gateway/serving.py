"""The parent of `polytrunk serve`: starts the parts, restarts one that dies, passes signals on.

It holds no database connection and no socket, so what goes wrong in a part cannot take it along.
A part that keeps dying is restarted ever more slowly. If the parent itself is killed the parts are
told by the kernel where it offers that (Linux).
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
SPARE_SECONDS = 5.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


@dataclass
class Part:
    """One child: its command, its process while it runs, and when to start it (again)."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started: float = 0.0
    due: float | None = 0.0
    failures: int = 0

    def ended(self, now: float) -> float:
        """Note that the process is gone; the pause before it is started again, in seconds."""
        if now - self.started >= STEADY_SECONDS:
            self.failures = 0
        pause = min(FIRST_PAUSE * 2.0**self.failures, LONGEST_PAUSE)
        self.failures = min(self.failures + 1, 16)
        self.process, self.due = None, now + pause
        return pause


class Supervisor:
    """Runs the parts until a signal; `grace` is the time in seconds they get to end.

    `ended` is told the process id of a part that ended by itself.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        grace: float,
        clock: Callable[[], float] = time.monotonic,
        ended: Callable[[int], None] = lambda pid: None,
    ) -> None:
        self.ended = ended
        self.parts, self.grace, self.clock = list(parts), grace, clock
        self.stopping = False
        self._reader = self._writer = -1

    def run(self) -> int:
        """0 after an orderly end, 1 when a part had to be killed."""
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        before = {number: signal.signal(number, self._noted) for number in SIGNALS}
        wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        try:
            while not self.stopping:
                self._reap()
                self._start_due()
                self._wait(self._pause())
            return self._stop()
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(self._reader)
            os.close(self._writer)

    def _noted(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self.stopping = True

    def _pause(self) -> float | None:
        """Seconds until a part is due; None: until something happens."""
        due = [part.due for part in self.parts if part.due is not None]
        return max(0.0, min(due) - self.clock()) if due else None

    def _wait(self, seconds: float | None) -> None:
        """Until a signal or the time is over; the pipe also tells of signals just before."""
        if select.select([self._reader], [], [], seconds)[0]:
            os.read(self._reader, 4096)

    def _start_due(self) -> None:
        for part in self.parts:
            if part.due is not None and part.due <= self.clock():
                part.process = subprocess.Popen(part.command, preexec_fn=_end_with_parent)
                part.started, part.due = self.clock(), None
                log.info("started %s", part.name, extra={"pid": part.process.pid})

    def _reap(self) -> None:
        for part in self.parts:
            if part.process is not None and part.process.poll() is not None:
                code = part.process.returncode
                self.ended(part.process.pid)
                pause = part.ended(self.clock())
                log.error(
                    "%s ended, starting it again", part.name, extra={"code": code, "pause": pause}
                )

    def _stop(self) -> int:
        """SIGTERM to all, then wait; what does not end in time is killed."""
        running = [part for part in self.parts if part.process is not None]
        for part in running:
            _process(part).terminate()
        deadline = self.clock() + self.grace + SPARE_SECONDS
        while any(_process(part).poll() is None for part in running):
            left = deadline - self.clock()
            if left <= 0:
                break
            self._wait(left)
        late = [part for part in running if _process(part).poll() is None]
        for part in late:
            log.error("%s did not end in time and is killed", part.name)
            _process(part).kill()
            _process(part).wait()
        log.info("stopped")
        return 1 if late else 0


def _process(part: Part) -> subprocess.Popen[bytes]:
    assert part.process is not None
    return part.process


def _end_with_parent() -> None:
    """In the child before it becomes the part: SIGTERM for it when the parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
