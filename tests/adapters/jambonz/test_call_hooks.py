"""Calls as an application lives them: its hooks are asked, its verbs run, its status hook told."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from gateway.domain.principal import Principal, Scope
from gateway.models import Alert, Call, CallEvent, HookDelivery, Job
from gateway.services import bundles
from gateway.universe import Universe
from gateway.workers import runner
from tests.adapters.jambonz import world
from tests.adapters.jambonz.call_rows import APP
from tests.support.pipeline import Clock
from tests.support.receivers import Receiver, receiving

CALLS = f"/v1/Accounts/{world.ALPHA}/Calls"
SECRET = "wh_secret_alpha"
USER = {"type": "user", "name": "joe@alpha.sip.example"}
OWN_APP = "ca110000-3000-4000-8000-000000000003"
SAY = {"verb": "say", "text": "hello"}


@dataclass
class Play:
    """Calls of alpha, its application behind a receiver, and a clock that is pushed."""

    client: Any
    universe: Universe
    clock: Clock
    app: Receiver
    verified: int = field(default=0)

    def verbs(self, path: str, *verbs: Any) -> None:
        self.app.paths[path] = orjson.dumps(list(verbs))

    def start(self, to: Any = USER, **more: Any) -> str:
        body = {
            "from": "+12065550101",
            "to": {"type": "phone", "number": to} if isinstance(to, str) else to,
            "call_hook": self.app.url("/call"),
            "call_status_hook": self.app.url("/status"),
            "application_sid": APP,
            **more,
        }
        answer = self.client.post(CALLS, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json["sid"])

    def run(self, seconds: float = 0.0) -> None:
        """Have everything done that falls due within the next `seconds`, each at its time."""
        left = seconds
        while True:
            runner.run_due(self.universe, self.clock.now)
            if left <= 0:
                return
            self.clock.advance(min(0.1, left))
            left -= 0.1

    def put(self, sid: str, **body: Any) -> int:
        return int(self.client.put(f"{CALLS}/{sid}", json=body).status_code)

    def told(self, path: str = "/status") -> list[dict[str, Any]]:
        """The bodies that a path got, each with its signature verified as client libraries do."""
        found = []
        for hit in self.app.hits:
            if hit.path.partition("?")[0] == path:
                verify(hit)
                self.verified += 1
                found.append(orjson.loads(hit.body) if hit.body else {})
        return found

    def statuses(self, sid: str) -> list[str]:
        return [one["call_status"] for one in self.told() if one["call_sid"] == sid]


def verify(hit: Any) -> None:
    stamp, _, given = hit.headers["jambonz-signature"].partition(",v1=")
    text = stamp.removeprefix("t=").encode() + b"." + hit.body
    assert hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() == given


@pytest.fixture
def play(client: Any, universe: Universe, clock: Clock) -> Iterator[Play]:
    with receiving(Receiver(content=b"")) as app:
        made = Play(client, universe, clock, app)
        made.verbs("/call", SAY)
        yield made
        made.told("/call")


def row(sid: str) -> Any:
    return Call.get(Call.uid == sid)


def events(sid: str, kind: str) -> list[Any]:
    query = CallEvent.select().where(CallEvent.call_uid == sid, CallEvent.type == kind)
    return [event.data for event in query.order_by(CallEvent.id)]


def open_jobs() -> list[str]:
    return [job.key for job in Job.select().where(Job.done_at.is_null(), Job.topic != "retention")]


def test_a_call_rings_is_answered_says_its_text_and_ends(play: Play) -> None:
    sid = play.start(tag={"order": 7})
    play.run(5)
    assert play.statuses(sid) == ["trying", "ringing", "in-progress", "completed"]
    (asked,) = play.told("/call")
    assert {name: asked[name] for name in ("call_sid", "direction", "call_status", "to")} == {
        "call_sid": sid,
        "direction": "outbound",
        "call_status": "in-progress",
        "to": USER["name"],
    }
    assert asked["account_sid"] == world.ALPHA
    assert asked["application_sid"] == APP
    assert asked["customerData"] == {"order": 7}
    assert asked["sip_status"] == 200
    last = play.told()[-1]
    assert (last["duration"], last["call_termination_by"]) == (0, "jambonz")
    assert [one["sip_status"] for one in play.told()] == [100, 180, 200, 200]
    assert all("duration" not in one for one in play.told()[:-1])
    ended = row(sid)
    assert ended.ended_by == "application"
    assert ended.billed_seconds == 1
    assert (ended.visible_until - ended.ended_at).total_seconds() == 3600
    assert open_jobs() == []


@pytest.mark.parametrize(
    ("number", "words", "sip_status"),
    [
        ("+12065558486", ["trying", "ringing", "busy"], 486),
        ("+12065558603", ["trying", "ringing", "busy"], 603),
        ("+12065558480", ["trying", "ringing", "no-answer"], 480),
        ("+12065558408", ["trying", "ringing", "no-answer"], 408),
        ("+12065558487", ["trying", "ringing", "no-answer"], 487),
        ("+12065558503", ["trying", "failed"], 503),
        ("+12065558404", ["trying", "failed"], 404),
        ("+12065559011", ["trying", "alerting", "busy"], 486),
        ("+12065559004", ["trying", "ringing", "in-progress", "failed"], 503),
    ],
)
def test_numbers_choose_how_a_call_fails(
    play: Play, number: str, words: list[str], sip_status: int
) -> None:
    play.verbs("/call", {"verb": "pause", "length": 60})
    user = {"type": "user", "name": f"{number}@alpha.sip.example"}
    sid = play.start(user)
    play.run(5)
    assert play.statuses(sid) == words
    assert row(sid).sip_status == sip_status
    assert row(sid).ended_by == "peer"
    assert bool(play.told("/call")) is ("in-progress" in words)
    assert open_jobs() == []


@pytest.mark.parametrize("profile", ["observed"])
def test_the_observed_profile_has_the_engines_words(play: Play) -> None:
    play.verbs("/call")
    sid = play.start({"type": "sip", "sipUri": "sip:+12065559001@pbx.example"}, tag={"a": 1})
    play.run(3)
    assert play.statuses(sid) == ["trying", "early-media", "in-progress", "completed"]
    assert {one["from"] for one in play.told()} == {"12065550101"}


def test_a_caller_gives_up_when_nobody_answers_in_time(play: Play) -> None:
    sid = play.start({"type": "user", "name": "5559010"}, timeout=2)
    play.run(1.9)
    assert play.statuses(sid) == ["trying", "ringing"]
    play.run(0.5)
    assert play.statuses(sid) == ["trying", "ringing", "no-answer"]
    assert row(sid).status == "cancelled"
    assert row(sid).reason == "nobody answered in time"


def test_the_password_of_the_target_is_forgotten_at_the_end(play: Play) -> None:
    auth = {"username": "u", "password": "p"}
    sid = play.start({"type": "sip", "sipUri": "sip:5558486@pbx.example", "auth": auth})
    assert row(sid).target["auth"]["password"] != "p"
    play.run(3)
    assert row(sid).target["auth"] == {"username": "u"}


def test_without_a_carrier_a_number_cannot_be_called(play: Play, connect: Any) -> None:
    beta = connect("beta")
    body = {"from": "1", "to": {"type": "phone", "number": "+12065550177"}}
    path = f"/v1/Accounts/{world.BETA}/Calls"
    speech = {
        f"speech_{part}": "x"
        for part in (
            "synthesis_vendor",
            "synthesis_language",
            "synthesis_voice",
            "recognizer_vendor",
            "recognizer_language",
        )
    }
    answer = beta.post(path, json={**body, **speech, "call_hook": play.app.url("/call")})
    Call.update(trunk_uid=None).where(Call.uid == answer.json["sid"]).execute()
    play.run(1)
    ended = row(answer.json["sid"])
    assert (ended.status, ended.reason) == ("failed", "no carrier")
    (alert,) = Alert.select().where(Alert.type == "carrier_missing")
    assert str(alert.account_uid) == world.BETA
    assert alert.details["call"] == answer.json["sid"]


# hooks


def test_hooks_use_method_login_and_query(play: Play) -> None:
    place = {
        "url": play.app.url("/ask?a=1"),
        "method": "GET",
        "username": "me",
        "password": "p&ss",
    }
    play.verbs("/ask")
    play.start(call_hook=place, call_status_hook=place, tag={"a": [1]})
    play.run(3)
    hits = [hit for hit in play.app.hits if hit.path.startswith("/ask")]
    assert len(hits) == 5
    for hit in hits:
        assert (hit.method, hit.body) == ("GET", b"")
        verify(hit)
        assert hit.headers["authorization"] == "Basic " + base64.b64encode(b"me:p&ss").decode()
    query = parse_qs(urlsplit(hits[-1].path).query)
    assert query["a"] == ["1"]
    assert query["call_status"] == ["completed"]
    assert orjson.loads(query["customerData"][0]) == {"a": [1]}


def hook(url: str, purpose: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": f"own-{purpose}",
        "account": world.ALPHA,
        "dialect": "jambonz",
        "purpose": purpose,
        "url": url,
        **more,
    }


def add_application(play: Play, **more: Any) -> str:
    """An application of alpha with hooks of its own; its sid."""
    login = {"username": "u", "password": "p"}
    application = {
        "uid": OWN_APP,
        "account": world.ALPHA,
        "name": "hooks of its own",
        "call_hook": "own-call",
        "status_hook": "own-call_status",
    }
    bundle = {
        "polytrunk": 1,
        "hooks": [
            hook(play.app.url("/app-call"), "call"),
            hook(play.app.url("/app-status"), "call_status", **login),
        ],
        "applications": [application],
        **more,
    }
    bundles.load(play.universe.context(Principal(Scope.ADMIN)), bundle)
    return OWN_APP


def test_hooks_of_the_application_serve_where_the_call_has_none(play: Play) -> None:
    application = add_application(play)
    play.verbs("/app-call", {"verb": "hangup"})
    start = {"from": "1", "to": USER, "application_sid": application}
    sid = play.client.post(CALLS, json=start).json["sid"]
    play.run(2)
    assert [one["call_status"] for one in play.told("/app-status")] == [
        "trying",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert play.told("/app-call")[0]["application_sid"] == application
    assert play.told("/app-status")[0]["call_sid"] == sid
    assert all("authorization" in h.headers for h in play.app.hits if h.path == "/app-status")


def test_status_hooks_are_told_again_until_taken(play: Play) -> None:
    sid = play.start({"type": "user", "name": "5558486"}, call_hook=play.app.url("/call"))
    play.app.answers = [500]
    play.run(1)
    assert play.statuses(sid)[0] == "trying"
    play.run(10)
    said = play.statuses(sid)
    assert sorted(said) == sorted(["trying", "trying", "ringing", "busy"])
    first = [hit.headers["x-polytrunk-event"] for hit in play.app.hits if b"trying" in hit.body]
    assert len(first) == 2
    assert len(set(first)) == 1


def test_a_status_hook_that_never_takes_leaves_an_alert(play: Play) -> None:
    play.app.status = 404
    sid = play.start({"type": "user", "name": "5558486"})
    play.run(60)
    alerts = [a for a in Alert.select() if a.details.get("call") == sid]
    assert len(alerts) == 3
    assert {alert.type for alert in alerts} == {"webhook_not_found"}
    assert len(play.statuses(sid)) == 9
    assert HookDelivery.select().where(HookDelivery.kind == "call_status").count() == 9


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, "webhook_failed"), (401, "webhook_unauthorized"), (404, "webhook_not_found")],
)
def test_a_call_hook_that_fails_ends_the_call_with_an_alert(
    play: Play, status: int, kind: str
) -> None:
    sid = play.start(call_status_hook="http://127.0.0.1:9/status")
    play.app.status = status
    play.run(2)
    assert row(sid).status == "failed"
    (alert,) = Alert.select().where(Alert.type == kind)
    assert alert.details["url"] == play.app.url("/call")
    assert alert.details["status"] == status
    assert (str(alert.account_uid), str(alert.service_provider_uid)) == (
        world.ALPHA,
        world.PROVIDER,
    )
    assert len(play.told("/call")) == 1


def test_a_call_hook_nobody_listens_at_is_told_as_unreachable(play: Play) -> None:
    sid = play.start(call_hook="http://127.0.0.1:9/")
    play.run(2)
    assert row(sid).status == "failed"
    assert Alert.select().where(Alert.type == "webhook_unreachable").count() == 1


@pytest.mark.parametrize(
    "answer",
    [b"hello", b"{}", b'[{"verb":"sing"}]', b'[{"verb":"say"}]', b"[1]", b'[{"a":1,"b":2}]',
     b"[" + b" " * 262_144 + b"]"],
    ids=["text", "object", "unknown", "incomplete", "number", "no verb", "too long"],
)  # fmt: skip
def test_an_answer_that_is_no_list_of_verbs_ends_the_call(play: Play, answer: bytes) -> None:
    play.app.paths["/call"] = answer
    sid = play.start()
    play.run(2)
    assert play.statuses(sid)[-1] == "failed"
    (alert,) = Alert.select().where(Alert.type == "payload_invalid")
    assert alert.details["call"] == sid


def test_an_answer_may_be_long(play: Play) -> None:
    play.verbs("/call", *[{"verb": "tag", "data": {"n": n, "x": "y" * 500}} for n in range(400)])
    sid = play.start()
    play.run(3)
    assert row(sid).tag["n"] == 399
    assert row(sid).status == "completed"


# verbs


def test_verbs_run_in_order_and_take_their_time(play: Play) -> None:
    play.verbs(
        "/call",
        {"say": {"text": "x" * 50}},
        {"verb": "pause", "length": 2},
        {"verb": "play", "url": "https://a.example/x.wav", "loop": 2},
        {"verb": "tag", "data": {"seen": True}},
        {"verb": "hangup"},
        {"verb": "say", "text": "never said"},
    )
    sid = play.start()
    play.run(15)
    assert [data["verb"] for data in events(sid, "verb")] == [
        "say",
        "pause",
        "play",
        "tag",
        "hangup",
    ]
    assert play.told()[-1]["duration"] == 11
    assert play.told()[-1]["customerData"] == {"seen": True}
    assert row(sid).reason == "the application hung up"


def test_a_question_is_answered_by_the_script_and_its_hook_says_what_is_next(play: Play) -> None:
    play.verbs(
        "/call",
        {"verb": "gather", "numDigits": 1, "say": {"text": "?"}, "actionHook": "/menu"},
        {"verb": "say", "text": "not said"},
    )
    play.verbs("/menu", {"verb": "hangup"})
    sid = play.start({"type": "user", "name": "5559005"})
    play.run(5)
    (menu,) = play.told("/menu")
    assert (menu["digits"], menu["reason"], menu["call_status"]) == (
        "1",
        "dtmfDetected",
        "in-progress",
    )
    assert [data["verb"] for data in events(sid, "verb")] == ["hangup"]


def test_a_question_nobody_answers_times_out_and_the_list_goes_on(play: Play) -> None:
    play.verbs(
        "/call",
        {"verb": "gather", "timeout": 3, "actionHook": {"url": play.app.url("/menu")}},
        {"verb": "say", "text": "said"},
    )
    sid = play.start()
    play.run(10)
    assert play.told("/menu")[0]["reason"] == "timeout"
    assert [data["verb"] for data in events(sid, "verb")] == ["say"]
    assert row(sid).status == "completed"


def test_speech_is_heard_where_it_is_asked_for(play: Play) -> None:
    play.verbs("/call", {"verb": "gather", "input": ["speech"], "actionHook": "/heard"})
    play.start({"type": "user", "name": "5559006"})
    play.run(5)
    (heard,) = play.told("/heard")
    assert heard["reason"] == "speechDetected"
    assert heard["speech"]["alternatives"][0]["transcript"] == "yes"


def test_an_action_hook_that_fails_leaves_an_alert_and_the_list_goes_on(play: Play) -> None:
    play.verbs(
        "/call", {"verb": "redirect", "actionHook": "http://127.0.0.1:9/"}, {"verb": "hangup"}
    )
    sid = play.start()
    play.run(3)
    assert [data["verb"] for data in events(sid, "verb")] == ["redirect", "hangup"]
    assert Alert.select().where(Alert.type == "webhook_unreachable").count() == 1


def test_redirects_in_a_circle_come_to_an_end(play: Play) -> None:
    play.verbs("/call", {"verb": "redirect", "actionHook": "/call"})
    sid = play.start(call_status_hook="http://127.0.0.1:9/")
    play.run(1)
    for _ in range(5):
        play.run()
    assert row(sid).status == "failed"
    assert len(events(sid, "verbs")) == 500


def test_a_dialled_leg_is_a_call_of_its_own_and_its_end_is_told(play: Play) -> None:
    dial = {
        "verb": "dial",
        "actionHook": "/dialled",
        "callerId": "+12065550109",
        "target": [{"type": "user", "name": "5559003"}],
    }
    play.verbs("/call", dial)
    sid = play.start()
    play.run(6)
    (leg,) = Call.select().where(Call.parent_uid == sid)
    assert (leg.from_number, leg.to_number) == ("+12065550109", "5559003")
    assert play.statuses(str(leg.uid)) == ["trying", "ringing", "in-progress", "completed"]
    (of_leg, *_) = [one for one in play.told() if one["call_sid"] == str(leg.uid)]
    assert of_leg["parent_call_sid"] == sid
    (told,) = play.told("/dialled")
    assert told["dial_call_sid"] == str(leg.uid)
    assert told["dial_call_status"] == "completed"
    assert told["dial_call_duration"] == 2
    assert play.statuses(sid)[-1] == "completed"
    assert open_jobs() == []


def test_the_first_leg_that_answers_ends_the_others(play: Play) -> None:
    names = ("5559010", "joe", "5558486")
    targets = [{"type": "user", "name": name} for name in names]
    play.verbs("/call", {"verb": "dial", "target": targets, "timeLimit": 4})
    sid = play.start()
    play.run(10)
    legs = {leg.to_number: leg for leg in Call.select().where(Call.parent_uid == sid)}
    assert {name: legs[name].status for name in names} == {
        "5559010": "cancelled",
        "joe": "completed",
        "5558486": "busy",
    }
    assert legs["joe"].billed_seconds == 4
    assert row(sid).status == "completed"


def test_a_busy_leg_is_told_and_the_list_goes_on(play: Play) -> None:
    target = [{"type": "sip", "sipUri": "sip:5558486@pbx.example"}]
    play.verbs("/call", {"verb": "dial", "target": target, "actionHook": "/dialled"}, SAY)
    sid = play.start()
    play.run(5)
    (told,) = play.told("/dialled")
    assert (told["dial_call_status"], told["dial_sip_status"]) == ("busy", 486)
    assert [data["verb"] for data in events(sid, "verb")] == ["say"]


def test_legs_end_with_their_call(play: Play) -> None:
    play.verbs("/call", {"verb": "dial", "target": [{"type": "user", "name": "joe"}]})
    sid = play.start()
    play.run(2)
    (leg,) = Call.select().where(Call.parent_uid == sid)
    assert leg.status == "in_progress"
    assert play.put(sid, call_status="completed") == 204
    play.run()
    assert {row(sid).status, row(str(leg.uid)).status} == {"completed"}
    assert open_jobs() == []


def test_every_verb_runs(play: Play) -> None:
    verbs: list[dict[str, Any]] = [
        {"verb": "answer"},
        {"verb": "config", "bargeIn": {"enable": False}},
        {"verb": "conference", "name": "room"},
        {"verb": "enqueue", "name": "queue"},
        {"verb": "dequeue", "name": "queue"},
        {"verb": "leave"},
        {"verb": "dtmf", "dtmf": "12#"},
        {"verb": "listen", "url": "wss://a.example/"},
        {"verb": "transcribe", "enabled": True},
        {"verb": "rasa", "url": "https://a.example/"},
        {"verb": "lex", "botId": "b", "region": "us-east-1"},
        {"verb": "dialogflow", "project": "p", "credentials": "c", "lang": "en-US"},
        {"verb": "sip:request", "method": "INFO", "actionHook": "/sent"},
        {"verb": "sip:refer", "referTo": "joe", "actionHook": "/referred"},
    ]
    play.verbs("/call", *verbs)
    sid = play.start()
    play.run(100)
    assert [data["verb"] for data in events(sid, "verb")] == [verb["verb"] for verb in verbs]
    assert play.told("/sent")[0]["sip_status"] == 200
    assert play.told("/referred")[0]["refer_status"] == 202
    assert row(sid).status == "completed"


# steering


@pytest.mark.parametrize(
    ("word", "after", "state"),
    [("completed", 2.0, "completed"), ("no-answer", 0.3, "cancelled")],
)
def test_a_call_is_hung_up_by_api(play: Play, word: str, after: float, state: str) -> None:
    play.verbs("/call", {"verb": "pause", "length": 60})
    sid = play.start()
    play.run(after)
    assert play.put(sid, call_status=word) == 204
    play.run()
    assert (row(sid).status, row(sid).ended_by) == (state, "api")
    play.run(70)
    assert play.statuses(sid)[-1] == ("completed" if word == "completed" else "no-answer")
    assert len(play.statuses(sid)) == len(set(play.statuses(sid)))


def test_a_redirected_call_drops_its_list_and_takes_the_new_one(play: Play) -> None:
    play.verbs("/call", {"verb": "pause", "length": 30}, {"verb": "say", "text": "never"})
    play.verbs("/next", {"verb": "pause", "length": 1})
    sid = play.start()
    play.run(2)
    assert play.put(sid, call_hook="/next", call_status_hook=play.app.url("/new-status")) == 204
    play.run(40)
    assert [data["verb"] for data in events(sid, "verb")] == ["pause", "pause"]
    assert [one["call_status"] for one in play.told("/new-status")] == ["completed"]
    assert play.told("/new-status")[0]["duration"] == 2


def test_the_leg_of_a_call_is_redirected(play: Play) -> None:
    play.verbs("/call", {"verb": "dial", "target": [{"type": "user", "name": "joe"}]})
    play.verbs("/leg", {"verb": "hangup"})
    sid = play.start()
    play.run(2)
    assert play.put(sid, child_call_hook=play.app.url("/leg")) == 204
    play.run(3)
    (leg,) = Call.select().where(Call.parent_uid == sid)
    assert play.told("/leg")[0]["call_sid"] == str(leg.uid)
    assert (leg.status, leg.ended_by) == ("completed", "application")


def test_what_is_asked_of_a_live_call_is_applied_once(play: Play) -> None:
    play.verbs("/call", {"verb": "pause", "length": 60})
    play.verbs("/whisper", SAY)
    sid = play.start()
    play.run(2)
    for body in (
        {"mute_status": "mute"},
        {"listen_status": "pause"},
        {"conf_mute_status": "mute"},
        {"conf_hold_status": "hold"},
        {"whisper": SAY},
        {"whisper": {"url": play.app.url("/whisper")}},
        {"record": {"action": "stopCallRecording"}},
        {"sip_request": {"content_type": "text/plain", "content": "x"}},
    ):
        assert play.put(sid, **body) == 204
    play.run(1)
    assert [data["type"] for data in events(sid, "applied")] == [
        "mute_status",
        "listen_status",
        "conf_mute_status",
        "conf_hold_status",
        "whisper",
        "whisper",
        "record",
        "sip_request",
    ]
    assert events(sid, "whispered") == [{"verbs": [SAY]}] * 2
    assert row(sid).status == "in_progress"
