"""The request with which a provider tells of an event, and how its members are read.

A member that an event cannot be without is Invalid where it is missing or of another type; any
other one that cannot be read is passed over: providers add and change them without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from gateway.domain import instants
from gateway.domain.problems import Invalid, Malformed
from gateway.domain.told import Told

LONGEST_ID = 255
LONGEST_ADDRESS = 8192
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True)
class Notice:
    """Names of headers are in lower case; a value of `query` is a list where it came repeatedly.
    `secret` is what the provider proves itself with, empty where it need not; `now` is the
    universe's time."""

    headers: Mapping[str, str]
    query: Mapping[str, Any]
    body: bytes
    now: datetime
    secret: str = field(default="", repr=False)

    def members(self) -> dict[str, Any]:
        """The JSON object of the body, or what the query says where there is no body. Malformed."""
        if not self.body:
            return dict(self.query)
        try:
            found = orjson.loads(self.body)
        except ValueError as error:
            raise Malformed("the body is not JSON") from error
        if not isinstance(found, dict):
            raise Malformed("the body is not a JSON object")
        return found


ReadEvents = Callable[[Notice], list[Told]]


def needed(members: Mapping[str, Any], name: str, path: str = "") -> str:
    """A short text that must be there."""
    found = short(members, name)
    if not found:
        raise Invalid.one(path + name, "required", f"{path}{name} must be a short text")
    return found


def short(members: Mapping[str, Any], name: str) -> str:
    """A text or whole number, up to the length of an id; empty without one."""
    value = members.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST_ID or "\0" in value:
        return ""
    return value.strip()


def prose(members: Mapping[str, Any], name: str, path: str = "") -> str:
    """A text of any length, empty where it is null or missing."""
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid.one(path + name, "type", f"{path}{name} must be a text")
    return value.replace("\0", "")


def is_address(value: Any) -> bool:
    """Whether a value is an http or https address; those of object stores are long."""
    web = isinstance(value, str) and value.startswith(("http://", "https://"))
    return web and len(value) <= LONGEST_ADDRESS and value.isprintable()


def whole(members: Mapping[str, Any], name: str) -> int | None:
    """A whole number that is not negative, also as a text of digits."""
    text = short(members, name)
    return int(text) if _WHOLE.fullmatch(text) else None


def millis(members: Mapping[str, Any], name: str) -> datetime | None:
    """A moment in milliseconds since 1970."""
    value = whole(members, name)
    return None if value is None or value > 10**14 else instants.from_micros(value * 1000)


def instant(members: Mapping[str, Any], name: str) -> datetime | None:
    """A moment in ISO 8601."""
    try:
        return instants.parse_instant(short(members, name))
    except ValueError:
        return None


def other(members: Mapping[str, Any], read: frozenset[str]) -> dict[str, Any]:
    """The members that nobody read."""
    return {name: value for name, value in members.items() if name not in read}
