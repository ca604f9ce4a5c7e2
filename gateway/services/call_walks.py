"""Carrying a simulated call along its route: the machine says what is done, this does it.

A call that came in is handed to whom it is for; one of ours to a device looks for its far end in
the same way, and has found it when a leg is answered, or at a device that takes calls by itself.

Each step is an event of the call. A step at which nothing happens is followed at once; another one
waits for a job that brings its outcome, and an outcome of a step that is no longer the newest one
is too late and does nothing. What decides is read anew each time, so a route that is changed while
a call is on it counts from its next step on; the moment of the call is the one it came in at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from gateway.domain import call_routing, verbs
from gateway.domain.call_routing import Position, Step
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.route_stops import PLACES, Action, Outcome, Routing
from gateway.domain.words import Direction
from gateway.models import Hook
from gateway.models.prepared import P, Prepared
from gateway.services import (
    call_asking,
    call_hooks,
    call_legs,
    call_progress,
    call_routes,
    call_verbs,
)
from gateway.services.call_progress import PEER, SYSTEM
from gateway.services.call_routes import ROUTE

RECORDED_SECONDS = 10.0
"""How long a caller speaks after the tone, if it may."""
RING_SECONDS = 180.0
NOBODY_RUNG = 404
"""SIP status of a call of ours to a device that has nobody to ring."""
_HOOK = Prepared(lambda: Hook.select().where((Hook.uid == P("uid")) & (Hook.enabled == P("yes"))))


@dataclass(frozen=True)
class Walk:
    """A call on its route."""

    ctx: Context
    row: Any
    routing: Routing

    @property
    def seeks(self) -> bool:
        """Whether the call is one of ours that nobody has answered yet."""
        answered = self.row.status is CallStatus.IN_PROGRESS
        return self.row.direction == Direction.OUTBOUND and not answered

    def plan(self, event: UUID, outcome: str, seconds: float = 0.0) -> None:
        """Have the outcome of a step come to pass `seconds` from now."""
        call_progress.plan(
            self.ctx,
            self.row.uid,
            self.row.account_uid,
            call_verbs.FLOW,
            f"{call_verbs.FLOW}:{event.hex}",
            seconds=seconds,
            event=event.hex,
            outcome=outcome,
        )


def application_of(routing: Routing) -> UUID | None:
    """The application that has a call from its first steps on; None when none has."""
    step = call_routing.start(routing)
    while step.action is Action.PASS:
        step = call_routing.following(routing, step, step.outcomes[0])
    return UUID(step.uid) if step.action is Action.APPLICATION else None


def begin(ctx: Context, row: Any, routing: Routing) -> None:
    """Put a call that came in on its route. In the caller's transaction."""
    _go(Walk(ctx, row, routing), call_routing.start(routing))


def go_on(ctx: Context, row: Any, payload: Mapping[str, Any]) -> None:
    """Do what a job says: go to a `node`, or take what came of the step that `event` is. In the
    transaction that ends the job."""
    if "node" in payload:
        walk = Walk(ctx, row, _routing(ctx, row, {}))
        _go(walk, call_routing.start(walk.routing, payload["node"]))
    else:
        _resume(ctx, row, payload)


def _resume(ctx: Context, row: Any, payload: Mapping[str, Any]) -> None:
    event = call_progress.latest(row.uid, ROUTE)
    if event is None or event.uid.hex != payload["event"]:
        return
    walk = Walk(ctx, row, _routing(ctx, row, event.data))
    step = call_routing.step_at(walk.routing, Position(*event.data["position"]))
    outcome = payload["outcome"]
    if step.action is Action.GATHER:
        outcome = call_routing.entered(step, outcome)
    if outcome in step.outcomes:
        step = call_routing.following(walk.routing, step, outcome)
    elif not step.ends:  # the device is another one now
        _hang_up(walk, "the route was changed under the call", 0)
        return
    _go(walk, step)


def dialled(ctx: Context, row: Any, dial: Any) -> None:
    """A leg of a step has ended. In the transaction that ends its job."""
    outcome = call_verbs.came_of(dial)
    if dial.type == call_legs.CARRIED and row.status is CallStatus.IN_PROGRESS:
        call_progress.hang_up(ctx, row, ended_by=PEER, reason=None)
    elif outcome is not None:
        _resume(ctx, row, {"event": dial.data["route"], "outcome": outcome})


def _routing(ctx: Context, row: Any, data: Mapping[str, Any]) -> Routing:
    """What decides about a call now; `data` is of its newest step, none if it is put to a node."""
    in_flow = not data or Position(*data["position"]).at not in PLACES
    return call_routes.routing(
        ctx,
        row.account_uid,
        row.to_number or "",
        row.from_number or "",
        at=row.started_at,
        zone=data.get("zone", ""),
        turn=data.get("turn", 0),
        in_flow=in_flow,
    )


