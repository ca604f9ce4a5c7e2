"""Messages that arrive: what the messaging hook hears, its signature, and the replies it sends."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import orjson
import pytest

from adapters.jambonz.events import render_event
from adapters.jambonz.profiles import DOCUMENTED, OBSERVED
from gateway.domain.events import Event, EventKind
from gateway.models import (
    AccessList,
    Account,
    Alert,
    Application,
    Hook,
    Message,
    MessagePart,
    Number,
    SmppLink,
    Trunk,
)
from gateway.models.database import write
from gateway.services.batch import Batch
from gateway.services.flights import Way
from gateway.services.links import LinkSettings
from gateway.services.receive import Segment, inbound
from gateway.universe import Universe
from gateway.workers.runner import run_due
from tests.adapters.jambonz import world
from tests.adapters.jambonz.message_cases import sms, taken
from tests.adapters.jambonz.message_rows import (
    APP,
    BARE,
    HOOK,
    LINKLESS,
    LISTED,
    MAIN,
    MAIN_LINK,
    MAIN_TRUNK,
    OWN,
    PEER,
    SILENT,
    STRICT,
)
from tests.adapters.jambonz.test_messages import working
from tests.support import smpp
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock
from tests.support.receivers import Receiver, receiving, until

SECRET = "wh_secret_alpha"
JSON = ("Content-Type", "application/json")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The customer's application, answering with no verbs."""
    with receiving(Receiver(content=b"[]", headers=[JSON])) as receiver:
        yield receiver


@pytest.fixture
def hook(universe: Universe, receiver: Receiver) -> str:
    """The messaging hook of the application, at the receiver."""
    url = receiver.url("/messages")
    Hook.update(url=url).where(Hook.uid == HOOK).execute()
    return url


@pytest.fixture
def arrive(universe: Universe) -> Callable[..., Any]:
    """Have a text come over the account's carrier; the stored message."""

    def send(text: str = "hello", to: str = OWN, source: str = PEER) -> Any:
        way = Way(UUID(MAIN_LINK), UUID(MAIN_TRUNK), "", LinkSettings())
        with universe.entered(), write():
            batch = Batch()
            segment = Segment(source, to, 8, text.encode("utf-16-be"))
            assert inbound(universe.context(), way, UUID(world.PROVIDER), segment, batch) == 0
            batch.flush()
        return (
            Message.select().where(Message.direction == "inbound").order_by(Message.id.desc()).get()
        )

    return send


def due(universe: Universe) -> None:
    run_due(universe, universe.runtime.now())


def bodies(receiver: Receiver) -> list[Any]:
    return [orjson.loads(hit.body) for hit in receiver.hits]


def sent() -> list[Any]:
    return list(Message.select().where(Message.direction == "outbound").order_by(Message.id))


def alerts() -> list[str]:
    """What was raised here; the world has alerts of its own from before."""
    made = (Alert.type == "payload_invalid") & (Alert.created_at >= world.NOW)
    return [row.message for row in Alert.select().where(made)]


def test_the_hook_of_the_numbers_application_hears_of_a_message(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any
) -> None:
    row = arrive("héllo")
    due(universe)
    assert bodies(receiver) == [
        {
            "carrier": MAIN,
            "message_sid": str(row.uid),
            "account_sid": world.ALPHA,
            "application_sid": APP,
            "from": PEER,
            "to": OWN,
            "cc": None,
            "text": "héllo",
            "media": None,
        }
    ]
    (hit,) = receiver.hits
    assert (hit.method, hit.path, hit.headers["content-type"]) == ("POST", "/messages", JSON[1])
    assert hit.headers["authorization"] == "Basic dXNlcjp3b3Jk"


def test_the_signature_is_what_client_libraries_compute(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, clock: Clock
) -> None:
    arrive()
    due(universe)
    (hit,) = receiver.hits
    given = dict(item.split("=", 1) for item in hit.headers["jambonz-signature"].split(","))
    said = f"{given['t']}.{hit.body.decode()}".encode()
    assert given["v1"] == hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
    assert datetime.fromtimestamp(int(given["t"]), clock().tzinfo) == clock()


