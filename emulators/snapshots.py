"""Copies of all rows of a universe, taken after the seed and put back by a reset.

Leases stay as they are: they say which worker of this process holds which link, and a reset changes
the world, not the process that serves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.models import TABLES, Lease
from gateway.models.database import connection, db, write

_KEPT = {Lease._meta.table_name}
_TABLES = [t._meta.table_name for t in TABLES if t._meta.table_name not in _KEPT]


@dataclass(frozen=True)
class Snapshot:
    """Rows per table as stored, parents before children."""

    rows: dict[str, list[tuple[Any, ...]]]


def take() -> Snapshot:
    """Copy every row of the store in use."""
    with connection():
        rows = {t: db.execute_sql(f'SELECT * FROM "{t}"').fetchall() for t in _TABLES}
    return Snapshot({table: [tuple(row) for row in found] for table, found in rows.items()})


def put_back(snapshot: Snapshot) -> None:
    """Make the store in use what it was, in one transaction. SQLite only."""
    with write():
        # Rows refer to rows of their own table too, so keys are looked at when all are in place.
        db.execute_sql("PRAGMA defer_foreign_keys = ON")
        for table in reversed(_TABLES):
            db.execute_sql(f'DELETE FROM "{table}"')
        for table in _TABLES:
            _insert(table, snapshot.rows.get(table, []))


def _insert(table: str, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    marks = ", ".join("?" * len(rows[0]))
    for row in rows:
        db.execute_sql(f'INSERT INTO "{table}" VALUES ({marks})', row)


def empty() -> Snapshot:
    """A snapshot without rows."""
    return Snapshot({})
