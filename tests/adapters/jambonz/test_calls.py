"""Calls by the API: what starts one, what it shows, what may be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import pytest

from gateway.domain.calls import CallStatus
from gateway.domain.words import LimitCategory
from gateway.models import Account, Alert, Application, Call, CallEvent, Endpoint, Hook, Job, Limit
from gateway.models import Trunk as TrunkModel
from gateway.models.database import write
from gateway.services import sealing
from tests.adapters.jambonz import world
from tests.adapters.jambonz.call_rows import APP, LIVE, OVER, RINGING, TALKING
from tests.support.pipeline import Clock

ACCOUNT = f"/v1/Accounts/{world.ALPHA}"
CALLS = f"{ACCOUNT}/Calls"
PHONE = {"type": "phone", "number": "+16172375080"}
HOOK = "https://app.example/call"
NEW: dict[str, Any] = {"from": "16172375089", "to": PHONE, "call_hook": HOOK}
observed = pytest.mark.parametrize("profile", ["observed"])


def start(client: Any, **more: Any) -> str:
    answer = client.post(CALLS, json={**NEW, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def plain(client: Any, path: str) -> Any:
    """An answer of the observed profile, which the contract does not judge."""
    answer = client.client.get(path, headers=client.headers)
    assert answer.status_code == 200
    return answer.json


def stored(sid: str) -> Any:
    return Call.get(Call.uid == sid)


def asked(sid: str) -> list[tuple[str, Any]]:
    """What was asked of a call, with the job for each, in order."""
    events = CallEvent.select().where(CallEvent.call_uid == sid).order_by(CallEvent.id)
    jobs = {job.payload.get("event") for job in Job.select().where(Job.lane == "call")}
    return [(event.type, event.data) for event in events if event.uid.hex in jobs]


def test_a_call_is_stored_with_its_event_and_its_job(client: Any, clock: Clock) -> None:
    answer = client.post(CALLS, json=NEW)
    row = stored(answer.json["sid"])
    assert answer.json == {"sid": str(row.uid), "callId": row.sip_call_id}
    assert (row.from_number, row.to_number) == ("+16172375089", "+16172375080")
    assert (row.from_country, row.to_country) == ("US", "US")
    assert (row.status, row.sip_status, row.direction) == ("queued", 100, "outbound")
    assert (row.account_uid, row.service_provider_uid) == (UUID(world.ALPHA), UUID(world.PROVIDER))
    assert row.hooks == {"call": {"url": HOOK, "method": "post", "dialect": "jambonz"}}
    assert row.target == {"kind": "phone", "value": "+16172375080"}
    assert row.extras == {"jambonz": {"timeout": 60}}
    assert row.started_at == clock()
    (event,) = CallEvent.select().where(CallEvent.call_uid == row.uid)
    assert (event.type, event.at) == ("created", clock())
    (job,) = Job.select().where(Job.lane == "call")
    assert job.key == f"call:{row.uid}:start"
    assert job.payload == {"call": row.uid.hex, "step": "start"}


def test_call_ids_are_forms_of_their_own_and_differ(client: Any) -> None:
    rows = [stored(start(client)) for _ in range(5)]
    assert len({UUID(row.sip_call_id) for row in rows}) == 5


def test_what_is_given_with_a_call_is_kept(client: Any) -> None:
    sid = start(
        client,
        application_sid=APP,
        call_status_hook={"url": HOOK, "method": "GET", "username": "u", "password": "p"},
        fromHost="blf.example.com",
        timeout=30,
        tag={"callCount": 10},
        headers={"X-One": "1"},
        speech_synthesis_vendor="google",
    )
    row = stored(sid)
    assert (row.application_uid, row.tag) == (UUID(APP), {"callCount": 10})
    assert row.extras["jambonz"] == {
        "fromHost": "blf.example.com",
        "timeout": 30,
        "headers": {"X-One": "1"},
        "speech_synthesis_vendor": "google",
    }
    assert row.hooks["status"]["password"] != "p"
    assert sealing.opened(row.hooks["status"]) == {
        "dialect": "jambonz",
        "url": HOOK,
        "method": "get",
        "username": "u",
        "password": "p",
    }


TARGETS: list[Any] = [
    ({"type": "phone", "number": "(617) 237-5080"}, "phone", "+16172375080"),
    ({"type": "phone", "name": "+442071838750"}, "phone", "+442071838750"),
    ({"type": "phone", "number": "911"}, "phone", "911"),
    ({"type": "phone", "number": "*98"}, "phone", "*98"),
    ({"type": "sip", "sipUri": "sip:1001@pbx.example"}, "sip", "sip:1001@pbx.example"),
    ({"type": "sip", "sipUri": "1001@pbx.example"}, "sip", "1001@pbx.example"),
    ({"type": "user", "name": "joe@alpha.sip.example"}, "user", "joe@alpha.sip.example"),
    ({"type": "teams", "number": "+16172375080"}, "teams", "+16172375080"),
]


@pytest.mark.parametrize(("to", "kind", "value"), TARGETS)
def test_targets(client: Any, to: dict[str, Any], kind: str, value: str) -> None:
    row = stored(start(client, to=to))
    assert row.target == {"kind": kind, "value": value}
    assert row.to_number == value
    assert client.get(f"{CALLS}/{row.uid}").json["to"] == value


def test_a_targets_login_is_sealed(client: Any) -> None:
    login = {"username": "joe", "password": "s3cret"}
    target = {"type": "sip", "sipUri": "sip:1001@pbx.example", "auth": login}
    sid = start(client, to=target)
    auth = stored(sid).target["auth"]
    assert "s3cret" not in str(auth)
    assert sealing.opened(auth) == login
    assert "s3cret" not in client.get(f"{CALLS}/{sid}").text


def test_a_refusal_does_not_repeat_the_login(client: Any) -> None:
    to = {"type": "phone", "auth": {"username": "joe", "password": "s3cret"}}
    answer = client.post(CALLS, json={**NEW, "to": to})
    assert answer.json["msg"] == 'missing or invalid to property: {"type":"phone"}'


def trunk(name: str, **more: Any) -> Any:
    made: Any = TrunkModel.create(
        uid=uuid5(NAMESPACE_DNS, name), created_at=world.NOW, name=name, host_name=name, **more
    )
    Endpoint.create(
        uid=UUID(int=made.uid.int + 1),
        created_at=world.NOW,
        trunk=made.uid,
        name=name,
        kind="host",
        address="198.51.100.9",
        dials=True,
    )
    return made


def test_a_phone_is_reached_through_the_accounts_trunk_else_its_providers(connect: Any) -> None:
    """gamma's world has no trunks but those made here."""
    gamma, calls = connect("gamma"), f"/v1/Accounts/{world.GAMMA}/Calls"

    def way() -> tuple[Any, Any]:
        row = stored(gamma.post(calls, json=NEW).json["sid"])
        return row.trunk_name, row.remote_host

    TrunkModel.update(is_active=False).where(TrunkModel.account == world.GAMMA).execute()
    TrunkModel.update(is_active=False).where(TrunkModel.service_provider == world.RIVAL).execute()
    assert way() == (None, None)
    trunk("calls shared", service_provider=world.RIVAL)
    trunk("calls idle", service_provider=world.RIVAL, account=world.GAMMA, is_active=False)
    trunk("calls other", service_provider=world.PROVIDER)
    assert way() == ("calls shared", "198.51.100.9")
    trunk("calls own", service_provider=world.RIVAL, account=world.GAMMA)
    assert way() == ("calls own", "198.51.100.9")
    body = {**NEW, "to": {"type": "user", "name": "joe"}}
    assert stored(gamma.post(calls, json=body).json["sid"]).trunk_uid is None


