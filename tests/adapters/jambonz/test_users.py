"""People: oneself, the others one can see, making and removing them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.principal import Scope
from gateway.models import Document, User
from gateway.services import codes
from gateway.universe import Universe
from tests.adapters.jambonz.people_rows import (
    AGENT,
    CHANGER,
    DOOMED,
    LEAVER,
    NEW_PASSWORD,
    OWNER,
    PASSWORD,
    RIVAL,
    STRANGER,
    email_of,
)
from tests.adapters.jambonz.test_sessions import Connect, as_person, sign_in
from tests.adapters.jambonz.world import ALPHA, PROVIDER, SECRETS

NEW = {"name": "newcomer", "email": email_of("newcomer"), "initial_password": NEW_PASSWORD}
IN_ALPHA = {OWNER, CHANGER, LEAVER, DOOMED}


def mine(answer: Any, *also: str) -> set[str]:
    """The people of this area's rows in a list."""
    known = {*IN_ALPHA, STRANGER, AGENT, RIVAL, *also}
    return {row["user_sid"] for row in answer.json} & known


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        ("owner", IN_ALPHA),
        ("stranger", {STRANGER}),
        ("agent", {*IN_ALPHA, STRANGER, AGENT}),
        ("rival-agent", {RIVAL}),
        ("root", {*IN_ALPHA, STRANGER, AGENT, RIVAL}),
    ],
)
def test_people_see_those_of_their_scope(connect: Connect, login: str, seen: set[str]) -> None:
    assert mine(as_person(connect, login).get("/v1/Users")) == seen


def test_a_list_has_the_documented_members(connect: Connect) -> None:
    rows = as_person(connect, "owner").get("/v1/Users").json
    assert next(row for row in rows if row["user_sid"] == CHANGER) == {
        "user_sid": CHANGER,
        "name": "changer of tests",
        "email": email_of("changer"),
        "scope": "account",
        "force_change": True,
        "is_active": True,
    }


def test_one_sees_oneself_with_the_account(connect: Connect) -> None:
    found = as_person(connect, "owner").get("/v1/Users/me").json
    assert found["user"]["user_sid"] == OWNER
    assert found["user"]["service_provider_sid"] == PROVIDER
    assert found["user"]["phone_validated"] == "false"
    assert found["account"]["account_sid"] == ALPHA
    assert found["account"]["sip_realm"] == "alpha.sip.example"
    assert SECRETS["alpha"] in [key["token"] for key in found["api_keys"]]
    assert SECRETS["revoked"] not in [key["token"] for key in found["api_keys"]]
    assert {p["category"]: p["quantity"] for p in found["products"]} == {
        "voice_call_session": "10",
        "device": "0",
    }
    assert found["subscription"]["status"] == "active"
    assert found["testapp"] is None
    assert found["balance"] is None


def test_the_balance_and_the_application_to_try_are_shown(
    connect: Connect, universe: Universe
) -> None:
    made = connect("alpha").post("/v1/Applications", json={"name": "tried", "account_sid": ALPHA})
    body = {"test_application_sid": made.json["sid"]}
    assert connect("provider").put(f"/v1/ServiceProviders/{PROVIDER}", json=body).status_code == 204
    ctx = universe.context(dialect="jambonz")
    Document.create(
        uid=ctx.runtime.new_uid(),
        created_at=ctx.runtime.now(),
        account=ALPHA,
        scope_uid=ALPHA,
        kind="balance",
        body={"currency": "USD", "nano": 12_500_000_000, "transaction_id": "t-1"},
    )
    found = as_person(connect, "owner").get("/v1/Users/me").json
    assert found["testapp"]["application_sid"] == made.json["sid"]
    assert found["testapp"]["name"] == "tried"
    assert found["balance"]["balance"] == 12.5
    assert found["balance"]["currency"] == "USD"
    assert found["balance"]["last_transaction_id"] == "t-1"


@pytest.mark.parametrize("login", ["agent", "root"])
def test_people_above_accounts_have_none(connect: Connect, login: str) -> None:
    found = as_person(connect, login).get("/v1/Users/me").json
    assert found["account"] is None
    assert found["api_keys"] == []
    assert found["products"] == []
    assert found["capacities"] is None


