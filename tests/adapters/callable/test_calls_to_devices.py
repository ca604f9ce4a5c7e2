"""Calls to devices of the account, by channel and by `dial`: they walk from the device to whoever
takes them."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain import call_scripts
from gateway.domain.call_scripts import CallScript
from gateway.models import Call
from gateway.services import call_steps
from tests.adapters.callable import device_rows, world
from tests.adapters.callable.calling import CHANNELS, Play, events, row, spoken
from tests.adapters.callable.channel_rows import SAY

DEVICES = f"{world.BASE}/device"
BUSY, SILENT, BROKEN = (f"sip:1206555{code}@pbx.example" for code in (8486, 8480, 8503))
PRESSES, DESK = "sip:12065559005@pbx.example", "sip:desk@pbx.example"
LONG = {"say": {"text": ["x" * 1000]}}
BYE = {"hangup": {"reason": "said"}}
ROWS = ("to_number", "status", "sip_status", "ended_by")


def device(play: Play, type_: str, body: dict[str, Any], **more: Any) -> str:
    (name,) = device_rows.BODIES[type_]
    sent = {"type": type_, "name": f"a {type_}", name: body, **more}
    answer = play.client.post(DEVICES, json=sent)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def remote(play: Play, destination: str, **more: Any) -> str:
    return device(play, "REMOTE", {"destination": destination, **more})


def to(uid: str) -> dict[str, Any]:
    return {"device": {"id": uid}}


def legs(parent: Any) -> list[Any]:
    return list(Call.select().where(Call.parent_uid == parent.uid).order_by(Call.id))


def ends(parent: Any) -> list[tuple[str, str, int, str]]:
    """Whom each leg went to and how it ended."""
    return [(leg.to_number, str(leg.status), leg.sip_status, leg.ended_by) for leg in legs(parent)]


def walked(sid: str) -> list[tuple[str, str]]:
    return [(step["type"], step["action"]) for step in events(sid, "route")]


def down(host: str) -> Any:
    """Far ends of which one host is out of order."""

    def choose(row: Any) -> CallScript:
        if row.remote_host == host:
            return call_scripts.refused(503)
        return call_steps.by_destination(row)

    return choose


def test_a_gateway_tries_its_trunks_in_turn(play: Play) -> None:
    """The channel is answered with the leg, plays its verbs, and takes the leg with it."""
    trunks = [world.TRUNK, world.SPARE_TRUNK]
    gateway = device(play, "SIP_GATEWAY", {"trunks": trunks}, extension="700")
    sid = play.start(LONG, BYE, target={"extension": {"extension": "700"}})
    play.run(20, scripts=down("192.0.2.1"))
    assert play.client.get(f"{CHANNELS}/{sid}").json["status"] == "in-progress"
    play.run(100)
    ended = row(sid)
    assert (ended.status, ended.reason, ended.to_number) == ("completed", "said", "700")
    assert ends(ended) == [
        ("sip:700@192.0.2.1:5062", "failed", 503, "peer"),
        ("sip:700@192.0.2.2", "completed", 200, "system"),
    ]
    assert walked(sid) == [("SIP_GATEWAY", "dial")] * 2
    assert {step["uid"] for step in events(sid, "route")} == {gateway}
    *dials, summary = play.told(sid)
    assert [one["event"] for one in dials] == [
        "initiated", "trying", "ringing", "answered", "completed",
    ]  # fmt: skip
    assert (summary["callLegs"], summary["ivrDuration"]) == (3, summary["callDuration"])


def test_a_group_rings_its_members_and_leaves_by_its_exits(play: Play) -> None:
    members = [remote(play, BUSY), remote(play, SILENT), remote(play, PRESSES)]
    group = device(play, "HUNT_GROUP", {"devices": members, "ringTime": 5})
    sid = play.start({"gather": {"numDigits": 1}}, BYE, target=to(group))
    play.run(20)
    assert [end[:3] for end in ends(row(sid))] == [
        (BUSY, "busy", 486), (SILENT, "no_answer", 480), (PRESSES, "completed", 200),
    ]  # fmt: skip
    assert [one["digits"] for one in events(sid, "gather")] == ["1"]  # of who took it
    assert row(sid).reason == "said"


@pytest.mark.parametrize(
    ("destination", "status", "sip_status", "reason"),
    [
        (BUSY, "busy", 486, "whom it was for is busy"),
        (SILENT, "no_answer", 480, "nobody took it"),
        (BROKEN, "failed", 503, "it could not be carried"),
    ],
)
def test_what_nobody_takes(
    play: Play, destination: str, status: str, sip_status: int, reason: str
) -> None:
    """The last exit is HANGUP: the channel ends as the leg did, and its verbs are not played."""
    sid = play.start(target=to(remote(play, destination)))
    play.run(10)
    ended = row(sid)
    assert (ended.status, ended.sip_status) == (status, sip_status)
    assert (ended.ended_by, ended.reason, ended.answered_at) == ("peer", reason, None)
    assert spoken(sid) == []


def test_exits_lead_on_to_a_device_that_takes_calls_by_itself(play: Play) -> None:
    """A router is passed, and the words at its end are taken for the far end."""
    days = {"days": [1, 2, 3, 4, 5, 6, 7], "onMatch": device_rows.SPOKEN}
    router = device(play, "DAY_OF_WEEK_ROUTER", days)
    sid = play.start(target=to(remote(play, BUSY, onBusy=router)))
    play.run(10)
    assert walked(sid) == [
        ("REMOTE", "dial"), ("DAY_OF_WEEK_ROUTER", "pass"), ("SAY", "speak"),
    ]  # fmt: skip
    assert (row(sid).status, spoken(sid)) == ("completed", ["say"])


def test_who_took_the_call_hangs_up(play: Play) -> None:
    """Also when the channel rings others meanwhile; whom those are is another matter."""
    leaver = remote(play, "sip:12065559003@pbx.example")
    dial = {"dial": {"targets": [{"sipUri": {"uri": DESK}}], "timeLimit": 60}}
    sid = play.start(dial, SAY, target=to(leaver))
    play.run(30)
    ended = row(sid)
    assert (ended.status, ended.ended_by, ended.billed_seconds) == ("completed", "peer", 2)
    assert ends(ended) == [
        ("sip:12065559003@pbx.example", "completed", 200, "peer"),
        (DESK, "completed", 200, "system"),
    ]


def test_other_verbs_leave_the_far_end_alone(play: Play) -> None:
    sid = play.start(LONG, target=to(remote(play, DESK)))
    play.run(5)
    verbs = {"verbs": [{"say": {"text": ["x" * 100]}}, BYE]}
    assert play.client.put(f"{CHANNELS}/{sid}", json=verbs).status_code == 204
    play.run(3)
    assert [leg.status for leg in legs(row(sid))] == ["in_progress"]
    play.run(30)
    assert (row(sid).reason, spoken(sid)) == ("said", ["say", "say", "hangup"])


def test_a_dial_rings_devices(play: Play) -> None:
    """Each target walks on its own; the first that is taken ends the others."""
    group = device(play, "HUNT_GROUP", {"devices": [remote(play, BUSY), remote(play, DESK)]})
    silent = remote(play, "sip:12065559010@pbx.example")
    dial = {"dial": {"targets": [to(silent), to(group)], "timeout": 20, "timeLimit": 5}}
    sid = play.start(dial, BYE)
    play.run(30)
    first, second = legs(row(sid))
    assert [end[:2] for end in ends(first)] == [("sip:12065559010@pbx.example", "cancelled")]
    assert [end[:2] for end in ends(second)] == [(BUSY, "busy"), (DESK, "completed")]
    assert (first.status, second.status, second.billed_seconds) == ("cancelled", "completed", 5)
    assert row(sid).reason == "said"


def test_a_dial_gives_up_in_time(play: Play) -> None:
    """Its timeout is for the whole device, whatever that tries."""
    members = [remote(play, "sip:12065559010@pbx.example") for _ in range(3)]
    group = device(play, "HUNT_GROUP", {"devices": members, "ringTime": 5})
    dial = {"dial": {"targets": [to(group)], "timeout": 8}}
    sid = play.start(dial, BYE)
    play.run(20)
    (leg,) = legs(row(sid))
    assert (leg.status, leg.reason) == ("cancelled", "nobody answered in time")
    assert [end[1] for end in ends(leg)] == ["cancelled", "cancelled"]
    assert row(sid).reason == "said"
