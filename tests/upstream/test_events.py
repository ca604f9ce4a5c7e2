"""Events that a provider tells us of: taken once each, told on in every subscriber's dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from gateway.domain.calls import CallStatus
from gateway.domain.told import CallWentOn, MessageArrived, ReceiptCame
from gateway.models import Alert, Call, CallEvent, HookDelivery, Message, Receipt, SeenEvent
from gateway.models.database import connection, using
from gateway.services import calls, inbound_mms
from gateway.wire.notices import Notice
from gateway.workers import runner
from tests.support import stores
from tests.support.receivers import receiving
from tests.support.serving import served
from tests.support.worlds import DIALECTS, NOW
from tests.upstream import telling, world
from tests.upstream.telling import OWN, PEER, REMOTE, Teller

Tell = Callable[[str], Teller]
OF_MESSAGES, OF_CALLS = ("flowroute", "jambonz"), ("callable", "jambonz")
MEDIA = [{"url": "https://files.example/cat.png", "file_name": "cat.png", "file_size": 9,
          "mime_type": "image/png"}]  # fmt: skip


@pytest.fixture
def told_by(sqlite_template: Path, tmp_path: Path) -> Iterator[Tell]:
    """A provider of a dialect, whose events go on to a receiver."""
    store = stores.open_copy(sqlite_template, tmp_path / "ours.db")
    with receiving() as receiver, using(store), connection():
        receiver.content = b"[]"
        app = world.started(store, telling.holdings(receiver.url("")), allow_private_hooks=True)
        yield lambda dialect: Teller(app, world.admin(app.universe), dialect, receiver)
    store.close()


def read_back(dialect: str, teller: Teller) -> Any:
    """What an app that reads the dialect finds in what it was told last."""
    provider = DIALECTS[dialect].provider
    assert provider is not None
    read = provider().events
    assert read is not None
    assert teller.receiver is not None
    hit = [one for one in teller.receiver.hits if one.path.startswith(f"/{dialect}")][-1]
    (told,) = read(Notice(hit.headers, {}, hit.body, NOW))
    return told


@pytest.mark.parametrize("upstream", OF_MESSAGES)
def test_from_a_provider_to_an_app_by_sockets(
    told_by: Tell, upstream: str, sqlite_template: Path, tmp_path: Path
) -> None:
    """The provider is another installation, which tells us by its own webhooks, signed."""
    teller = told_by(upstream)
    theirs = stores.open_copy(sqlite_template, tmp_path / "theirs.db")
    with served(teller.app) as url:
        bundle = telling.holdings("http://127.0.0.1:9")
        bundle["accounts"][0]["webhook_secret"] = telling.SECRET
        for hook in bundle["hooks"]:
            hook["url"] = f"{url}{teller.path}"
            hook["enabled"] = hook["dialect"] == upstream
        provider = world.started(theirs, bundle, allow_private_hooks=True)
        with provider.universe.entered(), connection():
            inbound_mms.arrive(world.admin(provider.universe), PEER, OWN, "hello", MEDIA)
            runner.run_due(provider.universe, NOW)
            assert [row.status for row in HookDelivery.select()] == [200]
    theirs.close()
    assert Alert.select().count() == 0
    told = [read_back(dialect, teller) for dialect in OF_MESSAGES if teller.heard(dialect)]
    assert [(one.text, one.media[0]["url"]) for one in told] == [("hello", MEDIA[0]["url"])] * 2


MEMBERS = {
    "flowroute": {"data"},
    "jambonz": {
        "carrier", "message_sid", "account_sid", "application_sid", "from", "to", "cc", "text",
        "media",
    },
}  # fmt: skip


@pytest.mark.parametrize("media", [[], MEDIA], ids=["sms", "mms"])
@pytest.mark.parametrize("upstream", OF_MESSAGES)
def test_a_message_reaches_every_dialect(told_by: Tell, upstream: str, media: Any) -> None:
    teller = told_by(upstream)
    event = telling.arrival(upstream, media=media, is_mms=bool(media))
    assert [teller.taken(event), teller.taken(event)] == [1, 0]
    (row,) = Message.select()
    assert (row.from_number, row.to_number, row.text) == (PEER, OWN, "hello ☃")
    assert (str(row.transport), str(row.status), row.is_mms) == ("http", "received", bool(media))
    assert row.extras["core"]["connection"] == str(teller.row.uid)
    assert REMOTE.hex in row.extras["core"]["remote_id"].replace("-", "")
    for dialect in OF_MESSAGES:
        (body,) = teller.heard(dialect)
        assert set(body) - {"included"} == MEMBERS[dialect]
        again = read_back(dialect, teller)
        assert isinstance(again, MessageArrived)
        assert again.from_number.removeprefix("+") == PEER.removeprefix("+")
        assert again.to_number.removeprefix("+") == OWN.removeprefix("+")
        assert again.text == "hello ☃"
        assert [one["url"] for one in again.media] == [one["url"] for one in media]
    assert teller.heard("callable") == []


LIFE = [
    ("trying", 100), ("ringing", 180), ("alerting", 183), ("in_progress", 200), ("completed", 200),
]  # fmt: skip
ENDS = ["busy", "no_answer", "cancelled", "failed"]
WORDS = {
    "jambonz": ["trying", "ringing", "alerting", "in-progress", "completed"],
    "callable": ["initiated", "trying", "ringing", "early-media", "in-progress", "completed"],
}


@pytest.mark.parametrize("upstream", OF_CALLS)
def test_a_call_reaches_every_dialect(told_by: Tell, upstream: str) -> None:
    teller = told_by(upstream)
    for word, sip_status in LIFE:
        event = telling.call(upstream, word, sip_status=sip_status, duration=None)
        assert [teller.taken(event), teller.taken(event)] == [1, 0]
    (row,) = Call.select()
    assert (row.status, row.from_number, row.to_number) == (CallStatus.COMPLETED, PEER, OWN)
    assert (str(row.direction), row.ended_at, row.answered_at) == ("inbound", NOW, NOW)
    jambonz = teller.heard("jambonz/status")
    assert [body["call_status"] for body in jambonz] == WORDS["jambonz"]
    assert {body["call_sid"] for body in jambonz} == {str(row.uid)}
    spoken = teller.heard("callable")
    told = [body["status"] for body in spoken if body["type"] == "DialEvent"]
    assert told == WORDS["callable"]
    (summary,) = (body for body in spoken if body["type"] == "CallSummaryEvent")
    assert summary["cid"] == row.uid.hex[:24]
    assert teller.heard("flowroute") == []
    again = read_back("jambonz", teller)
    assert isinstance(again, CallWentOn)
    assert (again.remote_id, again.status) == (str(row.uid), CallStatus.COMPLETED)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("upstream", OF_CALLS)
def test_calls_that_nobody_answers(told_by: Tell, upstream: str, end: str) -> None:
    """Callable has one word for three of the ends."""
    teller = told_by(upstream)
    sip = {"busy": 486, "no_answer": 480, "cancelled": 487, "failed": 503}[end]
    assert teller.taken(telling.call(upstream, end, sip_status=sip, ended_by="peer")) == 1
    (row,) = Call.select()
    told_apart = upstream == "jambonz" or end == "busy"
    assert str(row.status) == (end if told_apart else "failed")
    assert len(teller.heard("jambonz/status")) == 1


@pytest.mark.parametrize("upstream", OF_CALLS)
def test_an_end_that_overtakes_the_answer(told_by: Tell, upstream: str) -> None:
    teller = told_by(upstream)
    for word in ("ringing", "completed", "in_progress", "ringing"):
        teller.taken(telling.call(upstream, word, **({"duration": 30} if word[0] == "c" else {})))
    (row,) = Call.select()
    assert row.status is CallStatus.COMPLETED
    assert (row.ended_at - row.answered_at).seconds == (30 if upstream == "jambonz" else 0)
    told = [body["call_status"] for body in teller.heard("jambonz/status")]
    assert told == ["ringing", "in-progress", "completed"]


def test_a_call_of_the_provider_is_found_by_its_id_and_cannot_be_steered(told_by: Tell) -> None:
    teller = told_by("jambonz")
    teller.taken(telling.call("jambonz", "in_progress"))
    headers = {"Authorization": f"Bearer {world.SECRET}"}
    client, path = Client(teller.app), f"/v1/Accounts/{world.ACCOUNT}/Calls/{REMOTE}"
    shown = client.get(path, headers=headers)
    assert (shown.status_code, shown.json["call_status"]) == (200, "in-progress")  # type: ignore[index]
    steered = client.put(path, headers=headers, json={"call_status": "completed"})
    assert steered.status_code >= 400
    assert Call.get().status is CallStatus.IN_PROGRESS


def test_a_call_whose_end_is_never_told(told_by: Tell) -> None:
    teller = told_by("callable")
    teller.taken(telling.call("callable", "in_progress"))
    runner.run_due(teller.app.universe, NOW + calls.LONGEST_CALL - timedelta(seconds=1))
    assert Call.get().status is CallStatus.IN_PROGRESS
    runner.run_due(teller.app.universe, NOW + calls.LONGEST_CALL)
    assert (Call.get().status, Call.get().ended_by) == (CallStatus.COMPLETED, "system")


RECEIPTS = {
    "delivered": "delivered", "undelivered": "undelivered", "rejected": "rejected",
}  # fmt: skip


@pytest.mark.parametrize("word", RECEIPTS)
def test_a_receipt_ends_the_message(told_by: Tell, word: str) -> None:
    teller = told_by("flowroute")
    uid = telling.sent(teller.ctx, teller.row, f"mdr2-{REMOTE.hex}")
    for level, status in ((1, "sent"), (2, "sent"), (2, word)):
        teller.taken(telling.receipt("flowroute", status, level))
    again = [teller.taken(telling.receipt("flowroute", word)) for _ in range(2)]
    assert again == [0, 0]
    row = Message.get(Message.uid == uid)
    assert str(row.status) == RECEIPTS[word]
    assert [str(one.status) for one in Receipt.select().order_by(Receipt.id)] == ["sent", word]
    assert [one["data"]["attributes"]["level"] for one in teller.heard("flowroute")] == [2, 2]
    last = read_back("flowroute", teller)
    assert isinstance(last, ReceiptCame)
    assert last.info.remote_id == f"mdr2-{uid.hex}"
    assert len(teller.heard("jambonz/message")) == 0


def test_a_late_word_takes_nothing_back(told_by: Tell) -> None:
    teller = told_by("flowroute")
    uid = telling.sent(teller.ctx, teller.row, f"mdr2-{REMOTE.hex}")
    for word in ("delivered", "sent", "undelivered"):
        assert teller.taken(telling.receipt("flowroute", word)) == 1
    assert str(Message.get(Message.uid == uid).status) == "delivered"
    assert len(teller.heard("flowroute")) == 1


def test_a_receipt_that_comes_before_the_answer_waits_for_it(told_by: Tell) -> None:
    teller = told_by("flowroute")
    teller.taken(telling.receipt("flowroute", "delivered"))
    (orphan,) = Receipt.select()
    assert (orphan.message_uid, orphan.link_uid) == (None, teller.row.uid)
    assert (orphan.remote_id, orphan.status) == (f"mdr2-{REMOTE.hex}", "delivered")


def test_what_a_platform_could_not_send_is_a_receipt_too(told_by: Tell) -> None:
    teller = told_by("jambonz")
    uid = telling.sent(teller.ctx, teller.row, str(REMOTE))
    failed = telling.receipt("jambonz", "failed", error="no route", trunk_uid=REMOTE)
    assert teller.taken(failed) == 1
    row = Message.get(Message.uid == uid)
    assert (str(row.status), row.error) == ("rejected", "no route")


def test_a_message_for_a_number_the_account_has_not(told_by: Tell) -> None:
    teller = told_by("flowroute")
    stranger = telling.arrival("flowroute", to_number="+12065559999")
    assert [teller.taken(stranger), teller.taken(stranger)] == [1, 0]
    assert Message.select().count() == 0
    (alert,) = Alert.select()
    assert "+12065559999" in alert.message
    assert str(alert.account_uid) == world.ACCOUNT


def test_what_nobody_reads_is_kept_of_a_call(told_by: Tell) -> None:
    teller = told_by("jambonz")
    teller.taken(telling.call("jambonz", "ringing", tag={"order": 7}))
    (event,) = CallEvent.select().where(CallEvent.type == "told")
    assert event.data["customerData"] == {"order": 7}
    assert SeenEvent.select().count() == 1
