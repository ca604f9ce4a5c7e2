"""The first schema: tenancy, trunks, numbers, applications, messages, jobs and aliases.

A frozen copy, independent of the models: it stays as it is when they change. One text serves both
databases; only the names of the column types differ. `roomy` tables have rows that change several
times soon after they are made: with room on their page PostgreSQL leaves the indexes alone.
"""

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
CREATE TABLE "service_provider" (
    {common},
    "name" {text} NOT NULL,
    "description" {text},
    "root_domain" {text},
    "extras" {text} NOT NULL
);

CREATE TABLE "account" (
    {common},
    "service_provider_uid" {uid} NOT NULL REFERENCES "service_provider" ("uid"),
    "parent_uid" {uid} REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "realm" {text},
    "domain" {text},
    "billing_number" {text},
    "is_active" {bool} NOT NULL,
    "webhook_secret" {text},
    "device_application_uid" {uid},
    "has_aliases" {bool} NOT NULL,
    "address" {text},
    "extras" {text} NOT NULL
);

CREATE TABLE "user" (
    {common},
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "login" {text},
    "email" {text},
    "name" {text},
    "phone" {text},
    "password_hash" {text},
    "scope" {text} NOT NULL,
    "roles" {text} NOT NULL,
    "is_active" {bool} NOT NULL,
    "extras" {text} NOT NULL
);

CREATE TABLE "access_key" (
    {common},
    "scope" {text} NOT NULL,
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "key_id" {text} NOT NULL,
    "secret_hash" {text} NOT NULL,
    "secret" {text},
    "expires_at" {big},
    "last_used_at" {big},
    "revoked_at" {big},
    "label" {text}
);

CREATE TABLE "revoked_token" (
    {common},
    "jti" {text} NOT NULL,
    "expires_at" {big} NOT NULL
);

CREATE TABLE "hook" (
    {common},
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "number_uid" {uid},
    "purpose" {text} NOT NULL,
    "url" {text} NOT NULL,
    "method" {text} NOT NULL,
    "username" {text},
    "password" {text},
    "auth_type" {text},
    "priority" {int} NOT NULL,
    "enabled" {bool} NOT NULL,
    "dialect" {text} NOT NULL,
    "extras" {text} NOT NULL
);

CREATE TABLE "application" (
    {common},
    "account_uid" {uid} NOT NULL REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "call_hook_uid" {uid} REFERENCES "hook" ("uid"),
    "status_hook_uid" {uid} REFERENCES "hook" ("uid"),
    "message_hook_uid" {uid} REFERENCES "hook" ("uid"),
    "extras" {text} NOT NULL
);

CREATE TABLE "document" (
    {common},
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "scope_uid" {uid} NOT NULL,
    "kind" {text} NOT NULL,
    "key" {text},
    "name" {text},
    "body" {text} NOT NULL,
    "expires_at" {big}
);

CREATE TABLE "trunk" (
    {common},
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "description" {text},
    "host_name" {text} NOT NULL,
    "is_active" {bool} NOT NULL,
    "leading_plus" {bool} NOT NULL,
    "tech_prefix" {text},
    "application_uid" {uid} REFERENCES "application" ("uid"),
    "calls_per_second" {int},
    "caller_name_lookup" {bool} NOT NULL,
    "forward_enabled" {bool} NOT NULL,
    "forward_number" {text},
    "register_required" {bool} NOT NULL,
    "register_username" {text},
    "register_realm" {text},
    "register_password" {text},
    "register_from_user" {text},
    "register_from_domain" {text},
    "register_public_contact" {bool} NOT NULL,
    "smpp_system_id" {text},
    "smpp_password" {text},
    "smpp_inbound_system_id" {text},
    "smpp_inbound_password" {text},
    "smpp_enquire_seconds" {int} NOT NULL,
    "is_auto" {bool} NOT NULL,
    "extras" {text} NOT NULL
);

CREATE TABLE "access_list" (
    {common},
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "name" {text} NOT NULL,
    "enabled" {bool} NOT NULL,
    "is_auto" {bool} NOT NULL,
    "home_trunk_uid" {uid} REFERENCES "trunk" ("uid"),
    "extras" {text} NOT NULL
);

CREATE TABLE "endpoint" (
    {common},
    "service_provider_uid" {uid} REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "trunk_uid" {uid} REFERENCES "trunk" ("uid"),
    "access_list_uid" {uid} REFERENCES "access_list" ("uid"),
    "name" {text} NOT NULL,
    "kind" {text} NOT NULL,
    "address" {text},
    "prefix_length" {int},
    "port" {int},
    "transport" {text},
    "value" {text},
    "priority" {int} NOT NULL,
    "enabled" {bool} NOT NULL,
    "dials" {bool} NOT NULL,
    "admits" {bool} NOT NULL,
    "route_number" {big},
    "is_auto" {bool} NOT NULL,
    "description" {text},
    "extras" {text} NOT NULL
);

