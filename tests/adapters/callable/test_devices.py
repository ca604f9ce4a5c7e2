"""Flow devices: every type made, read, replaced and removed; what they refer to; who may not go."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.flows import TYPES
from gateway.models import Endpoint, FlowNode, FlowReference, Number
from gateway.services import sealing
from gateway.universe import Universe
from tests.adapters.callable import world
from tests.adapters.callable.device_rows import (
    BODIES,
    FOREIGN,
    GATEWAY,
    SPOKEN,
    START,
    device,
)
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

ALL = f"{world.BASE}/device"
SAY = {"type": "SAY", "name": "owners say", "say": {"text": "Hello"}}
DDIS = [world.hex24(uid) for uid in (world.DDI, world.SPARE_DDI)]


@pytest.fixture(autouse=True)
def entered(universe: Universe) -> Any:
    with universe.entered():
        yield


def read(client: ContractClient, path: str) -> Any:
    return client.get(path).json


def made(client: ContractClient, body: dict[str, Any]) -> str:
    """The path of a new device."""
    answer: Any = client.post(ALL, json=body)
    assert answer.status_code == 201, (body, answer.text)
    assert answer.headers["Location"].endswith(f"{ALL}/{answer.json['id']}")
    return f"{ALL}/{answer.json['id']}"


def refused(answer: Any, status: int, message: str, *errors: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.json["messages"] == [message]
    assert answer.json["errors"] == list(errors)


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def start(*ddis: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "ROUTE_START", "name": "owners start",
        "startRoute": {"ddis": list(ddis), "connectTo": SPOKEN}, **more,
    }  # fmt: skip


def number(uid: str) -> tuple[str | None, str]:
    row: Any = Number.get(Number.uid == uid)
    return (row.flow_node_uid and str(row.flow_node_uid)), str(row.handling)


# what is sent and what is answered


def test_every_type_comes_back_as_it_was_sent(client: ContractClient) -> None:
    assert {type_: {shape.body} for type_, shape in TYPES.items()} == {
        type_: set(body) for type_, body in BODIES.items()
    }
    for extension, type_ in enumerate(BODIES, 603):
        one = made(client, device(type_))
        answer = read(client, one)
        assert answer == {**device(type_), "id": id_of(one), "extension": str(extension)}
        assert client.put(one, json=answer).status_code == 204
        assert read(client, one) == answer
    listed = read(client, ALL)
    assert [row["extension"] for row in listed] == [str(n) for n in range(600, 625)]
    assert listed[-1] == answer


def test_what_is_left_out_has_its_default(client: ContractClient) -> None:
    exits = dict.fromkeys(("onComplete", "onFail", "onNoAnswer", "onBusy"), "HANGUP")
    leg = {
        "ringTime": 180, "maxCallTime": 14400, "record": False, "present": "pass-through",
        "countryCode": None, **exits,
    }  # fmt: skip
    expected: dict[str, Any] = {
        "ROUTE_START": ({"ddis": [DDIS[1]]}, {"connectTo": "HANGUP"}),
        "SIP_GATEWAY": ({"trunks": [world.TRUNK]}, leg),
        "CLIENT": ({"username": "u", "onFail": None}, {**leg, "dnisRouter": None}),
        "OUTBOUND_OVERRIDE": ({}, {**leg, "strip": 0, "prepend": None}),
        "ZONE_ROUTER": ({}, {"options": [], "connectTo": "HANGUP"}),
        "NUMBER_PLAN": (
            {"maxDigits": None},
            {
                "text": None, "timeout": 10, "finishOnKey": "#", "maxDigits": 1, "options": [],
                "connectTo": "HANGUP",
            },
        ),
        "VOICEMAIL": (
            {},
            {
                "text": None, "finishOnKey": "#", "emailRecipients": [], "timeout": 20,
                "maxLength": 30, "transcribe": False, "playBeep": True, "connectTo": "HANGUP",
            },
        ),
        "PLUGIN": (
            {"plugin": world.HOOK},
            {"data": None, "onTransfer": "HANGUP", "onError": "HANGUP", **exits},
        ),
    }  # fmt: skip
    for type_, (given, default) in expected.items():
        (name,) = BODIES[type_]
        one = made(client, {"type": type_, "name": "n", name: given})
        sent = {member: value for member, value in given.items() if value is not None}
        assert read(client, one)[name] == {**default, **sent}


def test_the_word_for_the_end_is_read_in_any_case(client: ContractClient) -> None:
    one = made(client, {**SAY, "say": {"text": "x", "connectTo": "hangUp"}})
    assert read(client, one)["say"]["connectTo"] == "HANGUP"


def test_a_password_is_kept_sealed_and_never_answered(client: ContractClient) -> None:
    body = device("CLIENT")
    one = made(client, {**body, "client": {**body["client"], "password": "client-secret"}})

    def stored() -> dict[str, Any]:
        config: dict[str, Any] = FlowNode.get(FlowNode.uid == id_of(one)).config
        return config

    assert "client-secret" not in str(stored())
    assert sealing.opened(stored())["password"] == "client-secret"
    answer = client.get(one)
    assert "password" not in answer.text
    assert "secret" not in answer.text
    first = stored()
    assert client.put(one, json=answer.json).status_code == 204
    assert stored() == first
    change = {**body, "client": {**body["client"], "password": "another-secret"}}
    assert client.put(one, json=change).status_code == 204
    assert sealing.opened(stored())["password"] == "another-secret"
    assert client.put(one, json=SAY).status_code == 204
    assert "password" not in stored()


def test_the_path_decides_and_the_hidden_priority_is_kept(client: ContractClient) -> None:
    body = {**SAY, "id": GATEWAY, "extension": "700", "priority": 3}
    one = made(client, body)
    assert read(client, one) == {
        "id": id_of(one), "type": "SAY", "name": "owners say", "extension": "700",
        "say": {"text": "Hello", "connectTo": "HANGUP"},
    }  # fmt: skip
    assert FlowNode.get(FlowNode.uid == id_of(one)).extras == {"callable": {"priority": 3}}
    assert client.put(one, json={**SAY, "id": GATEWAY}).status_code == 204
    assert read(client, one)["extension"] == "700"
    assert FlowNode.get(FlowNode.uid == id_of(one)).extras == {"callable": {}}


def test_a_type_may_change_with_its_body(client: ContractClient) -> None:
    one = f"{ALL}/{START}"
    assert client.put(one, json=SAY).status_code == 204
    assert read(client, one)["say"] == {"text": "Hello", "connectTo": "HANGUP"}
    assert number(world.DDI) == (None, "none")
    assert not FlowReference.select().where(FlowReference.flow_node == START).exists()


def test_a_type_stays_where_another_device_needs_it(client: ContractClient) -> None:
    """A SIP extension's gateway is a SIP_GATEWAY; where any device can stand the type is free."""
    extension = made(client, device("SIP"))
    with nothing_changes():
        refused(
            client.put(f"{ALL}/{GATEWAY}", json=device("SAY")), 409, "In use",
            f"{id_of(extension)}: owners sip, sipExtension.gateway",
        )  # fmt: skip
        refused(
            client.put(f"{ALL}/{GATEWAY}", json=device("SIP")), 400, "Validation Error",
            "sipExtension.gateway: must be a SIP_GATEWAY",
        )  # fmt: skip
    assert client.put(f"{ALL}/{GATEWAY}", json=device("SIP_GATEWAY")).status_code == 204
    assert client.put(f"{ALL}/{SPOKEN}", json=device("REMOTE")).status_code == 204
    assert client.delete(extension).status_code == 204
    assert client.put(f"{ALL}/{GATEWAY}", json=device("SAY")).status_code == 204


