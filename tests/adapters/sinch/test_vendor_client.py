"""The vendor's own client for Node, every public method of it, against a running emulator."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.sinch import world
from tests.emulators.running import Running, running

PACKAGES = ("@sinch/elastic-sip-trunking@1.4.0", "@sinch/sdk-core@1.4.0")
SCRIPT = Path(__file__).with_name("vendor_client.mjs")
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error")
INSTALL_SECONDS, SCENARIO_SECONDS = 180, 60
PARTS = {
    "accessControlList": 12,
    "callBlockingRules": 4,
    "calls": 2,
    "countryPermissions": 3,
    "credentialLists": 8,
    "projects": 1,
    "sipEndpoints": 5,
    "sipTrunks": 12,
}
"""How many methods each part of the client has for the API, beside those all parts have."""
SHARED = {"setHostname", "setCredentials", "getSinchClient"}


def bundle() -> dict[str, Any]:
    """The world, with calls for several pages."""
    whole = world.bundle()
    whole["calls"] += [world.call(100 + number) for number in range(9)]
    return whole


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Running]:
    seed = tmp_path / "world.json"
    seed.write_text(json.dumps(bundle()))
    with running("--seed", str(seed)) as made:
        yield made


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with the client in it."""
    folder = tmp_path / "client"
    folder.mkdir()
    npm = shutil.which("npm")
    assert npm is not None, "npm comes with Node.js"
    done = subprocess.run(
        [npm, "install", *QUIET, *PACKAGES],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return folder


def play(folder: Path, emulator: Running) -> dict[str, Any]:
    """Run the scenario; what it reports in its last line."""
    given = [emulator.ready["url"], world.ALPHA, "alpha", "alpha-secret", world.SUB]
    done = subprocess.run(
        ["node", str(SCRIPT), *given],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SCENARIO_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def exchanges(emulator: Running) -> list[tuple[str, int]]:
    """Path and status of every request, in order."""
    status, found = emulator.control("GET", "/journal?kind=http&limit=5000")
    assert status == 200, found
    return [(one["request"]["path"], one["answer"]["status"]) for one in found["entries"]]


@pytest.mark.node
def test_every_method_of_the_client_works(emulator: Running, installed: Path) -> None:
    report = play(installed, emulator)
    assert report["missed"] == []
    own = [name.split(".") for name in report["called"]]
    counted = [part for part, name in own if name not in SHARED]
    assert {part: counted.count(part) for part in counted} == PARTS
    sent = exchanges(emulator)
    trunks = f"{world.BASE}/trunks"
    expired = sent.index((trunks, 401))
    assert sent[expired : expired + 3] == [(trunks, 401), ("/oauth2/token", 200), (trunks, 200)]
