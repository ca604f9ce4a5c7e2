"""Putting the parts of an inbound text together again.

Parts come in any order, twice, and over any session of a link. References are only 8 or 16 bits
wide and wrap, so whoever stores parts matches them by link, both addresses, reference, total and
width, and only for a limited time from the first one. Text is made of the joined octets, not of
joined texts: a sender may have cut in the middle of a character.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import groupby

from gateway.domain.segments import decode_payload
from gateway.domain.words import Alphabet


def complete(parts: Container[int], total: int) -> bool:
    """True when every part from 1 to `total` is there."""
    return all(index in parts for index in range(1, total + 1))


@dataclass(frozen=True, slots=True)
class Joined:
    """A text and the numbers of the parts it lacks."""

    text: str
    missing: tuple[int, ...] = ()


def join(
    parts: Mapping[int, tuple[int, bytes]], total: int, alphabet: Alphabet | str = Alphabet.GSM
) -> Joined:
    """The text of parts by number (from 1), each a data_coding and its octets without header.

    Neighbours of one coding are read as one run of octets; a missing part ends a run.
    """
    missing = tuple(index for index in range(1, total + 1) if index not in parts)
    present = sorted(index for index in parts if 1 <= index <= total)
    runs = groupby(enumerate(present), lambda item: (item[1] - item[0], parts[item[1]][0]))
    pieces = []
    for (_, coding), run in runs:
        octets = b"".join(parts[index][1] for _, index in run)
        pieces.append(decode_payload(coding, octets, alphabet))
    return Joined("".join(pieces), missing)
