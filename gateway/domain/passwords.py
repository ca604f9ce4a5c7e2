"""What a password must be, as rules that an operator of the platform may tighten."""

from __future__ import annotations

import string
from dataclasses import dataclass

LEAST = 6
MOST = 1024
"""Longer ones are refused: hashing takes time in proportion."""


@dataclass(frozen=True)
class PasswordRules:
    """`min_length` in characters; a special character is any that is no letter, digit or blank."""

    min_length: int = LEAST
    needs_digit: bool = False
    needs_special: bool = False


def broken(password: str, rules: PasswordRules) -> list[str]:
    """The rules a password breaks, each as the end of a sentence that begins with its name."""
    found = []
    if len(password) < rules.min_length:
        found.append(f"must be at least {rules.min_length} characters")
    if len(password) > MOST:
        found.append(f"must be at most {MOST} characters")
    if rules.needs_digit and not any(c in string.digits for c in password):
        found.append("must contain at least one digit")
    if rules.needs_special and not any(_is_special(c) for c in password):
        found.append("must contain at least one special character")
    return found


def _is_special(character: str) -> bool:
    return not character.isalnum() and not character.isspace()
