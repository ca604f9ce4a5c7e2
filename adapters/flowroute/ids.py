"""How Flowroute names things: record ids, number digits, decimal route numbers.

Text that has not the form of an id names nothing, so it is a 404 before any query.
"""

from __future__ import annotations

import re
from uuid import UUID

from gateway.domain.ids import CODECS, Ref
from gateway.domain.problems import NotFound

_RECORD = re.compile(r"mdr[12]-([0-9a-f]{32})", re.ASCII | re.IGNORECASE)
_POSITION = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})", re.ASCII)
_ROUTE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


def record_id(uid: UUID, version: int = 2) -> str:
    """`mdr2-` and 32 hex digits; version 1 is the same record in the oldest API."""
    text = CODECS["mdr"].encode(uid)
    return text if version == 2 else text.replace("mdr2-", "mdr1-", 1)


def record_ref(text: str) -> Ref:
    """A message id of either version; other text is passed on, as it may be a known foreign id."""
    found = _RECORD.fullmatch(text)
    return Ref("mdr", f"mdr2-{found[1].lower()}" if found else text)


def media_ref(text: str) -> tuple[Ref, int]:
    """`mdr2-..-2` -> the record and the position of its attachment; NotFound for anything else."""
    record, _, position = text.rpartition("-")
    if not _RECORD.fullmatch(record) or not _POSITION.fullmatch(position):
        raise NotFound()
    return record_ref(record), int(position)


def media_id(uid: UUID, position: int) -> str:
    """Attachments count from 1 under the id of their record."""
    return f"{record_id(uid)}-{position}"


def number_e164(text: str) -> str:
    """`12065550100` (a plus is tolerated) -> `+12065550100`; NotFound for anything else."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise NotFound()
    return f"+{found[1]}"


def route_number(text: str) -> int:
    """`98396` -> 98396, the built-in route is `0`; NotFound for anything else."""
    if _ROUTE.fullmatch(text) is None:
        raise NotFound()
    return int(text)
