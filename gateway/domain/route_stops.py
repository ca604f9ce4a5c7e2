"""What becomes of a call at each place it can be: the number it is for, and every type of device.

A stop says what is to be done there and which exit each outcome takes. It is made of plain rows
alone, so a path can be explained without a call and a call can be carried without a path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from gateway.domain import route_rules, route_targets
from gateway.domain.flows import HANGUP, FlowType
from gateway.domain.route_rules import Arrival, exit_of
from gateway.domain.route_targets import Around, Node, Offers, Peer, Target
from gateway.domain.words import NumberHandling

NOT_FOUND, UNAVAILABLE, LOOP, BUSY_HERE = 404, 480, 482, 486
"""SIP statuses that a call nobody answered ends with."""


class Action(StrEnum):
    """What a step does with the call. APPLICATION, REJECT and HANGUP end the walk: the application
    has the call from then on, and the others end it."""

    PASS = "pass"
    DIAL = "dial"
    ASK = "ask"
    SPEAK = "speak"
    GATHER = "gather"
    RECORD = "record"
    APPLICATION = "application"
    REJECT = "reject"
    HANGUP = "hangup"


class Outcome(StrEnum):
    """What came of a step. A question has one more for each option: `entered <digits>`."""

    DONE = "done"
    COMPLETE = "complete"
    FAIL = "fail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    TRANSFER = "transfer"
    ERROR = "error"
    NO_MATCH = "no_match"


ENTERED: Final = "entered "
CALLED: Final = (Outcome.COMPLETE, Outcome.FAIL, Outcome.NO_ANSWER, Outcome.BUSY)
"""What may come of dialling somebody."""
_UNREACHED: Final = frozenset({Outcome.FAIL, Outcome.NO_ANSWER})
_UNANSWERED: Final = frozenset({*_UNREACHED, Outcome.BUSY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An application: enough to tell which."""

    uid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The trunk of a number. `forward` is where its calls go when no peer takes them."""

    uid: str
    name: str
    is_active: bool = True
    application: Named | None = None
    forward: str | None = None
    peers: tuple[Peer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """A call and all that decides about it; `peers` and `nodes` by uid. `node` is where a number's
    call flow begins, `begins` overrides the number altogether: the call is put there."""

    arrival: Arrival
    handling: NumberHandling = NumberHandling.NONE
    application: Named | None = None
    primary: Peer | None = None
    failover: Peer | None = None
    home: Home | None = None
    node: str | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)
    peers: Mapping[str, Peer] = field(default_factory=dict)
    realm: str = ""


Exits = Mapping[Any, str]
"""Where each outcome leads: a node as text, a word of PLACES, or HANGUP."""
_NO_OFFERS: Final = Offers(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A device, or what takes its place, before one of its targets is looked at. After an outcome
    in `tries_on` the next target is tried; the last one leaves by its exit."""

    action: Action
    type: str
    name: str
    reason: str
    uid: str = ""
    exits: Mapping[str, str] = field(default_factory=dict)
    offers: Offers = _NO_OFFERS
    tries_on: frozenset[str] = frozenset()
    sip_status: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


APPLICATION, ENDPOINTS, TRUNK, NOWHERE = ":application", ":endpoints", ":trunk", ":nowhere"


def ended(action: Action, reason: str, sip_status: int) -> Stop:
    """The end of a walk; the status is for a call that nobody answered."""
    return Stop(action=action, type="end", name=str(action), reason=reason, sip_status=sip_status)


# the number


def _number(routing: Routing) -> Stop:
    """Which reference is in force, and nothing but that one."""
    choice, why = _HANDLED[routing.handling](routing)
    return Stop(
        action=Action.PASS,
        type="number",
        name=routing.arrival.number,
        reason=why,
        exits={Outcome.DONE: choice},
    )


def _to_application(routing: Routing) -> tuple[str, str]:
    return APPLICATION, "an application has its calls"


def _to_flow(routing: Routing) -> tuple[str, str]:
    if routing.node is None:
        return NOWHERE, "its calls go to a call flow that is gone"
    return routing.node, "its calls go to a call flow"


