"""More rows of the project alpha, so that a list can be asked how much its length costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.adapters.sinch import world


def crowd(n: int, made: Mapping[str, str]) -> dict[str, Any]:
    """Trunks, endpoints, access lists with ranges and trunks, credential lists, numbers, calls."""
    owner = {"service_provider": "provider", "account": "alpha"}
    linked = [{"trunk": world.TRUNK, "access_list": f"crowd-{i}"} for i in range(n)]
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "provider"}],
        "accounts": [{"ref": "alpha", "uid": world.ALPHA, "service_provider": "provider"}],
        "trunks": [
            {**owner, "name": f"crowd {n} {i}", "host_name": f"crowd-{n}-{i}"} for i in range(n)
        ],
        "access_lists": [
            {**owner, "ref": f"crowd-{i}", "name": f"crowd {n} {i}"} for i in range(n)
        ],
        "trunk_access_lists": linked,
        "endpoints": [
            {
                **owner, "name": f"crowd {n} {i}", "kind": "host", "dials": True,
                "address": f"192.0.2.{100 + i}", "trunk": world.TRUNK,
            }
            for i in range(n)
        ] + [
            {
                **owner, "name": f"range {n} {i}", "kind": "host", "admits": True,
                "address": f"198.51.100.{100 + i}", "access_list": world.ACL,
            }
            for i in range(n)
        ],
        "credential_lists": [
            {**owner, "ref": f"crowd-people-{i}", "name": f"crowd {n} {i}"} for i in range(n)
        ],
        "trunk_credential_lists": [
            {"trunk": world.TRUNK, "credential_list": f"crowd-people-{i}"} for i in range(n)
        ],
        "numbers": [
            {**owner, "e164": f"+1989555{n:02}{i:02}", "trunk": world.TRUNK} for i in range(n)
        ],
        "calls": [
            world.call(1000 * n + i, sip_call_id=f"crowd-{n}-{i}@sip.example") for i in range(n)
        ],
    }  # fmt: skip
