"""One row, two dialects: what is made here reads correctly through Flowroute, and the reverse.

A change in one dialect leaves alone what only the other one shows.
"""

from __future__ import annotations

from typing import Any

import pytest

from gateway.models import Endpoint, Number, Trunk
from tests.adapters.jambonz import world
from tests.adapters.jambonz.carrier_rows import APP
from tests.support.contract import ContractClient


class Flowroute:
    """The account alpha by Flowroute's API."""

    def __init__(self, client: ContractClient) -> None:
        self.client = client.client

    def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.open(
            path, method=method, json=body, auth=("alpha", world.SECRETS["alpha"])
        )
        assert answer.status_code == status, answer.text
        return answer.json

    def routes(self) -> dict[str, tuple[str, str, Any]]:
        """Alias -> id, type and value."""
        rows = self.send("GET", "/v2/routes?limit=100")["data"]
        return {
            row["attributes"]["alias"]: (
                row["id"], row["attributes"]["route_type"], row["attributes"]["value"],
            )
            for row in rows
        }  # fmt: skip

    def number(self, e164: str) -> Any:
        return self.send("GET", f"/v2/numbers/{e164.removeprefix('+')}")["data"]


@pytest.fixture
def flowroute(client: ContractClient) -> Flowroute:
    return Flowroute(client)


@pytest.fixture
def carrier(client: ContractClient) -> str:
    body = {"name": "fastco", "tech_prefix": "99", "diversion": "+12065550188"}
    return str(client.post("/v1/VoipCarriers", json=body).json["sid"])


