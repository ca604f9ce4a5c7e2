"""Hooks that show a key to who receives them."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    'ALTER TABLE "hook" ADD COLUMN "key_name" TEXT',
    'ALTER TABLE "hook" ADD COLUMN "key_value" TEXT',
)


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
