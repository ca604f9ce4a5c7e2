"""A recording over all dialects is played again byte for byte, here and elsewhere."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from werkzeug.test import Client

from emulators import replay, tape, world
from emulators.process import Emulator
from emulators.replay import Difference
from gateway.domain.events import HookRequest
from tests.emulators.conftest import settings
from tests.emulators.running import ROOT, running
from tests.support.receivers import Receiver, receiving

API = "/_emulator/api"
NOON = "2026-05-01T12:00:00Z"
NUMBER, PHONE = "12065550100", "12125550123"
BASIC = (world.DEMO_KEY, world.DEMO_SECRET)
ADMIN = "38700987-c7a4-4685-a5bb-af378f9734de"
JAMBONZ, SINCH = f"/v1/Accounts/{world.DEMO_ACCOUNT}", f"/v1/projects/{world.DEMO_ACCOUNT}"
VERBS = [{"verb": "say", "text": "hello"}, {"verb": "gather", "actionHook": "/more"}]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=world.demo_bundle())
    made.start()
    yield made
    made.stop()


class Taped:
    """A client of a universe whose clock stands still; every answer is a success."""

    def __init__(self, emulator: Emulator, name: str, **more: Any) -> None:
        self.client, self.root = Client(emulator.wsgi), f"/_u/{name}"
        made = {"name": name, "seed": 7, "clock": {"now": NOON}, **more}
        assert self.client.post(f"{API}/universes", json=made).status_code == 201

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self.client.open(self.root + path, method=method, json=body, **more)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json if answer.data else None

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return self.ask(method, API + path, body)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def tell_a_story(one: Taped, app: Receiver) -> None:
    """Things made, messages both ways, calls both ways and lists, in every dialect."""
    sent = {"to": PHONE, "from": NUMBER, "body": "ha €" * 60, "dlr_callback": app.url("/dlr")}
    one.ask("POST", "/v2.1/messages", sent, auth=BASIC)
    one.ask("PUT", "/v2.1/messages/sms_callback", {"callback_url": app.url("/sms")}, auth=BASIC)
    grant = {"grant_type": "client_credentials"}
    sinch = bearer(one.ask("POST", "/oauth2/token", auth=BASIC, data=grant)["access_token"])
    one.ask("POST", f"{SINCH}/trunks", {"name": "t", "hostName": "taped"}, headers=sinch)
    admin = bearer(ADMIN)
    hooks = {
        "call_hook": {"url": app.url("/call"), "method": "POST"},
        "call_status_hook": {"url": app.url("/status"), "method": "POST"},
    }
    named = {"name": "ivr", "account_sid": world.DEMO_ACCOUNT, **hooks}
    one.ask("POST", "/v1/Applications", named, headers=admin)
    placed = {**hooks, "from": NUMBER, "to": {"type": "phone", "number": PHONE}}
    one.ask("POST", f"{JAMBONZ}/Calls", placed, headers=admin)
    login = {"username": "demo", "password": "1234"}
    pair = one.ask("POST", "/api/v1/oauth/authorize", data=login)
    callable_ = bearer(pair["access_token"])
    account = one.ask("GET", "/api/v1/account", headers=callable_)[0]["id"]
    of_account = f"/api/v1/account/{account}"
    one.ask("POST", f"{of_account}/trunk", {"ip": "192.0.2.99"}, headers=callable_)
    undelivered = {"rules": [{"pattern": "4$", "script": "undeliverable"}]}
    one.control("PUT", "/scripts", undelivered)
    one.control("POST", "/run", {"until": "idle"})
    one.ask("POST", "/v2.1/messages", {**sent, "to": "12125550124"}, auth=BASIC)
    one.ask("POST", "/v2.1/messages", {**sent, "to": "12125559020"}, auth=BASIC)
    one.control("POST", "/run", {"until": "idle"})
    assert one.control("POST", "/tick", {"times": 2})["gone"] > 0
    one.control("POST", "/traffic/sms", {"from": PHONE, "to": NUMBER, "text": "hello"})
    one.control("POST", "/traffic/call", {"from": PHONE, "to": NUMBER})
    one.control("POST", "/clock/advance", {"seconds": 120})
    since = "start_date=2026-04-30T00:00:00Z"
    assert len(one.ask("GET", f"/v2.1/messages?{since}&limit=9", auth=BASIC)["data"]) == 4
    one.ask("GET", f"{SINCH}/trunks", headers=sinch)
    one.ask("GET", f"{JAMBONZ}/RecentCalls?page=1&count=25", headers=admin)
    one.ask("GET", f"{of_account}/trunk", headers=callable_)
    missing = one.client.get(f"{one.root}{JAMBONZ}/Calls/none", headers=admin)
    assert missing.status_code >= 400


@pytest.fixture(scope="module")
def recorded(emulator: Emulator) -> dict[str, Any]:
    answers = {"/call": orjson.dumps(VERBS), "/more": b"[]"}
    with receiving(Receiver(content=b"", paths=answers)) as app:
        one = Taped(emulator, "taped")
        one.ask("GET", "/v2/numbers", auth=BASIC)  # before the recording, and undone by it
        one.control("POST", "/recording", {})
        tell_a_story(one, app)
        assert {hit.path for hit in app.hits} >= {"/dlr", "/sms", "/call", "/status"}
    made: dict[str, Any] = one.control("GET", "/recording")
    one.control("DELETE", "/recording")
    return made


@pytest.fixture
def recording(recorded: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(recorded)


def played(recording: dict[str, Any]) -> Difference | None:
    with replay.in_process(recording, settings()) as stage:
        return replay.play(recording, stage)


def command(file: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "replay", str(file), *more],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def asked(recording: dict[str, Any], ends: str) -> dict[str, Any]:
    """The entry of the last request whose path ends like that."""
    return [e for e in recording["requests"] if e["request"]["path"].endswith(ends)][-1]


# -- the same again


def test_it_is_played_twice_and_elsewhere(recording: dict[str, Any], tmp_path: Path) -> None:
    assert played(recording) is None
    assert played(recording) is None
    file = tmp_path / "taped.json"
    file.write_bytes(orjson.dumps(recording))
    code, said = command(file)
    webhooks = len(recording["webhooks"])
    assert (code, said) == (
        0,
        f"as recorded: {len(recording['requests'])} requests, {webhooks} webhooks\n",
    )


def test_it_says_how_the_universe_began(recording: dict[str, Any]) -> None:
    start = {name: recording[name] for name in ("polytrunk_recording", "name", "seed", "template")}
    assert start == {
        "polytrunk_recording": 1, "name": "taped", "seed": 7, "template": "demo"
    }  # fmt: skip
    assert recording["clock"] == "2026-05-01T12:00:00+00:00"
    assert "bundle" not in recording  # the demo world is known everywhere
    paths = [entry["request"]["path"] for entry in recording["requests"]]
    assert paths[0] == "/_u/taped/v2.1/messages"
    played = {path.partition(f"{API}/")[2] for path in paths} - {""}
    assert played == {"scripts", "run", "tick", "traffic/sms", "traffic/call", "clock/advance"}


def test_it_is_played_on_an_emulator_that_runs(
    emulator: Emulator, recording: dict[str, Any]
) -> None:
    one = Taped(emulator, "served")
    one.control("POST", "/recording", {})
    one.ask("POST", "/v2.1/messages", {"to": PHONE, "from": NUMBER, "body": "x"}, auth=BASIC)
    one.control("POST", "/clock/advance", {"seconds": 5})
    one.ask("GET", "/v2.1/messages?start_date=2026-04-30T00:00:00Z", auth=BASIC)
    made = one.control("GET", "/recording")
    with running() as served:
        for status, what in ((202, None), (200, "the status")):
            made["requests"][0]["answer"]["status"] = status
            with replay.over_http(made, served.ready["url"]) as stage:
                found = replay.play(made, stage)
            assert (found and found.what) == what
        assert [u["name"] for u in served.control("GET", "/universes")[1]] == ["main"]
        with replay.over_http(recording, served.ready["url"]) as stage:
            path = f"/_u/taped{API}/recording"
            assert served.call("POST", path, {})[0] == 201
            for entry in recording["requests"]:
                stage.ask(entry["request"])
            there = served.call("GET", path)[1]
        assert len(there["requests"]) == len(recording["requests"])
        assert there["served_at"]["smsc_port"] == served.ready["smsc_port"]
        assert played(there) is None  # recorded with sockets, played without
        odd = replay.over_http({**made, "name": "NO"}, served.ready["url"])
        with pytest.raises(ValueError, match="answered 400"):
            odd.__enter__()


def test_faults_are_played_again(emulator: Emulator) -> None:
    one = Taped(emulator, "faulty")
    one.control("POST", "/recording", {})
    chance = {"on": "http", "path": "/numbers$", "probability": 0.5}
    one.control("POST", "/faults", {**chance, "action": {"kind": "status", "status": 503}})
    one.control("POST", "/faults", {"path": "/messages$", "nth": 2, "action": "reset"})
    one.control("POST", "/faults", {"on": "webhook", "times": 1, "action": "timeout"})
    told = [one.client.get(f"{one.root}/v2/numbers", auth=BASIC).status_code for _ in range(9)]
    assert set(told) == {200, 503}
    with receiving(Receiver()) as app:
        sent = {"to": PHONE, "from": NUMBER, "body": "x", "dlr_callback": app.url("/dlr")}
        one.ask("POST", "/v2.1/messages", sent, auth=BASIC)
        with pytest.raises(ConnectionResetError):
            one.ask("POST", "/v2.1/messages", sent, auth=BASIC)
        one.control("POST", "/clock/advance", {"seconds": 60})
    made = one.control("GET", "/recording")
    assert [e for e in made["requests"] if e["answer"] is None] == [made["requests"][-2]]
    assert len(made["webhooks"]) == 3  # the first of two again, since its answer was lost
    assert played(made) is None
    made["requests"][0]["request"]["body"] = '{"path": "/other"}'
    assert played(made) is not None


# -- what differs


def test_a_changed_answer_is_the_first_difference(
    recording: dict[str, Any], tmp_path: Path
) -> None:
    entry = asked(recording, "/v2.1/messages")
    number = recording["requests"].index(entry) + 1
    body = orjson.loads(entry["answer"]["body"])
    was = body["data"][0]["attributes"]["body"]
    body["data"][0]["attributes"]["body"] = "something else"
    entry["answer"]["body"] = orjson.dumps(body).decode()
    asked(recording, "/trunk")["answer"]["status"] = 418  # later, so it is not shown
    where = f"request {number}, GET /_u/taped/v2.1/messages"
    what = "the body at data.0.attributes.body"
    assert played(recording) == Difference(where, what, "something else", was)
    file = tmp_path / "changed.json"
    file.write_bytes(orjson.dumps(recording))
    code, said = command(file)
    assert code == 1
    assert said.startswith(f"{where}: {what} differs\n  recorded: something else\n  now:      ")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"status": 201}, "the status"),
        ({"headers": [["Via", "x"], ["X-More", "1"]]}, "the header x-more"),
        ({"headers": []}, "the header via"),
        ({"headers": [["via", "x"], ["Date", "then"]]}, None),  # which is of the connection
        ({"body": '{"a": {"b": [1, 3]}}'}, "the body at a.b.1"),
        ({"body": '{"a": {"c": 1}}'}, "the body at a.c"),
        ({"body": '{"a":{"b":[1,2]}}'}, "the body from character 5"),
        ({"body": "gone"}, "the body from character 0"),
    ],
)
def test_every_part_of_an_answer_counts(change: dict[str, Any], what: str | None) -> None:
    whole = {"status": 200, "headers": [["Via", "x"]], "body": '{"a": {"b": [1, 2]}}'}
    now = (200, [("Via", "x")], b'{"a": {"b": [1, 2]}}')
    found = replay.compare("here", {"path": "/v2/numbers"}, {**whole, **change}, now)
    assert (found and found.what) == what


def test_a_broken_connection_is_an_answer_too() -> None:
    request = {"path": "/v2/numbers"}
    answer: replay.Answer = (200, [], b"")
    assert replay.compare("here", request, None, None) is None
    found = replay.compare("here", request, None, answer)
    assert found == Difference("here", "whether it is answered", "(absent)", "an answer")


def test_of_control_calls_only_the_status_counts() -> None:
    request = {"path": f"/_u/one{API}/run"}
    whole = {"status": 200, "headers": [["Via", "x"]], "body": "a"}
    assert replay.compare("here", request, whole, (200, [], b"b")) is None
    assert replay.compare("here", request, whole, (503, [], b"a")) is not None


TOLD = HookRequest("post", {"X-Event": "1"}, b"{}", query="a=1")
HOOK = "http://127.0.0.1/hook"


@pytest.mark.parametrize(
    ("requests", "what"),
    [
        ([TOLD], None),
        ([replace(TOLD, body=b"[]")], "the body"),
        ([replace(TOLD, headers={})], "the headers"),
        ([replace(TOLD, query="")], "the url"),
        ([replace(TOLD, method="put")], "the method"),
        ([TOLD, TOLD], "the number of webhooks"),
        ([], "whether it is sent"),
    ],
    ids=["same", "body", "headers", "url", "method", "more", "fewer"],
)
def test_webhooks_count(requests: list[HookRequest], what: str | None) -> None:
    answer = {"status": 404, "error": None, "body": {"base64": "/w=="}, "whole": True}
    playback = replay.Playback([{"request": tape.webhook(TOLD, HOOK), "answer": answer}])
    outcomes = [playback.deliver(request, HOOK) for request in requests]
    assert all((o.status, o.body) == (404, b"\xff") for o in outcomes[:1])
    playback.end()
    assert (playback.difference and playback.difference.what) == what


def test_another_seed_is_another_story(recording: dict[str, Any]) -> None:
    found = played({**recording, "seed": 8})
    assert found is not None
    assert found.where.startswith("request 1,")


# -- what can be recorded


def test_only_what_can_be_made_again_is_recorded(emulator: Emulator) -> None:
    client = Client(emulator.wsgi)
    assert client.get(f"{API}/recording").status_code == 404
    assert client.post(f"{API}/recording").status_code == 409  # main
    one = Taped(emulator, "original")
    assert client.get(f"{one.root}{API}/recording").status_code == 404
    client.post(f"{API}/universes/original/fork", json={"name": "copy"})
    assert client.post(f"/_u/copy{API}/recording").status_code == 409
    one.control("PUT", "/clock", {"mode": "live"})
    refused = client.post(f"{one.root}{API}/recording")
    assert refused.status_code == 409
    assert "stand still" in refused.text


def test_a_clock_stays_where_it_is_while_recording(emulator: Emulator) -> None:
    one = Taped(emulator, "still")
    one.control("POST", "/recording", {})
    moving = one.client.put(f"{one.root}{API}/clock", json={"mode": "live"})
    assert moving.status_code == 409
    one.control("DELETE", "/recording")
    one.control("PUT", "/clock", {"mode": "live"})


def test_a_bundle_of_ones_own_goes_along(tmp_path: Path) -> None:
    bundle = world.demo_bundle()
    bundle["accounts"][0]["name"] = "Mine"
    mine = Emulator(settings(), bundle=bundle)
    mine.start()
    try:
        one = Taped(mine, "mine")
        one.control("POST", "/recording", {})
        one.ask("GET", JAMBONZ, headers=bearer(ADMIN))
        made = one.control("GET", "/recording")
    finally:
        mine.stop()
    assert made["bundle"]["accounts"][0]["name"] == "Mine"
    assert played(made) is None


def test_octets_and_too_much_of_them(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Taped(emulator, "octets")
    one.control("POST", "/recording", {})
    one.client.post(f"{one.root}/v2.1/messages?a=%FF+b", data=b"\xff\x00", auth=BASIC)
    made = one.control("GET", "/recording")
    (entry,) = made["requests"]
    assert entry["request"]["body"] == {"base64": "/wA="}
    assert played(made) is None
    monkeypatch.setattr("emulators.tape.MOST_BODY_BYTES", 10)
    answer = one.client.post(f"{one.root}/v2.1/messages", data=b"x" * 10, auth=BASIC)
    assert answer.status_code == 400  # as ever
    refused = one.client.get(f"{one.root}{API}/recording")
    assert (refused.status_code, "10 bytes or more" in refused.text) == (409, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no JSON", "is not JSON"),
        ("[]", "is no recording"),
        ('{"polytrunk_recording": 2}', "is no recording"),
        ('{"polytrunk_recording": 1, "name": "x"}', "seed is missing"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=why):
        replay.read(file)
