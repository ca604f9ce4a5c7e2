"""Voice channels: calls are started, watched, given other verbs and ended."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import ids
from gateway.domain.principal import Principal, Scope
from gateway.models import Call, Job
from gateway.services import bundles
from tests.adapters.callable import device_rows, world
from tests.adapters.callable.calling import CHANNELS, Play, events, row, spoken
from tests.adapters.callable.channel_rows import LIVE, PIZZA, RINGING, SAY

DEVICE = device_rows.SPOKEN
PHONE = {"phoneNumber": {"number": "441632960088"}}
ABROAD = {"phoneNumber": {"number": "442071234567"}}
RINGS_ON = {"sipUri": {"uri": "sip:12065559010@office.example"}}
GATHER = {"gather": {"numDigits": 1, "timeout": 3, "say": {"text": "Press one"}}}


def test_a_call_is_answered_plays_its_verbs_and_ends(play: Play) -> None:
    """Each state is told to the event hook, in order, and the whole call once at the end."""
    sid = play.start(*PIZZA["verbs"], tag=PIZZA["tag"])
    play.run(10)
    ended = row(sid)
    assert (ended.status, ended.reason, ended.tag) == (
        "completed",
        "call-complete",
        {"myKey": "myValue"},
    )
    assert spoken(sid) == ["say", "hangup"]
    *dials, summary = play.told(sid)
    assert [(one["event"], one["status"]) for one in dials] == [
        ("initiated", "initiated"),
        ("trying", "trying"),
        ("ringing", "ringing"),
        ("answered", "in-progress"),
        ("completed", "completed"),
    ]
    assert dials[0] == {
        "type": "DialEvent",
        "customerId": world.hex24(world.ALPHA),
        "event": "initiated",
        "status": "initiated",
        "pid": None,
        "cid": sid,
        "from": "441234567890",
        "to": "sip:joe@office.example",
        "timestamp": world.SECONDS * 1000,
    }
    assert summary == {
        "type": "CallSummaryEvent",
        "customerId": world.hex24(world.ALPHA),
        "pid": None,
        "cid": sid,
        "from": "441234567890",
        "to": "sip:joe@office.example",
        "callStarted": dials[0]["timestamp"],
        "callEnded": dials[-1]["timestamp"],
        "callLegs": 1,
        "ivrDuration": dials[-1]["timestamp"] - dials[3]["timestamp"],
        "recordedDuration": 0,
        "callDuration": dials[-1]["timestamp"] - dials[3]["timestamp"],
        "ringDuration": dials[3]["timestamp"] - dials[2]["timestamp"],
        "timestamp": dials[-1]["timestamp"],
    }
    ids_sent = [hit.headers["x-event-id"] for hit in play.app.hits]
    assert len(set(ids_sent)) == len(ids_sent) == 6


def test_every_verb_is_played(play: Play) -> None:
    sid = play.start(
        {"tag": {"data": {"step": 1}}},
        {"say": {"text": ["one", "two"], "loop": 2, "voice": "en-GB-Standard-A"}},
        {"play": {"url": "https://media.example/hold.mp3"}},
        {"play": {"asset": {"id": "hold"}}},
        GATHER,
        {"dial": {"targets": [{"extension": {"extension": "602"}}, RINGS_ON], "timeLimit": 2}},
        {"reject": {"rejectType": "BUSY_HERE", "reason": "enough"}},
        {"hangup": {}},
    )
    play.run(60)
    assert [*spoken(sid), *(one["verb"] for one in events(sid, "dial"))] == [
        "tag", "say", "play", "play", "sip:decline", "dial",
    ]  # fmt: skip
    assert [one.get("digits") for one in events(sid, "gather")] == [None]
    ended = row(sid)
    assert (ended.status, ended.reason, ended.tag) == ("completed", "enough", {"step": 1})
    legs = list(Call.select().where(Call.parent_uid == ended.uid).order_by(Call.id))
    assert [(leg.to_number, leg.from_number) for leg in legs] == [
        ("602", "+441234567890"),
        ("sip:12065559010@office.example", "+441234567890"),
    ]
    assert sorted(str(leg.status) for leg in legs) == ["cancelled", "completed"]
    (summary,) = [one for one in play.told(sid) if one["type"] == "CallSummaryEvent"]
    assert summary["callLegs"] == 3
    assert 0 < summary["ivrDuration"] < summary["callDuration"]
    told = play.told(play.told()[-1]["cid"])
    assert {one["pid"] for one in play.told() if one["cid"] != sid} == {sid}, told
    open_jobs = Job.select().where(Job.done_at.is_null(), Job.topic.in_(("call", "hook")))
    assert open_jobs.count() == 0


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        ("441632960001", "+441632960001"),
        ("+44 1632 960001", "+441632960001"),
        ("01632960001", "+441632960001"),
        ("", "+441234567890"),
        ("anonymous", "+441234567890"),
        (None, "+441234567890"),
    ],
)
def test_who_calls_is_a_number_or_the_accounts_own(
    play: Play, caller: str | None, shown: str
) -> None:
    sid = play.start(callerId=caller)
    assert play.client.get(f"{CHANNELS}/{sid}").json["callerId"] == shown


@pytest.mark.parametrize(
    ("target", "status", "sip_status", "to"),
    [
        ({"sipURI": {"uri": "sip:12065558486@pbx.example"}}, "busy", 486, None),
        ({"sipUri": {"uri": "sip:12065558603@pbx.example"}}, "busy", 603, None),
        ({"extension": {"extension": "602"}}, "completed", 200, "602"),
        ({"extension": {"extension": "604", "overrideTo": "201"}}, "failed", 404, "604"),
        (
            {"extension": {"extension": "601", "overrideTo": "+12065558486"}},
            "busy", 486, "601",
        ),
        ({"device": {"id": device_rows.SPOKEN, "type": "SAY"}}, "completed", 200, "602"),
        (PHONE, "failed", 503, "+441632960088"),
    ],
)  # fmt: skip
def test_whom_a_call_goes_to(
    play: Play, target: Any, status: str, sip_status: int, to: str | None
) -> None:
    """A number needs a carrier, which the world has not; an extension a device."""
    sid = play.start(target=target)
    shown = play.client.get(f"{CHANNELS}/{sid}").json
    play.run(5)
    ended = row(sid)
    assert (ended.status, ended.sip_status) == (status, sip_status)
    assert to is None or ended.to_number == to
    (kind,) = shown["target"]
    assert kind in ("sipUri", "extension", "device", "phoneNumber")
    assert play.client.get(f"{CHANNELS}/{sid}").status_code == 404


def test_other_verbs_for_a_live_call(play: Play) -> None:
    sid = play.start({"say": {"text": ["x" * 1000]}}, {"hangup": {"reason": "first"}})
    play.run(5)
    one = f"{CHANNELS}/{sid}"
    assert play.client.get(one).json["status"] == "in-progress"
    verbs = [{"hangup": {"reason": "second"}}]
    assert play.client.put(one, json={"verbs": verbs}).status_code == 204
    assert play.client.get(one).json["verbs"] == verbs
    play.run(1)
    assert row(sid).reason == "second"
    for answer in (
        play.client.get(one),
        play.client.put(one, json={"verbs": verbs}),
        play.client.delete(one),
    ):
        assert answer.status_code == 404


def test_verbs_given_before_the_answer_wait_for_it(play: Play) -> None:
    sid = play.start({"hangup": {"reason": "first"}})
    play.client.put(f"{CHANNELS}/{sid}", json={"verbs": [SAY, {"hangup": {"reason": "second"}}]})
    play.run(10)
    assert (row(sid).reason, spoken(sid)) == ("second", ["say", "hangup"])


def test_hanging_up(play: Play) -> None:
    sid = play.start({"say": {"text": ["x" * 1000]}})
    play.run(5)
    assert play.client.delete(f"{CHANNELS}/{sid}").status_code == 204
    assert play.client.get(f"{CHANNELS}/{sid}").status_code == 404
    play.run()
    assert (row(sid).status, row(sid).ended_by) == ("completed", "api")


def test_the_list_has_what_lives(play: Play) -> None:
    shown = play.client.get(CHANNELS).json
    assert [one["sid"] for one in shown] == [world.hex24(LIVE), world.hex24(RINGING)]
    assert shown[0] == play.client.get(f"{CHANNELS}/{world.hex24(LIVE)}").json
    assert [one["status"] for one in shown] == ["in-progress", "ringing"]


def test_a_country_the_account_may_not_call(play: Play) -> None:
    ctx = play.universe.context(Principal(Scope.ADMIN))
    closed = {"account": world.ALPHA, "iso_code": "GB", "enabled": False}
    bundles.load(ctx, {"polytrunk": 1, "country_permissions": [closed]})
    before = Call.select().count()
    answer = play.client.post(CHANNELS, json={"target": ABROAD, "verbs": [SAY]})
    assert (answer.status_code, answer.json["messages"]) == (403, ["Forbidden"])
    assert Call.select().count() == before


def test_roles(connect: Any) -> None:
    """Voice channels need a role of their own, which opens nothing else."""
    for who, calls, accounts in (
        (world.VOICE_USER, 200, 403),
        (world.ADMIN_USER, 403, 200),
        (world.RECORDER, 403, 403),
    ):
        client = connect(who)
        assert client.get(CHANNELS).status_code == calls
        assert client.get("/api/v1/account").status_code == accounts


def test_one_call_in_three_dialects(play: Play) -> None:
    """What a channel did is a recent call of jambonz and a record of Sinch."""
    sid = play.start({"hangup": {"reason": "call-complete"}}, target={"device": {"id": DEVICE}})
    play.run(5)
    ended = row(sid)
    ask = play.client.client.get
    pair = ("alpha", "alpha-secret")
    bearer = {"Authorization": f"Bearer {pair[1]}"}
    recent = ask(f"/v1/Accounts/{world.ALPHA}/RecentCalls?page=1&count=25", headers=bearer)
    (shown,) = [one for one in recent.json["data"] if one["call_sid"] == str(ended.uid)]
    assert (shown["from"], shown["to"], shown["direction"], shown["answered"]) == (
        "+441234567890",
        "602",
        "outbound",
        True,
    )
    ulid = ids.CODECS["ulid"].encode(ended.uid)
    records = ask(f"/v1/projects/{world.ALPHA}/calls", auth=pair)
    assert records.status_code == 200, records.text
    (found,) = [one for one in records.json["calls"] if one["callId"] == ulid]
    assert (found["callId"], found["callResult"], found["direction"]) == (
        ulid,
        "COMPLETED",
        "OUTBOUND",
    )
    live = ask(f"/v1/Accounts/{world.ALPHA}/Calls/{ended.uid}", headers=bearer)
    assert (live.json["call_status"], live.json["to"]) == ("completed", "602")
