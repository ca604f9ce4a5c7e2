"""Universes in one process, without sockets: what is theirs alone, and what time does to them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from emulators import world
from emulators.process import Emulator
from tests.emulators.conftest import settings
from tests.emulators.inside import API, DEMO, MESSAGES, NOON, NUMBER, PHONE, In, frozen, make
from tests.support.receivers import Receiver, receiving


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=world.demo_bundle())
    made.start()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def alone(emulator: Emulator) -> Iterator[None]:
    """Only the main universe, as it was at the start."""
    yield
    for one in list(emulator.universes):
        if one is not emulator.main:
            emulator.universes.delete(one.name)
    for name in emulator.universes.snapshots:
        emulator.universes.forget(name)
    emulator.main.reset("seed")


@pytest.fixture
def app() -> Iterator[Receiver]:
    with receiving(Receiver()) as receiver:
        yield receiver


# -- what is made


def test_a_universe_tells_how_to_use_it(emulator: Emulator) -> None:
    one, made = make(emulator, "one", seed=7)
    assert made["base_url"] == "http://localhost/_u/one"
    (account,) = made["accounts"]
    assert account["uid"] == world.DEMO_ACCOUNT
    pair = (account["key_id"], account["secret"])
    assert one.call("GET", "/v2/numbers", auth=pair).status_code == 200
    assert set(made["smpp"]) == {"host", "port", "system_id", "password"}
    listed = In(emulator).control("GET", "/universes")
    assert [(u["name"], u["seed"]) for u in listed][1:] == [("one", 7)]
    again = In(emulator).control("GET", "/universes/one")
    assert again["accounts"] == made["accounts"]
    token = {"Authorization": f"Bearer {made['admin_token']}"}
    found = one.client.get("/_u/one/v1/Accounts", headers=token)
    assert [row["account_sid"] for row in found.json] == [world.DEMO_ACCOUNT]


def test_names_are_given_where_none_is_wanted(emulator: Emulator) -> None:
    make(emulator, "u1")
    made = In(emulator).control("POST", "/universes", {})
    assert made["name"] == "u2"
    assert In(emulator).call("GET", "/_u/u2/v2/numbers").status_code == 200


def test_an_empty_universe_has_an_administrator_and_nothing_else(emulator: Emulator) -> None:
    one, made = make(emulator, "bare", template="empty")
    assert made["accounts"] == []
    assert one.call("GET", "/v2/numbers").status_code == 401
    token = {"Authorization": f"Bearer {made['admin_token']}"}
    assert one.client.get("/_u/bare/v1/Accounts", headers=token).json == []


def test_profiles_are_of_one_universe(emulator: Emulator) -> None:
    dialects = emulator.main.dialects
    name, dialect = next((n, d) for n, d in dialects.items() if len(d.profiles) > 1)
    other = next(p for p in dialect.profiles if p != dialect.profile("").name)
    one, _ = make(emulator, "one", profiles={name: other})
    shown = one.client.get("/_u/one/_gateway/capabilities").json["dialects"]
    assert shown[name]["profile"] == other
    assert shown[name]["base_url"].endswith(f"/_u/one/{name}")
    plain = one.client.get("/_gateway/capabilities").json["dialects"]
    assert plain[name]["profile"] == dialect.profile("").name


# -- apart


def test_equal_seeds_and_keys_do_not_meet(emulator: Emulator) -> None:
    one, two = frozen(emulator, "one"), frozen(emulator, "two")
    first, second = one.send(), two.send()
    assert first == second  # the same seed, the same moment
    two.send()
    assert (one.messages(), two.messages(), In(emulator).messages()) == (1, 2, 0)
    assert one.journal("http")[0]["request"]["path"] == MESSAGES
    assert len(two.journal("http")) == 3
    one.control("PUT", "/scripts", {"rules": [{"pattern": ".", "script": "undeliverable"}]})
    assert two.control("GET", "/scripts")["rules"] == []
    In(emulator).control("DELETE", "/universes/one")
    assert one.client.get("/_u/one/v2/numbers").status_code == 404
    assert two.messages() == 2


def test_links_in_answers_stay_in_the_universe(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    link = one.call("POST", MESSAGES, {"to": PHONE, "from": NUMBER, "body": "x"}).json
    assert link["data"]["links"]["self"].startswith("http://localhost/_u/one/v2.1/messages/")


def test_a_credential_finds_its_universe(emulator: Emulator) -> None:
    _, one = make(emulator, "one", seed=1)
    _, two = make(emulator, "two", seed=1)
    plain = Client(emulator.wsgi)
    body = {"to": PHONE, "from": NUMBER, "body": "by key"}
    key = two["accounts"][0]
    assert plain.post(MESSAGES, json=body, auth=(key["key_id"], key["secret"])).status_code == 202
    assert plain.post(MESSAGES, json=body, auth=DEMO).status_code == 202  # everybody's: main
    admin = {"Authorization": f"Bearer {one['admin_token']}"}
    name = {"name": "only in one", "root_domain": "one.example"}
    assert plain.post("/v1/ServiceProviders", json=name, headers=admin).status_code == 201
    counted = {u: In(emulator, u).messages() for u in ("main", "one", "two")}
    assert counted == {"main": 1, "one": 0, "two": 1}
    found = plain.get("/_u/one/v1/ServiceProviders", headers=admin).json
    assert "only in one" in {row["name"] for row in found}
    assert In(emulator).call("GET", "/v2/numbers", auth=("no-key", "x")).status_code == 401


def test_tokens_and_logins_find_their_universe(emulator: Emulator) -> None:
    _, two = make(emulator, "two", seed=1)
    plain, key = Client(emulator.wsgi), two["accounts"][0]
    got = plain.post(
        "/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(key["key_id"], key["secret"]),
    )
    bearer = {"Authorization": f"Bearer {got.json['access_token']}"}
    path = f"/v1/projects/{key['uid']}/trunks"
    made = plain.post(path, json={"name": "t", "hostName": "only-in-two"}, headers=bearer)
    assert made.status_code < 300, made.text
    given = {"username": key["login"], "password": key["password"]}
    logged_in = plain.post("/v1/login", json=given)
    assert logged_in.status_code == 200, logged_in.text
    seen = [e["request"]["path"] for e in In(emulator, "two").journal("http")]
    assert seen == ["/oauth2/token", path, "/v1/login"]
    assert In(emulator).journal("http") == []


def test_a_broken_credential_goes_to_main(emulator: Emulator) -> None:
    make(emulator, "one")
    plain = Client(emulator.wsgi)
    for value in ("Basic ???", "Bearer a.b.c", "Basic " + base64.b64encode(b"x").decode(), "x"):
        answer = plain.get("/v2/numbers", headers={"Authorization": value})
        assert answer.status_code == 401
    assert plain.post("/v1/login", data=b"\xff", content_type="text/plain").status_code >= 400
    assert len(In(emulator).journal("http")) == 5


# -- copies


def test_fork_goes_on_alike_and_apart(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    one.send()
    one.control("PUT", "/scripts", {"rules": [{"pattern": ".", "script": "undeliverable"}]})
    In(emulator).control("POST", "/universes/one/fork", {"name": "two"})
    two = In(emulator, "two")
    assert two.control("GET", "/clock") == one.control("GET", "/clock")
    assert two.control("GET", "/scripts") == one.control("GET", "/scripts")
    assert two.messages() == 1
    two.send()
    assert (one.messages(), two.messages()) == (1, 2)
    other = In(emulator).control("POST", "/universes/one/fork", {"seed": 8})
    assert In(emulator, other["name"]).send() != one.send()


def test_snapshots_put_rows_ids_and_time_back(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    one.send()
    one.control("PUT", "/snapshots/after-one")
    second = one.send()
    one.control("POST", "/clock/advance", {"seconds": 5})
    assert one.messages() == 2
    one.control("POST", "/snapshots/after-one")
    assert one.control("GET", "/clock")["now"] == "2026-05-01T12:00:00+00:00"
    assert (one.send(), one.messages()) == (second, 2)
    copy, _ = make(emulator, "copy", template="after-one")
    assert (copy.send(), copy.messages()) == (second, 2)
    assert one.control("GET", "/snapshots") == ["after-one"]
    copy.control("POST", "/reset")
    assert copy.messages() == 1
    copy.control("POST", "/reset", {"to": "empty"})
    assert copy.call("GET", "/v2/numbers").status_code == 401
    copy.control("POST", "/reset", {"to": "seed"})
    assert copy.messages() == 1
    one.control("DELETE", "/snapshots/after-one")
    assert one.control("GET", "/snapshots") == []


def test_reset_repeats_the_same_ids(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    first = [one.send(), one.send()]
    one.control("POST", "/clock/advance", {"seconds": 1})
    assert one.levels(first[0]) == [1, 2]
    sent = [e["fields"] for e in one.journal("smpp") if e["pdu"] == "submit_sm_resp"]
    one.control("POST", "/reset")
    assert one.journal("smpp") == []
    assert [one.send(), one.send()] == first
    one.control("POST", "/clock/advance", {"seconds": 1})
    assert [e["fields"] for e in one.journal("smpp") if e["pdu"] == "submit_sm_resp"] == sent


def test_main_is_put_back_from_a_snapshot(emulator: Emulator) -> None:
    main = In(emulator)
    main.send()
    main.control("PUT", "/snapshots/mine")
    main.send()
    main.control("POST", "/reset", {"to": "mine"})
    assert main.messages() == 1


def test_there_is_a_bound(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulators.universes.MOST_UNIVERSES", 2)
    monkeypatch.setattr("emulators.universes.MOST_SNAPSHOTS", 1)
    make(emulator, "one")
    plain = Client(emulator.wsgi)
    assert plain.post(f"{API}/universes", json={}).status_code == 409
    assert plain.put(f"{API}/snapshots/a").status_code == 201
    assert plain.put(f"{API}/snapshots/a").status_code == 201
    assert plain.put(f"{API}/snapshots/b").status_code == 409


# -- time


def test_nothing_happens_while_the_clock_stands(emulator: Emulator, app: Receiver) -> None:
    one = frozen(emulator, "one")
    message = one.send(dlr_callback=app.url("/dlr"))
    assert one.levels(message) == []
    assert one.control("POST", "/run", {"until": "idle"})["now"].startswith("2026-05-01T12:00:00")
    assert [e["pdu"] for e in one.journal("smpp")][-1] == "submit_sm_resp"
    assert one.levels(message) == [1]
    ran = one.control("POST", "/clock/advance", {"seconds": 1})
    assert (ran["mode"], ran["now"]) == ("frozen", "2026-05-01T12:00:01+00:00")
    assert one.levels(message) == [1, 2]
    assert [hit.path for hit in app.hits] == ["/dlr", "/dlr"]
    (receipt,) = [e for e in one.journal("smpp") if e["pdu"] == "deliver_sm"]
    assert receipt["at"] == "2026-05-01T12:00:00.050000+00:00"


def test_retries_come_at_their_own_times(emulator: Emulator, app: Receiver) -> None:
    app.status = 503
    one = frozen(emulator, "one")
    one.send(dlr_callback=app.url("/dlr"))
    one.control("POST", "/run", {"until": "idle"})
    one.control("POST", "/clock/advance", {"seconds": 20})
    app.status = 200
    one.control("POST", "/clock/advance", {"seconds": 3600})
    attempts = one.journal("webhook")
    times = [e["at"] for e in attempts]
    assert times == sorted(times)
    assert len(set(times)) == len(times) > 3  # each at its own moment
    assert [e["answer"]["status"] for e in attempts[-2:]] == [200, 200]
    assert one.control("POST", "/clock/advance", {"seconds": 86_400})["ran"] == 0


def test_tokens_expire_with_the_clock(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    got = one.client.post(
        "/_u/one/oauth2/token", data={"grant_type": "client_credentials"}, auth=DEMO
    ).json
    bearer = {"Authorization": f"Bearer {got['access_token']}"}
    path = f"/_u/one/v1/projects/{world.DEMO_ACCOUNT}/trunks"
    assert one.client.get(path, headers=bearer).status_code == 200
    one.control("POST", "/clock/advance", {"seconds": got["expires_in"] + 1})
    assert one.client.get(path, headers=bearer).status_code == 401


def test_the_default_window_follows_the_clock(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    one.send()
    assert one.messages() == 1
    one.control("PUT", "/clock", {"now": "2026-04-01T00:00:00Z"})
    assert one.messages() == 0  # those until now, if no end is given


def test_inbound_messages_come_in_while_the_clock_stands(emulator: Emulator, app: Receiver) -> None:
    one = frozen(emulator, "one")
    one.call("PUT", f"{MESSAGES}/sms_callback", {"callback_url": app.url("/sms")})
    played = {"from": PHONE, "to": NUMBER, "text": "hello"}
    told = one.control("POST", "/traffic/sms", played)
    assert told["parts"] == [{"outcome": "acknowledged", "status": 0}]
    assert one.messages() == 1
    assert app.hits == []
    one.control("POST", "/run")
    assert [hit.path for hit in app.hits] == ["/sms"]


def test_a_clock_that_is_set_and_let_go(emulator: Emulator) -> None:
    one = frozen(emulator, "one")
    live = one.control("PUT", "/clock", {"mode": "live", "now": "2030-01-01T00:00:00Z"})
    assert live["mode"] == "live"
    assert live["now"].startswith("2030-01-01T00:00:0")
    ahead = one.control("POST", "/clock/advance", {"seconds": 3600})
    assert ahead["mode"] == "live"
    assert ahead["now"].startswith("2030-01-01T01:00:0")
    stands = one.control("PUT", "/clock", {"mode": "frozen"})
    assert one.control("GET", "/clock") == stands


def test_main_has_a_clock_too(emulator: Emulator) -> None:
    main = In(emulator)
    main.control("PUT", "/clock", {"mode": "frozen", "now": NOON})
    message = main.send()
    main.control("POST", "/clock/advance", {"seconds": 1})
    assert main.levels(message) == [1, 2]
    main.control("POST", "/reset")
    assert main.control("GET", "/clock")["mode"] == "live"


def test_a_file_is_put_back_and_copied_too(tmp_path: Path) -> None:
    changes = {"database_url": f"sqlite:///{tmp_path}/world.db", "secret_key": "x" * 32}
    made = Emulator(settings().but(**changes), bundle=world.demo_bundle(), dialects={})
    made.start()
    main = In(made)
    extra = {"polytrunk": 1, "numbers": [{"account": world.DEMO_ACCOUNT, "e164": "+12065550199"}]}
    try:
        assert main.control("POST", "/seed", extra)["created"] == 1
        main.control("PUT", "/snapshots/with-one")
        main.control("POST", "/reset")
        assert main.control("POST", "/seed", extra)["created"] == 1
        one, _ = make(made, "one", template="with-one")
        assert one.control("POST", "/seed", extra)["created"] == 0
    finally:
        made.stop()
