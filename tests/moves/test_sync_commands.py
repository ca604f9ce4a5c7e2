"""`polytrunk connections mode` and `sync` against a provider on a real socket."""

from __future__ import annotations

import json

from tests.moves.commands import Run, connect
from tests.moves.conftest import Make
from tests.support.serving import served


def test_a_connection_is_synchronised_by_commands(run: Run, held: Make) -> None:
    there = held("sinch")
    with served(there.wire.app) as url:
        connect(run, "there", there, url)
        code, _, said = run("connections", "sync", "there")
        assert (code, "there is local: its mode must be sync" in said) == (1, True)
        code, shown, _ = run("connections", "sync", "there", "--dry-run", "--json")
        told = json.loads(shown)
        assert (code, told["agreed"], told["push"], told["held"]) == (0, 0, [], [])
        assert {"key": "trunk/office", "member": None, "verdict": "theirs"}.items() <= next(
            one.items() for one in told["pull"] if one["key"] == "trunk/office"
        )
        assert run("connections", "mode", "there", "sync")[:2] == (0, "there is sync\n")
        assert "there  sinch  sync" in run("connections", "list")[1]
        code, shown, _ = run("connections", "sync", "there", "--only", "push")
        assert (code, "nothing differs" in shown) == (0, True)
        code, shown, _ = run("connections", "sync", "there")
        assert (code, "  + number/+12065550100" in shown) == (0, True)
        code, _, said = run("connections", "sync", "there", "--key", "trunk/office")
        assert (code, "--take" in said) == (1, True)
        code, _, said = run(
            "connections", "sync", "there", "--take", "ours", "--key", "trunk/office"
        )
        assert (code, "no conflict about trunk/office" in said) == (1, True)
