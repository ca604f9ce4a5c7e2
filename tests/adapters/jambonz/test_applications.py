"""Applications: hooks made, changed in place, shared, taken away; who sees them; what lets go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.models import Account, Application, Document, Hook, ServiceProvider, Trunk
from gateway.models.database import write
from tests.adapters.jambonz import world
from tests.adapters.jambonz.tenancy_rows import APP, FOREIGN, HOOK, STATUS_HOOK
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes, snapshot

Connect = Callable[..., ContractClient]
URL, OTHER = "https://app.example/call", "https://app.example/other"
ALL = "/v1/Applications"
BELOW = f"/v1/Accounts/{world.ALPHA}/Applications"
observed = pytest.mark.parametrize("profile", ["observed"])


def make(client: ContractClient, path: str = ALL, **members: Any) -> str:
    body = {"name": "fresh", "call_hook": {"url": URL}, "call_status_hook": {"url": URL}, **members}
    answer = client.post(path, json={k: v for k, v in body.items() if v is not None})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, sid: str) -> dict[str, Any]:
    return dict(client.get(f"{ALL}/{sid}").json)


def put(client: ContractClient, sid: str, **members: Any) -> None:
    answer = client.put(f"{ALL}/{sid}", json=members)
    assert (answer.status_code, answer.data) == (204, b""), answer.text


def hook_row(shown: dict[str, Any]) -> Any:
    return Hook.get_or_none(Hook.uid == shown["webhook_sid"])


def test_an_application_with_its_name_alone(client: ContractClient) -> None:
    """The hooks are not needed, as on the running server, and speech has that server's defaults."""
    shown = read(client, make(client, call_hook=None, call_status_hook=None))
    assert shown == {
        "application_sid": shown["application_sid"],
        "name": "fresh",
        "service_provider_sid": world.PROVIDER,
        "account_sid": world.ALPHA,
        "call_hook": None,
        "call_status_hook": None,
        "messaging_hook": None,
        "speech_synthesis_vendor": "google",
        "speech_synthesis_language": "en-US",
        "speech_synthesis_voice": "en-US-Wavenet-C",
        "speech_recognizer_vendor": "google",
        "speech_recognizer_language": "en-US",
        "created_at": "2026-03-01T12:00:00.000Z",
    }


def test_hooks_are_rows_of_the_account_by_position(client: ContractClient) -> None:
    whole = {"url": URL, "method": "GET", "username": "u", "password": "p"}
    shown = read(client, make(client, call_hook=whole, messaging_hook={"url": OTHER}))
    assert {k: v for k, v in shown["call_hook"].items() if k != "webhook_sid"} == {
        **whole,
        "method": "get",
    }
    assert shown["messaging_hook"]["method"] == "post"
    purposes = {}
    for member in ("call_hook", "call_status_hook", "messaging_hook"):
        row = hook_row(shown[member])
        assert (str(row.account_uid), row.dialect) == (world.ALPHA, "jambonz")
        assert row.service_provider_uid is None
        purposes[member] = row.purpose
    assert purposes == {
        "call_hook": "call",
        "call_status_hook": "call_status",
        "messaging_hook": "message",
    }


@observed
def test_the_server_writes_methods_in_upper_case(client: ContractClient, profile: str) -> None:
    shown = read(client, make(client, call_hook={"url": URL, "method": "get"}))
    assert shown["call_hook"]["method"] == "GET"
    assert shown["call_status_hook"]["method"] == "POST"


def test_passwords_of_hooks_are_shown_and_encrypted_at_rest(client: ContractClient) -> None:
    sid = make(client, call_hook={"url": URL, "password": "open sesame"})
    shown = read(client, sid)
    assert shown["call_hook"]["password"] == "open sesame"
    assert "sesame" not in str(snapshot())


# changing