def test_an_account_without_a_secret_is_told_unsigned(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any
) -> None:
    Account.update(webhook_secret=None).execute()
    arrive()
    due(universe)
    assert "jambonz-signature" not in receiver.hits[0].headers


@pytest.mark.parametrize("profile", ["observed"])
def test_the_observed_profile_writes_numbers_bare(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, profile: str
) -> None:
    arrive()
    due(universe)
    (body,) = bodies(receiver)
    assert (body["from"], body["to"]) == (PEER[1:], OWN[1:])


def test_a_hook_by_get_has_all_in_its_query(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any
) -> None:
    Hook.update(method="get", url=f"{hook}?key=1").where(Hook.uid == HOOK).execute()
    arrive("a & b")
    due(universe)
    (hit,) = receiver.hits
    query = parse_qs(urlsplit(hit.path).query)
    assert (hit.method, hit.body, query["key"], query["text"]) == ("GET", b"", ["1"], ["a & b"])
    assert "cc" not in query


@pytest.mark.parametrize("number", [BARE, SILENT])
def test_other_numbers_are_not_told_to_it(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, number: str
) -> None:
    arrive(to=number)
    due(universe)
    assert receiver.hits == []


REPLY = {"verb": "message", "to": PEER, "from": OWN, "text": "thank you"}


@pytest.mark.parametrize(
    "answer",
    [
        [REPLY],
        [{"message": {"to": PEER[1:], "from": OWN[1:], "text": "thank you"}}],
        [{**REPLY, "carrier": MAIN}, {"verb": "hangup"}],
    ],
    ids=["verb", "short form", "among others"],
)
def test_the_hook_may_answer_with_a_message(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, answer: Any
) -> None:
    receiver.content = orjson.dumps(answer)
    row = arrive()
    due(universe)
    (reply,) = sent()
    assert (reply.from_number, reply.to_number, reply.text) == (OWN, PEER, "thank you")
    assert (reply.account_uid, reply.actor) == (row.account_uid, f"hook:{HOOK}")
    assert (reply.trunk_uid, reply.callback_url) == (UUID(MAIN_TRUNK), None)
    assert alerts() == []


