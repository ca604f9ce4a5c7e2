"""Emergency addresses and caller names with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.flowroute.schemas.records import ADDRESS_TYPES
from tests.adapters.flowroute import world
from tests.adapters.flowroute.cases import NOTHING, OWN, e911
from tests.adapters.flowroute.conftest import Clock
from tests.support.contract import ContractClient


def preset(client: ContractClient, which: str) -> Any:
    return client.get(f"/v2/numbers/{OWN}").json["data"]["relationships"][which]["data"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"country": "USA", "state": "wa"},
        {"country": "Canada", "state": "ON", "zip": "K1A 0B1"},
        {"country": "ca", "state": "qc", "zip": "h2x1y4"},
        {"zip": NOTHING, "zip_code": "98104"},
        {"address_type": None, "address_type_number": None},
    ],
    ids=["plain", "USA", "Canada", "lower case", "zip_code", "null type"],
)
def test_addresses_that_are_accepted(client: ContractClient, changes: Any) -> None:
    assert client.post("/v2/e911s/validate", json=e911(**changes)).status_code == 204
    assert client.get("/v2/e911s").json["data"] == []
    assert client.post("/v2/e911s", json=e911(**changes)).status_code == 201


@pytest.mark.parametrize("kind", ADDRESS_TYPES)
def test_kinds_of_addresses_in_any_case(client: ContractClient, kind: str) -> None:
    body = e911(address_type=kind.upper(), address_type_number="5")
    made = client.post("/v2/e911s", json=body).json
    assert made["data"]["attributes"]["address_type"] == kind


def test_there_are_22_kinds() -> None:
    assert len(set(ADDRESS_TYPES)) == 22


def test_life_of_an_address(client: ContractClient) -> None:
    made = client.post("/v2/e911s", json=e911()).json
    expected = {**e911()["data"]["attributes"], "address_type": None, "address_type_number": None}
    assert made == {
        "data": {
            "attributes": expected,
            "id": "1",
            "links": {"self": "http://localhost/v2/e911s/1"},
            "type": "e911",
        }
    }
    assert client.get("/v2/e911s/1").json == made
    changed = client.patch("/v2/e911s/1", json={"data": {"attributes": {"label": "office"}}}).json
    assert changed["data"]["attributes"] == {**expected, "label": "office"}
    whole = client.get("/v2/e911s/1").json
    assert client.patch("/v2/e911s/1", json=whole).json == whole
    misfit = client.patch("/v2/e911s/1", json={"data": {"attributes": {"country": "CA"}}})
    assert misfit.status_code == 422
    assert client.get("/v2/e911s/1").json == whole
    assert client.delete("/v2/e911s/1").status_code == 204
    assert client.get("/v2/e911s/1").status_code == 404
    assert client.post("/v2/e911s", json=e911()).json["data"]["id"] == "1"


def test_lists_of_addresses(client: ContractClient) -> None:
    for changes in ({}, {"state": "OR", "zip": "97201"}, {"state": "or", "zip": "97202"}):
        client.post("/v2/e911s", json=e911(**changes))
    assert [item["id"] for item in client.get("/v2/e911s").json["data"]] == ["1", "2", "3"]
    page = client.get("/v2/e911s?state=OR&limit=1").json
    assert [item["id"] for item in page["data"]] == ["2"]
    base = "http://localhost/v2/e911s?state=OR&limit=1&offset="
    assert page["links"] == {"self": f"{base}0", "next": f"{base}1"}
    assert [item["id"] for item in client.get(page["links"]["next"]).json["data"]] == ["3"]


@pytest.mark.parametrize("way", ["path", "body"])
def test_assigning_an_address(client: ContractClient, way: str) -> None:
    client.post("/v2/e911s", json=e911())
    base = f"/v2/numbers/{OWN}/relationships"
    if way == "path":
        assigned = client.patch(f"{base}/e911s/1", content_type=None)
    else:
        assigned = client.patch(f"{base}/e911", json={"data": {"type": "e911", "id": 1}})
    assert assigned.status_code == 204
    assert preset(client, "e911_address") == {"type": "e911", "id": "1"}
    numbers = client.get("/v2/e911s/1/relationships/numbers").json
    assert [item["id"] for item in numbers["data"]] == [OWN]
    assert client.delete("/v2/e911s/1").status_code == 403
    gone = "e911s" if way == "path" else "e911"
    assert client.delete(f"{base}/{gone}").status_code == 204
    assert preset(client, "e911_address") is None
    assert client.get("/v2/e911s/1/relationships/numbers").json["data"] == []
    assert client.delete("/v2/e911s/1").status_code == 204


@pytest.mark.parametrize("kind", ["e911s", "cnams"])
def test_records_of_others_are_unknown(
    client: ContractClient, connect: Callable[..., ContractClient], kind: str
) -> None:
    body = e911() if kind == "e911s" else {"value": "ACME"}
    assert client.post(f"/v2/{kind}", json=body).status_code == 201
    stranger = connect(auth=world.OTHER_KEY)
    assert stranger.get(f"/v2/{kind}/1").status_code == 404
    assert stranger.delete(f"/v2/{kind}/1").status_code == 404
    assert stranger.get(f"/v2/{kind}").json["data"] == []


def test_life_of_a_caller_name(client: ContractClient, clock: Clock) -> None:
    made = client.post("/v2/cnams", json={"value": "TEST, MARK"})
    assert made.status_code == 201
    assert made.json["data"] == {
        "attributes": {
            "approval_datetime": None,
            "creation_datetime": "2026-03-01T12:00:00.000Z",
            "is_approved": False,
            "rejection_reason": "",
            "value": "TEST, MARK",
        },
        "id": "1",
        "links": {"self": "http://localhost/v2/cnams/1"},
        "type": "cnam",
    }
    clock.advance(hours=48)
    shown = client.get("/v2/cnams/1").json["data"]["attributes"]
    assert shown["is_approved"] is True
    assert shown["approval_datetime"] == "2026-03-03T12:00:00.000Z"
    assert client.delete("/v2/cnams/1").status_code == 204
    assert client.get("/v2/cnams/1").status_code == 404


def test_a_caller_name_sent_as_a_form(client: ContractClient) -> None:
    form = "application/x-www-form-urlencoded"
    made = client.post("/v2/cnams", data=b"value=ACME+INC", content_type=form)
    assert made.status_code == 201
    assert made.json["data"]["attributes"]["value"] == "ACME INC"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["1", "2", "3"]),
        ("is_approved=true", ["1"]),
        ("is_approved=False", ["2", "3"]),
        ("value=acme", ["1"]),
        ("starts_with=acme", ["1", "2"]),
        ("contains=CME", ["1", "2"]),
        ("ends_with=other", ["3"]),
        ("limit=1&offset=1", ["2"]),
        ("is_approved=false&limit=1&offset=1", ["3"]),
    ],
)
def test_lists_of_caller_names(
    client: ContractClient, clock: Clock, query: str, found: list[str]
) -> None:
    client.post("/v2/cnams", json={"value": "ACME"})
    clock.advance(hours=48)
    client.post("/v2/cnams", json={"value": "ACME WEST"})
    client.post("/v2/cnams", json={"value": "ANOTHER"})
    assert [item["id"] for item in client.get(f"/v2/cnams?{query}").json["data"]] == found


@pytest.mark.parametrize("spelling", ["cnams", "cnam"])
def test_assigning_a_caller_name(client: ContractClient, spelling: str) -> None:
    client.post("/v2/cnams", json={"value": "ACME"})
    base = f"/v2/numbers/{OWN}/relationships/{spelling}"
    assigned = client.patch(f"{base}/1", content_type=None)
    assert assigned.status_code == 202
    assert assigned.json == {
        "data": {
            "attributes": {"date_created": "Sun, 01 Mar 2026 12:00:00 GMT"},
            "id": 1,
            "type": "cnam",
        }
    }
    assert preset(client, "cnam_preset") == {"type": "cnam", "id": "1"}
    assert client.delete("/v2/cnams/1").status_code == 403
    assert client.delete(base).status_code == 204
    assert preset(client, "cnam_preset") is None
    assert client.delete("/v2/cnams/1").status_code == 204
