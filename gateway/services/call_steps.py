"""The steps of a simulated call that need nobody else: each is a job, done in one transaction.

    start    choose the script of the far end
    script   come to its next state
    verb     begin a verb of the call's list
    rings    what reaches the far end for the call rings
    bridged  a leg was answered        dialled  a leg has ended
    hangup   somebody hangs up         timeout  the caller gives up
    update   what a customer asked of the live call by API
    flow     go on along the call's route, or begin one

What is asked of a hook (`ask`) is in `call_asking`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from gateway.domain import call_scripts
from gateway.domain.call_scripts import CallScript
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.domain.words import AlertType, Direction
from gateway.services import (
    alerts,
    call_admission,
    call_asking,
    call_devices,
    call_legs,
    call_progress,
    call_ticks,
    call_verbs,
    call_walks,
)
from gateway.services.call_progress import API, PEER, SYSTEM

SIMULATION = "simulation"
RINGS = frozenset({CallStatus.RINGING, CallStatus.ALERTING})
RING_SECONDS = 60.0
NOBODY = 404
NEEDS_TRUNK = frozenset({"phone"})
REASONS: Final[Mapping[str, str]] = {
    API: call_progress.BY_API,
    SYSTEM: "the call was ended",
}

Choose = Callable[[Any], CallScript]
"""The script of a call's far end, by the row of the call."""


@dataclass(frozen=True)
class Doing:
    """One step: the call, what its job says, and how scripts are chosen."""

    ctx: Context
    row: Any
    payload: Mapping[str, Any]
    choose: Choose

    def plan(self, step: str, name: str, seconds: float = 0.0, **payload: Any) -> None:
        call_progress.plan(
            self.ctx,
            self.row.uid,
            self.row.account_uid,
            step,
            name,
            seconds=seconds,
            **payload,
        )


def by_destination(row: Any) -> CallScript:
    """The script of the table of destinations, for whomever the call goes to."""
    return call_scripts.by_destination(call_devices.destination(row))


def run(ctx: Context, payload: Mapping[str, Any], choose: Choose = by_destination) -> None:
    """Do a step; nothing when the call is over. In the transaction that ends its job."""
    row = call_progress.held(UUID(payload["call"]))
    if row is None or row.status in TERMINAL:
        return
    STEPS[payload["step"]](Doing(ctx, row, payload, choose))


def _start(step: Doing) -> None:
    row = step.row
    if row.status is not CallStatus.QUEUED:
        return
    if (row.target or {}).get("kind") in NEEDS_TRUNK and row.trunk_uid is None:
        _fail_for_want_of_a_carrier(step)
        return
    if call_devices.lost(row.target):
        _fail_for_want_of_a_device(step)
        return
    if call_admission.turned_away(step.ctx, row.uid):
        return
    node = call_devices.node(row.target)
    if node:
        _seek(step, node)
        return
    script = step.choose(row)
    shown = call_scripts.shown(script)
    call_progress.note(step.ctx, row.uid, "driver", {"driver": SIMULATION, "script": shown})
    patience = _rings(row)
    if _unanswered_after(script) > patience:
        step.plan("timeout", "timeout", patience)
    step.plan("script", "script:0", script.steps[0].after, index=0)


def _seek(step: Doing, node: str) -> None:
    """Walk from a device to somebody who answers. How long that may take is said by the `dial` of
    a leg, and by the devices."""
    moved = call_progress.claim(step.ctx, step.row.uid, CallStatus.TRYING)
    if step.row.parent_uid is not None:
        step.plan("timeout", "timeout", _rings(step.row))
    call_walks.go_on(step.ctx, moved, {"node": node})


def _fail_for_want_of_a_carrier(step: Doing) -> None:
    row = step.row
    alerts.add(
        step.ctx,
        AlertType.CARRIER_MISSING,
        "A call could not be placed: there is no carrier with a gateway to send it to",
        account_uid=row.account_uid,
        service_provider_uid=row.service_provider_uid,
        details={"call": str(row.uid), "to": row.to_number},
    )
    call_progress.claim(step.ctx, row.uid, CallStatus.FAILED, reason="no carrier", ended_by=SYSTEM)