def test_a_webhook_that_is_told_twice_makes_one_reply(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the reply and the end of the job."""
    from gateway.workers import runner

    receiver.content = orjson.dumps([REPLY, {**REPLY, "text": "again"}])
    arrive()
    record = runner.hook_jobs.record
    monkeypatch.setattr(runner.hook_jobs, "record", lambda *_: 1 / 0)
    due(universe)
    monkeypatch.setattr(runner.hook_jobs, "record", record)
    assert [row.text for row in sent()] == ["thank you", "again"]
    run_due(universe, universe.runtime.now().replace(hour=13))
    assert len(receiver.hits) == 2
    assert [row.text for row in sent()] == ["thank you", "again"]
    assert alerts() == []


REFUSED: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "cannot be used"),
    "an unknown verb": (b'[{"verb":"fly"}]', "unknown verb 'fly'"),
    "no text": (orjson.dumps([{**REPLY, "text": None}]), "message needs text or media"),
    "a text that is none": (orjson.dumps([{**REPLY, "text": 5}]), "text must be text"),
    "a foreign from": (orjson.dumps([{**REPLY, "from": "+12065559876"}]), "does not belong"),
    "a to that is none": (orjson.dumps([{**REPLY, "to": "bob"}]), "digits"),
    "an unknown carrier": (orjson.dumps([{**REPLY, "carrier": "x"}]), "active trunk"),
    "a hook that is none": (orjson.dumps([{**REPLY, "actionHook": "ftp://x/"}]), "http"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_cannot_be_obeyed_raises_an_alert(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, name: str
) -> None:
    receiver.content, said = REFUSED[name]
    arrive()
    due(universe)
    assert sent() == []
    (alert,) = alerts()
    assert said in alert
    assert len(receiver.hits) == 1


@pytest.mark.parametrize("answer", [b"", b"  ", b"{}", b'{"ok": true}', b"[]"])
def test_an_answer_without_verbs_asks_for_nothing(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any, answer: bytes
) -> None:
    receiver.content = answer
    arrive()
    due(universe)
    assert (sent(), alerts()) == ([], [])


def test_no_more_replies_than_a_bound(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any
) -> None:
    receiver.content = orjson.dumps([REPLY] * 21)
    arrive()
    due(universe)
    assert len(sent()) == 20
    assert alerts() == ["A webhook was answered with more than 20 replies."]


def test_a_failed_webhook_is_not_obeyed(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any
) -> None:
    receiver.content, receiver.status = orjson.dumps([REPLY]), 500
    arrive()
    due(universe)
    assert sent() == []


def test_the_action_hook_of_a_reply_hears_once_what_became_of_it(
    universe: Universe, hook: str, receiver: Receiver, arrive: Any
) -> None:
    receiver.content = orjson.dumps([{**REPLY, "actionHook": "/status"}])
    arrive()
    due(universe)
    (reply,) = sent()
    assert reply.callback_url == receiver.url("/status")
    assert reply.callback_dialect == "jambonz"


# what the action hook is told


def told(level: int, status: str, profile: Any = DOCUMENTED, **columns: Any) -> Any:
    """The body for a receipt of a message with these columns, None for nothing."""
    values = {"uid": UUID(int=2), "error": None, "sent_at": None, "trunk_uid": UUID(int=3)}
    event = Event(
        uid=UUID(int=1),
        kind=EventKind.SMS_RECEIPT,
        at=world.NOW,
        message=SimpleNamespace(**{**values, **columns}),
        receipt=SimpleNamespace(level=level, status=status),
        facts={"trunk_name": "peerless", "application_uid": None, "remote_id": "42"},
    )
    request = render_event(event, profile)
    return None if request is None else orjson.loads(request.body)


@pytest.mark.parametrize("profile", [DOCUMENTED, OBSERVED], ids=lambda p: p.name)
def test_a_message_the_carrier_took_was_a_success(profile: Any) -> None:
    assert told(1, "sent", profile, sent_at=world.NOW) == {
        "message_sid": str(UUID(int=2)),
        "carrier": "peerless",
        "carrier_message_id": "42",
        "message_status": "success",
        "message_failure_reason": None,
    }


@pytest.mark.parametrize(
    ("status", "columns", "word"),
    [
        ("rejected", {"error": "Invalid destination"}, "failure"),
        ("failed", {"error": "too long"}, "failure"),
        ("expired", {"error": "validity ended"}, "failure"),
        ("expired", {"error": "no link in time", "trunk_uid": None}, "no carriers"),
    ],
)
def test_a_message_the_carrier_did_not_take_failed(
    status: str, columns: dict[str, Any], word: str
) -> None:
    body = told(2, status, **columns)
    assert (body["message_status"], body["message_failure_reason"]) == (word, columns["error"])


@pytest.mark.parametrize("status", ["sent", "delivered", "undelivered", "expired"])
def test_what_the_carrier_says_later_is_not_told(status: str) -> None:
    assert told(2, status, sent_at=world.NOW) is None


def test_a_receipt_that_overtakes_the_answer_tells_of_success() -> None:
    assert told(2, "sent") is None
    assert told(2, "delivered")["message_status"] == "success"


# carriers that speak HTTP


def hand_in(connect: Any, by: str = LINKLESS, status: int = 200, **changes: Any) -> Any:
    answer = connect(None).post(f"/v1/messaging/{by}", json=taken(**changes))
    assert answer.status_code == status, answer.text
    return answer.json


@pytest.mark.parametrize("by", [LINKLESS, LISTED])
def test_a_message_handed_in_over_http_reaches_the_hook(
    connect: Any, universe: Universe, hook: str, receiver: Receiver, by: str
) -> None:
    answer = hand_in(connect, by, text="over http", to=OWN[1:])
    due(universe)
    row = Message.get(Message.uid == UUID(answer["sid"]))
    assert (row.direction, row.transport, row.status) == ("inbound", "http", "received")
    assert (row.from_number, row.to_number, row.text) == (PEER, OWN, "over http")
    (body,) = bodies(receiver)
    assert (body["carrier"], body["text"], body["message_sid"]) == (by, "over http", answer["sid"])


@pytest.mark.parametrize(
    ("media", "shown"),
    [
        ("https://m.example/1", "https://m.example/1"),
        (["https://m.example/1"], "https://m.example/1"),
        (
            ["https://m.example/1", "https://m.example/2"],
            ["https://m.example/1", "https://m.example/2"],
        ),
    ],
)
def test_media_of_a_carrier(
    connect: Any, universe: Universe, hook: str, receiver: Receiver, media: Any, shown: Any
) -> None:
    hand_in(connect, text=None, media=media)
    due(universe)
    (body,) = bodies(receiver)
    assert (body["text"], body["media"]) == (None, shown)


@pytest.mark.parametrize("sender", ["ACME", "12345", "+442071838750"])
def test_senders_need_not_be_numbers(connect: Any, sender: str) -> None:
    answer = hand_in(connect, from_=sender, more="passed over")
    assert Message.get(Message.uid == UUID(answer["sid"])).from_number == sender


def test_a_carrier_of_the_provider_serves_its_accounts(connect: Any) -> None:
    Trunk.update(account=None, service_provider=world.PROVIDER).where(
        Trunk.name == LINKLESS
    ).execute()
    hand_in(connect)
    Trunk.update(service_provider=world.RIVAL).where(Trunk.name == LINKLESS).execute()
    hand_in(connect, status=404)


CLOSING: dict[str, Callable[[], Any]] = {
    "the link no longer admits": lambda: SmppLink.update(admits=False).execute(),
    "the link is off": lambda: SmppLink.update(enabled=False).execute(),
    "the trunk is off": lambda: Trunk.update(is_active=False).execute(),
    "the account is off": lambda: Account.update(is_active=False).execute(),
    "the trunk is of another account": lambda: Trunk.update(account=world.BETA).execute(),
    "the number is another's": lambda: Number.update(account=world.BETA).execute(),
    "the number was given up": lambda: Number.update(status="available").execute(),
    "the application has no hook": lambda: Application.update(message_hook=None).execute(),
}


@pytest.mark.parametrize("name", CLOSING)
def test_a_carrier_that_is_no_longer_let_in(connect: Any, name: str) -> None:
    hand_in(connect)
    CLOSING[name]()
    assert hand_in(connect, status=404) == {"msg": "Not Found"}


def test_a_list_that_is_switched_on_lets_in(connect: Any) -> None:
    hand_in(connect, STRICT, 404)
    AccessList.update(enabled=True).execute()
    hand_in(connect, STRICT)


def test_a_stranger_by_address_is_told_nothing(connect: Any) -> None:
    """The same answer for a carrier that exists and one that does not."""
    client: ContractClient = connect(None)
    texts = set()
    for by in (LINKLESS, "nobody"):
        answer = client.client.post(
            f"/v1/messaging/{by}", json=taken(), environ_base={"REMOTE_ADDR": "203.0.113.9"}
        )
        assert answer.status_code == 404
        texts.add(answer.text)
    assert len(texts) == 1
    assert MessagePart.select().count() == Message.select().where(Message.text == "hello").count()


def test_a_conversation_over_a_carrier(
    client: ContractClient, universe: Universe, hook: str, receiver: Receiver
) -> None:
    """A text goes out, one comes in, the application answers it, and hears that it is gone."""
    receiver.paths["/messages"] = orjson.dumps([{**REPLY, "actionHook": "status"}])
    with smpp.smsc() as smsc, working(universe, smsc, dialects=None):
        path = f"/v1/Accounts/{world.ALPHA}/Messages"
        first: Any = client.post(path, json=sms(text="anybody there?")).json
        smsc.inject("demo", PEER, OWN, "here I am")
        until(lambda: len(receiver.hits) == 2)
        asked, gone = bodies(receiver)
        texts = [(message.id, message.payload) for message in smsc.messages()]
    assert [payload for _, payload in texts] == [b"anybody there?", b"thank you"]
    assert (asked["text"], asked["carrier"], asked["application_sid"]) == ("here I am", MAIN, APP)
    assert first["providerResponse"] == texts[0][0]
    assert gone == {
        "message_sid": str(sent()[-1].uid),
        "carrier": MAIN,
        "carrier_message_id": texts[1][0],
        "message_status": "success",
        "message_failure_reason": None,
    }
    for hit in receiver.hits:
        given = dict(item.split("=", 1) for item in hit.headers["jambonz-signature"].split(","))
        said = f"{given['t']}.".encode() + hit.body
        assert given["v1"] == hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
