"""Reading what providers tell of: every shape they are known to write, and whatever else comes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.callable.incoming import read_events as callable_
from adapters.flowroute.incoming import read_events as flowroute
from adapters.jambonz.incoming import read_events as jambonz
from gateway.domain.calls import CallStatus
from gateway.domain.messages import MessageState
from gateway.domain.problems import Problem
from gateway.domain.told import CallWentOn, MessageArrived, Oddity, ReceiptCame
from gateway.wire.notices import Notice, ReadEvents, instant, millis, prose, short, whole

NOW = datetime(2026, 3, 1, tzinfo=UTC)
READERS = {"callable": callable_, "flowroute": flowroute, "jambonz": jambonz}
ID = "0197f00011117222833344445555666a"


def read(reader: ReadEvents, body: Any, **headers: str) -> Any:
    return reader(Notice(headers, {}, orjson.dumps(body), NOW))


def wrapped(kind: str, own: str = f"mdr2-{ID}", /, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": kind, "id": own, "attributes": attributes}}


TEXT = {"from": "14155550123", "to": "12065550101", "body": "hi"}


@pytest.mark.parametrize(
    "body",
    [
        {**TEXT, "id": f"mdr1-{ID}"},
        {**TEXT, "id": f"MDR2-{ID.upper()}"},
        wrapped("message", **TEXT, is_mms=False, amount_nanodollars="7000000"),
        wrapped("message", f"mdr1-{ID}", **TEXT, direction="inbound"),
    ],
    ids=["flat", "upper case", "wrapped", "wrapped with an old id"],
)
def test_one_text_of_flowroute_in_all_its_forms(body: Any) -> None:
    """All of them are the same event."""
    (told,) = read(flowroute, body)
    assert isinstance(told, MessageArrived)
    assert (told.key, told.remote_id) == (f"message mdr2-{ID}", f"mdr2-{ID}")
    assert (told.from_number, told.to_number, told.text) == ("14155550123", "12065550101", "hi")
    assert not told.is_mms


def test_a_picture_of_flowroute() -> None:
    attributes: dict[str, Any] = {
        **TEXT,
        "body": None,
        "is_mms": True,
        "delivery_receipts": [],
        "status": "",
    }
    file = {"file_name": "a.png", "file_size": 3, "mime_type": "image/png", "url": "https://x/a"}
    body = wrapped("message", **attributes)
    body["included"] = [
        {"id": "1", "type": "media", "attributes": file}, {"attributes": {"url": 1}}, "odd",
    ]  # fmt: skip
    (told,) = read(flowroute, body)
    assert (told.text, told.is_mms, told.media) == ("", True, (file,))


RECEIPTS = [
    ("message buffered", 2, MessageState.ENROUTE, True),
    ("smsc submit", 1, MessageState.ENROUTE, True),
    ("delivered", 2, MessageState.DELIVERED, False),
    ("delivery success", 2, MessageState.DELIVERED, False),
    ("Delivery Failure", 2, MessageState.UNDELIVERABLE, False),
    ("smsc reject", 2, MessageState.REJECTED, False),
]


@pytest.mark.parametrize("flat", [False, True], ids=["wrapped", "flat"])
@pytest.mark.parametrize(("word", "level", "state", "on_the_way"), RECEIPTS)
def test_receipts_of_flowroute(
    flat: bool, word: str, level: int, state: MessageState, on_the_way: bool
) -> None:
    said: dict[str, Any] = {
        "body": "hi", "level": level, "status": word, "status_code": "1003",
        "status_code_description": "why", "timestamp": "2026-02-28T23:00:00.000000Z",
    }  # fmt: skip
    body = {"id": f"mdr2-{ID}", **said} if flat else wrapped("delivery_receipt", **said)
    (told,) = read(flowroute, body)
    assert isinstance(told, ReceiptCame)
    assert (told.info.remote_id, told.info.state) == (f"mdr2-{ID}", state)
    assert told.info.intermediate is on_the_way
    assert told.info.text == f"{word} 1003 why"
    assert told.info.done_at == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_what_stands_for_nothing_here() -> None:
    (unknown,) = read(flowroute, wrapped("delivery_receipt", status="vanished", level=2))
    (sent,) = read(flowroute, wrapped("message", **TEXT, direction="outbound"))
    (recording,) = read(callable_, {"type": "RecordingEvent", "cid": "a"})
    assert all(isinstance(told, Oddity) for told in (unknown, sent, recording))
    assert "vanished" in unknown.text


def test_a_summary_of_callable_ends_a_call_that_was_talked_in() -> None:
    body = {
        "type": "CallSummaryEvent", "cid": "a" * 24, "from": "1", "to": "2", "callLegs": 1,
        "callStarted": 1_772_000_000_000, "callEnded": 1_772_000_060_000, "callDuration": 45_400,
        "ringDuration": 14_600, "timestamp": 1_772_000_060_000,
    }  # fmt: skip
    (told,) = read(callable_, body)
    assert isinstance(told, CallWentOn)
    assert (told.status, told.seconds) == (CallStatus.COMPLETED, 45)
    assert told.at is not None
    assert told.started_at is not None
    assert (told.at - told.started_at).seconds == 60
    assert told.more == {"callLegs": 1, "ringDuration": 14_600}
    assert read(callable_, {**body, "callDuration": 0}) == []


def test_the_id_of_an_event_is_its_key() -> None:
    body = {"type": "DialEvent", "cid": "a", "event": "busy", "status": "busy", "timestamp": 1}
    (named,) = read(callable_, body, **{"x-event-id": "7"})
    (unnamed,) = read(callable_, body)
    assert (named.key, unnamed.key) == ("event 7", "DialEvent a busy busy 1")


CALL = {"call_sid": "a", "from": "1", "to": "2"}


@pytest.mark.parametrize(
    ("body", "status", "sip_status"),
    [
        ({"call_status": "early-media", "sip_status": 183}, CallStatus.ALERTING, 183),
        ({"call_status": "no-answer", "sip_status": 487}, CallStatus.CANCELLED, 487),
        ({"call_status": "no-answer", "sip_status": "480"}, CallStatus.NO_ANSWER, 480),
        ({"call_status": "failed", "sip_status": 7}, CallStatus.FAILED, 0),
        ({"call_status": "in-progress"}, CallStatus.IN_PROGRESS, 0),
    ],
)
def test_states_of_jambonz(body: Any, status: CallStatus, sip_status: int) -> None:
    (told,) = read(jambonz, {**CALL, **body})
    assert (told.status, told.sip_status) == (status, sip_status)


REFUSED = [
    (jambonz, {"call_sid": "a", "call_status": "melted"}, "call_status"),
    (jambonz, {"call_sid": "a"}, "call_status"),
    (jambonz, {"message_sid": "a", "from": "1", "to": "2", "media": [1]}, "media"),
    (jambonz, {"message_sid": "a", "from": "1", "to": "2", "media": "file:///x"}, "media"),
    (jambonz, {"message_sid": "a", "from": "1", "to": "2", "text": 1}, "text"),
    (jambonz, {"queue_sid": "a"}, "call_sid"),
    (callable_, {"type": "DialEvent", "cid": "a", "status": "melted"}, "status"),
    (callable_, {"type": "DialEvent", "status": "busy"}, "cid"),
    (callable_, {"callId": "a", "action": "start"}, "only hooks of events"),
    (callable_, {"type": "CatEvent"}, "CatEvent"),
    (flowroute, wrapped("message", **{**TEXT, "to": ""}), "data.attributes.to"),
    (flowroute, {**TEXT, "id": "x" * 256}, "id"),
    (flowroute, {"data": {"id": "a", "type": "message"}}, "data.attributes"),
]


@pytest.mark.parametrize(("reader", "body", "why"), REFUSED, ids=range(len(REFUSED)))
def test_refusals_name_what_is_wrong(reader: ReadEvents, body: Any, why: str) -> None:
    with pytest.raises(Problem) as caught:
        read(reader, body)
    assert why in str(caught.value)


NAMES = st.sampled_from(
    ["data", "attributes", "id", "type", "from", "to", "body", "status", "level", "included",
     "call_sid", "call_status", "message_sid", "message_status", "media", "text", "sip_status",
     "cid", "timestamp", "callDuration", "duration", "direction"]
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["message", "delivery_receipt", "DialEvent", "CallSummaryEvent", "busy"])
)  # fmt: skip
OBJECTS = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner),
        max_leaves=8,
    ),
)


@settings(max_examples=30, deadline=None)
@given(body=OBJECTS)
def test_whatever_comes_is_read_or_refused(body: Any) -> None:
    for reader in READERS.values():
        with suppress(Problem):
            assert all(told.key for told in read(reader, body))


def test_members_that_cannot_be_read_are_passed_over() -> None:
    members: dict[str, Any] = {
        "long": "x" * 256, "nul": "a\0b", "yes": True, "list": [], "number": 7, "text": " 8 ",
        "minus": -1, "late": 10**15, "day": "2026-02-31",
    }  # fmt: skip
    assert [short(members, name) for name in ("long", "nul", "yes", "list", "none")] == [""] * 5
    assert (short(members, "number"), whole(members, "text")) == ("7", 8)
    assert (whole(members, "minus"), millis(members, "late"), instant(members, "day")) == (
        None,
    ) * 3
    assert prose(members, "nul") == "ab"
