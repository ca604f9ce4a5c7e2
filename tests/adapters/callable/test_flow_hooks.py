"""Flow hooks: a plugin's hook has a call in hand, is asked, obeyed, and loses it when it fails."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from adapters.callable.events import HOOK_POLICY
from gateway.domain.call_scripts import TRYING, CallScript
from gateway.domain.events import HookRequest
from gateway.domain.principal import Principal, Scope
from gateway.models import Alert, Call, Hook, HookDelivery
from gateway.models.database import connection, write
from gateway.services import bundles, call_arrivals, call_asking, call_hooks
from gateway.transports.webhooks import Courier
from tests.adapters.callable import device_rows, world
from tests.adapters.callable.calling import CHANNELS, Play, events, row, spoken
from tests.adapters.callable.channel_rows import SAY
from tests.support.receivers import Receiver, receiving

CALLER = "+441632960300"
GATHER = {"gather": {"input": ["digits", "speech"], "numDigits": 2, "say": {"text": "Say it"}}}


@pytest.fixture
def plugin(play: Play) -> str:
    """A plugin that the calls of a number go to; who fails ends up at words."""
    devices = f"{world.BASE}/device"
    body = {"plugin": world.HOOK, "onFail": device_rows.SPOKEN}
    made = play.client.post(devices, json={"type": "PLUGIN", "name": "menu", "plugin": body})
    assert made.status_code == 201, made.text
    uid = str(made.json["id"])
    start = {"ddis": [world.hex24(world.SPARE_DDI)], "connectTo": uid}
    answer = play.client.post(
        devices, json={"type": "ROUTE_START", "name": "in", "startRoute": start}
    )
    assert answer.status_code == 201, answer.text
    return uid


def arrive(play: Play, **more: Any) -> str:
    script = CallScript(name="in", steps=(TRYING,), **more)
    change = {"from_number": CALLER, "to_number": "+441632960002"}
    with play.universe.entered(), connection():
        uid = call_arrivals.arrive(play.universe.context(), change, script)
    return world.hex24(str(uid))


def test_a_hook_is_asked_and_obeyed(play: Play, plugin: str) -> None:
    sid = arrive(play, digits=("42",))
    play.answers([GATHER])
    play.run(0.5)
    assert play.asked() == [
        {
            "callId": sid,
            "from": "441632960300",
            "to": "441632960002",
            "digits": "",
            "speech": "",
            "action": "start",
        }
    ]
    play.answers([SAY, {"hangup": {"reason": "done"}}])
    play.run(10)
    assert [(one["action"], one["digits"]) for one in play.asked()] == [
        ("start", ""),
        ("gather", "42"),
        ("hangup", ""),
    ]
    assert (row(sid).reason, spoken(sid)) == ("done", ["say", "hangup"])


def test_speech_and_silence_are_told(play: Play, plugin: str) -> None:
    sid = arrive(play, digits=("", ""), speech=("two pizzas", ""))
    play.answers([GATHER])
    play.run(4)
    play.answers([])
    play.run(20)
    told = [(one["action"], one["digits"], one["speech"]) for one in play.asked()]
    assert told == [("start", "", ""), ("gather", "", "two pizzas"), ("gather", "", "")]
    assert row(sid).status == "completed"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nothing",
        {"say": {"text": ["no list"]}},
        [{"shout": {}}],
        [{"say": {"text": ["a"]}, "hangup": {}}],
        [{"dial": {"targets": []}}],
        [SAY] * 101,
    ],
    ids=["empty", "text", "object", "unknown", "two", "targets", "many"],
)
def test_a_hook_that_cannot_be_obeyed_loses_the_call(play: Play, plugin: str, answer: Any) -> None:
    """The call goes on where the plugin's failure leads, and an alert says why."""
    Alert.delete().execute()
    sid = arrive(play)
    play.answers(answer)
    play.run(20)
    assert [one["action"] for one in play.asked()] == ["start"]
    assert [alert.type for alert in Alert.select()] == ["payload_invalid"]
    assert device_rows.SPOKEN in [step["uid"] for step in events(sid, "route")]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_hook_that_fails_is_not_asked_again(play: Play, plugin: str, status: int) -> None:
    sid = arrive(play)
    play.app.status = status
    play.run(1)
    asked = HookDelivery.select().where(HookDelivery.kind == "call")
    assert [(one.status, one.attempt) for one in asked] == [(status, 1)]
    play.run(20)
    assert asked.count() == 1
    assert device_rows.SPOKEN in [step["uid"] for step in events(sid, "route")]


def test_a_hook_may_take_five_seconds() -> None:
    """The question is bounded on its own, below what webhooks in general may take."""
    assert HOOK_POLICY.answer_seconds == 5
    with receiving(Receiver(stall=2.0)) as slow:
        courier = Courier(timeout=10, allow_private=True)
        outcome = courier.deliver(HookRequest("POST"), slow.url(), seconds=0.1)
    assert outcome.error == "timeout: no answer within 0.1 s"


