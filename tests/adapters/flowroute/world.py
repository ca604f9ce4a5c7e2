"""A small world with two accounts, their keys, numbers, routes and one record of a stranger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "alpha-secret"
KEY = ("alpha", SECRET)
OTHER_KEY = ("beta", "beta-secret")
ACCOUNT = UUID("11111111-1111-4111-8111-111111111111")
FOREIGN_MESSAGE = UUID("01934567-89ab-7cde-8f01-23456789abcd")
FOREIGN_RECORD = f"mdr2-{FOREIGN_MESSAGE.hex}"
CARRIER = {"window": 10}


def key(name: str, scope: str = "account", **more: Any) -> dict[str, Any]:
    return {"key_id": name, "secret": f"{name}-secret", "scope": scope, **more}


def own(e164: str, account: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": e164,
        "service_provider": "provider",
        "account": account,
        "e164": e164,
        "status": "owned",
        **more,
    }


def stock(e164: str, **more: Any) -> dict[str, Any]:
    return {
        "service_provider": "provider",
        "e164": e164,
        "status": "available",
        "from_inventory": True,
        "area_code": e164[2:5],
        "exchange": e164[2:8],
        "region": "wa",
        "rate_center": "seattle",
        "country": "US",
        "monthly_cost_nano": 1_250_000_000,
        "setup_cost_nano": 1_000_000_000,
        **more,
    }


def endpoint(account: str, number: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": f"{account}-{number}",
        "service_provider": "provider",
        "account": account,
        "trunk": f"{account}-trunk",
        "name": name,
        "kind": "host",
        "address": f"{name}.example.com",
        "dials": True,
        "route_number": number,
        **more,
    }


def bundle() -> dict[str, Any]:
    """The world as one document, with the foreign account's route 2 where alpha has none."""
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [
            {"ref": "alpha", "uid": str(ACCOUNT), "service_provider": "provider", "name": "alpha"},
            {"ref": "beta", "service_provider": "provider", "name": "beta"},
            {
                "ref": "asleep",
                "service_provider": "provider",
                "name": "asleep",
                "is_active": False,
            },
        ],
        "access_keys": [
            key("alpha", account="alpha"),
            key("beta", account="beta"),
            key("asleep", account="asleep"),
            key("revoked", account="alpha", revoked_at="2026-01-01T00:00:00Z"),
            key("expired", account="alpha", expires_at="2026-01-01T00:00:00Z"),
            key("provider", "provider", service_provider="provider"),
            key("admin", "admin"),
        ],
        "trunks": [
            {
                "ref": f"{name}-trunk",
                "service_provider": "provider",
                "account": name,
                "name": "default",
                "host_name": f"{name}-default",
                "is_auto": True,
            }
            for name in ("alpha", "beta")
        ],
        "endpoints": [
            endpoint("alpha", 1, "office"),
            endpoint("alpha", 3, "backup", kind="uri", address=None, value="sip:b@example.com"),
            endpoint("beta", 1, "theirs"),
            endpoint("beta", 2, "more"),
        ],
        "numbers": [
            own(
                "+12065550100",
                "alpha",
                alias="front desk",
                region="wa",
                rate_center="seattle",
                primary_endpoint="alpha-1",
                handling="endpoint",
                trunk="alpha-trunk",
            ),
            own("+12065550101", "alpha", alias="second", cnam_lookup=True),
            own("+18005550102", "alpha", kind="toll_free"),
            own("+883510000000091", "alpha", kind="inum"),
            own("+12065550200", "beta"),
            stock("+12065550300"),
            stock("+12065550301", rate_center="bellevue", setup_cost_nano=0),
            stock("+13105550302", region="ca", rate_center="lax", setup_cost_nano=3_990_000_000),
            stock(
                "+18005550303",
                kind="toll_free",
                region=None,
                rate_center=None,
                monthly_cost_nano=3_000_000_000,
            ),
        ],
        "messages": [
            {
                "uid": str(FOREIGN_MESSAGE),
                "account": "beta",
                "direction": "outbound",
                "from_number": "+12065550200",
                "to_number": "+13105550999",
                "text": "private",
                "status": "queued",
                "queued_at": "2026-02-01T00:00:00Z",
            }
        ],
    }
