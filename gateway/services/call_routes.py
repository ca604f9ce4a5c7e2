"""What decides where a call goes, read from the tables in a constant number of statements, and the
path of a call that was not made: each step with its reason and where every outcome would lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain import call_routing, flows, policy, route_rules
from gateway.domain.call_routing import Step, Walked
from gateway.domain.context import Context
from gateway.domain.flows import FlowType, ReferenceKind
from gateway.domain.instants import parse_instant
from gateway.domain.numbers import parse_e164
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.route_rules import Arrival
from gateway.domain.route_stops import Action, Home, Named, Routing
from gateway.domain.route_targets import Node, Peer
from gateway.domain.words import Direction, NumberHandling
from gateway.models import (
    Account,
    Application,
    Call,
    CallEvent,
    Endpoint,
    FlowNode,
    Number,
    Trunk,
)
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import P, Prepared, among

ROUTE = "route"
"""The type of the call events that say which step a call has come to."""
REMEMBERED = timedelta(hours=1)
"""How long taking turns remembers the last call."""
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Moments that local times and days before and after them can be told of."""

_TrunkApplication = Application.alias()


def _number_query() -> Any:
    return (
        Number.select(
            Number.uid,
            Number.handling,
            Number.primary_endpoint,
            Number.failover_endpoint,
            Number.flow_node,
            Trunk.uid,
            Trunk.name,
            Trunk.is_active,
            Trunk.forward_enabled,
            Trunk.forward_number,
            Application.uid,
            Application.name,
            _TrunkApplication.uid,
            _TrunkApplication.name,
        )
        .join_from(Number, Trunk, pw.JOIN.LEFT_OUTER, on=(Number.trunk == Trunk.uid))
        .join_from(
            Number, Application, pw.JOIN.LEFT_OUTER, on=(Number.application == Application.uid)
        )
        .join_from(
            Trunk,
            _TrunkApplication,
            pw.JOIN.LEFT_OUTER,
            on=(Trunk.application == _TrunkApplication.uid),
        )
        .where((Number.account == P("account")) & (Number.e164 == P("e164")))
    )


_NUMBER = Prepared(
    _number_query,
    nest={Trunk: "trunk", Application: "application", _TrunkApplication: "behind"},
)
_REALM = Prepared(lambda: Account.select(Account.realm).where(Account.uid == P("account")))
_NODES = Prepared(
    lambda: (
        FlowNode.select(
            FlowNode.uid, FlowNode.type, FlowNode.name, FlowNode.extension, FlowNode.config
        )
        .where(FlowNode.account == P("account"))
        .order_by(FlowNode.id)
    )
)
_STARTS = Prepared(
    lambda: FlowNode.select(FlowNode.config).where(
        (FlowNode.account == P("account")) & (FlowNode.type == P("type"))
    )
)
_PEER_COLUMNS = (
    Endpoint.uid,
    Endpoint.name,
    Endpoint.kind,
    Endpoint.address,
    Endpoint.port,
    Endpoint.transport,
    Endpoint.value,
    Endpoint.priority,
    Endpoint.enabled,
    Endpoint.dials,
)
_BY_UID = Prepared(lambda: Endpoint.select(*_PEER_COLUMNS).where(among(Endpoint.uid, "uids")))
_OF_TRUNK = Prepared(
    lambda: (
        Endpoint.select(*_PEER_COLUMNS).where(Endpoint.trunk == P("trunk")).order_by(Endpoint.id)
    )
)


def _latest(chosen: Any) -> Prepared:
    """The newest call that took a turn at what `chosen` says."""
    return Prepared(
        lambda: (
            Call.select(Call.uid)
            .where(
                (Call.account_uid == P("account"))
                & (Call.direction == P("inbound"))
                & (Call.started_at > P("since"))
                & chosen
            )
            .order_by(Call.started_at.desc(), Call.id.desc())
            .limit(1)
        )
    )


_LATEST = {
    NumberHandling.TRUNK: _latest(Call.trunk_uid == P("of")),
    NumberHandling.ENDPOINT: _latest(Call.to_number == P("of")),
}
_TURN = Prepared(
    lambda: (
        CallEvent.select(CallEvent.data)
        .where((CallEvent.call_uid == P("call")) & (CallEvent.type == P("type")))
        .order_by(CallEvent.id)
        .limit(1)
    )
)


