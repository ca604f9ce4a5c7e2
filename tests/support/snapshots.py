"""A whole database as one comparable value: did anything at all change?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.models import TABLES
from gateway.models.database import db

# When a key was last used is written beside the request that used it.
BESIDE = {("access_key", "last_used_at")}


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table of the current store."""
    found = {}
    for model in TABLES:
        table = model._meta.table_name
        columns = [
            column.column_name
            for column in model._meta.sorted_fields
            if (table, column.column_name) not in BESIDE
        ]
        listed = ", ".join(f'"{name}"' for name in columns)
        rows = db.execute_sql(f'SELECT {listed} FROM "{table}" ORDER BY id')
        found[table] = [tuple(row) for row in rows.fetchall()]
    return found


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    """Tables that differ."""
    return [name for name in before if before[name] != after[name]]


@contextmanager
def nothing_changes() -> Iterator[None]:
    """The block must leave every table of the current store as it was."""
    before = snapshot()
    yield
    assert changed(before, snapshot()) == []
