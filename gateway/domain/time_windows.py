"""When a rule about times holds: windows of dates, days of the week and times of day.

Rules are written in local time, so a moment is brought to the zone first; a window that goes past
midnight belongs to the day it begins on. A text that is no time or date makes a window hold never,
rather than always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Europe/London")
"""The zone that times without one are in."""
DAY: Final = timedelta(days=1)
EVERY_DAY: Final = frozenset(range(1, 8))
_LAST_MINUTE: Final = time(23, 59)


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` to `last` (None: no bound) that are among `days` (1 is Monday), from
    `begins` until `ends`; equal times are the whole day."""

    first: date | None = None
    last: date | None = None
    days: frozenset[int] = EVERY_DAY
    begins: time = time.min
    ends: time = time.min

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Window:
        """A window of the members dateFrom, dateTo, days, timeFrom, timeTo, all free to lack.

        Raises ValueError for what is no date, day or time.
        """
        return cls(
            _date(given.get("dateFrom")),
            _date(given.get("dateTo")),
            days_of(given.get("days")) or EVERY_DAY,
            time_of(given.get("timeFrom")) or time.min,
            _end(given.get("timeTo")),
        )

    @property
    def width(self) -> tuple[int, int, float]:
        """How much time it spans: of two windows the one with the smaller width is narrower."""
        bounded = self.first is not None and self.last is not None
        span = (self.last - self.first).days if bounded else date.max.toordinal()  # type: ignore[operator]
        return span, len(self.days), _seconds(self.begins, self.ends)

    def holds(self, moment: datetime) -> bool:
        """True when the moment is in the window, its times read as local to ZONE."""
        local = moment.astimezone(ZONE)
        today, now = local.date(), local.time()
        if self.begins < self.ends:
            return self.begins <= now < self.ends and self._begins_on(today)
        return (now >= self.begins and self._begins_on(today)) or (
            now < self.ends and self._begins_on(today - DAY)
        )

    def _begins_on(self, day: date) -> bool:
        return (
            (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
            and day.isoweekday() in self.days
        )


def days_of(value: Any) -> frozenset[int]:
    """Days of the week, 1 is Monday; ValueError for anything else."""
    found = frozenset(int(day) for day in value or ())
    if not found <= EVERY_DAY:
        raise ValueError("days are from 1 (Monday) to 7")
    return found


def time_of(value: Any) -> time | None:
    """A time of day such as 09:00; None for an empty one."""
    return time.fromisoformat(str(value)).replace(tzinfo=None) if value else None


def moment_of(value: Any) -> datetime | None:
    """A date with time, local to ZONE where it names no offset; None for an empty one."""
    if not value:
        return None
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo is not None else found.replace(tzinfo=ZONE)


def _date(value: Any) -> date | None:
    return datetime.fromisoformat(str(value)).date() if value else None


def _end(value: Any) -> time:
    """The end of a day is written 23:59 or 24:00."""
    found = time.min if str(value).startswith("24:00") else time_of(value) or time.min
    return time.min if found.replace(second=0, microsecond=0) == _LAST_MINUTE else found


def _seconds(begins: time, ends: time) -> float:
    start, end = (
        timedelta(hours=one.hour, minutes=one.minute, seconds=one.second) for one in (begins, ends)
    )
    return ((end - start) % DAY or DAY).total_seconds()
