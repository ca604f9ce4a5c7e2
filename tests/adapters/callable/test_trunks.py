"""Trunks: single addresses of an account, whichever dialect made them."""

from __future__ import annotations

import pytest

from gateway.domain.principal import Principal, Scope
from gateway.models import AccessList, Endpoint, Trunk
from gateway.services import bundles
from gateway.universe import Universe
from tests.adapters.callable import world
from tests.adapters.callable.samples import TRUNK
from tests.adapters.callable.world import BASE
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

TRUNKS = f"{BASE}/trunk"
USUAL = {
    "port": 5060, "vendor": "generic", "callerFormat": "national", "calledFormat": "national",
    "description": "SIP Trunk", "zone": "eu-west-1", "countryCode": "GB",
}  # fmt: skip


def listed(client: ContractClient) -> list[str]:
    return [one["ip"] for one in client.get(TRUNKS).json]


def test_a_trunk_lives(client: ContractClient) -> None:
    made = client.post(TRUNKS, json={"ip": "198.51.100.7"})
    path = f"{TRUNKS}/{made.json['id']}"
    assert (made.json.keys(), made.headers["Location"].endswith(path)) == ({"id"}, True)
    assert client.get(path).json == {"id": made.json["id"], "ip": "198.51.100.7", **USUAL}
    hidden = {"priority": 3, "monitored": True}
    assert client.put(path, json={**TRUNK, **hidden, "id": "other"}).status_code == 204
    assert client.get(path).json == {"id": made.json["id"], **TRUNK}
    row = Endpoint.get(Endpoint.uid == made.json["id"])
    assert {name: row.extras["callable"][name] for name in hidden} == hidden
    assert listed(client) == ["192.0.2.1", "192.0.2.2", TRUNK["ip"]]
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404


def test_a_replacement_forgets_what_it_does_not_say(client: ContractClient) -> None:
    made = client.post(TRUNKS, json=TRUNK).json
    path = f"{TRUNKS}/{made['id']}"
    client.put(path, json={"ip": TRUNK["ip"], "countryCode": None})
    assert client.get(path).json == {**made, "ip": TRUNK["ip"], **USUAL}


def test_codes_of_countries_are_read_in_any_case(client: ContractClient) -> None:
    made = client.post(TRUNKS, json={"ip": "198.51.100.7", "countryCode": "se"}).json
    assert client.get(f"{TRUNKS}/{made['id']}").json["countryCode"] == "SE"


def test_where_a_new_trunk_stands(client: ContractClient, universe: Universe) -> None:
    """In the default trunk, in a list of its own; calls do not go there until a flow does."""
    sister = f"/api/v1/account/{world.hex24(world.BETA)}/trunk"
    made = client.post(sister, json={"ip": "198.51.100.8"}).json["id"]
    row = Endpoint.get(Endpoint.uid == made)
    assert (row.admits, row.dials, str(row.account_uid)) == (True, False, world.BETA)
    home = Trunk.get(Trunk.uid == row.trunk_uid)
    assert (home.is_auto, home.name, str(home.account_uid)) == (True, "default", world.BETA)
    own = AccessList.get(AccessList.uid == row.access_list_uid)
    assert (own.is_auto, own.home_trunk_uid) == (True, home.uid)
    client.delete(f"{sister}/{made}")
    assert AccessList.get_or_none(AccessList.uid == own.uid) is None


def test_an_address_is_there_once(client: ContractClient) -> None:
    """Once with each port, also where no port is kept; elsewhere it may be."""
    spare = f"{TRUNKS}/{world.SPARE_TRUNK}"
    for body in ({"ip": "192.0.2.1", "port": 5062}, {"ip": "192.0.2.2"}):
        with nothing_changes():
            answer = client.post(TRUNKS, json=body)
        assert (answer.status_code, answer.json["messages"]) == (400, ["Not Unique"])
        assert answer.json["errors"][0].startswith("ip: ")
    with nothing_changes():
        answer = client.put(spare, json={"ip": "192.0.2.1", "port": 5062})
    assert (answer.status_code, answer.json["messages"]) == (400, ["Not Unique"])
    assert client.put(spare, json={"ip": "192.0.2.2"}).status_code == 204
    assert client.post(TRUNKS, json={"ip": "192.0.2.1"}).status_code == 201
    sister = f"/api/v1/account/{world.hex24(world.BETA)}/trunk"
    assert client.post(sister, json={"ip": "192.0.2.2"}).status_code == 201


def test_a_trunk_that_a_device_names_stays(client: ContractClient) -> None:
    with nothing_changes():
        answer = client.delete(f"{TRUNKS}/{world.TRUNK}")
    assert (answer.status_code, answer.json["status"]) == (409, "CONFLICT")
    assert answer.json["messages"] == ["In use"]
    assert any("owners gateway" in line for line in answer.json["errors"])
    assert client.put(f"{TRUNKS}/{world.TRUNK}", json={"ip": "192.0.2.77"}).status_code == 204


OTHERS = {
    "a jambonz gateway": ({"trunk": "plus", "dials": True, "address": "203.0.113.1"}, True),
    "a Sinch range": ({"access_list": "loose", "admits": True, "address": "203.0.113.2"}, True),
    "of 32 bits": (
        {"access_list": "loose", "admits": True, "address": "203.0.113.3", "prefix_length": 32},
        True,
    ),
    "a network": (
        {"access_list": "loose", "admits": True, "address": "203.0.113.0", "prefix_length": 24},
        False,
    ),
    "a name": ({"trunk": "plus", "dials": True, "address": "sip.example"}, False),
    "IPv6": ({"trunk": "plus", "dials": True, "address": "2001:db8::1"}, False),
    "a user": ({"trunk": "plus", "dials": True, "kind": "registration", "value": "ada"}, False),
}


@pytest.mark.parametrize("name", OTHERS)
def test_addresses_that_other_dialects_made(
    client: ContractClient, universe: Universe, name: str
) -> None:
    columns, shown = OTHERS[name]
    uid, owner = world.uid(9, 1), {"service_provider": "organisation", "account": "alpha"}
    bundle = world.bundle()
    bundle["trunks"].append(
        {**owner, "ref": "plus", "name": "plus", "host_name": "plus", "leading_plus": True}
    )
    bundle["access_lists"].append({**owner, "ref": "loose", "name": "loose"})
    bundle["endpoints"].append({**owner, "uid": uid, "name": "other", "kind": "host", **columns})
    bundles.load(universe.context(Principal(Scope.ADMIN)), bundle)
    before = Endpoint.get(Endpoint.uid == uid)
    path, found = f"{TRUNKS}/{uid}", client.get(f"{TRUNKS}/{uid}")
    assert (columns.get("address") in listed(client)) == shown
    if not shown:
        assert found.status_code == 404
        assert client.put(path, json={"ip": "203.0.113.9"}).status_code == 404
        assert client.delete(path).status_code == 404
        return
    written = "e164p" if "trunk" in columns else "national"
    assert found.json == {
        "id": uid, "ip": columns["address"], **USUAL,
        "callerFormat": written, "calledFormat": written,
    }  # fmt: skip
    assert client.put(path, json={"ip": "203.0.113.9"}).status_code == 204
    row = Endpoint.get(Endpoint.uid == uid)
    kept = ("dials", "admits", "trunk_uid", "access_list_uid", "port", "prefix_length")
    assert [getattr(row, one) for one in kept] == [getattr(before, one) for one in kept]
    assert row.address == "203.0.113.9"
    assert client.delete(path).status_code == 204