def routing(
    ctx: Context,
    account: UUID,
    number: str,
    caller: str,
    *,
    at: datetime,
    zone: str = "",
    turn: int | None = None,
    in_flow: bool = False,
) -> Routing:
    """All that decides about a call to a number of an account. Without `turn`, the next one; a call
    that is `in_flow` has come to a device, whatever its number says of the next call."""
    row = _NUMBER.one(account=account, e164=number)
    handling = NumberHandling.NONE if row is None else NumberHandling(row.handling)
    nodes = _nodes(account) if in_flow or _flows(account, number, handling) else {}
    peers = _peers(row, nodes.values())
    if turn is None:
        turn = 0 if row is None else _next_turn(ctx, account, number, row)
    arrival = Arrival(number=number, caller=caller, at=at, zone=zone, turn=turn)
    realm = _REALM.scalar(account=account) if nodes else None
    if row is None:
        return Routing(arrival=arrival, nodes=nodes, peers=peers, realm=realm or "")
    return Routing(
        arrival=arrival,
        handling=handling,
        application=_named(row.application),
        primary=peers.get(str(row.primary_endpoint_uid)),
        failover=peers.get(str(row.failover_endpoint_uid)),
        home=_home(row),
        node=str(row.flow_node_uid) if row.flow_node_uid is not None else None,
        nodes=nodes,
        peers=peers,
        realm=realm or "",
    )


def _flows(account: UUID, number: str, handling: NumberHandling) -> bool:
    """Whether devices may have a say: of a number that nothing was chosen for, expressions."""
    if handling is not NumberHandling.NONE:
        return handling is NumberHandling.FLOW
    starts = _STARTS.all(account=account, type=FlowType.MATCH_START)
    return any(route_rules.fits(start.config, number) for start in starts)


def _nodes(account: UUID) -> dict[str, Node]:
    """The account's devices, oldest first."""
    return {
        str(row.uid): Node(
            uid=str(row.uid),
            type=row.type,
            name=row.name,
            extension=row.extension,
            config=row.config,
        )
        for row in _NODES.all(account=account)
    }


def _peers(row: Any, nodes: Iterable[Node]) -> dict[str, Peer]:
    """The endpoints that the number or a device names."""
    named = {
        UUID(found.value)
        for node in nodes
        for found in flows.references(FlowType(node.type), node.config)
        if found.place.kind is ReferenceKind.ENDPOINT
    }
    if row is not None:
        named |= {row.primary_endpoint_uid, row.failover_endpoint_uid} - {None}
    found = _BY_UID.all(uids=list(named)) if named else []
    return {str(one.uid): _peer(one) for one in found}


def _peer(row: Any) -> Peer:
    return Peer(
        uid=str(row.uid),
        name=row.name,
        kind=row.kind,
        address=row.address,
        port=row.port,
        transport=row.transport,
        value=row.value,
        priority=row.priority,
        enabled=row.enabled,
        dials=row.dials,
    )


def _named(row: Any) -> Named | None:
    return Named(uid=str(row.uid), name=row.name) if row is not None else None


def _home(row: Any) -> Home | None:
    trunk = row.trunk
    if trunk is None:
        return None
    return Home(
        uid=str(trunk.uid),
        name=trunk.name,
        is_active=trunk.is_active,
        application=_named(row.behind),
        forward=trunk.forward_number if trunk.forward_enabled else None,
        peers=tuple(map(_peer, _OF_TRUNK.all(trunk=trunk.uid))),
    )


def _next_turn(ctx: Context, account: UUID, number: str, row: Any) -> int:
    """One more than the turn of the call before, at the same trunk or number."""
    latest = _LATEST.get(row.handling)
    if latest is None:
        return 0
    by_trunk = row.handling == NumberHandling.TRUNK
    of = (row.trunk.uid if row.trunk is not None else ZERO_UID) if by_trunk else number
    since = ctx.runtime.now() - REMEMBERED
    call = latest.one(account=account, inbound=Direction.INBOUND, since=since, of=of)
    taken = _TURN.one(call=call.uid, type=ROUTE) if call is not None else None
    return taken.data.get("turn", -1) + 1 if taken is not None else 0


