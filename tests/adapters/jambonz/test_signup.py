"""Registering from nothing to an account that works, invitations, what anybody may try."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.context import Context
from gateway.models import Account, Document, User
from gateway.services import codes
from gateway.services.ports import mail
from tests.adapters.jambonz import world
from tests.adapters.jambonz.areas.signup import (
    APP,
    CODE,
    EMAIL,
    INVITE,
    LOCAL,
    OAUTH,
    OPEN,
    PASSWORD,
    PHONE,
    PROVE,
    SEND,
    USER,
)
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock
from tests.support.snapshots import changed, snapshot

Connect = Callable[..., ContractClient]
NEW = LOCAL["email"]


def register(connect: Connect, body: Any = LOCAL) -> dict[str, Any]:
    answer = connect(None).post("/v1/register", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def holder(connect: Connect, found: dict[str, Any]) -> ContractClient:
    return connect({"Authorization": f"Bearer {found['jwt']}"})


def prove(person: ContractClient, found: dict[str, Any], code: str = CODE) -> Any:
    body = {"user_sid": found["user_sid"], "type": "email"}
    return person.put(f"/v1/ActivationCode/{code}", json=body)


def sign_in(connect: Connect, email: str, password: str) -> Any:
    return connect(None).post("/v1/signin", json={"email": email, "password": password})


@pytest.fixture
def person(connect: Connect) -> ContractClient:
    """A customer who signed in long after registering."""
    return holder(connect, sign_in(connect, EMAIL, PASSWORD).json)


# registering


def test_who_registers_by_email_is_told_who_they_are(connect: Connect) -> None:
    found = register(connect)
    assert (found["email"], found["name"]) == (NEW, NEW)
    assert (found["provider"], found["root_domain"]) == ("local", "sip.example")
    assert (found["pristine"], found["is_active"]) == (True, False)
    assert found["email_validated"] is False
    assert PASSWORD not in str(found)
    assert mail.sent(NEW)[0]["text"].endswith(CODE)


def test_nothing_works_before_the_address_is_proven(connect: Connect) -> None:
    found = register(connect)
    person = holder(connect, found)
    assert person.get("/v1/Applications").status_code == 401
    assert prove(person, found, "WRONG").status_code == 404
    assert person.get("/v1/Users/me").json["user"]["email_validated"] is False
    assert person.put(f"/v1/Users/{found['user_sid']}", json={"name": "x"}).status_code == 401
    assert prove(person, found).status_code == 204
    assert person.get("/v1/Applications").status_code == 200


def test_an_activated_customer_has_all_there_is_to_begin_with(connect: Connect) -> None:
    found = register(connect)
    person = holder(connect, found)
    assert prove(person, found).status_code == 204
    assert sign_in(connect, NEW, LOCAL["password"]).status_code == 200
    accounts = person.get("/v1/Accounts").json
    assert [row["account_sid"] for row in accounts] == [found["account_sid"]]
    assert re.fullmatch(r"[0-9a-z]{8}\.sip\.example", accounts[0]["sip_realm"])
    assert [row["name"] for row in person.get("/v1/Applications").json] == [
        "hello world",
        "dial time",
    ]
    subscription = person.get("/v1/Subscriptions").json
    assert (subscription["plan_type"], subscription["status"]) == ("trial", "trialing")


def test_an_activation_code_opens_once(connect: Connect) -> None:
    found = register(connect)
    person = holder(connect, found)
    assert prove(person, found).status_code == 204
    assert prove(person, found).status_code == 404


def test_an_activation_code_does_not_last(connect: Connect, clock: Clock) -> None:
    found = register(connect)
    clock.now += timedelta(minutes=59)
    person = holder(connect, found)
    row = Document.get(
        (Document.kind == codes.ACTIVATION) & (Document.scope_uid == found["user_sid"])
    )
    Document.update(expires_at=clock.now).where(Document.uid == row.uid).execute()
    assert prove(person, found).status_code == 404
    assert person.get("/v1/Applications").status_code == 401


def test_a_lost_code_is_sent_again_and_the_first_is_void(connect: Connect) -> None:
    found = register(connect)
    person = holder(connect, found)
    again = {"user_sid": found["user_sid"], "type": "email", "code": "S3C0ND"}
    assert person.post("/v1/ActivationCode", json=again).status_code == 204
    assert prove(person, found).status_code == 404
    assert prove(person, found, "S3C0ND").status_code == 204


def test_a_refused_registration_leaves_nothing(connect: Connect) -> None:
    before = snapshot()
    for body in (
        {**LOCAL, "email": EMAIL},
        {**LOCAL, "password": "123"},
        {**OAUTH, "oauth2_code": "bad"},
    ):
        assert connect(None).post("/v1/register", json=body).status_code >= 400
    assert changed(before, snapshot()) == []


def test_an_address_registers_once_in_any_case(connect: Connect) -> None:
    register(connect)
    again = connect(None).post("/v1/register", json={**LOCAL, "email": NEW.upper()})
    assert (again.status_code, again.json["msg"]) == (422, "account already exists for this email")
    assert Account.select().where(Account.name == NEW).count() == 1


def test_who_is_vouched_for_is_in_at_once_and_comes_back(connect: Connect) -> None:
    first = register(connect, OAUTH)
    assert (first["provider"], first["provider_userid"]) == ("github", "octocat")
    assert (first["pristine"], first["is_active"], first["email_validated"]) == (True, True, True)
    assert holder(connect, first).get("/v1/Users/me").status_code == 200
    again = register(connect, OAUTH)
    assert (again["user_sid"], again["pristine"]) == (first["user_sid"], False)
    assert User.select().where(User.email == first["email"]).count() == 1


def test_nobody_takes_over_an_address_by_another_sign_in_provider(connect: Connect) -> None:
    register(connect, {**LOCAL, "email": "octocat@github.example"})
    answer = connect(None).post("/v1/register", json=OAUTH)
    assert answer.status_code == 422


def test_the_rules_for_passwords_hold_for_registering(connect: Connect) -> None:
    rules = {"min_password_length": 12, "require_digit": 1}
    assert connect("admin").post("/v1/PasswordSettings", json=rules).status_code == 201
    assert connect(None).post("/v1/register", json=LOCAL).status_code == 400
    register(connect, {**LOCAL, "password": "long-secret-12"})


# proving an address later


def test_a_proven_email_replaces_the_one_before(person: ContractClient, connect: Connect) -> None:
    assert person.post("/v1/ActivationCode", json=SEND).status_code == 204
    assert User.get(User.uid == USER).email == EMAIL
    assert (
        person.put(f"/v1/ActivationCode/{CODE}", json={**PROVE, "type": "email"}).status_code == 204
    )
    assert sign_in(connect, SEND["value"], PASSWORD).status_code == 200
    assert sign_in(connect, EMAIL, PASSWORD).status_code == 404


def test_a_proven_phone_says_so(person: ContractClient, connect: Connect) -> None:
    assert person.put("/v1/ActivationCode/PH0NE", json=PROVE).status_code == 204
    profile = sign_in(connect, EMAIL, PASSWORD).json
    assert (profile["phone"], profile["phone_validated"]) == (PHONE, True)


def test_an_email_taken_meanwhile_is_not_given_twice(
    person: ContractClient, connect: Connect
) -> None:
    person.post("/v1/ActivationCode", json=SEND)
    register(connect, {**LOCAL, "email": SEND["value"]})
    answer = person.put(f"/v1/ActivationCode/{CODE}", json={**PROVE, "type": "email"})
    assert answer.status_code == 422
    assert User.get(User.uid == USER).email == EMAIL


# what is free


@pytest.mark.parametrize(
    ("query", "available"),
    [
        (f"type=email&value={EMAIL}", False),
        (f"type=email&value={EMAIL.upper()}", False),
        ("type=email&value=free@customer.example", True),
        ("type=phone&value=%2B14155550955", False),
        ("type=phone&value=%2B14155550956", True),
        ("type=subdomain&value=alpha", False),
        ("type=subdomain&value=ALPHA", False),
        ("type=subdomain&value=alpha.sip.example", False),
        ("type=subdomain&value=sip.example", False),
        ("type=subdomain&value=free", True),
    ],
)
def test_what_is_taken_is_not_free(client: ContractClient, query: str, available: bool) -> None:
    assert client.get(f"/v1/Availability?{query}").json == {"available": available}


# invitations


def test_a_code_that_invites_is_claimed_once(connect: Connect) -> None:
    made = connect("admin").post("/v1/BetaInviteCodes", json={"count": 3}).json
    assert (made["status"], made["added"], len(set(made["codes"]))) == ("ok", 3, 3)
    body, nobody = {"code": made["codes"][0]}, connect(None)
    for status in (204, 204):
        assert nobody.post("/v1/InviteCodes", json={**body, "test": True}).status_code == status
    assert nobody.post("/v1/InviteCodes", json=body).status_code == 204
    assert nobody.post("/v1/InviteCodes", json=body).status_code == 404
    assert nobody.post("/v1/InviteCodes", json={**body, "test": True}).status_code == 404


def test_one_code_is_made_if_no_number_is_named(connect: Connect) -> None:
    made = connect("admin").post("/v1/BetaInviteCodes", json={}).json
    assert made["added"] == 1
    assert re.fullmatch("[0-9A-Z]{6}", made["codes"][0])


def test_only_one_of_two_claims_wins(context: Callable[[str], Context]) -> None:
    ctx = context("admin")
    row = codes.find(ctx, codes.INVITE, INVITE)
    same = codes.find(ctx, codes.INVITE, INVITE)
    assert [codes.claim(ctx, one, {"claimed": True}) for one in (row, same)] == [True, False]


# what anybody may try


def test_anybody_sees_what_may_be_tried_but_no_logins(connect: Connect) -> None:
    answer = connect(None).get(f"/v1/AccountTest/{OPEN}")
    assert answer.json["phonenumbers"] == ["+14155550999"]
    assert [row["application_sid"] for row in answer.json["applications"]] == [APP]
    assert "secret" not in answer.text


def test_a_provider_may_offer_nothing_to_try(connect: Connect) -> None:
    answer = connect(None).get(f"/v1/AccountTest/{world.RIVAL}")
    assert answer.json == {"phonenumbers": [], "applications": []}
