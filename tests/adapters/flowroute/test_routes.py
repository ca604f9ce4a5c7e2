"""Routes: making, listing, changing and deleting them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.flowroute.cases import OWN, route
from tests.support.contract import ContractClient


def listed(client: ContractClient, query: str = "") -> list[tuple[str, str]]:
    data = client.get(f"/v2/routes?{query}").json["data"]
    return [(item["id"], item["attributes"]["route_type"]) for item in data]


@pytest.mark.parametrize(
    ("route_type", "value", "shown"),
    [
        ("host", "sip.example.com", "sip.example.com"),
        ("host", "SIP.Example.com:5080", "sip.example.com:5080"),
        ("host", "192.0.2.7:5060", "192.0.2.7:5060"),
        ("number", "16476998778", "16476998778"),
        ("number", "+16476998778", "16476998778"),
        ("uri", "sip:alice@example.com", "sip:alice@example.com"),
        ("uri", "sips:a@example.com:5061;transport=tls;weight=3",
         "sips:a@example.com:5061;transport=tls;weight=3"),
        ("sip-reg", "desk42", "desk42"),
    ],
)  # fmt: skip
def test_create(client: ContractClient, route_type: str, value: str, shown: str) -> None:
    response = client.post("/v2/routes", json=route(route_type=route_type, value=value))
    assert response.status_code == 201
    link = {"self": "http://localhost/v2/routes/4"}
    assert response.json == {
        "data": {
            "attributes": {
                "alias": "new",
                "route_type": route_type,
                "value": shown,
                "edge_strategy_id": None,
            },
            "id": "4",
            "links": link,
            "type": "route",
        },
        "links": link,
    }
    assert ("4", route_type) in listed(client)


def test_the_built_in_route_is_first_and_pages_hold(client: ContractClient) -> None:
    everything = [("0", "sip-reg"), ("1", "host"), ("3", "uri")]
    assert listed(client) == everything
    assert listed(client, "limit=2") == everything[:2]
    assert listed(client, "limit=2&offset=2") == everything[2:]
    links = client.get("/v2/routes?limit=2&route_type=host").json["links"]
    assert links == {"self": "http://localhost/v2/routes?route_type=host&limit=2&offset=0"}


@pytest.mark.parametrize(
    ("kind", "ids"), [("host", ["1"]), ("uri", ["3"]), ("number", []), ("sip-reg", ["0"])]
)
def test_route_type_filter(client: ContractClient, kind: str, ids: list[str]) -> None:
    assert [id for id, _ in listed(client, f"route_type={kind}")] == ids


@pytest.mark.parametrize("member", ["edge_strategy_id", "edge_strategy"])
def test_edge_strategies(client: ContractClient, member: str) -> None:
    offered = client.get("/v2/routes/edge_strategies").json["data"]
    assert [item["id"] for item in offered] == [1, 2, 3]
    assert all(item["attributes"]["name"] for item in offered)
    made = client.post("/v2/routes", json=route(**{member: "2"})).json
    assert made["data"]["attributes"]["edge_strategy_id"] == 2


def test_update(client: ContractClient) -> None:
    body: Any = {"data": {"attributes": {"alias": "moved"}}}
    changed = client.patch("/v2/routes/1", json=body)
    assert changed.status_code == 200
    assert changed.json["data"]["attributes"]["alias"] == "moved"
    assert changed.json["data"]["attributes"]["value"] == "office.example.com"
    body = {
        "data": {"type": "route", "attributes": {"route_type": "number", "value": "16476998778"}}
    }
    changed = client.patch("/v2/routes/1", json=body)
    assert changed.json["data"]["attributes"]["route_type"] == "number"
    assert changed.json["data"]["attributes"]["value"] == "16476998778"
    same = client.patch("/v2/routes/1", json={"data": {"attributes": {"alias": "moved"}}})
    assert same.status_code == 200


def test_delete(client: ContractClient) -> None:
    assert client.delete("/v2/routes/3").status_code == 204
    assert client.delete("/v2/routes/3").status_code == 404
    refused = client.delete("/v2/routes/1")
    assert refused.status_code == 403
    body = {"data": {"type": "route", "id": "0"}}
    client.patch(f"/v2/numbers/{OWN}/relationships/primary_route", json=body)
    assert client.delete("/v2/routes/1").status_code == 204
    assert [id for id, _ in listed(client)] == ["0"]
