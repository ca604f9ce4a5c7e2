"""Connections of accounts to real providers."""

from __future__ import annotations

from typing import Any

TYPES = {
    "sqlite": {"id": "INTEGER", "uid": "TEXT", "big": "INTEGER", "bool": "INTEGER", "text": "TEXT"},
    "postgres": {
        "id": "BIGSERIAL", "uid": "UUID", "big": "BIGINT", "bool": "BOOLEAN", "text": "TEXT",
    },
}  # fmt: skip

STATEMENTS = """
CREATE TABLE "connection" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "account_uid" {uid} NOT NULL REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "dialect" {text} NOT NULL,
    "base_url" {text} NOT NULL,
    "secret" {text} NOT NULL,
    "mode" {text} NOT NULL,
    "kinds" {text} NOT NULL,
    "is_active" {bool} NOT NULL,
    "settings" {text} NOT NULL
);
CREATE UNIQUE INDEX "connection_account_uid_name" ON "connection" ("account_uid", "name")
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement.format(**TYPES[database.kind]))
