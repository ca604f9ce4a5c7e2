"""Inventories of four dialects, brought to one form."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.holdings import Holding, Inventory, Link, Name
from gateway.domain.settling import AGAIN, auto_list, place, plain, settled

Rows = list[dict[str, Any]]


def test_references_become_the_ids_of_the_provider() -> None:
    found = plain(
        Inventory(
            "sinch",
            (
                Holding(
                    "trunks", Link.to("trunks", "T1"), {"name": "office"}, (Name("trunk", "T1"),)
                ),
                Holding(
                    "endpoints", Link.to("endpoints", "E1"),
                    {"trunk": Link.to("trunks", "T1"), "address": "192.0.2.1", "dials": True},
                ),
                Holding("endpoints", Link.to("endpoints", "E1"), {"address": "192.0.2.1"}),
            ),
        )
    )  # fmt: skip
    assert found["trunk"] == [{"uid": "T1", "name": "office"}]
    assert [row["uid"] for row in found["endpoint"]] == ["E1", f"E1{AGAIN}"]
    assert found["endpoint"][0]["trunk_uid"] == "T1"


def test_addresses_without_a_trunk_live_in_the_default_one() -> None:
    found = settled({"endpoint": [{"uid": "1", "address": "192.0.2.1", "dials": True}]})
    assert [(row["uid"], row["name"]) for row in found["trunk"]] == [("default", "default")]
    assert found["endpoint"][0]["trunk_uid"] == "default"
    assert settled({})["trunk"] == []


def test_a_gateway_that_admits_is_a_range_of_its_trunks_list() -> None:
    gateway = {"uid": "g", "trunk_uid": "t", "address": "192.0.2.1", "dials": True, "admits": True}
    found = settled({"trunk": [{"uid": "t", "name": "pstn"}], "endpoint": [gateway]})
    (known,) = found["access_list"]
    assert known["name"] == auto_list("pstn")
    assert known["ranges"] == [{"address": "192.0.2.1", "prefix_length": 32}]
    link = found["trunk_access_list"][0]
    assert (link["trunk_uid"], link["access_list_uid"]) == ("t", known["uid"])


def lists(name: str) -> dict[str, Rows]:
    return {
        "trunk": [{"uid": "t", "name": "pstn"}],
        "access_list": [{"uid": "l", "name": name}],
        "trunk_access_list": [{"uid": "x", "trunk_uid": "t", "access_list_uid": "l"}],
        "endpoint": [
            {"uid": "e", "trunk_uid": "t", "address": "192.0.2.1", "port": 5070, "dials": True},
            {"uid": "r", "access_list_uid": "l", "address": "192.0.2.1", "admits": True},
        ],
    }


@pytest.mark.parametrize(("name", "count"), [("pstn (auto)", 1), ("staff", 2)])
def test_only_a_trunks_own_list_is_joined_with_what_it_calls(name: str, count: int) -> None:
    found = settled(lists(name))
    assert len(found["endpoint"]) == count
    assert {row["trunk_uid"] for row in found["endpoint"]} == {"t"}
    assert found["access_list"][0]["ranges"] == [{"address": "192.0.2.1", "prefix_length": 32}]
    assert bool(found["endpoint"][0].get("admits")) is (count == 1)


@pytest.mark.parametrize(
    ("value", "address", "transport"),
    [
        ("sip:pbx.example:5080;transport=tls", "pbx.example", "tls"),
        ("sip:bob@pbx.example", None, None),
        ("no uri", None, None),
    ],
)
def test_a_uri_without_a_user_is_a_host(
    value: str, address: str | None, transport: str | None
) -> None:
    (row,) = settled({"endpoint": [{"uid": "1", "kind": "uri", "value": value}]})["endpoint"]
    assert (row.get("address"), row.get("transport")) == (address, transport)


def test_numbers_tell_trunk_and_addresses() -> None:
    rows: dict[str, Rows] = {
        "trunk": [{"uid": "t", "name": "pstn"}],
        "endpoint": [
            {"uid": "b", "trunk_uid": "t", "address": "192.0.2.2", "dials": True, "priority": 2},
            {"uid": "a", "trunk_uid": "t", "address": "192.0.2.1", "dials": True, "priority": 1},
            {"uid": "c", "trunk_uid": "t", "address": "192.0.2.3", "dials": True, "enabled": False},
        ],
        "number": [
            {"uid": "1", "e164": "+12065550100", "trunk_uid": "t"},
            {"uid": "2", "e164": "+12065550101", "primary_endpoint_uid": "b"},
        ],
    }  # fmt: skip
    by_trunk, by_route = settled(rows)["number"]
    assert (by_trunk["primary_endpoint_uid"], by_trunk["failover_endpoint_uid"]) == ("a", "b")
    assert (by_route["trunk_uid"], by_route.get("failover_endpoint_uid")) == ("t", None)
    assert "primary_endpoint_uid" not in rows["number"][0]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"address": "192.0.2.1"}, "192.0.2.1"),
        ({"address": "192.0.2.1", "port": 5060, "prefix_length": 32}, "192.0.2.1"),
        ({"address": "192.0.2.1", "port": 5070}, "192.0.2.1:5070"),
        ({"address": "192.0.2.0", "prefix_length": 24}, "192.0.2.0/24"),
        ({"address": "pbx.example", "transport": "tls"}, "pbx.example;tls"),
        ({"address": "pbx.example", "transport": "udp"}, "pbx.example"),
        ({"value": "bob"}, "bob"),
        ({}, "default"),
    ],
)
def test_where_an_address_is(row: dict[str, Any], text: str) -> None:
    assert place(row) == text
