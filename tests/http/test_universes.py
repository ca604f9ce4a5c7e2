"""One app over several universes: each request reaches its own runtime, store and profile."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from gateway.app import create_app
from gateway.models.database import current_store
from gateway.settings import Settings
from gateway.universe import make_universe
from tests.http.conftest import BASIC
from tests.http.toy import KEY, Principal, Scope, toy


@pytest.fixture
def universes():
    made = {
        name: make_universe(Settings(database_url="sqlite:///:memory:", profiles={"toy": name}))
        for name in ("documented", "observed")
    }
    yield made
    for universe in made.values():
        universe.close()


def test_a_request_reaches_its_universe(universes):
    reached = []

    def authenticate(ctx, credentials):
        reached.append((ctx.runtime, current_store()))
        return Principal(Scope.ACCOUNT, key_uid=KEY)

    app = create_app(
        universe=universes["documented"],
        dialects={"toy": toy(authenticate=authenticate)},
        universe_of=lambda environ: universes[environ.get("HTTP_X_UNIVERSE", "documented")],
    )
    client = Client(app)
    answers = [
        client.post("/t1/things", json={"name": "a"}, headers={**BASIC, **more}).status_code
        for more in ({}, {"X-Universe": "observed"})
    ]
    assert answers == [201, 200]
    expected = [(u.runtime, u.store) for u in universes.values()]
    assert reached == expected
    profiles = [
        client.get("/_gateway/capabilities", headers=more).json["dialects"]["toy"]["profile"]
        for more in ({}, {"X-Universe": "observed"})
    ]
    assert profiles == ["documented", "observed"]


def test_the_store_is_left_again_after_a_request(universes):
    app = create_app(universe=universes["documented"], dialects={"toy": toy()})
    assert Client(app).get("/t1/fail", headers=BASIC).status_code == 500
    with pytest.raises(LookupError):
        current_store()


def test_a_universe_named_by_the_mounting_app_wins(universes):
    app = create_app(universe=universes["documented"], dialects={"toy": toy()})
    answer = Client(app).post(
        "/t1/things",
        json={"name": "a"},
        headers=BASIC,
        environ_overrides={"polytrunk.universe": universes["observed"]},
    )
    assert answer.status_code == 200
