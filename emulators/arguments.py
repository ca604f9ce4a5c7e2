"""Reading what a control call was given, with an error text that says what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.domain import numbers
from gateway.domain.problems import Invalid, Malformed

_REQUIRED: Any = object()
_KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body, whatever its media type; nothing at all is an empty object."""
    if not raw.strip():
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    return value


class Arguments:
    """Named values that are taken one by one; `done` refuses what nobody took.

    With `texts` the values come from a query, so numbers and flags are written as text.
    """

    def __init__(self, values: Mapping[str, Any], *, texts: bool = False) -> None:
        self._left = dict(values)
        self._texts = texts

    def take(
        self, name: str, kind: type, default: Any = _REQUIRED, *, choices: tuple[str, ...] = ()
    ) -> Any:
        """The value of `name`; raises Invalid when it is missing or of another kind."""
        value = self._left.pop(name, None)
        if value is None:
            if default is _REQUIRED:
                raise Invalid.one(name, "required", f"{name} is missing: {_KINDS[kind]}.")
            return default
        if self._texts:
            value = _from_text(name, kind, value)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Invalid.one(name, "type", f"{name} must be {_KINDS[kind]}.")
        if choices and value not in choices:
            raise Invalid.one(name, "choice", f"{name} must be one of: {', '.join(choices)}.")
        return value

    def any(self, name: str, default: Any = None) -> Any:
        """The value of `name` as it is."""
        return self._left.pop(name, default)

    def done(self) -> None:
        """Raise Invalid for names that mean nothing here, which are mostly misspelled."""
        if self._left:
            name = min(self._left)
            raise Invalid.one(name, "unknown", f"{name} is not known here.")


def within(name: str, value: float, least: float, most: float) -> float:
    """`value` if it lies between the bounds; raises Invalid otherwise."""
    if not least <= value <= most:
        raise Invalid.one(name, "range", f"{name} must be from {least:g} to {most:g}.")
    return value


def e164(given: Arguments, name: str) -> str:
    """The telephone number of `name`, in any spelling; raises Invalid."""
    try:
        return numbers.parse_e164(given.take(name, str))
    except ValueError as error:
        raise Invalid.one(name, "value", f"{name} is no telephone number: {error}.") from None


def _from_text(name: str, kind: type, text: str) -> Any:
    try:
        if kind in (int, float):
            return kind(text)
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except (ValueError, KeyError):
        raise Invalid.one(name, "type", f"{name} must be {_KINDS[kind]}.") from None
    return text