# saying it


def shown(step: Step) -> dict[str, Any]:
    """A step as plain data, the same in a path that is explained and in the events of a call."""
    found: dict[str, Any] = {
        "action": str(step.action),
        "type": step.type,
        "name": step.name,
        "uid": step.uid,
        "reason": step.reason,
    }
    if step.target is not None:
        found["target"] = {"kind": step.target.kind, "value": step.target.value}
    if step.sip_status:
        found["sip_status"] = step.sip_status
    return found


_OWNED = Prepared(
    lambda: (
        Number.select(Number.account, Number.service_provider)
        .where((Number.e164 == P("e164")) & Number.account.is_null(False))
        .order_by(Number.id)
    )
)


def explain(ctx: Context, number: str, **asked: Any) -> dict[str, Any]:
    """Where a call to a number the caller can see would go now; what is asked is as for `told`.

    NotFound for a number that is not theirs.
    """
    principal = policy.require(ctx, "number.read")
    for row in _owners(number):
        if policy.visible(principal, policy.Owner(row.service_provider_uid, row.account_uid)):
            return told(ctx, row.account_uid, number, **asked)
    raise NotFound("no account has this number")


def explain_any(ctx: Context, number: str, **asked: Any) -> dict[str, Any]:
    """The same for whoever runs the installation: the number of the account a call would reach."""
    for row in _owners(number):
        return told(ctx, row.account_uid, number, **asked)
    raise NotFound("no account has this number")


def _owners(number: str) -> list[Any]:
    return _OWNED.all(e164=_e164("number", number))


def told(
    ctx: Context,
    account: UUID,
    number: str,
    *,
    caller: str = "",
    at: str = "",
    zone: str = "",
    outcomes: Sequence[str] = (),
) -> dict[str, Any]:
    """The path of a call from `caller` at a moment (ISO text; empty for now), as plain data.

    `outcomes` are what comes of the things that are dialled and asked, in their order; after them
    everything goes well. Raises Invalid for what is no number, moment or outcome of its step.
    """
    called = _e164("number", number)
    calling = _e164("from", caller) if caller else "anonymous"
    moment = _moment(at) if at else ctx.runtime.now()
    facts = routing(ctx, account, called, calling, at=moment, zone=zone)
    steps = list(call_routing.path(facts, _assumed(outcomes)))
    return {
        "number": called,
        "from": calling,
        "at": moment.isoformat(),
        "turn": facts.arrival.turn,
        "path": [_walked(place, one) for place, one in enumerate(steps, 1)],
    }


def _assumed(outcomes: Sequence[str]) -> call_routing.Assume:
    left = list(outcomes)

    def assume(step: Step) -> str:
        if step.action is Action.PASS or not left:
            return call_routing.goes_well(step)
        outcome = left.pop(0)
        if outcome not in step.outcomes:
            text = f"{outcome} cannot come of {step.name}, only {', '.join(step.outcomes)}"
            raise Invalid.one("outcome", "choice", text)
        return outcome

    return assume


def _walked(place: int, walked: Walked) -> dict[str, Any]:
    step = walked.step
    found: dict[str, Any] = {"step": place, **shown(step)}
    if walked.outcome:
        found["outcome"] = str(walked.outcome)
        found["exits"] = {str(outcome): _brief(to) for outcome, to in walked.leads.items()}
    return found


def _brief(step: Step) -> Mapping[str, Any]:
    """Where an exit leads, in few words."""
    whom = step.target.name if step.target is not None else step.name
    found = {"action": str(step.action), "name": whom}
    return {**found, "sip_status": step.sip_status} if step.sip_status else found


def _moment(text: str) -> datetime:
    try:
        found = parse_instant(text)
    except ValueError as error:
        raise Invalid.one("at", "value", str(error)) from None
    if not FIRST < found < LAST:
        raise Invalid.one("at", "range", "is too far from now")
    return found


def _e164(path: str, text: str) -> str:
    try:
        return parse_e164(text)
    except ValueError as error:
        raise Invalid.one(path, "value", f"is no telephone number: {error}") from None
