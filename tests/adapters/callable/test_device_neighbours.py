"""What other dialects take away from under a call flow, and flows that travel in bundles."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.ids import CODECS
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Invalid
from gateway.models import Endpoint, FlowNode, FlowReference, Number
from gateway.services import bundles, sealing
from gateway.universe import Universe
from tests.adapters.callable import device_rows, world
from tests.adapters.callable.device_rows import GATEWAY, SPOKEN, START, device
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

ALL = f"{world.BASE}/device"
SECRET = "alpha-secret"


@pytest.fixture(autouse=True)
def entered(universe: Universe) -> Any:
    with universe.entered():
        yield


def ulid(uid: str) -> str:
    return CODECS["ulid"].encode(UUID(uid))


class Others:
    """The account by the other dialects."""

    def __init__(self, client: ContractClient) -> None:
        self.client = client.client

    def delete(self, path: str, **auth: Any) -> int:
        return self.client.delete(path, **auth).status_code

    def jambonz(self, path: str) -> int:
        return self.delete(f"/v1/{path}", headers={"Authorization": f"Bearer {SECRET}"})

    def flowroute(self, path: str) -> int:
        return self.delete(f"/v2/{path}", auth=("alpha", SECRET))

    def sinch(self, path: str) -> int:
        return self.delete(f"/v1/projects/{world.ALPHA}/{path}", auth=("alpha", SECRET))


@pytest.fixture
def others(client: ContractClient) -> Others:
    return Others(client)


@pytest.fixture
def gateway(client: ContractClient) -> str:
    """A gateway with two trunks, which calls are sent to from now on."""
    trunks = {"trunks": [world.TRUNK, world.SPARE_TRUNK], "onFail": SPOKEN}
    body = {**device("SIP_GATEWAY"), "sipGateway": trunks}
    assert client.put(f"{ALL}/{GATEWAY}", json=body).status_code == 204
    return f"{ALL}/{GATEWAY}"


def trunks(client: ContractClient, gateway: str) -> tuple[Any, dict[str, str]]:
    """The gateway's trunks, and its written references to endpoints."""
    answer: Any = client.get(gateway)
    rows = FlowReference.select().where(FlowReference.flow_node == GATEWAY)
    written = {row.path: str(row.target_uid) for row in rows if row.kind == "endpoint"}
    return answer.json["sipGateway"]["trunks"], written


def test_a_trunk_that_another_dialect_removes_leaves_the_gateway(
    client: ContractClient, others: Others, gateway: str
) -> None:
    spare: Any = Endpoint.get(Endpoint.uid == world.SPARE_TRUNK)
    with nothing_changes():
        assert client.delete(f"{world.BASE}/trunk/{world.TRUNK}").status_code == 409
    assert others.jambonz(f"SipGateways/{world.TRUNK}") in (200, 204)
    assert trunks(client, gateway) == ([world.SPARE_TRUNK], {"trunks.0": world.SPARE_TRUNK})
    assert others.flowroute(f"routes/{spare.route_number}") == 204
    assert trunks(client, gateway) == ([], {})
    answer: Any = client.get(f"{world.BASE}/trunk")
    assert [row["id"] for row in answer.json] == [world.SPARE_TRUNK], "it may still call"
    config: Any = client.get(gateway)
    assert config.json["sipGateway"]["onFail"] == SPOKEN


def test_an_endpoint_that_is_no_longer_dialled_leaves_the_gateway(
    client: ContractClient, others: Others, gateway: str
) -> None:
    home = f"trunks/{ulid(world.DEFAULT)}"
    assert others.sinch(f"{home}/endpoints/{ulid(world.TRUNK)}") in (200, 204)
    assert trunks(client, gateway) == ([world.SPARE_TRUNK], {"trunks.0": world.SPARE_TRUNK})
    row: Any = Endpoint.get(Endpoint.uid == world.TRUNK)
    assert (row.dials, row.admits) == (False, True)


def test_a_number_that_is_given_up_starts_no_flow(client: ContractClient, others: Others) -> None:
    assert others.jambonz(f"PhoneNumbers/{world.DDI}") in (200, 204)
    answer: Any = client.get(f"{ALL}/{START}")
    assert answer.json["startRoute"]["ddis"] == []


def test_an_account_goes_with_its_flows(client: ContractClient, universe: Universe) -> None:
    assert client.delete(world.BASE).status_code == 204
    left: list[Any] = list(FlowNode.select())
    assert [str(row.uid) for row in left] == [device_rows.FOREIGN]


# bundles


def admin(universe: Universe) -> Any:
    return universe.context(Principal(Scope.ADMIN))