@pytest.mark.parametrize("who", ["admin", "provider", "alpha"])
def test_who_may_start_a_call(connect: Any, who: str) -> None:
    row = stored(start(connect(who)))
    assert (str(row.account_uid), str(row.service_provider_uid)) == (world.ALPHA, world.PROVIDER)


def test_a_form_starts_a_call_too(client: Any) -> None:
    form = {
        "from": "16172375089",
        "to[type]": "phone",
        "to[number]": "16172375080",
        "call_hook": HOOK,
    }
    answer = client.client.post(CALLS, data=form, headers=client.headers)
    assert answer.status_code == 201, answer.text
    assert stored(answer.json["sid"]).to_number == "+16172375080"


# limits


def limit(owner: str, quantity: int) -> None:
    """The only limit of calls there is."""
    Limit.delete().where(Limit.category == LimitCategory.CALLS).execute()
    Limit.create(
        uid=UUID(int=int(owner[:8])),
        created_at=world.NOW,
        owner_uid=owner,
        category=LimitCategory.CALLS,
        quantity=quantity,
    )


def newest_alert() -> Alert:
    found: Alert = Alert.select().order_by(Alert.id.desc()).get()
    return found


@pytest.mark.parametrize(
    ("owner", "word"),
    [(world.ALPHA, "account"), (world.PROVIDER, "service provider")],
)
def test_calls_at_once_are_limited(
    client: Any, connect: Any, clock: Clock, owner: str, word: str
) -> None:
    Call.update(ended_at=clock()).execute()
    limit(owner, 2)
    first = start(client)
    start(client)
    before = Call.select().count()
    answer = client.post(CALLS, json=NEW)
    assert answer.status_code == 422
    assert answer.json == {"msg": f"the {word} has reached its limit of calls at once"}
    assert Call.select().count() == before
    alert = newest_alert()
    assert alert.type == "limit_calls"
    assert alert.details == {"owner": word, "limit": 2}
    assert (str(alert.account_uid), str(alert.service_provider_uid)) == (
        world.ALPHA,
        world.PROVIDER,
    )
    beta = connect("beta").post(f"/v1/Accounts/{world.BETA}/Calls", json=NEW)
    assert beta.status_code == (201 if owner == world.ALPHA else 422)
    Call.update(ended_at=clock()).where(Call.uid == first).execute()
    start(client)


