"""`polytrunk connections mode` and `sync` against a provider on a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import cli
from tests.moves import providers
from tests.moves.conftest import Make
from tests.moves.providers import ACCOUNT, KEY, SECRET
from tests.support.serving import served

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `connections` commands on a database of their own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("POLYTRUNK_DATABASE_URL", f"sqlite:///{tmp_path}/commands.db")
    monkeypatch.setenv("POLYTRUNK_SECRET_KEY", "a key for tests of the command line")
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(providers.account()))
    assert cli.main(["db", "upgrade"]) == cli.main(["seed", str(seed)]) == 0

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["connections", *arguments])
        return (code, *capsys.readouterr())

    return call


def test_a_connection_is_synchronised_by_commands(run: Run, held: Make) -> None:
    there = held("sinch")
    with served(there.wire.app) as url:
        added = run(
            "add", "sinch", url, "--account", ACCOUNT, "--name", "there", "--key", KEY,
            "--secret", SECRET, "--at", ACCOUNT,
        )  # fmt: skip
        assert added[0] == 0, added
        code, _, said = run("sync", "there")
        assert (code, "there is local: its mode must be sync" in said) == (1, True)
        code, shown, _ = run("sync", "there", "--dry-run", "--json")
        told = json.loads(shown)
        assert (code, told["agreed"], told["push"], told["held"]) == (0, 0, [], [])
        assert {"key": "trunk/office", "member": None, "verdict": "theirs"}.items() <= next(
            one.items() for one in told["pull"] if one["key"] == "trunk/office"
        )
        assert run("mode", "there", "sync")[:2] == (0, "there is sync\n")
        assert "there  sinch  sync" in run("list")[1]
        code, shown, _ = run("sync", "there", "--only", "push")
        assert (code, "nothing differs" in shown) == (0, True)
        code, shown, _ = run("sync", "there")
        assert (code, "  + number/+12065550100" in shown) == (0, True)
        code, _, said = run("sync", "there", "--key", "trunk/office")
        assert (code, "--take" in said) == (1, True)
        code, _, said = run("sync", "there", "--take", "ours", "--key", "trunk/office")
        assert (code, "no conflict about trunk/office" in said) == (1, True)
