"""How a text becomes the short messages that carry it.

A segment holds 140 octets: 160 septets, 140 octets or 70 UTF-16 units; in a longer text each loses
the room of the concatenation header. A cut never parts an escape from its character or the two
halves of a surrogate pair, so the number of segments is found by walking the text, not by division.

Three ways tell the receiver how parts belong together: a user data header with an 8 or 16 bit
reference, or SAR parameters from which the message centre makes the header itself. The fourth way
hands the whole text over in message_payload and leaves the cutting to the centre.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from gateway.domain import gsm
from gateway.domain.words import Alphabet

MOST_PARTS: Final = 255
MOST_PAYLOAD: Final = 0xFFFF
UDH_INDICATOR: Final = 0x40

TAG_SAR_REFERENCE: Final = 0x020C
TAG_SAR_TOTAL: Final = 0x020E
TAG_SAR_INDEX: Final = 0x020F
TAG_MESSAGE_PAYLOAD: Final = 0x0424

_ELEMENT_CONCAT_8: Final = 0x00
_ELEMENT_CONCAT_16: Final = 0x08


class Method(StrEnum):
    """How a link wants long texts."""

    UDH8 = "udh8"
    UDH16 = "udh16"
    SAR = "sar"
    PAYLOAD = "payload"


class Coding(IntEnum):
    """data_coding of what we send."""

    GSM = 0
    LATIN1 = 3
    UCS2 = 8


class Room(NamedTuple):
    """Units of one segment: alone, beside a header with an 8 bit and with a 16 bit reference."""

    single: int
    udh8: int
    udh16: int

    def concatenated(self, method: Method) -> int:
        """SAR counts as 8 bit: that is the header the message centre makes of it."""
        return self.udh16 if method is Method.UDH16 else self.udh8


ROOM: Final[Mapping[Coding, Room]] = {
    Coding.GSM: Room(160, 153, 152),
    Coding.LATIN1: Room(140, 134, 133),
    Coding.UCS2: Room(70, 67, 66),
}


@dataclass(frozen=True, slots=True)
class Concat:
    """Which part of what: `width` is the size of the reference in bits, 8 or 16; `index` from 1."""

    reference: int
    total: int
    index: int
    width: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a text: `payload` is the text alone in octets, `udh` the header before it."""

    payload: bytes
    text: str
    udh: bytes = b""
    index: int = 1
    total: int = 1
    method: Method = Method.UDH8
    reference: int = 0

    @property
    def esm_class(self) -> int:
        """The UDH indicator if there is a header; other bits are the caller's."""
        return UDH_INDICATOR if self.udh else 0

    @property
    def in_payload(self) -> bool:
        """True when the octets go into message_payload and short_message stays empty."""
        return self.method is Method.PAYLOAD and len(self.payload) > 0

    @property
    def short_message(self) -> bytes:
        return b"" if self.in_payload else self.udh + self.payload

    @property
    def tlvs(self) -> dict[int, bytes]:
        """The optional parameters this part needs, by tag."""
        if self.in_payload:
            return {TAG_MESSAGE_PAYLOAD: self.payload}
        if self.method is Method.SAR and self.total > 1:
            return {
                TAG_SAR_REFERENCE: self.reference.to_bytes(2, "big"),
                TAG_SAR_TOTAL: bytes([self.total]),
                TAG_SAR_INDEX: bytes([self.index]),
            }
        return {}


@dataclass(frozen=True, slots=True)
class Split:
    """A text ready to send. `counted` is the number of segments on the air, which throughput and
    prices count; it differs from the number of parts only where the centre does the cutting."""

    coding: Coding
    segments: tuple[Segment, ...]
    counted: int


class _Chunk(NamedTuple):
    octets: bytes
    text: str


def split(
    text: str,
    *,
    method: Method = Method.UDH8,
    alphabet: Alphabet | str = Alphabet.GSM,
    reference: int = 0,
) -> Split:
    """Cut a text into segments; a text that fits into one carries no header and no parameters.

    `alphabet` is what the peer takes data_coding 0 for. `reference` may be any number: the method
    takes the low bits it has room for. Raises ValueError when the text needs more than 255 parts
    (`payload`: more than 65,535 octets) or holds half a surrogate pair.
    """
    alphabet = Alphabet(alphabet)
    coding = _coding(text, alphabet)
    room = ROOM[coding]
    units = _measured(text, coding)
    chunks = [_Chunk(_spoken(text, units, coding, alphabet), text)]
    width = 2 if coding is Coding.UCS2 else 1
    if len(units) <= room.single * width:
        return Split(coding, (Segment(chunks[0].octets, text),), 1)
    if method is Method.PAYLOAD:
        if len(chunks[0].octets) > MOST_PAYLOAD:
            raise ValueError(f"text needs more than {MOST_PAYLOAD} octets")
        counted = sum(1 for _ in _cut(units, coding, room.udh8))
        return Split(coding, (Segment(chunks[0].octets, text, method=method),), counted)
    chunks = []
    for piece in _cut(units, coding, room.concatenated(method)):
        if len(chunks) == MOST_PARTS:
            raise ValueError(f"text needs more than {MOST_PARTS} segments")
        part = _read(piece, coding)
        chunks.append(_Chunk(_spoken(part, piece, coding, alphabet), part))
    segments = tuple(_segments(chunks, method, reference))
    return Split(coding, segments, len(segments))


def _coding(text: str, alphabet: Alphabet) -> Coding:
    """The densest coding in which the peer reads every character rightly."""
    if gsm.is_gsm(text) and (alphabet is Alphabet.GSM or _fits(text, alphabet)):
        return Coding.GSM
    if alphabet is Alphabet.LATIN1 and _fits(text, alphabet):
        return Coding.LATIN1
    return Coding.UCS2