def test_a_call_taken_off_the_list_still_counts(client: Any, clock: Clock) -> None:
    Call.update(ended_at=clock()).execute()
    limit(world.ALPHA, 1)
    assert client.delete(f"{CALLS}/{start(client)}").status_code == 204
    assert client.post(CALLS, json=NEW).status_code == 422
    clock.advance(timedelta(hours=12, seconds=1).total_seconds())
    start(client)  # nothing carries a call that long


def test_an_inactive_account_starts_no_call(connect: Any) -> None:
    Account.update(is_active=False).where(Account.uid == world.ALPHA).execute()
    answer = connect("provider").post(CALLS, json=NEW)
    assert (answer.status_code, answer.json["msg"]) == (
        422,
        "the account is inactive or suspended",
    )
    alert = newest_alert()
    assert alert.type == "account_suspended"
    assert str(alert.account_uid) == world.ALPHA


# watching


def test_a_call_is_shown_with_every_member(client: Any) -> None:
    assert client.get(f"{CALLS}/{OVER}").json == {
        "account_sid": world.ALPHA,
        "application_sid": APP,
        "call_id": "calls-mark-over@alpha",
        "call_sid": OVER,
        "call_status": "completed",
        "caller_name": "Calls Mark",
        "direction": "outbound",
        "duration": 595,
        "from": "+12065550101",
        "originating_sip_trunk_name": "calls-trunk",
        "parent_call_sid": stored(OVER).parent_uid.__str__(),
        "service_url": "http://localhost",
        "sip_status": 200,
        "to": "+12065550102",
        "originating_sip_ip": "198.51.100.7:5060",
    }


@observed
def test_the_observed_profile_leaves_out_what_is_unset(client: Any, profile: str) -> None:
    shown = plain(client, f"{CALLS}/{RINGING}")
    assert None not in shown.values()
    assert {"application_sid", "duration", "caller_name"} & shown.keys() == set()
    assert (shown["from"], shown["call_status"]) == ("12065550101", "ringing")
    listed = {call["call_sid"]: call for call in plain(client, CALLS)}
    assert listed[RINGING] == shown
    Call.update(status=CallStatus.ALERTING).where(Call.uid == RINGING).execute()
    assert plain(client, f"{CALLS}/{RINGING}")["call_status"] == "early-media"


