"""What was moved from one provider to another, step by step."""

from __future__ import annotations

from typing import Any

TYPES = {
    "sqlite": {"id": "INTEGER", "uid": "TEXT", "big": "INTEGER", "int": "INTEGER", "text": "TEXT"},
    "postgres": {
        "id": "BIGSERIAL", "uid": "UUID", "big": "BIGINT", "int": "INTEGER", "text": "TEXT",
    },
}  # fmt: skip

STATEMENTS = """
CREATE TABLE "sync_run" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "account_uid" {uid} NOT NULL REFERENCES "account" ("uid"),
    "source_uid" {uid} NOT NULL,
    "target_uid" {uid} NOT NULL,
    "digest" {text} NOT NULL,
    "plan" {text} NOT NULL,
    "state" {text} NOT NULL,
    "error" {text}
);
CREATE INDEX "sync_run_account_uid" ON "sync_run" ("account_uid");
CREATE TABLE "sync_item" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "run_uid" {uid} NOT NULL REFERENCES "sync_run" ("uid"),
    "position" {int} NOT NULL,
    "key" {text} NOT NULL,
    "action" {text} NOT NULL,
    "kind" {text} NOT NULL,
    "state" {text} NOT NULL,
    "foreign_id" {text},
    "values" {text} NOT NULL,
    "before" {text} NOT NULL,
    "losses" {text} NOT NULL,
    "error" {text}
);
CREATE UNIQUE INDEX "sync_item_run_uid_position" ON "sync_item" ("run_uid", "position")
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement.format(**TYPES[database.kind]))
