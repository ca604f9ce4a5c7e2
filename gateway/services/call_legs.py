"""The legs of a call: calls that its `dial` verb makes, and the bridge between them.

Each leg is a call of its own with the first as its parent. The first leg that is answered is
bridged and ends the others; when all have ended, the parent goes on with what comes after `dial`.
A call to a device has legs too: each tries to reach it (`carried`), and the one that is answered is
the far end of the call.
Word goes between the rows by jobs, so that no transaction ever holds two calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain import numbers, verbs
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.domain.words import Direction
from gateway.models import Call
from gateway.models.prepared import Prepared, among
from gateway.services import call_devices, call_progress, calls, sealing
from gateway.services.making import fresh

DIAL, CARRIED = call_progress.DIAL, call_progress.CARRIED
CREATED = "created"
RING_SECONDS = 60.0
TALK_SECONDS = 10.0
"""How long the far end of a leg talks when its script does not say."""
_LEGS = Prepared(lambda: Call.select().where(among(Call.uid, "uids")).order_by(Call.id))
_MANY_DIGITS = re.compile(r"(?:\D*\d){10}", re.ASCII)


def number(text: str) -> str:
    """E.164 where the text is a telephone number, else the text."""
    if text.startswith("+") or _MANY_DIGITS.match(text):
        try:
            return numbers.parse_e164(text)
        except ValueError:
            return text
    return text


def make(
    ctx: Context,
    parent: Any,
    verb: Mapping[str, Any],
    target: Mapping[str, Any],
    way: Mapping[str, Any] | None = None,
    carries: bool = False,
) -> UUID:
    """Make the row of a leg; it is started by its own job. `way` is how it goes out, if settled;
    one that `carries` its parent lasts as long as that."""
    kind, value = verbs.dialled(target)
    value = number(value) if kind == "phone" else value
    wanted: dict[str, Any] = {"kind": kind, "value": value}
    if isinstance(target.get("auth"), dict):
        wanted["auth"] = target["auth"]
    if target.get("override"):
        wanted["override"] = target["override"]
    wanted, to = call_devices.addressed(parent.account_uid, wanted)
    hooks = {"status": parent.hooks["status"]} if (parent.hooks or {}).get("status") else {}
    own = calls.main_number(parent.account_uid) if verb.get("mainNumber") else None
    caller = str(verb.get("callerId") or own or parent.from_number or "anonymous")
    values = {
        **fresh(ctx),
        **(way or calls.way_out(call_progress.as_account(ctx, parent), wanted)),
        "service_provider_uid": parent.service_provider_uid,
        "account_uid": parent.account_uid,
        "application_uid": parent.application_uid,
        "parent_uid": parent.uid,
        "direction": Direction.OUTBOUND,
        "started_at": ctx.runtime.now(),
        "from_number": number(caller),
        "to_number": to,
        "target": sealing.sealed_target(wanted),
        "status": CallStatus.QUEUED,
        "sip_call_id": str(UUID(int=ctx.runtime.rng.getrandbits(128), version=4)),
        "tag": parent.tag,
        "hooks": hooks,
    }
    data = {
        "parent": parent.uid.hex,
        "rings": verbs.limit(verb, "timeout") or RING_SECONDS,
        "limit": verbs.limit(verb, "timeLimit"),
        "carries": carries,
    }
    call_progress.begin(ctx, values, data)
    leg: UUID = values["uid"]
    return leg


def made_with(leg: Any) -> Mapping[str, Any]:
    """What `make` was told of a leg."""
    event = call_progress.latest(leg.uid, CREATED)
    return event.data if event is not None else {}


def of(event: Any) -> list[Any]:
    """The rows of the legs of a `dial` event."""
    return _LEGS.all(uids=[UUID(leg) for leg in event.data["legs"]])


def dialled_by(row: Any, leg: str) -> Any | None:
    """The newest `dial` of a call if that leg is one of its."""
    return _with_leg(row, DIAL, leg)


def carried_by(row: Any, leg: str) -> Any | None:
    """The newest try to reach the far end of a call if that leg is the one."""
    return _with_leg(row, CARRIED, leg)


def _with_leg(row: Any, kind: str, leg: str) -> Any | None:
    event = call_progress.latest(row.uid, kind)
    return event if event is not None and leg in event.data["legs"] else None


def drop(ctx: Context, row: Any, *, but: str = "") -> None:
    """End the legs of a call's newest `dial`, all or all but one."""
    event = call_progress.latest(row.uid, DIAL)
    for leg in event.data["legs"] if event is not None else ():
        if leg != but:
            call_progress.plan(
                ctx,
                UUID(leg),
                row.account_uid,
                "hangup",
                "dropped",
                ended_by=call_progress.SYSTEM,
            )


def result(legs: list[Any]) -> dict[str, Any] | None:
    """What came of a `dial`, for its action hook; None while a leg lives."""
    if any(leg.status not in TERMINAL for leg in legs):
        return None
    answered = [leg for leg in legs if leg.answered_at is not None]
    told = (answered or legs)[-1]
    found = {
        "dial_call_sid": str(told.uid),
        "dial_call_status": str(told.status),
        "dial_sip_status": told.sip_status,
    }
    return {**found, "dial_call_duration": told.billed_seconds} if answered else found
