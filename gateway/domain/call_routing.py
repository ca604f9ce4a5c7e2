"""Where a call to a number goes, and why: a machine that is walked one step at a time.

    start(routing) -> step      following(routing, step, outcome) -> step

A step says what is to be done with the call and what may come of it; an outcome leads to the next
step. Whoever carries a call and whoever explains one walk the same machine, so they cannot
disagree. A step is made from a `Position` alone, which is small enough to be kept with a call.

The machine is total: every outcome a step names leads on, a step without outcomes ends the walk,
and after MOST_HOPS devices the call ends, so circles are allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from gateway.domain.flows import HANGUP, MOST_HOPS
from gateway.domain.route_stops import (
    BUSY_HERE,
    ENTERED,
    LOOP,
    PLACES,
    UNAVAILABLE,
    Action,
    Outcome,
    Routing,
    Stop,
    ended,
    of_node,
)
from gateway.domain.route_targets import Target


class Position(NamedTuple):
    """Where a walk is: a node's uid or a word of PLACES, which of its targets, how many devices the
    call has passed, and the outcome that led here."""

    at: str = ""
    target: int = 0
    hops: int = 0
    came: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a call. `type` is a device's type, or number, endpoint, trunk, application, end;
    `data` what the action needs (a text, a hook, how long to ring)."""

    action: Action
    type: str
    name: str
    reason: str
    position: Position
    uid: str = ""
    outcomes: tuple[str, ...] = ()
    target: Target | None = None
    sip_status: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ends(self) -> bool:
        return not self.outcomes


def start(routing: Routing, node: str = "") -> Step:
    """The first step of a call to the number, or of one that is put to a node."""
    return step_at(routing, Position(node))


def following(routing: Routing, step: Step, outcome: str) -> Step:
    """The step that an outcome leads to; ValueError for one that the step does not name."""
    if outcome not in step.outcomes:
        raise ValueError(f"{outcome!r} cannot come of this step, only {', '.join(step.outcomes)}")
    at, target, hops, _ = step.position
    stop = _stop(routing, step.position)
    if outcome in stop.tries_on and target + 1 < len(stop.offers.targets):
        return step_at(routing, Position(at, target + 1, hops, outcome))
    passed = hops if at in PLACES else hops + 1
    return step_at(routing, Position(stop.exits.get(outcome, HANGUP), 0, passed, outcome))


def step_at(routing: Routing, position: Position) -> Step:
    """The step of a position; a position that is no more is the end of the call."""
    stop = _stop(routing, position)
    outcomes, target, reason = tuple(stop.exits), None, stop.reason
    if stop.action is Action.DIAL:
        if position.target >= len(stop.offers.targets):
            stop = _end(position)
            outcomes, reason = (), f"whom {position.at} was to ring is gone"
        else:
            target = stop.offers.targets[position.target]
            reason = _why(stop, position.target)
    return Step(
        action=stop.action,
        type=stop.type,
        name=stop.name,
        reason=reason,
        position=position,
        uid=stop.uid,
        outcomes=outcomes,
        target=target,
        sip_status=stop.sip_status,
        data=stop.data,
    )


def _why(stop: Stop, place: int) -> str:
    """Which target it is of how many, and on the first one who was left out."""
    count = len(stop.offers.targets)
    told = f"{stop.reason}: {stop.offers.targets[place].name}"
    if count > 1:
        told += f", {place + 1} of {count}"
    skipped = stop.offers.skipped if place == 0 else ()
    return "; ".join((told, *skipped))


def _stop(routing: Routing, position: Position) -> Stop:
    if position.hops >= MOST_HOPS and position.at != HANGUP:
        why = f"the call has passed {MOST_HOPS} devices"
        return ended(Action.HANGUP, why, LOOP)
    if position.at == HANGUP:
        return _end(position)
    place = PLACES.get(position.at)
    if place is not None:
        return place(routing)
    node = routing.nodes.get(position.at)
    if node is None:
        return ended(Action.HANGUP, f"device {position.at} is gone", UNAVAILABLE)
    return of_node(routing, node)


_ENDS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        Outcome.COMPLETE: ("the call was carried", 0),
        Outcome.BUSY: ("whom it was for is busy", BUSY_HERE),
        Outcome.NO_ANSWER: ("nobody took it", UNAVAILABLE),
        Outcome.FAIL: ("it could not be carried", UNAVAILABLE),
    }
)


def _end(position: Position) -> Stop:
    why, status = _ENDS.get(position.came, ("the exit is HANGUP", UNAVAILABLE))
    return ended(Action.HANGUP, why, status)


def entered(step: Step, digits: str) -> str:
    """The outcome of a question that was answered with these digits."""
    option = f"{ENTERED}{digits}"
    return option if option in step.outcomes else Outcome.NO_MATCH


# looking ahead


class Walked(NamedTuple):
    """A step of a path, the outcome that was assumed (empty at the end), and the step that each
    outcome leads to."""

    step: Step
    outcome: str
    leads: Mapping[str, Step]


Assume = Callable[[Step], str]


def goes_well(step: Step) -> str:
    """The outcome of a call for which everything works: what is dialled answers, what is asked
    agrees."""
    return step.outcomes[0]


def path(routing: Routing, assume: Assume = goes_well, node: str = "") -> Iterator[Walked]:
    """The steps of a call whose outcomes are as assumed, in order, with all their branches."""
    step = start(routing, node)
    while not step.ends:
        leads = {outcome: following(routing, step, outcome) for outcome in step.outcomes}
        outcome = assume(step)
        yield Walked(step, outcome, leads)
        step = leads[outcome]
    yield Walked(step, "", {})
