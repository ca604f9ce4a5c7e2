"""Whom a call is offered to: the peers of a number or of a device, in the order they are tried.

Each target is what a call's leg is dialled at. Peers that are switched off, and devices that cannot
be dialled, are left out with a word why, so that a path can say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from gateway.domain import routes
from gateway.domain.flows import HANGUP, FlowType
from gateway.domain.numbers import parse_e164
from gateway.domain.route_rules import digits
from gateway.domain.words import EndpointKind

MOST_TARGETS: Final = 50
"""The most that one device is worth, however groups are nested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An endpoint: the columns that say where it is and whether calls go there."""

    uid: str
    name: str
    kind: str
    address: str | None = None
    port: int | None = None
    transport: str | None = None
    value: str | None = None
    priority: int = 1
    enabled: bool = True
    dials: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A device of a call flow."""

    uid: str
    type: str
    name: str
    extension: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)


class Target(NamedTuple):
    """Whom one leg goes to: kind and value as a call's target has them, and the peer or device."""

    kind: str
    value: str
    uid: str
    name: str
    host: str | None = None


class Offers(NamedTuple):
    """Targets in order, and why others are not among them."""

    targets: tuple[Target, ...]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What targets are made of besides the device: the called number, the account's realm."""

    number: str
    realm: str
    nodes: Mapping[str, Node]
    peers: Mapping[str, Peer]


def target_of(peer: Peer, called: str) -> Target:
    """The leg to a peer, for a called number or extension."""
    where = (peer.uid, peer.name, peer.address)
    match peer.kind:
        case EndpointKind.NUMBER:
            return Target("phone", str(peer.value), *where)
        case EndpointKind.URI:
            return Target("sip", str(peer.value), *where)
        case EndpointKind.REGISTRATION:
            return Target("user", peer.value or digits(called), *where)
    port = f":{peer.port}" if peer.port else ""
    host = f"[{peer.address}]" if ":" in (peer.address or "") else peer.address
    over = f";transport={peer.transport}" if peer.transport else ""
    return Target("sip", f"sip:{called}@{host}{port}{over}", *where)


def offered(peers: Iterable[Peer], called: str) -> Offers:
    """The peers that are switched on, in the given order."""
    found = list(peers)
    skipped = tuple(f"{peer.name} is disabled" for peer in found if not peer.enabled)
    return Offers(tuple(target_of(peer, called) for peer in found if peer.enabled), skipped)


def in_turn(peers: Iterable[Peer], turn: int) -> list[Peer]:
    """Peers by priority, lower first; among equals each begins in its turn."""
    ordered: list[Peer] = []
    by_priority = sorted(peers, key=lambda peer: peer.priority)
    for _, group in groupby(by_priority, key=lambda peer: peer.priority):
        equals = list(group)
        able = [peer for peer in equals if peer.enabled]
        first = equals.index(able[turn % len(able)]) if able else 0
        ordered += equals[first:] + equals[:first]
    return ordered


def weighted(peers: Sequence[Peer], turn: int) -> list[Peer]:
    """Two routes with weights share the calls: of so many in a row each begins its part."""
    weights = [_weight(peer) for peer in peers]
    if len(peers) != 2 or None in weights or not sum(w or 0 for w in weights):
        return list(peers)
    first, second = (weight or 0 for weight in weights)
    return list(peers) if turn % (first + second) < first else [peers[1], peers[0]]


def _weight(peer: Peer) -> int | None:
    if peer.kind != EndpointKind.URI:
        return None
    try:
        return routes.parse_sip_uri(str(peer.value)).weight
    except ValueError:
        return None


# devices


def of_device(node: Node, around: Around) -> Offers:
    """Whom a device rings, one after the other."""
    found: list[Target] = []
    skipped: list[str] = []
    _gather(node, around, set(), found, skipped)
    return Offers(tuple(found[:MOST_TARGETS]), tuple(skipped[:MOST_TARGETS]))


def _gather(
    node: Node, around: Around, groups: set[str], found: list[Target], skipped: list[str]
) -> None:
    """Add whom a device rings. A group is gone through once, so groups may hold each other."""
    if node.type == FlowType.HUNT_GROUP:
        if node.uid in groups:
            skipped.append(f"{node.name} has had its turn")
            return
        groups.add(node.uid)
        for uid in node.config.get("devices") or ():
            member = around.nodes.get(str(uid))
            if member is None:
                skipped.append(f"device {uid} is gone")
            elif len(found) < MOST_TARGETS:
                _gather(member, around, groups, found, skipped)
        return
    ring = RING.get(FlowType(node.type))
    if ring is None:
        skipped.append(f"{node.name} cannot be rung")
        return
    offers = ring(node, around)
    found += offers.targets
    skipped += offers.skipped


def _through(node: Node, around: Around, called: str) -> Offers:
    """The trunks of a gateway."""
    uids = [str(uid) for uid in node.config.get("trunks") or ()]
    known = [around.peers[uid] for uid in uids if uid in around.peers]
    gone = tuple(f"trunk {uid} is gone" for uid in uids if uid not in around.peers)
    offers = offered(known, called)
    return Offers(offers.targets, offers.skipped + gone)


def _gateway(node: Node, around: Around) -> Offers:
    return _through(node, around, around.number)


def _extension(node: Node, around: Around) -> Offers:
    """Through its gateway, or where the extension itself has registered."""
    gateway = str(node.config.get("gateway") or HANGUP)
    if gateway == HANGUP:
        return _one("user", _at_home(node.extension, around), node)
    owner = around.nodes.get(gateway)
    if owner is None:
        return Offers((), (f"gateway {gateway} is gone",))
    return _through(owner, around, node.extension)


def _client(node: Node, around: Around) -> Offers:
    return _one("user", _at_home(str(node.config.get("username") or ""), around), node)


def _remote(node: Node, around: Around) -> Offers:
    return _anywhere(node, str(node.config.get("destination") or ""))


def _teams(node: Node, around: Around) -> Offers:
    return _one("teams", str(node.config.get("to") or ""), node)


def _overridden(node: Node, around: Around) -> Offers:
    """The called number without its first digits, behind others."""
    strip, prepend = node.config.get("strip"), node.config.get("prepend")
    rest = digits(around.number)[int(strip or 0) :]
    return _anywhere(node, f"{'' if prepend is None else prepend}{rest}")


def _anywhere(node: Node, text: str) -> Offers:
    """A SIP address, or a number."""
    if text.lower().startswith(("sip:", "sips:")):
        return _one("sip", text, node)
    with suppress(ValueError):  # a short number is dialled as it is
        text = parse_e164(text)
    return _one("phone", text, node)


def _at_home(user: str, around: Around) -> str:
    return f"{user}@{around.realm}" if user and around.realm else user


def _one(kind: str, value: str, node: Node) -> Offers:
    if not value:
        return Offers((), (f"{node.name} names nobody",))
    return Offers((Target(kind, value, node.uid, node.name),))


RING: Final[Mapping[FlowType, Callable[[Node, Around], Offers]]] = MappingProxyType(
    {
        FlowType.SIP_GATEWAY: _gateway,
        FlowType.SIP: _extension,
        FlowType.CLIENT: _client,
        FlowType.REMOTE: _remote,
        FlowType.TEAMS: _teams,
        FlowType.OUTBOUND_OVERRIDE: _overridden,
    }
)
