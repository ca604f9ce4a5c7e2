"""Own numbers: lists, details, changes, routing and callbacks; and giving them up."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.flowroute import words
from gateway.domain.context import Context
from gateway.services import hooks
from tests.adapters.flowroute.cases import OWN, STOCK
from tests.support.contract import ContractClient

ALL = ["12065550100", "12065550101", "18005550102", "883510000000091"]
SECOND = "12065550101"
CALLBACK = "https://customer.example/in"


def names(response: Any) -> list[str]:
    return [item["id"] for item in response.json["data"]]


def relationship(client: ContractClient, which: str, number: str = OWN) -> Any:
    return client.get(f"/v2/numbers/{number}").json["data"]["relationships"][which]["data"]


@pytest.mark.parametrize(
    ("query", "found", "echo"),
    [
        ("", ALL, ""),
        ("starts_with=1206", ALL[:2], "starts_with=1206&"),
        ("starts_with=206", ALL[:2], "starts_with=1206&"),
        ("starts_with=%2B1206", ALL[:2], "starts_with=1206&"),
        ("starts_with=%2B8835", ALL[3:], "starts_with=%2B8835&"),
        ("starts_with=+8835", ALL[3:], "starts_with=%2B8835&"),
        ("starts_with=1", ALL[:3], "starts_with=1&"),
        ("contains=0555010", ALL[2:3], "contains=0555010&"),
        ("contains=550101", ALL[1:2], "contains=550101&"),
        ("contains=5501", ALL[:3], "contains=5501&"),
        ("ends_with=01", ALL[1:2], "ends_with=01&"),
        ("ends_with=00&starts_with=1206&contains=555", ALL[:1],
         "contains=555&ends_with=00&starts_with=1206&"),
        ("alias=front%20desk", ALL[:1], "alias=front%20desk&"),
        ("alias=Front%20desk", [], "alias=Front%20desk&"),
        ("colour=blue", ALL, ""),
    ],
)  # fmt: skip
def test_filters(client: ContractClient, query: str, found: list[str], echo: str) -> None:
    response = client.get(f"/v2/numbers?{query}")
    assert names(response) == found
    self = response.json["links"]["self"]
    assert self == f"http://localhost/v2/numbers?{echo}limit=10&offset=0"


def test_pages(client: ContractClient) -> None:
    base = "http://localhost/v2/numbers?limit=3&offset="
    first = client.get("/v2/numbers?limit=3")
    assert names(first) == ALL[:3]
    assert first.json["links"] == {"self": f"{base}0", "next": f"{base}3"}
    last = client.get(first.json["links"]["next"])
    assert names(last) == ALL[3:]
    assert last.json["links"] == {"self": f"{base}3"}
    assert names(client.get("/v2/numbers?offset=99&limit=200")) == []
    assert "next" not in client.get("/v2/numbers?limit=4").json["links"]


def test_list_items_have_no_relationships(client: ContractClient) -> None:
    assert client.get("/v2/numbers?limit=1").json["data"] == [
        {
            "attributes": {
                "alias": "front desk",
                "cnam_lookups_enabled": False,
                "number_type": "standard",
                "rate_center": "seattle",
                "state": "wa",
                "value": int(OWN),
            },
            "id": OWN,
            "links": {"self": f"http://localhost/v2/numbers/{OWN}"},
            "type": "number",
        }
    ]


def test_kinds_of_numbers(client: ContractClient) -> None:
    kinds = [item["attributes"]["number_type"] for item in client.get("/v2/numbers").json["data"]]
    assert kinds == ["standard", "standard", "tollfree", "inum"]


@pytest.mark.parametrize("path", [OWN, f"+{OWN}", f"{OWN}/"])
def test_details(client: ContractClient, path: str) -> None:
    document = client.get(f"/v2/numbers/{path}").json
    assert document["data"]["relationships"] == {
        "cnam_preset": {"data": None},
        "e911_address": {"data": None},
        "failover_route": {"data": None},
        "primary_route": {"data": {"type": "route", "id": "1"}},
    }
    assert [route["id"] for route in document["included"]] == ["1"]
    assert document["links"]["self"] == f"http://localhost/v2/numbers/{OWN}"


@pytest.mark.parametrize("profile", ["observed"])
def test_observed_value_is_text(client: ContractClient, profile: str) -> None:
    assert client.get(f"/v2/numbers/{OWN}").json["data"]["attributes"]["value"] == OWN
    assert client.get("/v2/numbers/available").json["data"][0]["attributes"]["value"] == STOCK


@pytest.mark.parametrize(
    "body",
    [
        {"type": "number", "alias": "new", "cnam_lookups_enabled": "true"},
        {"data": {"type": "number", "attributes": {"alias": "new", "cnam_lookups_enabled": True}}},
    ],
    ids=["flat", "enveloped"],
)
def test_patch(client: ContractClient, body: Any) -> None:
    response = client.patch(f"/v2/numbers/{OWN}", json=body, content_type=None)
    assert response.status_code == 200
    attributes = response.json["data"]["attributes"]
    assert (attributes["alias"], attributes["cnam_lookups_enabled"]) == ("new", True)
    kept = client.patch(f"/v2/numbers/{OWN}", json={"cnam_lookups_enabled": "False"}).json
    assert kept["data"]["attributes"]["alias"] == "new"
    assert kept["data"]["attributes"]["cnam_lookups_enabled"] is False
    cleared = client.patch(f"/v2/numbers/{OWN}", json={"alias": None}).json
    assert cleared["data"]["attributes"]["alias"] is None
    assert client.patch(f"/v2/numbers/{OWN}", json={}).status_code == 200


def test_an_alias_may_be_used_twice(client: ContractClient) -> None:
    for number in (OWN, SECOND):
        client.patch(f"/v2/numbers/{number}", json={"alias": "same"})
    assert names(client.get("/v2/numbers?alias=same")) == [OWN, SECOND]


def test_patching_the_callback_sets_the_numbers_hooks(
    client: ContractClient, context: Context
) -> None:
    client.patch(f"/v2/numbers/{OWN}", json={"messaging_callback_url": CALLBACK})
    for purpose in ("sms", "mms"):
        assert hooks.find(context, purpose, number=f"+{OWN}").url == CALLBACK
    client.patch(f"/v2/numbers/{OWN}", json={"messaging_callback_url": None})
    assert hooks.find(context, "sms", number=f"+{OWN}") is None


def test_routing(client: ContractClient) -> None:
    base = f"/v2/numbers/{OWN}/relationships"
    for which, id in (("primary_route", "3"), ("failover_route", "1")):
        body = {"data": {"type": "route", "id": id}}
        assert client.patch(f"{base}/{which}", json=body, content_type=None).status_code == 204
        assert relationship(client, which) == {"type": "route", "id": id}
    included = client.get(f"/v2/numbers/{OWN}").json["included"]
    assert [route["id"] for route in included] == ["3", "1"]
    assert client.delete(f"{base}/failover_route").status_code == 204
    assert relationship(client, "failover_route") is None
    assert client.patch(f"{base}/failover_route", json={"data": {"id": 1}}).status_code == 204
    assert client.patch(f"{base}/failover_route", json={"data": None}).status_code == 204
    assert relationship(client, "failover_route") is None


def test_no_primary_route_means_the_best_of_the_trunk(client: ContractClient) -> None:
    base = f"/v2/numbers/{OWN}/relationships/primary_route"
    client.patch(base, json={"data": {"id": "3"}})
    assert client.delete(base).status_code == 204
    assert relationship(client, "primary_route") == {"type": "route", "id": "1"}
    assert relationship(client, "primary_route", SECOND) is None


def test_the_built_in_route_can_be_chosen_before_it_exists(client: ContractClient) -> None:
    body = {"data": {"type": "route", "id": "0"}}
    path = f"/v2/numbers/{SECOND}/relationships/primary_route"
    assert client.patch(path, json=body).status_code == 204
    document = client.get(f"/v2/numbers/{SECOND}").json
    assert document["data"]["relationships"]["primary_route"]["data"]["id"] == "0"
    assert document["included"][0]["attributes"] == {
        "alias": "sip-reg",
        "route_type": "sip-reg",
        "value": None,
        "edge_strategy_id": None,
    }


@pytest.mark.parametrize(("callback", "purpose"), words.CALLBACKS.items())
def test_number_callbacks(
    client: ContractClient, context: Context, callback: str, purpose: str
) -> None:
    path = f"/v2/numbers/{OWN}/relationships/{callback}"
    for body in (
        {"callback_url": "https://customer.example/1"},
        {"data": {"attributes": {"callback_url": CALLBACK}}},
    ):
        assert client.post(path, json=body).status_code == 204
    assert hooks.find(context, purpose, number=f"+{OWN}").url == CALLBACK
    assert hooks.find(context, purpose) is None
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_a_number_from_the_inventory_goes_back_and_can_be_bought_again(
    client: ContractClient,
) -> None:
    bought = client.post(f"/v2/numbers/{STOCK}")
    assert bought.status_code == 201
    assert bought.json["data"]["relationships"]["primary_route"]["data"] == {
        "type": "route",
        "id": "0",
    }
    assert bought.json["data"]["relationships"]["failover_route"]["data"] is None
    assert [route["attributes"]["route_type"] for route in bought.json["included"]] == ["sip-reg"]
    assert STOCK not in names(client.get("/v2/numbers/available"))
    assert client.post(f"/v2/numbers/{STOCK}").status_code == 404
    assert client.delete(f"/v2/numbers/{STOCK}").status_code == 204
    assert client.get(f"/v2/numbers/{STOCK}").status_code == 404
    assert STOCK in names(client.get("/v2/numbers/available"))
    assert client.post(f"/v2/numbers/{STOCK}").status_code == 201


def test_any_other_number_is_gone(client: ContractClient) -> None:
    assert client.delete(f"/v2/numbers/{SECOND}").status_code == 204
    assert client.get(f"/v2/numbers/{SECOND}").status_code == 404
    assert client.delete(f"/v2/numbers/{SECOND}").status_code == 404


def test_a_purchase_may_say_more(client: ContractClient, context: Context) -> None:
    body = {"cnam_lookups_enabled": "true", "messaging_callback_url": CALLBACK}
    bought = client.post(f"/v2/numbers/{STOCK}", json=body).json
    assert bought["data"]["attributes"]["cnam_lookups_enabled"] is True
    assert hooks.find(context, "sms", number=f"+{STOCK}").url == CALLBACK
