"""Chooses the shape of an event and signs it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from adapters.jambonz.events.calls import call_body
from adapters.jambonz.events.engine import engine_body
from adapters.jambonz.events.messages import message_body
from gateway.domain.events import Event, EventKind, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.wire.profile import Profile

SIGNATURE = "Jambonz-Signature"
HOOK_POLICY = HookPolicy(retries=2, spacing_seconds=(5, 30), success=frozenset({200, 202, 204}))


def render_event(event: Event, profile: Profile) -> HookRequest | None:
    """The request that tells a customer, or what carries calls; None for what is not told."""
    if event.kind in (EventKind.ENGINE_CREATE, EventKind.ENGINE_UPDATE):
        return request(event, engine_body(event))
    if event.message is None:
        return request(event, call_body(event, profile))
    return request(event, message_body(event, profile))


def request(event: Event, body: Mapping[str, Any] | None) -> HookRequest | None:
    """A signed POST of a JSON object, or a GET with its members in the query."""
    if body is None:
        return None
    if event.method == "get":
        told = {name: value for name, value in body.items() if value is not None}
        octets, query, headers = b"", urlencode(told, doseq=True), {}
    else:
        octets, query, headers = orjson.dumps(body), "", {"Content-Type": "application/json"}
    if event.secret:
        headers[SIGNATURE] = signature(event.secret, int(event.at.timestamp()), octets)
    return HookRequest(event.method.upper(), headers, octets, query)


def signature(secret: str, seconds: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`, keyed by the account's secret."""
    said = str(seconds).encode() + b"." + body
    return f"t={seconds},v1={hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()}"