@observed
def test_the_observed_profile_needs_speech_where_there_is_no_application(
    client: Any, profile: str
) -> None:
    names = [
        f"speech_{part}"
        for part in (
            "synthesis_vendor",
            "synthesis_language",
            "synthesis_voice",
            "recognizer_vendor",
            "recognizer_language",
        )
    ]
    text = f"either application_sid or set of {', '.join(names)} required"
    speech = dict.fromkeys(names, "x")
    for lacking in names:
        given = {name: "x" for name in names if name != lacking}
        answer = client.post(CALLS, json={**NEW, **given})
        assert (answer.status_code, answer.json) == (400, {"msg": text})
    start(client, **speech)
    start(client, application_sid=APP)


@observed
def test_the_observed_profile_refuses_another_account_with_400(connect: Any, profile: str) -> None:
    answer = connect("beta").post(CALLS, json=NEW)
    text = f"unauthorized createCall request for account {world.ALPHA}"
    assert (answer.status_code, answer.json) == (400, {"msg": text})


def test_the_list_is_the_live_view_and_the_count_its_length(client: Any, clock: Clock) -> None:
    def listed() -> set[str]:
        found = {call["call_sid"] for call in client.get(f"{CALLS}/").json}
        assert client.get(f"{CALLS}/count").json == {"count": len(found)}
        return found

    assert {LIVE, OVER} <= listed()
    clock.advance(3600)
    assert OVER not in listed()
    assert client.get(f"{CALLS}/{OVER}").status_code == 404
    assert client.delete(f"{CALLS}/{LIVE}").status_code == 204
    assert LIVE not in listed()
    assert client.get(f"{CALLS}/{LIVE}").status_code == 404
    assert client.delete(f"{CALLS}/{LIVE}").status_code == 404
    assert stored(LIVE).status == CallStatus.IN_PROGRESS


def test_states_in_their_words(client: Any) -> None:
    words = {}
    for status in CallStatus:
        Call.update(status=status).where(Call.uid == LIVE).execute()
        words[status.value] = client.get(f"{CALLS}/{LIVE}").json["call_status"]
    wanted = {status.value: status.value.replace("_", "-") for status in CallStatus}
    assert words == {**wanted, "cancelled": "no-answer"}


# steering

REDIRECT = {"url": "https://app.example/next", "method": "post", "dialect": "jambonz"}
VERB = {"verb": "say", "text": "hello"}
ASKED: list[Any] = [
    ({"call_status": "completed"}, [("hangup", {"status": "completed"})]),
    ({"mute_status": "mute"}, [("mute_status", {"value": "mute"})]),
    ({"listen_status": "silence"}, [("listen_status", {"value": "silence"})]),
    ({"conf_mute_status": "unmute"}, [("conf_mute_status", {"value": "unmute"})]),
    (
        {"conf_hold_status": "hold", "waitHook": "https://app.example/next"},
        [("conf_hold_status", {"value": "hold", "wait_hook": REDIRECT})],
    ),
    ({"call_hook": REDIRECT["url"]}, [("redirect", {"call_hook": REDIRECT})]),
    ({"child_call_hook": REDIRECT["url"]}, [("redirect", {"child_call_hook": REDIRECT})]),
    (
        {"call_hook": REDIRECT["url"], "child_call_hook": REDIRECT["url"]},
        [("redirect", {"call_hook": REDIRECT, "child_call_hook": REDIRECT})],
    ),
    ({"whisper": VERB}, [("whisper", {"verbs": [VERB]})]),
    ({"whisper": [VERB, VERB]}, [("whisper", {"verbs": [VERB, VERB]})]),
    ({"whisper": {"url": REDIRECT["url"]}}, [("whisper", {"hook": REDIRECT})]),
    (
        {"mute_status": "mute", "whisper": VERB},
        [("mute_status", {"value": "mute"}), ("whisper", {"verbs": [VERB]})],
    ),
    (
        {"record": {"action": "stopCallRecording", "recordingID": "r"}},
        [("record", {"action": "stopCallRecording", "recordingID": "r"})],
    ),
]


