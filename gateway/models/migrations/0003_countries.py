"""Countries an account may reach; an index that pages of calls are counted and skipped by."""

from __future__ import annotations

from typing import Any

TYPES = {
    "sqlite": {"id": "INTEGER", "uid": "TEXT", "big": "INTEGER", "bool": "INTEGER", "text": "TEXT"},
    "postgres": {
        "id": "BIGSERIAL",
        "uid": "UUID",
        "big": "BIGINT",
        "bool": "BOOLEAN",
        "text": "TEXT",
    },
}

STATEMENTS = """
CREATE TABLE "country_permission" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "account_uid" {uid} NOT NULL REFERENCES "account" ("uid"),
    "iso_code" {text} NOT NULL,
    "enabled" {bool} NOT NULL
);
CREATE UNIQUE INDEX "country_permission_account_uid_iso_code"
    ON "country_permission" ("account_uid", "iso_code");
DROP INDEX "call_account_uid_started_at";
CREATE INDEX "call_account_uid_started_at_id_status"
    ON "call" ("account_uid", "started_at", "id", "status")
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement.format(**TYPES[database.kind]))
