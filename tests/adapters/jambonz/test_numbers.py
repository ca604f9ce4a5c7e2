"""Phone numbers: whose they become, the inventory, what decides where calls go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.models import Hook, Number
from gateway.models.database import write
from tests.adapters.jambonz import world
from tests.adapters.jambonz.carrier_rows import (
    APP,
    BETAS,
    BETAS_APP,
    DOOMED,
    MAIN,
    NUMBER,
    POOL,
    PROVIDERS,
    STOCK,
)
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

Connect = Callable[..., ContractClient]
PATH = "/v1/PhoneNumbers"
FRESH = "+12065553401"


def make(client: ContractClient, **members: Any) -> str:
    answer = client.post(PATH, json={"number": FRESH, "voip_carrier_sid": MAIN, **members})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, sid: str) -> dict[str, Any]:
    return dict(client.get(f"{PATH}/{sid}").json)


def put(client: ContractClient, sid: str, **members: Any) -> None:
    answer = client.put(f"{PATH}/{sid}", json=members)
    assert answer.status_code == 204, answer.text


def row(sid: str) -> Any:
    return Number.get(Number.uid == sid)


@pytest.mark.parametrize("text", [FRESH, "12065553401", "2065553401", "+1 (206) 555-3401"])
def test_a_number_is_read_in_many_forms(client: ContractClient, text: str) -> None:
    sid = make(client, number=text)
    assert read(client, sid) == {
        "phone_number_sid": sid,
        "number": FRESH,
        "voip_carrier_sid": MAIN,
        "account_sid": world.ALPHA,
        "application_sid": None,
        "service_provider_sid": world.PROVIDER,
    }
    kept = row(sid)
    assert (kept.status, kept.handling, kept.area_code) == ("owned", "none", "206")
    assert not kept.from_inventory


@pytest.mark.parametrize(
    ("who", "body", "owner"),
    [
        ("alpha", {"account_sid": world.ALPHA}, (world.ALPHA, world.PROVIDER)),
        ("provider", {"account_sid": world.ALPHA}, (world.ALPHA, world.PROVIDER)),
        ("provider", {"account_sid": world.ALPHA, "voip_carrier_sid": PROVIDERS},
         (world.ALPHA, world.PROVIDER)),
        ("provider", {"voip_carrier_sid": PROVIDERS}, (None, world.PROVIDER)),
        ("admin", {"voip_carrier_sid": PROVIDERS}, (None, world.PROVIDER)),
        ("admin", {"account_sid": world.BETA, "voip_carrier_sid": BETAS},
         (world.BETA, world.PROVIDER)),
    ],
)  # fmt: skip
def test_whose_a_number_becomes(connect: Connect, who: str, body: Any, owner: Any) -> None:
    shown = read(connect(who), make(connect(who), **body))
    assert (shown["account_sid"], shown["service_provider_sid"]) == owner


def test_a_carrier_of_nobody_leaves_an_administrator_to_name_the_account(connect: Connect) -> None:
    admin = connect("admin")
    carrier = admin.post("/v1/VoipCarriers", json={"name": "loose"}).json["sid"]
    new = {"number": FRESH, "voip_carrier_sid": carrier}
    refused = admin.post(PATH, json=new)
    assert (refused.status_code, refused.json["msg"]) == (400, "account_sid missing")
    make(admin, voip_carrier_sid=carrier, account_sid=world.ALPHA)


def test_one_provider_has_a_number_once_another_may_have_it_too(connect: Connect) -> None:
    make(connect("alpha"))
    gamma = connect("gamma")
    carrier = gamma.post("/v1/VoipCarriers", json={"name": "other"}).json["sid"]
    make(gamma, voip_carrier_sid=carrier)


def test_a_number_for_sale_is_taken_over_and_goes_back(client: ContractClient) -> None:
    assert client.get(f"{PATH}/{STOCK}").status_code == 404
    assert make(client, number="+12065553004", application_sid=APP) == STOCK
    kept = row(STOCK)
    assert (kept.status, kept.handling, kept.from_inventory) == ("owned", "application", True)
    assert (kept.setup_cost_nano, kept.assigned_at) == (1_000_000_000, world.NOW)
    assert client.delete(f"{PATH}/{STOCK}").status_code == 204
    kept = row(STOCK)
    assert (kept.status, kept.account_uid, kept.trunk_uid, kept.application_uid) == (
        "available", None, None, None,
    )  # fmt: skip
    assert client.get(f"{PATH}/{STOCK}").status_code == 404


def test_any_other_number_is_gone_with_its_hooks(client: ContractClient, context: Any) -> None:
    sid = make(client)
    with write():
        Hook.create(uid=context().runtime.new_uid(), created_at=world.NOW, account=world.ALPHA,
                    number_uid=sid, purpose="sms", url="http://a.example", dialect="x")  # fmt: skip
    assert client.delete(f"{PATH}/{sid}").status_code == 204
    assert Number.get_or_none(Number.uid == sid) is None
    assert Hook.get_or_none(Hook.number_uid == sid) is None


def test_an_application_decides_and_the_carrier_does_not(client: ContractClient) -> None:
    sid = make(client, application_sid=APP)
    assert row(sid).handling == "application"
    put(client, sid, application_sid=None)
    assert (row(sid).handling, row(sid).application_uid) == ("none", None)
    put(client, sid, application_sid=APP)
    assert row(sid).handling == "application"
    with write():
        Number.update(handling="endpoint").where(Number.uid == sid).execute()
    put(client, sid, account_sid=world.ALPHA)
    assert row(sid).handling == "endpoint"
    put(client, sid, application_sid=None)
    assert (row(sid).handling, row(sid).application_uid) == ("endpoint", None)
    put(client, sid, application_sid=APP)
    assert row(sid).handling == "application"


def test_what_was_read_can_be_sent_back(client: ContractClient) -> None:
    sid = make(client)
    with nothing_changes():
        put(client, sid, **read(client, sid))
        put(client, sid, number="12065553401")


def test_a_number_without_a_carrier_gets_one_once(client: ContractClient) -> None:
    with write():
        Number.update(trunk=None).where(Number.uid == NUMBER).execute()
    assert read(client, NUMBER)["voip_carrier_sid"] is None
    put(client, NUMBER, voip_carrier_sid=MAIN)
    assert read(client, NUMBER)["voip_carrier_sid"] == MAIN
    answer = client.put(f"{PATH}/{NUMBER}", json={"voip_carrier_sid": DOOMED})
    assert answer.status_code == 400


def test_a_number_of_the_pool_is_given_to_an_account_and_taken_back(connect: Connect) -> None:
    provider, beta = connect("provider"), connect("beta")
    put(provider, POOL, account_sid=world.BETA, application_sid=BETAS_APP)
    assert read(beta, POOL)["application_sid"] == BETAS_APP
    assert (row(POOL).handling, row(POOL).assigned_at) == ("application", world.NOW)
    put(provider, POOL, account_sid=None)
    assert beta.get(f"{PATH}/{POOL}").status_code == 404
    shown = read(provider, POOL)
    assert (shown["application_sid"], shown["voip_carrier_sid"]) == (None, PROVIDERS)
    assert row(POOL).handling == "none"


def test_another_account_gets_a_number_bare(connect: Connect, context: Any) -> None:
    sid = make(connect("alpha"), application_sid=APP)
    with write():
        Number.update(alias="desk", extras={"x": {"a": 1}}).where(Number.uid == sid).execute()
        Hook.create(uid=context().runtime.new_uid(), created_at=world.NOW, account=world.ALPHA,
                    number_uid=sid, purpose="sms", url="http://a.example", dialect="x")  # fmt: skip
    put(connect("provider"), sid, account_sid=world.BETA)
    shown = read(connect("beta"), sid)
    assert (shown["application_sid"], shown["voip_carrier_sid"]) == (None, None)
    kept = row(sid)
    assert (kept.handling, kept.alias, kept.extras) == ("none", None, {})
    assert Hook.get_or_none(Hook.number_uid == sid) is None


def test_an_account_cannot_give_its_number_away(client: ContractClient) -> None:
    sid = make(client)
    assert client.put(f"{PATH}/{sid}", json={"account_sid": world.BETA}).status_code == 400
    put(client, sid, account_sid=None)
    assert read(client, sid)["account_sid"] == world.ALPHA


def test_lists_are_what_the_caller_can_see(connect: Connect) -> None:
    own = make(connect("alpha"))

    def sids(who: str, path: str = PATH) -> set[str]:
        return {number["phone_number_sid"] for number in connect(who).get(path).json}

    assert own in sids("alpha")
    assert sids("alpha") & {POOL, STOCK} == set()
    assert {own, POOL} <= sids("provider")
    assert STOCK not in sids("admin")
    assert own not in sids("beta") | sids("rival") | sids("gamma")
    inside = f"/v1/ServiceProviders/{world.PROVIDER}/PhoneNumbers"
    assert sids("provider", inside) == sids("provider") == sids("admin", inside)


@pytest.mark.parametrize("profile", ["observed"])
def test_observed_numbers_have_no_plus(connect: Connect, profile: str) -> None:
    client, headers = connect("alpha").client, connect("alpha").headers
    shown = client.get(f"{PATH}/{NUMBER}", headers=headers).json
    assert shown["number"] == "12065553001"
    gone = client.get(f"{PATH}/{world.NOBODY}", headers=headers)
    assert (gone.status_code, gone.data) == (404, b"")
    path = f"/v1/SipGateways/{world.NOBODY}"
    gone = client.delete(path, headers=headers)
    assert (gone.status_code, gone.json) == (400, {"msg": "invalid sip_gateway_sid"})
    missing = client.get("/v1/SipGateways", headers=headers)
    assert (missing.status_code, missing.json) == (
        400, {"message": "missing voip_carrier_sid query param"},
    )  # fmt: skip
