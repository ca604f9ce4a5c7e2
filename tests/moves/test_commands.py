"""`polytrunk plan`, `apply` and `rollback` against providers on real sockets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.moves import providers
from tests.moves.commands import FROM_TO, Run, connect
from tests.moves.conftest import Make
from tests.moves.providers import ACCOUNT, KEY, SECRET
from tests.support.serving import served


def test_an_account_moves_by_commands(run: Run, held: Make, empty: Make, tmp_path: Path) -> None:
    there, here = held("flowroute"), empty("jambonz")
    before, file = here.snapshot(), tmp_path / "plan.json"
    with served(there.wire.app) as first, served(here.wire.app) as second:
        connect(run, "old", there, first)
        connect(run, "new", here, second)
        code, shown, _ = run("plan", *FROM_TO)
        assert code == 3
        assert "+ trunk/default" in shown
        assert "number_type: jambonz has no member for it" in shown
        assert run("plan", *FROM_TO, "--policy", "carry")[0] == 0
        assert run("plan", *FROM_TO, "--policy", "refuse")[0] == 4
        code, shown, _ = run("plan", *FROM_TO, "--json", "--output", str(file))
        assert (code, json.loads(shown)) == (3, json.loads(file.read_text()))
        assert run("rollback", *FROM_TO)[0] == 1
        assert run("apply", *FROM_TO, "--policy", "refuse")[0] == 4
        assert here.snapshot() == before
        code, _, said = run("apply", "--from", "new", "--to", "old", "--plan", str(file))
        assert (code, "the plan is from old to new" in said) == (1, True)

        code, shown, said = run("apply", *FROM_TO, "--plan", str(file))
        assert (code, said) == (0, "")
        assert ": applied" in shown
        assert here.snapshot() != before
        assert run("apply", *FROM_TO)[:2] == (0, "nothing to do\n")
        code, shown, _ = run("rollback", *FROM_TO)
        assert (code, here.snapshot()) == (0, before)
        assert ": undone" in shown
        code, _, said = run("rollback", *FROM_TO)
        assert (code, "nothing was moved" in said) == (1, True)


def test_a_platform_is_connected_by_commands(
    run: Run, held: Make, empty: Make, tmp_path: Path
) -> None:
    there, here = held("sinch"), empty("jambonz")
    both, file = (*FROM_TO, "--connect"), tmp_path / "plan.json"
    with served(there.wire.app) as first, served(here.wire.app) as second:
        connect(run, "old", there, first, "--signalling", "203.0.113.1")
        connect(run, "new", here, second, "--sbc", "198.51.100.7:5080")
        code, shown, _ = run("plan", *both)
        assert (code, "at the platform: from old" in shown) == (0, True)
        assert "+ endpoint/office/198.51.100.7:5080" in shown.partition("at the provider:")[2]
        code, shown, _ = run("plan", *both, "--json", "--output", str(file))
        assert (code, json.loads(shown)) == (0, json.loads(file.read_text()))
        code, _, said = run("apply", *FROM_TO, "--plan", str(file))
        assert (code, "is no plan" in said) == (1, True)
        code, _, said = run("plan", *both, "--number", "+12065550100")
        assert (code, "whole trunks" in said) == (1, True)

        code, shown, said = run("apply", *both, "--plan", str(file))
        assert (code, said, shown.count(": applied")) == (0, "", 2)
        assert run("apply", *both)[:2] == (0, "nothing to do\n")
        for command in ("apply", "rollback"):
            code, _, said = run(command, *FROM_TO)
            assert (code, "say --connect" in said) == (1, True)
        code, shown, _ = run("rollback", *both)
        assert (code, shown.count(": undone")) == (0, 2)
        code, _, said = run("rollback", *both)
        assert (code, "not connected" in said) == (1, True)


@pytest.mark.parametrize("option", ["--sbc", "--signalling"])
def test_an_address_that_is_none_is_not_kept(run: Run, option: str) -> None:
    code, _, said = run(
        "connections", "add", "jambonz", "--account", ACCOUNT, "--secret", SECRET, option, "a b"
    )
    assert (code, said.startswith("polytrunk: a b: ")) == (1, True)
    assert run("connections", "list")[1] == ""


def test_commands_that_cannot_be(run: Run, tmp_path: Path) -> None:
    code, _, said = run("plan", *FROM_TO)
    assert (code, "no connection old" in said) == (1, True)
    for name in ("old", "new"):
        run(
            "connections", "add", "flowroute", "http://127.0.0.1:9", "--account", ACCOUNT,
            "--name", name, "--key", KEY, "--secret", SECRET,
        )  # fmt: skip
    bad = tmp_path / "bad.json"
    bad.write_text('{"items": 3}')
    code, _, said = run("apply", *FROM_TO, "--plan", str(bad))
    assert (code, "is no plan" in said) == (1, True)
    with pytest.raises(SystemExit) as ended:
        run("plan", "--from", "old")
    assert ended.value.code == 2


def test_changes_go_through_by_command(run: Run, held: Make) -> None:
    there = held("sinch")
    with served(there.wire.app) as url:
        connect(run, "new", there, url)
        code, shown, _ = run("connections", "mode", "new", "forward", "--policy", "refuse")
        assert (code, shown.splitlines()[0]) == (0, "new is forward: 0 things are known to both")
        assert "  trunk/office" in shown
        assert "  forward  " in run("connections", "list")[1]
        assert run("connections", "mode", "new", "local") == (0, "new is local\n", "")
        code, _, said = run("connections", "mode", "new", "sync", "--spend")
        assert (code, "for the mode forward" in said) == (1, True)


def test_a_number_that_moved_is_not_moved_again(run: Run, held: Make, empty: Make) -> None:
    """Nothing is on record where nothing was to be done, and going back says what stands."""
    there, here = held("jambonz"), empty("sinch")
    one, two = (("--number", e164) for e164 in providers.NUMBERS[:2])
    with served(there.wire.app) as first, served(here.wire.app) as second:
        connect(run, "old", there, first)
        connect(run, "new", here, second)
        assert run("plan", *FROM_TO, "--number", "abc")[0] == 1
        assert run("apply", *FROM_TO, *one)[0] == 0
        assert run("apply", *FROM_TO, "--number", providers.NUMBERS[0][1:])[1] == "nothing to do\n"
        assert run("verify", *FROM_TO, *one)[0] == 3
        assert run("apply", *FROM_TO, *two)[0] == 0
        code, shown, _ = run("rollback", *FROM_TO)
        assert (code, "came before it, and stands" in shown) == (0, True)
        assert ("came before it" in run("rollback", *FROM_TO)[1]) is False


def test_a_broken_off_run_is_not_another_one(run: Run, held: Make, empty: Make) -> None:
    there, here = held("jambonz"), empty("sinch")
    with served(there.wire.app) as first, served(here.wire.app) as second:
        connect(run, "old", there, first)
        connect(run, "new", here, second)
        here.wire.app = Failing(here.wire.app)
    with served(there.wire.app) as first, served(here.wire.app) as second:
        for name, url in (("old", first), ("new", second)):
            assert run("connections", "change", name, "--url", url)[0] == 0
        assert run("apply", *FROM_TO)[0] == 1
        here.wire.app.fails = False
        code, _, said = run("apply", *FROM_TO, "--number", providers.NUMBERS[0])
        assert (code, "is about the whole account" in said) == (4, True)
        assert run("apply", *FROM_TO, "--policy", "refuse")[0] == 4
        assert run("apply", *FROM_TO)[0] == 0


class Failing:
    """A provider that refuses the second thing it is asked to make, until it does not."""

    def __init__(self, app: Any) -> None:
        self.app, self.fails, self.made = app, True, 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        making = environ["REQUEST_METHOD"] == "POST" and "oauth" not in environ["PATH_INFO"]
        self.made += making
        if self.fails and making and self.made > 1:
            start_response("403 Forbidden", [("Content-Type", "application/json")])
            return [b"{}"]
        return self.app(environ, start_response)
