"""Whether a rule keeps a call from being let through: a rule narrows, call by call, what it is
about, and what it does not say anything about it does not narrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ANY_COUNTRY = "*"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call somebody tries to make: its direction, and number and country of both sides."""

    direction: str
    caller: str | None
    callee: str | None
    caller_country: str | None
    callee_country: str | None


def blocks(rule: Mapping[str, Any], attempt: Attempt) -> bool:
    """Whether all that a rule says is true of the call.

    `rule`: direction, caller_country and callee_country (ISO 3166 codes, `*` for any),
    caller_match and callee_match (how the number begins; `*` for any digits).
    """
    return (
        rule["direction"] == attempt.direction
        and _is_in(rule.get("caller_country"), attempt.caller_country)
        and _is_in(rule.get("callee_country"), attempt.callee_country)
        and _begins(rule.get("caller_match"), attempt.caller)
        and _begins(rule.get("callee_match"), attempt.callee)
    )


def _is_in(wanted: str | None, country: str | None) -> bool:
    return wanted in (None, ANY_COUNTRY) or wanted == country


def _begins(wanted: str | None, number: str | None) -> bool:
    if wanted is None:
        return True
    digits = (number or "").removeprefix("+")
    first, *others = wanted.removeprefix("+").split("*")
    if not (digits.isascii() and digits.isdecimal() and digits.startswith(first)):
        return False
    place = len(first)
    for part in others:  # where a part fits first leaves most room for the next ones
        found = digits.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True
