"""The GSM 7 bit default alphabet (3GPP TS 23.038, former GSM 03.38) with its extension table.

SMPP carries the septets unpacked, one in each octet; a character of the extension table is ESC
(0x1B) and a second octet, so it counts twice. National shift tables are not used: a text outside
these tables is sent as UCS-2.
"""

from __future__ import annotations

import re
from typing import Final

ESCAPE: Final = 0x1B

# Sixteen to a line, as the standard prints it; ESC stands at its own place.
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_REPLACEMENT: Final = "\ufffd"


class _Encoding(dict[int, str]):
    """Code point -> octets as Latin-1 text; `str.translate` asks it once for each character."""

    def __missing__(self, code_point: int) -> str:
        raise ValueError(f"not in the GSM alphabet: U+{code_point:04X}")


_ENCODING: Final = _Encoding(
    {ord(character): chr(code) for code, character in enumerate(BASIC) if code != ESCAPE}
    | {ord(character): f"\x1b{chr(code)}" for code, character in EXTENSION.items()}
)
# A lone ESC reads as a space: what a receiver without extension tables shows for it.
_DECODING: Final = {code: character for code, character in enumerate(BASIC)} | {
    ESCAPE: " ",
    **dict.fromkeys(range(0x80, 0x100), _REPLACEMENT),
}
_ESCAPED: Final = re.compile("\x1b(.?)", re.DOTALL)

_BASIC_CLASS: Final = re.escape(BASIC.replace("\x1b", ""))
_EXTENSION_CLASS: Final = re.escape("".join(EXTENSION.values()))
_ALL_GSM: Final = re.compile(f"[{_BASIC_CLASS}{_EXTENSION_CLASS}]*")
_EXTENDED: Final = re.compile(f"[{_EXTENSION_CLASS}]")
# Same code in ASCII and in the basic table: the common text needs no table at all.
_PLAIN: Final = re.compile(r"[\n\r !\"#%-?A-Za-z]*")


def is_gsm(text: str) -> bool:
    """True when every character is in the basic or the extension table; a raw ESC is in neither."""
    return _ALL_GSM.fullmatch(text) is not None


def septets(text: str) -> int:
    """Length in septets: two for each character of the extension table. ValueError if not GSM."""
    if not is_gsm(text):
        raise ValueError("not in the GSM alphabet")
    return len(text) + len(_EXTENDED.findall(text))


def encode(text: str) -> bytes:
    """Septets, one in each octet. Raises ValueError naming the first character outside."""
    if _PLAIN.fullmatch(text):
        return text.encode("ascii")
    return text.translate(_ENCODING).encode("latin-1")


def decode(octets: bytes) -> str:
    """Text of unpacked septets; never raises.

    An unknown extension code reads as the character of the basic table, as the standard asks; an
    octet over 0x7F, which no septet is, becomes U+FFFD.
    """
    raw = octets.decode("latin-1")
    if "\x1b" not in raw:
        return raw.translate(_DECODING)
    pieces = _ESCAPED.split(raw)
    out = [pieces[0].translate(_DECODING)]
    for escaped, rest in zip(pieces[1::2], pieces[2::2], strict=True):
        known = EXTENSION.get(ord(escaped)) if escaped else None
        out.append(known or (escaped or "\x1b").translate(_DECODING))
        out.append(rest.translate(_DECODING))
    return "".join(out)
