"""One row, three dialects: what is made here reads correctly through the others, and the reverse.

A change in one dialect leaves alone what only another one shows.
"""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.call_scripts import ANSWER
from gateway.domain.ids import CODECS
from gateway.services import call_arrivals
from gateway.universe import Universe
from gateway.workers.runner import run_due
from tests.adapters.sinch import world
from tests.adapters.sinch.world import BASE
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock

OFFICE, FREE = "+12065550100", "+12065550101"
ABROAD, NEAR = "+442071838750", "+14155550199"


def ulid(sid: str) -> str:
    """The id that Sinch shows for what jambonz shows as `sid`."""
    return CODECS["ulid"].encode(UUID(sid))


def sid(id: str) -> str:
    return str(CODECS["ulid"].decode(id))


class Sides:
    """The project alpha through each dialect; answers of Sinch are judged by its contract."""

    def __init__(self, client: ContractClient) -> None:
        self.judged = client

    def sinch(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        more = {} if body is None else {"json": body}
        answer = self.judged.open(method, f"{BASE}{path}", **more)
        assert answer.status_code == status, answer.text
        return answer.json

    def jambonz(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        return self._plain("Bearer alpha-secret", method, f"/v1{path}", body, status)

    def flowroute(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        pair = base64.b64encode(b"alpha:alpha-secret").decode()
        return self._plain(f"Basic {pair}", method, f"/v2{path}", body, status)

    def _plain(self, key: str, method: str, path: str, body: Any, status: int) -> Any:
        headers = {"Authorization": key}
        answer = self.judged.client.open(path, method=method, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def ranges(self, carrier: str) -> list[tuple[str, int]]:
        """What the access lists of a trunk let in."""
        lists = self.sinch("GET", f"/trunks/{ulid(carrier)}/accessControlLists")
        found = [
            self.sinch("GET", f"/accessControlLists/{one}/ipRanges")["ipRanges"]
            for one in lists["accessControlListIds"]
        ]
        return [(row["ipAddress"], row["range"]) for rows in found for row in rows]

    def endpoints(self, carrier: str) -> list[tuple[str, int]]:
        rows = self.sinch("GET", f"/trunks/{ulid(carrier)}/endpoints")["endpoints"]
        return [(row["address"], row["port"]) for row in rows]

    def calls(self) -> list[tuple[str, str]]:
        """Whom the calls of today went to that are over, and their results, oldest first."""
        rows = self.sinch("GET", "/calls?createTime=2026-03-01")["calls"]
        return [(row["to"], row["callResult"]) for row in reversed(rows)]


@pytest.fixture
def sides(client: ContractClient) -> Sides:
    return Sides(client)


@pytest.fixture
def carrier(sides: Sides) -> str:
    body = {"name": "fastco", "tech_prefix": "99", "diversion": "+12065550188"}
    return str(sides.jambonz("POST", "/VoipCarriers", body, 201)["sid"])


def test_a_gateway_is_an_endpoint_and_a_range(sides: Sides, carrier: str) -> None:
    new = {"voip_carrier_sid": carrier, "ipv4": "192.0.2.50", "port": 5070,
           "inbound": True, "outbound": True}  # fmt: skip
    made = sides.jambonz("POST", "/SipGateways", new, 201)["sid"]
    assert sides.endpoints(carrier) == [("192.0.2.50", 5070)]
    assert sides.ranges(carrier) == [("192.0.2.50", 32)]
    (auto,) = sides.sinch("GET", f"/trunks/{ulid(carrier)}/accessControlLists")[
        "accessControlListIds"
    ]
    assert sides.sinch("GET", f"/accessControlLists/{auto}")["name"] == "fastco (auto)"
    shown = sides.jambonz("GET", f"/SipGateways/{made}")
    sides.jambonz("PUT", f"/SipGateways/{made}", {**shown, "inbound": False}, 204)
    assert (sides.endpoints(carrier), sides.ranges(carrier)) == ([("192.0.2.50", 5070)], [])
    changed = {**shown, "inbound": True, "outbound": False, "netmask": 30, "ipv4": "192.0.2.48"}
    sides.jambonz("PUT", f"/SipGateways/{made}", changed, 204)
    assert (sides.endpoints(carrier), sides.ranges(carrier)) == ([], [("192.0.2.48", 30)])


def test_endpoints_and_ranges_are_gateways(sides: Sides) -> None:
    trunk = sides.sinch("POST", "/trunks", {"name": "new", "hostName": "brand-new"}, 201)["id"]
    body = {"name": "desk", "address": "192.0.2.60", "port": 5080, "priority": 3}
    sides.sinch("POST", f"/trunks/{trunk}/endpoints", body, 201)
    rows = [{"ipAddress": "198.51.100.64", "range": 28}]
    acl = sides.sinch("POST", "/accessControlLists", {"name": "wing", "ipRanges": rows})["id"]
    sides.sinch("POST", f"/trunks/{trunk}/accessControlLists", {"accessControlListIds": [acl]})
    assert sides.jambonz("GET", f"/VoipCarriers/{sid(trunk)}")["name"] == "new"
    found = sides.jambonz("GET", f"/SipGateways?voip_carrier_sid={sid(trunk)}")
    assert {
        (row["ipv4"], row["port"], row["netmask"], row["inbound"], row["outbound"]) for row in found
    } == {("192.0.2.60", 5080, 32, False, True), ("198.51.100.64", 5060, 28, True, False)}


def test_replacing_a_trunk_clears_what_sinch_shows_and_no_more(sides: Sides, carrier: str) -> None:
    path, own = f"/trunks/{ulid(carrier)}", f"/VoipCarriers/{carrier}"
    before = sides.jambonz("GET", own)
    host = sides.sinch("GET", path)["hostName"]
    whole = {"name": "fastco", "hostName": host, "enableCallerName": True,
             "enableCallForward": True, "callForwardNumber": NEAR}  # fmt: skip
    assert sides.sinch("PUT", path, whole)["callForwardNumber"] == NEAR
    bare = sides.sinch("PUT", path, {"name": "fastco", "hostName": host})
    assert (bare["callForwardNumber"], bare["enableCallForward"], bare["enableCallerName"]) == (
        None, False, False,
    )  # fmt: skip
    after = sides.jambonz("GET", own)
    assert (after["tech_prefix"], after["diversion"]) == ("99", "+12065550188")
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"updated_at"}
    sides.sinch("PUT", path, whole)
    sides.jambonz("PUT", own, {"tech_prefix": "77", "description": "renewed"}, 204)
    kept = sides.sinch("GET", path)
    assert {name: kept[name] for name in whole} == whole


def test_replacing_an_endpoint_leaves_what_a_gateway_has_besides(
    sides: Sides, carrier: str
) -> None:
    new = {"voip_carrier_sid": carrier, "ipv4": "192.0.2.48", "port": 5070, "netmask": 30,
           "inbound": True, "outbound": True}  # fmt: skip
    made = sides.jambonz("POST", "/SipGateways", new, 201)["sid"]
    path = f"/trunks/{ulid(carrier)}/endpoints/{ulid(made)}"
    body = {"name": "sbc", "address": "192.0.2.48", "port": 5070, "priority": 2, "enabled": True}
    sides.sinch("PUT", path, {**body, "transport": "TLS"})
    kept = sides.jambonz("GET", f"/SipGateways/{made}")
    assert {name: kept[name] for name in new} == new
    sides.sinch("PUT", path, {**body, "address": "192.0.2.52"})  # calls still come from the old one
    assert sides.endpoints(carrier) == [("192.0.2.52", 5070)]
    assert sides.ranges(carrier) == [("192.0.2.48", 30)]
    found = sides.jambonz("GET", f"/SipGateways?voip_carrier_sid={carrier}")
    assert {(row["ipv4"], row["inbound"], row["outbound"]) for row in found} == {
        ("192.0.2.52", False, True), ("192.0.2.48", True, False),
    }  # fmt: skip


def test_a_number_put_on_a_trunk_is_there_for_everybody(sides: Sides, carrier: str) -> None:
    new = {"voip_carrier_sid": carrier, "ipv4": "192.0.2.50", "outbound": True}
    sides.jambonz("POST", "/SipGateways", new, 201)
    body = {"phoneNumber": FREE, "sipTrunkId": ulid(carrier)}
    assert sides.sinch("POST", "/phoneNumbers", body, 201)["sipTrunkId"] == ulid(carrier)
    (shown,) = [row for row in sides.jambonz("GET", "/PhoneNumbers") if row["number"] == FREE]
    assert shown["voip_carrier_sid"] == carrier
    number = sides.flowroute("GET", f"/numbers/{FREE[1:]}")["data"]
    assert number["attributes"]["value"] == int(FREE[1:])
    route = number["relationships"]["primary_route"]["data"]["id"]
    routes = sides.flowroute("GET", "/routes?limit=100")["data"]
    assert {row["id"]: row["attributes"]["value"] for row in routes}[route] == "192.0.2.50"


def test_numbers_of_the_others_are_numbers_here(sides: Sides, carrier: str) -> None:
    sides.flowroute("POST", "/numbers/12065550300", status=201)
    bought = sides.sinch("GET", "/phoneNumbers/+12065550300")
    assert bought["phoneNumber"] == "+12065550300"
    made = {"number": "+12065550400", "voip_carrier_sid": carrier}
    number = sides.jambonz("POST", "/PhoneNumbers", made, 201)["sid"]
    shown = sides.sinch("GET", "/phoneNumbers/+12065550400")
    assert (shown["id"], shown["sipTrunkId"]) == (ulid(number), ulid(carrier))
    moved = {"phoneNumber": "+12065550400", "sipTrunkId": ulid(world.SPARE)}
    sides.sinch("POST", "/phoneNumbers", {**moved, "sipTrunkId": ""}, 201)
    sides.sinch("POST", "/phoneNumbers", moved, 201)
    assert sides.jambonz("GET", f"/PhoneNumbers/{number}")["voip_carrier_sid"] == world.SPARE
    on_spare = sides.sinch("GET", f"/phoneNumbers?sipTrunkId={ulid(world.SPARE)}")["phoneNumbers"]
    assert [row["phoneNumber"] for row in on_spare] == ["+12065550400"]
    sides.jambonz("DELETE", f"/PhoneNumbers/{number}", status=204)
    sides.sinch("GET", "/phoneNumbers/+12065550400", status=404)


# calls


def place(sides: Sides, to: str) -> str:
    """A call by jambonz; its sid."""
    speech = {
        f"speech_{part}": "x"
        for part in (
            "synthesis_vendor",
            "synthesis_language",
            "synthesis_voice",
            "recognizer_vendor",
            "recognizer_language",
        )
    }
    body = {"from": OFFICE, "to": {"type": "phone", "number": to},
            "call_hook": "https://app.example/call", **speech}  # fmt: skip
    return str(sides.jambonz("POST", f"/Accounts/{world.ALPHA}/Calls", body, 201)["sid"])


def state(sides: Sides, call: str) -> tuple[str, int]:
    shown = sides.jambonz("GET", f"/Accounts/{world.ALPHA}/Calls/{call}")
    return shown["call_status"], shown["sip_status"]


def arrive(universe: Universe, source: str) -> None:
    with universe.entered():
        change = {"from_number": source, "to_number": OFFICE}
        call_arrivals.arrive(universe.context(), change, ANSWER)


def test_the_rate_of_a_trunk_holds_for_calls_of_every_dialect(
    sides: Sides, universe: Universe, clock: Clock
) -> None:
    before = sides.calls()
    placed = [place(sides, NEAR) for _ in range(2)]
    arrive(universe, NEAR)
    run_due(universe, clock())
    assert [state(sides, call) for call in placed] == [("trying", 100), ("failed", 603)]
    assert sides.calls()[len(before) :] == [(NEAR, "FAILED"), (OFFICE, "FAILED")]
    clock.advance(1)
    later = place(sides, NEAR)
    run_due(universe, clock())
    assert state(sides, later)[0] == "trying"


def test_rules_block_calls_of_every_dialect(sides: Sides, universe: Universe, clock: Clock) -> None:
    before = sides.calls()
    for body in (
        {"name": "no island", "direction": "OUTBOUND", "calleeCountry": "GB"},
        {"name": "no prank", "direction": "INBOUND", "callerMatch": "1415*99"},
    ):
        sides.sinch("POST", "/callBlockingRules", body, 201)
    blocked, free = place(sides, ABROAD), place(sides, NEAR)
    run_due(universe, clock())
    assert [state(sides, call) for call in (blocked, free)] == [("failed", 403), ("trying", 100)]
    clock.advance(1)
    arrive(universe, NEAR)
    assert sides.calls()[len(before) :] == [(ABROAD, "FAILED"), (OFFICE, "FAILED")]
    rules = sides.sinch("GET", "/callBlockingRules")["callBlockingRules"]
    for rule in rules:
        sides.sinch("DELETE", f"/callBlockingRules/{rule['id']}", status=204)
    clock.advance(1)
    again = place(sides, ABROAD)
    run_due(universe, clock())
    assert state(sides, again) == ("trying", 100)
