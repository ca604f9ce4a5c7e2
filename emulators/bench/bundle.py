"""The data the benchmark runs on: an account with numbers, routes and one link to the sink, and one
with carriers, which the choice of a link must not have to look through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.ids import CODECS

KEY, SECRET = "bench-key", "bench-secret-0123456789abcdef"
FIRST_NUMBER = 12065550000
NUMBERS = 300
CARRIERS = 100
CALLS = 100_000
FIRST_CALL = datetime(2026, 3, 1, tzinfo=UTC)
SECONDS_BETWEEN = 25
VOICE = "20000000-0000-4000-8000-000000000001"
VOICE_KEY = "voice"
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


def trunk_id(index: int) -> str:
    """What a dialect whose ids are ULIDs shows of a carrier."""
    return CODECS["ulid"].encode(UUID(carrier_uid(index)))


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


def _call(index: int) -> dict[str, Any]:
    """The record of a call, some time after that of the one before."""
    begun = FIRST_CALL + timedelta(seconds=index * SECONDS_BETWEEN)
    return {
        "service_provider_uid": "provider",
        "account_uid": "voice",
        "direction": "outbound" if index % 2 else "inbound",
        "started_at": begun.isoformat(),
        "answered_at": (begun + timedelta(seconds=4)).isoformat(),
        "ended_at": (begun + timedelta(seconds=64)).isoformat(),
        "from_number": f"+{FIRST_NUMBER + index % NUMBERS}",
        "to_number": f"+1415556{index % 10000:04d}",
        "from_country": "US",
        "to_country": "US",
        "status": "completed",
        "sip_status": 200,
        "sip_call_id": f"{index}@sip.example",
        "trunk_uid": carrier_uid(index % CARRIERS),
        "billed_seconds": 60,
        "rate_nano": 4_000_000,
        "price_nano": 4_000_000,
        "currency": "USD",
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


def bundle(
    sink_port: int, *, window: int = 100, numbers: int = NUMBERS, calls: int = 0
) -> dict[str, Any]:
    """A bundle of `numbers` owned numbers and as many routes, a carrier at `sink_port`, and
    records of so many `calls`."""
    key = {**OWNED, "scope": "account", "key_id": KEY, "secret": SECRET}
    voice = {"scope": "account", "account": "voice", "key_id": VOICE_KEY,
             "secret": VOICE_SECRET}  # fmt: skip
    login = {"smpp_system_id": "bench", "smpp_password": "bench"}
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "provider", "name": "bench"}],
        "accounts": [
            {"ref": "account", "service_provider": "provider", "name": "bench"},
            {"ref": "voice", "uid": VOICE, "service_provider": "provider", "name": "voice"},
        ],
        "access_keys": [key, voice],
        "trunks": [
            {**OWNED, "ref": "trunk", "name": "sink", **login},
            *(_carrier(index) for index in range(CARRIERS)),
        ],
        "endpoints": [_endpoint(index) for index in range(numbers)],
        "smpp_links": [_link(sink_port, window)],
        "numbers": [_number(index) for index in range(numbers)],
        "calls": [_call(index) for index in range(calls)],
    }
