"""The other end of a wire."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.seats import address, mirror

SIGNALLING = [{"address": "203.0.113.1"}, {"address": "203.0.113.2", "transport": "tls"}]
OURS = [{"address": "198.51.100.7", "port": 5070}]
TRUNK = {"uid": "t", "name": "pstn", "host_name": "pstn-1", "leading_plus": True}


@pytest.mark.parametrize(
    ("rows", "dials", "admits"),
    [
        ([{"dials": True}], False, True),
        ([{"admits": True}], True, False),
        ([{"dials": True}, {"admits": True}], True, True),
        ([{"dials": True, "admits": True}], True, True),
        ([{"dials": False, "admits": False}], True, True),
        ([], True, True),
    ],
    ids=["calls us", "is called", "both apart", "both", "neither", "no rows"],
)
def test_what_the_provider_does_we_do_the_other_way_round(
    rows: list[dict[str, Any]], dials: bool, admits: bool
) -> None:
    found = mirror(TRUNK, rows, OURS, SIGNALLING)
    assert [(one["dials"], one["admits"]) for one in found.endpoints] == [(dials, admits)] * 2
    assert [(one["dials"], one["admits"]) for one in found.theirs] == [(admits, dials)]


def test_addresses_are_of_the_other_side() -> None:
    peer = {"address": "192.0.2.99", "dials": True, "trunk_uid": "t"}
    found = mirror(TRUNK, [peer], OURS, SIGNALLING)
    assert found.trunk == {"name": "pstn", "leading_plus": True}
    assert [one["address"] for one in found.endpoints] == ["203.0.113.1", "203.0.113.2"]
    assert [one.get("transport") for one in found.endpoints] == [None, "tls"]
    assert [(one["address"], one["port"]) for one in found.theirs] == [("198.51.100.7", 5070)]


def test_both_ends_of_a_wire_agree() -> None:
    """What we dial admits us there, and what is dialled there is admitted here."""
    found = mirror(TRUNK, [{"dials": True}], OURS, SIGNALLING)
    again = mirror(found.trunk, found.endpoints, SIGNALLING, OURS)
    assert again.endpoints == found.theirs
    assert again.theirs == found.endpoints


@pytest.mark.parametrize(
    ("one", "dials", "admits"),
    [
        ({"address": "203.0.113.0", "prefix_length": 24}, False, True),
        ({"address": "sip.example.com"}, True, False),
    ],
    ids=["a range", "a name"],
)
def test_a_range_is_let_in_and_a_name_is_called(
    one: dict[str, Any], dials: bool, admits: bool
) -> None:
    (found,) = mirror(TRUNK, [], OURS, [one]).endpoints
    assert (found["dials"], found["admits"]) == (dials, admits)


def test_what_a_provider_does_not_tell_is_presumed() -> None:
    found = mirror(TRUNK, [{"dials": True}], OURS, SIGNALLING, presumed=["admits"])
    assert (found.dials, found.admits) == (True, True)
    assert {one["dials"] for one in found.endpoints} == {True}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("203.0.113.1", {"address": "203.0.113.1"}),
        (
            "SIP.example.com:5061;tls",
            {"address": "sip.example.com", "port": 5061, "transport": "tls"},
        ),
        ("203.0.113.64/26", {"address": "203.0.113.64", "prefix_length": 26}),
    ],
)
def test_addresses_as_people_write_them(text: str, columns: dict[str, Any]) -> None:
    assert address(text) == columns


@pytest.mark.parametrize(
    "text",
    ["", "a b", "x:0", "x;sctp", "x;", "x/24", "203.0.113.1/33", "203.0.113.1/", "300.1.1.1"],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        address(text)
    assert str(refused.value).startswith(f"{text}: ")