def test_without_a_way_on_the_call_ends(play: Play) -> None:
    sid = play.start({"say": {"text": ["x" * 1000]}})
    play.run(3)
    play.app.status = 503
    with play.universe.entered(), connection(), write():
        hook = call_hooks.of_row(Hook.get(Hook.uid == world.HOOK))
        call_asking.control(play.universe.context(), row(sid), hook)
    play.run(1)
    assert (row(sid).status, row(sid).sip_status) == ("failed", 500)


def test_a_dial_is_told_and_its_outcome_is_the_plugins(play: Play, plugin: str) -> None:
    """An empty list lets the verbs go on that there are; after the last the plugin is left."""
    sid = arrive(play)
    busy = {"sipURI": {"uri": "sip:12065558486@office.example"}}
    play.answers([{"dial": {"targets": [busy], "timeout": 5}}, SAY])
    play.run(0.5)
    play.answers([])
    play.run(20)
    assert [one["action"] for one in play.asked()] == ["start", "dial"]
    assert row(sid).reason == "whom it was for is busy"
    leg = Call.get(Call.parent_uid == row(sid).uid)
    assert (leg.status, leg.from_number) == ("busy", "+441234567890")


def test_a_redirect_goes_to_a_device(play: Play, plugin: str) -> None:
    sid = arrive(play)
    play.answers([{"redirect": {"device": {"id": device_rows.SPOKEN}}}, SAY])
    play.run(20)
    assert spoken(sid) == ["flow"]
    assert device_rows.SPOKEN in [step["uid"] for step in events(sid, "route")]
    assert [one["action"] for one in play.asked()] == ["start"]


BASIC = "Basic " + base64.b64encode(b"joe:pass").decode()
KEYS = {"apiKeyName": "X-Key", "apiKeyValue": "k1"}
SECRETS = {"apiSecretName": "joe", "apiSecretValue": "pass"}


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        ({"authType": "DISABLED", **KEYS, **SECRETS}, {}),
        ({"authType": "KEY", **KEYS}, {"x-key": "k1"}),
        ({"authType": "KEY_SECRET", **KEYS, **SECRETS}, {"x-key": "k1", "joe": "pass"}),
        ({"authType": "BASIC_AUTH", **SECRETS}, {"authorization": BASIC}),
    ],
    ids=["disabled", "key", "key and secret", "basic"],
)
def test_how_hooks_show_who_calls(
    play: Play, plugin: str, auth: dict[str, str], shown: dict[str, str]
) -> None:
    for uid, app, path in (
        (world.HOOK, "flow.generic", "/flow"),
        (world.EVENT_HOOK, "event.generic", "/event"),
    ):
        body = {"app": app, "url": play.app.url(path), **auth}
        answer = play.client.put(f"{world.BASE}/hook/{uid}", json=body)
        assert answer.status_code == 204, answer.text
    arrive(play)
    play.answers([{"hangup": {}}])
    play.run(5)
    assert {hit.path for hit in play.app.hits} == {"/flow", "/event"}
    for hit in play.app.hits:
        names = ("x-key", "joe", "authorization")
        assert {name: hit.headers[name] for name in names if name in hit.headers} == shown
        assert hit.headers["x-event-id"]


def test_a_hook_by_get_has_its_members_in_the_query(play: Play, plugin: str) -> None:
    Hook.update(method="get").where(Hook.uid == world.HOOK).execute()
    sid = arrive(play)
    play.answers([{"hangup": {}}])
    play.run(5)
    first, last = [hit for hit in play.app.hits if hit.path.startswith("/flow?")]
    assert first.path == (
        f"/flow?callId={sid}&from=441632960300&to=441632960002&digits=&speech=&action=start"
    )
    assert (first.method, last.path.rpartition("=")[2]) == ("GET", "hangup")


def test_events_are_told_by_priority_and_tried_four_times(play: Play) -> None:
    """The first hook by priority is told first; a hook that fails is tried three times more."""
    first = {
        "uid": world.uid(3, 9), "account": world.ALPHA, "dialect": "callable",
        "purpose": "event", "url": play.app.url("/first"), "priority": 1, "auth_type": "none",
    }  # fmt: skip
    ctx = play.universe.context(Principal(Scope.ADMIN))
    bundles.load(ctx, {"polytrunk": 1, "hooks": [first]})
    play.start({"hangup": {}})
    play.run()
    assert [hit.path for hit in play.app.hits] == ["/first", "/event"] * 2
    play.run(3)
    play.app.hits.clear()
    Alert.delete().execute()
    play.app.status = 503
    sid = play.start({"hangup": {}})
    play.client.delete(f"{CHANNELS}/{sid}")
    play.run(300)
    by_event: dict[tuple[str, str], list[int]] = {}
    for one in HookDelivery.select().where(HookDelivery.status == 503).order_by(HookDelivery.id):
        by_event.setdefault((str(one.event_uid), one.url), []).append(one.attempt)
    assert by_event
    assert set(map(tuple, by_event.values())) == {(1, 2, 3, 4)}
    assert {alert.type for alert in Alert.select()} == {"webhook_failed"}
    sent = [hit.headers["x-event-id"] for hit in play.app.hits]
    assert {sent.count(one) for one in sent} == {8}
