"""Gateways: one row for both directions, the automatic list, what other dialects made; SMPP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.models import AccessList, Endpoint, Number, TrunkAccessList
from gateway.models.database import write
from gateway.services import endpoints, trunks
from gateway.settings import Settings
from gateway.workers import connectors
from tests.adapters.jambonz import world
from tests.adapters.jambonz.carrier_rows import MAIN, RANGE, REGISTRATION, SHARED_LIST
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

Connect = Callable[..., ContractClient]
Shown = dict[str, Any]


@pytest.fixture
def carrier(client: ContractClient) -> str:
    return str(client.post("/v1/VoipCarriers", json={"name": "fastco"}).json["sid"])


def make(client: ContractClient, carrier: str, kind: str = "Sip", **members: Any) -> str:
    body = {"voip_carrier_sid": carrier, "ipv4": "192.0.2.1", **members}
    answer = client.post(f"/v1/{kind}Gateways", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, sid: str, kind: str = "Sip") -> Shown:
    return dict(client.get(f"/v1/{kind}Gateways/{sid}").json)


def put(client: ContractClient, sid: str, **members: Any) -> None:
    answer = client.put(f"/v1/SipGateways/{sid}", json=members)
    assert answer.status_code == 204, answer.text


def row(sid: str) -> Any:
    return Endpoint.get(Endpoint.uid == sid)


def auto_lists(carrier: str) -> list[Any]:
    return list(AccessList.select().where(AccessList.home_trunk == carrier, AccessList.is_auto))


def test_a_gateway_with_its_address_alone(client: ContractClient, carrier: str) -> None:
    sid = make(client, carrier)
    assert read(client, sid) == {
        "sip_gateway_sid": sid,
        "voip_carrier_sid": carrier,
        "ipv4": "192.0.2.1",
        "port": 5060,
        "netmask": 32,
        "inbound": False,
        "outbound": True,
        "is_active": True,
    }
    assert (row(sid).port, row(sid).prefix_length) == (None, None)
    assert auto_lists(carrier) == []


@pytest.mark.parametrize("inbound", [False, True])
@pytest.mark.parametrize("outbound", [False, True])
def test_one_row_has_both_directions(
    client: ContractClient, carrier: str, inbound: bool, outbound: bool
) -> None:
    before = Endpoint.select().count()
    sid = make(client, carrier, inbound=inbound, outbound=outbound)
    assert Endpoint.select().count() == before + 1
    kept = row(sid)
    assert (kept.admits, kept.dials) == (inbound, outbound)
    assert (kept.access_list_uid is not None) == inbound
    assert (kept.route_number is not None) == outbound
    assert str(kept.trunk_uid) == carrier
    shown = client.get(f"/v1/SipGateways?voip_carrier_sid={carrier}").json
    assert [(g["inbound"], g["outbound"]) for g in shown] == [(inbound, outbound)]


def test_the_automatic_list_comes_with_its_first_address_and_goes_with_its_last(
    client: ContractClient, carrier: str
) -> None:
    first, second = make(client, carrier, inbound=True), make(client, carrier)
    (made,) = auto_lists(carrier)
    assert (made.name, str(made.account_uid)) == ("fastco (auto)", world.ALPHA)
    (link,) = TrunkAccessList.select().where(TrunkAccessList.access_list == made.uid)
    assert str(link.trunk_uid) == carrier
    put(client, second, inbound=True)
    assert {row(sid).access_list_uid for sid in (first, second)} == {made.uid}
    client.put(f"/v1/VoipCarriers/{carrier}", json={"name": "renamed"})
    assert [one.name for one in auto_lists(carrier)] == ["renamed (auto)"]
    put(client, first, inbound=False)
    assert len(auto_lists(carrier)) == 1
    assert client.delete(f"/v1/SipGateways/{second}").status_code == 204
    assert auto_lists(carrier) == []
    assert TrunkAccessList.select().where(TrunkAccessList.trunk == carrier).count() == 0
    assert not read(client, first)["inbound"]


def test_both_flags_may_be_off_and_come_back(client: ContractClient, carrier: str) -> None:
    sid = make(client, carrier, inbound=True)
    number = row(sid).route_number
    put(client, sid, inbound=False, outbound=False)
    assert read(client, sid)["outbound"] is False
    put(client, sid, outbound=True, inbound=True)
    assert row(sid).route_number == number
    assert read(client, sid)["inbound"] is True


def test_what_was_read_can_be_sent_back(client: ContractClient, carrier: str) -> None:
    for members in ({}, {"inbound": True, "port": 5070, "netmask": 24}, {"outbound": False}):
        sid = make(client, carrier, **members)
        with nothing_changes():
            put(client, sid, **read(client, sid))
    smpp = make(client, carrier, "Smpp")
    shown = read(client, smpp, "Smpp")
    with nothing_changes():
        assert client.put(f"/v1/SmppGateways/{smpp}", json=shown).status_code == 204


def test_a_name_made_of_the_address_is_unique_and_follows_it(
    client: ContractClient, carrier: str
) -> None:
    first, second = make(client, carrier), make(client, carrier)
    assert [row(sid).name for sid in (first, second)] == ["192.0.2.1", "192.0.2.1-2"]
    put(client, second, ipv4="Sbc.Example", port=5070)
    assert (row(second).name, row(second).address) == ("sbc.example:5070", "sbc.example")
    put(client, first, ipv4="sbc.example", port=5070)
    assert row(first).name == "sbc.example:5070-2"
    put(client, first, ipv4="192.0.2.9")
    assert row(first).name == "192.0.2.9:5070"


def test_numbers_let_go_of_a_gateway_that_goes(client: ContractClient, carrier: str) -> None:
    sid = make(client, carrier)
    new = {"number": "+12065553301", "voip_carrier_sid": carrier}
    number = client.post("/v1/PhoneNumbers", json=new).json["sid"]
    with write():
        Number.update(primary_endpoint=sid, handling="endpoint").where(
            Number.uid == number
        ).execute()
    assert client.delete(f"/v1/SipGateways/{sid}").status_code == 204
    kept = Number.get(Number.uid == number)
    assert (kept.primary_endpoint_uid, kept.handling) == (None, "trunk")


def test_a_gateway_moves_to_another_carrier_of_the_account(
    client: ContractClient, carrier: str
) -> None:
    sid = make(client, carrier, inbound=True)
    other = client.post("/v1/VoipCarriers", json={"name": "other"}).json["sid"]
    put(client, sid, voip_carrier_sid=other)
    assert read(client, sid)["voip_carrier_sid"] == other
    assert auto_lists(carrier) == []
    assert [one.name for one in auto_lists(other)] == ["other (auto)"]


def test_other_kinds_are_hidden(client: ContractClient) -> None:
    shown = client.get(f"/v1/SipGateways?voip_carrier_sid={MAIN}").json
    assert REGISTRATION not in {gateway["sip_gateway_sid"] for gateway in shown}


def test_a_range_shows_under_the_home_of_its_list(client: ContractClient) -> None:
    shown = read(client, RANGE)
    assert (shown["voip_carrier_sid"], shown["netmask"]) == (MAIN, 24)
    assert (shown["inbound"], shown["outbound"]) == (True, False)
    listed = client.get(f"/v1/SipGateways?voip_carrier_sid={MAIN}").json
    assert shown in listed


def alone() -> None:
    """Take the shared list from all trunks but its home."""
    with write():
        TrunkAccessList.delete().where(
            TrunkAccessList.access_list == SHARED_LIST, TrunkAccessList.trunk != MAIN
        ).execute()


def test_a_range_of_one_trunk_is_changed_and_outlives_its_list(client: ContractClient) -> None:
    alone()
    put(client, RANGE, netmask=25, outbound=True)
    assert (row(RANGE).prefix_length, str(row(RANGE).trunk_uid)) == (25, MAIN)
    put(client, RANGE, outbound=False, inbound=False)
    assert row(RANGE).access_list_uid is None
    assert read(client, RANGE)["voip_carrier_sid"] == MAIN
    assert AccessList.get(AccessList.uid == SHARED_LIST).name == "carriers shared"


def test_a_list_that_is_switched_off_admits_nobody(client: ContractClient, carrier: str) -> None:
    alone()
    sid = make(client, carrier, inbound=True)
    with write():
        AccessList.update(enabled=False).execute()
    for one in (sid, RANGE):
        shown = read(client, one)
        assert shown["inbound"] is False
        with nothing_changes():
            put(client, one, **shown)
    put(client, sid, inbound=True)
    assert read(client, sid)["inbound"] is True
    answer = client.put(f"/v1/SipGateways/{RANGE}", json={"inbound": True})
    assert answer.status_code == 422


def test_lists_of_gateways_are_of_one_carrier_and_of_those_who_see_it(
    connect: Connect, client: ContractClient, carrier: str
) -> None:
    sid = make(client, carrier)
    path = f"/v1/SipGateways?voip_carrier_sid={carrier}"
    for who, found in (("alpha", [sid]), ("provider", [sid]), ("admin", [sid]),
                       ("beta", []), ("rival", []), ("gamma", [])):  # fmt: skip
        assert [g["sip_gateway_sid"] for g in connect(who).get(path).json] == found
    assert client.get(f"/v1/SipGateways?voip_carrier_sid={world.NOBODY}").json == []


def test_carriers_of_a_provider_and_of_nobody_have_gateways_too(connect: Connect) -> None:
    for who in ("provider", "admin"):
        owner = connect(who)
        carrier = owner.post("/v1/VoipCarriers", json={"name": "shared"}).json["sid"]
        sids = [make(owner, carrier, inbound=True) for _ in range(2)]
        for sid in sids:
            assert row(sid).account_uid is None
            assert row(sid).route_number is None
            put(owner, sid, port=5070, inbound=False)
        assert owner.delete(f"/v1/VoipCarriers/{carrier}").status_code == 204


def test_numbered_routes_do_not_lose_what_admits(
    client: ContractClient, carrier: str, context: Any
) -> None:
    """A route that changes its place or goes leaves calls being taken from where they were."""
    moved, gone = (
        make(client, carrier, inbound=True, ipv4=ip) for ip in ("a.example", "b.example")
    )
    ctx = context()
    number = row(moved).route_number
    endpoints.update(ctx, number, {"kind": "number", "value": "12065550188"})
    endpoints.delete(ctx, row(gone).route_number)
    shown = client.get(f"/v1/SipGateways?voip_carrier_sid={carrier}").json
    assert [(g["ipv4"], g["inbound"], g["outbound"]) for g in shown] == [
        ("b.example", True, False),
        ("a.example", True, False),
    ]
    assert endpoints.get(ctx, number).kind == "number"
    assert client.get(f"/v1/SipGateways/{moved}").status_code == 404
    endpoints.update(ctx, number, {"name": "other"})
    assert endpoints.get(ctx, number).name == "other"


# SMPP


def test_an_smpp_gateway_with_its_address_alone(client: ContractClient, carrier: str) -> None:
    sid = make(client, carrier, "Smpp", ipv4="smpp.example")
    assert read(client, sid, "Smpp") == {
        "smpp_gateway_sid": sid,
        "voip_carrier_sid": carrier,
        "ipv4": "smpp.example",
        "port": 2775,
        "netmask": 32,
        "is_primary": True,
        "use_tls": False,
        "inbound": False,
        "outbound": True,
    }


def test_smpp_gateways_by_carrier_or_all(connect: Connect, carrier: str) -> None:
    client = connect("alpha")
    sid = make(client, carrier, "Smpp")
    path = "/v1/SmppGateways"
    assert [g["smpp_gateway_sid"] for g in client.get(f"{path}?voip_carrier_sid={carrier}").json] \
        == [sid]  # fmt: skip
    everything = {g["smpp_gateway_sid"] for g in client.get(path).json}
    assert sid in everything
    assert len(everything) > 1
    for who in ("beta", "gamma", "rival"):
        assert sid not in {g["smpp_gateway_sid"] for g in connect(who).get(path).json}
        assert connect(who).get(f"{path}?voip_carrier_sid={carrier}").json == []


def test_workers_notice_every_change_of_a_link(client: ContractClient, settings: Settings) -> None:
    """What a worker binds is compared with what it has bound once a second."""

    def bound() -> Any:
        return {str(uid): c for uid, c in connectors.configured(settings, {}).items()}.get(sid)

    login = {"smpp_system_id": "esme", "smpp_password": "longer than eight"}
    carrier = client.post("/v1/VoipCarriers", json={"name": "fastco", **login}).json["sid"]
    sid = make(client, carrier, "Smpp", ipv4="smpp.example", use_tls=True)
    now = bound()
    assert (now.spec.host, now.spec.port, now.spec.use_tls) == ("smpp.example", 2775, True)
    assert (now.spec.system_id, now.spec.password) == ("esme", "longer than eight")
    changes = (
        (f"/v1/SmppGateways/{sid}", {"port": 2776}),
        (f"/v1/SmppGateways/{sid}", {"ipv4": "192.0.2.7"}),
        (f"/v1/VoipCarriers/{carrier}", {"smpp_system_id": "other"}),
        (f"/v1/VoipCarriers/{carrier}", {"smpp_password": "other"}),
        (f"/v1/VoipCarriers/{carrier}", {"smpp_enquire_link_interval": 7}),
    )
    for path, body in changes:
        before = bound()
        assert client.put(path, json=body).status_code == 204
        assert bound() not in (None, before), body
    for path, body in (
        (f"/v1/SmppGateways/{sid}", "outbound"),
        (f"/v1/VoipCarriers/{carrier}", "is_active"),
    ):
        assert client.put(path, json={body: False}).status_code == 204
        assert bound() is None
        assert client.put(path, json={body: True}).status_code == 204
        assert bound() is not None
    assert client.delete(f"/v1/SmppGateways/{sid}").status_code == 204
    assert bound() is None


def test_the_default_trunk_takes_gateways(client: ContractClient, context: Any) -> None:
    ctx = context()
    trunk = trunks.default_trunk(ctx, ctx.account_uid)
    sid = make(client, str(trunk.uid))
    shown = client.get(f"/v1/SipGateways?voip_carrier_sid={trunk.uid}").json
    assert [gateway["sip_gateway_sid"] for gateway in shown] == [sid]
