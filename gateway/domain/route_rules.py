"""What the routers of a call flow choose: one exit for a call, with the reason in words.

Prefixes take the longest option, exact options the first, windows of time the narrowest; what fits
nothing leaves by the exit for everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from gateway.domain import patterns
from gateway.domain.flows import HANGUP, FlowType
from gateway.domain.time_windows import ZONE, Window, days_of, moment_of

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call that comes in: both numbers (E.164), the moment, the zone it enters by, and how many
    came before it, which is what takes turns."""

    number: str
    caller: str
    at: datetime
    zone: str = ""
    turn: int = 0


class Choice(NamedTuple):
    """The exit a call takes: uid of a node as text, or HANGUP."""

    exit: str
    reason: str


def exit_of(config: Config, name: str = "connectTo") -> str:
    return str(config.get(name) or HANGUP)


def digits(number: str) -> str:
    return number.removeprefix("+")


def _onward(config: Config, arrival: Arrival) -> Choice:
    return Choice(exit_of(config), "calls go on from here")


def _not_run(config: Config, arrival: Arrival) -> Choice:
    return Choice(exit_of(config), "scripts are not run: the call goes on")


def _matched(config: Config, arrival: Arrival) -> Choice:
    return Choice(exit_of(config), f"{arrival.number} fits {config.get('regExp')}")


def fits(config: Config, number: str) -> bool:
    """True when the whole number fits the node's expression, with or without its plus."""
    try:
        found = patterns.compiled(str(config.get("regExp") or ""))
    except patterns.BadPattern:
        return False
    return any(found.fullmatch(text) for text in (number, digits(number)))


def _by_prefix(config: Config, number: str, whose: str) -> Choice:
    fitting = [
        (option, exit_of(one))
        for one in config.get("options") or ()
        if (option := digits(str(one.get("option") or ""))) and digits(number).startswith(option)
    ]
    if not fitting:
        return Choice(exit_of(config), f"no option is a prefix of {whose} {number}")
    option, exit_ = max(fitting, key=lambda found: len(found[0]))
    return Choice(exit_, f"{option} is the longest prefix of {whose} {number}")


def _by_caller(config: Config, arrival: Arrival) -> Choice:
    return _by_prefix(config, arrival.caller, "the caller")


def _by_number(config: Config, arrival: Arrival) -> Choice:
    return _by_prefix(config, arrival.number, "the number")


def options_of(config: Config) -> dict[str, str]:
    """Exit of each exact option; the first of its name counts."""
    found: dict[str, str] = {}
    for one in config.get("options") or ():
        found.setdefault(str(one.get("option") or ""), exit_of(one))
    return found


def _by_zone(config: Config, arrival: Arrival) -> Choice:
    options = options_of(config)
    if arrival.zone in options:
        return Choice(options[arrival.zone], f"the call comes in by zone {arrival.zone}")
    return Choice(exit_of(config), f"no option is the zone {arrival.zone or 'of the call'}")


def _by_window(config: Config, arrival: Arrival) -> Choice:
    routes = config.get("timeOfDayRoutes") or ()
    holding = [(window, one) for one, window in _windows(routes) if window.holds(arrival.at)]
    local = _local(arrival.at)
    if not holding:
        return Choice(exit_of(config), f"no window holds at {local}")
    _, one = min(holding, key=lambda found: found[0].width)
    told = one.get("id") or f"{one.get('timeFrom') or '00:00'} to {one.get('timeTo') or '24:00'}"
    return Choice(exit_of(one), f"window {told} is the narrowest that holds at {local}")


def _windows(routes: Iterable[Config]) -> Iterable[tuple[Config, Window]]:
    for one in routes:
        try:
            yield one, Window.read(one)
        except ValueError:
            continue


def _when(holds: Callable[[Config, datetime], bool]) -> Callable[[Config, Arrival], Choice]:
    def choose(config: Config, arrival: Arrival) -> Choice:
        local = _local(arrival.at)
        try:
            if holds(config, arrival.at):
                return Choice(exit_of(config, "onMatch"), f"{local} is in its range")
        except ValueError:
            return Choice(exit_of(config), "its range cannot be read")
        return Choice(exit_of(config), f"{local} is out of its range")

    return choose


def _in_times(config: Config, at: datetime) -> bool:
    return Window.read({"timeFrom": config.get("start"), "timeTo": config.get("end")}).holds(at)


def _on_days(config: Config, at: datetime) -> bool:
    return at.astimezone(ZONE).isoweekday() in days_of(config.get("days"))


def _in_dates(config: Config, at: datetime) -> bool:
    start, end = moment_of(config.get("start")), moment_of(config.get("end"))
    return (start is None or start <= at) and (end is None or at <= end)


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%a %Y-%m-%d %H:%M")


CHOOSE: Final[Mapping[FlowType, Callable[[Config, Arrival], Choice]]] = MappingProxyType(
    {
        FlowType.ROUTE_START: _onward,
        FlowType.MATCH_START: _matched,
        FlowType.ANI_ROUTER: _by_caller,
        FlowType.DNIS_ROUTER: _by_number,
        FlowType.ZONE_ROUTER: _by_zone,
        FlowType.TIME_ROUTER: _by_window,
        FlowType.TIME_RANGE_ROUTER: _when(_in_times),
        FlowType.DAY_OF_WEEK_ROUTER: _when(_on_days),
        FlowType.DATE_RANGE_ROUTER: _when(_in_dates),
        FlowType.SCRIPT: _not_run,
    }
)
"""How a call leaves the nodes at which nothing happens to it."""