def _go(walk: Walk, step: Step) -> None:
    """Write steps down until one takes its time."""
    while True:
        arrival = walk.routing.arrival
        data = {
            **call_routes.shown(step),
            "position": list(step.position),
            "turn": arrival.turn,
            "zone": arrival.zone,
        }
        event = call_progress.note(walk.ctx, walk.row.uid, ROUTE, data)
        if step.action is not Action.PASS:
            takes = walk.seeks and step.action in BY_ITSELF
            (_take if takes else DOING[step.action])(walk, step, event)
            return
        step = call_routing.following(walk.routing, step, step.outcomes[0])


def _dial(walk: Walk, step: Step, event: UUID) -> None:
    target, row = step.target, walk.row
    assert target is not None
    verb = {
        "timeout": step.data.get("ringTime", RING_SECONDS),
        "timeLimit": step.data.get("maxCallTime"),
    }
    named = {"type": target.kind, verbs.DIALLED[target.kind][0]: target.value}
    # the rate of a trunk counted the call when it came in, so no leg to a peer is counted again
    way = {"remote_host": target.host} if target.host else None
    leg = call_legs.make(walk.ctx, row, verb, named, way=way, carries=walk.seeks)
    data = {"verb": "dial", "legs": [leg.hex], "program": "", "route": event.hex}
    kind = call_legs.CARRIED if walk.seeks else call_legs.DIAL
    call_progress.note(walk.ctx, row.uid, kind, data)
    call_progress.plan(walk.ctx, leg, row.account_uid, "start", "start")


def _take(walk: Walk, step: Step, event: UUID) -> None:
    """The device answers for itself, and what our call says is said to it."""
    call_progress.plan(walk.ctx, walk.row.uid, walk.row.account_uid, "bridged", "taken", leg="")


def _speak(walk: Walk, step: Step, event: UUID) -> None:
    walk.plan(event, Outcome.DONE, _spoken(walk, step))


def _record(walk: Walk, step: Step, event: UUID) -> None:
    longest = float(step.data.get("maxLength", RECORDED_SECONDS))
    seconds = _spoken(walk, step) + min(longest, RECORDED_SECONDS)
    call_progress.note(walk.ctx, walk.row.uid, "recorded", {"device": step.uid})
    walk.plan(event, Outcome.DONE, seconds)


def _ask_digits(walk: Walk, step: Step, event: UUID) -> None:
    """What the caller enters comes from its script, as for any other question."""
    most = step.data.get("maxDigits")
    verb = {"verb": "gather", "numDigits": most, "timeout": step.data.get("timeout")}
    found = call_verbs.entered(walk.row, verb)
    waits = call_verbs.INPUT_SECONDS if found else verbs.patience(verb)
    call_progress.note(walk.ctx, walk.row.uid, "gather", {"device": step.uid, **found})
    walk.plan(event, found.get("digits", ""), _spoken(walk, step) + waits)


def _spoken(walk: Walk, step: Step) -> float:
    """Answer the call, and how long it takes to tell the caller what there is to tell."""
    if walk.row.status is not CallStatus.IN_PROGRESS:
        call_verbs.answer(walk.ctx, walk.row)
    if step.data.get("url"):
        return verbs.seconds({"verb": "play", "url": step.data["url"]})
    return verbs.seconds({"verb": "say", "text": step.data.get("text") or ""})


def _ask_hook(walk: Walk, step: Step, event: UUID) -> None:
    """Give the call to a plugin's hook."""
    hook = _HOOK.one(uid=UUID(step.data["hook"]), yes=True)
    if hook is None:
        walk.plan(event, Outcome.FAIL)
        return
    then = {"step": call_verbs.FLOW, "event": event.hex}
    call_asking.control(walk.ctx, walk.row, call_hooks.of_row(hook), then)


def _to_application(walk: Walk, step: Step, event: UUID) -> None:
    call_asking.plan(walk.ctx, walk.row)


def _end(walk: Walk, step: Step, event: UUID) -> None:
    sip_status = step.sip_status
    if walk.seeks and step.position.came == Outcome.FAIL:
        tried = call_progress.latest(walk.row.uid, call_legs.CARRIED)
        sip_status = call_legs.of(tried)[0].sip_status if tried is not None else NOBODY_RUNG
    _hang_up(walk, step.reason, sip_status)


def _hang_up(walk: Walk, reason: str, sip_status: int) -> None:
    """Whoever called hears how it ended; it is the far end that our own call did not reach."""
    ended_by = PEER if walk.seeks else SYSTEM
    call_progress.hang_up(
        walk.ctx, walk.row, ended_by=ended_by, reason=reason, sip_status=sip_status
    )


BY_ITSELF: Final = frozenset(
    {Action.ASK, Action.SPEAK, Action.GATHER, Action.RECORD, Action.APPLICATION}
)
"""What a device does with a call that it takes without ringing anybody."""
DOING: Final[Mapping[Action, Callable[[Walk, Step, UUID], None]]] = {
    Action.DIAL: _dial,
    Action.ASK: _ask_hook,
    Action.SPEAK: _speak,
    Action.GATHER: _ask_digits,
    Action.RECORD: _record,
    Action.APPLICATION: _to_application,
    Action.REJECT: _end,
    Action.HANGUP: _end,
}
