"""The data the benchmark runs on: one account, numbers, routes, and one link to the sink."""

from __future__ import annotations

from typing import Any

KEY, SECRET = "bench-key", "bench-secret-0123456789abcdef"
FIRST_NUMBER = 12065550000


def bundle(sink_port: int, *, window: int = 100, numbers: int = 300) -> dict[str, Any]:
    """A bundle of `numbers` owned numbers and as many routes, and a carrier at `sink_port`."""
    endpoints = [
        {
            "ref": f"endpoint-{index}",
            "account": "account",
            "service_provider": "provider",
            "trunk": "trunk",
            "name": f"sbc-{index}",
            "kind": "host",
            "address": f"10.1.{index // 250}.{index % 250 + 1}",
            "port": 5060,
            "dials": True,
            "route_number": index + 1,
        }
        for index in range(numbers)
    ]
    owned = [
        {
            "service_provider": "provider",
            "account": "account",
            "e164": f"+{FIRST_NUMBER + index}",
            "status": "owned",
            "handling": "endpoint",
            "primary_endpoint": f"endpoint-{index}",
            "trunk": "trunk",
            "country": "US",
            "area_code": "206",
            "exchange": "206555",
            "region": "wa",
            "rate_center": "seattle",
            "kind": "standard",
        }
        for index in range(numbers)
    ]
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "bench"}],
        "accounts": [{"ref": "account", "service_provider": "provider", "name": "bench"}],
        "access_keys": [
            {
                "scope": "account",
                "service_provider": "provider",
                "account": "account",
                "key_id": KEY,
                "secret": SECRET,
            }
        ],
        "trunks": [
            {
                "ref": "trunk",
                "service_provider": "provider",
                "account": "account",
                "name": "sink",
                "smpp_system_id": "bench",
                "smpp_password": "bench",
            }
        ],
        "endpoints": endpoints,
        "smpp_links": [
            {
                "trunk": "trunk",
                "host": "127.0.0.1",
                "port": sink_port,
                "is_primary": True,
                "dials": True,
                "enabled": True,
                "settings": {"window": window},
            }
        ],
        "numbers": owned,
    }
