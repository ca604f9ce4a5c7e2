"""`polytrunk apply` killed with -9 wherever it is, and called again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.instants import EPOCH
from gateway.models import Lease
from gateway.models.database import connection, open_store, using, write
from gateway.models.keyring import Keyring
from tests.moves import providers
from tests.moves.commands import FROM_TO
from tests.moves.conftest import Make
from tests.moves.providers import ACCOUNT, KEY, SECRET, Provider
from tests.support.serving import served

pytestmark = pytest.mark.long

KILLS, WRITES, PATIENCE = 20, 8, 60
THE_KEY = "a key for tests of the command line"


class Deadly:
    """A provider that kills who asks at the n-th request that writes, before or after doing it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.left, self.done = 0, False
        self.asking = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.left -= environ["REQUEST_METHOD"] != "GET"
        if self.left != 0 or environ["REQUEST_METHOD"] == "GET":
            return self._answer(environ, start_response)
        answer = list(self._answer(environ, start_response)) if self.done else []
        os.kill(self.asking, signal.SIGKILL)
        if not self.done:
            start_response("503 Service Unavailable", [("Content-Length", "0")])
        return answer

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        yield from self.app(environ, start_response)


class Commands:
    """The command line on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/commands.db"
        self.environment = {
            **os.environ, "POLYTRUNK_DATABASE_URL": self.url, "POLYTRUNK_SECRET_KEY": THE_KEY,
            "MOVER_SECRET": SECRET,
        }  # fmt: skip
        seed = folder / "seed.json"
        seed.write_text(json.dumps(providers.account()))
        self.run("db", "upgrade")
        self.run("seed", str(seed))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gateway", *arguments], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str) -> str:
        out, err = (process := self.start(*arguments)).communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        return out

    def connect(self, name: str, provider: Provider, url: str) -> None:
        self.run(
            "connections", "add", provider.dialect, url, "--account", ACCOUNT, "--name", name,
            "--key", KEY, "--secret-env", "MOVER_SECRET", "--at", ACCOUNT, "--rate", "1000",
        )  # fmt: skip

    def pass_time(self) -> None:
        """The holds of processes that are gone end."""
        store = open_store(self.url, keyring=Keyring.from_secret(THE_KEY))
        with using(store), connection(), write():
            Lease.update(until=EPOCH).execute()
        store.close()


def test_killed_anywhere_it_goes_on(held: Make, empty: Make, tmp_path: Path) -> None:
    there, here = held("jambonz"), empty("sinch")
    before, command, deadly = here.snapshot(), Commands(tmp_path), Deadly(here.wire.app)
    rng, counts = random.Random(7), set()
    with served(there.wire.app) as first, served(deadly) as second:
        command.connect("old", there, first)
        command.connect("new", here, second)
        for _ in range(KILLS):
            deadly.left, deadly.done = rng.randint(1, WRITES), rng.random() < 0.5
            process = command.start("apply", *FROM_TO)
            deadly.asking = process.pid
            process.communicate(timeout=PATIENCE)
            assert process.returncode == -signal.SIGKILL
            command.pass_time()
            assert "going on" in command.run("apply", *FROM_TO)
            assert command.run("apply", *FROM_TO) == "nothing to do\n"
            rows = here.exported().items()
            counts.add(json.dumps({kind: len(each) for kind, each in rows if kind != "polytrunk"}))
            command.run("rollback", *FROM_TO)
            assert here.snapshot() == before
    assert len(counts) == 1
