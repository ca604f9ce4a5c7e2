"""Databases for tests: a file copied from a finished template, or one PostgreSQL database per
process that is emptied before each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from gateway.models import TABLES
from gateway.models.database import Store, open_store, upgrade
from gateway.models.keyring import Keyring
from tests.support.requirements import postgres_url

KEYRING = Keyring.from_secret("the secret key of all tests, of no value")

EMPTYING = ";".join(f'DELETE FROM "{model._meta.table_name}"' for model in reversed(TABLES))


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def make_sqlite_template(path: Path) -> Path:
    """A SQLite file with all tables and no rows, complete in one file."""
    store = open_store(sqlite_url(path), keyring=KEYRING, synchronous="OFF")
    upgrade(store)
    store.close()
    return path


def open_copy(template: Path, path: Path) -> Store:
    shutil.copyfile(template, path)
    return open_store(sqlite_url(path), keyring=KEYRING, synchronous="NORMAL")


@contextmanager
def postgres_database(purpose: str) -> Iterator[str]:
    """The URL of a new, empty database that is dropped at the end of the block."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"polytrunk_test_{purpose}_{worker}_{os.getpid()}"
    with psycopg.connect(postgres_url(), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
        # nobody cuts the server's power here, and waiting for its disk is most of a short test
        server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        yield _url_of(name)
    finally:
        with psycopg.connect(postgres_url(), autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _url_of(name: str) -> str:
    """The server's URL with another database in it."""
    base, query_mark, query = postgres_url().partition("?")
    scheme, _, rest = base.partition("://")
    authority = rest.partition("/")[0]
    return f"{scheme}://{authority}/{name}{query_mark}{query}"


def empty(url: str) -> None:
    """Delete all rows, children first: much faster than TRUNCATE on tables this small."""
    with psycopg.connect(url) as conn:
        conn.execute(EMPTYING)
