"""Call flows: the types of node, what each refers to, and where calls leave it.

A node's config holds members as they were given, except that a reference is the uid of a row as
text, or HANGUP where there is none. Everything that depends on the type of a node is one row of
TYPES; references are found, checked and hung up by walking its places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

HANGUP: Final = "HANGUP"
FIRST_EXTENSION: Final = 600
MOST_HOPS: Final = 50
"""A call that has passed this many nodes ends."""


class FlowType(StrEnum):
    ROUTE_START = "ROUTE_START"
    SIP_GATEWAY = "SIP_GATEWAY"
    SIP = "SIP"
    CLIENT = "CLIENT"
    REMOTE = "REMOTE"
    TEAMS = "TEAMS"
    HUNT_GROUP = "HUNT_GROUP"
    OUTBOUND_OVERRIDE = "OUTBOUND_OVERRIDE"
    MATCH_START = "MATCH_START"
    ANI_ROUTER = "ANI_ROUTER"
    DNIS_ROUTER = "DNIS_ROUTER"
    ZONE_ROUTER = "ZONE_ROUTER"
    NUMBER_PLAN = "NUMBER_PLAN"
    TIME_ROUTER = "TIME_ROUTER"
    TIME_RANGE_ROUTER = "TIME_RANGE_ROUTER"
    DAY_OF_WEEK_ROUTER = "DAY_OF_WEEK_ROUTER"
    DATE_RANGE_ROUTER = "DATE_RANGE_ROUTER"
    SAY = "SAY"
    PLAY = "PLAY"
    VOICEMAIL = "VOICEMAIL"
    PLUGIN = "PLUGIN"
    SCRIPT = "SCRIPT"


class ReferenceKind(StrEnum):
    """What kind of row a place of a config names."""

    NODE = "node"
    ENDPOINT = "endpoint"
    HOOK = "hook"
    NUMBER = "number"


class Place(NamedTuple):
    """Where a config names a row: `options[].connectTo` stands for that member of every item.

    `type` is what a node named there must be.
    """

    path: str
    kind: ReferenceKind
    type: FlowType | None = None


class Found(NamedTuple):
    """A reference in a config: its path (`options.0.connectTo`), the place it is, and its value."""

    path: str
    place: Place
    value: Any


@dataclass(frozen=True)
class Shape:
    """What a type of node has: the wire name of its body and the places where it names rows."""

    body: str
    places: tuple[Place, ...]


def _nodes(*paths: str) -> tuple[Place, ...]:
    return tuple(Place(path, ReferenceKind.NODE) for path in paths)


CALL_EXITS: Final = ("onComplete", "onFail", "onNoAnswer", "onBusy")
_CALL = _nodes(*CALL_EXITS)
_NEXT = _nodes("connectTo")
_MATCH = _nodes("onMatch", "connectTo")
_OPTIONS = _nodes("options[].connectTo", "connectTo")
_NODE, _HOOK = ReferenceKind.NODE, ReferenceKind.HOOK

TYPES: Final[Mapping[FlowType, Shape]] = MappingProxyType(
    {
        FlowType.ROUTE_START: Shape("startRoute", (Place("ddis[]", ReferenceKind.NUMBER), *_NEXT)),
        FlowType.SIP_GATEWAY: Shape(
            "sipGateway", (Place("trunks[]", ReferenceKind.ENDPOINT), *_CALL)
        ),
        FlowType.SIP: Shape(
            "sipExtension", (Place("gateway", _NODE, type=FlowType.SIP_GATEWAY), *_CALL)
        ),
        FlowType.CLIENT: Shape("client", (Place("dnisRouter", _NODE), *_CALL)),
        FlowType.REMOTE: Shape("remote", _CALL),
        FlowType.TEAMS: Shape("teams", _CALL),
        FlowType.HUNT_GROUP: Shape("huntGroup", (Place("devices[]", _NODE), *_CALL)),
        FlowType.OUTBOUND_OVERRIDE: Shape("outboundOverride", _CALL),
        FlowType.MATCH_START: Shape("regexRoute", _NEXT),
        FlowType.ANI_ROUTER: Shape("aniRouter", _OPTIONS),
        FlowType.DNIS_ROUTER: Shape("dnisRouter", _OPTIONS),
        FlowType.ZONE_ROUTER: Shape("zoneRouter", _OPTIONS),
        FlowType.NUMBER_PLAN: Shape("numberPlan", _OPTIONS),
        FlowType.TIME_ROUTER: Shape(
            "timeBasedRoute", _nodes("timeOfDayRoutes[].connectTo", "connectTo")
        ),
        FlowType.TIME_RANGE_ROUTER: Shape("timeRangeRoute", _MATCH),
        FlowType.DAY_OF_WEEK_ROUTER: Shape("dayOfWeekRoute", _MATCH),
        FlowType.DATE_RANGE_ROUTER: Shape("dateRangeRoute", _MATCH),
        FlowType.SAY: Shape("say", _NEXT),
        FlowType.PLAY: Shape("play", _NEXT),
        FlowType.VOICEMAIL: Shape("voicemail", _NEXT),
        FlowType.PLUGIN: Shape(
            "plugin", (Place("plugin", _HOOK), *_nodes("onTransfer", "onError"), *_CALL)
        ),
        FlowType.SCRIPT: Shape("script", _NEXT),
    }
)
"""One row for each type."""


def references(type_: FlowType, config: Mapping[str, Any]) -> Iterator[Found]:
    """Every reference of a config that names something, in the order of the table."""
    for place in TYPES[type_].places:
        for path, value in _values(place.path, config):
            if value is not None and value != HANGUP:
                yield Found(path, place, value)


def _values(path: str, config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    head, is_list, rest = path.partition("[]")
    value = config.get(head)
    if not is_list:
        yield head, value
        return
    if not isinstance(value, list | None):
        raise ValueError(f"{head} must be a list")
    for index, item in enumerate(value or ()):
        if not rest:
            yield f"{head}.{index}", item
        elif isinstance(item, Mapping):
            yield f"{head}.{index}{rest}", item.get(rest[1:])
        else:
            raise ValueError(f"{head}.{index} must be an object")


def rewritten(
    type_: FlowType, config: Mapping[str, Any], change: Callable[[Found], Any]
) -> dict[str, Any]:
    """The config with every reference replaced by what `change` makes of it.

    A member of a plain list of references that becomes HANGUP leaves the list, since a list says
    nothing by naming nobody.
    """
    out = dict(config)
    for place in TYPES[type_].places:
        head, is_list, rest = place.path.partition("[]")
        if out.get(head) is None:
            continue
        changed = [
            change(Found(path, place, value)) if value not in (None, HANGUP) else value
            for path, value in _values(place.path, out)
        ]
        if not is_list:
            (out[head],) = changed
        elif rest:
            out[head] = [
                {**item, rest[1:]: value} if rest[1:] in item else item
                for item, value in zip(out[head], changed, strict=True)
            ]
        else:
            out[head] = [value for value in changed if value != HANGUP]
    return out