@pytest.mark.parametrize("profile", ["strict"])
def test_strictly_there_is_no_delete_and_no_unknown_member(client: ContractClient) -> None:
    assert client.client.delete(f"{ALL}/{START}", headers=client.headers).status_code == 405
    refused(client.post(ALL, json={**SAY, "extra": 1}), 400, "Validation Error",
            "extra: is not known")  # fmt: skip


# extensions and numbers


def test_extensions_are_the_lowest_free_from_600_and_unique(client: ContractClient) -> None:
    taken = made(client, {**SAY, "extension": "604"})
    assert [read(client, made(client, SAY))["extension"] for _ in "12"] == ["603", "605"]
    with nothing_changes():
        for answer in (
            client.post(ALL, json={**SAY, "extension": "601"}),
            client.put(taken, json={**SAY, "extension": "601"}),
        ):
            refused(answer, 400, "Not Unique", "extension: is taken")
    assert client.delete(f"{ALL}/{START}").status_code == 204
    assert read(client, made(client, SAY))["extension"] == "600"


def test_numbers_say_where_their_calls_start(client: ContractClient) -> None:
    assert number(world.DDI) == (START, "flow")
    one = made(client, start(DDIS[1]))
    assert number(world.SPARE_DDI) == (id_of(one), "flow")
    with nothing_changes():
        answers: Any = (
            client.post(ALL, json=start(*DDIS)),
            client.put(one, json=start(DDIS[1], DDIS[0])),
        )
        for answer in answers:
            assert answer.status_code == 400
            assert answer.json["messages"] == ["Not Unique"]
            assert all("starts another flow" in error for error in answer.json["errors"])
    assert client.put(f"{ALL}/{START}", json=SAY).status_code == 204
    assert client.put(one, json=start(*DDIS)).status_code == 204
    assert read(client, one)["startRoute"]["ddis"] == DDIS
    assert client.put(one, json=start(*reversed(DDIS))).status_code == 204
    assert read(client, one)["startRoute"]["ddis"] == DDIS[::-1]
    Number.update(handling="endpoint").where(Number.uid == world.DDI).execute()
    assert read(client, one)["startRoute"]["ddis"] == DDIS[::-1]
    assert client.delete(one).status_code == 204
    assert number(world.DDI) == (None, "endpoint")
    assert number(world.SPARE_DDI) == (None, "none")


