"""The data the benchmark runs on: one account, numbers, routes, and one link to the sink."""

from __future__ import annotations

from typing import Any

KEY, SECRET = "bench-key", "bench-secret-0123456789abcdef"
FIRST_NUMBER = 12065550000
NUMBERS = 300


OWNED = {"service_provider": "provider", "account": "account"}


def _endpoint(index: int) -> dict[str, Any]:
    return {
        **OWNED,
        "ref": f"endpoint-{index}",
        "trunk": "trunk",
        "name": f"sbc-{index}",
        "kind": "host",
        "address": f"10.1.{index // 250}.{index % 250 + 1}",
        "port": 5060,
        "dials": True,
        "route_number": index + 1,
    }


def _number(index: int) -> dict[str, Any]:
    return {
        **OWNED,
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


def _link(port: int, window: int) -> dict[str, Any]:
    return {
        "trunk": "trunk",
        "host": "127.0.0.1",
        "port": port,
        "is_primary": True,
        "dials": True,
        "enabled": True,
        "settings": {"window": window},
    }


def bundle(sink_port: int, *, window: int = 100, numbers: int = NUMBERS) -> dict[str, Any]:
    """A bundle of `numbers` owned numbers and as many routes, and a carrier at `sink_port`."""
    key = {**OWNED, "scope": "account", "key_id": KEY, "secret": SECRET}
    login = {"smpp_system_id": "bench", "smpp_password": "bench"}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "bench"}],
        "accounts": [{"ref": "account", "service_provider": "provider", "name": "bench"}],
        "access_keys": [key],
        "trunks": [{**OWNED, "ref": "trunk", "name": "sink", **login}],
        "endpoints": [_endpoint(index) for index in range(numbers)],
        "smpp_links": [_link(sink_port, window)],
        "numbers": [_number(index) for index in range(numbers)],
    }
