"""What a rule that keeps calls from being let through is about, and what it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.call_rules import Attempt, blocks

CALL = Attempt("outbound", "+12065550100", "+442071838750", "US", "GB")

RULES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"direction": "inbound"}, False),
    ({"callee_country": "GB"}, True),
    ({"callee_country": "US"}, False),
    ({"caller_country": "*", "callee_country": None}, True),
    ({"caller_country": "CA"}, False),
    ({"caller_match": "1206"}, True),
    ({"caller_match": "+1206"}, True),
    ({"caller_match": "206"}, False),
    ({"caller_match": "*100"}, True),
    ({"caller_match": "1*5550"}, True),
    ({"caller_match": "1*77"}, False),
    ({"caller_match": "1*0*0*1"}, True),
    ({"caller_match": "1*0*0*1*1"}, False),
    ({"callee_match": "44", "callee_country": "GB"}, True),
    ({"callee_match": "44", "callee_country": "FR"}, False),
    ({"callee_match": "*"}, True),
    ({"callee_match": "+442071838750"}, True),
    ({"callee_match": "+4420718387501"}, False),
]


@pytest.mark.parametrize(("members", "blocked"), RULES, ids=lambda value: str(value))
def test_a_rule_narrows_by_what_it_says(members: dict[str, Any], blocked: bool) -> None:
    assert blocks({"name": "rule", "direction": "outbound", **members}, CALL) is blocked


@pytest.mark.parametrize("callee", [None, "sip:44@pbx.example", "joe"])
def test_who_has_no_number_is_not_matched_by_digits(callee: str | None) -> None:
    call = replace(CALL, callee=callee, callee_country=None)
    assert not blocks({"direction": "outbound", "callee_match": "44"}, call)
    assert not blocks({"direction": "outbound", "callee_country": "GB"}, call)
    assert blocks({"direction": "outbound"}, call)
