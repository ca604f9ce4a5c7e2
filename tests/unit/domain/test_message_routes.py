"""Which messages a route is for, which of several comes first, and what refusals mean."""

from __future__ import annotations

import random
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.links import LinkChoice, order
from gateway.domain.message_routes import READERS, Match, prefixes
from gateway.domain.provider_answers import Verdict, verdict

ME, LONDON = "+12065550100", "+442071838750"


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        (Match(), True),
        (Match(from_number=ME), True),
        (Match(from_number="+12065550101"), False),
        (Match(prefix="+44"), True),
        (Match(prefix="+4420"), True),
        (Match(prefix=LONDON), True),
        (Match(prefix="+4421"), False),
        (Match(country="GB"), True),
        (Match(country="US"), False),
        (Match(from_number=ME, prefix="+44", country="GB"), True),
        (Match(from_number=ME, prefix="+44", country="US"), False),
        (Match(from_number="+12065550101", prefix="+44"), False),
    ],
    ids=str,
)
def test_a_route_takes_what_all_it_names_fits(match: Match, takes: bool) -> None:
    assert match.takes(ME, LONDON, "GB") is takes


def test_a_number_of_no_country_is_in_none() -> None:
    assert not Match(country="US").takes(ME, "+80012345678", None)
    assert Match().takes(ME, "+80012345678", None)


def test_who_knows_better_comes_first() -> None:
    best_first = [
        Match(from_number=ME, prefix="+4420"),
        Match(from_number=ME, prefix="+44", country="GB"),
        Match(from_number=ME, prefix="+44"),
        Match(from_number=ME, country="GB"),
        Match(from_number=ME),
        Match(prefix="+442071"),
        Match(prefix="+44", country="GB"),
        Match(prefix="+44"),
        Match(country="GB"),
        Match(),
    ]
    shuffled = random.Random(3).sample(best_first, len(best_first))
    assert sorted(shuffled, key=lambda match: match.rank) == best_first


def test_prefixes_are_all_beginnings() -> None:
    assert prefixes("+4420") == ["+4", "+44", "+442", "+4420"]


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.data())
def test_whoever_matches_by_prefix_is_among_the_prefixes(number: str, data: st.DataObject) -> None:
    prefix = number[: data.draw(st.integers(2, len(number)))]
    assert Match(prefix=prefix).takes(ME, number, None)
    assert prefix in prefixes(number)


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("prefix", "44", "+44"), ("prefix", " +4420 ", "+4420"), ("prefix", "0", None),
        ("prefix", "+", None), ("prefix", "44x", None), ("prefix", "1" * 16, None),
        ("country", "gb", "GB"), ("country", "GBR", None), ("country", "1A", None),
        ("from_number", "12065550100", ME), ("from_number", "joe", None),
    ],
)  # fmt: skip
def test_what_people_write(name: str, text: str, stored: str | None) -> None:
    if stored is not None:
        assert READERS[name](text) == stored
        return
    with pytest.raises(ValueError):
        READERS[name](text)


def uid(n: int) -> UUID:
    return UUID(int=n)


def test_ways_are_ordered_by_state_rank_priority_and_cost() -> None:
    choices = [
        LinkChoice(uid(1), rank=(0,), bound=False),
        LinkChoice(uid(2), rank=(1,), priority=1, cost=1),
        LinkChoice(uid(3), rank=(0,), priority=2, cost=5),
        LinkChoice(uid(4), rank=(0,), priority=2, cost=4),
        LinkChoice(uid(5), rank=(0,), priority=1, cost=9),
    ]
    assert [one.uid.int for one in order(choices, random.Random(1))] == [5, 4, 3, 2, 1]


def test_weight_shares_what_costs_the_same() -> None:
    choices = [
        LinkChoice(uid(1), weight=1, cost=7),
        LinkChoice(uid(2), weight=3, cost=7),
        LinkChoice(uid(3), weight=100, cost=8),
    ]
    rng = random.Random(5)
    first = Counter(order(choices, rng)[0].uid.int for _ in range(2000))
    assert set(first) == {1, 2}
    assert 0.70 < first[2] / 2000 < 0.80


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (302, "closed"), (400, "refused"), (401, "closed"), (402, "closed"), (403, "closed"),
        (404, "closed"), (408, "later"), (409, "later"), (410, "closed"), (413, "refused"),
        (422, "refused"), (429, "later"), (480, "refused"), (500, "later"), (502, "later"),
        (503, "later"), (504, "unknown"), (226, "unknown"),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, means: str) -> None:
    assert verdict(status) is Verdict(means)


def test_a_provider_may_mean_the_message() -> None:
    assert verdict(403, about_message=(403,)) is Verdict.REFUSED
