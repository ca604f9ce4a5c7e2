"""People of the test world, who all have one password, and the names tests call them by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.matrix import Send

PASSWORD, NEW_PASSWORD = "1234", "new-secret-12"
# made with the least work argon2 takes, so that tests sign in quickly
HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$/9ZBH67BdL/aZ9G9TuqU5w$p9WUsLCGqF5qoKA3umef/wOrGUF7oL7E1IQAWCgtVbQ"
)
(
    OWNER, CHANGER, LEAVER, DOOMED, STRANGER, AGENT, RIVAL, ROOT, VOUCHED, UNPROVEN, OFF, ASLEEP,
) = (
    f"f1{n}0000-0000-4000-8000-0000000000{n}" for n in range(10, 22)
)  # fmt: skip


def email_of(login: str) -> str:
    return f"{login}@people.example"


def person(uid: str, login: str, owner: Mapping[str, str], **more: Any) -> dict[str, Any]:
    scope = "account" if "account" in owner else "provider" if owner else "admin"
    return {
        "ref": login,
        "uid": uid,
        "login": login,
        "name": f"{login} of tests",
        "email": email_of(login),
        "password_hash": HASH,
        "scope": scope,
        **owner,
        **more,
    }


def noted(**notes: Any) -> dict[str, Any]:
    return {"extras": {"jambonz": notes}}


IN_ALPHA, IN_BETA = {"account": "alpha"}, {"account": "beta"}
ROWS: Mapping[str, list[dict[str, Any]]] = {
    "users": [
        person(OWNER, "owner", IN_ALPHA, phone="+12065550199"),
        person(CHANGER, "changer", IN_ALPHA, **noted(force_change=True)),
        person(LEAVER, "leaver", IN_ALPHA),
        person(DOOMED, "doomed-person", IN_ALPHA),
        person(STRANGER, "stranger", IN_BETA),
        person(AGENT, "agent", {"service_provider": "provider"}),
        person(RIVAL, "rival-agent", {"service_provider": "rival"}),
        person(ROOT, "root", {}),
        person(
            VOUCHED,
            "vouched",
            IN_BETA,
            **noted(provider="github", provider_userid="vouched"),
            password_hash=None,
        ),
        person(UNPROVEN, "unproven", IN_BETA, **noted(email_validated=False)),
        person(OFF, "switched-off", IN_BETA, is_active=False),
        person(ASLEEP, "sleeper", {"account": "asleep"}),
    ]
}


def token(send: Send, login: str) -> str:
    """Sign somebody in."""
    body = {"email": email_of(login), "password": PASSWORD}
    found: str = send("POST", "/v1/signin", body)["jwt"]
    return found


def prepare(send: Send) -> dict[str, str]:
    names = {"alpha_jwt": "owner", "beta_jwt": "stranger", "changer_jwt": "changer",
             "leaver_jwt": "leaver"}  # fmt: skip
    return {name: token(send, login) for name, login in names.items()}