def _fail_for_want_of_a_device(step: Doing) -> None:
    call_progress.claim(
        step.ctx,
        step.row.uid,
        CallStatus.FAILED,
        sip_status=NOBODY,
        reason="there is no such device",
        ended_by=SYSTEM,
    )


def _rings(row: Any) -> float:
    """How long a call may ring, in seconds: as its `dial` said, or whoever made it by API."""
    if row.parent_uid is not None:
        return float(call_legs.made_with(row).get("rings") or RING_SECONDS)
    for extras in (row.extras or {}).values():
        given = extras.get("timeout") if isinstance(extras, dict) else None
        if isinstance(given, int | float) and not isinstance(given, bool):
            return float(given)
    return RING_SECONDS


def _unanswered_after(script: CallScript) -> float:
    """Seconds until the script answers or ends the call; endless when it does neither or waits for
    ticks."""
    if script.ticks:
        return float("inf")
    spent = 0.0
    for one in script.steps:
        spent += one.after
        if one.status is CallStatus.IN_PROGRESS or one.status in TERMINAL:
            return spent
    return float("inf")


def _script(step: Doing) -> None:
    ctx, row = step.ctx, step.row
    script = call_verbs.far_end(row)
    index = step.payload["index"]
    if script is None or index >= len(script.steps):
        return
    one = script.steps[index]
    ended_by = PEER if one.status in TERMINAL else None
    moved = call_progress.claim(
        ctx,
        row.uid,
        one.status,
        sip_status=one.sip_status,
        reason=one.reason or None,
        ended_by=ended_by,
    )
    if moved is not None and moved.status is CallStatus.IN_PROGRESS:
        _answered(step, moved, script)
    elif moved is not None and moved.status in RINGS and call_legs.made_with(row).get("carries"):
        call_progress.plan(ctx, row.parent_uid, row.account_uid, "rings", f"rings:{row.uid}")
    if index + 1 == len(script.steps):
        return
    if script.ticks:
        call_ticks.hold(ctx, row, index + 1, script.ticks)
    else:
        after = script.steps[index + 1].after
        step.plan("script", f"script:{index + 1}", after, index=index + 1)


def _answered(step: Doing, row: Any, script: CallScript | None) -> None:
    if row.parent_uid is None:
        given = call_progress.latest(row.uid, call_verbs.GIVEN)
        if given is None:
            call_asking.plan(step.ctx, row)
        else:
            call_verbs.begin(step.ctx, row, given.data["verbs"])
    talks = script.talks if script is not None else None
    if row.parent_uid is not None:
        made = call_legs.made_with(row)
        ends = script is not None and call_scripts.ends(script)
        if talks is None and not ends and not made.get("carries"):
            talks = call_legs.TALK_SECONDS
        limit = made.get("limit")
        if limit is not None and (talks is None or limit < talks):
            call_verbs.plan_hangup(step.ctx, row, limit, SYSTEM)
            return
    if talks is not None:
        call_verbs.plan_hangup(step.ctx, row, talks)


def _hangup(step: Doing) -> None:
    ended_by = step.payload["ended_by"]
    call_progress.hang_up(
        step.ctx,
        step.row,
        ended_by=ended_by,
        reason=REASONS.get(ended_by),
    )


def _timeout(step: Doing) -> None:
    if step.row.answered_at is None:
        call_progress.hang_up(step.ctx, step.row, ended_by=SYSTEM, reason="nobody answered in time")


def _verb(step: Doing) -> None:
    call_verbs.run(step.ctx, step.row, step.payload)


def _bridged(step: Doing) -> None:
    leg = step.payload["leg"]
    if step.row.status is not CallStatus.IN_PROGRESS and (
        not leg or call_legs.carried_by(step.row, leg) is not None
    ):
        _reached(step)
        return
    if call_legs.dialled_by(step.row, leg) is None:
        return
    call_progress.note(step.ctx, step.row.uid, "bridged", {"leg": leg})
    call_legs.drop(step.ctx, step.row, but=leg)
    if step.row.status is not CallStatus.IN_PROGRESS:
        call_verbs.answer(step.ctx, step.row)


