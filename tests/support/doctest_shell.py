"""Runs the commands of a document as a reader would type them, and compares what they print.

What counts as a command, in blocks marked `console`, `sh` or `python`:

* `console`: a line that begins with `$ ` is a command, with its continuation lines (a backslash at
  the end, or a here-document up to its mark). The lines below it are what it prints; `...` stands
  for anything. Without such lines it prints nothing. Its exit status is 0.
* `sh`: the whole block is one command, `python` a program; a comment behind a `print` is what it
  prints.

All commands of a session run in one bash, in an empty folder that has the repository's `fixtures`.
Well-known ports become free ones, in commands and in expected lines alike.

* A command that stays (a server, a receiver) runs in the background until the session ends. Its
  first expected line is waited for before the next command, each of the others before the end, in
  any order: what arrives asynchronously may overtake.
* A look-up (curl without a body or a method, grep) is repeated until it prints what is expected: a
  receipt takes a moment.
* `NAME=begin...` takes the last text printed so far that begins like that, as a reader pastes it.
* A session that talks to the usual port without starting anything finds the emulator there.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.markdown import MAIN, ROOT, Block, blocks

PORTS = ("8080", "8081", "2775", "9000")
EMULATOR = "polytrunk emulate --port 8080 --smsc-port 2775"
COMMAND_SECONDS = 60.0
OUTPUT_SECONDS = 20.0

_HERE = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")
_STAYS = re.compile(r"^(polytrunk (emulate|serve|web|worker|demo(?!.*--once))\b|python3? \w+\.py)")
_BODY = re.compile(r"\s(-d|--data\S*|-X|--request|-T|-F|--json)\b")
_PASTED = re.compile(r"(?m)^(\w+)=(\S*?)\.\.\.(?=\s|$)")
_PRINTED = re.compile(r"^\s*print\(.*?\)\s+# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One command with the lines it should print. `line` is its place in the document."""

    command: str
    expected: str
    line: int

    @property
    def plain(self) -> str:
        """The command without a comment at its end."""
        return re.sub(r"\s{2,}# .*$", "", self.command).strip()

    @property
    def stays(self) -> bool:
        return bool(_STAYS.match(self.plain)) and "--help" not in self.plain

    @property
    def looks_up(self) -> bool:
        return self.plain.startswith(("curl ", "grep ")) and not _BODY.search(self.plain)


def sessions(text: str) -> dict[str, list[Step]]:
    """The steps of a document by session, in order."""
    found: dict[str, list[Step]] = {}
    for block in blocks(text):
        found.setdefault(block.session, []).extend(steps(block))
    return {name: those for name, those in found.items() if those}


def steps(block: Block) -> Iterator[Step]:
    """The commands of one block; none for other languages and for quotes of a file."""
    if block.language == "sh":
        yield Step(block.text, "", block.line)
    elif block.language == "python" and not block.text.startswith("# "):
        expected = "\n".join(_PRINTED.findall(block.text))
        program = f"cat > block.py <<'THE_END'\n{block.text}\nTHE_END\npython block.py"
        yield Step(program, expected, block.line)
    elif block.language == "console":
        yield from _typed(block)


def _typed(block: Block) -> Iterator[Step]:
    lines = list(enumerate(block.text.splitlines(), block.line))
    if lines and not lines[0][1].startswith("$ "):
        raise ValueError(f"line {block.line}: a console block begins with a command")
    while lines:
        first, text = lines.pop(0)
        command = [text.removeprefix("$ ")]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0)[1])
        if mark := _HERE.search("\n".join(command)):
            while command[-1].strip() != mark[1]:
                command.append(lines.pop(0)[1])
        expected = []
        while lines and not lines[0][1].startswith("$ "):
            expected.append(lines.pop(0)[1])
        yield Step("\n".join(command), "\n".join(expected).strip(), first)


def fits(expected: str, printed: str, *, whole: bool = True) -> bool:
    """Whether output is what was expected; `...` stands for anything, also for several lines."""
    tidy = [re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE) for text in (expected, printed)]
    pattern = ".*?".join(re.escape(part) for part in tidy[0].strip().split("..."))
    match = re.fullmatch if whole else re.search
    return bool(match(pattern, tidy[1].strip(), re.DOTALL))


class Wrong(AssertionError):
    """A command that failed or printed something else."""


@dataclass
class Staying:
    """A command that runs in the background, and what it has printed."""

    step: Step
    pid: int
    output: Path

    def printed(self) -> str:
        if not self.output.exists():  # the shell has not come to it yet
            return ""
        return self.output.read_text(errors="replace")

    def lacks(self, lines: list[str]) -> str | None:
        """The first of the lines that was not printed yet."""
        printed = self.printed()
        return next((line for line in lines if not fits(line, printed, whole=False)), None)