def test_many_numbers_cost_no_more_statements_than_few(
    client: ContractClient, counted: Any
) -> None:
    ddis = [{"name": f"4416329602{place:02}"} for place in range(12)]
    answer: Any = client.post(f"{world.BASE}/ddi", json={"ddis": ddis})
    assert answer.status_code == 201
    names = [one["id"] for one in answer.json]
    costs = []
    for some in (names[:2], names[2:]):
        body = start(*some)
        with counted() as said:
            assert client.put(f"{ALL}/{START}", json=body).status_code == 204
        costs.append(len(said))
    assert costs[0] == costs[1]
    assert read(client, f"{ALL}/{START}")["startRoute"]["ddis"] == names[2:]


def test_a_gateway_has_calls_sent_to_its_trunks(client: ContractClient) -> None:
    before = Endpoint.get(Endpoint.uid == world.SPARE_TRUNK)
    assert (before.dials, before.route_number) == (False, None)
    made(client, device("SIP_GATEWAY"))
    for uid in (world.TRUNK, world.SPARE_TRUNK):
        row: Any = Endpoint.get(Endpoint.uid == uid)
        assert (row.dials, row.admits, str(row.trunk_uid)) == (True, True, world.DEFAULT)
        assert row.route_number is not None


# references


def references(uid: str) -> dict[str, tuple[str, str]]:
    rows = FlowReference.select().where(FlowReference.flow_node == uid)
    return {row.path: (str(row.kind), str(row.target_uid)) for row in rows}


def test_every_reference_is_written_down_once(client: ContractClient) -> None:
    one = id_of(made(client, device("SIP_GATEWAY")))
    assert references(one) == {
        "trunks.0": ("endpoint", world.SPARE_TRUNK), "trunks.1": ("endpoint", world.TRUNK),
        "onFail": ("node", SPOKEN), "onNoAnswer": ("node", SPOKEN),
    }  # fmt: skip
    body = device("TIME_ROUTER")
    assert client.put(f"{ALL}/{one}", json=body).status_code == 204
    assert references(one) == {
        "timeOfDayRoutes.0.connectTo": ("node", GATEWAY), "connectTo": ("node", SPOKEN),
    }  # fmt: skip


UNKNOWN = world.uid(9, 9)
WRONG = {
    "startRoute.ddis[1]": start(DDIS[1], world.hex24(world.FOREIGN_DDI)),
    "startRoute.ddis[0]": start(world.hex24(world.SISTER_DDI)),
    "sipGateway.trunks[1]": {
        **device("SIP_GATEWAY"), "sipGateway": {"trunks": [world.TRUNK, world.FOREIGN_TRUNK]},
    },
    "sipGateway.trunks[0]": {**device("SIP_GATEWAY"), "sipGateway": {"trunks": [world.DDI]}},
    "sipGateway.onBusy": {
        **device("SIP_GATEWAY"), "sipGateway": {"trunks": [world.TRUNK], "onBusy": FOREIGN},
    },
    "sipExtension.gateway": {**device("SIP"), "sipExtension": {"gateway": UNKNOWN}},
    "huntGroup.devices[0]": {**device("HUNT_GROUP"), "huntGroup": {"devices": ["HANGUP"]}},
    "client.dnisRouter": {
        **device("CLIENT"), "client": {"username": "u", "dnisRouter": world.TRUNK},
    },
    "aniRouter.options[0].connectTo": {
        **device("ANI_ROUTER"), "aniRouter": {"options": [{"option": "1", "connectTo": "x"}]},
    },
    "plugin.plugin": {**device("PLUGIN"), "plugin": {"plugin": world.FOREIGN_HOOK}},
    "plugin.onError": {
        **device("PLUGIN"), "plugin": {"plugin": world.HOOK, "onError": world.HOOK},
    },
    "say.connectTo": {**SAY, "say": {"text": "x", "connectTo": UNKNOWN}},
}  # fmt: skip