def _to_endpoints(routing: Routing) -> tuple[str, str]:
    return ENDPOINTS, "its calls go to the routes it was given"


def _to_trunk(routing: Routing) -> tuple[str, str]:
    return TRUNK, "its calls go to the trunk it is assigned to"


def _unhandled(routing: Routing) -> tuple[str, str]:
    """What else may want the call: the trunk's application, then expressions, the oldest first."""
    if routing.home is not None and routing.home.application is not None:
        return APPLICATION, "nothing was chosen for it, and its trunk has an application"
    for node in routing.nodes.values():
        if node.type == FlowType.MATCH_START and route_rules.fits(
            node.config, routing.arrival.number
        ):
            return node.uid, f"nothing was chosen for it, and it fits {node.name}"
    return NOWHERE, "nothing was chosen for it"


_HANDLED: Final[Mapping[str, Callable[[Routing], tuple[str, str]]]] = MappingProxyType(
    {
        NumberHandling.NONE: _unhandled,
        NumberHandling.APPLICATION: _to_application,
        NumberHandling.FLOW: _to_flow,
        NumberHandling.ENDPOINT: _to_endpoints,
        NumberHandling.TRUNK: _to_trunk,
    }
)


def _application(routing: Routing) -> Stop:
    found = routing.application if routing.handling == NumberHandling.APPLICATION else None
    if routing.handling == NumberHandling.NONE and routing.home is not None:
        found = routing.home.application
    if found is None:
        return ended(Action.REJECT, "the number has no application", NOT_FOUND)
    return Stop(
        action=Action.APPLICATION,
        type="application",
        name=found.name,
        uid=found.uid,
        reason="its hook says what becomes of the call",
    )


def _endpoints(routing: Routing) -> Stop:
    primary, home = routing.primary, routing.home
    if primary is None and home is not None:
        dialled = [peer for peer in home.peers if peer.dials and peer.enabled]
        primary = next(iter(sorted(dialled, key=lambda peer: peer.priority)), None)
    peers = [peer for peer in (primary, routing.failover) if peer is not None]
    ordered = route_targets.weighted(peers, routing.arrival.turn)
    offers = route_targets.offered(ordered, routing.arrival.number)
    return _dialled("endpoint", "routes", "", "the number's routes", offers, _UNREACHED)


def _trunk(routing: Routing) -> Stop:
    home = routing.home
    if home is None:
        return ended(Action.REJECT, "the number has no trunk", NOT_FOUND)
    if not home.is_active:
        return ended(Action.REJECT, f"trunk {home.name} is switched off", UNAVAILABLE)
    dialled = [peer for peer in home.peers if peer.dials]
    peers = route_targets.in_turn(dialled, routing.arrival.turn)
    targets, skipped = route_targets.offered(peers, routing.arrival.number)
    if home.forward:
        forward = Target("phone", home.forward, home.uid, f"forward to {home.forward}")
        targets = (*targets, forward)
    why = "the trunk's endpoints by priority"
    return _dialled("trunk", home.name, home.uid, why, Offers(targets, skipped), _UNREACHED)


def _nowhere(routing: Routing) -> Stop:
    return ended(Action.REJECT, "no destination", NOT_FOUND)


PLACES: Final[Mapping[str, Callable[[Routing], Stop]]] = MappingProxyType(
    {
        "": _number,
        APPLICATION: _application,
        ENDPOINTS: _endpoints,
        TRUNK: _trunk,
        NOWHERE: _nowhere,
    }
)


def _dialled(
    type_: str, name: str, uid: str, reason: str, offers: Offers, tries_on: frozenset[str]
) -> Stop:
    """Peers that a number's calls go to, one after the other."""
    if not offers.targets:
        why = "; ".join(("there is nobody to ring", *offers.skipped))
        return ended(Action.REJECT, why, UNAVAILABLE)
    return Stop(
        action=Action.DIAL,
        type=type_,
        name=name,
        uid=uid,
        reason=reason,
        exits=dict.fromkeys(CALLED, HANGUP),
        offers=offers,
        tries_on=tries_on,
    )


