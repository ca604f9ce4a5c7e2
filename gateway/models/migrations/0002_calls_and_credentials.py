"""Calls with their events, SIP credentials, limits. A frozen copy, like the first migration."""

from __future__ import annotations

from typing import Any

TYPES = {
    "sqlite": {
        "id": "INTEGER",
        "uid": "TEXT",
        "big": "INTEGER",
        "int": "INTEGER",
        "bool": "INTEGER",
        "text": "TEXT",
        "roomy": "",
    },
    "postgres": {
        "id": "BIGSERIAL",
        "uid": "UUID",
        "big": "BIGINT",
        "int": "INTEGER",
        "bool": "BOOLEAN",
        "text": "TEXT",
        "roomy": " WITH (fillfactor = 50)",
    },
}

COMMON = """"id" {id} NOT NULL PRIMARY KEY,
    "uid" {uid} NOT NULL UNIQUE,
    "created_at" {big} NOT NULL,
    "updated_at" {big}"""

TABLES = """
CREATE TABLE "credential_list" (
    {common},
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "is_auto" {bool} NOT NULL,
    "extras" {text} NOT NULL
);

CREATE TABLE "sip_credential" (
    {common},
    "credential_list_uid" {uid} NOT NULL REFERENCES "credential_list" ("uid"),
    "username" {text} NOT NULL,
    "password" {text}
);

CREATE TABLE "trunk_credential_list" (
    {common},
    "trunk_uid" {uid} NOT NULL REFERENCES "trunk" ("uid"),
    "credential_list_uid" {uid} NOT NULL REFERENCES "credential_list" ("uid")
);

CREATE TABLE "limit" (
    {common},
    "owner_uid" {uid} NOT NULL,
    "category" {text} NOT NULL,
    "quantity" {int} NOT NULL
);

CREATE TABLE "call" (
    {common},
    "service_provider_uid" {uid},
    "account_uid" {uid} NOT NULL,
    "trunk_uid" {uid},
    "application_uid" {uid},
    "parent_uid" {uid},
    "direction" {text} NOT NULL,
    "started_at" {big} NOT NULL,
    "visible_until" {big},
    "from_number" {text},
    "to_number" {text},
    "from_country" {text},
    "to_country" {text},
    "target" {text} NOT NULL,
    "status" {text} NOT NULL,
    "sip_status" {int} NOT NULL,
    "sip_call_id" {text} NOT NULL,
    "caller_name" {text},
    "ringing_at" {big},
    "answered_at" {big},
    "ended_at" {big},
    "ended_by" {text},
    "reason" {text},
    "host" {text},
    "remote_host" {text},
    "origin_address" {text},
    "trunk_name" {text},
    "rate_nano" {big},
    "price_nano" {big},
    "billed_seconds" {int},
    "currency" {text},
    "tag" {text},
    "is_emergency" {bool} NOT NULL,
    "actor" {text},
    "hooks" {text} NOT NULL,
    "extras" {text} NOT NULL
){roomy};

CREATE TABLE "call_event" (
    {common},
    "call_uid" {uid} NOT NULL,
    "at" {big} NOT NULL,
    "type" {text} NOT NULL,
    "data" {text} NOT NULL
)
"""

INDEXES = """
CREATE INDEX "credential_list_service_provider_uid" ON "credential_list" ("service_provider_uid");
CREATE INDEX "credential_list_account_uid" ON "credential_list" ("account_uid");
CREATE INDEX "sip_credential_username" ON "sip_credential" ("username");
CREATE UNIQUE INDEX "sip_credential_credential_list_uid_username"
    ON "sip_credential" ("credential_list_uid", "username");
CREATE INDEX "trunk_credential_list_credential_list_uid"
    ON "trunk_credential_list" ("credential_list_uid");
CREATE UNIQUE INDEX "trunk_credential_list_trunk_uid_credential_list_uid"
    ON "trunk_credential_list" ("trunk_uid", "credential_list_uid");
CREATE UNIQUE INDEX "limit_owner_uid_category" ON "limit" ("owner_uid", "category");
CREATE INDEX "call_account_uid_started_at" ON "call" ("account_uid", "started_at");
CREATE INDEX "call_service_provider_uid_started_at"
    ON "call" ("service_provider_uid", "started_at");
CREATE INDEX "call_account_uid_visible_until" ON "call" ("account_uid", "visible_until");
CREATE INDEX "call_account_uid_sip_call_id" ON "call" ("account_uid", "sip_call_id");
CREATE INDEX "call_event_call_uid" ON "call_event" ("call_uid")
"""


def up(migrator: Any, database: Any) -> None:
    types = TYPES[database.kind]
    common = COMMON.format(**types)
    for statement in (TABLES + ";" + INDEXES).split(";"):
        database.execute_sql(statement.format(common=common, **types))