def test_a_hook_named_by_its_sid_is_changed_in_place(client: ContractClient) -> None:
    sid = make(client, call_hook={"url": URL, "username": "u"})
    old = read(client, sid)["call_hook"]
    put(client, sid, call_hook={**old, "url": OTHER, "method": "GET", "username": None})
    assert read(client, sid)["call_hook"] == {
        "webhook_sid": old["webhook_sid"],
        "url": OTHER,
        "method": "get",
        "username": None,
        "password": None,
    }
    assert hook_row(old).updated_at is not None


def test_a_hook_without_a_sid_is_a_new_one_and_the_old_one_goes(client: ContractClient) -> None:
    sid = make(client)
    old = read(client, sid)["call_hook"]
    put(client, sid, call_hook={"url": OTHER})
    new = read(client, sid)["call_hook"]
    assert new["url"] == OTHER
    assert new["webhook_sid"] != old["webhook_sid"]
    assert hook_row(old) is None


@pytest.mark.parametrize("nothing", [None, {}], ids=["null", "empty"])
def test_null_and_empty_take_a_hook_away(client: ContractClient, nothing: Any) -> None:
    sid = make(client, messaging_hook={"url": OTHER})
    before = read(client, sid)
    put(client, sid, messaging_hook=nothing)
    after = read(client, sid)
    assert after == {**before, "messaging_hook": None}
    assert hook_row(before["messaging_hook"]) is None


def test_a_change_of_the_name_keeps_the_hooks(client: ContractClient) -> None:
    sid = make(client, messaging_hook={"url": OTHER})
    before = read(client, sid)
    put(client, sid, name="renamed")
    assert read(client, sid) == {**before, "name": "renamed"}


@observed
def test_the_server_drops_hooks_that_a_change_lacks(client: ContractClient, profile: str) -> None:
    sid = make(client, messaging_hook={"url": OTHER})
    before = read(client, sid)
    put(client, sid, name="renamed", call_hook=before["call_hook"])
    after = read(client, sid)
    assert after["call_hook"] == before["call_hook"]
    assert (after["call_status_hook"], after["messaging_hook"]) == (None, None)
    assert hook_row(before["messaging_hook"]) is None


def test_what_was_read_can_be_sent_back(client: ContractClient) -> None:
    sid = make(client, messaging_hook={"url": OTHER, "password": "p"})
    shown = read(client, sid)
    put(client, sid, **shown)  # what is touched by any change is touched now
    with nothing_changes():
        put(client, sid, **shown)
    assert read(client, sid) == shown


def test_speech_is_merged_and_null_brings_the_default_back(client: ContractClient) -> None:
    sid = make(client, speech_synthesis_vendor="aws", speech_recognizer_language="de-DE")
    put(client, sid, speech_synthesis_vendor=None)
    shown = read(client, sid)
    assert shown["speech_synthesis_vendor"] == "google"
    assert shown["speech_recognizer_language"] == "de-DE"


# sharing


def test_two_applications_may_share_a_hook(client: ContractClient) -> None:
    first = make(client)
    shared = read(client, first)["call_hook"]
    second = make(client, name="second", call_hook=shared)
    assert read(client, second)["call_hook"] == shared
    assert client.delete(f"{ALL}/{first}").status_code == 204
    assert read(client, second)["call_hook"] == shared
    put(client, second, call_hook=None)
    assert hook_row(shared) is None


def test_a_hook_in_two_places_is_found_as_one_for_messages(client: ContractClient) -> None:
    """Only the hooks of messages are looked for by purpose, so a shared one keeps that."""
    sid = make(client, messaging_hook={"url": OTHER})
    shared = read(client, sid)["messaging_hook"]
    put(client, sid, call_status_hook=shared)
    shown = read(client, sid)
    assert shown["call_status_hook"] == shown["messaging_hook"] == shared
    assert hook_row(shared).purpose == "message"
    put(client, sid, messaging_hook=None)
    assert read(client, sid)["call_status_hook"] == shared


