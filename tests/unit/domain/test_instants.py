from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import instants
from tests.support.strategies import texts
from tests.support.vectors import cases

MOST = instants.micros(datetime(9999, 12, 31, tzinfo=UTC))
moments = st.integers(-62_000_000_000_000_000, MOST).map(instants.from_micros)


@pytest.mark.parametrize("case", cases("instants", "accepted"))
def test_texts_that_are_read(case: dict[str, Any]) -> None:
    moment = instants.parse_instant(case["text"])
    assert instants.micros(moment) == case["micros"]
    assert moment.utcoffset() == timedelta(0)
    assert instants.is_bare_date(case["text"]) == case.get("bare", False)


@pytest.mark.parametrize("case", cases("instants", "refused"))
def test_texts_that_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        instants.parse_instant(case["text"])


@given(texts)
def test_refusals_are_value_errors(text: str) -> None:
    try:
        moment = instants.parse_instant(text)
    except ValueError:
        return
    assert moment.utcoffset() == timedelta(0)


@given(moments)
def test_micros_are_exact(moment: datetime) -> None:
    assert instants.from_micros(instants.micros(moment)) == moment


@given(moments)
def test_texts_read_back(moment: datetime) -> None:
    assert instants.parse_instant(instants.iso(moment, 6)) == moment
    assert instants.parse_instant(instants.iso(moment, 6, "+00:00")) == moment
    assert instants.parse_instant(moment.isoformat()) == moment


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        instants.micros(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("decimals", "zone", "text"),
    [
        (0, "Z", "2017-12-22T01:52:39Z"),
        (2, "Z", "2017-12-22T01:52:39.39Z"),
        (3, "Z", "2017-12-22T01:52:39.399Z"),
        (6, "Z", "2017-12-22T01:52:39.399999Z"),
        (6, "+00:00", "2017-12-22T01:52:39.399999+00:00"),
    ],
)
def test_iso_cuts_and_does_not_round(decimals: int, zone: str, text: str) -> None:
    local = timezone(timedelta(hours=2))
    moment = datetime(2017, 12, 22, 3, 52, 39, 399_999, tzinfo=local)
    assert instants.iso(moment, decimals, zone) == text


def test_iso_ms() -> None:
    assert instants.iso_ms(datetime(2017, 12, 22, tzinfo=UTC)) == "2017-12-22T00:00:00.000Z"