CREATE TABLE "trunk_access_list" (
    {common},
    "trunk_uid" {uid} NOT NULL REFERENCES "trunk" ("uid"),
    "access_list_uid" {uid} NOT NULL REFERENCES "access_list" ("uid")
);

CREATE TABLE "smpp_link" (
    {common},
    "trunk_uid" {uid} NOT NULL REFERENCES "trunk" ("uid"),
    "host" {text} NOT NULL,
    "port" {int} NOT NULL,
    "prefix_length" {int} NOT NULL,
    "use_tls" {bool} NOT NULL,
    "is_primary" {bool} NOT NULL,
    "dials" {bool} NOT NULL,
    "admits" {bool} NOT NULL,
    "enabled" {bool} NOT NULL,
    "settings" {text} NOT NULL,
    "extras" {text} NOT NULL
);

CREATE TABLE "number" (
    {common},
    "service_provider_uid" {uid} NOT NULL REFERENCES "service_provider" ("uid"),
    "account_uid" {uid} REFERENCES "account" ("uid"),
    "e164" {text} NOT NULL,
    "status" {text} NOT NULL,
    "from_inventory" {bool} NOT NULL,
    "handling" {text} NOT NULL,
    "trunk_uid" {uid} REFERENCES "trunk" ("uid"),
    "application_uid" {uid} REFERENCES "application" ("uid"),
    "primary_endpoint_uid" {uid} REFERENCES "endpoint" ("uid"),
    "failover_endpoint_uid" {uid} REFERENCES "endpoint" ("uid"),
    "alias" {text},
    "kind" {text} NOT NULL,
    "country" {text},
    "area_code" {text},
    "exchange" {text},
    "region" {text},
    "rate_center" {text},
    "cnam_lookup" {bool} NOT NULL,
    "monthly_cost_nano" {big},
    "setup_cost_nano" {big},
    "currency" {text},
    "assigned_at" {big},
    "extras" {text} NOT NULL
);

CREATE TABLE "message" (
    {common},
    "account_uid" {uid} NOT NULL,
    "direction" {text} NOT NULL,
    "from_number" {text} NOT NULL,
    "to_number" {text} NOT NULL,
    "text" {text},
    "coding" {int} NOT NULL,
    "segments" {int} NOT NULL,
    "is_mms" {bool} NOT NULL,
    "media" {text} NOT NULL,
    "status" {text} NOT NULL,
    "trunk_uid" {uid},
    "transport" {text},
    "number_kind" {text},
    "callback_url" {text},
    "callback_dialect" {text},
    "price_nano" {big},
    "currency" {text},
    "queued_at" {big} NOT NULL,
    "sent_at" {big},
    "done_at" {big},
    "error" {text},
    "actor" {text},
    "client_reference" {text},
    "extras" {text} NOT NULL
){roomy};

CREATE TABLE "message_part" (
    {common},
    "message_uid" {uid} NOT NULL,
    "index" {int} NOT NULL,
    "total" {int} NOT NULL,
    "reference" {int},
    "link_uid" {uid},
    "remote_id" {text},
    "state" {text} NOT NULL,
    "attempts" {int} NOT NULL,
    "submitted_at" {big},
    "command_status" {big},
    "error" {text}
){roomy};

CREATE TABLE "receipt" (
    {common},
    "message_uid" {uid},
    "link_uid" {uid},
    "remote_id" {text},
    "level" {int} NOT NULL,
    "status" {text} NOT NULL,
    "code" {int},
    "description" {text},
    "at" {big} NOT NULL,
    "raw" {text}
);

CREATE TABLE "inbound_part" (
    {common},
    "link_uid" {uid} NOT NULL,
    "source" {text} NOT NULL,
    "destination" {text} NOT NULL,
    "reference" {int} NOT NULL,
    "total" {int} NOT NULL,
    "width" {int} NOT NULL,
    "index" {int} NOT NULL,
    "coding" {int} NOT NULL,
    "payload" {text} NOT NULL,
    "received_at" {big} NOT NULL
);

CREATE TABLE "job" (
    {common},
    "topic" {text} NOT NULL,
    "lane" {text} NOT NULL,
    "key" {text} NOT NULL,
    "account_uid" {uid} NOT NULL,
    "priority" {int} NOT NULL,
    "payload" {text} NOT NULL,
    "run_at" {big} NOT NULL,
    "attempts" {int} NOT NULL,
    "claim" {text},
    "last_error" {text},
    "done_at" {big}
);

CREATE TABLE "lease" (
    {common},
    "name" {text} NOT NULL,
    "holder" {text} NOT NULL,
    "until" {big} NOT NULL
);

