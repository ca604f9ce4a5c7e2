"""Moments: aware UTC datetimes inside, whole microseconds in the store, ISO texts outside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_FORM: Final = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?P<fraction>\d{1,9}))?"
    r" ?(?P<zone>[Zz]|[+\- ]?\d{2}:?\d{2})?)?",
    re.ASCII,
)
_BARE_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC, exact. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC datetime of whole microseconds since 1970; exact, unlike a float of seconds."""
    return EPOCH + timedelta(microseconds=value)


def is_bare_date(text: str) -> bool:
    """True for a date without a time: as the end of a range it may mean the whole day."""
    return _BARE_DATE.fullmatch(text.strip()) is not None


def parse_instant(text: str) -> datetime:
    """An aware UTC datetime of ISO text. Raises ValueError with a reason.

    Takes a date, or a date and a time with or without seconds, fraction (cut after microseconds)
    and zone; what has no zone is UTC. The plus of an offset may have become a space, as in an
    unencoded query (facts: dates as clients print them).
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an ISO 8601 date or time")
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['clock'] or '00:00'}")
        moment = moment.replace(
            microsecond=int((match["fraction"] or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(match["zone"]),
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("no such date or time") from error


def _zone(text: str | None) -> timezone:
    if not text or text in "Zz":
        return UTC
    digits = text.strip("+- ").replace(":", "")
    if int(digits[2:]) > 59:
        raise ValueError("no such offset")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text.startswith("-") else offset)


@lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    return (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def iso(moment: datetime, decimals: int = 0, zone: str = "Z") -> str:
    """ISO text in UTC: `2017-12-22T01:52:39` + the fraction cut to `decimals` + `zone`."""
    seconds, fraction = divmod(micros(moment), 1_000_000)
    text = _second(seconds)
    return f"{text}.{fraction:06d}"[: 20 + decimals] + zone if decimals else text + zone


def iso_ms(moment: datetime) -> str:
    """ISO text in UTC with three decimals: `2017-12-22T01:52:39.390Z`."""
    return iso(moment, 3)
