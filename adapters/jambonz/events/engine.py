"""How a call is made and steered at a feature server, and what that tells (facts, 4.11 and 5).

The bodies are those the customer would have sent, with the account beside them; so a feature server
of the real platform understands them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.jambonz.words import CALL_STATUSES
from gateway.domain.calls import CallStatus
from gateway.domain.events import EngineStatus, Event, EventKind

MEMBERS = {"phone": "number", "sip": "sipUri", "user": "name", "teams": "number"}
SPEECH = (
    "speech_synthesis_vendor",
    "speech_synthesis_language",
    "speech_synthesis_voice",
    "speech_recognizer_vendor",
    "speech_recognizer_language",
)
HOOK = ("url", "method", "username", "password")
STATUSES: Mapping[str, CallStatus] = {**CALL_STATUSES, "early-media": CallStatus.ALERTING}
ENDINGS = {CallStatus.COMPLETED: "completed", CallStatus.CANCELLED: "no-answer"}
ENDERS = {"caller": "peer", "jambonz": "application"}
LEAST_SIP, MOST_SIP = 100, 699


def engine_body(event: Event) -> dict[str, Any]:
    """The JSON object of a request to a feature server."""
    return _creation(event) if event.kind is EventKind.ENGINE_CREATE else _steering(event)


def _creation(event: Event) -> dict[str, Any]:
    call, facts = event.call, event.facts
    own, application = facts["own"], facts["application"]
    target = facts["target"]
    to = {"type": target["kind"], MEMBERS[target["kind"]]: target["value"]}
    found = {
        "account_sid": str(call.account_uid),
        "application_sid": call.application_uid and str(call.application_uid),
        "from": call.from_number,
        "fromHost": own.get("fromHost"),
        "to": {**to, "auth": target["auth"]} if target.get("auth") else to,
        "call_hook": _hook(facts["call_hook"]),
        "call_status_hook": {"url": facts["status_url"], "method": "POST"},
        "timeout": own.get("timeout"),
        "tag": call.tag,
        "headers": own.get("headers"),
        **{name: own.get(name) or application.get(name) for name in SPEECH},
    }
    return {name: value for name, value in found.items() if value is not None}


def _hook(hook: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if hook is None:
        return None
    found = {name: hook[name] for name in HOOK if hook.get(name)}
    return {**found, "method": str(found.get("method", "post")).upper()}


def _steering(event: Event) -> dict[str, Any]:
    kind, data = event.facts["type"], event.facts["data"]
    if kind == "hangup":
        return {"call_status": ENDINGS[CallStatus(data["status"])]}
    if kind == "redirect":
        wanted = ("call_hook", "child_call_hook")
        return {name: _hook(data[name]) for name in wanted if name in data}
    if kind == "whisper":
        return {"whisper": _hook(data["hook"]) if "hook" in data else data["verbs"]}
    if kind in ("sip_request", "record"):
        return {kind: data}
    found = {kind: data["value"]}
    return {**found, "waitHook": _hook(data["wait_hook"])} if "wait_hook" in data else found


def read_status(body: Mapping[str, Any]) -> EngineStatus:
    """A status event of a feature server; ValueError says what cannot be read."""
    word, sip_status = body.get("call_status"), body.get("sip_status", 0)
    status = STATUSES.get(word) if isinstance(word, str) else None
    if status is None:
        raise ValueError("call_status is not one of the states of a call")
    if not isinstance(body.get("call_sid"), str):
        raise ValueError("call_sid is missing")
    if not _is_sip(sip_status):
        raise ValueError(f"sip_status must be from {LEAST_SIP} to {MOST_SIP}")
    reason, ended_by = body.get("sip_reason"), body.get("call_termination_by")
    return EngineStatus(
        call=UUID(body["call_sid"]),
        status=status,
        sip_status=sip_status,
        reason=reason[:255] if isinstance(reason, str) and reason else None,
        ended_by=ENDERS.get(ended_by) if isinstance(ended_by, str) else None,
    )


def _is_sip(value: Any) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return value == 0 or LEAST_SIP <= value <= MOST_SIP