CREATE TABLE "hook_delivery" (
    {common},
    "account_uid" {uid},
    "hook_uid" {uid},
    "dialect" {text} NOT NULL,
    "kind" {text} NOT NULL,
    "event_uid" {uid} NOT NULL,
    "url" {text} NOT NULL,
    "status" {int},
    "attempt" {int} NOT NULL,
    "at" {big} NOT NULL,
    "duration_ms" {int},
    "error" {text},
    "body" {text},
    "answer" {text}
);

CREATE TABLE "idempotency_key" (
    {common},
    "account_uid" {uid} NOT NULL,
    "key" {text} NOT NULL,
    "request_hash" {text} NOT NULL,
    "answer" {text},
    "message_uid" {uid}
);

CREATE TABLE "alias" (
    {common},
    "scope_uid" {uid} NOT NULL,
    "dialect" {text} NOT NULL,
    "kind" {text} NOT NULL,
    "foreign_id" {text} NOT NULL,
    "object_uid" {uid} NOT NULL,
    "connection_uid" {uid}
);

CREATE TABLE "alert" (
    {common},
    "service_provider_uid" {uid},
    "account_uid" {uid},
    "call_uid" {uid},
    "application_uid" {uid},
    "type" {text} NOT NULL,
    "message" {text} NOT NULL,
    "details" {text} NOT NULL
)
"""

INDEXES = """
CREATE UNIQUE INDEX "service_provider_name" ON "service_provider" ("name");
CREATE UNIQUE INDEX "service_provider_root_domain_where"
    ON "service_provider" ("root_domain")
    WHERE ("root_domain" IS NOT NULL);
CREATE INDEX "account_service_provider_uid" ON "account" ("service_provider_uid");
CREATE INDEX "account_parent_uid" ON "account" ("parent_uid");
CREATE UNIQUE INDEX "account_realm_where" ON "account" ("realm") WHERE ("realm" IS NOT NULL);
CREATE INDEX "user_service_provider_uid" ON "user" ("service_provider_uid");
CREATE INDEX "user_account_uid" ON "user" ("account_uid");
CREATE UNIQUE INDEX "user_login_where" ON "user" ("login") WHERE ("login" IS NOT NULL);
CREATE UNIQUE INDEX "user_email_where" ON "user" ("email") WHERE ("email" IS NOT NULL);
CREATE INDEX "access_key_service_provider_uid" ON "access_key" ("service_provider_uid");
CREATE INDEX "access_key_account_uid" ON "access_key" ("account_uid");
CREATE UNIQUE INDEX "access_key_key_id" ON "access_key" ("key_id");
CREATE INDEX "access_key_secret_hash" ON "access_key" ("secret_hash");
CREATE UNIQUE INDEX "revoked_token_jti" ON "revoked_token" ("jti");
CREATE INDEX "revoked_token_expires_at" ON "revoked_token" ("expires_at");
CREATE INDEX "hook_service_provider_uid" ON "hook" ("service_provider_uid");
CREATE INDEX "hook_number_uid" ON "hook" ("number_uid");
CREATE INDEX "hook_account_uid_dialect" ON "hook" ("account_uid", "dialect");
CREATE INDEX "application_account_uid" ON "application" ("account_uid");
CREATE INDEX "application_call_hook_uid" ON "application" ("call_hook_uid");
CREATE INDEX "application_status_hook_uid" ON "application" ("status_hook_uid");
CREATE INDEX "application_message_hook_uid" ON "application" ("message_hook_uid");
CREATE INDEX "document_service_provider_uid" ON "document" ("service_provider_uid");
CREATE INDEX "document_account_uid" ON "document" ("account_uid");
CREATE UNIQUE INDEX "document_kind_scope_uid_key_where"
    ON "document" ("kind", "scope_uid", "key")
    WHERE ("key" IS NOT NULL);
CREATE INDEX "document_kind_scope_uid" ON "document" ("kind", "scope_uid");
CREATE INDEX "trunk_service_provider_uid" ON "trunk" ("service_provider_uid");
CREATE UNIQUE INDEX "trunk_host_name" ON "trunk" ("host_name");
CREATE INDEX "trunk_application_uid" ON "trunk" ("application_uid");
CREATE INDEX "trunk_smpp_inbound_system_id" ON "trunk" ("smpp_inbound_system_id");
CREATE INDEX "trunk_account_uid_name" ON "trunk" ("account_uid", "name");
CREATE UNIQUE INDEX "trunk_account_uid_where" ON "trunk" ("account_uid") WHERE "is_auto";
CREATE INDEX "access_list_service_provider_uid" ON "access_list" ("service_provider_uid");
CREATE INDEX "access_list_account_uid" ON "access_list" ("account_uid");
CREATE INDEX "access_list_home_trunk_uid" ON "access_list" ("home_trunk_uid");
CREATE INDEX "endpoint_service_provider_uid" ON "endpoint" ("service_provider_uid");
CREATE INDEX "endpoint_trunk_uid" ON "endpoint" ("trunk_uid");
CREATE INDEX "endpoint_access_list_uid" ON "endpoint" ("access_list_uid");
CREATE INDEX "endpoint_account_uid_kind" ON "endpoint" ("account_uid", "kind");
CREATE INDEX "endpoint_account_uid_name_route_number_where"
    ON "endpoint" ("account_uid", "name", "route_number")
    WHERE "route_number" IS NOT NULL;