def gateway(client: ContractClient, carrier: str, **members: Any) -> str:
    body = {"voip_carrier_sid": carrier, **members}
    answer = client.post("/v1/SipGateways", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def route_body(alias: str, kind: str, value: str) -> dict[str, Any]:
    attributes = {"alias": alias, "route_type": kind, "value": value}
    return {"data": {"type": "route", "attributes": attributes}}


def pointer(route: str) -> dict[str, Any]:
    return {"data": {"type": "route", "id": route}}


def test_a_gateway_is_a_route(client: ContractClient, flowroute: Flowroute, carrier: str) -> None:
    gateway(client, carrier, ipv4="192.0.2.10")
    gateway(client, carrier, ipv4="sbc.fastco.example", port=5070, inbound=True)
    gateway(client, carrier, ipv4="192.0.2.11", outbound=False, inbound=True)
    shown = flowroute.routes()
    assert shown["192.0.2.10"][1:] == ("host", "192.0.2.10")
    assert shown["sbc.fastco.example:5070"][1:] == ("host", "sbc.fastco.example:5070")
    assert "192.0.2.11" not in shown
    numbers = [int(entry[0]) for entry in shown.values()]
    assert len(set(numbers)) == len(numbers)


def test_a_number_with_its_carrier_is_routed_to_the_carriers_gateway(
    client: ContractClient, flowroute: Flowroute, carrier: str
) -> None:
    gateway(client, carrier, ipv4="192.0.2.10")
    new = {"number": "+12065553501", "voip_carrier_sid": carrier}
    client.post("/v1/PhoneNumbers", json=new)
    shown = flowroute.number("+12065553501")
    assert (shown["id"], shown["attributes"]["value"]) == ("12065553501", 12065553501)
    primary = shown["relationships"]["primary_route"]["data"]["id"]
    assert primary == flowroute.routes()["192.0.2.10"][0]


def test_a_route_is_a_gateway_of_the_default_trunk(
    client: ContractClient, flowroute: Flowroute
) -> None:
    flowroute.send("POST", "/v2/routes", route_body("office", "host", "pbx.example:5080"), 201)
    flowroute.send("POST", "/v2/routes", route_body("cell", "number", "12065550199"), 201)
    (trunk,) = [t for t in client.get("/v1/VoipCarriers").json if t["name"] == "default"]
    assert trunk["account_sid"] == world.ALPHA
    path = f"/v1/SipGateways?voip_carrier_sid={trunk['voip_carrier_sid']}"
    (shown,) = client.get(path).json
    assert (shown["ipv4"], shown["port"], shown["netmask"]) == ("pbx.example", 5080, 32)
    assert (shown["inbound"], shown["outbound"], shown["is_active"]) == (False, True, True)


def test_a_bought_number_is_a_phone_number(client: ContractClient, flowroute: Flowroute) -> None:
    flowroute.send("POST", "/v2/numbers/12065553004", status=201)
    (shown,) = [n for n in client.get("/v1/PhoneNumbers").json if n["number"] == "+12065553004"]
    trunk = Trunk.get(Trunk.uid == shown["voip_carrier_sid"])
    assert (trunk.name, trunk.is_auto) == ("default", True)
    assert (shown["account_sid"], shown["application_sid"]) == (world.ALPHA, None)
    assert client.delete(f"/v1/PhoneNumbers/{shown['phone_number_sid']}").status_code == 204
    found = flowroute.send("GET", "/v2/numbers/available?starts_with=12065553004")["data"]
    assert [row["id"] for row in found] == ["12065553004"]


def test_a_number_made_here_out_of_the_stock_is_no_longer_for_sale(
    client: ContractClient, flowroute: Flowroute, carrier: str
) -> None:
    new = {"number": "+12065553004", "voip_carrier_sid": carrier}
    sid = client.post("/v1/PhoneNumbers", json=new).json["sid"]
    assert flowroute.send("GET", "/v2/numbers/available?starts_with=12065553004")["data"] == []
    flowroute.send("DELETE", "/v2/numbers/12065553004", status=204)
    assert client.get(f"/v1/PhoneNumbers/{sid}").status_code == 404


def test_changes_here_leave_what_flowroute_shows(
    client: ContractClient, flowroute: Flowroute
) -> None:
    made = route_body("office", "host", "pbx.example")
    made["data"]["attributes"]["edge_strategy_id"] = 2
    number = flowroute.send("POST", "/v2/routes", made, 201)["data"]["id"]
    flowroute.send("POST", "/v2/numbers/12065553004", status=201)
    flowroute.send("PATCH", "/v2/numbers/12065553004", {"data": {"type": "number",
                   "attributes": {"alias": "desk", "cnam_lookups_enabled": True}}})  # fmt: skip
    relation = "/v2/numbers/12065553004/relationships/primary_route"
    flowroute.send("PATCH", relation, pointer(number), 204)
    row = Endpoint.get(Endpoint.route_number == int(number), Endpoint.account == world.ALPHA)

    path = f"/v1/SipGateways/{row.uid}"
    shown = client.get(path).json
    assert client.put(path, json={**shown, "netmask": 30, "inbound": True}).status_code == 204
    after = flowroute.send("GET", "/v2/routes?limit=100")["data"]
    (kept,) = [r["attributes"] for r in after if r["id"] == number]
    assert kept == {"alias": "office", "route_type": "host", "value": "pbx.example",
                    "edge_strategy_id": 2}  # fmt: skip

    sid = str(Number.get(Number.e164 == "+12065553004").uid)
    shown = client.get(f"/v1/PhoneNumbers/{sid}").json
    assert client.put(f"/v1/PhoneNumbers/{sid}", json=shown).status_code == 204
    kept = Number.get(Number.uid == sid)
    assert (kept.alias, kept.cnam_lookup, kept.handling) == ("desk", True, "endpoint")
    changed = {**shown, "application_sid": APP}
    assert client.put(f"/v1/PhoneNumbers/{sid}", json=changed).status_code == 204
    assert Number.get(Number.uid == sid).handling == "application"
    primary = flowroute.number("+12065553004")["relationships"]["primary_route"]
    assert primary["data"]["id"] == number


def test_changes_there_leave_what_is_shown_here(
    client: ContractClient, flowroute: Flowroute, carrier: str
) -> None:
    members = {"ipv4": "sbc.example", "port": 5070, "netmask": 30, "inbound": True}
    sid = gateway(client, carrier, **members, is_active=False)
    number = flowroute.routes()["sbc.example:5070"][0]
    flowroute.send("PATCH", f"/v2/routes/{number}",
                   {"data": {"type": "route", "attributes": {"alias": "renamed"}}})  # fmt: skip
    shown = client.get(f"/v1/SipGateways/{sid}").json
    assert {name: shown[name] for name in members} == members
    assert (shown["is_active"], shown["outbound"]) == (False, True)

    new = {"number": "+12065553501", "voip_carrier_sid": carrier, "application_sid": APP}
    made = client.post("/v1/PhoneNumbers", json=new).json["sid"]
    relation = "/v2/numbers/12065553501/relationships/primary_route"
    flowroute.send("PATCH", relation, pointer(number), 204)
    shown = client.get(f"/v1/PhoneNumbers/{made}").json
    assert (shown["application_sid"], shown["voip_carrier_sid"]) == (APP, carrier)
    assert Number.get(Number.uid == made).handling == "endpoint"
    trunk = client.get(f"/v1/VoipCarriers/{carrier}").json
    assert (trunk["tech_prefix"], trunk["diversion"]) == ("99", "+12065550188")


def test_a_gateway_that_numbers_use_goes_here_and_not_there(
    client: ContractClient, flowroute: Flowroute, carrier: str
) -> None:
    sid = gateway(client, carrier, ipv4="192.0.2.10")
    number = flowroute.routes()["192.0.2.10"][0]
    client.post("/v1/PhoneNumbers", json={"number": "+12065553501", "voip_carrier_sid": carrier})
    relation = "/v2/numbers/12065553501/relationships/primary_route"
    flowroute.send("PATCH", relation, pointer(number), 204)
    flowroute.send("DELETE", f"/v2/routes/{number}", status=403)
    assert client.delete(f"/v1/SipGateways/{sid}").status_code == 204
    shown = flowroute.number("+12065553501")["relationships"]
    assert shown["primary_route"].get("data") is None