def test_a_hook_made_alone_becomes_the_applications(client: ContractClient) -> None:
    sid = client.post("/v1/Webhooks", json={"url": OTHER, "username": "u"}).json["sid"]
    app = make(client, call_hook={"webhook_sid": sid, "url": OTHER})
    shown = read(client, app)["call_hook"]
    assert (shown["webhook_sid"], shown["username"]) == (sid, "u")
    assert hook_row(shown).purpose == "call"


@pytest.mark.parametrize("who", ["provider", "admin"])
def test_a_hook_made_alone_by_those_above_becomes_the_accounts(
    client: ContractClient, connect: Connect, who: str
) -> None:
    above = connect(who)
    sid = above.post("/v1/Webhooks", json={"url": OTHER}).json["sid"]
    assert client.get(f"/v1/Webhooks/{sid}").status_code == 404
    hook = {"webhook_sid": sid, "url": OTHER}
    app = make(above, account_sid=world.ALPHA, call_hook=hook)
    assert read(client, app)["call_hook"]["webhook_sid"] == sid
    assert str(hook_row(hook).account_uid) == world.ALPHA
    assert client.get(f"/v1/Webhooks/{sid}").status_code == 200


def test_those_above_an_account_change_its_hooks_in_place(
    client: ContractClient, connect: Connect
) -> None:
    sid = make(client)
    for who, url in (("provider", f"{OTHER}/1"), ("admin", f"{OTHER}/2")):
        above = connect(who)
        shown = read(above, sid)["call_hook"]
        put(above, sid, call_hook={**shown, "url": url})
        assert read(client, sid)["call_hook"] == {**shown, "url": url}


# who


def test_admin_and_provider_name_the_account(client: ContractClient, connect: Connect) -> None:
    for who in ("admin", "provider"):
        sid = make(connect(who), name=f"by {who}", account_sid=world.ALPHA)
        assert read(client, sid)["account_sid"] == world.ALPHA
    assert make(connect("alpha"), name="own", account_sid=world.ALPHA)


def test_lists_hold_what_the_caller_may_see(client: ContractClient, connect: Connect) -> None:
    own = make(client)
    of_gamma = make(connect("gamma"))

    def sids(who: str, path: str = ALL) -> set[str]:
        return {row["application_sid"] for row in connect(who).get(path).json}

    assert own in sids("alpha")
    assert {of_gamma, FOREIGN} & sids("alpha") == set()
    assert {own, FOREIGN} <= sids("provider")
    assert of_gamma not in sids("provider")
    assert {own, of_gamma, FOREIGN} <= sids("admin")
    assert sids("admin", BELOW) == sids("provider", BELOW) == sids("alpha")
    inside = f"/v1/ServiceProviders/{world.PROVIDER}/Applications"
    assert sids("admin", inside) == sids("provider", inside) == sids("provider")


def test_a_foreign_application_is_like_none(client: ContractClient) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {"name": "x"}} if method == "PUT" else {}
        found = [
            client.open(method, f"{ALL}/{sid}", **body) for sid in (FOREIGN, world.NOBODY, "x")
        ]
        assert {(a.status_code, a.data) for a in found} == {(404, found[0].data)}


def test_a_list_costs_one_statement(client: ContractClient, context: Any, counted: Any) -> None:
    from gateway.services import applications

    for number in range(5):
        make(client, name=f"app {number}", messaging_hook={"url": OTHER})
    ctx = context()
    with counted() as said:
        assert len(applications.search(ctx)) >= 5
    assert len(said) == 1


# below an account


def test_applications_below_their_account(connect: Connect) -> None:
    """As clients of the platform call them."""
    admin = connect("admin")
    sid = make(admin, BELOW)
    one = f"{BELOW}/{sid}"
    assert admin.get(one).json == read(admin, sid)
    assert admin.put(one, json={"name": "renamed"}).status_code == 204
    assert admin.get(one).json["name"] == "renamed"
    assert admin.delete(one).status_code == 204
    assert admin.get(one).status_code == 404
    assert admin.get(f"/v1/Accounts/{world.BETA}/Applications/{APP}").status_code == 404


