"""Programs outside of Python that some tests need, and what happens where one is missing.

A test says what it needs by a marker of the program's name. Missing, the test is skipped with the
reason; listed in POLYTRUNK_TEST_REQUIRE (comma list), it fails instead, so that a machine that
should have the program cannot hide its absence.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache

import psycopg
import pytest

REQUIRE = "POLYTRUNK_TEST_REQUIRE"
POSTGRES_URL = "POLYTRUNK_TEST_POSTGRES_URL"
LOCAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")


def postgres_url() -> str:
    """The server tests may make databases on, as the URL of an existing database."""
    return os.environ.get(POSTGRES_URL) or LOCAL_POSTGRES


def _postgres() -> str | None:
    try:
        with psycopg.connect(postgres_url(), connect_timeout=3) as conn:
            row = conn.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user")
            may_create = row.fetchone()
    except psycopg.Error as error:
        return f"no PostgreSQL at {_without_password(postgres_url())}: {str(error).strip()}"
    return None if may_create and may_create[0] else "the PostgreSQL user may not make databases"


def _without_password(url: str) -> str:
    head, _, tail = url.rpartition("@")
    user = head.rpartition("/")[2].partition(":")[0]
    return f"{head.partition('//')[0]}//{user}@{tail}" if head else url


def _program(*names: str) -> Callable[[], str | None]:
    def absent() -> str | None:
        return None if any(map(shutil.which, names)) else f"no {' or '.join(names)} in PATH"

    return absent


def _browser() -> str | None:
    """A browser, and the program it is driven with."""
    return _program(*BROWSERS)() or _program("chromedriver")()


NEEDS: dict[str, Callable[[], str | None]] = {
    "postgres": _postgres,
    "node": _program("node"),
    "browser": _browser,
    "tshark": _program("tshark"),
}


@cache
def missing(name: str) -> str | None:
    """Why a requirement is not met, or None; looked up once per process."""
    return NEEDS[name]()


def demanded() -> frozenset[str]:
    """What must not be missing here; a name nobody knows is an error, not a silent pass."""
    names = frozenset(filter(None, map(str.strip, os.environ.get(REQUIRE, "").split(","))))
    unknown = names - NEEDS.keys()
    if unknown:
        raise pytest.UsageError(f"{REQUIRE}: unknown {', '.join(sorted(unknown))}")
    return names


def require(name: str) -> None:
    """Skip the running test where `name` is missing, or fail it where it is demanded."""
    reason = missing(name)
    if reason is None:
        return
    if name in demanded():
        pytest.fail(f"{name} is required here: {reason}", pytrace=False)
    pytest.skip(reason)
