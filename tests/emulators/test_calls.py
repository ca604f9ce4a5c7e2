"""Calls of the emulator: how far ends behave, calls that come in, devices that register."""

from __future__ import annotations

import copy
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from werkzeug.test import Client

from emulators import world
from emulators.clock import Clock
from emulators.process import Emulator
from gateway.models import Alert, Call, CallEvent, HookDelivery
from gateway.models.database import connection
from tests.emulators.conftest import settings
from tests.support.receivers import Receiver, receiving

API = "/_emulator/api"
ACCOUNT = "11111111-1111-4111-8111-111111111111"
NUMBER, PLAIN_NUMBER, PHONE = "+12065550100", "+12065550101", "+12125550123"
SECRET = "wh_secret_emulated"


@pytest.fixture
def app() -> Iterator[Receiver]:
    with receiving(Receiver(content=b"")) as receiver:
        yield receiver


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def emulator(app: Receiver, clock: Clock) -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=bundle(app), clock=clock, seed=1)
    made.start()
    with made.main.universe.entered(), connection():
        yield made
    made.stop()


@pytest.fixture
def control(emulator: Emulator) -> Client:
    return Client(emulator.wsgi)


def bundle(app: Receiver) -> dict[str, Any]:
    """The demo world, one of whose numbers has an application behind the receiver."""
    whole = copy.deepcopy(world.demo_bundle())
    whole["accounts"][0].update(webhook_secret=SECRET, realm="demo.example")
    whole["hooks"] = [
        {"ref": purpose, "account": ACCOUNT, "dialect": "jambonz", "purpose": purpose, "url": url}
        for purpose, url in (
            ("call", app.url("/call")),
            ("call_status", app.url("/status")),
            ("registration", app.url("/register")),
        )
    ]
    whole["applications"] = [
        {
            "ref": "ivr",
            "account": ACCOUNT,
            "name": "ivr",
            "call_hook": "call",
            "status_hook": "call_status",
        }
    ]
    (number,) = [one for one in whole["numbers"] if one["e164"] == NUMBER]
    number.update(application="ivr", handling="application")
    (plain,) = [one for one in whole["numbers"] if one["e164"] == PLAIN_NUMBER]
    plain["handling"] = "none"
    return whole


def post(control: Client, path: str, body: Any) -> Any:
    return control.post(f"{API}{path}", json=body)


def read(control: Client, path: str) -> Any:
    return control.get(f"{API}{path}").json


def put(control: Client, body: Any) -> Any:
    return control.put(f"{API}/scripts", json=body)


def run(control: Client, clock: Clock, seconds: float) -> None:
    for _ in range(int(seconds * 10) + 1):
        assert post(control, "/run", {}).status_code == 200
        clock.advance(0.1)


