"""A call as a ladder: who takes part in it, and what went from whom to whom in which order.

The SIP messages are those that the call's record stands for, as in its trace. Legs that a call
dialled are further ends of the same ladder; webhooks come from the journal, and so are there only
as long as it has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from emulators.journal import Journal, redact
from gateway.domain.calls import CallStatus
from gateway.domain.sip_dialogue import dialogue
from gateway.domain.words import Direction
from gateway.models import Call
from gateway.services import call_history, traces

PLATFORM, APPLICATION, PEER = "platform", "application", "peer"
MOST_LEGS = 8
MOST_WEBHOOKS = 200


def brief(row: Any) -> dict[str, Any]:
    """A call in a list."""
    return {
        "id": row.id,
        "uid": str(row.uid),
        "account": str(row.account_uid),
        "parent": row.parent_uid and str(row.parent_uid),
        "direction": row.direction,
        "from": row.from_number,
        "to": _target(row),
        "status": row.status,
        "sip_status": row.sip_status,
        "started_at": _time(row.started_at),
        "answered_at": _time(row.answered_at),
        "ended_at": _time(row.ended_at),
        "ended_by": row.ended_by,
        "reason": row.reason,
        "seconds": row.billed_seconds,
    }


def ladder(row: Any, journal: Journal) -> dict[str, Any]:
    """`ends` from left to right, and `steps` in order of time. A step with `from` and `to` went
    from one end to another; one with `at_end` alone happened there."""
    legs = list(Call.select().where(Call.parent_uid == row.uid).order_by(Call.id).limit(MOST_LEGS))
    inbound = row.direction == Direction.INBOUND
    steps = [*_sip(row, PEER), *_events(row)]
    for leg in legs:
        steps += _sip(leg, str(leg.uid))
    webhooks = list(_webhooks([row, *legs], journal))
    steps = sorted([*steps, *webhooks], key=lambda step: str(step["at"]))
    peer = {"id": PEER, "name": (row.from_number if inbound else _target(row)) or "unknown"}
    platform = {"id": PLATFORM, "name": "polytrunk"}
    ends = [peer, platform] if inbound else [platform, peer]
    ends += [{"id": str(leg.uid), "name": _target(leg) or "unknown"} for leg in legs]
    if webhooks:
        application = {"id": APPLICATION, "name": "application"}
        ends = [*ends, application] if inbound else [application, *ends]
    return {"call": brief(row), "ends": ends, "steps": steps}


def _sip(row: Any, peer: str) -> Iterator[dict[str, Any]]:
    """The dialogue with one end; a call that waits has sent nothing yet."""
    if row.status == CallStatus.QUEUED:
        return
    known = traces.signalling(row, call_history.events(row))
    ours = known.caller if known.platform_calls else known.called
    for message in dialogue(known):
        source, target = (PLATFORM, peer) if message.source == ours else (peer, PLATFORM)
        text = message.raw.decode("utf-8", "replace")
        line = text.partition("\r\n")[0]
        label = line.removeprefix("SIP/2.0 ") if message.method.isdigit() else message.method
        yield {
            "kind": "sip",
            "at": _time(message.at),
            "from": source,
            "to": target,
            "label": label,
            "text": text,
        }


def _events(row: Any) -> Iterator[dict[str, Any]]:
    """What happened on the platform, unless a SIP message says it already."""
    for event in call_history.events(row):
        if event.type in ("status", "created", "driver", "sip_request"):
            continue
        yield {
            "kind": "event",
            "at": _time(event.at),
            "at_end": PLATFORM,
            "label": _happened(event).replace("_", " "),
            "data": redact(event.data),
        }


def _happened(event: Any) -> str:
    """In a word or two; of verbs which, and how many were given."""
    if event.type == "verb":
        return str(event.data["verb"])
    if event.type == "verbs":
        return f"verbs: {len(event.data['verbs'])}"
    return str(event.type)


def _webhooks(rows: list[Any], journal: Journal) -> Iterator[dict[str, Any]]:
    """Attempts that name one of the calls, by its id in either spelling or its Call-ID."""
    names = {n for row in rows for n in (str(row.uid), row.uid.hex, row.sip_call_id) if n}
    for entry in journal.find(kind="webhook", limit=MOST_WEBHOOKS):
        text = orjson.dumps(entry["request"]).decode() + entry["url"]
        if not any(name in text for name in names):
            continue
        status = entry["answer"]["status"]
        yield {
            "kind": "webhook",
            "at": entry["at"],
            "from": PLATFORM,
            "to": APPLICATION,
            "label": f"{entry['request']['method']} {status or entry['error'] or 'no answer'}",
            "data": entry,
        }


def _target(row: Any) -> str | None:
    return row.to_number or (row.target or {}).get("value")


def _time(at: Any) -> str | None:
    return None if at is None else at.isoformat(timespec="microseconds")
