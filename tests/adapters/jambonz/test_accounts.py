"""Accounts: who makes and changes them, realms, secrets, hooks, their end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from gateway.domain.problems import Conflict
from gateway.models import AccessKey, Account, Hook, Limit
from gateway.models.database import connection, spawn, using
from gateway.services import accounts
from tests.adapters.jambonz import world
from tests.adapters.jambonz.tenancy_rows import APP, FOREIGN
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes, snapshot

Connect = Callable[..., ContractClient]
URL, OTHER = "https://acme.example/registered", "https://acme.example/other"
ALL, OWN = "/v1/Accounts", f"/v1/Accounts/{world.ALPHA}"
observed = pytest.mark.parametrize("profile", ["observed"])
SECRET = re.compile(r"wh_secret_[1-9A-HJ-NP-Za-km-z]{22}")


@pytest.fixture
def provider(connect: Connect) -> ContractClient:
    return connect("provider")


def make(client: ContractClient, **members: Any) -> str:
    answer = client.post(ALL, json={"name": "acme", **members})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, sid: str) -> dict[str, Any]:
    return dict(client.get(f"{ALL}/{sid}").json)


def put(client: ContractClient, sid: str, **members: Any) -> None:
    answer = client.put(f"{ALL}/{sid}", json=members)
    assert (answer.status_code, answer.data) == (204, b""), answer.text


def hooks_of(sid: str) -> dict[str, str]:
    return {str(row.purpose): row.url for row in Hook.select().where(Hook.account == sid)}


def test_an_account_with_its_name_alone(provider: ContractClient) -> None:
    sid = make(provider)
    assert read(provider, sid) == {
        "account_sid": sid,
        "name": "acme",
        "sip_realm": None,
        "registration_hook": None,
        "device_calling_application_sid": None,
        "service_provider_sid": world.PROVIDER,
        "queue_event_hook": None,
        "device_calling_hook": None,
        "is_active": True,
        "created_at": "2026-03-01T12:00:00.000Z",
    }


@observed
def test_the_server_writes_flags_as_numbers(provider: ContractClient, profile: str) -> None:
    sid = make(provider, is_active=False)
    assert read(provider, sid)["is_active"] == 0
    put(provider, sid, is_active=1)
    assert read(provider, sid)["is_active"] == 1


def test_administrators_name_the_provider(connect: Connect) -> None:
    admin = connect("admin")
    sid = make(admin, service_provider_sid=world.RIVAL)
    assert read(connect("rival"), sid)["service_provider_sid"] == world.RIVAL
    assert connect("provider").get(f"{ALL}/{sid}").status_code == 404
    answer = admin.post(ALL, json={"name": "x", "service_provider_sid": world.NOBODY})
    assert answer.json["msg"] == f"service_provider not found for sid {world.NOBODY}"


def test_names_are_not_unique(provider: ContractClient) -> None:
    assert make(provider) != make(provider)


# hooks


def test_hooks_are_shown_without_their_sids(provider: ContractClient) -> None:
    sid = make(
        provider,
        registration_hook={"url": URL, "username": "u", "password": "p"},
        queue_event_hook={"url": OTHER, "method": "get"},
        device_calling_hook={"url": URL},
    )
    shown = read(provider, sid)
    assert shown["registration_hook"] == {
        "url": URL, "method": "post", "username": "u", "password": "p",
    }  # fmt: skip
    assert shown["queue_event_hook"]["method"] == "get"
    assert hooks_of(sid) == {"registration": URL, "queue": OTHER, "device": URL}


def test_a_change_without_hooks_keeps_them(provider: ContractClient) -> None:
    sid = make(provider, registration_hook={"url": URL})
    put(provider, sid, name="renamed")
    assert read(provider, sid)["registration_hook"]["url"] == URL


@observed
def test_the_server_too_keeps_the_hooks_of_accounts(provider: ContractClient, profile: str) -> None:
    sid = make(provider, registration_hook={"url": URL})
    put(provider, sid, name="renamed")
    assert read(provider, sid)["registration_hook"]["url"] == URL


@pytest.mark.parametrize("nothing", [None, {}], ids=["null", "empty"])
def test_null_and_empty_take_a_hook_away(provider: ContractClient, nothing: Any) -> None:
    sid = make(provider, registration_hook={"url": URL}, queue_event_hook={"url": OTHER})
    put(provider, sid, registration_hook=nothing)
    assert read(provider, sid)["registration_hook"] is None
    assert hooks_of(sid) == {"queue": OTHER}


def test_another_hook_replaces_the_old_one(provider: ContractClient) -> None:
    sid = make(provider, registration_hook={"url": URL})
    put(provider, sid, registration_hook={"url": OTHER})
    assert hooks_of(sid) == {"registration": OTHER}


def test_a_hook_named_by_its_sid_is_changed_in_place(provider: ContractClient) -> None:
    sid = make(provider, registration_hook={"url": URL})
    row = Hook.get((Hook.account == sid) & (Hook.purpose == "registration"))
    put(provider, sid, registration_hook={"webhook_sid": str(row.uid), "url": OTHER})
    assert Hook.get(Hook.uid == row.uid).url == OTHER
    assert hooks_of(sid) == {"registration": OTHER}


def test_what_was_read_can_be_sent_back(provider: ContractClient) -> None:
    sid = make(provider, registration_hook={"url": URL, "username": "u"})
    with nothing_changes():
        put(provider, sid, **read(provider, sid))


def test_hooks_of_one_account_are_not_anothers(
    provider: ContractClient, client: ContractClient
) -> None:
    put(client, world.ALPHA, queue_event_hook={"url": URL})
    shown = {row["account_sid"]: row for row in provider.get(ALL).json}
    assert shown[world.ALPHA]["queue_event_hook"]["url"] == URL
    assert shown[world.BETA]["queue_event_hook"] is None


# changing


def test_an_account_changes_itself(client: ContractClient) -> None:
    put(client, world.ALPHA, name="alpha ltd", device_calling_application_sid=APP)
    shown = read(client, world.ALPHA)
    assert (shown["name"], shown["device_calling_application_sid"]) == ("alpha ltd", APP)
    put(client, world.ALPHA, device_calling_application_sid=None)
    assert read(client, world.ALPHA)["device_calling_application_sid"] is None


def test_an_application_of_another_account_rings_no_device(
    client: ContractClient, provider: ContractClient
) -> None:
    for who in (client, provider):
        answer = who.put(OWN, json={"device_calling_application_sid": FOREIGN})
        assert answer.status_code == 400
        assert "device_calling_application_sid" in answer.json["msg"]


def test_switched_off_it_opens_nothing(provider: ContractClient, client: ContractClient) -> None:
    put(provider, world.ALPHA, is_active=False)
    assert client.client.get(OWN, headers=client.headers).status_code == 401
    put(provider, world.ALPHA, is_active=True)
    assert client.get(OWN).status_code == 200


# realms


def test_an_account_sets_its_realm(client: ContractClient) -> None:
    answer = client.post(f"{OWN}/SipRealms/New.SIP.example")
    assert (answer.status_code, answer.data) == (204, b"")
    assert read(client, world.ALPHA)["sip_realm"] == "new.sip.example"
    assert client.post(f"{OWN}/SipRealms/new.sip.example").status_code == 204


def test_those_above_set_it_too(provider: ContractClient, connect: Connect) -> None:
    """The running server forgets which account the path names."""
    for who, realm in ((provider, "a.sip.example"), (connect("admin"), "b.sip.example")):
        assert who.post(f"{OWN}/SipRealms/{realm}").status_code == 204
        assert read(provider, world.ALPHA)["sip_realm"] == realm
    put(provider, world.ALPHA, sip_realm="c.sip.example")
    assert read(provider, world.ALPHA)["sip_realm"] == "c.sip.example"


@pytest.mark.parametrize(
    "realm", ["a", "a.b", "a..b", ".a.b", "a.b.", "-a.b.c", "a b.c.d", "a_b.c.d", "x" * 64 + ".b.c"]
)
def test_a_realm_is_a_name_with_two_dots(client: ContractClient, realm: str) -> None:
    answer = client.post(f"{OWN}/SipRealms/{realm}")
    assert (answer.status_code, answer.json) == (400, {"msg": f"invalid sip_realm: {realm}"})


def test_one_realm_for_two_at_once(universe: Any, context: Any) -> None:
    """On PostgreSQL both pass the look-up; the unique key decides."""
    store, told = universe.store, []

    def ask(who: str) -> None:
        with using(store), connection():
            ctx = context(who)
            sid = ctx.account_uid
            try:
                accounts.set_realm(ctx, sid, "both.sip.example")
                told.append("set")
            except Conflict as refused:
                told.append(refused.fields["realm"][0].code)

    gevent.joinall([spawn(ask, who) for who in ("alpha", "beta")], raise_error=True)
    assert sorted(told) == ["set", "taken"]
    assert Account.select().where(Account.realm == "both.sip.example").count() == 1


# the secret of webhooks


def test_a_secret_is_made_with_the_account(provider: ContractClient) -> None:
    sid = make(provider, webhook_secret="of no use")
    first = provider.get(f"{ALL}/{sid}/WebhookSecret").json
    assert SECRET.fullmatch(first["webhook_secret"])
    assert provider.get(f"{ALL}/{sid}/WebhookSecret").json == first
    assert first["webhook_secret"] not in str(snapshot())  # encrypted at rest


@pytest.mark.parametrize(
    ("query", "renewed"),
    [("true", True), ("1", True), ("yes", True), ("false", False), ("0", False), ("", False)],
)
def test_a_new_secret_on_demand(client: ContractClient, query: str, renewed: bool) -> None:
    path = f"{OWN}/WebhookSecret"
    old = client.get(path).json["webhook_secret"]
    new = client.get(f"{path}?regenerate={query}").json["webhook_secret"]
    assert (new != old) is renewed
    assert client.get(path).json["webhook_secret"] == new
    assert old == "wh_secret_alpha"


# lists


def test_lists_by_scope(connect: Connect) -> None:
    def sids(who: str, path: str = ALL) -> set[str]:
        return {row["account_sid"] for row in connect(who).get(path).json}

    assert sids("alpha") == {world.ALPHA}
    assert {world.ALPHA, world.BETA} <= sids("provider")
    assert world.GAMMA not in sids("provider")
    assert {world.ALPHA, world.BETA, world.GAMMA} <= sids("admin")
    inside = f"/v1/ServiceProviders/{world.PROVIDER}/Accounts"
    assert sids("provider", inside) == sids("admin", inside) == sids("provider")


def test_a_list_costs_two_statements(provider: ContractClient, context: Any, counted: Any) -> None:
    for _ in range(4):
        make(provider, registration_hook={"url": URL}, queue_event_hook={"url": URL})
    ctx = context("provider")
    with counted() as said:
        assert len(accounts.search(ctx)) >= 6
    assert len(said) == 2


# the end


def test_the_end_of_an_account(
    provider: ContractClient, client: ContractClient, connect: Connect
) -> None:
    """With everything that hinders the running server: an application that its devices use, a
    carrier with gateways of both kinds, numbers, keys, limits."""
    put(client, world.ALPHA, device_calling_application_sid=APP)
    carrier = client.post("/v1/VoipCarriers", json={"name": "c"}).json["sid"]
    gateway = {"voip_carrier_sid": carrier, "ipv4": "192.0.2.9", "inbound": True, "outbound": True}
    client.post("/v1/SipGateways", json=gateway)
    client.post("/v1/SmppGateways", json={"voip_carrier_sid": carrier, "ipv4": "192.0.2.9"})
    client.post("/v1/PhoneNumbers", json={"number": "+14155550966", "voip_carrier_sid": carrier})
    answer = provider.delete(OWN)
    assert (answer.status_code, answer.data) == (204, b"")
    assert provider.get(OWN).status_code == 404
    assert provider.delete(OWN).status_code == 404
    assert client.client.get(OWN, headers=client.headers).status_code == 401
    hexed = world.ALPHA.replace("-", "")
    left = {
        table
        for table, rows in snapshot().items()
        for row in rows
        if any(hexed in str(cell).replace("-", "") for cell in row)
    }
    assert left == set()
    assert AccessKey.get_or_none(AccessKey.key_id == "alpha") is None
    assert Limit.select().where(Limit.owner_uid == world.ALPHA).count() == 0
    assert connect("beta").get(f"{ALL}/{world.BETA}").status_code == 200


# as the running server says it

OTHERS, NOBODYS = f"{ALL}/{world.GAMMA}", f"{ALL}/{world.NOBODY}"
OF_ITSELF = (422, "insufficient privileges to update this account")


@observed
@pytest.mark.parametrize(
    ("who", "method", "path", "wanted"),
    [
        ("alpha", "PUT", OTHERS, OF_ITSELF),
        ("alpha", "PUT", NOBODYS, OF_ITSELF),
        ("alpha", "DELETE", OTHERS, OF_ITSELF),
        ("alpha", "POST", ALL, (422, "insufficient permissions to create accounts")),
        ("provider", "PUT", OTHERS, (422, "cannot update account from different service provider")),
        ("provider", "DELETE", OTHERS,
         (422, "cannot delete account from different service provider")),
        ("admin", "PUT", NOBODYS, (404, None)),
        ("admin", "DELETE", NOBODYS, (404, None)),
        ("alpha", "PUT", f"/v1/Applications/{FOREIGN}",
         (400, "you may not update or delete an application associated with a different account")),
        ("alpha", "DELETE", f"/v1/Applications/{FOREIGN}", (400, "application does not exist")),
        ("alpha", "DELETE", f"/v1/Applications/{world.NOBODY}",
         (400, "application does not exist")),
        ("admin", "PUT", f"/v1/Applications/{world.NOBODY}", (404, None)),
    ],
)  # fmt: skip
def test_the_servers_own_refusals(
    connect: Connect, profile: str, who: str, method: str, path: str, wanted: tuple[int, Any]
) -> None:
    body = {} if method == "DELETE" else {"json": {"name": "x"}}
    with nothing_changes():
        answer = connect(who).open(method, path, **body)
    said = answer.json["msg"] if wanted[1] else None
    assert (answer.status_code, said) == wanted