def arrive(control: Client, **more: Any) -> str:
    answer = post(control, "/traffic/call", {"from": PHONE, "to": NUMBER, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def told(app: Receiver, path: str) -> list[dict[str, Any]]:
    found = []
    for hit in app.hits:
        if hit.path == path:
            stamp, _, given = hit.headers["jambonz-signature"].partition(",v1=")
            text = stamp.removeprefix("t=").encode() + b"." + hit.body
            assert hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() == given
            found.append(orjson.loads(hit.body))
    return found


def row(uid: str) -> Any:
    return Call.get(Call.uid == uid)


def test_a_call_comes_in_is_asked_about_and_answered(
    control: Client, app: Receiver, clock: Clock
) -> None:
    gather = {"verb": "gather", "actionHook": "/menu", "numDigits": 2}
    app.paths["/call"] = orjson.dumps([gather, {"verb": "hangup"}])
    uid = arrive(control, digits=["4711"], caller_name="Ann", origin_address="198.51.100.9")
    run(control, clock, 5)
    (asked,) = told(app, "/call")
    assert (asked["direction"], asked["call_status"], asked["sip_status"]) == (
        "inbound",
        "trying",
        100,
    )
    assert (asked["from"], asked["to"], asked["caller_id"]) == (PHONE, NUMBER, "Ann")
    assert asked["originating_sip_ip"] == "198.51.100.9"
    assert [one["call_status"] for one in told(app, "/status")] == [
        "trying",
        "in-progress",
        "completed",
    ]
    (menu,) = told(app, "/menu")
    assert menu["digits"] == "47"
    ended = row(uid)
    assert (str(ended.account_uid), ended.ended_by) == (ACCOUNT, "application")
    assert (ended.from_country, ended.to_country) == ("US", "US")
    (entry,) = read(control, "/journal?kind=traffic")["entries"]
    assert (entry["what"], entry["id"]) == ("call", uid)


def test_the_caller_hangs_up(control: Client, app: Receiver, clock: Clock) -> None:
    app.paths["/call"] = orjson.dumps([{"verb": "pause", "length": 60}])
    uid = arrive(control, talks=2)
    run(control, clock, 3)
    assert told(app, "/status")[-1]["call_termination_by"] == "caller"
    assert (row(uid).status, row(uid).billed_seconds) == ("completed", 2)


@pytest.mark.parametrize(
    ("verbs", "status", "sip_status"),
    [
        ([{"verb": "sip:decline", "status": 486, "reason": "Busy"}], "busy", 486),
        ([{"verb": "sip:decline", "status": 404}], "failed", 404),
        ([{"verb": "hangup"}], "busy", 603),
        ([], "no_answer", 480),
        ([{"verb": "tag", "data": {"a": 1}}], "no_answer", 480),
    ],
)
def test_a_call_is_declined_by_its_application(
    control: Client, app: Receiver, clock: Clock, verbs: Any, status: str, sip_status: int
) -> None:
    app.paths["/call"] = orjson.dumps(verbs)
    uid = arrive(control)
    run(control, clock, 1)
    ended = row(uid)
    assert (ended.status, ended.sip_status, ended.answered_at) == (status, sip_status, None)


def test_a_failing_application_declines(control: Client, app: Receiver, clock: Clock) -> None:
    app.status = 500
    uid = arrive(control)
    run(control, clock, 1)
    assert (row(uid).status, row(uid).sip_status) == ("failed", 480)
    assert Alert.select().where(Alert.type == "webhook_failed").count() == 1


def test_a_number_without_an_application_turns_calls_away(control: Client) -> None:
    uid = arrive(control, to=PLAIN_NUMBER)
    ended = row(uid)
    assert (ended.status, ended.sip_status) == ("failed", 404)
    assert ended.reason == "no destination"
    assert ended.visible_until is not None


def test_a_limit_turns_calls_away(control: Client, emulator: Emulator, app: Receiver) -> None:
    app.paths["/call"] = orjson.dumps([{"verb": "pause", "length": 60}])
    limit = {"owner": ACCOUNT, "category": "calls", "quantity": 1}
    assert post(control, "/seed", {"polytrunk": 1, "limits": [limit]}).status_code == 200
    first, second = arrive(control), arrive(control)
    assert row(first).status == "trying"
    assert (row(second).status, row(second).sip_status) == ("failed", 480)
    assert Alert.select().where(Alert.type == "limit_calls").count() == 1


def test_an_inactive_account_gets_no_calls(control: Client, emulator: Emulator) -> None:
    account = {"uid": ACCOUNT, "is_active": False}
    assert post(control, "/seed", {"polytrunk": 1, "accounts": [account]}).status_code == 200
    uid = arrive(control)
    assert row(uid).status == "failed"
    assert Alert.select().where(Alert.type == "account_suspended").count() == 1


def test_a_dialled_leg_answers_the_caller_on_bridge(
    control: Client, app: Receiver, clock: Clock
) -> None:
    target = [{"type": "phone", "number": "+12065559003"}]
    dial = {"verb": "dial", "answerOnBridge": True, "target": target}
    app.paths["/call"] = orjson.dumps([dial])
    uid = arrive(control)
    run(control, clock, 0.5)
    assert row(uid).status == "trying"
    run(control, clock, 1)
    assert row(uid).status == "in_progress"
    run(control, clock, 4)
    (leg,) = Call.select().where(Call.parent_uid == uid)
    assert (leg.status, leg.billed_seconds, leg.from_number) == ("completed", 2, PHONE)
    assert row(uid).status == "completed"


def test_an_application_sends_a_message(control: Client, app: Receiver, clock: Clock) -> None:
    message = {"verb": "message", "from": NUMBER, "to": PHONE, "text": "hi", "actionHook": "/sent"}
    app.paths["/call"] = orjson.dumps([message, {**message, "from": "+19995550000"}])
    arrive(control)
    run(control, clock, 1)
    good, bad = told(app, "/sent")
    assert good["message_status"] == "success"
    assert bad["message_status"] == "failure"
    assert "from" in bad["message_failure_reason"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"to": NUMBER}, "from"),
        ({"from": PHONE}, "to"),
        ({"from": "nobody", "to": NUMBER}, "from"),
        ({"from": PHONE, "to": NUMBER, "digits": 1}, "digits"),
        ({"from": PHONE, "to": NUMBER, "digits": [1]}, "digits"),
        ({"from": PHONE, "to": NUMBER, "speech": ["a"] * 101}, "speech"),
        ({"from": PHONE, "to": NUMBER, "talks": -1}, "talks"),
        ({"from": PHONE, "to": NUMBER, "talks": "long"}, "talks"),
        ({"from": PHONE, "to": NUMBER, "tone": 1}, "tone"),
    ],
)
def test_what_is_wrong_with_a_call_is_named(control: Client, body: Any, path: str) -> None:
    answer = post(control, "/traffic/call", body)
    assert answer.status_code == 400
    assert path in answer.json["fields"]
    assert Call.select().count() == 0


