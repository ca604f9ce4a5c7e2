"""What both ends hold of each other; the ways of each provider are in tests/moves."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.connecting import Wire, at_platform, at_provider, lacking
from gateway.domain.settling import Settled, settled

WIRE = Wire("provider", [{"address": "198.51.100.7"}], [{"address": "203.0.113.1"}])


def held(*trunks: str, **rows: Any) -> Settled:
    return settled({"trunk": [{"uid": name, "name": name} for name in trunks], **rows})


def called(address: str, priority: int, **more: Any) -> dict[str, Any]:
    own = {"uid": address, "trunk_uid": "a", "address": address, "dials": True}
    return {**own, "priority": priority, **more}


def test_trunks_of_one_name_cannot_be_told_apart() -> None:
    rows = held("a", "b")
    rows["trunk"][1]["name"] = "a"
    assert "several trunks of the provider are called a" in lacking(rows, WIRE)
    assert lacking(held("a", "b"), WIRE) == ""


def test_without_a_trunk_there_is_no_way() -> None:
    assert lacking(held(), WIRE) == "the provider has no trunk"


@pytest.mark.parametrize(
    ("before", "after"),
    [([1, 2], [2, 3]), ([1, 1], [2, 2]), ([2, 3], []), ([5], []), ([], [])],
    ids=["two in a row", "two at once", "behind already", "far behind", "none"],
)
def test_what_was_called_comes_after_the_platform(before: list[int], after: list[int]) -> None:
    endpoints = [called(f"192.0.2.{n}", priority) for n, priority in enumerate(before)]
    wanted = at_provider(held("a", endpoint=endpoints), WIRE)
    assert [row["priority"] for row in wanted["endpoint"] if row["uid"].startswith("192.")] == after


def test_what_is_switched_off_stays_where_it_is() -> None:
    rows = held("a", endpoint=[called("192.0.2.1", 1, enabled=False)])
    assert [row["address"] for row in at_provider(rows, WIRE)["endpoint"]] == ["198.51.100.7"]


def test_a_list_in_force_on_two_trunks_tells_of_both() -> None:
    """An address lives on one trunk; the other lets it in, and does not call it."""
    rows = held(
        "a", "b", access_list=[{"uid": "l", "name": "l"}],
        trunk_access_list=[
            {"uid": trunk, "trunk_uid": trunk, "access_list_uid": "l"} for trunk in "ab"
        ],
        endpoint=[called("192.0.2.1", 1, admits=True, access_list_uid="l")],
    )  # fmt: skip
    gateways = at_platform(rows, WIRE)["endpoint"]
    assert [(row["trunk_uid"], row["dials"], row["admits"]) for row in gateways] == [
        ("a", True, True), ("b", True, False),
    ]  # fmt: skip


def test_a_number_that_goes_to_the_platform_stays_as_it_is() -> None:
    rows = held(
        "a", endpoint=[called("198.51.100.7", 1), called("192.0.2.1", 2)],
        number=[{"uid": "n", "e164": "+12065550100", "trunk_uid": "a"}],
    )  # fmt: skip
    assert at_provider(rows, WIRE)["number"] == []
