"""Service providers: made by administrators, changed by themselves, gone when they are empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.models import Hook
from tests.adapters.jambonz import world
from tests.adapters.jambonz.tenancy_rows import APP
from tests.support.contract import ContractClient
from tests.support.snapshots import changed, nothing_changes, snapshot

Connect = Callable[..., ContractClient]
URL, OTHER = "https://sp.example/registered", "https://sp.example/other"
ALL, OWN = "/v1/ServiceProviders", f"/v1/ServiceProviders/{world.PROVIDER}"
observed = pytest.mark.parametrize("profile", ["observed"])


@pytest.fixture
def admin(connect: Connect) -> ContractClient:
    return connect("admin")


def make(admin: ContractClient, **members: Any) -> str:
    answer = admin.post(ALL, json={"name": "fastcomms", **members})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, sid: str) -> dict[str, Any]:
    return dict(client.get(f"{ALL}/{sid}").json)


def put(client: ContractClient, sid: str, **members: Any) -> None:
    answer = client.put(f"{ALL}/{sid}", json=members)
    assert (answer.status_code, answer.data) == (204, b""), answer.text


def test_a_provider_with_its_name_alone(admin: ContractClient) -> None:
    sid = make(admin)
    assert read(admin, sid) == {
        "service_provider_sid": sid,
        "name": "fastcomms",
        "description": None,
        "root_domain": None,
        "registration_hook": None,
        "ms_teams_fqdn": None,
        "test_number": None,
        "test_application_name": None,
        "test_application_sid": None,
    }


def test_all_members(admin: ContractClient) -> None:
    hook = {"url": URL, "method": "get", "username": "u", "password": "p"}
    whole = {
        "description": "d",
        "root_domain": "fast.example",
        "registration_hook": hook,
        "ms_teams_fqdn": "teams.example",
    }
    sid = make(admin, **whole)
    assert {name: read(admin, sid)[name] for name in whole} == whole
    tested = {"test_number": "12125550100", "test_application_name": "test"}
    put(admin, sid, **tested)
    shown = read(admin, sid)
    assert {name: shown[name] for name in {**whole, **tested}} == {**whole, **tested}


def test_the_hook_is_the_providers_own(admin: ContractClient) -> None:
    sid = make(admin, registration_hook={"url": URL})
    row = Hook.get(Hook.service_provider == sid)
    assert (row.account_uid, str(row.purpose), row.dialect) == (None, "registration", "jambonz")
    put(admin, sid, registration_hook={"webhook_sid": str(row.uid), "url": OTHER})
    assert Hook.get(Hook.uid == row.uid).url == OTHER
    put(admin, sid, description="d")
    assert read(admin, sid)["registration_hook"]["url"] == OTHER
    put(admin, sid, registration_hook=None)
    assert Hook.get_or_none(Hook.uid == row.uid) is None


@observed
def test_the_server_drops_the_hook_that_a_change_lacks(admin: ContractClient, profile: str) -> None:
    sid = make(admin, registration_hook={"url": URL})
    put(admin, sid, description="d")
    assert read(admin, sid)["registration_hook"] is None
    assert Hook.select().where(Hook.service_provider == sid).count() == 0


def test_no_provider_takes_the_hook_of_another(admin: ContractClient) -> None:
    """Not even for an administrator, who sees both."""
    sid = make(admin, registration_hook={"url": URL})
    row = Hook.get(Hook.service_provider == sid)
    with nothing_changes():
        answer = admin.put(
            OWN, json={"registration_hook": {"webhook_sid": str(row.uid), "url": OTHER}}
        )
    assert (answer.status_code, answer.json) == (400, {"msg": "unknown registration_hook"})


def test_a_hook_made_alone_becomes_the_providers(admin: ContractClient) -> None:
    hook = admin.post("/v1/Webhooks", json={"url": URL}).json["sid"]
    put(admin, world.PROVIDER, registration_hook={"webhook_sid": hook, "url": URL})
    assert str(Hook.get(Hook.uid == hook).service_provider_uid) == world.PROVIDER


def test_a_provider_reads_and_changes_itself(connect: Connect) -> None:
    own = connect("provider")
    put(own, world.PROVIDER, description="mine", test_application_sid=APP)
    shown = read(own, world.PROVIDER)
    assert (shown["description"], shown["test_application_sid"]) == ("mine", APP)
    assert [row["service_provider_sid"] for row in own.get(ALL).json] == [world.PROVIDER]
    with nothing_changes():
        put(own, world.PROVIDER, **shown)


def test_administrators_see_all_in_order(admin: ContractClient) -> None:
    names = [row["name"] for row in admin.get(ALL).json]
    assert names[:2] == ["provider", "rival"]


@pytest.mark.parametrize(("member", "value"), [("name", "rival"), ("root_domain", "sip.example")])
def test_names_and_domains_are_unique(admin: ContractClient, member: str, value: str) -> None:
    sid = make(admin)
    wanted = {"msg": f"Duplicate entry '{value}' for key '{member}'"}
    for answer in (
        admin.post(ALL, json={"name": "another", member: value}),
        admin.put(f"{ALL}/{sid}", json={member: value}),
    ):
        assert (answer.status_code, answer.json) == (422, wanted)


def test_accounts_are_told_that_they_may_not(client: ContractClient) -> None:
    paths = (ALL, OWN, f"{OWN}/Accounts", f"{OWN}/Applications", f"{OWN}/ApiKeys", f"{OWN}/Limits")
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 403
        assert answer.json["msg"] == answer.json["message"] == "insufficient privileges"


def test_an_empty_provider_goes_with_what_is_its_own(
    admin: ContractClient, connect: Connect
) -> None:
    before = snapshot()
    sid = make(admin, registration_hook={"url": URL}, root_domain="fast.example")
    token = admin.post("/v1/ApiKeys", json={"service_provider_sid": sid}).json["token"]
    own = connect({"Authorization": f"Bearer {token}"})
    own.post(f"{ALL}/{sid}/Limits", json={"category": "devices", "quantity": 1})
    carrier = own.post(f"{ALL}/{sid}/VoipCarriers", json={"name": "c"}).json["sid"]
    own.post("/v1/SmppGateways", json={"voip_carrier_sid": carrier, "ipv4": "192.0.2.9"})
    assert admin.delete(f"{ALL}/{sid}").status_code == 204
    assert changed(before, snapshot()) == []
    assert own.client.get(ALL, headers=own.headers).status_code == 401
    assert admin.delete(f"{ALL}/{sid}").status_code == 404


def test_a_provider_with_accounts_stays(admin: ContractClient) -> None:
    with nothing_changes():
        answer = admin.delete(OWN)
    assert answer.status_code == 422
    assert answer.json == {"msg": "cannot delete service provider with active accounts"}
