"""What the hooks of a call receive: call hook, action hooks and status hook have one shape.

Members and words are those of the call engine (facts, section 5). Members without a value are left
out where the engine leaves them out. An action hook gets what its verb found out beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from adapters.jambonz.schemas.call_fields import CalledStatus, Party
from gateway.domain.calls import CallStatus
from gateway.domain.events import Event, EventKind
from gateway.domain.sip_dialogue import PHRASES
from gateway.wire.base import Field
from gateway.wire.profile import Profile

PARTY, STATUS = Party(), CalledStatus()
ENDED_BY_PEER = "peer"
SIP_PORT = 5060
# Of what a verb found out, the members that hold a state of a call.
STATES = frozenset({"dial_call_status"})


def call_body(event: Event, profile: Profile) -> dict[str, Any]:
    """The JSON object of an event about a call or of an attempt to register."""
    if event.kind is EventKind.REGISTRATION:
        found = dict(event.facts)
    else:
        found = {**_always(event, profile), **_sometimes(event), **_found_out(event, profile)}
    return _flat(found) if event.method == "get" else found


def _always(event: Event, profile: Profile) -> dict[str, Any]:
    call, facts = event.call, event.facts
    host = urlsplit(event.base_url).hostname or ""
    caller = _written(PARTY, call.from_number or Party.default, profile)
    return {
        "call_sid": str(call.uid),
        "direction": str(call.direction),
        "from": caller,
        "to": _written(PARTY, call.to_number or "", profile),
        "call_id": call.sip_call_id,
        "sip_status": facts["sip_status"],
        "sip_reason": PHRASES.get(facts["sip_status"], ""),
        "call_status": _status(facts["status"], profile),
        "caller_id": call.caller_name or caller,
        "account_sid": str(call.account_uid),
        "trace_id": call.uid.hex,
        "application_sid": call.application_uid and str(call.application_uid),
        "fs_sip_address": f"{call.host or host}:{SIP_PORT}",
        "fs_public_ip": call.host or host,
        "api_base_url": f"{event.base_url}/v1",
    }


def _sometimes(event: Event) -> dict[str, Any]:
    call, facts = event.call, event.facts
    ended_by = facts.get("ended_by")
    found = {
        "parent_call_sid": call.parent_uid and str(call.parent_uid),
        "originating_sip_ip": call.origin_address,
        "originating_sip_trunk_name": call.trunk_name,
        "call_termination_by": ended_by and ("caller" if ended_by == ENDED_BY_PEER else "jambonz"),
        "duration": facts.get("duration"),
        "customerData": call.tag or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _found_out(event: Event, profile: Profile) -> dict[str, Any]:
    said: Mapping[str, Any] = event.facts.get("said") or {}
    return {
        name: _status(value, profile) if name in STATES else value for name, value in said.items()
    }


def _status(word: str, profile: Profile) -> str:
    return _written(STATUS, CallStatus(word), profile)


def _written(field: Field, value: str, profile: Profile) -> str:
    render = field.renderer(profile)
    return str(render(value)) if render is not None else value


def _flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Members as a query takes them: those that have members of their own as JSON."""
    return {
        name: orjson.dumps(value).decode() if isinstance(value, dict | list) else value
        for name, value in body.items()
    }
