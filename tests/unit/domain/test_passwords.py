"""What passwords must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.passwords import LEAST, MOST, PasswordRules, broken

STRICT = PasswordRules(min_length=8, needs_digit=True, needs_special=True)


@pytest.mark.parametrize(
    ("password", "rules", "wrong"),
    [
        ("secret", PasswordRules(), []),
        ("short", PasswordRules(), ["must be at least 6 characters"]),
        ("x" * MOST, PasswordRules(), []),
        ("x" * (MOST + 1), PasswordRules(), ["must be at most 1024 characters"]),
        ("secret-1", STRICT, []),
        ("secret-x", STRICT, ["must contain at least one digit"]),
        ("secretx1", STRICT, ["must contain at least one special character"]),
        ("secret 1", STRICT, ["must contain at least one special character"]),
        ("pässwor1", STRICT, ["must contain at least one special character"]),
        ("pass\u0661word-", STRICT, ["must contain at least one digit"]),
        (
            "x",
            STRICT,
            [
                "must be at least 8 characters",
                "must contain at least one digit",
                "must contain at least one special character",
            ],
        ),
    ],
)
def test_each_rule_is_told_by_itself(password: str, rules: PasswordRules, wrong: list[str]) -> None:
    assert broken(password, rules) == wrong


@given(st.text(max_size=40), st.integers(1, 30))
def test_without_other_rules_only_length_counts(password: str, least: int) -> None:
    assert bool(broken(password, PasswordRules(min_length=least))) == (len(password) < least)


@given(st.text(min_size=LEAST, max_size=40))
def test_a_digit_and_a_special_character_are_enough(password: str) -> None:
    assert broken(password + "1!", PasswordRules(LEAST, needs_digit=True, needs_special=True)) == []
