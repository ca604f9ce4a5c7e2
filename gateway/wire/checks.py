"""Validators that refuse with a stable code, and that the OpenAPI document still understands."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, validate

from gateway.wire.reading import refuse


class Range(validate.Range):
    """Bounds of a number, code `range`."""

    def __call__(self, value: Any) -> Any:
        try:
            return super().__call__(value)
        except ValidationError:
            raise refuse("range", _bounds("must be", self.min, self.max)) from None


class Length(validate.Length):
    """Bounds of a length, code `length`; characters of a text, items of a list."""

    def __call__(self, value: Any) -> Any:
        try:
            return super().__call__(value)
        except ValidationError:
            unit = "characters" if isinstance(value, str) else "items"
            raise refuse("length", _bounds("must have", self.min, self.max, unit)) from None


class Pattern(validate.Validator):
    """The whole text matches, code `pattern`; `text` says what is expected."""

    def __init__(self, regex: str, text: str = "does not have the right form") -> None:
        self.form, self.text = re.compile(regex), text
        self.anchored = f"^(?:{regex})$"

    def __call__(self, value: Any) -> Any:
        if self.form.fullmatch(value) is None:
            raise refuse("pattern", self.text)
        return value


def _bounds(start: str, least: Any, most: Any, unit: str = "") -> str:
    after = f" {unit}" if unit else ""
    if least is not None and most is not None:
        return f"{start} {least} to {most}{after}"
    return f"{start} at least {least}{after}" if most is None else f"{start} at most {most}{after}"