# names


def test_names_are_taken_per_account(client: ContractClient, connect: Connect) -> None:
    make(client)
    make(connect("beta"))
    answer = client.post(ALL, json={"name": "fresh"})
    assert answer.status_code == 422
    wanted = f"Duplicate entry '{world.ALPHA}-fresh' for key 'applications_idx_name'"
    assert answer.json == {"msg": wanted}


# deleting


def test_a_deleted_application_takes_its_hooks_along(client: ContractClient) -> None:
    sid = make(client, messaging_hook={"url": OTHER})
    shown = read(client, sid)
    assert client.delete(f"{ALL}/{sid}").status_code == 204
    assert client.get(f"{ALL}/{sid}").status_code == 404
    assert [hook_row(shown[m]) for m in ("call_hook", "messaging_hook")] == [None, None]


def test_what_names_a_deleted_application_lets_go(client: ContractClient, connect: Connect) -> None:
    sid = make(client)
    admin = connect("admin")
    client.put(f"/v1/Accounts/{world.ALPHA}", json={"device_calling_application_sid": sid})
    provider = f"/v1/ServiceProviders/{world.PROVIDER}"
    admin.put(provider, json={"test_application_sid": sid, "test_number": "12125550100"})
    with write():
        trunk = Trunk.get(Trunk.account == world.ALPHA)
        Trunk.update(application=sid).where(Trunk.uid == trunk.uid).execute()
        document = Document.create(
            uid=world.NOBODY, created_at=world.NOW, kind="jambonz.thing", scope_uid=world.ALPHA,
            account=world.ALPHA, body={"application_sid": sid, "kept": 1},
        )  # fmt: skip
    assert client.delete(f"{ALL}/{sid}").status_code == 204
    assert Account.get(Account.uid == world.ALPHA).device_application_uid is None
    assert Trunk.get(Trunk.uid == trunk.uid).application_uid is None
    assert Document.get(Document.uid == document.uid).body == {"kept": 1}
    shown = admin.get(provider).json
    assert (shown["test_application_sid"], shown["test_number"]) == (None, "12125550100")


def test_an_application_of_a_number_stays(client: ContractClient) -> None:
    sid = make(client)
    number = client.post("/v1/PhoneNumbers", json={
        "number": "+14155550955", "application_sid": sid, **_carrier(client),
    }).json["sid"]  # fmt: skip
    with nothing_changes():
        answer = client.delete(f"{ALL}/{sid}")
    assert answer.status_code == 422
    assert answer.json == {"msg": "cannot delete application with phone numbers"}
    assert (
        client.put(f"/v1/PhoneNumbers/{number}", json={"application_sid": None}).status_code == 204
    )
    assert client.delete(f"{ALL}/{sid}").status_code == 204


def _carrier(client: ContractClient) -> dict[str, str]:
    return {"voip_carrier_sid": client.post("/v1/VoipCarriers", json={"name": "c"}).json["sid"]}


def test_other_dialects_members_survive(client: ContractClient) -> None:
    with write():
        Application.update(extras={"other": {"kept": 1}}).where(Application.uid == APP).execute()
        ServiceProvider.update(extras={"other": {"kept": APP}}).execute()
    put(client, APP, speech_synthesis_vendor="aws")
    extras = Application.get(Application.uid == APP).extras
    assert extras == {"other": {"kept": 1}, "jambonz": {"speech_synthesis_vendor": "aws"}}


def test_the_worlds_hooks_are_as_the_bundle_has_them(client: ContractClient) -> None:
    shown = read(client, APP)
    assert shown["call_hook"]["webhook_sid"] == HOOK
    assert shown["call_status_hook"]["webhook_sid"] == STATUS_HOOK
