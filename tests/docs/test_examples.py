"""The worked examples below docs/examples do what they say, each as its reader would run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emulators.testing.server import Server
from tests.support.markdown import ROOT

EXAMPLES = ROOT / "docs" / "examples"
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error")
RUN_SECONDS, INSTALL_SECONDS = 120, 180


def run(command: list[str], folder: Path, seconds: int = RUN_SECONDS, **environment: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copied(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an example, outside of the repository."""
    skipped = shutil.ignore_patterns("node_modules", "__pycache__", ".*")
    return Path(shutil.copytree(EXAMPLES / request.param, tmp_path / "example", ignore=skipped))


@pytest.mark.parametrize("copied", ["sms_app"], indirect=True)
def test_the_app_and_its_tests_run_at_once(copied: Path) -> None:
    others = ("-p", "no:schemathesis")  # a plugin of these tests' own, which is slow to load
    printed = run([sys.executable, "-m", "pytest", "-q", "-n", "4", *others], copied)
    assert "10 passed" in printed


@pytest.mark.parametrize("path", sorted((EXAMPLES / "sms_app").rglob("*.py")), ids=lambda p: p.name)
def test_nothing_in_the_app_sleeps(path: Path) -> None:
    assert "sleep" not in path.read_text()


def test_plain_http_from_python(polytrunk_server: Server) -> None:
    command = [sys.executable, str(EXAMPLES / "python_requests.py"), polytrunk_server.url]
    assert run(command, ROOT).splitlines() == [
        "202 queued",
        "run smsc submit",
        "three seconds later delivery failure",
        "to the carrier 12125559001 Your code is 4711",
    ]


@pytest.mark.node
@pytest.mark.parametrize("copied", ["node"], indirect=True)
def test_plain_http_from_node(copied: Path, polytrunk_server: Server) -> None:
    npm = shutil.which("npm")
    assert npm is not None, "npm comes with Node.js"
    run([npm, "install", *QUIET], copied, INSTALL_SECONDS)
    printed = run([npm, "test"], copied, POLYTRUNK_TEST_URL=polytrunk_server.url)
    assert "# pass 4" in printed
    assert "# fail 0" in printed