def test_a_number_nobody_has_is_not_found(control: Client) -> None:
    answer = post(control, "/traffic/call", {"from": PHONE, "to": "+19995550000"})
    assert answer.status_code == 404
    assert Call.select().count() == 0


# scripts

QUICK = {"steps": [{"status": "trying"}, {"status": "in_progress", "sip_status": 200}]}


def start(control: Client, app: Receiver, to: str) -> str:
    body = {
        "from": NUMBER,
        "to": {"type": "user", "name": to},
        "call_hook": app.url("/call"),
        "call_status_hook": app.url("/status"),
        **{
            f"speech_{part}": "x"
            for part in (
                "synthesis_vendor",
                "synthesis_language",
                "synthesis_voice",
                "recognizer_vendor",
                "recognizer_language",
            )
        },
    }
    key = {"Authorization": f"Bearer {world.DEMO_SECRET}"}
    answer: Any = control.post(f"/v1/Accounts/{ACCOUNT}/Calls", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def test_scripts_of_calls_are_put_shown_and_played(
    control: Client, app: Receiver, clock: Clock
) -> None:
    rules = [
        {"pattern": "^joe$", "script": 486, "limit": 1},
        {"pattern": "^joe$", "script": QUICK},
        {"pattern": "^ann$", "script": "hangs up"},
    ]
    answer = put(control, {"calls": {"rules": rules, "default": 503}})
    assert answer.status_code == 200, answer.text
    shown = answer.json["calls"]
    assert [rule["pattern"] for rule in shown["rules"]] == ["^joe$", "^joe$", "^ann$"]
    assert shown["rules"][0]["script"]["name"] == "status 486"
    assert shown["destinations"]["...5559003"] == "answers and hangs up after 2 s"
    assert put(control, {"calls": shown}).json["calls"] == shown
    sids = [start(control, app, to) for to in ("joe", "joe", "ann", "eve", "5558404")]
    run(control, clock, 5)
    assert [(str(row(sid).status), row(sid).sip_status) for sid in sids] == [
        ("busy", 486),
        ("completed", 200),
        ("completed", 200),
        ("failed", 503),
        ("failed", 404),
    ]
    (driver,) = CallEvent.select().where(CallEvent.call_uid == sids[1], CallEvent.type == "driver")
    assert driver.data["driver"] == "simulation"
    assert driver.data["script"]["name"] == "custom"
    assert post(control, "/reset", {}).status_code == 204
    assert read(control, "/scripts")["calls"]["rules"] == []


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ([], "calls"),
        ({"rules": 1}, "rules"),
        ({"rules": [1]}, "calls.rules[0]"),
        ({"rules": [{"pattern": "(", "script": "answer"}]}, "calls.rules[0].pattern"),
        ({"rules": [{"pattern": "a", "script": "sing"}]}, "calls.rules[0].script"),
        ({"rules": [{"pattern": "a", "script": 200}]}, "calls.rules[0].script"),
        ({"rules": [{"pattern": "a"}]}, "calls.rules[0].script"),
        ({"default": {}}, "calls.default"),
        ({"default": {"steps": []}}, "calls.default"),
        ({"default": {"steps": [1]}}, "calls.default"),
        ({"default": {"steps": [{"status": "singing"}]}}, "calls.default"),
        ({"default": {"steps": [{"status": "trying", "after": -1}]}}, "calls.default"),
        ({"default": {"steps": [{"status": "trying", "after": "soon"}]}}, "calls.default"),
        ({"default": {"steps": [{"status": "trying", "sip_status": 99}]}}, "calls.default"),
        ({"default": {"steps": [{"status": "trying", "colour": 1}]}}, "calls.default"),
        ({"default": {**QUICK, "digits": [1]}}, "calls.default"),
        ({"default": {**QUICK, "talks": -1}}, "calls.default"),
        ({"default": {**QUICK, "walks": 1}}, "calls.default"),
        ({"walks": 1}, "walks"),
    ],
)
def test_what_is_wrong_with_a_script_is_named(control: Client, given: Any, path: str) -> None:
    answer = put(control, {"calls": given})
    assert answer.status_code == 400, answer.text
    assert path in answer.json["fields"]
    shown = read(control, "/scripts")["calls"]
    assert (shown["rules"], shown["default"]) == ([], None)


