"""Rows as the services hand them out, for tests of pure rendering."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

UID = UUID("01934567-89ab-7cde-8f01-23456789abcd")
AT = datetime(2024, 10, 19, 1, 21, 21, 987654, tzinfo=UTC)
RECORD = "mdr2-0193456789ab7cde8f0123456789abcd"


def receipt(level: int = 2, status: str = "delivered", **more: Any) -> SimpleNamespace:
    values = {"level": level, "status": status, "code": None, "description": None, "at": AT}
    return SimpleNamespace(**{**values, **more})


def message(**more: Any) -> SimpleNamespace:
    values = {
        "uid": UID,
        "from_number": "+12065550100",
        "to_number": "+12065550199",
        "text": "hello",
        "coding": 0,
        "is_mms": False,
        "media": [],
        "status": "queued",
        "direction": "outbound",
        "number_kind": "standard",
        "price_nano": 4_000_000,
        "queued_at": AT,
        "receipts": [],
    }
    return SimpleNamespace(**{**values, **more})


def route(**more: Any) -> SimpleNamespace:
    values = {
        "uid": UID,
        "name": "office",
        "kind": "host",
        "address": "sip.example.com",
        "port": None,
        "value": None,
        "route_number": 7,
        "extras": {},
        "dials": True,
    }
    return SimpleNamespace(**{**values, **more})


def number(**more: Any) -> SimpleNamespace:
    values = {
        "uid": UID,
        "e164": "+12065550100",
        "alias": None,
        "cnam_lookup": False,
        "kind": "standard",
        "rate_center": "SEATTLE",
        "region": "wa",
        "monthly_cost_nano": 1_250_000_000,
        "setup_cost_nano": 1_000_000_000,
        "primary_endpoint": None,
        "failover_endpoint": None,
        "extras": {},
    }
    return SimpleNamespace(**{**values, **more})
