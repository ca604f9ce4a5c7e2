"""Faults as the control API takes and shows them; what cannot be used is named by its path.

    {"on": "http", "method": "POST", "path": "/messages$", "nth": 2, "times": 1,
     "action": {"kind": "status", "status": 503}}

An action without members of its own may be written as its kind alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from emulators.arguments import Arguments, within
from emulators.faults.rules import AFTER, BEFORE, BIND, HTTP, SMPP, WEBHOOK, Action, Fault
from emulators.scripting import members as members_of
from emulators.scripting import script_of
from emulators.smsc import Script
from gateway.domain.problems import Invalid

MOST_COUNT = 1_000_000
MOST_RETRY_SECONDS = 86_400
MOST_TEXT = 1_000
MOST_DELAY_SECONDS = 60.0
MOST_PARTS = 255
MOST_COMMAND_STATUS = 0xFFFF
WAYS = ("nth", "every", "probability")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

ReadMember = Callable[["Reader", str], Any]


@dataclass(frozen=True)
class Kind:
    """What one kind of fault may ask for (`members`) and do (`actions`), with their readers."""

    members: dict[str, ReadMember]
    actions: dict[str, dict[str, ReadMember]]


class Reader:
    """Takes members of one object; `path` stands before their names in refusals."""

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise Invalid.one(path, "type", f"{path} must be an object.")
        self.path, self._given = path, Arguments(value)

    def named(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def any(self, name: str) -> Any:
        return self._given.any(name)

    def take(self, name: str, kind: type, *default: Any, choices: tuple[str, ...] = ()) -> Any:
        try:
            return self._given.take(name, kind, *default, choices=choices)
        except Invalid as refusal:
            raise self._renamed(refusal, name) from None

    def number(self, name: str, least: float, most: float, *default: Any) -> Any:
        """A number within bounds, whole if `least` is; the default as it is."""
        found = self.take(name, type(least), *default)
        if default and found == default[0]:
            return found
        within(self.named(name), found, least, most)
        return found

    def pattern(self, name: str) -> re.Pattern[str] | None:
        text = self.take(name, str, None)
        try:
            return None if text is None else re.compile(text)
        except re.error as error:
            path = self.named(name)
            text = f"{path} is not a regular expression: {error}."
            raise Invalid.one(path, "pattern", text) from None

    def done(self) -> None:
        try:
            self._given.done()
        except Invalid as refusal:
            raise self._renamed(refusal, min(refusal.fields)) from None

    def _renamed(self, refusal: Invalid, name: str) -> Invalid:
        """The same said of the whole path; a text begins with the name."""
        path = self.named(name)
        return Invalid.one(path, "value", path + refusal.text.removeprefix(name))


def _number(least: float, most: float, *default: Any) -> ReadMember:
    return lambda reader, name: reader.number(name, least, most, *default)


def _choice(*choices: str, default: str | None = None) -> ReadMember:
    return lambda reader, name: reader.take(name, str, default, choices=choices)


def _script(reader: Reader, name: str) -> Script:
    path = reader.named(name)
    script = script_of(path, reader.any(name))
    if script.times:
        raise Invalid.one(path, "choice", f"{path} counts by itself: give the fault times instead.")
    return script


def _text(reader: Reader, name: str) -> str:
    text = str(reader.take(name, str, ""))
    if len(text) > MOST_TEXT:
        path = reader.named(name)
        raise Invalid.one(path, "length", f"{path} must have at most {MOST_TEXT} characters.")
    return text


_DELAY = {"seconds": _number(0.0, MOST_DELAY_SECONDS)}
_WHEN = {"when": _choice(BEFORE, AFTER, default=BEFORE)}

KINDS: dict[str, Kind] = {
    HTTP: Kind(
        members={"dialect": _choice(), "method": _choice(*METHODS), "path": Reader.pattern},
        actions={
            "status": {
                "status": _number(400, 599),
                "retry_after": _number(0, MOST_RETRY_SECONDS, 1),
                "text": _text,
            },
            "expired": {},
            "delay": _DELAY,
            "reset": _WHEN,
            "truncated": {},
            "garbage": {},
        },
    ),
    WEBHOOK: Kind(
        members={"url": Reader.pattern},
        actions={
            "status": {"status": _number(300, 599)},
            "timeout": {},
            "reset": {},
            "delay": _DELAY,
            "duplicate": {},
        },
    ),
    SMPP: Kind(
        members={"to": Reader.pattern, "part": _number(1, MOST_PARTS, None)},
        actions={
            "status": {"status": _number(1, MOST_COMMAND_STATUS)},
            "reset": _WHEN,
            "silence": {},
            "script": {"script": _script},
        },
    ),
    BIND: Kind(
        members={"system_id": Reader.pattern},
        actions={"status": {"status": _number(1, MOST_COMMAND_STATUS)}},
    ),
}


def read(value: Any, dialects: Collection[str], path: str = "") -> Fault:
    """A fault of its definition. Raises Invalid with the path of what cannot be used."""
    reader = Reader(value, path)
    on = reader.take("on", str, HTTP, choices=tuple(KINDS))
    found = {name: take(reader, name) for name, take in KINDS[on].members.items()}
    match = {name: wanted for name, wanted in found.items() if wanted is not None}
    if match.get("dialect", "") not in {"", *dialects}:
        where, known = reader.named("dialect"), ", ".join(sorted(dialects))
        raise Invalid.one(where, "choice", f"{where} must be one of: {known}.")
    action, when = _action(reader, on), _when(reader)
    reader.done()
    return Fault(on=on, action=action, match=match, **when)


def shown(fault: Fault) -> dict[str, Any]:
    """A fault as it was defined, with its id and what it has come to."""
    match = {name: _plain(wanted) for name, wanted in fault.match.items()}
    when = {name: getattr(fault, name) for name in (*WAYS, "times")}
    return {
        "id": fault.id,
        "on": fault.on,
        **match,
        **{name: value for name, value in when.items() if value is not None},
        **({"script": fault.script} if fault.script else {}),
        "action": _shown_action(fault),
        "met": fault.met,
        "struck": fault.struck,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, re.Pattern):
        return value.pattern
    return members_of(value) if isinstance(value, Script) else value


def _shown_action(fault: Fault) -> dict[str, Any]:
    action = fault.action
    members = KINDS[fault.on].actions[action.kind]
    return {"kind": action.kind, **{name: _plain(getattr(action, name)) for name in members}}


def _when(reader: Reader) -> dict[str, Any]:
    """One way of choosing among the events at most, and how often one may be struck."""
    ways = {
        "nth": reader.number("nth", 1, MOST_COUNT, None),
        "every": reader.number("every", 1, MOST_COUNT, None),
        "probability": reader.number("probability", 0.0, 1.0, None),
    }
    given = [name for name in WAYS if ways[name] is not None]
    if len(given) > 1:
        path = reader.named(given[1])
        raise Invalid.one(path, "choice", f"{path} cannot go with {given[0]}.")
    return {**ways, "times": reader.number("times", 1, MOST_COUNT, None)}


def _action(reader: Reader, on: str) -> Action:
    """`kind` alone, or an object with the members the kind has."""
    value = reader.any("action")
    inner = Reader({"kind": value} if isinstance(value, str) else value, reader.named("action"))
    actions = KINDS[on].actions
    kind = inner.take("kind", str, choices=tuple(actions))
    members = {name: take(inner, name) for name, take in actions[kind].items()}
    inner.done()
    return Action(kind=kind, **members)
