"""Signing in and out, lost and changed passwords, the rules they follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.models import Document, User
from gateway.services.ports import mail
from tests.adapters.jambonz.people_rows import (
    AGENT,
    CHANGER,
    NEW_PASSWORD,
    OWNER,
    PASSWORD,
    ROOT,
    email_of,
)
from tests.adapters.jambonz.world import ALPHA, PROVIDER
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock

Connect = Callable[..., ContractClient]


def sign_in(connect: Connect, login: str, password: str = PASSWORD) -> Any:
    return connect(None).post("/v1/signin", json={"email": email_of(login), "password": password})


def as_person(connect: Connect, login: str, password: str = PASSWORD) -> ContractClient:
    answer = sign_in(connect, login, password)
    assert answer.status_code == 200, answer.text
    return connect({"Authorization": f"Bearer {answer.json['jwt']}"})


def link_to(connect: Connect, login: str) -> str:
    """The link that a person is sent who forgot the password."""
    answer = connect(None).post("/v1/forgot-password", json={"email": email_of(login)})
    assert answer.status_code == 204
    newest = mail.sent(email_of(login))[0]
    found = re.search(r"[0-9A-Z]{32}", newest["text"])
    assert found is not None
    return found[0]


def by_link(connect: Connect, link: str) -> Any:
    return connect(None).post("/v1/signin", json={"link": link})


def test_a_person_signs_in(connect: Connect) -> None:
    answer = sign_in(connect, "owner")
    found = dict(answer.json)
    jwt = found.pop("jwt")
    assert found == {
        "user_sid": OWNER,
        "account_sid": ALPHA,
        "is_active": True,
        "name": "owner of tests",
        "email": email_of("owner"),
        "phone": "+12065550199",
        "provider": "local",
        "provider_userid": None,
        "scope": "read-write",
        "pristine": False,
        "email_validated": True,
        "phone_validated": False,
        "tutorial_completion": 0,
        "account_validated": True,
        "force_change": False,
    }
    seen = connect({"Authorization": f"Bearer {jwt}"}).get("/v1/Accounts")
    assert [row["account_sid"] for row in seen.json] == [ALPHA]


def test_an_email_is_known_in_capitals_too(connect: Connect) -> None:
    body = {"email": email_of("owner").upper(), "password": PASSWORD}
    assert connect(None).post("/v1/signin", json=body).status_code == 200


@pytest.mark.parametrize(
    ("login", "scope", "uid"),
    [("owner", "account", OWNER), ("agent", "service_provider", AGENT), ("root", "admin", ROOT)],
)
def test_people_log_in_by_name(connect: Connect, login: str, scope: str, uid: str) -> None:
    answer = connect(None).post("/v1/login", json={"username": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    found = dict(answer.json)
    token = found.pop("token")
    owner = {"account": {"account_sid": ALPHA}, "admin": {}}
    assert found == {
        "user_sid": uid,
        "scope": scope,
        "force_change": False,
        "permissions": [],
        **owner.get(scope, {"service_provider_sid": PROVIDER}),
    }
    assert connect({"Authorization": f"Bearer {token}"}).get("/v1/Users").status_code == 200


def test_a_token_that_is_given_back_opens_nothing(connect: Connect) -> None:
    person, other = as_person(connect, "owner"), as_person(connect, "owner")
    assert person.post("/v1/logout").status_code == 204
    assert person.get("/v1/Users/me").status_code == 401
    assert person.post("/v1/logout").status_code == 401
    assert other.get("/v1/Users/me").status_code == 200


def test_a_key_is_not_given_back(client: ContractClient) -> None:
    assert client.post("/v1/logout").status_code == 204
    assert client.get("/v1/Accounts").status_code == 200


def test_a_token_lasts_an_hour(connect: Connect, clock: Clock) -> None:
    person = as_person(connect, "owner")
    clock.now += timedelta(minutes=59)
    assert person.get("/v1/Users/me").status_code == 200
    clock.now += timedelta(minutes=1)
    assert person.get("/v1/Users/me").status_code == 401


def test_a_person_changes_the_password(connect: Connect) -> None:
    person = as_person(connect, "changer")
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert person.post("/v1/change-password", json=body).status_code == 204
    assert sign_in(connect, "changer").status_code == 403
    answer = sign_in(connect, "changer", NEW_PASSWORD)
    assert answer.status_code == 200
    assert answer.json["force_change"] is False
    assert person.post("/v1/change-password", json=body).status_code == 400
    assert sign_in(connect, "owner").status_code == 200


def test_a_lost_password_is_replaced_by_a_link(connect: Connect) -> None:
    link = link_to(connect, "owner")
    answer = by_link(connect, link)
    assert (answer.status_code, answer.json["user_sid"]) == (200, OWNER)
    person = connect({"Authorization": f"Bearer {answer.json['jwt']}"})
    body = {"old_password": link, "new_password": NEW_PASSWORD}
    assert person.post("/v1/change-password", json=body).status_code == 204
    assert sign_in(connect, "owner", NEW_PASSWORD).status_code == 200
    # it was good for one password
    again = person.post("/v1/change-password", json={**body, "new_password": "another-one"})
    assert (again.status_code, again.json["msg"]) == (400, "old_password is incorrect")
    assert by_link(connect, link).status_code == 403


def test_a_link_opens_for_an_hour_and_for_its_owner(connect: Connect, clock: Clock) -> None:
    link = link_to(connect, "owner")
    stranger = as_person(connect, "stranger")
    body = {"old_password": link, "new_password": NEW_PASSWORD}
    assert stranger.post("/v1/change-password", json=body).status_code == 400
    clock.now += timedelta(minutes=59, seconds=59)
    assert by_link(connect, link).status_code == 200
    clock.now += timedelta(seconds=1)
    assert by_link(connect, link).status_code == 403
    person = as_person(connect, "owner")
    assert person.post("/v1/change-password", json=body).status_code == 400


def test_a_link_is_not_kept_in_clear(connect: Connect) -> None:
    link = link_to(connect, "owner")
    rows = Document.select().where(Document.kind == "reset_code")
    assert [row for row in rows if link in (row.key, str(row.body))] == []
    assert len(rows) == 1


def test_the_rules_are_eight_characters_until_somebody_says_more(connect: Connect) -> None:
    admin = connect("admin")
    assert admin.get("/v1/PasswordSettings").json == {"min_password_length": 8}
    made = admin.post("/v1/PasswordSettings", json={"require_digit": 1})
    assert (made.status_code, made.json) == (201, {})
    assert admin.get("/v1/PasswordSettings").json == {
        "min_password_length": 8,
        "require_digit": True,
        "require_special_character": False,
    }
    admin.post(
        "/v1/PasswordSettings", json={"min_password_length": 12, "require_special_character": True}
    )
    assert admin.get("/v1/PasswordSettings").json == {
        "min_password_length": 12,
        "require_digit": True,
        "require_special_character": True,
    }


def test_the_rules_are_in_force(connect: Connect) -> None:
    rules = {
        "min_password_length": 10,
        "require_digit": True,
        "require_special_character": True,
    }
    person = as_person(connect, "owner")
    connect("admin").post("/v1/PasswordSettings", json=rules)
    for new, text in (
        ("short-1", "password must be at least 10 characters"),
        ("without-digit", "password must contain at least one digit"),
        ("withoutspecial1", "password must contain at least one special character"),
    ):
        body = {"old_password": PASSWORD, "new_password": new}
        changed = person.post("/v1/change-password", json=body)
        updated = person.put(f"/v1/Users/{OWNER}", json=body)
        user = {"name": "new", "email": email_of("new"), "initial_password": new}
        made = person.post("/v1/Users", json=user)
        for answer in (changed, updated, made):
            assert (answer.status_code, answer.json["msg"]) == (400, text)
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert person.post("/v1/change-password", json=body).status_code == 204


def test_passwords_are_kept_as_hashes(connect: Connect) -> None:
    person = as_person(connect, "owner")
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    person.post("/v1/change-password", json=body)
    stored = User.get(User.uid == OWNER).password_hash
    assert stored.startswith("$argon2id$")
    assert NEW_PASSWORD not in stored


def test_a_person_whose_account_is_switched_off_is_out(connect: Connect) -> None:
    person = as_person(connect, "owner")
    changed = connect("provider").put(f"/v1/Accounts/{ALPHA}", json={"is_active": False})
    assert changed.status_code == 204
    assert person.get("/v1/Users/me").status_code == 401
    assert sign_in(connect, "owner").status_code == 403


class TestObserved:
    """The bodies of refusals as the running server sends them."""

    @pytest.fixture
    def profile(self) -> str:
        return "observed"

    def test_refusals_have_their_own_shapes(self, connect: Connect) -> None:
        public = connect(None)
        wrong = {"username": "owner", "password": "x"}
        told = {
            "login 400": public.post("/v1/login", json={}),
            "login 403": public.post("/v1/login", json=wrong),
            "signin 403": sign_in(connect, "owner", "x"),
            "signin 404": sign_in(connect, "nobody"),
            "forgot": public.post("/v1/forgot-password", json={}),
            "rules": connect("alpha").get("/v1/PasswordSettings"),
            "users": connect("alpha").get("/v1/Users"),
        }
        assert {name: (answer.status_code, answer.text) for name, answer in told.items()} == {
            "login 400": (400, "Bad Request"),
            "login 403": (403, "Forbidden"),
            "signin 403": (403, "Forbidden"),
            "signin 404": (404, "Not Found"),
            "forgot": (400, '{"error":"invalid or missing email"}'),
            "rules": (403, '{"status":"fail","message":"insufficient privileges"}'),
            "users": (403, "Forbidden"),
        }


def test_who_signs_in_elsewhere_has_no_password(connect: Connect) -> None:
    User.update(password_hash=None).where(User.uid == CHANGER).execute()
    person = as_person(connect, "owner")
    User.update(password_hash=None).where(User.uid == OWNER).execute()
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    answer = person.post("/v1/change-password", json=body)
    assert (answer.status_code, answer.json["msg"]) == (400, "user is using oauth authentication")
    text = "can not change password when using oauth2"
    assert person.put(f"/v1/Users/{OWNER}", json=body).json["msg"] == text
    assert sign_in(connect, "changer").status_code == 403