@dataclass
class Shell:
    """One session. `where` names the document in messages, `replaced` are texts to put in others'
    place, `not_run` are commands that are left out, `patience` is the wait for output in seconds.
    """

    folder: Path
    where: str
    replaced: Mapping[str, str] = field(default_factory=dict)
    not_run: Mapping[str, str] = field(default_factory=dict)
    patience: float = OUTPUT_SECONDS
    count: int = 0
    transcript: str = ""
    staying: list[Staying] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ports = free_ports()
        (self.folder / "fixtures").symlink_to(ROOT / "fixtures")
        (self.folder / ".curlrc").write_text("silent\nshow-error\nmax-time = 20\n")
        self.scratch = self.folder / ".shell"
        self.scratch.mkdir()
        self.bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._type("set -m")  # each background command is a process group of its own

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("POLYTRUNK_")}
        here = str(Path(sys.executable).parent)
        home = str(self.folder)
        path = f"{here}{os.pathsep}{kept.get('PATH', '')}"
        return {**kept, "PATH": path, "HOME": home, "CURL_HOME": home, "PYTHONUNBUFFERED": "1"}

    def _type(self, text: str) -> None:
        assert self.bash.stdin is not None
        self.bash.stdin.write(text + "\n")
        self.bash.stdin.flush()

    def here(self, text: str) -> str:
        """A text of the document as it is true in this run."""
        for mine, theirs in self.replaced.items():
            text = text.replace(mine, theirs)
        return re.sub(rf"\b({'|'.join(PORTS)})\b", lambda m: self.ports[m[1]], text)

    def run(self, given: list[Step]) -> None:
        """All steps in order; Wrong at the first that is not as the document says."""
        wanted = [step for step in given if step.plain not in self.not_run]
        if any("8080" in s.command for s in wanted) and not any(s.stays for s in wanted):
            self._stay(Step(EMULATOR, '{"event":"ready"', 0))
        for step in wanted:
            if step.stays:
                self._stay(step)
            else:
                self._once(step)
        for one in self.staying:
            lines = self.here(one.step.expected).splitlines()
            self._until(lambda one=one, lines=lines: not one.lacks(lines), self.patience)
            if line := one.lacks(lines):
                raise self._wrong(one.step, f"a line like this: {line}", one.printed())

    def _stay(self, step: Step) -> None:
        output = self._output()
        started = output.with_suffix(".pid")
        command = f"{{ {self.here(step.plain)}\n}} > {output} 2>&1 < /dev/null"
        self._type(f"{command} & echo $! > {started}")
        self._until(lambda: started.exists() and started.read_text().strip(), COMMAND_SECONDS)
        one = Staying(step, int(started.read_text()), output)
        self.staying.append(one)
        first = self.here(step.expected).splitlines()[:1]
        self._until(lambda: not one.lacks(first) or not _alive(one), COMMAND_SECONDS)
        if one.lacks(first):
            raise self._wrong(step, first[0], one.printed())

    def _once(self, step: Step) -> None:
        command = self._pasted(step)
        expected = self.here(step.expected)
        until = time.monotonic() + (self.patience if step.looks_up else 0.0)
        while True:
            status, printed = self._run(step, command)
            if status == 0 and fits(expected, printed):
                self.transcript += f"\n{printed}"
                return
            if time.monotonic() >= until:
                raise self._wrong(step, expected or "nothing", f"{printed}\nstatus {status}")
            time.sleep(0.05)

    def _pasted(self, step: Step) -> str:
        """The command with what a reader would paste into it."""

        def last(found: re.Match[str]) -> str:
            seen = re.findall(rf"{re.escape(found[2])}[\w-]+", self.transcript)
            if not seen:
                raise self._wrong(step, f"{found[2]}... in an earlier output", self.transcript)
            return f"{found[1]}={seen[-1]}"

        return _PASTED.sub(last, self.here(step.command))

    def _run(self, step: Step, command: str) -> tuple[int, str]:
        output = self._output()
        done = output.with_suffix(".status")
        self._type(f"{{ {command}\n}} > {output} 2>&1 < /dev/null; echo $? > {done}")
        if not self._until(lambda: done.exists() and done.read_text().strip(), COMMAND_SECONDS):
            raise self._wrong(step, f"an end within {COMMAND_SECONDS:g} s", output.read_text())
        return int(done.read_text()), output.read_text(errors="replace")

    def _output(self) -> Path:
        self.count += 1
        return self.scratch / f"{self.count}.out"

    def _until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Wait for a condition; whether it came true. Ends early when the shell is gone."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or self.bash.poll() is not None:
                return bool(condition())
            time.sleep(0.02)
        return True

    def _wrong(self, step: Step, expected: str, printed: str) -> Wrong:
        outputs = [f"\n--- {one.step.plain}\n{one.printed()[-3000:]}" for one in self.staying]
        return Wrong(
            f"{self.where}:{step.line}\n$ {step.command}\n--- expected\n{expected}\n"
            f"--- printed\n{printed}{''.join(outputs)}"
        )

    def close(self) -> None:
        """End what stays, in the order of a reader closing terminals, then the shell."""
        for one in reversed(self.staying):
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGTERM)
        gone = self._until(lambda: not any(map(_alive, self.staying)), OUTPUT_SECONDS)
        for one in self.staying if not gone else ():
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
        self.bash.kill()
        self.bash.communicate()


def _alive(one: Staying) -> bool:
    try:
        os.killpg(one.pid, 0)
    except ProcessLookupError:
        return False
    return True


def free_ports() -> dict[str, str]:
    """Usual port -> one that is free now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    try:
        return {p: str(s.getsockname()[1]) for p, s in zip(PORTS, listeners, strict=True)}
    finally:
        for listener in listeners:
            listener.close()


@contextmanager
def shell(folder: Path, where: str, **more: Any) -> Iterator[Shell]:
    """A session that ends with the block, with everything it started."""
    made = Shell(folder, where, **more)
    try:
        yield made
    finally:
        made.close()


def run(
    document: Path,
    folder: Path,
    session: str = MAIN,
    *,
    replaced: Mapping[str, str] | None = None,
    not_run: Mapping[str, str] | None = None,
) -> None:
    """Run one session of a document."""
    given = sessions(document.read_text())[session]
    where = shlex.quote(document.relative_to(ROOT).as_posix())
    with shell(folder, where, replaced=replaced or {}, not_run=not_run or {}) as here:
        here.run(given)