def test_scripts_of_messages_and_calls_are_set_apart(control: Client) -> None:
    rules = [{"pattern": "0123$", "script": "undeliverable"}]
    assert put(control, {"rules": rules}).status_code == 200
    assert put(control, {"calls": {"rules": []}}).status_code == 200
    assert [rule["pattern"] for rule in read(control, "/scripts")["rules"]] == ["0123$"]


# registrations

DEVICE = {"realm": "demo.example", "username": "daveh", "password": "open sesame"}


def digest(request: dict[str, Any], password: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{request['username']}:{request['realm']}:{password}")
    asked = md5(f"{request['method']}:{request['uri']}")
    parts = (secret, request["nonce"], request["nc"], request["cnonce"], request["qop"], asked)
    return md5(":".join(parts))


def test_a_device_registers_as_its_hook_says(control: Client, app: Receiver) -> None:
    app.paths["/register"] = orjson.dumps(
        {"status": "ok", "message": "granted", "expires": 300, "call_hook": "x", "other": 1}
    )
    answer = post(control, "/traffic/registration", {**DEVICE, "realm": "Demo.Example"})
    assert answer.status_code == 201, answer.text
    said = {name: value for name, value in answer.json.items() if name != "id"}
    assert said == {"status": "ok", "message": "granted", "expires": 300, "call_hook": "x"}
    (request,) = told(app, "/register")
    assert set(request) == {
        "method",
        "realm",
        "username",
        "expires",
        "scheme",
        "nonce",
        "uri",
        "algorithm",
        "qop",
        "cnonce",
        "nc",
        "response",
    }
    assert request["response"] == digest(request, DEVICE["password"])
    (delivery,) = HookDelivery.select()
    assert (delivery.kind, delivery.status, str(delivery.account_uid)) == (
        "registration",
        200,
        ACCOUNT,
    )


@pytest.mark.parametrize(
    ("status", "body", "alerts"),
    [(200, b"", 0), (200, b"[]", 0), (200, b'{"status":"maybe"}', 0), (403, b'{"status":"ok"}', 1)],
)
def test_a_hook_that_does_not_say_ok_refuses(
    control: Client, app: Receiver, status: int, body: bytes, alerts: int
) -> None:
    app.status, app.paths["/register"] = status, body
    answer = post(control, "/traffic/registration", DEVICE)
    assert (answer.status_code, answer.json["status"]) == (201, "fail")
    assert Alert.select().where(Alert.type == "webhook_unauthorized").count() == alerts


def test_a_realm_nobody_has_is_not_found(control: Client, app: Receiver) -> None:
    body = {"realm": "nowhere.example", "username": "daveh"}
    assert post(control, "/traffic/registration", body).status_code == 404
    assert post(control, "/traffic/registration", {"realm": "demo.example"}).status_code == 400
    assert app.hits == []
