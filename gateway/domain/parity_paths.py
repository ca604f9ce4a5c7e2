"""Where calls to the numbers of an inventory go, so that two providers can be compared by it.

The inventory is made into what decides about a call, and the machine that carries calls and
explains them is walked over it. What a provider says of a number is in force as it would be in its
own dialect: an application, a flow, routes of the number's own, or the trunk that it is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from gateway.domain import call_routing
from gateway.domain.call_routing import Step
from gateway.domain.flows import FlowType
from gateway.domain.holdings import Link
from gateway.domain.route_rules import Arrival
from gateway.domain.route_stops import NOWHERE, Action, Home, Named, Outcome, Routing
from gateway.domain.route_targets import Node, Peer, target_of
from gateway.domain.settling import Settled, place
from gateway.domain.words import NumberHandling

CALLER: Final = "anonymous"
TURNS: Final = (0, 1)
"""Two calls in a row tell whether targets share the calls or wait for each other."""
OR: Final = "or, in turn"
CHOSEN_BY: Final[Mapping[str, NumberHandling]] = MappingProxyType(
    {
        "flow_node_uid": NumberHandling.FLOW,
        "primary_endpoint_uid": NumberHandling.ENDPOINT,
        "application_uid": NumberHandling.APPLICATION,
        "trunk_uid": NumberHandling.TRUNK,
    }
)
"""What is in force of a number whose provider does not say it, the first that is set."""

SAYING: Final = ("handling", "failover_endpoint_uid", *CHOSEN_BY)
"""All that a number itself says of its calls."""

Rowed = tuple[str, str]
"""A row of an inventory by its kind and the name that the provider gives it."""


@dataclass(frozen=True, slots=True)
class Path:
    """`steps` are what is done with a call when nobody who is dialled answers: all targets in their
    order, then how it ends. `rows` decided it. A call that is refused for want of any choice is
    not `is_chosen`."""

    steps: tuple[str, ...]
    rows: frozenset[Rowed]
    is_chosen: bool


class Paths:
    """Paths at one provider. `told` is the inventory in the provider's own rows, `rows` the same
    settled; `usual` is in force for numbers that say nothing, and `at` when the calls come in."""

    def __init__(
        self,
        told: Settled,
        rows: Settled,
        at: datetime,
        usual: NumberHandling = NumberHandling.NONE,
    ) -> None:
        self._at, self._usual = at, usual
        self._told = {row["e164"]: row for row in told.get("number", ())}
        self._numbers = {row["e164"]: row for row in rows["number"]}
        self._applications = {
            row["uid"]: Named(uid=row["uid"], name=_name(row))
            for row in rows.get("application", ())
        }
        self._peers = {row["uid"]: _peer(row) for row in rows["endpoint"]}
        homes: dict[str, list[Peer]] = {}
        for row in rows["endpoint"]:
            homes.setdefault(row["trunk_uid"], []).append(self._peers[row["uid"]])
        self._homes = {row["uid"]: self._home(row, homes) for row in rows["trunk"]}
        types = frozenset(FlowType)
        found = (row for row in rows.get("flow_node", ()) if row.get("type") in types)
        self._nodes = {row["uid"]: _node(row) for row in found}
        self._known: dict[tuple[Any, ...], list[list[Step]]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __contains__(self, e164: str) -> bool:
        return e164 in self._numbers

    def of(self, e164: str) -> Path:
        first, *others = ways = self._ways(e164)
        steps = self._told_of(first, e164)
        for other in others:
            told = self._told_of(other, e164)
            steps += () if told == steps else (OR, *told)
        rows = {found for way in ways for step in way for found in self._rows_of(step)}
        home = self._homes.get(str(self._numbers[e164].get("trunk_uid")))
        if home is not None and self._handling(self._told[e164]) is NumberHandling.TRUNK:
            rows.add(("trunk", home.uid))
            rows.update(("endpoint", peer.uid) for peer in home.peers if peer.dials)
        return Path(steps, frozenset(rows), all(way[-1].position.at != NOWHERE for way in ways))

    def _ways(self, e164: str) -> list[list[Step]]:
        """The steps of two calls in a row. Without devices, which may look at the number, they are
        those of every number that says the same."""
        if self._nodes:
            return [list(_walked(self._routing(e164, turn))) for turn in TURNS]
        told, row = self._told[e164], self._numbers[e164]
        said = (*(told.get(name) for name in SAYING), row.get("trunk_uid"))
        if said not in self._known:
            self._known[said] = [list(_walked(self._routing(e164, turn))) for turn in TURNS]
        return self._known[said]

    def _told_of(self, way: Iterable[Step], e164: str) -> tuple[str, ...]:
        return tuple(self._words(step, e164) for step in way if step.action is not Action.PASS)

    def _words(self, step: Step, e164: str) -> str:
        """A step without what only its provider calls so, but for names that people gave."""
        if step.target is not None:
            # with devices a way was walked for this number alone, and says whom they dial
            peer = None if self._nodes else self._peers.get(step.target.uid)
            target = step.target if peer is None else target_of(peer, e164)
            return f"{step.action} {target.value}"
        if step.ends and step.action is not Action.APPLICATION:
            return f"{step.action} {step.sip_status}" if step.sip_status else str(step.action)
        return f"{step.action} {step.name}"

    def _home(self, row: Mapping[str, Any], homes: Mapping[str, list[Peer]]) -> Home:
        """Peers of one priority are in the order of their places: their own says nothing."""
        peers = sorted(homes.get(row["uid"], ()), key=lambda peer: (peer.priority, peer.name))
        return Home(
            uid=row["uid"],
            name=_name(row),
            is_active=row.get("is_active") is not False,
            application=self._applications.get(str(row.get("application_uid"))),
            forward=row.get("forward_number") if row.get("forward_enabled") else None,
            peers=tuple(peers),
        )

    def _routing(self, e164: str, turn: int) -> Routing:
        told, row = self._told[e164], self._numbers[e164]
        return Routing(
            arrival=Arrival(number=e164, caller=CALLER, at=self._at, turn=turn),
            handling=self._handling(told),
            application=self._applications.get(str(told.get("application_uid"))),
            primary=self._peers.get(str(told.get("primary_endpoint_uid"))),
            failover=self._peers.get(str(told.get("failover_endpoint_uid"))),
            home=self._homes.get(str(row.get("trunk_uid"))),
            node=told.get("flow_node_uid"),
            nodes=self._nodes,
            peers=self._peers,
        )

    def _handling(self, told: Mapping[str, Any]) -> NumberHandling:
        if told.get("handling"):
            return NumberHandling(told["handling"])
        chosen = (word for name, word in CHOSEN_BY.items() if told.get(name) is not None)
        return next(chosen, self._usual)

    def _rows_of(self, step: Step) -> Iterator[Rowed]:
        if step.uid:
            kind = step.type if step.type in ("trunk", "application") else "flow_node"
            yield kind, step.uid
        if step.target is not None and step.target.uid in self._peers:
            yield "endpoint", step.target.uid


def _walked(routing: Routing) -> Iterator[Step]:
    """The steps of a call that nobody takes."""
    step = call_routing.start(routing)
    yield step
    while not step.ends:
        unreached = step.action is Action.DIAL and Outcome.FAIL in step.outcomes
        outcome = str(Outcome.FAIL) if unreached else call_routing.goes_well(step)
        step = call_routing.following(routing, step, outcome)
        yield step


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row["uid"])


def _peer(row: Mapping[str, Any]) -> Peer:
    return Peer(
        uid=row["uid"],
        name=place(row),
        kind=row["kind"],
        address=row.get("address"),
        port=row.get("port"),
        transport=row.get("transport"),
        value=row.get("value"),
        priority=row.get("priority") or 1,
        enabled=row.get("enabled") is not False,
        dials=bool(row.get("dials")),
    )


def _node(row: Mapping[str, Any]) -> Node:
    return Node(
        uid=row["uid"],
        type=row["type"],
        name=_name(row),
        extension=str(row.get("extension") or ""),
        config=_unlinked(row.get("config") or {}),
    )


def _unlinked(value: Any) -> Any:
    """A config that names others by the names their provider gives them, as the machine reads."""
    if isinstance(value, Link):
        return value.partition("/")[2]
    if isinstance(value, Mapping):
        return {name: _unlinked(one) for name, one in value.items()}
    return [_unlinked(one) for one in value] if isinstance(value, list) else value
