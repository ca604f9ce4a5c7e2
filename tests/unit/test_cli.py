"""The command line: help, mistakes, and every command that does not stay."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from pkgutil import iter_modules
from uuid import UUID

import pytest

from gateway import cli
from gateway.models import migrations

Run = Callable[..., tuple[int, str, str]]
DEMO = Path(__file__).parents[2] / "fixtures" / "universes" / "demo.json"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on a database of its own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("POLYTRUNK_DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    monkeypatch.setenv("POLYTRUNK_SECRET_KEY", "a key for tests of the command line")

    def call(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = cli.main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def seeded(run: Run) -> Run:
    assert run("db", "upgrade")[0] == 0
    assert run("seed", str(DEMO))[0] == 0
    return run


def test_help_names_all_commands(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in ("serve", "web", "worker", "db", "seed", "bundle", "keys", "hooks", "routes"):
        assert f"    {name} " in out
    for name in ("demo", "emulate", "bench"):
        assert name in out.rpartition("further commands:")[2]


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["fly"], ["db"], ["db", "drop"], ["seed"], ["keys", "create"], ["keys", "revoke"],
        ["keys", "create", "--admin", "--account", "x"], ["bundle", "export"],
        ["serve", "--web", "many"], ["serve", "--workers", "-1"], ["worker", "--web", "1"],
    ],
)  # fmt: skip
def test_mistakes_exit_2_with_usage(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: polytrunk")


def test_commands_of_other_packages_get_their_own_arguments(run: Run) -> None:
    code, out, _ = run("emulate", "--help")
    assert code == 0
    assert "polytrunk emulate" in out


def test_database_commands(run: Run) -> None:
    names = sorted(name for _, name, _ in iter_modules(migrations.__path__))
    assert len(names) > 1
    assert run("db", "status")[1].split() == [word for n in names for word in (n, "pending")]
    code, _, err = run("keys", "list")
    assert (code, err) == (
        1, "polytrunk: the database is not up to date: run `polytrunk db upgrade` first\n",
    )  # fmt: skip
    assert run("db", "upgrade") == (0, "".join(f"applied {name}\n" for name in names), "")
    assert run("db", "upgrade") == (0, "up to date\n", "")
    assert "pending" not in run("db", "status")[1]


def test_seed_from_file_and_stdin(seeded: Run) -> None:
    assert seeded("seed", str(DEMO)) == (0, "0 created, 0 updated, 21 unchanged\n", "")
    bundle = json.dumps({"polytrunk": 1, "service_providers": [{"name": "x"}]}).encode()
    assert seeded("seed", "-", stdin=bundle)[1] == "1 created, 0 updated, 0 unchanged\n"
    assert seeded("bundle", "import", "-", stdin=bundle)[1].startswith("0 created")


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        (b"{", "- is not JSON"),
        (b"\xff", "- is not JSON"),
        (b"[]", "a bundle is a JSON object"),
        (b'{"polytrunk": 1, "pets": []}', "pets: is not a kind of row"),
        (b'{"polytrunk": 1, "numbers": [{"e164": "1"}]}', "numbers[0]: "),
    ],
)
def test_bundles_that_cannot_be_loaded(seeded: Run, stdin: bytes, told: str) -> None:
    code, out, err = seeded("seed", "-", stdin=stdin)
    assert (code, out) == (1, "")
    assert told in err
    assert "Traceback" not in err


def test_a_missing_file_is_one_line(seeded: Run, tmp_path: Path) -> None:
    code, _, err = seeded("seed", str(tmp_path / "nothing.json"))
    assert code == 1
    assert err.count("\n") == 1
    assert "nothing.json" in err


def test_export_and_import(seeded: Run, tmp_path: Path) -> None:
    code, out, _ = seeded("bundle", "export", "Demo")
    assert code == 0
    assert len(json.loads(out)["numbers"]) == 10
    assert "demo-secret" not in out
    file = tmp_path / "export.json"
    assert seeded("bundle", "export", "Demo", "--secrets", "--output", str(file))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "demo-secret-0123456789abcdef" in file.read_text()
    assert seeded("bundle", "import", str(file))[1].startswith("0 created, 0 updated")
    code, _, err = seeded("bundle", "export", "Nobody")
    assert (code, err) == (1, "polytrunk: no account Nobody\n")


def test_keys_are_told_once_listed_and_revoked(seeded: Run) -> None:
    code, out, _ = seeded("keys", "create", "--account", "Demo", "--label", "for tests")
    assert code == 0
    told = dict(line.split(maxsplit=1) for line in out.replace("key id", "key_id").splitlines())
    listed = seeded("keys", "list")[1]
    assert f"{told['key_id']}  account  never used  for tests" in listed
    assert told["secret"] not in listed
    assert seeded("keys", "revoke", told["key_id"])[0] == 0
    assert "revoked" in seeded("keys", "list", "--account", "Demo")[1]
    assert seeded("keys", "revoke", "nope") == (1, "", "polytrunk: no key nope\n")


def test_keys_of_providers_and_of_the_installation(seeded: Run) -> None:
    assert seeded("keys", "create", "--provider", "Demo Telecom")[0] == 0
    assert seeded("keys", "create", "--admin")[0] == 0
    listed = seeded("keys", "list")[1]
    assert "  provider  " in listed
    assert listed.count("  admin  ") == 2
    assert seeded("keys", "create", "--provider", "Nobody")[0] == 1


def test_users(seeded: Run) -> None:
    make = (
        "keys",
        "create",
        "--provider",
        "Demo Telecom",
        "--user",
        "ann",
        "--role",
        "VoiceChannel",
    )
    assert seeded(*make, stdin=b"short\n")[0] == 1
    assert seeded(*make, stdin=b"long enough\n") == (0, "user    ann\n", "")
    assert seeded(*make, stdin=b"long enough\n") == (1, "", "polytrunk: the login ann is taken\n")


def test_webhooks_of_no_event(seeded: Run) -> None:
    code, _, err = seeded("hooks", "resend", str(UUID(int=5)))
    assert code == 1
    assert err.startswith("polytrunk: ")
    assert seeded("hooks", "resend", "x") == (1, "", "polytrunk: x is not the uid of an event\n")


def test_postgresql_needs_a_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYTRUNK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("POLYTRUNK_SECRET_KEY")
    for command in (("serve",), ("db", "upgrade")):
        code, _, err = run(*command)
        assert code == 1
        assert "POLYTRUNK_SECRET_KEY" in err


def test_a_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYTRUNK_WEB", "none")
    code, _, err = run("db", "status")
    assert code == 1
    assert "POLYTRUNK_WEB" in err


def test_a_route_is_explained(seeded: Run) -> None:
    code, out, _ = seeded("routes", "explain", "12065550101", "--outcome", "fail")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("+12065550101 called by anonymous at ")
    assert "      fail: dial backup <- taken" in lines
    assert lines[-1] == " 4 end hangup: the call was carried"
    asked = ("--from", "+442079460000", "--at", "2026-03-02T10:00:00Z", "--json")
    code, out, _ = seeded("routes", "explain", "12065550101", *asked)
    told = json.loads(out)
    assert (told["from"], told["at"]) == ("+442079460000", "2026-03-02T10:00:00+00:00")
    for wrong in (("+12065559999",), ("joe",), ("12065550101", "--outcome", "explodes")):
        code, _, err = seeded("routes", "explain", *wrong)
        assert code == 1
        assert err.startswith("polytrunk: ")
