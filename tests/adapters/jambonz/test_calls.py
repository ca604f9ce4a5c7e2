"""Calls by the API: what starts one, what it shows, what may be asked of it."""

from __future__ import annotations

from typing import Any

from gateway.models import Call, CallEvent, Job
from tests.adapters.jambonz import world

CALLS = f"/v1/Accounts/{world.ALPHA}/Calls"
PHONE = {"type": "phone", "number": "+16172375080"}
HOOK = "https://app.example/call"
NEW: dict[str, Any] = {"from": "16172375089", "to": PHONE, "call_hook": HOOK}


def start(client: Any, **more: Any) -> str:
    answer = client.post(CALLS, json={**NEW, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def test_a_call_is_stored_with_its_event_and_its_job(client: Any) -> None:
    sid = start(client)
    (row,) = Call.select().where(Call.uid == sid)
    assert (row.from_number, row.to_number, row.from_country) == (
        "+16172375089",
        "+16172375080",
        "US",
    )
    assert row.hooks == {"call": {"url": HOOK, "method": "post"}}
    (event,) = CallEvent.select().where(CallEvent.call_uid == sid)
    assert event.type == "created"
    (job,) = Job.select().where(Job.lane == "call")
    assert job.payload == {"call": row.uid.hex, "step": "start"}
