"""Chooses the shape of an event and signs it."""

from __future__ import annotations

import hashlib
import hmac

from gateway.domain.events import Event, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.wire.profile import Profile

SIGNATURE = "Jambonz-Signature"
HOOK_POLICY = HookPolicy(retries=2, spacing_seconds=(5, 30), success=frozenset({200, 202, 204}))


def render_event(event: Event, profile: Profile) -> HookRequest:
    """The request that tells a customer of `event`."""
    raise ValueError(f"no shape for {event.kind}")


def signature(secret: str, seconds: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body>`, keyed by the account's secret."""
    said = str(seconds).encode() + b"." + body
    return f"t={seconds},v1={hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()}"