def flows(**more: Any) -> dict[str, Any]:
    """A flow in a circle whose rows name each other by words of the file."""
    return {
        "polytrunk": 1,
        "service_providers": [{"ref": "p", "name": "newcomer"}],
        "accounts": [{"ref": "a", "service_provider": "p", "name": "newcomer"}],
        "trunks": [{"ref": "t", "account": "a", "name": "t"}],
        "endpoints": [
            {"ref": "e", "account": "a", "trunk": "t", "kind": "host", "address": "192.0.2.7"}
        ],
        "flow_nodes": [
            {
                "ref": "start", "account": "a", "type": "ROUTE_START", "name": "s",
                "extension": "600", "config": {"ddis": ["n"], "connectTo": "hunt"},
            },
            {
                "ref": "hunt", "account": "a", "type": "HUNT_GROUP", "name": "h",
                "extension": "601", "config": {"devices": ["gate", "phone"], "onFail": "hunt"},
            },
            {
                "ref": "gate", "account": "a", "type": "SIP_GATEWAY", "name": "g",
                "extension": "602", "config": {"trunks": ["e"], "onFail": "start"},
            },
            {
                "ref": "phone", "account": "a", "type": "CLIENT", "name": "c",
                "extension": "603", "config": {"username": "u", "password": "client-secret"},
            },
        ],
        "numbers": [{"ref": "n", "account": "a", "e164": "+441632960500"}],
        **more,
    }  # fmt: skip


def node(extension: str) -> Any:
    number: Any = Number.get(Number.e164 == "+441632960500")
    return FlowNode.get(
        (FlowNode.extension == extension) & (FlowNode.account == number.account_uid)
    )


def test_flows_are_loaded_once_with_what_they_refer_to(universe: Universe) -> None:
    loaded = bundles.load(admin(universe), flows())
    assert (loaded.created, loaded.updated) == (9, 0)
    start, hunt, gate, phone = (node(str(n)) for n in range(600, 604))
    number: Any = Number.get(Number.e164 == "+441632960500")
    assert (number.flow_node_uid, number.handling) == (start.uid, "flow")
    assert start.config == {"ddis": [str(number.uid)], "connectTo": str(hunt.uid)}
    assert hunt.config == {"devices": [str(gate.uid), str(phone.uid)], "onFail": str(hunt.uid)}
    assert sealing.opened(phone.config)["password"] == "client-secret"
    written: Any = FlowReference.select().where(FlowReference.flow_node == gate.uid)
    assert {row.path: row.kind for row in written} == {"trunks.0": "endpoint", "onFail": "node"}
    with nothing_changes():
        again = bundles.load(admin(universe), flows())
    assert (again.created, again.updated, again.unchanged) == (0, 0, 9)
    changed = copy.deepcopy(flows())
    changed["flow_nodes"][2]["config"]["onFail"] = "HANGUP"
    again = bundles.load(admin(universe), changed)
    assert (again.created, again.updated, again.unchanged) == (0, 1, 8)
    assert [row.path for row in written.clone()] == ["trunks.0"]


@pytest.mark.parametrize("secrets", [False, True])
def test_flows_come_back_from_an_export(universe: Universe, secrets: bool) -> None:
    bundles.load(admin(universe), flows())
    account = node("600").account_uid
    export = bundles.export(admin(universe), account, secrets=secrets)
    assert ("client-secret" in str(export)) == secrets
    assert len(export["flow_nodes"]) == 4
    with nothing_changes():
        assert bundles.load(admin(universe), export).updated == 0
    rows: list[Any] = list(FlowNode.select().where(FlowNode.account == account))
    stored = {row.extension: row.config for row in rows}
    mine = FlowNode.select(FlowNode.uid).where(FlowNode.account == account)
    FlowReference.delete().where(FlowReference.flow_node.in_(mine)).execute()
    Number.delete().where(Number.account == account).execute()
    FlowNode.delete().where(FlowNode.account == account).execute()
    assert bundles.load(admin(universe), export).created == 5
    for extension in ("600", "601", "602"):
        assert node(extension).config == stored[extension]
    assert node("603").config.get("username") == "u"


def test_flows_that_name_nothing_are_refused_by_their_path(universe: Universe) -> None:
    wrong: tuple[tuple[int, Any, str], ...] = (
        (1, {"devices": ["gate", "nobody"]}, "flow_nodes[1].config.devices.1"),
        (1, {"devices": 5}, "flow_nodes[1].config"),
        (1, {"devices": [["x"]]}, "flow_nodes[1].config.devices.0"),
        (0, {"ddis": ["n"], "connectTo": 7}, "flow_nodes[0].config.connectTo"),
        (0, [], "flow_nodes[0].config"),
    )
    with nothing_changes():
        for index, config, path in wrong:
            bundle = flows()
            bundle["flow_nodes"][index]["config"] = config
            with pytest.raises(Invalid) as refused:
                bundles.load(admin(universe), bundle)
            assert list(refused.value.fields) == [path]
