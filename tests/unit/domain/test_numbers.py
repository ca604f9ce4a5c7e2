from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import numbers
from tests.support.strategies import texts
from tests.support.vectors import cases


@pytest.mark.parametrize("case", cases("numbers", "accepted"))
def test_spellings_that_are_read(case: dict[str, Any]) -> None:
    assert numbers.parse_e164(case["text"], case.get("region", "US")) == case["e164"]


@pytest.mark.parametrize("case", cases("numbers", "refused"))
def test_spellings_that_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        numbers.parse_e164(case["text"], case.get("region", "US"))


@pytest.mark.parametrize("case", cases("numbers", "taken_apart"))
def test_numbers_taken_apart(case: dict[str, Any]) -> None:
    e164 = case["e164"]
    assert numbers.area_code(e164) == case["area_code"]
    assert numbers.exchange(e164) == case["exchange"]
    assert numbers.national(e164) == case["national"]
    assert numbers.kind(e164) == case["kind"]
    assert numbers.is_toll_free(e164) == (case["kind"] == "toll_free")
    if "country" in case:
        assert numbers.country(e164) == case["country"]


def test_digits_are_the_number_without_plus() -> None:
    assert numbers.digits("+12065550100") == "12065550100"


@pytest.mark.parametrize("case", cases("numbers", "addresses"))
def test_addresses(case: dict[str, Any]) -> None:
    if case["kind"] is None:
        with pytest.raises(ValueError):
            numbers.parse_address(case["text"])
        return
    address = numbers.parse_address(case["text"])
    assert (address.kind, address.value) == (case["kind"], case["value"])
    assert (list(address.ton_npi), address.plain) == (case["ton_npi"], case["plain"])


@pytest.mark.parametrize("case", cases("numbers", "from_peers"))
def test_addresses_of_peers(case: dict[str, Any]) -> None:
    address = numbers.from_smpp(case["ton"], case["text"])
    assert (address.kind, address.value) == (case["kind"], case["value"])


@given(st.integers(0, 7), texts)
def test_a_peer_is_never_refused(ton: int, text: str) -> None:
    assert numbers.from_smpp(ton, text).kind in numbers.AddressKind


@given(st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_what_is_read_reads_the_same_again(text: str) -> None:
    e164 = numbers.parse_e164(text)
    assert e164 == f"+1{text}"
    for spelling in (e164, numbers.digits(e164), f" {e164[:5]}-{e164[5:]} "):
        assert numbers.parse_e164(spelling) == e164


@given(texts)
def test_refusals_are_value_errors(text: str) -> None:
    try:
        e164 = numbers.parse_e164(text)
    except ValueError:
        return
    assert e164[0] == "+"
    assert e164[1:].isdecimal()
    assert 7 <= len(e164) - 1 <= 15
