"""A small world of projects with trunks, lists, numbers and calls, and credentials of all kinds."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gateway.domain.ids import CODECS

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALPHA = "11111111-1111-4111-8111-111111111111"
BETA = "12121212-1212-4121-8121-121212121212"
SUB = "14141414-1414-4141-8141-141414141414"
NOBODY = "99999999-9999-4999-8999-999999999999"
BASE = f"/v1/projects/{ALPHA}"


def ulid(uid: str) -> str:
    return CODECS["ulid"].encode(UUID(uid))


def uid(kind: int, number: int) -> str:
    return f"0193456{kind}-{number:04d}-7cde-8f01-23456789abcd"


TRUNK, SPARE, FOREIGN_TRUNK = uid(1, 1), uid(1, 2), uid(1, 3)
DESK, PHONE, BOTH, FOREIGN_ENDPOINT, OLD = (uid(2, n) for n in range(1, 6))
ACL, LOOSE_ACL, FOREIGN_ACL, AUTO_ACL, DOOMED_ACL = (uid(3, n) for n in range(1, 6))
RANGE, SECOND_RANGE, FOREIGN_RANGE = (uid(4, n) for n in range(1, 4))
USERS, LOOSE_USERS, FOREIGN_USERS, DOOMED_USERS = (uid(5, n) for n in range(1, 5))
RULE, FOREIGN_RULE = uid(6, 1), uid(6, 2)
CALL = uid(7, 1)


def basic(user: str, secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def key(name: str) -> dict[str, str]:
    return basic(name, f"{name}-secret")


def access_key(name: str, scope: str = "account", **more: Any) -> dict[str, Any]:
    return {"key_id": name, "secret": f"{name}-secret", "scope": scope, **more}


def of(account: str, uid: str, **more: Any) -> dict[str, Any]:
    return {"ref": uid, "uid": uid, "service_provider": "provider", "account": account, **more}


def address(account: str, uid: str, host: str, **more: Any) -> dict[str, Any]:
    return of(account, uid, name=f"at {host}", kind="host", address=host, **more)


def call(number: int, **more: Any) -> dict[str, Any]:
    whole = {
        "uid": uid(7, number),
        "service_provider_uid": "provider",
        "account_uid": "alpha",
        "direction": "outbound",
        "started_at": "2026-03-01T11:00:00Z",
        "answered_at": "2026-03-01T11:00:10Z",
        "ended_at": "2026-03-01T11:01:10Z",
        "from_number": "+12065550100",
        "to_number": "+14155550123",
        "from_country": "US",
        "to_country": "US",
        "status": "completed",
        "sip_status": 200,
        "sip_call_id": f"call-{number}@sip.example",
        "trunk_uid": TRUNK,
        "trunk_name": "office",
        "rate_nano": 4_000_000,
        "price_nano": 4_000_000,
        "billed_seconds": 60,
        "currency": "USD",
    }
    return {**whole, **more}


def bundle() -> dict[str, Any]:
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [
            {"ref": "alpha", "uid": ALPHA, "service_provider": "provider", "name": "alpha"},
            {"ref": "beta", "uid": BETA, "service_provider": "provider", "name": "beta"},
            {
                "ref": "sub",
                "uid": SUB,
                "service_provider": "provider",
                "name": "sub",
                "parent": "alpha",
            },
            {
                "ref": "asleep",
                "service_provider": "provider",
                "name": "asleep",
                "is_active": False,
            },
        ],
        "access_keys": [
            access_key("alpha", account="alpha"),
            access_key("beta", account="beta"),
            access_key("asleep", account="asleep"),
            access_key("revoked", account="alpha", revoked_at="2026-01-01T00:00:00Z"),
            access_key("expired", account="alpha", expires_at="2026-01-01T00:00:00Z"),
            access_key("provider", "provider", service_provider="provider"),
            access_key("admin", "admin"),
        ],
        "trunks": [
            of("alpha", TRUNK, name="office line", host_name="office", calls_per_second=1),
            of("alpha", SPARE, name="spare", host_name="spare"),
            of("beta", FOREIGN_TRUNK, name="theirs", host_name="theirs"),
        ],
        "access_lists": [
            of("alpha", ACL, name="owners office", home_trunk=TRUNK),
            of("alpha", LOOSE_ACL, name="loose"),
            of("alpha", DOOMED_ACL, name="doomed"),
            of("alpha", AUTO_ACL, name="office (auto)", is_auto=True, home_trunk=TRUNK),
            of("beta", FOREIGN_ACL, name="their list"),
        ],
        "trunk_access_lists": [
            {"trunk": TRUNK, "access_list": ACL},
            {"trunk": TRUNK, "access_list": AUTO_ACL},
        ],
        "endpoints": [
            address("alpha", DESK, "192.0.2.1", trunk=TRUNK, dials=True, port=5062),
            of(
                "alpha", PHONE, name="owners phone", kind="registration", value="ada",
                trunk=TRUNK, dials=True, priority=2,
            ),
            address(
                "alpha", BOTH, "192.0.2.3", trunk=TRUNK, access_list=AUTO_ACL,
                dials=True, admits=True,
            ),
            address("alpha", OLD, "192.0.2.4", trunk=TRUNK, dials=True),
            address("beta", FOREIGN_ENDPOINT, "192.0.2.5", trunk=FOREIGN_TRUNK, dials=True),
            address("alpha", RANGE, "198.51.100.0", access_list=ACL, admits=True, prefix_length=24),
            address("alpha", SECOND_RANGE, "203.0.113.7", access_list=ACL, admits=True),
            address("alpha", uid(4, 4), "203.0.113.8", access_list=LOOSE_ACL, admits=True),
            address("alpha", uid(4, 5), "203.0.113.9", access_list=DOOMED_ACL, admits=True),
            address("beta", FOREIGN_RANGE, "203.0.113.10", access_list=FOREIGN_ACL, admits=True),
        ],
        "credential_lists": [
            of("alpha", USERS, name="owners people"),
            of("alpha", LOOSE_USERS, name="loose people"),
            of("alpha", DOOMED_USERS, name="doomed people"),
            of("beta", FOREIGN_USERS, name="their people"),
        ],
        "sip_credentials": [
            {"credential_list": USERS, "username": "ada", "password": "Secret-Number-1"},
            {"credential_list": USERS, "username": "eve", "password": "Secret-Number-2"},
            {"credential_list": FOREIGN_USERS, "username": "bob", "password": "Secret-Number-3"},
        ],
        "trunk_credential_lists": [{"trunk": TRUNK, "credential_list": USERS}],
        "numbers": [
            of("alpha", uid(8, 1), e164="+12065550100", trunk=TRUNK, handling="trunk"),
            of("alpha", uid(8, 2), e164="+12065550101"),
            of("beta", uid(8, 3), e164="+12065550200"),
            {"service_provider": "provider", "e164": "+12065550300", "status": "available"},
        ],
        "documents": [
            {
                "uid": RULE, "service_provider": "provider", "account": "alpha",
                "kind": "call_blocking_rule",
                "body": {"name": "owners rule", "direction": "inbound", "caller_country": "GB"},
            },
            {
                "uid": FOREIGN_RULE, "service_provider": "provider", "account": "beta",
                "kind": "call_blocking_rule",
                "body": {"name": "their rule", "direction": "outbound"},
            },
        ],
        "country_permissions": [{"account": "alpha", "iso_code": "SE", "enabled": True}],
        "calls": [
            call(1),
            call(2, direction="inbound", status="busy", sip_status=486, answered_at=None),
            call(3, status="in_progress", ended_at=None),
        ],
    }  # fmt: skip
