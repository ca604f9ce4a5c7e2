"""The pytest plugin as a user has it: test suites of their own, run by a pytest of their own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from emulators.testing.server import Server

RUN_SECONDS = 120
INI = """[pytest]
addopts = --strict-markers -p no:cacheprovider -p no:schemathesis
filterwarnings = error
"""
"""The plugin left out is of these tests' own environment; it is slow to load."""

Suite = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Runs a suite; options go to pytest, `ini` is added to its configuration."""

    def run(text: str, *options: str, ini: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "pytest.ini").write_text(INI + ini)
        (tmp_path / "test_it.py").write_text(dedent(text))
        command = [sys.executable, "-m", "pytest", "-q", *options]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
        )

    return run


def test_workers_share_one_process_that_ends_with_them(suite: Suite, tmp_path: Path) -> None:
    done = suite(
        """
        import json, os
        from pathlib import Path

        def test_one(polytrunk, polytrunk_server):
            worker = os.environ["PYTEST_XDIST_WORKER"]
            told = [polytrunk_server.url, polytrunk.seed]
            Path(f"told-{worker}.json").write_text(json.dumps(told))
            polytrunk.requests(count=0)
        """,
        *("-n", "2", "--dist", "each"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    one, other = [json.loads(path.read_text()) for path in tmp_path.glob("told-*.json")]
    assert one == other
    assert not Server(one[0]).answers()


SMALL = """
    import sys
    import pytest

    SEND = {"from": "12065550100", "to": "12125550123", "body": "hello"}

    @pytest.fixture(autouse=True)
    def unpatched():
        yield
        import socket, threading, time
        found = {socket.socket, threading.Thread, time.sleep}
        assert not [one for one in found if "gevent" in one.__module__]

    def test_fails(polytrunk):
        assert polytrunk.client("flowroute").post("/v2.1/messages", json=SEND).status_code == 202
        polytrunk.sent_sms(text="bye")

    @pytest.mark.polytrunk(clock="2026-05-01T12:00:00Z", seed=7, template="empty")
    class TestMarks:
        def test_of_the_class(self, polytrunk):
            assert polytrunk.clock.now.isoformat() == "2026-05-01T12:00:00+00:00"
            assert (polytrunk.seed, polytrunk.accounts) == (7, [])

        @pytest.mark.polytrunk(template="demo", clock={"mode": "live"})
        def test_nearest_wins(self, polytrunk):
            assert (polytrunk.seed, len(polytrunk.accounts)) == (7, 1)
            assert not polytrunk.clock.is_frozen

    @pytest.mark.polytrunk(profiles={"flowroute": "observed"})
    def test_profiles(polytrunk):
        number = polytrunk.client("flowroute").get("/v2/numbers?limit=1").json()["data"][0]
        assert isinstance(number["attributes"]["value"], str)

    @pytest.mark.polytrunk(chaos="unavailable")
    def test_chaos(polytrunk):
        client = polytrunk.client("flowroute")
        asked = [client.get("/v2/numbers").status_code for _ in range(3)]
        assert asked == [503, 503, 200]

    @pytest.mark.polytrunk(chaos="no such script")
    def test_misspelled_script(polytrunk):
        pass

    def test_it_is_gone(polytrunk):
        polytrunk.delete()
        assert False

    @pytest.mark.polytrunk(clocks="2026")
    def test_misspelled(polytrunk):
        pass
"""


@pytest.mark.parametrize("mode", ["server", "wsgi"])
def test_marks_and_what_a_failed_test_shows(suite: Suite, mode: str) -> None:
    done = suite(SMALL, ini=f"polytrunk_mode = {mode}\n")
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    assert "2 failed" in done.stdout
    assert "3 errors" in done.stdout
    for said in (
        "Expected at least 1 SMS with {'text': 'bye'}, found 0 of 1.",
        "text: wanted 'bye', was 'hello'",
        "- universe test-fails-",
        "POST /v2.1/messages -> 202",
        "smpp in submit_sm 12065550100 -> 12125550123 'hello'",
        "mark polytrunk: clocks is none of template, seed, clock, profiles, chaos.",
    ):
        assert said in done.stdout
    assert done.stdout.count("- universe") == 2
    assert re.search("The journal cannot be read: 404 .*There is no universe", done.stdout)


def test_an_own_world_and_an_emulator_that_runs_already(
    suite: Suite, tmp_path: Path, polytrunk_server: Server
) -> None:
    bundle = {
        "polytrunk": 1,
        "service_providers": [{"ref": "p", "name": "Own"}],
        "accounts": [{"service_provider": "p", "name": name} for name in ("One", "Two")],
    }
    (tmp_path / "world.json").write_text(json.dumps(bundle))
    text = "def test_one(polytrunk): assert len(polytrunk.accounts) == {}"
    own = suite(text.format(2), "--polytrunk-mode", "wsgi", ini="polytrunk_seed = world.json\n")
    assert own.returncode == 0, own.stdout + own.stderr
    running = suite(text.format(1), "--polytrunk-url", polytrunk_server.url)
    assert running.returncode == 0, running.stdout + running.stderr
    assert polytrunk_server.answers()


def test_unused_it_costs_nothing_and_a_mode_it_has_not_is_an_error(suite: Suite) -> None:
    done = suite(
        """
        import sys

        def test_without():
            assert "emulators.pytest_plugin" in sys.modules
            heavy = {"gevent", "gateway", "requests", "flask", "emulators.testing"}
            assert not heavy & sys.modules.keys()

        def test_with(polytrunk):
            pass
        """,
        ini="polytrunk_mode = elsewhere\n",
    )
    assert "1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "polytrunk_mode must be server or wsgi, not elsewhere." in done.stdout
