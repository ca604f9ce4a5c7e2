"""Dates and times given as exactly as a person cares to: `2021`, `2021-02`, `2021-02-01T08+0600`.

Such a text stands for a span of time: the whole of the smallest unit it names. As a lower bound it
means the start of that span, as an upper bound its end. A zone may follow the hour or anything
finer; without one it is UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

_FORM: Final = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?P<month>\d\d)"
    r"(?:-(?P<day>\d\d)"
    r"(?:[Tt ](?P<hour>\d\d)"
    r"(?::(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?)?)?",
    re.ASCII,
)
_STEPS: Final = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "fraction": timedelta(0),
}


class Span(NamedTuple):
    """From `start` until just before `end`; both are UTC, and equal for a single instant."""

    start: datetime
    end: datetime


def parse_span(text: str) -> Span:
    """The span a text names; ValueError for anything that is no date or time."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError("must be a date or time such as 2021, 2021-02-01 or 2021-02-01T08:00:00Z")
    parts = {name: value for name, value in found.groupdict().items() if value is not None}
    zone = _zone(parts.pop("zone", "Z"))
    finest = list(parts)[-1]
    micros = int(parts.pop("fraction", "0").ljust(6, "0")[:6])
    whole = {"month": 1, "day": 1, **{name: int(value) for name, value in parts.items()}}
    try:
        start = datetime(**whole, microsecond=micros, tzinfo=zone)  # type: ignore[arg-type]
        return Span(start.astimezone(UTC), _end(start, finest).astimezone(UTC))
    except OverflowError:
        raise ValueError("is out of range") from None


def _end(start: datetime, unit: str) -> datetime:
    if unit == "year":
        return start.replace(year=start.year + 1)
    if unit == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + _STEPS[unit]


def _zone(text: str) -> timezone:
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if text[0] == "+" else -offset)
