"""Calls of the test world, and one request for each operation of the voice channels."""

from __future__ import annotations

from typing import Any

from tests.adapters.callable import device_rows, world
from tests.support.matrix import Sample

LIVE, RINGING, OVER, FOREIGN, SISTER = (world.uid(8, n) for n in range(1, 6))
SAY: dict[str, Any] = {"say": {"text": ["Your pizza is outside!"]}}
PHONE = {"phoneNumber": {"number": "+441632960077"}}
SIP = {"sipUri": {"uri": "sip:joe@office.example"}}
PIZZA = {
    "callerId": "+441234567890",
    "tag": {"data": {"myKey": "myValue"}},
    "target": SIP,
    "verbs": [SAY, {"hangup": {"reason": "call-complete"}}],
}


def call(account: str, uid: str, mark: str, **more: Any) -> dict[str, Any]:
    own = {
        "direction": "outbound",
        "started_at": "2026-03-01T00:00:00Z",
        "from_number": "+441632960001",
        "to_number": "+441632960077",
        "target": {"kind": "phone", "value": "+441632960077"},
        "status": "in_progress",
        "sip_call_id": mark,
        "sip_status": 200,
        "answered_at": "2026-03-01T00:00:05Z",
        "tag": {"mark": mark},
    }
    return {**world.of(account, uid), **own, **more}


ENDED = {"ended_at": "2026-03-01T11:59:00Z", "visible_until": "2026-03-01T12:59:00Z"}
ROWS = {
    "calls": [
        call("alpha", LIVE, "owners-call", extras={"callable": {"verbs": [SAY]}}),
        call("alpha", RINGING, "owners-ringing", status="ringing", answered_at=None),
        call("alpha", OVER, "owners-over", status="completed", **ENDED),
        call("beta", SISTER, "sisters-call"),
        call("elsewhere", FOREIGN, "foreign-call", service_provider="competitor"),
    ]
}
ACCOUNT = {"accountId": world.hex24(world.ALPHA)}
ONE = {**ACCOUNT, "sid": world.hex24(LIVE)}
OPERATIONS = {
    "createVoiceCall": Sample(ACCOUNT, PIZZA, foreign=404),
    "listVoiceCalls": Sample(ACCOUNT, foreign=404),
    "getVoiceCall": Sample(ONE, foreign=404),
    "updateVoiceCall": Sample(ONE, {"verbs": [SAY]}, foreign=404),
    "deleteVoiceCall": Sample(ONE, foreign=404),
}
STATE_REFUSED = {"createVoiceCall": (400,), "updateVoiceCall": (400,)}
"""A device that the account has not, and text that is no telephone number, are refused."""
BEYOND = frozenset({"Created.sid"})
"""The second name of a new call's id, which the vendor's client reads."""


def bundle() -> dict[str, Any]:
    """The test world with its devices and calls."""
    return {**device_rows.bundle(), **ROWS}
