"""Ids: UUIDv7 values inside, and the exact, reversible texts each dialect shows for them.

One 128-bit value identifies a thing in every dialect, so a client may hold an id of one dialect and
look the same object up in another. Version 7 keeps ids in order of creation and shares its leading
48 bits of milliseconds with ULID, so the time part of a ULID is right as well. Decoding checks the
form before anything touches a database: text that is not of the form decodes to None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

MAX_MILLISECONDS: Final = (1 << 48) - 1
_VERSION_BITS: Final = 0x7 << 76
_VARIANT_BITS: Final = 0x2 << 62
_LOW_MASK: Final = (1 << 62) - 1
_HIGH_MASK: Final = (1 << 12) - 1

UNSHOWN: Final = (1 << 32) - 1
"""The bits that the shortest spelling leaves out."""


class Ref(NamedTuple):
    """An id as it came over the wire: unresolved, since aliases are looked up before codecs."""

    codec: str
    text: str


def new(ms: int, bits74: int) -> UUID:
    """A version 7 UUID of `ms` milliseconds since 1970 and 74 random bits.

    Raises ValueError when the time does not fit in 48 bits or the randomness in 74.
    """
    if not 0 <= ms <= MAX_MILLISECONDS:
        raise ValueError("milliseconds outside 0 .. 2**48 - 1")
    if bits74 < 0 or bits74 >> 74:
        raise ValueError("more than 74 random bits")
    high, low = bits74 >> 62, bits74 & _LOW_MASK
    return UUID(int=(ms << 80) | _VERSION_BITS | (high << 64) | _VARIANT_BITS | low)


def successor(value: int) -> int:
    """The least version 7 value above `value`, itself a version 7 value as an integer.

    A carry runs over the fixed version and variant bits, at last into the milliseconds.
    """
    low = value & _LOW_MASK
    if low < _LOW_MASK:
        return value + 1
    high = (value >> 64) & _HIGH_MASK
    ms = value >> 80
    if high < _HIGH_MASK:
        high += 1
    elif ms < MAX_MILLISECONDS:
        high, ms = 0, ms + 1
    else:
        raise OverflowError("no version 7 id follows")
    return (ms << 80) | _VERSION_BITS | (high << 64) | _VARIANT_BITS


def milliseconds(uid: UUID) -> int:
    """The time part of a version 7 id, milliseconds since 1970."""
    return uid.int >> 80


_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [left + right for left in _CROCKFORD for right in _CROCKFORD]
_CROCKFORD_VALUE: Final = {
    spelling: value
    for value, character in enumerate(_CROCKFORD)
    for spelling in {character, character.lower()}
}
_ULID_SHIFTS: Final = tuple(range(120, -1, -10))

_UUID_FORM: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
_ULID_FORM: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII | re.IGNORECASE)
_MDR_FORM: Final = re.compile(r"mdr2-[0-9a-f]{32}", re.ASCII | re.IGNORECASE)
_HEX24_FORM: Final = re.compile(r"[0-9a-f]{24}", re.ASCII | re.IGNORECASE)


def _to_ulid(uid: UUID) -> str:
    value, pairs = uid.int, _PAIRS
    return "".join([pairs[(value >> shift) & 1023] for shift in _ULID_SHIFTS])


def _from_ulid(text: str) -> UUID | None:
    if not _ULID_FORM.fullmatch(text):
        return None
    value = 0
    for character in text:
        value = value << 5 | _CROCKFORD_VALUE[character]
    return UUID(int=value)


def _from_uuid(text: str) -> UUID | None:
    return UUID(text) if _UUID_FORM.fullmatch(text) else None


def _to_mdr(uid: UUID) -> str:
    return f"mdr2-{uid.int:032x}"


def _from_mdr(text: str) -> UUID | None:
    return UUID(int=int(text[5:], 16)) if _MDR_FORM.fullmatch(text) else None


def _to_hex24(uid: UUID) -> str:
    return f"{uid.int >> 32:024x}"


def span(text: str) -> tuple[UUID, UUID] | None:
    """First and last id whose leading 96 bits read `text`; None unless it is 24 hex digits."""
    if not _HEX24_FORM.fullmatch(text):
        return None
    low = int(text, 16) << 32
    return UUID(int=low), UUID(int=low | UNSHOWN)


def _no_decode(text: str) -> None:
    """96 of 128 bits do not name one id: `span` gives the range to look up."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One spelling of ids. `decode` gives None for text that is not of the form."""

    name: str
    encode: Callable[[UUID], str]
    decode: Callable[[str], UUID | None]
    span: Callable[[str], tuple[UUID, UUID] | None] | None = None


CODECS: Final[dict[str, Codec]] = {
    codec.name: codec
    for codec in (
        Codec("uuid", str, _from_uuid),
        Codec("ulid", _to_ulid, _from_ulid),
        Codec("mdr", _to_mdr, _from_mdr),
        Codec("hex24", _to_hex24, _no_decode, span),
    )
}


def reference(text: str) -> Ref:
    """An id in whichever spelling it has; as a UUID where it has none, so that it may still be an
    alias."""
    for codec in CODECS.values():
        if codec.decode(text) is not None or (codec.span is not None and codec.span(text)):
            return Ref(codec.name, text)
    return Ref("uuid", text)