@pytest.mark.parametrize(("body", "wanted"), ASKED)
@pytest.mark.parametrize(("method", "status"), [("POST", 202), ("PUT", 204)])
def test_what_is_asked_is_written_down_with_a_job(
    client: Any, method: str, status: int, body: Any, wanted: Any
) -> None:
    answer = client.open(method, f"{CALLS}/{LIVE}", json=body)
    assert (answer.status_code, answer.data) == (status, b"")
    assert sorted(asked(LIVE)) == sorted(wanted)
    assert stored(LIVE).updated_at == world.NOW


def test_a_sip_request_is_answered_at_once(client: Any) -> None:
    request = {"content_type": "text/plain", "content": "hello", "headers": {"X-One": "1"}}
    answer = client.post(f"{CALLS}/{LIVE}", json={"sip_request": request})
    assert (answer.status_code, answer.data) == (200, b"")
    assert asked(LIVE) == [("sip_request", {"method": "INFO", **request})]
    assert client.put(f"{CALLS}/{LIVE}", json={"sip_request": request}).status_code == 204


def test_what_rings_can_be_given_up_and_redirected(client: Any) -> None:
    assert client.put(f"{CALLS}/{RINGING}", json={"call_status": "no-answer"}).status_code == 204
    assert client.put(f"{CALLS}/{RINGING}", json={"call_hook": HOOK}).status_code == 204
    assert [kind for kind, _ in asked(RINGING)] == ["hangup", "redirect"]
    assert asked(RINGING)[0][1] == {"status": "cancelled"}


def test_new_hooks_become_the_calls_own(client: Any) -> None:
    hook = {"url": "https://app.example/new", "username": "u", "password": "p"}
    body = {"call_hook": "/next", "call_status_hook": hook}
    Call.update(hooks={"call": {"url": HOOK, "method": "post"}}).where(Call.uid == LIVE).execute()
    assert client.put(f"{CALLS}/{LIVE}", json=body).status_code == 204
    hooks = stored(LIVE).hooks
    assert hooks["call"] == {
        "url": "https://app.example/next",
        "method": "post",
        "dialect": "jambonz",
    }
    assert sealing.opened(hooks["status"]) == {**hook, "method": "post", "dialect": "jambonz"}
    ((_, data),) = asked(LIVE)
    assert (data["call_hook"], data["status_hook"]) == (hooks["call"], hooks["status"])


def test_a_path_is_below_the_applications_hook(client: Any) -> None:
    with write():
        made = Hook.create(
            uid=UUID(int=77),
            created_at=world.NOW,
            account=world.ALPHA,
            purpose="call",
            url="https://app.example/a/b",
            dialect="jambonz",
        )
        Application.update(call_hook=made.uid).where(Application.uid == APP).execute()
        Call.update(application_uid=APP).where(Call.uid == TALKING).execute()
    assert client.put(f"{CALLS}/{TALKING}", json={"call_hook": "/c"}).status_code == 204
    assert stored(TALKING).hooks["call"]["url"] == "https://app.example/c"


@pytest.mark.parametrize("who", ["admin", "provider"])
def test_those_above_the_account_steer_its_calls(connect: Callable[..., Any], who: str) -> None:
    client = connect(who)
    assert client.put(f"{CALLS}/{LIVE}", json={"mute_status": "mute"}).status_code == 204
    assert client.delete(f"{CALLS}/{LIVE}").status_code == 204


# rooms


def test_conferences_and_queues_are_where_calls_went_last(client: Any) -> None:
    assert client.get(f"{ACCOUNT}/Conferences").json == ["calls-mark-room"]
    waiting = [{"name": "calls-mark-queue", "length": 1}]
    assert client.get(f"{ACCOUNT}/Queues").json == waiting
    assert client.get(f"{ACCOUNT}/Queues?search=queue").json == waiting
    assert client.get(f"{ACCOUNT}/Queues?search=other").json == []
    client.delete(f"{CALLS}/{LIVE}")
    assert client.get(f"{ACCOUNT}/Queues").json == []
