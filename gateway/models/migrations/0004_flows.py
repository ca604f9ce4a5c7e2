"""Call flows and the numbers that lead into them."""

from __future__ import annotations

from typing import Any

TYPES = {
    "sqlite": {"id": "INTEGER", "uid": "TEXT", "big": "INTEGER", "text": "TEXT"},
    "postgres": {"id": "BIGSERIAL", "uid": "UUID", "big": "BIGINT", "text": "TEXT"},
}

STATEMENTS = """
CREATE TABLE "flow_node" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "account_uid" {uid} NOT NULL REFERENCES "account" ("uid"),
    "type" {text} NOT NULL,
    "name" {text} NOT NULL,
    "extension" {text} NOT NULL,
    "config" {text} NOT NULL,
    "extras" {text} NOT NULL
);
CREATE UNIQUE INDEX "flow_node_account_uid_extension" ON "flow_node" ("account_uid", "extension");
CREATE INDEX "flow_node_account_uid_type" ON "flow_node" ("account_uid", "type");
CREATE TABLE "flow_reference" (
    "id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big},
    "flow_node_uid" {uid} NOT NULL REFERENCES "flow_node" ("uid"),
    "path" {text} NOT NULL,
    "kind" {text} NOT NULL,
    "target_uid" {uid} NOT NULL
);
CREATE INDEX "flow_reference_flow_node_uid" ON "flow_reference" ("flow_node_uid");
CREATE INDEX "flow_reference_target_uid" ON "flow_reference" ("target_uid");
ALTER TABLE "number" ADD COLUMN "flow_node_uid" {uid} REFERENCES "flow_node" ("uid");
CREATE INDEX "number_flow_node_uid" ON "number" ("flow_node_uid")
"""


def up(migrator: Any, database: Any) -> None:
    for statement in STATEMENTS.split(";"):
        database.execute_sql(statement.format(**TYPES[database.kind]))
