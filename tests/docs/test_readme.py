"""The README does what it says: every command of it is run, in order, as a reader would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import doctest_shell, stores
from tests.support.markdown import MAIN, ROOT

README = ROOT / "README.md"
DOCUMENTED_POSTGRES = "postgresql://polytrunk@127.0.0.1/polytrunk"

# command -> why it is not run here, and what runs it instead
NOT_RUN = {
    "make run": "installs into .venv; test_commands runs what its rule runs",
    "make test": "is the command that runs this test",
}


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    with stores.postgres_database("readme") as url:
        yield url


def test_the_transcript_of_the_emulator(tmp_path: Path) -> None:
    doctest_shell.run(README, tmp_path, MAIN, not_run=NOT_RUN)


@pytest.mark.postgres
def test_the_way_to_production(tmp_path: Path, empty_postgres: str) -> None:
    replaced = {DOCUMENTED_POSTGRES: empty_postgres}
    doctest_shell.run(README, tmp_path, "postgres", replaced=replaced, not_run=NOT_RUN)


def test_no_other_sessions_are_left_out() -> None:
    assert set(doctest_shell.sessions(README.read_text())) == {MAIN, "postgres"}


def test_the_list_of_what_is_not_run_is_in_use() -> None:
    sessions = doctest_shell.sessions(README.read_text())
    typed = {step.plain for steps in sessions.values() for step in steps}
    assert typed >= NOT_RUN.keys()
