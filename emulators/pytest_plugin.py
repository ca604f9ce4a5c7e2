"""The pytest plugin: a universe for each test, in one emulator for the whole run.

It costs an import when it is not used: all else is imported by the fixture that needs it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulators.testing.inprocess import InProcess
    from emulators.testing.server import Server
    from emulators.testing.universe import Universe

SERVER, WSGI = "server", "wsgi"
MARKER = "polytrunk(template, seed, clock, profiles, chaos): how the test's universe is made"
MEMBERS = ("template", "seed", "clock", "profiles", "chaos")
MOST_NAME = 28
MOST_LINES = 40

HELD = pytest.StashKey["Universe"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("polytrunk", "the polytrunk emulator")
    mode = "server: one process for the run; wsgi: no sockets, in the process of the tests"
    group.addoption("--polytrunk-mode", choices=(SERVER, WSGI), help=mode)
    group.addoption("--polytrunk-url", metavar="URL", help="an emulator that runs already")
    parser.addini("polytrunk_mode", f"{mode} (server)", default=SERVER)
    parser.addini("polytrunk_seed", "file of the bundle to start with, in place of the demo world")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def polytrunk_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The emulator of the run: a process that all workers share, or `--polytrunk-url`."""
    from emulators.testing.server import Server, shared

    url = pytestconfig.getoption("polytrunk_url")
    if url:
        yield Server(url)
        return
    folder = tmp_path_factory.getbasetemp()
    if hasattr(pytestconfig, "workerinput"):
        folder = folder.parent  # that of the run, where the workers' own are
    seed = _seed_file(pytestconfig)
    with shared(folder, ["--seed", str(seed)] if seed else []) as server:
        yield server


@pytest.fixture(scope="session")
def polytrunk_app(pytestconfig: pytest.Config) -> Iterator[InProcess]:
    """The emulator as a WSGI application in this process, which is not patched."""
    from emulators.testing.inprocess import InProcess

    app = InProcess(_seed_file(pytestconfig))
    yield app
    app.stop()


@pytest.fixture
def polytrunk(request: pytest.FixtureRequest) -> Iterator[Universe]:
    """A universe of the test's own. Its name and seed follow from the test's id, so that a test
    that failed fails in the same way again."""
    from emulators.testing.universe import Universe

    wanted = _marked(request.node)
    chaos = wanted.pop("chaos", None)
    name, seed = _identity(request.node.nodeid)
    mode = _mode(request.config)
    place = request.getfixturevalue("polytrunk_app" if mode == WSGI else "polytrunk_server")
    universe = Universe.make(place, **{"name": name, "seed": seed, **wanted})
    request.node.stash[HELD] = universe
    try:
        if chaos is not None:
            universe.chaos(chaos)
        yield universe
    finally:
        universe.delete()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A test that failed shows what its universe saw."""
    report = yield
    universe = item.stash.get(HELD, None)
    if universe is not None and report.when == "call" and report.failed:
        report.sections.append((f"universe {universe.name}", _seen(universe)))
    return report


def _seen(universe: Universe) -> str:
    """The end of a universe's journal, or why it cannot be read."""
    from emulators.testing import expect
    from emulators.testing.universe import Refused

    try:
        entries = universe.journal()
    except (OSError, Refused) as error:
        return f"The journal cannot be read: {error}"
    return "\n".join(f"#{entry['seq']} {expect.line(entry)}" for entry in entries[-MOST_LINES:])


def _mode(config: pytest.Config) -> str:
    mode = config.getoption("polytrunk_mode") or config.getini("polytrunk_mode")
    if mode not in (SERVER, WSGI):
        raise pytest.UsageError(f"polytrunk_mode must be {SERVER} or {WSGI}, not {mode}.")
    return str(mode)


def _seed_file(config: pytest.Config) -> Path | None:
    name = config.getini("polytrunk_seed")
    return config.rootpath / name if name else None


def _marked(item: pytest.Item) -> dict[str, Any]:
    """The members of all marks of a test; those nearest to it win."""
    wanted: dict[str, Any] = {}
    for mark in item.iter_markers("polytrunk"):
        unknown = [repr(one) for one in mark.args] + sorted(mark.kwargs.keys() - set(MEMBERS))
        if unknown:
            known = ", ".join(MEMBERS)
            raise pytest.UsageError(f"mark polytrunk: {', '.join(unknown)} is none of {known}.")
        wanted = {**mark.kwargs, **wanted}
    if "clock" in wanted:
        wanted["clock"] = _clock(wanted["clock"])
    return wanted


def _clock(given: Any) -> dict[str, Any]:
    """`clock` of a mark: an instant to stand still at, or {mode, now}."""
    from emulators.testing.universe import instant

    members = given if isinstance(given, dict) else {"now": given}
    return {name: instant(value) for name, value in members.items()}


def _identity(nodeid: str) -> tuple[str, int]:
    digest = hashlib.sha256(nodeid.encode()).hexdigest()
    words = re.sub(r"[^a-z0-9]+", "-", nodeid.rpartition("::")[2].lower()).strip("-")
    return f"{words[:MOST_NAME].strip('-') or 'test'}-{digest[:8]}", int(digest[:8], 16)