CREATE UNIQUE INDEX "endpoint_account_uid_route_number_where"
    ON "endpoint" ("account_uid", "route_number")
    WHERE (("account_uid" IS NOT NULL) AND ("route_number" IS NOT NULL));
CREATE INDEX "trunk_access_list_access_list_uid" ON "trunk_access_list" ("access_list_uid");
CREATE UNIQUE INDEX "trunk_access_list_trunk_uid_access_list_uid"
    ON "trunk_access_list" ("trunk_uid", "access_list_uid");
CREATE INDEX "smpp_link_trunk_uid" ON "smpp_link" ("trunk_uid");
CREATE INDEX "number_trunk_uid" ON "number" ("trunk_uid");
CREATE INDEX "number_application_uid" ON "number" ("application_uid");
CREATE INDEX "number_primary_endpoint_uid" ON "number" ("primary_endpoint_uid");
CREATE INDEX "number_failover_endpoint_uid" ON "number" ("failover_endpoint_uid");
CREATE UNIQUE INDEX "number_service_provider_uid_e164" ON "number" ("service_provider_uid", "e164");
CREATE INDEX "number_account_uid_e164" ON "number" ("account_uid", "e164");
CREATE INDEX "number_service_provider_uid_status_area_code_setup_cost_nano"
    ON "number" ("service_provider_uid", "status", "area_code", "setup_cost_nano");
CREATE INDEX "number_service_provider_uid_status_exchange_setup_cost_nano"
    ON "number" ("service_provider_uid", "status", "exchange", "setup_cost_nano");
CREATE INDEX "number_service_provider_uid_status_region_e164"
    ON "number" ("service_provider_uid", "status", "region", "e164");
CREATE INDEX "number_service_provider_uid_status_rate_center_e164"
    ON "number" ("service_provider_uid", "status", "rate_center", "e164");
CREATE INDEX "message_account_uid_queued_at" ON "message" ("account_uid", "queued_at");
CREATE UNIQUE INDEX "message_part_message_uid_index" ON "message_part" ("message_uid", "index");
CREATE INDEX "message_part_link_uid_remote_id" ON "message_part" ("link_uid", "remote_id");
CREATE INDEX "receipt_message_uid" ON "receipt" ("message_uid");
CREATE INDEX "receipt_link_uid_remote_id_where"
    ON "receipt" ("link_uid", "remote_id")
    WHERE ("message_uid" IS NULL);
CREATE INDEX "inbound_part_received_at" ON "inbound_part" ("received_at");
CREATE UNIQUE INDEX "inbound_part_place"
    ON "inbound_part" ("link_uid", "source", "destination", "reference", "total", "width", "index");
CREATE UNIQUE INDEX "job_topic_key_where" ON "job" ("topic", "key") WHERE ("done_at" IS NULL);
CREATE INDEX "job_lane_run_at_where" ON "job" ("lane", "run_at") WHERE ("done_at" IS NULL);
CREATE INDEX "job_lane_priority_account_uid_run_at_where"
    ON "job" ("lane", "priority", "account_uid", "run_at")
    WHERE ("done_at" IS NULL);
CREATE UNIQUE INDEX "lease_name" ON "lease" ("name");
CREATE INDEX "hook_delivery_event_uid" ON "hook_delivery" ("event_uid");
CREATE INDEX "hook_delivery_account_uid_id" ON "hook_delivery" ("account_uid", "id");
CREATE UNIQUE INDEX "idempotency_key_account_uid_key" ON "idempotency_key" ("account_uid", "key");
CREATE UNIQUE INDEX "alias_scope_uid_dialect_kind_foreign_id"
    ON "alias" ("scope_uid", "dialect", "kind", "foreign_id");
CREATE INDEX "alias_object_uid_dialect_kind" ON "alias" ("object_uid", "dialect", "kind");
CREATE INDEX "alert_account_uid_id" ON "alert" ("account_uid", "id");
CREATE INDEX "alert_service_provider_uid_id" ON "alert" ("service_provider_uid", "id")
"""


def up(migrator: Any, database: Any) -> None:
    types = TYPES[database.kind]
    common = COMMON.format(**types)
    for statement in (TABLES + ";" + INDEXES).split(";"):
        database.execute_sql(statement.format(common=common, **types))
