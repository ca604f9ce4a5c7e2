"""Bring a database's tables up to the version of this program.

All pending migrations run in one transaction under a lock that other processes respect, so that any
number of processes may start at once: one upgrades, the others find nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playhouse.migrations import Runner

from gateway.models.transactions import connection, db, using, write

if TYPE_CHECKING:
    from gateway.models.store import Store

DIRECTORY = Path(__file__).with_name("migrations")
ADVISORY_LOCK = 7_011_845_226_614  # any number, as long as nobody else uses it


class Migration(NamedTuple):
    """A migration file or a row of the history; `applied` is null while it waits."""

    name: str
    applied: datetime | None


def status(store: Store) -> list[Migration]:
    """Every known migration in order, also those a newer program applied."""
    with using(store), connection():
        return [Migration(one.name, one.applied) for one in _runner(store).status()]


def upgrade(store: Store) -> list[str]:
    """Apply what is pending; the names of the migrations applied now.

    Raises Unavailable when the database cannot be had, RuntimeError when a migration left rows that
    refer to nothing.
    """
    with using(store), connection(), _without_foreign_keys(store), write(patience=60.0):
        if store.kind == "postgres":
            db.execute_sql("SET LOCAL lock_timeout = '60s'")
            db.execute_sql("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
        applied = list(_runner(store).up())
        if store.kind == "sqlite" and db.execute_sql("PRAGMA foreign_key_check").fetchone():
            raise RuntimeError(f"{applied} would leave references to rows that do not exist")
        return applied


def _runner(store: Store) -> Runner:
    return Runner(store.database, str(DIRECTORY))


@contextmanager
def _without_foreign_keys(store: Store) -> Iterator[None]:
    """SQLite changes a table by copying it; that must not look like deleting its rows."""
    if store.kind != "sqlite":
        yield
        return
    db.execute_sql("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        db.execute_sql("PRAGMA foreign_keys = ON")