def _fits(text: str, alphabet: Alphabet) -> bool:
    if alphabet is Alphabet.ASCII or text.isascii():
        return text.isascii()
    return max(text) <= "\xff"


def _measured(text: str, coding: Coding) -> bytes:
    """The form in which room is counted: septets, octets, or UTF-16 units of two octets."""
    if coding is Coding.GSM:
        return gsm.encode(text)
    try:
        return text.encode("latin-1" if coding is Coding.LATIN1 else "utf-16-be")
    except UnicodeEncodeError as error:
        raise ValueError("text holds half a surrogate pair") from error


def _read(piece: bytes, coding: Coding) -> str:
    if coding is Coding.GSM:
        return gsm.decode(piece)
    return piece.decode("latin-1" if coding is Coding.LATIN1 else "utf-16-be")


def _spoken(text: str, measured: bytes, coding: Coding, alphabet: Alphabet) -> bytes:
    """The octets the peer wants; a peer with its own alphabet turns them into septets itself."""
    if coding is Coding.GSM and alphabet is not Alphabet.GSM:
        return text.encode("latin-1")
    return measured


def _cut(units: bytes, coding: Coding, room: int) -> Iterator[bytes]:
    """Pieces of at most `room` units, moving a pair that would be parted to the next piece."""
    step = room * 2 if coding is Coding.UCS2 else room
    start, end = 0, len(units)
    while start < end:
        stop = min(start + step, end)
        if stop < end:
            if coding is Coding.GSM and units[stop - 1] == gsm.ESCAPE:
                stop -= 1
            elif coding is Coding.UCS2 and 0xD8 <= units[stop - 2] <= 0xDB:
                stop -= 2
        yield units[start:stop]
        start = stop


def _segments(chunks: list[_Chunk], method: Method, reference: int) -> Iterator[Segment]:
    total = len(chunks)
    reference &= 0xFF if method is Method.UDH8 else 0xFFFF
    for index, chunk in enumerate(chunks, 1):
        udh = b"" if method is Method.SAR else _udh(method, reference, total, index)
        yield Segment(chunk.octets, chunk.text, udh, index, total, method, reference)


def _udh(method: Method, reference: int, total: int, index: int) -> bytes:
    if method is Method.UDH8:
        return bytes((5, _ELEMENT_CONCAT_8, 3, reference, total, index))
    return bytes((6, _ELEMENT_CONCAT_16, 4, reference >> 8, reference & 0xFF, total, index))


def parse_udh(octets: bytes) -> tuple[Concat | None, bytes]:
    """Concatenation header and what follows the header of a short message with the UDH indicator.

    Other header elements are stepped over. A header that runs past the end, and a part number of 0
    or above the total, give no Concat; in the first case all octets are handed back as they are.
    """
    if not octets or octets[0] >= len(octets):
        return None, octets
    header, rest = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
    found: Concat | None = None
    at = 0
    while at + 2 <= len(header):
        element, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        if element == _ELEMENT_CONCAT_8 and len(value) == size == 3:
            found = _concat(value[0], value[1], value[2], 8) or found
        elif element == _ELEMENT_CONCAT_16 and len(value) == size == 4:
            found = _concat(value[0] << 8 | value[1], value[2], value[3], 16) or found
        at += 2 + size
    return found, rest


def parse_sar(tlvs: Mapping[int, bytes]) -> Concat | None:
    """Concatenation from SAR parameters; None unless all three are there and make sense."""
    values = [tlvs.get(tag, b"") for tag in (TAG_SAR_REFERENCE, TAG_SAR_TOTAL, TAG_SAR_INDEX)]
    if not all(values):
        return None
    reference, total, index = (int.from_bytes(value, "big") for value in values)
    return _concat(reference & 0xFFFF, total, index, 16)


def _concat(reference: int, total: int, index: int, width: int) -> Concat | None:
    if not 1 <= index <= total <= MOST_PARTS:
        return None
    return Concat(reference, total, index, width)


# data_coding 0 to 15; binary (2, 4) reads as Latin-1, which loses no octet.
_CHARSETS: Final[Mapping[int, str]] = {
    1: "ascii",
    2: "latin-1",
    3: "latin-1",
    4: "latin-1",
    5: "shift_jis",
    6: "iso8859_5",
    7: "iso8859_8",
    8: "utf-16-be",
    9: "latin-1",
    10: "iso2022_jp",
    13: "euc_jp",
    14: "euc_kr",
}


def decode_payload(coding: int, octets: bytes, alphabet: Alphabet | str = Alphabet.GSM) -> str:
    """Text of received octets, header removed; never raises: what cannot be read is U+FFFD."""
    scheme = _scheme(coding)
    if scheme:
        return octets.decode(_CHARSETS.get(scheme, "latin-1"), errors="replace")
    alphabet = Alphabet(alphabet)
    if alphabet is Alphabet.GSM:
        return gsm.decode(octets)
    return octets.decode("ascii" if alphabet is Alphabet.ASCII else "latin-1", errors="replace")


def _scheme(coding: int) -> int:
    """data_coding without message class, as one of 0 to 15.

    Groups 00xx and 01xx of 3GPP TS 23.038 hold the alphabet in two bits (flash is 0x10 and 0x18),
    group 1111 in one (0xF0, 0xF4); the waiting indications 1100 and 1101 are GSM, 1110 is UCS-2.
    """
    if coding < 0x10:
        return coding
    group = coding & 0xF0
    if group == 0xF0:
        return 4 if coding & 0x04 else 0
    if group == 0xE0:
        return 8
    if group < 0x80:
        return {0x00: 0, 0x04: 4, 0x08: 8}.get(coding & 0x0C, 0)
    return 0
