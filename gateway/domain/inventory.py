"""Purchasable numbers for a gateway that has no carrier's stock to offer.

Numbers come in runs, as carriers hold them: an area code, a rate centre in it, an exchange of that
centre, then subscribers. The same fixture, count and seed give the same numbers in the same order.
The fixture is `fixtures/inventories/nanp.json`, read by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

TOLL_FREE_EVERY = 10
"""One number in so many is toll-free."""

_POOL = 4
"""Exchanges a centre gets when the fixture names none for it."""

_RESERVED = frozenset({"555", "950", "976"})


def full_prefix(text: str) -> str:
    """The E.164 prefix of leading digits, country code first, with or without a plus.

    Raises ValueError for anything else.
    """
    digits = text.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise ValueError("must be digits, at most 15")
    return f"+{digits}"


def after_prefix(prefix: str) -> str:
    """The least text behind everything that begins with `prefix`: a range instead of a pattern.

    A letter follows 9 in every collation, which cannot be said of punctuation.
    """
    last = prefix[-1]
    return prefix[:-1] + ("A" if last == "9" else chr(ord(last) + 1))


@dataclass(frozen=True)
class _Block:
    """One exchange and what all its numbers have in common."""

    prefix: str
    common: Mapping[str, Any]


def generate(
    fixture: Mapping[str, Any],
    count: int,
    seed: int,
    *,
    area_codes: Sequence[str] | None = None,
    toll_free_every: int = TOLL_FREE_EVERY,
) -> Iterator[dict[str, Any]]:
    """`count` distinct numbers as column values of an available Number; area codes take turns.

    `area_codes` limits the geographic ones; `toll_free_every=0` leaves toll-free numbers out.
    Raises ValueError for an area code that the fixture does not have.
    """
    rng = Random(seed)
    geographic = _geographic(fixture, rng, area_codes)
    toll_free = _toll_free(fixture, rng) if toll_free_every else []
    seen: set[str] = set()
    for index in range(count):
        is_toll_free = bool(toll_free) and index % toll_free_every == toll_free_every - 1
        turns = toll_free if is_toll_free else geographic
        turn = index // toll_free_every if is_toll_free else index
        block = rng.choice(turns[turn % len(turns)])
        number = _fresh(block.prefix, seen, rng)
        yield {"e164": number, **block.common}


def _fresh(prefix: str, seen: set[str], rng: Random) -> str:
    """A number of this exchange that was not handed out before, else of a neighbouring exchange."""
    for attempt in range(10_000):
        head = prefix if attempt < 2_000 else f"{prefix[:-3]}{_exchange(rng)}"
        number = f"{head}{rng.randrange(10_000):04d}"
        if number not in seen:
            seen.add(number)
            return number
    raise ValueError(f"no numbers left beside {prefix}")


def _exchange(rng: Random) -> str:
    while True:
        value = f"{rng.randrange(200, 1000)}"
        if value[1:] != "11" and value not in _RESERVED:
            return value


def _geographic(
    fixture: Mapping[str, Any], rng: Random, only: Sequence[str] | None
) -> list[list[_Block]]:
    known = {entry["code"]: entry for entry in fixture["area_codes"]}
    missing = [code for code in only or () if code not in known]
    if missing:
        raise ValueError(f"unknown area codes: {', '.join(missing)}")
    chosen = [known[code] for code in only] if only else list(known.values())
    return [_blocks(fixture, entry, rng) for entry in chosen]


def _blocks(fixture: Mapping[str, Any], entry: Mapping[str, Any], rng: Random) -> list[_Block]:
    """Every exchange of an area code; centres without any share out exchanges of our choice."""
    prices = fixture["prices"][entry["price"]]
    blocks = []
    for center in entry["centers"]:
        exchanges = center["exchanges"] or [_exchange(rng) for _ in range(_POOL)]
        for exchange in exchanges:
            common = {
                "kind": "standard",
                "country": entry["country"],
                "area_code": entry["code"],
                "exchange": f"{entry['code']}{exchange}",
                "region": center["state"],
                "rate_center": center["name"],
                "currency": fixture["currency"],
                **prices,
            }
            blocks.append(_Block(f"+1{entry['code']}{exchange}", common))
    return blocks


def _toll_free(fixture: Mapping[str, Any], rng: Random) -> list[list[_Block]]:
    prices = fixture["prices"]["toll_free"]
    return [
        [
            _Block(
                f"+1{code}{exchange}",
                {
                    "kind": "toll_free",
                    "country": "US",
                    "area_code": code,
                    "exchange": f"{code}{exchange}",
                    "region": None,
                    "rate_center": None,
                    "currency": fixture["currency"],
                    **prices,
                },
            )
            for exchange in (_exchange(rng) for _ in range(_POOL))
        ]
        for code in fixture["toll_free"]
    ]
