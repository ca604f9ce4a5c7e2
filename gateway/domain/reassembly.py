"""Putting the parts of an inbound text together again.

Parts come in any order, twice, and over any session of a link. References are only 8 or 16 bits
wide and wrap, so a part is matched by link, both addresses, reference, total and width, and only
for a limited time. Text is made of the joined octets, not of joined texts: a sender may have cut
in the middle of a character.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from gateway.domain.segments import decode_payload
from gateway.domain.words import Alphabet

WAIT: Final = timedelta(minutes=10)


def key(
    link_uid: UUID, source: str, destination: str, reference: int, total: int, width: int
) -> str:
    """One text for everything that must be equal for two parts to belong together."""
    return f"{link_uid.hex}:{source}:{destination}:{reference}:{total}:{width}"


def complete(parts: Container[int], total: int) -> bool:
    """True when every part from 1 to `total` is there."""
    return all(index in parts for index in range(1, total + 1))


def expired(first_at: datetime, now: datetime, wait: timedelta = WAIT) -> bool:
    """True when what is there is handed over as it is. `first_at`: when the first part came.

    The wait counts from the first part, not the latest, so that a peer that repeats one part
    cannot hold a text back for ever.
    """
    return now - first_at >= wait


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
