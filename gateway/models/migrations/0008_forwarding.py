"""Accounts that are kept at providers: where numbers are, routes of messages, what both sides last
agreed on, and events that came before."""

from __future__ import annotations

from typing import Any

TYPES = {
    "sqlite": {
        "id": "INTEGER", "uid": "TEXT", "big": "INTEGER", "int": "INTEGER", "bool": "INTEGER",
        "text": "TEXT",
    },
    "postgres": {
        "id": "BIGSERIAL", "uid": "UUID", "big": "BIGINT", "int": "INTEGER", "bool": "BOOLEAN",
        "text": "TEXT",
    },
}  # fmt: skip

STATEMENTS = """
ALTER TABLE "number" ADD COLUMN "connection_uid" {uid};
ALTER TABLE "connection" ADD COLUMN "event_token" {text};
ALTER TABLE "connection" ADD COLUMN "event_secret" {text};
CREATE TABLE "message_route" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "account_uid" {uid} NOT NULL REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "from_number" {text},
    "prefix" {text},
    "country" {text},
    "link_uid" {uid},
    "connection_uid" {uid},
    "priority" {int} NOT NULL,
    "weight" {int} NOT NULL,
    "cost_nano" {big} NOT NULL,
    "enabled" {bool} NOT NULL
);
CREATE UNIQUE INDEX "message_route_account_uid_name" ON "message_route" ("account_uid", "name");
CREATE TABLE "baseline" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "connection_uid" {uid} NOT NULL REFERENCES "connection" ("uid"),
    "rows" {text} NOT NULL
);
CREATE UNIQUE INDEX "baseline_connection_uid" ON "baseline" ("connection_uid");
CREATE TABLE "seen_event" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "connection_uid" {uid} NOT NULL,
    "key" {text} NOT NULL
);
CREATE UNIQUE INDEX "seen_event_connection_uid_key" ON "seen_event" ("connection_uid", "key")
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement.format(**TYPES[database.kind]))
