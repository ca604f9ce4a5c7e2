"""Calls of the test world: live ones, records, and calls of everybody else."""

from __future__ import annotations

from typing import Any

APP = "ca110000-1000-4000-8000-000000000001"
APP_OF_BETA = "ca110000-2000-4000-8000-000000000002"
(
    LIVE,
    TALKING,
    RINGING,
    DOOMED,
    OVER,
    BUSY,
    INBOUND,
    FOREIGN,
    ELSEWHERE,
    GONE,
    EARLY,
    PARENT,
    TRYING,
    FAILED,
    MISSED,
) = (f"ca110{number:03d}-0000-4000-8000-{number:012d}" for number in range(15))
CALL_ID = "calls-mark-over@alpha"
STARTED = "2026-03-01T11:30:00Z"
LONG_AGO = "2026-02-28T20:00:00Z"
"""When the live calls began: they do not count where calls at once are limited."""


def call(uid: str, ref: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "ref": f"calls-{ref}",
        "account": "alpha",
        "service_provider": "provider",
        "direction": "outbound",
        "started_at": STARTED if "ended_at" in more else LONG_AGO,
        "from_number": "+12065550101",
        "to_number": "+12065550102",
        "status": "in_progress",
        "sip_call_id": f"calls-mark-{ref}",
        "sip_status": 200,
        "answered_at": "2026-03-01T11:30:05Z",
        **more,
    }


def unanswered(uid: str, ref: str, **more: Any) -> dict[str, Any]:
    return call(uid, ref, **{"answered_at": None, **more})


def event(ref: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"call": f"calls-{ref}", "at": STARTED, "type": kind, "data": data}


ENDED = {"ended_at": "2026-03-01T11:40:00Z", "visible_until": "2026-03-01T12:40:00Z"}
CALLS = [
    call(LIVE, "live", target={"kind": "phone", "value": "+12065550102"}),
    call(TALKING, "talking"),
    call(DOOMED, "doomed"),
    call(PARENT, "parent", direction="inbound", caller_name="Calls Mark"),
    unanswered(RINGING, "ringing", status="ringing", sip_status=180, ringing_at=STARTED),
    unanswered(EARLY, "early", status="alerting", sip_status=183),
    call(
        OVER,
        "over",
        **ENDED,
        status="completed",
        sip_call_id=CALL_ID,
        application="calls-app",
        parent="calls-parent",
        caller_name="Calls Mark",
        ringing_at="2026-03-01T11:30:02Z",
        ended_by="peer",
        reason="caller hungup",
        host="10.0.0.1",
        remote_host="198.51.100.7",
        origin_address="198.51.100.7:5060",
        trunk_name="calls-trunk",
    ),
    unanswered(BUSY, "busy", **ENDED, status="busy", sip_status=486, trunk_name="calls-trunk"),
    unanswered(
        GONE, "gone", status="cancelled", sip_status=487, ended_at=STARTED, visible_until=STARTED
    ),
    unanswered(TRYING, "trying", status="trying", sip_status=100),
    unanswered(FAILED, "failed", **ENDED, status="failed", sip_status=503),
    unanswered(MISSED, "missed", **ENDED, status="no_answer", sip_status=480),
    call(INBOUND, "inbound", **ENDED, status="completed", direction="inbound", from_number=None),
    call(FOREIGN, "foreign", account="beta", sip_call_id="calls-mark-of-beta"),
    call(
        ELSEWHERE,
        "elsewhere",
        **ENDED,
        account="gamma",
        service_provider="rival",
        status="completed",
        sip_call_id="calls-elsewhere",
    ),
]
ROWS = {
    "applications": [
        {"uid": APP, "ref": "calls-app", "account": "alpha", "name": "calls app"},
        {"uid": APP_OF_BETA, "ref": "calls-app-beta", "account": "beta", "name": "calls app"},
    ],
    "calls": CALLS,
    "call_events": [
        event("parent", "conference", name="calls-mark-room"),
        event("parent", "enqueue", name="calls-mark-first"),
        event("parent", "conference", name="calls-mark-room"),
        event("live", "enqueue", name="calls-mark-queue"),
        event("talking", "enqueue", name="calls-mark-queue"),
        event("talking", "leave"),
        event("over", "conference", name="calls-mark-empty"),
        {
            "call": "calls-over",
            "at": "2026-03-01T11:30:02Z",
            "type": "status",
            "data": {"status": "ringing", "sip_status": 180},
        },
    ],
}
