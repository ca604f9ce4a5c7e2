"""The data the benchmark runs on: an account with numbers, routes and one link to the sink, and one
with carriers, which the choice of a link must not have to look through."""

from __future__ import annotations

from typing import Any

KEY, SECRET = "bench-key", "bench-secret-0123456789abcdef"
FIRST_NUMBER = 12065550000
NUMBERS = 300
CARRIERS = 100
VOICE_SECRET = "10000000-0000-4000-8000-000000000001"

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


def carrier_uid(index: int) -> str:
    return f"2{index:07d}-0000-4000-8000-000000000000"


def _carrier(index: int) -> dict[str, Any]:
    return {
        "uid": carrier_uid(index),
        "service_provider": "provider",
        "account": "voice",
        "name": f"carrier-{index}",
        "description": "a carrier of the benchmark",
        "leading_plus": True,
        "tech_prefix": "9",
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
    voice = {"scope": "account", "account": "voice", "key_id": "voice", "secret": VOICE_SECRET}
    login = {"smpp_system_id": "bench", "smpp_password": "bench"}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "bench"}],
        "accounts": [
            {"ref": "account", "service_provider": "provider", "name": "bench"},
            {"ref": "voice", "service_provider": "provider", "name": "voice"},
        ],
        "access_keys": [key, voice],
        "trunks": [
            {**OWNED, "ref": "trunk", "name": "sink", **login},
            *(_carrier(index) for index in range(CARRIERS)),
        ],
        "endpoints": [_endpoint(index) for index in range(numbers)],
        "smpp_links": [_link(sink_port, window)],
        "numbers": [_number(index) for index in range(numbers)],
    }
