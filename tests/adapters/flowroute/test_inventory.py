"""Numbers for sale, their area codes and exchanges."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.contract import ContractClient

SEATTLE, BELLEVUE, LA, FREE = "12065550300", "12065550301", "13105550302", "18005550303"
AVAILABLE = "/v2/numbers/available"


def names(response: Any) -> list[str]:
    return [item["id"] for item in response.json["data"]]


@pytest.mark.parametrize(
    ("query", "found", "echo"),
    [
        ("", [SEATTLE, BELLEVUE, LA, FREE], ""),
        ("starts_with=206", [SEATTLE, BELLEVUE], "starts_with=1206&"),
        ("contains=503", [SEATTLE, BELLEVUE, LA, FREE], "contains=503&"),
        ("ends_with=1", [BELLEVUE], "ends_with=1&"),
        ("state=WA", [SEATTLE, BELLEVUE], "state=wa&"),
        ("state=wa&rate_center=Bellevue", [BELLEVUE], "rate_center=bellevue&state=wa&"),
        ("rate_center=LAX", [LA], "rate_center=lax&"),
        ("rate_center=nowhere", [], "rate_center=nowhere&"),
        ("number_type=tollfree", [FREE], "number_type=tollfree&"),
        ("number_type=toll-free", [FREE], "number_type=tollfree&"),
        ("number_type=longcode", [SEATTLE, BELLEVUE, LA], "number_type=standard&"),
        ("iso_country=us", [SEATTLE, BELLEVUE, LA, FREE], "iso_country=us&"),
        ("iso_country=CA", [], "iso_country=CA&"),
        ("order_by=monthly_cost&starts_with=1", [SEATTLE, BELLEVUE, LA, FREE],
         "order_by=monthly_cost&starts_with=1&"),
        ("order_by=state&ends_with=2", [LA], "ends_with=2&order_by=state&"),
    ],
)  # fmt: skip
def test_search(client: ContractClient, query: str, found: list[str], echo: str) -> None:
    response = client.get(f"{AVAILABLE}?{query}")
    assert names(response) == found
    assert response.json["links"] == {
        "self": f"http://localhost{AVAILABLE}?{echo}limit=10&offset=0"
    }


def test_what_a_number_for_sale_shows(client: ContractClient) -> None:
    assert client.get(f"{AVAILABLE}?limit=1").json == {
        "data": [
            {
                "attributes": {
                    "monthly_cost": 1.25,
                    "number_type": "standard",
                    "rate_center": "seattle",
                    "setup_cost": 1,
                    "state": "wa",
                    "value": int(SEATTLE),
                },
                "id": SEATTLE,
                "links": {"related": f"http://localhost/v2/numbers/{SEATTLE}"},
                "type": "number",
            }
        ],
        "links": {
            "self": f"http://localhost{AVAILABLE}?limit=1&offset=0",
            "next": f"http://localhost{AVAILABLE}?limit=1&offset=1",
        },
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["206", "310", "800"]),
        ("limit=400", ["206", "310", "800"]),
        ("limit=1&offset=1", ["310"]),
        ("max_setup_cost=0", ["206"]),
        ("max_setup_cost=0.99", ["206"]),
        ("max_setup_cost=1", ["206", "800"]),
        ("max_setup_cost=3.99", ["206", "310", "800"]),
    ],
)
def test_area_codes(client: ContractClient, query: str, found: list[str]) -> None:
    response = client.get(f"{AVAILABLE}/areacodes?{query}")
    assert names(response) == found
    for item in response.json["data"]:
        assert item["type"] == "areacode"
        related = f"http://localhost{AVAILABLE}/exchanges?areacode={item['id']}"
        assert item["links"] == {"related": related}
        assert client.get(related).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["206555", "310555", "800555"]),
        ("areacode=206", ["206555"]),
        ("areacode=999", []),
        ("max_setup_cost=0", ["206555"]),
        ("areacode=310&max_setup_cost=2", []),
        ("limit=2&offset=2", ["800555"]),
    ],
)
def test_exchanges(client: ContractClient, query: str, found: list[str]) -> None:
    response = client.get(f"{AVAILABLE}/exchanges?{query}")
    assert names(response) == found
    for item in response.json["data"]:
        assert item["type"] == "exchange"
        related = f"http://localhost{AVAILABLE}?starts_with=1{item['id']}"
        assert item["links"] == {"related": related}
        assert names(client.get(related))


def test_filters_are_echoed_as_values(client: ContractClient) -> None:
    response = client.get(f"{AVAILABLE}/exchanges?areacode=206&max_setup_cost=3.250")
    assert response.json["links"]["self"] == (
        f"http://localhost{AVAILABLE}/exchanges?areacode=206&max_setup_cost=3.25&limit=10&offset=0"
    )


def test_sold_numbers_leave_all_lists(client: ContractClient) -> None:
    assert client.post(f"/v2/numbers/{LA}").status_code == 201
    assert names(client.get(f"{AVAILABLE}/areacodes")) == ["206", "800"]
    assert names(client.get(f"{AVAILABLE}/exchanges?areacode=310")) == []
