"""What the served document describes is taken, and a few forms beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from adapters.flowroute.schemas.common import MAX_URL, URL_FORM, Url
from adapters.flowroute.schemas.messages import NUMBER_FORM, Bound, End
from adapters.flowroute.schemas.numbers import Cost
from adapters.flowroute.schemas.routes import VALUE_FORMS
from adapters.flowroute.words import ROUTE_TYPES
from gateway.domain import routes
from gateway.domain.numbers import parse_e164

few = settings(max_examples=60, deadline=None)


@few
@given(st.from_regex(URL_FORM, fullmatch=True))
def test_described_addresses_are_taken(text: str) -> None:
    if len(text) <= MAX_URL:
        assert Url().deserialize(text) == text.strip()


@pytest.mark.parametrize("word", ROUTE_TYPES)
@few
@given(data=st.data())
def test_described_route_values_are_taken(word: str, data: Any) -> None:
    text = data.draw(st.from_regex(VALUE_FORMS[word], fullmatch=True))
    if len(text) <= 253:
        assert routes.columns(ROUTE_TYPES[word], text)


@few
@given(st.from_regex(NUMBER_FORM["pattern"], fullmatch=True))
def test_described_numbers_are_taken(text: str) -> None:
    assert parse_e164(text.strip()).startswith("+1")


@pytest.mark.parametrize(
    "text",
    [
        "http://a",
        "HTTPS://App.Example.com./x?y=ж#z",
        "https://user:pa%20ss@app.example.com:8443/hook",
        "http://[2001:db8::1]:8080/hook",
        "http://127.0.0.1:80",
        " http://app.example.com\n",
        "http://app_1.example.com:/x",
    ],
)
def test_addresses_that_are_taken(text: str) -> None:
    assert Url().deserialize(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "http:///x",
        "app.example.com",
        "ftp://app.example.com",
        "http://a b",
        "http://a/b c",
        "http://a*b",
        "http://a..b",
        "http://ex ample.com",
        "http://a:0",
        "http://a:65536",
        "http://a:x",
        "http://[::1",
        "http://[::x]",
        "http://[::1]:0",
        "http://[::1]:65536",
        "http://[::1]/a b",
        "http://a/\x00",
        "http://a/\ud800",
        5,
        ["http://a"],
    ],
)
def test_addresses_that_are_refused(text: Any) -> None:
    with pytest.raises(ValidationError):
        Url().deserialize(text)


FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0001-01-01T10:49:48+20:39", FIRST),
        ("0001-01-01T00:00:00Z", FIRST),
        ("9999-12-31T23:59:59-01:00", LAST),
        ("2026-03-01T12:00:00+01:00", datetime(2026, 3, 1, 11, tzinfo=UTC)),
    ],
)
def test_ranges_end_with_time_itself(text: str, moment: datetime) -> None:
    assert Bound().deserialize(text) == moment


def test_a_bare_last_day_is_whole() -> None:
    assert End().deserialize("9999-12-31") == LAST


@pytest.mark.parametrize(
    "text", ["0001-02-29T00:00:00+20:00", "0001", "9999-13-01", "2026-02-30", "", "soon", 5]
)
def test_dates_that_are_none(text: Any) -> None:
    with pytest.raises(ValidationError):
        Bound().deserialize(text)


@pytest.mark.parametrize("text", ["-0.0000000001", "1000000.0000000001", "-1", "x", "NaN", "inf"])
def test_costs_out_of_bounds(text: str) -> None:
    with pytest.raises(ValidationError):
        Cost().deserialize(text)


@pytest.mark.parametrize(
    ("text", "nano"), [("0", 0), ("3.25", 3_250_000_000), ("$1000000", 10**15)]
)
def test_costs(text: str, nano: int) -> None:
    assert Cost().deserialize(text) == nano
