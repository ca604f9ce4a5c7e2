"""Every command in the pages below docs/ is run, in order, session by session."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import doctest_shell, stores
from tests.support.markdown import ROOT, blocks, documents, name_of

SLOW = ("docs/forwarding.md", "docs/parity.md", "docs/stories.md", "docs/sync.md")
"""Pages with more commands than a short run has time for."""
DOCUMENTED_POSTGRES = "postgresql://polytrunk@127.0.0.1/polytrunk"
PAGES = [page for page in documents() if page.name != "README.md" or page.parent != ROOT]
SESSIONS = [
    pytest.param(
        page,
        session,
        id=f"{name_of(page)}-{session}",
        marks=[
            *([pytest.mark.postgres] if session == "postgres" else []),
            *([pytest.mark.long] if name_of(page) in SLOW else []),
        ],
    )
    for page in PAGES
    for session in doctest_shell.sessions(page.read_text())
]


@pytest.fixture
def replaced(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """A database of its own for pages that name one."""
    if request.node.get_closest_marker("postgres") is None:
        yield {}
        return
    with stores.postgres_database("docs") as url:
        yield {DOCUMENTED_POSTGRES: url}


@pytest.mark.parametrize(("page", "session"), SESSIONS)
def test_a_session(page: Path, session: str, tmp_path: Path, replaced: dict[str, str]) -> None:
    doctest_shell.run(page, tmp_path, session, replaced=replaced)


def test_there_are_pages_with_commands() -> None:
    assert {"docs/smpp.md", "docs/operations.md", "docs/emulator.md"} <= {
        name_of(param.values[0])
        for param in SESSIONS  # type: ignore[arg-type]
    }


@pytest.mark.parametrize("page", documents(), ids=name_of)
def test_json_in_a_page_is_json(page: Path) -> None:
    for block in blocks(page.read_text()):
        if block.language == "json":
            assert list(values(block.text)), f"{name_of(page)}:{block.line}"


def values(text: str) -> Iterator[object]:
    """The JSON values of a block, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += len(text[at:]) - len(text[at:].lstrip())


@pytest.mark.parametrize("page", documents(), ids=name_of)
def test_quotes_of_files_are_in_the_files(page: Path) -> None:
    """A python block that begins with `# path` quotes that file; `...` leaves lines out."""
    for block in blocks(page.read_text()):
        first, _, quoted = block.text.partition("\n")
        if block.language == "python" and first.startswith("# "):
            content = (ROOT / first.removeprefix("# ")).read_text()
            at = 0
            for part in quoted.split("\n...\n"):
                found = content.find(part.strip("\n"), at)
                assert found >= 0, f"{name_of(page)}:{block.line}: {first} lacks\n{part}"
                at = found + len(part)


def test_what_make_run_runs(tmp_path: Path) -> None:
    """`make run` is one line, which is run here, with the story's end."""
    command = ["make", "--no-print-directory", "--dry-run", "run"]
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}  # these tests may themselves be run by make
    own = {name: value for name, value in os.environ.items() if name not in outer}
    rules = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True)
    assert rules.stdout.rstrip().endswith("polytrunk demo")
    step = doctest_shell.Step("polytrunk demo --once", "...It works....", 0)
    with doctest_shell.shell(tmp_path, "Makefile") as shell:
        shell.run([step])