def test_one_changes_ones_name(connect: Connect) -> None:
    person = as_person(connect, "owner")
    assert person.put(f"/v1/Users/{OWNER}", json={"name": "somebody"}).status_code == 204
    assert person.get(f"/v1/Users/{OWNER}").json["name"] == "somebody"


def test_a_new_email_needs_the_code_that_was_sent_there(
    connect: Connect, universe: Universe
) -> None:
    person, address = as_person(connect, "owner"), email_of("elsewhere")
    ctx = universe.context(dialect="jambonz")
    codes.put(ctx, User.get(User.uid == OWNER), "email", code="ABCDEF", value=address)
    path, body = f"/v1/Users/{OWNER}", {"email": address, "email_activation_code": "ABCDEF"}
    for wrong in ({"email_activation_code": "ABCDEG"}, {"email": email_of("another")}):
        assert person.put(path, json={**body, **wrong}).status_code == 400
    assert person.put(path, json=body).status_code == 204
    assert person.get(path).json["email"] == address
    assert sign_in(connect, "elsewhere").status_code == 200
    # the code was good once
    assert person.put(path, json=body).status_code == 400


def test_what_was_read_can_be_sent_back(connect: Connect) -> None:
    person = as_person(connect, "owner")
    found = person.get("/v1/Users").json
    row = next(row for row in found if row["user_sid"] == OWNER)
    row.pop("email")
    assert person.put(f"/v1/Users/{OWNER}", json={**row, "name": "again"}).status_code == 204


def test_an_account_makes_users_of_its_own(connect: Connect) -> None:
    made = connect("alpha").post("/v1/Users", json={**NEW, "force_change": True})
    assert made.status_code == 201, made.text
    found = connect("alpha").get(f"/v1/Users/{made.json['user_sid']}").json
    assert found == {
        "user_sid": made.json["user_sid"],
        "name": "newcomer",
        "email": email_of("newcomer"),
        "scope": "account",
        "force_change": True,
        "is_active": True,
        "phone": None,
        "account_sid": ALPHA,
        "service_provider_sid": PROVIDER,
    }
    assert sign_in(connect, "newcomer", NEW_PASSWORD).json["force_change"] is True
    assert connect("beta").get(f"/v1/Users/{made.json['user_sid']}").status_code == 404


@pytest.mark.parametrize(
    ("who", "owner", "scope"),
    [
        ("admin", {}, Scope.ADMIN),
        ("admin", {"service_provider_sid": PROVIDER}, Scope.PROVIDER),
        ("admin", {"account_sid": ALPHA}, Scope.ACCOUNT),
        ("provider", {}, Scope.PROVIDER),
        ("provider", {"account_sid": ALPHA}, Scope.ACCOUNT),
        ("alpha", {"account_sid": ALPHA}, Scope.ACCOUNT),
    ],
)
def test_whose_a_new_user_is_gives_the_scope(
    connect: Connect, who: str, owner: dict[str, str], scope: Scope
) -> None:
    made = connect(who).post("/v1/Users", json={**NEW, **owner})
    assert made.status_code == 201, made.text
    assert User.get(User.uid == made.json["user_sid"]).scope == scope


def test_a_removed_user_is_out_at_once(connect: Connect) -> None:
    person = as_person(connect, "doomed-person")
    assert connect("alpha").delete(f"/v1/Users/{DOOMED}").status_code == 204
    assert person.get("/v1/Users/me").status_code == 401
    assert sign_in(connect, "doomed-person").status_code == 404
    assert connect("alpha").delete(f"/v1/Users/{DOOMED}").status_code == 404


def test_a_providers_key_removes_those_of_the_provider_and_of_its_accounts(
    connect: Connect,
) -> None:
    provider = connect("provider")
    for uid, status in ((DOOMED, 204), (STRANGER, 204), (AGENT, 204), (RIVAL, 404)):
        assert provider.delete(f"/v1/Users/{uid}").status_code == status
        assert (User.get_or_none(User.uid == uid) is None) == (status == 204)
    assert provider.delete("/v1/Users/nobody").status_code == 404


def test_nobody_locks_themselves_out(connect: Connect) -> None:
    person = as_person(connect, "owner")
    answer = person.delete(f"/v1/Users/{OWNER}")
    assert (answer.status_code, answer.json["msg"]) == (400, "you may not delete yourself")
    assert sign_in(connect, "owner", PASSWORD).status_code == 200
