"""Which messages a route is for, and which of several routes knows best.

A route that names the sender beats one that does not, because it was written for that number; then
the longest prefix of the destination, then its country, then a route for everything. All routes
that match stay ways of the message: the others are where it goes when the best cannot take it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.domain.numbers import parse_e164

MOST_DIGITS = 15
_PREFIX = re.compile(r"\+?([1-9][0-9]{0,14})")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Match:
    """What a route says of messages; None says nothing. `prefix` begins with a plus, `country` is
    an ISO 3166 code of two capitals."""

    from_number: str | None = None
    prefix: str | None = None
    country: str | None = None

    def takes(self, sender: str, destination: str, country: str | None) -> bool:
        """Whether it is for this message; `country` is that of the destination."""
        return (
            self.from_number in (None, sender)
            and destination.startswith(self.prefix or "")
            and self.country in (None, country)
        )

    @property
    def rank(self) -> tuple[int, int, int]:
        """The smaller knows better."""
        return (self.from_number is None, -len(self.prefix or ""), self.country is None)


def prefixes(destination: str) -> list[str]:
    """Every beginning of an E.164 number, as routes write them."""
    return [destination[:end] for end in range(2, min(len(destination), MOST_DIGITS + 1) + 1)]


def read_prefix(text: str) -> str:
    """`44`, `+4420` -> with a plus; ValueError."""
    found = _PREFIX.fullmatch(text.strip())
    if found is None:
        raise ValueError("must be the first digits of an international number")
    return f"+{found[1]}"


def read_country(text: str) -> str:
    """`gb` -> `GB`; ValueError."""
    code = text.strip().upper()
    if _COUNTRY.fullmatch(code) is None:
        raise ValueError("must be a country's ISO 3166 code of two letters")
    return code


READERS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"from_number": parse_e164, "prefix": read_prefix, "country": read_country}
)
"""How what people write in a route becomes what is stored; ValueError for what it cannot be."""
