"""Carriers: owners, logins, lists by scope, deleting, templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.principal import Principal, Scope
from gateway.models import (
    AccessList,
    CredentialList,
    Endpoint,
    Number,
    SipCredential,
    Trunk,
    TrunkAccessList,
    TrunkCredentialList,
)
from gateway.models.database import write
from gateway.services import bundles
from gateway.services import links as smpp_links
from gateway.universe import Universe
from tests.adapters.jambonz import world
from tests.adapters.jambonz.carrier_rows import APP, BETAS, BETAS_APP, MAIN, TWILIO
from tests.support.contract import ContractClient
from tests.support.snapshots import changed, nothing_changes, snapshot

Connect = Callable[..., ContractClient]
LOGIN = {"inbound_auth_username": "peer", "inbound_auth_password": "word"}
TELECOMS_EXCHANGE = "17479288-bb9f-421a-89d1-f4ac57af1dca"


def make(client: ContractClient, path: str = "/v1/VoipCarriers", **members: Any) -> str:
    answer = client.post(path, json={"name": "fastco", **members})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, sid: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/VoipCarriers/{sid}").json)


def test_a_carrier_with_its_name_alone_has_the_usual_values(client: ContractClient) -> None:
    shown = read(client, make(client))
    assert {k: v for k, v in shown.items() if v} == {
        "voip_carrier_sid": shown["voip_carrier_sid"],
        "name": "fastco",
        "account_sid": world.ALPHA,
        "service_provider_sid": world.PROVIDER,
        "is_active": True,
        "created_at": "2026-03-01T12:00:00.000Z",
    }
    row = Trunk.get(Trunk.uid == shown["voip_carrier_sid"])
    assert row.host_name.startswith("fastco-")


def test_names_are_not_unique_and_host_names_are(client: ContractClient) -> None:
    sids = [make(client), make(client)]
    hosts = [Trunk.get(Trunk.uid == sid).host_name for sid in sids]
    assert len(set(hosts)) == 2


def test_all_members_come_back_and_what_was_read_can_be_sent(client: ContractClient) -> None:
    from tests.adapters.jambonz.areas.carriers import WHOLE

    sid = make(client, **WHOLE, application_sid=APP)
    shown = read(client, sid)
    assert {k: shown[k] for k in WHOLE} == WHOLE
    assert shown["application_sid"] == APP
    with nothing_changes():
        assert client.put(f"/v1/VoipCarriers/{sid}", json=shown).status_code == 204


def test_secrets_are_stored_encrypted(client: ContractClient, universe: Any) -> None:
    make(client, register_password="hush-hush", smpp_password="hush-hush",
         smpp_inbound_password="hush-hush", inbound_auth_password="hush-hush")  # fmt: skip
    assert "hush-hush" not in str(snapshot())


@pytest.mark.parametrize(
    ("who", "body", "owner"),
    [
        ("alpha", {}, (world.ALPHA, world.PROVIDER)),
        ("alpha", {"account_sid": world.ALPHA}, (world.ALPHA, world.PROVIDER)),
        ("provider", {}, (None, world.PROVIDER)),
        ("provider", {"account_sid": world.BETA}, (world.BETA, world.PROVIDER)),
        ("admin", {}, (None, None)),
        ("admin", {"account_sid": world.GAMMA}, (world.GAMMA, world.RIVAL)),
        ("admin", {"service_provider_sid": world.RIVAL}, (None, world.RIVAL)),
    ],
)
def test_whose_a_carrier_is(connect: Connect, who: str, body: Any, owner: Any) -> None:
    shown = read(connect(who), make(connect(who), **body))
    assert (shown["account_sid"], shown["service_provider_sid"]) == owner


def test_lists_are_what_the_caller_can_see(connect: Connect) -> None:
    own = make(connect("alpha"))
    of_provider = make(connect("provider"))
    of_gamma = make(connect("gamma"))
    of_nobody = make(connect("admin"))

    def sids(who: str, path: str = "/v1/VoipCarriers") -> set[str]:
        return {row["voip_carrier_sid"] for row in connect(who).get(path).json}

    assert {own, MAIN} <= sids("alpha")
    assert sids("alpha") & {of_provider, of_gamma, of_nobody, BETAS} == set()
    assert {own, MAIN, BETAS, of_provider} <= sids("provider")
    assert sids("provider") & {of_gamma, of_nobody} == set()
    assert {own, of_provider, of_gamma, of_nobody} <= sids("admin")
    assert sids("admin", f"/v1/Accounts/{world.ALPHA}/VoipCarriers") == sids("alpha")
    inside = f"/v1/ServiceProviders/{world.PROVIDER}/VoipCarriers"
    assert sids("admin", inside) == sids("provider") == sids("provider", inside)


def test_a_list_costs_two_statements_however_long(
    client: ContractClient, context: Any, counted: Any
) -> None:
    from gateway.services import trunks

    for _ in range(3):
        make(client, **LOGIN)
    ctx = context()
    with counted() as said:
        assert len(trunks.search(ctx)) >= 3
    assert len(said) == 2


# the login of a carrier's peer


def test_a_login_is_a_list_with_one_credential(client: ContractClient) -> None:
    sid = make(client, **LOGIN)
    (link,) = TrunkCredentialList.select().where(TrunkCredentialList.trunk == sid)
    (made,) = CredentialList.select().where(CredentialList.uid == link.credential_list_uid)
    assert (made.name, made.is_auto, str(made.account_uid)) == ("fastco (auto)", True, world.ALPHA)
    (login,) = SipCredential.select().where(SipCredential.credential_list == made.uid)
    assert (login.username, login.password) == ("peer", "word")


def test_a_login_is_merged_and_removed(client: ContractClient) -> None:
    sid = make(client, **LOGIN)
    path = f"/v1/VoipCarriers/{sid}"

    def login() -> tuple[Any, Any]:
        shown = read(client, sid)
        return shown["inbound_auth_username"], shown["inbound_auth_password"]

    client.put(path, json={"inbound_auth_password": "other"})
    assert login() == ("peer", "other")
    client.put(path, json={"inbound_auth_username": None})
    assert login() == (None, "other")
    client.put(path, json={"name": "renamed"})
    assert login() == (None, "other")
    assert {row.name for row in CredentialList.select()} == {"renamed (auto)"}
    client.put(path, json={"inbound_auth_username": None, "inbound_auth_password": None})
    assert login() == (None, None)
    for model in (CredentialList, SipCredential, TrunkCredentialList):
        assert model.select().count() == 0


def test_lists_that_are_not_automatic_are_not_the_carriers_login(
    client: ContractClient, context: Any
) -> None:
    sid = make(client)
    row = Trunk.get(Trunk.uid == sid)
    ctx = context()
    fresh = {"created_at": ctx.runtime.now()}
    with write():
        made = CredentialList.create(uid=ctx.runtime.new_uid(), account=world.ALPHA, name="x",
                                     **fresh)  # fmt: skip
        SipCredential.create(uid=ctx.runtime.new_uid(), credential_list=made.uid, username="u",
                             **fresh)  # fmt: skip
        TrunkCredentialList.create(uid=ctx.runtime.new_uid(), trunk=row.uid,
                                   credential_list=made.uid, **fresh)  # fmt: skip
    assert read(client, sid)["inbound_auth_username"] is None
    client.put(f"/v1/VoipCarriers/{sid}", json=LOGIN)
    assert read(client, sid)["inbound_auth_username"] == "peer"
    assert client.delete(f"/v1/VoipCarriers/{sid}").status_code == 204
    assert [row.name for row in CredentialList.select()] == ["x"]


# changing


def test_a_carrier_without_members_moves_to_another_account(connect: Connect) -> None:
    provider = connect("provider")
    sid = make(provider, account_sid=world.ALPHA, application_sid=APP, **LOGIN)
    path = f"/v1/VoipCarriers/{sid}"
    refused = provider.put(path, json={"account_sid": world.BETA})
    assert (refused.status_code, refused.json["msg"]) == (
        400, "application_sid does not exist for specified account_sid",
    )  # fmt: skip
    moved = {"account_sid": world.BETA, "application_sid": BETAS_APP}
    assert provider.put(path, json=moved).status_code == 204
    assert read(connect("beta"), sid)["inbound_auth_username"] == "peer"
    assert connect("alpha").get(path).status_code == 404
    (made,) = CredentialList.select()
    assert str(made.account_uid) == world.BETA
    cleared = {"account_sid": None, "application_sid": None}
    assert provider.put(path, json=cleared).status_code == 204
    assert read(provider, sid)["account_sid"] is None


def test_an_account_cannot_give_its_carrier_away(client: ContractClient) -> None:
    sid = make(client)
    path = f"/v1/VoipCarriers/{sid}"
    assert client.put(path, json={"account_sid": world.BETA}).status_code == 400
    assert client.put(path, json={"account_sid": None}).status_code == 204
    assert read(client, sid)["account_sid"] == world.ALPHA


def test_a_masked_secret_is_kept(client: ContractClient) -> None:
    sid = make(client, register_password="word", **LOGIN)
    masked = {"register_password": "***", "inbound_auth_password": "***"}
    assert client.put(f"/v1/VoipCarriers/{sid}", json=masked).status_code == 204
    shown = read(client, sid)
    assert (shown["register_password"], shown["inbound_auth_password"]) == ("word", "word")


# deleting


def test_everything_of_a_carrier_goes_with_it(client: ContractClient) -> None:
    before = snapshot()
    sid = make(client, **LOGIN)
    for inbound in (True, False):
        body = {"voip_carrier_sid": sid, "ipv4": "192.0.2.1", "inbound": inbound}
        client.post("/v1/SipGateways", json=body)
    client.post("/v1/SmppGateways", json={"voip_carrier_sid": sid, "ipv4": "smpp.example"})
    row = Trunk.get(Trunk.uid == sid)
    with write():
        Endpoint.create(uid="ca990000-0000-4000-8000-000000000000", trunk=row.uid, name="hidden",
                        created_at=row.created_at, kind="uri", value="sip:a@b.example", dials=True,
                        account=world.ALPHA)  # fmt: skip
    assert client.delete(f"/v1/VoipCarriers/{sid}").status_code == 204
    assert changed(before, snapshot()) == []


def test_numbers_of_other_carriers_let_go_of_its_addresses(client: ContractClient) -> None:
    sid, other = make(client), make(client)
    body = {"voip_carrier_sid": sid, "ipv4": "192.0.2.1"}
    gateway = client.post("/v1/SipGateways", json=body).json["sid"]
    new = {"number": "+12065553201", "voip_carrier_sid": other}
    number = client.post("/v1/PhoneNumbers", json=new).json["sid"]
    routed = {"primary_endpoint": gateway, "failover_endpoint": gateway, "handling": "endpoint"}
    with write():
        Number.update(**routed).where(Number.uid == number).execute()
    assert client.delete(f"/v1/VoipCarriers/{sid}").status_code == 204
    row = Number.get(Number.uid == number)
    assert (row.primary_endpoint_uid, row.failover_endpoint_uid, row.handling) == (
        None, None, "trunk",
    )  # fmt: skip


def test_a_list_of_several_trunks_finds_another_home(client: ContractClient) -> None:
    first, second = make(client), make(client)
    rows = [Trunk.get(Trunk.uid == sid) for sid in (first, second)]
    at = {"created_at": rows[0].created_at}
    with write():
        made = AccessList.create(uid="ca980000-0000-4000-8000-000000000000", account=world.ALPHA,
                                 name="office", home_trunk=first, **at)  # fmt: skip
        for number, row in enumerate(rows):
            TrunkAccessList.create(uid=f"ca97000{number}-0000-4000-8000-000000000000",
                                   trunk=row.uid, access_list=made.uid, **at)  # fmt: skip
    for sid, home in ((first, rows[1].uid), (second, None)):
        assert client.delete(f"/v1/VoipCarriers/{sid}").status_code == 204
        assert AccessList.get(AccessList.uid == made.uid).home_trunk_uid == home


def test_the_default_trunk_stays_while_it_has_members(connect: Connect, context: Any) -> None:
    from gateway.services import endpoints, trunks

    beta, client = context("beta"), connect("beta")
    route = endpoints.create(beta, {"name": "office", "kind": "number", "value": "12065550199"})
    sid = trunks.default_trunk(beta, beta.account_uid).uid
    assert read(client, str(sid))["name"] == "default"
    answer = client.delete(f"/v1/VoipCarriers/{sid}")
    assert answer.status_code == 422
    endpoints.delete(beta, route.route_number)
    assert client.delete(f"/v1/VoipCarriers/{sid}").status_code == 204
    assert endpoints.search(beta)[0].is_auto


# templates


def test_a_template_is_copied_with_its_gateways(client: ContractClient) -> None:
    path = f"/v1/Accounts/{world.ALPHA}/PredefinedCarriers/{TELECOMS_EXCHANGE}"
    sids = [client.post(path).json["sid"] for _ in range(2)]
    first, second = (read(client, sid) for sid in sids)
    assert (first["name"], first["tech_prefix"]) == ("TelecomsXChange", "your-tech-prefix")
    assert second["name"].startswith("TelecomsXChange-")
    assert len(second["name"]) == len("TelecomsXChange-") + 22
    gateways = client.get(f"/v1/SipGateways?voip_carrier_sid={sids[0]}").json
    assert [(g["ipv4"], g["inbound"], g["outbound"]) for g in gateways] == [
        ("174.136.44.213", True, False),
        ("sip01.telecomsxchange.com", False, True),
    ]
    links = client.get(f"/v1/SmppGateways?voip_carrier_sid={sids[0]}").json
    assert [(g["ipv4"], g["port"], g["outbound"]) for g in links] == [
        ("smpp01.telecomsxchange.com", 2776, True),
        ("174.136.44.11", 2775, False),
        ("174.136.44.213", 2775, False),
    ]
    bound = [row.trunk.uid for row in smpp_links.configured()]
    assert UUID(sids[0]) not in bound
    login = {"smpp_system_id": "esme", "smpp_password": "word"}
    assert client.put(f"/v1/VoipCarriers/{sids[0]}", json=login).status_code == 204
    assert [row.trunk.uid for row in smpp_links.configured()] == [*bound, UUID(sids[0])]


def test_an_administrator_makes_one_for_the_owner_in_the_path(connect: Connect) -> None:
    admin = connect("admin")
    for owner, account in (
        (f"Accounts/{world.GAMMA}", world.GAMMA),
        (f"ServiceProviders/{world.RIVAL}", None),
    ):
        sid = admin.post(f"/v1/{owner}/PredefinedCarriers/{TWILIO}").json["sid"]
        shown = read(admin, sid)
        assert (shown["account_sid"], shown["service_provider_sid"]) == (account, world.RIVAL)
        assert shown["name"] == "Twilio"


def test_templates_are_everybodys(connect: Connect) -> None:
    answer = connect(None).get("/v1/PredefinedCarriers")
    assert {row["name"] for row in answer.json} == {
        "Twilio", "Voxbone", "TelecomsXChange", "Simwood", "Registration",
    }  # fmt: skip


@pytest.mark.parametrize("profile", ["observed"])
def test_observed_answers(connect: Connect, profile: str) -> None:
    client, headers = connect("alpha").client, connect("alpha").headers
    (shown,) = [
        row
        for row in client.get("/v1/VoipCarriers", headers=headers).json
        if row["voip_carrier_sid"] == MAIN
    ]
    assert (shown["is_active"], shown["requires_register"]) == (0, 0)
    gone = client.get(f"/v1/VoipCarriers/{world.NOBODY}", headers=headers)
    assert (gone.status_code, gone.data) == (404, b"")
    path = f"/v1/Accounts/{world.ALPHA}/PredefinedCarriers/{world.NOBODY}"
    gone = client.post(path, headers=headers)
    assert (gone.status_code, gone.text) == (404, "Not Found")


# ids of another server

THEIRS, UNKNOWN = "a11a5000-1111-4222-8333-444444444444", "a11a5000-1111-4222-8333-555555555555"


def test_a_carrier_goes_by_the_id_it_had_elsewhere(
    client: ContractClient, connect: Connect, universe: Universe
) -> None:
    """Imported things keep the ids that the customer's app knows."""
    sid = make(client)
    alias = {"dialect": "jambonz", "kind": "trunk", "foreign_id": THEIRS}
    bundle = {"polytrunk": 1, "aliases": [{**alias, "object": sid, "scope": world.ALPHA}]}
    bundles.load(universe.context(Principal(Scope.ADMIN)), bundle)
    assert read(client, THEIRS)["voip_carrier_sid"] == THEIRS
    assert THEIRS in {row["voip_carrier_sid"] for row in client.get("/v1/VoipCarriers").json}
    gateway = {"ipv4": "192.0.2.9", "inbound": True, "outbound": True}
    body = {"voip_carrier_sid": THEIRS, **gateway}
    assert client.post("/v1/SipGateways", json=body).status_code == 201
    (shown,) = client.get(f"/v1/SipGateways?voip_carrier_sid={THEIRS}").json
    assert shown["voip_carrier_sid"] == THEIRS
    number = {"number": "+14155550967", "voip_carrier_sid": THEIRS}
    made = client.post("/v1/PhoneNumbers", json=number).json["sid"]
    assert client.get(f"/v1/PhoneNumbers/{made}").json["voip_carrier_sid"] == THEIRS
    body["voip_carrier_sid"] = UNKNOWN
    assert client.post("/v1/SipGateways", json=body).status_code == 400
    for who in ("beta", "rival"):
        assert connect(who).get(f"/v1/VoipCarriers/{THEIRS}").status_code == 404
    client.delete(f"/v1/PhoneNumbers/{made}")
    assert client.delete(f"/v1/VoipCarriers/{THEIRS}").status_code == 204
    assert client.get(f"/v1/VoipCarriers/{THEIRS}").status_code == 404
