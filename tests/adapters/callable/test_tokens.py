"""Tokens: what they say, how long they last, how they are renewed, and what roles open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from gateway.http.body import FORM
from gateway.models import User
from gateway.models.database import connection, using
from gateway.universe import Universe
from tests.adapters.callable import world
from tests.adapters.callable.samples import LOGIN, TRUNK
from tests.adapters.callable.world import BASE, hex24
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock
from tests.support.snapshots import nothing_changes

Connect = Callable[..., ContractClient]
AUTHORIZE, REFRESH = "/api/v1/oauth/authorize", "/api/v1/oauth/refresh"


def ask(client: ContractClient, path: str = AUTHORIZE, **members: str) -> Any:
    return client.post(path, data=urlencode(members), content_type=FORM)


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def headers(tokens: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_what_tokens_say(connect: Connect) -> None:
    """Both name the person; signed by HS256 with the roles where Keycloak has them."""
    tokens = ask(connect(None), **LOGIN).json
    assert tokens.keys() == {"access_token", "refresh_token", "expires_in", "refresh_expires_in"}
    assert jwt.get_unverified_header(tokens["access_token"])["alg"] == "HS256"
    bearer, refresh = claims(tokens["access_token"]), claims(tokens["refresh_token"])
    assert bearer["realm_access"] == {"roles": ["OrganisationAdmin", "VoiceChannel"]}
    for found, typ, seconds in ((bearer, "Bearer", 3600), (refresh, "Refresh", 36_000)):
        assert found["typ"] == typ
        assert found["sub"] == world.BOTH_USER
        assert found["preferred_username"] == "demo"
        assert found["org"] == hex24(world.ORGANISATION)
        assert (found["aud"], found["exp"] - found["iat"]) == ("callable", seconds)
    assert bearer["jti"] != refresh["jti"]


def test_an_access_key_signs_in_for_its_account(connect: Connect) -> None:
    tokens = ask(connect(None), username="alpha", password="alpha-secret").json
    client = connect(headers(tokens))
    assert [one["name"] for one in client.get("/api/v1/account").json] == ["owners pizzas"]
    assert client.get("/api/v1/userAccounts/me").json["name"] == "owners organisation"
    assert client.get(f"{BASE}/trunk").status_code == 200
    assert client.get(f"/api/v1/account/{hex24(world.BETA)}").status_code == 404
    assert client.post("/api/v1/account", json={"name": "sister"}).status_code == 403
    again = ask(connect(None), token=tokens["refresh_token"])
    assert claims(again.json["access_token"])["preferred_username"] == "alpha"


@pytest.mark.parametrize("path", [AUTHORIZE, REFRESH])
def test_a_refresh_token_is_used_once(connect: Connect, path: str) -> None:
    first = ask(connect(None), **LOGIN).json
    second = ask(connect(None), path, token=first["refresh_token"]).json
    assert connect(headers(second)).get("/api/v1/account").status_code == 200
    assert connect(headers(first)).get("/api/v1/account").status_code == 200
    with nothing_changes():
        again = ask(connect(None), path, token=first["refresh_token"])
    assert (again.status_code, again.json) == (
        401, {"error": "invalid_grant", "error_description": "Token is not active"},
    )  # fmt: skip
    assert ask(connect(None), path, token=second["refresh_token"]).status_code == 200


def test_two_who_refresh_at_once(connect: Connect, universe: Universe) -> None:
    """One of them gets the next pair."""
    token = ask(connect(None), **LOGIN).json["refresh_token"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(connect(None), token=token).status_code, range(4)))
    assert sorted(answers) == [200, 401, 401, 401]


def test_the_universe_says_when_tokens_end(connect: Connect, clock: Clock) -> None:
    tokens = ask(connect(None), **LOGIN).json
    client = connect(headers(tokens))
    clock.advance(3599)
    assert client.get("/api/v1/account").status_code == 200
    clock.advance(1)
    refused = client.get("/api/v1/account")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert refused.json["status"] == "UNAUTHORIZED"
    clock.advance(36_000 - 3600 - 1)
    tokens = ask(connect(None), token=tokens["refresh_token"]).json
    clock.advance(36_000)
    assert ask(connect(None), token=tokens["refresh_token"]).status_code == 401


@pytest.mark.parametrize(
    ("members", "status", "says"),
    [
        ({}, 400, "username: is required where there is no token"),
        ({"username": "demo"}, 400, "password: is required where there is no token"),
        ({"password": "1234"}, 400, "username: is required where there is no token"),
        ({"username": "", "password": "1234"}, 400, "username: is required"),
        ({"username": "demo", "password": ""}, 400, "password: is required"),
        ({"username": "demo", "password": "x" * 5000}, 400, "password: must have at most"),
        ({"username": "demo", "password": "4321"}, 401, "Invalid user credentials"),
        ({"username": "nobody", "password": "1234"}, 401, "Invalid user credentials"),
        ({"username": "zzz", "password": "1234"}, 401, "Invalid user credentials"),
        ({"username": "alpha", "password": "1234"}, 401, "Invalid user credentials"),
        ({"username": "revoked", "password": "revoked-secret"}, 401, "Invalid user"),
        ({"username": "asleep", "password": "asleep-secret"}, 401, "Invalid user"),
        ({"username": "admin", "password": "admin-secret"}, 401, "Invalid user"),
        ({"token": "x"}, 401, "Token is not active"),
        ({"token": world.token(world.BOTH_USER)}, 401, "Token is not active"),
        ({"token": world.token(world.ASLEEP, typ="Refresh")}, 401, "Token is not active"),
        ({"token": "x", **LOGIN}, 401, "Token is not active"),
    ],
)
def test_refusals(connect: Connect, members: dict[str, str], status: int, says: str) -> None:
    with nothing_changes():
        answer = ask(connect(None), **members)
    assert answer.status_code == status
    assert answer.json.keys() == {"error", "error_description"}
    assert answer.json["error"] == {400: "invalid_request", 401: "invalid_grant"}[status]
    assert answer.json["error_description"].startswith(says)


def test_only_forms_make_tokens(connect: Connect) -> None:
    for path in (AUTHORIZE, REFRESH):
        answer = connect(None).post(path, json=LOGIN, content_type="application/json")
        assert (answer.status_code, answer.json["status"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    answer = ask(connect(None), REFRESH)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


CALL = {
    "target": {"phoneNumber": {"number": "+441632960077"}},
    "verbs": [{"hangup": {"reason": "call-complete"}}],
}


@pytest.mark.parametrize(
    ("who", "organisation", "voice"),
    [
        (world.ADMIN_USER, 200, 403),
        (world.VOICE_USER, 403, 201),
        (world.BOTH_USER, 200, 201),
        (world.RECORDER, 403, 403),
        (world.KEY, 200, 201),
    ],
    ids=["administrator", "voice", "both", "recorder", "key"],
)
def test_what_roles_open(connect: Connect, who: str, organisation: int, voice: int) -> None:
    client = connect(who)
    for path in ("/api/v1/userAccounts/me", "/api/v1/account", BASE, f"{BASE}/hook"):
        assert client.get(path).status_code == organisation, path
    made = client.post(f"{BASE}/trunk", json=TRUNK)
    assert made.status_code == {200: 201}.get(organisation, organisation)
    called = client.post(f"{BASE}/channels/voice", json=CALL)
    assert called.status_code == voice
    for refused in (answer for answer in (made, called) if answer.status_code == 403):
        assert refused.json["messages"] == ["Forbidden"]


def test_a_role_that_is_taken_away_is_gone_at_once(connect: Connect, universe: Universe) -> None:
    """Whatever the token says."""
    client = connect(headers(ask(connect(None), **LOGIN).json))
    assert client.get("/api/v1/account").status_code == 200
    with using(universe.store), connection():
        User.update(roles=[]).where(User.uid == world.BOTH_USER).execute()
    assert client.get("/api/v1/account").status_code == 403