def _reached(step: Doing) -> None:
    """Whom a call of ours was for has taken it."""
    moved = call_progress.claim(step.ctx, step.row.uid, CallStatus.IN_PROGRESS)
    if moved is not None:
        _answered(step, moved, None)


def _ring(step: Doing) -> None:
    call_progress.claim(step.ctx, step.row.uid, CallStatus.RINGING)


def _dialled(step: Doing) -> None:
    leg = step.payload["leg"]
    dial = call_legs.carried_by(step.row, leg) or call_legs.dialled_by(step.row, leg)
    if dial is not None and "route" in dial.data:
        call_walks.dialled(step.ctx, step.row, dial)
        return
    program = call_verbs.in_force(step.row, dial.data["program"]) if dial is not None else None
    if dial is None or program is None:
        return
    facts = call_legs.result(call_legs.of(dial))
    if facts is not None:
        call_verbs.Turn(step.ctx, step.row, program, dial.data["index"]).done(0.0, facts)


def _flow(step: Doing) -> None:
    call_walks.go_on(step.ctx, step.row, step.payload)


# what a customer asked for


def _update(step: Doing) -> None:
    event = call_progress.noted(UUID(step.payload["event"]))
    if event is None:
        return
    UPDATES.get(event.type, _only_noted)(step, event)
    call_progress.note(
        step.ctx, step.row.uid, "applied", {"event": event.uid.hex, "type": event.type}
    )


def _only_noted(step: Doing, event: Any) -> None:
    """Nothing moves: there is no media to mute, play to or record."""


def _ended_by_api(step: Doing, event: Any) -> None:
    call_progress.hang_up(step.ctx, step.row, ended_by=API, reason=REASONS[API])


def _redirect(step: Doing, event: Any) -> None:
    hook, for_leg = event.data.get("call_hook"), event.data.get("child_call_hook")
    waits = step.row.direction == Direction.OUTBOUND and step.row.answered_at is None
    if hook is not None and not waits:  # else it is asked when the call is answered
        call_asking.plan(step.ctx, step.row, call_asking.REDIRECT, hook, event.uid.hex)
    if for_leg is None:
        return
    dial = call_progress.latest(step.row.uid, call_legs.DIAL)
    for leg in call_legs.of(dial) if dial is not None else ():
        if leg.status is CallStatus.IN_PROGRESS:
            call_asking.plan(step.ctx, leg, call_asking.REDIRECT, for_leg, event.uid.hex)


def _whisper(step: Doing, event: Any) -> None:
    if "hook" in event.data:
        hook = event.data["hook"]
        call_asking.plan(step.ctx, step.row, call_asking.WHISPER, hook, event.uid.hex)
    else:
        data = {"verbs": event.data.get("verbs", [])}
        call_progress.note(step.ctx, step.row.uid, "whispered", data)


def _given(step: Doing, event: Any) -> None:
    """Other verbs in place of those there were; before the answer they are kept for it."""
    if step.row.status is CallStatus.IN_PROGRESS:
        call_legs.drop(step.ctx, step.row)
        call_verbs.begin(step.ctx, step.row, event.data["verbs"])


UPDATES: Final[Mapping[str, Callable[[Doing, Any], None]]] = {
    "hangup": _ended_by_api,
    "redirect": _redirect,
    "whisper": _whisper,
    call_verbs.GIVEN: _given,
}
STEPS: Final[Mapping[str, Callable[[Doing], None]]] = {
    "start": _start,
    "script": _script,
    "verb": _verb,
    "hangup": _hangup,
    "timeout": _timeout,
    "rings": _ring,
    "bridged": _bridged,
    "dialled": _dialled,
    "update": _update,
    call_verbs.FLOW: _flow,
}