def test_references_must_be_to_things_of_the_account(client: ContractClient) -> None:
    with nothing_changes():
        for path, body in WRONG.items():
            answers = client.post(ALL, json=body), client.put(f"{ALL}/{SPOKEN}", json=body)
            for answer in answers:
                refused(answer, 400, "Validation Error", f"{path}: unknown reference")
        plugin = {"plugin": world.EVENT_HOOK}  # a hook for events controls no call
        refused(client.post(ALL, json={**device("PLUGIN"), "plugin": plugin}), 400,
                "Validation Error", "plugin.plugin: unknown reference")  # fmt: skip
        sip = {"gateway": SPOKEN}
        refused(client.post(ALL, json={**device("SIP"), "sipExtension": sip}), 400,
                "Validation Error", "sipExtension.gateway: must be a SIP_GATEWAY")  # fmt: skip


def test_circles_are_allowed(client: ContractClient) -> None:
    first = made(client, SAY)
    second = made(client, {**SAY, "say": {"text": "x", "connectTo": id_of(first)}})
    circle = {"text": "x", "connectTo": id_of(second)}
    assert client.put(first, json={**SAY, "say": circle}).status_code == 204
    own = {"text": "x", "connectTo": id_of(second)}
    assert client.put(second, json={**SAY, "say": own}).status_code == 204
    assert client.delete(first).status_code == 204
    assert client.delete(second).status_code == 204, "a node that leads to itself may go"


# who may not go


def test_what_others_lead_to_stays_and_its_users_are_named(client: ContractClient) -> None:
    with nothing_changes():
        refused(client.delete(f"{ALL}/{SPOKEN}"), 409, "In use",
                f"{GATEWAY}: owners gateway, sipGateway.onFail")  # fmt: skip
        refused(client.delete(f"{ALL}/{GATEWAY}"), 409, "In use",
                f"{START}: owners start, startRoute.connectTo")  # fmt: skip
        refused(client.delete(f"{world.BASE}/trunk/{world.TRUNK}"), 409, "In use",
                f"{GATEWAY}: owners gateway, sipGateway.trunks.0")  # fmt: skip
    plugin = made(client, device("PLUGIN"))
    with nothing_changes():
        refused(client.delete(f"{world.BASE}/hook/{world.HOOK}"), 409, "In use",
                f"{id_of(plugin)}: owners plugin, plugin.plugin")  # fmt: skip
    assert client.delete(plugin).status_code == 204
    for path in (f"hook/{world.HOOK}", *(f"device/{uid}" for uid in (START, GATEWAY, SPOKEN)),
                 f"trunk/{world.TRUNK}"):  # fmt: skip
        assert client.delete(f"{world.BASE}/{path}").status_code == 204, path
    assert not FlowReference.select().exists()
    assert [str(row.uid) for row in FlowNode.select()] == [FOREIGN]


def test_there_is_nothing_of_others_here(client: ContractClient) -> None:
    with nothing_changes():
        for uid in (FOREIGN, UNKNOWN, world.TRUNK, "x"):
            one = f"{ALL}/{uid}"
            for answer in (client.get(one), client.put(one, json=SAY), client.delete(one)):
                refused(answer, 404, "could not find resource")
    assert FOREIGN not in client.get(ALL).text


def test_every_write_needs_its_role(connect: Any) -> None:
    voice = connect(world.VOICE_USER)
    with nothing_changes():
        for answer in (voice.post(ALL, json=SAY), voice.put(f"{ALL}/{START}", json=SAY),
                       voice.delete(f"{ALL}/{START}"), voice.get(ALL)):  # fmt: skip
            assert answer.status_code == 403