# devices

_EXITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Outcome.COMPLETE: "onComplete",
        Outcome.FAIL: "onFail",
        Outcome.NO_ANSWER: "onNoAnswer",
        Outcome.BUSY: "onBusy",
    }
)
_PLUGIN_EXITS: Final[Mapping[str, str]] = MappingProxyType(
    {**_EXITS, Outcome.TRANSFER: "onTransfer", Outcome.ERROR: "onError"}
)


def of_node(routing: Routing, node: Node) -> Stop:
    type_ = FlowType(node.type)
    choose = route_rules.CHOOSE.get(type_)
    if choose is not None:
        choice = choose(node.config, routing.arrival)
        return _at(node, Action.PASS, choice.reason, {Outcome.DONE: choice.exit})
    return _MADE[type_](routing, node) if type_ in _MADE else _rung(routing, node)


def _at(node: Node, action: Action, reason: str, exits: Exits, **more: Any) -> Stop:
    return Stop(
        action=action,
        type=str(node.type),
        name=node.name,
        uid=node.uid,
        reason=reason,
        exits={str(outcome): exit_ for outcome, exit_ in exits.items()},
        **more,
    )


def _rung(routing: Routing, node: Node) -> Stop:
    around = Around(
        number=routing.arrival.number,
        realm=routing.realm,
        nodes=routing.nodes,
        peers=routing.peers,
    )
    offers = route_targets.of_device(node, around)
    exits = {outcome: exit_of(node.config, name) for outcome, name in _EXITS.items()}
    if not offers.targets:
        why = "; ".join(("there is nobody to ring", *offers.skipped))
        failed = {Outcome.FAIL: exits[Outcome.FAIL]}
        return _at(node, Action.PASS, why, failed)
    group = node.type == FlowType.HUNT_GROUP
    tries_on = _UNANSWERED if group else frozenset({Outcome.FAIL})
    data = _members(node, "ringTime", "maxCallTime")
    return _at(node, Action.DIAL, "rings", exits, offers=offers, tries_on=tries_on, data=data)


def _spoken(routing: Routing, node: Node) -> Stop:
    exits = {Outcome.DONE: exit_of(node.config)}
    data = _members(node, "text", "url")
    return _at(node, Action.SPEAK, "the caller is told something", exits, data=data)


def _voicemail(routing: Routing, node: Node) -> Stop:
    exits = {Outcome.DONE: exit_of(node.config)}
    data = _members(node, "text", "maxLength")
    return _at(node, Action.RECORD, "the caller may leave a message", exits, data=data)


def _asked(routing: Routing, node: Node) -> Stop:
    """A menu: one exit for each option, one for what is none."""
    options = route_rules.options_of(node.config)
    exits = {f"{ENTERED}{option}": exit_ for option, exit_ in options.items()}
    exits[Outcome.NO_MATCH] = exit_of(node.config)
    data = _members(node, "text", "timeout", "maxDigits", "finishOnKey")
    return _at(node, Action.GATHER, "the caller is asked for digits", exits, data=data)


def _plugin(routing: Routing, node: Node) -> Stop:
    exits = {outcome: exit_of(node.config, name) for outcome, name in _PLUGIN_EXITS.items()}
    hook = str(node.config.get("plugin") or HANGUP)
    if hook == HANGUP:
        failed = {Outcome.FAIL: exits[Outcome.FAIL]}
        return _at(node, Action.PASS, "it has no hook to ask", failed)
    data = {"hook": hook, **_members(node, "data")}
    return _at(node, Action.ASK, "its hook says what becomes of the call", exits, data=data)


_MADE: Final[Mapping[FlowType, Callable[[Routing, Node], Stop]]] = MappingProxyType(
    {
        FlowType.SAY: _spoken,
        FlowType.PLAY: _spoken,
        FlowType.VOICEMAIL: _voicemail,
        FlowType.NUMBER_PLAN: _asked,
        FlowType.PLUGIN: _plugin,
    }
)


def _members(node: Node, *names: str) -> dict[str, Any]:
    return {name: node.config[name] for name in names if node.config.get(name) is not None}
