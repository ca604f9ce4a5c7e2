"""More rows of the account alpha, so that a list can be asked how much its length costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.adapters.jambonz import world

OWNER = {"service_provider": "provider", "account": "alpha"}


def crowd(n: int, made: Mapping[str, str]) -> dict[str, Any]:
    """Carriers with gateways of both kinds, numbers, applications with hooks, accounts with keys
    and realms, people, calls."""
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "uid": world.PROVIDER, "name": "provider"}],
        "accounts": [
            {"ref": "alpha", "uid": world.ALPHA, "service_provider": "provider"},
            *(
                {"ref": f"tenant-{i}", "service_provider": "provider", "name": f"crowd {n} {i}"}
                for i in range(n)
            ),
        ],
        "access_keys": [
            {
                "key_id": f"crowd-{n}-{i}", "secret": f"crowd-secret-{n}-{i}", "scope": "account",
                "account": "alpha",
            }
            for i in range(n)
        ],
        "trunks": [
            {**OWNER, "ref": f"crowd-{i}", "name": f"crowd {n} {i}", "smpp_system_id": "crowd"}
            for i in range(n)
        ],
        "endpoints": [
            {
                **OWNER, "trunk": f"crowd-{i}", "name": f"crowd {i}",
                "kind": "host", "address": f"192.0.2.{i + 1}", "port": 5060, "dials": True,
            }
            for i in range(n)
        ],
        "smpp_links": [
            {"trunk": f"crowd-{i}", "host": f"192.0.2.{i + 1}", "port": 2775, "settings": {}}
            for i in range(n)
        ],
        "numbers": [
            {**OWNER, "e164": f"+1989555{n:02}{i:02}", "trunk": f"crowd-{i}"} for i in range(n)
        ],
        "applications": [
            {"account": "alpha", "ref": f"app-{i}", "name": f"crowd {n} {i}"}
            for i in range(n)
        ],
        "calls": [
            {
                "service_provider_uid": "provider", "account_uid": "alpha",
                "direction": "outbound", "started_at": "2026-03-01T09:00:00Z",
                "ended_at": "2026-03-01T09:01:00Z", "from_number": "+12065550100",
                "to_number": "+14155550123", "status": "completed", "sip_status": 200,
                "sip_call_id": f"crowd-{n}-{i}@sip.example",
            }
            for i in range(n)
        ],
    }  # fmt: skip
