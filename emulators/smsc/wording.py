"""The words and numbers an SMSC writes: message states, ids in their forms, times, receipt text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

STATES = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
    "ACCEPTD": 6,
    "UNKNOWN": 7,
    "REJECTD": 8,
}
FINAL = frozenset(STATES) - {"ENROUTE", "ACCEPTD"}

_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d)(\d{2})([+\-R])")


def id_in_form(number: int, form: str) -> str:
    """A message number as its id: `decimal`, `hex`, `upper` (hex) or `padded` to ten digits."""
    if form == "hex":
        return f"{number:x}"
    if form == "upper":
        return f"{number:X}"
    return f"{number:010d}" if form == "padded" else str(number)


def parse_time(text: str, now: datetime) -> datetime | None:
    """A schedule or validity time of SMPP 3.4 (`YYMMDDhhmmsstnnp`, p is + - or R).

    None for the empty text; raises ValueError for anything malformed.
    """
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a time of SMPP 3.4")
    years, months, days, hours, minutes, seconds, tenths, quarters = map(int, found.groups()[:8])
    if found[9] == "R":
        span = timedelta(days=years * 365 + months * 30 + days, hours=hours, minutes=minutes)
        return now + span + timedelta(seconds=seconds)
    if quarters > 48:
        raise ValueError("the offset is beyond 48 quarters of an hour")
    offset = timedelta(minutes=15 * quarters) * (1 if found[9] == "+" else -1)
    zone = timezone(offset)
    moment = datetime(2000 + years, months, days, hours, minutes, seconds, tenths * 100_000, zone)
    return moment.astimezone(UTC)


def absolute_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%y%m%d%H%M%S") + "000+"


def receipt_text(
    message_id: str, state: str, submitted: datetime, done: datetime, error: str, text: str
) -> str:
    """The receipt of the standard's appendix B, with the first twenty characters of the message."""
    delivered = "001" if state == "DELIVRD" else "000"
    return (
        f"id:{message_id} sub:001 dlvrd:{delivered} submit date:{submitted:%y%m%d%H%M} "
        f"done date:{done:%y%m%d%H%M} stat:{state} err:{error} text:{text[:20]}"
    )
