"""What callbacks carry: both inbound formats, media, receipts at both levels, the retry rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from adapters.flowroute.events import HOOK_POLICY, render_event
from adapters.flowroute.profiles import DOCUMENTED, OBSERVED
from gateway.domain.events import Event, EventKind
from tests.adapters.flowroute.rows import AT, RECORD, UID, message, receipt

URL = "https://customer.example/in"


def body_of(kind: EventKind, profile: Any = DOCUMENTED, **more: Any) -> Any:
    event = Event(
        uid=UUID(int=1), kind=kind, at=AT, base_url="https://api.example", url=URL, **more
    )
    request = render_event(event, profile)
    assert request.method == "POST"
    assert request.headers["Content-Type"] == "application/json"
    return orjson.loads(request.body)


def inbound(**more: Any) -> Any:
    return message(direction="inbound", status="received", price_nano=7_000_000, **more)


@pytest.mark.parametrize("profile", [DOCUMENTED, OBSERVED], ids=lambda p: p.name)
def test_inbound_text_in_the_newer_format(profile: Any) -> None:
    assert body_of(EventKind.SMS, profile, message=inbound()) == {
        "data": {
            "attributes": {
                "amount_display": "$0.0070",
                "amount_nanodollars": "7000000",
                "body": "hello",
                "direction": "inbound",
                "from": "12065550100",
                "is_mms": False,
                "message_callback_url": URL,
                "message_encoding": 0,
                "message_type": "longcode",
                "status": "delivered",
                "timestamp": "2024-10-19T01:21:21.987654Z",
                "to": "12065550199",
            },
            "type": "message",
            "id": RECORD,
        }
    }


def test_inbound_text_in_the_flat_format_when_the_account_chose_it() -> None:
    extras = {"flowroute": {"callback_format": "v2"}}
    assert body_of(EventKind.SMS, message=inbound(), account_extras=extras) == {
        "to": "12065550199",
        "body": "hello",
        "from": "12065550100",
        "id": RECORD.replace("mdr2", "mdr1"),
    }


def test_inbound_picture_message_keeps_the_newer_format_and_names_its_media() -> None:
    media = [
        {"url": "https://s/a.jpg", "file_size": 9, "mime_type": "image/jpeg", "file_name": "x.jpg"},
        {"url": "https://s/b.txt"},
    ]
    extras = {"flowroute": {"callback_format": "v2"}}
    told = body_of(
        EventKind.MMS, message=inbound(text=None, media=media, coding=8), account_extras=extras
    )
    attributes = told["data"]["attributes"]
    assert attributes["body"] is None
    assert attributes["status"] == ""
    assert attributes["amount_nanodollars"] == 7_000_000
    assert attributes["delivery_receipts"] == []
    assert attributes["message_encoding"] == 8
    names = [f"{RECORD}-1", f"{RECORD}-2"]
    assert told["data"]["relationships"]["media"]["data"] == [
        {"id": name, "type": "media"} for name in names
    ]
    assert told["included"][0] == {
        "id": names[0],
        "type": "media",
        "attributes": {
            "file_name": "x.jpg",
            "file_size": 9,
            "mime_type": "image/jpeg",
            "url": "https://s/a.jpg",
        },
        "links": {"self": f"https://api.example/v2.1/media/{names[0]}"},
    }
    assert told["included"][1]["attributes"]["file_name"] == "b.txt"


@pytest.mark.parametrize(
    ("said", "level", "status", "code"),
    [
        (receipt(1, "sent"), 1, "smsc submit", None),
        (receipt(2, "sent"), 2, "message buffered", "1003"),
        (receipt(2, "unknown"), 2, "message buffered", "1003"),
        (receipt(2, "delivered"), 2, "delivered", "1001"),
        (receipt(2, "undelivered"), 2, "delivery failure", "1002"),
        (receipt(2, "expired"), 2, "delivery failure", "1004"),
        (receipt(2, "rejected"), 2, "smsc reject", "1005"),
        (receipt(2, "failed"), 2, "failed", "1006"),
    ],
    ids=lambda value: getattr(value, "status", None),
)
def test_delivery_receipts(said: Any, level: int, status: str, code: str | None) -> None:
    told = body_of(EventKind.SMS_RECEIPT, message=message(), receipt=said)
    assert told["data"]["type"] == "delivery_receipt"
    assert told["data"]["id"] == RECORD
    assert told["data"]["links"] == {"related": f"https://api.example/v2.1/messages/{RECORD}"}
    attributes = told["data"]["attributes"]
    assert attributes["body"] == "hello"
    assert (attributes["level"], attributes["status"]) == (level, status)
    assert attributes["status_code"] == code
    assert attributes["status_code_description"]
    assert attributes["timestamp"] == "2024-10-19T01:21:21.987654Z"


def test_receipts_of_picture_messages_have_no_body() -> None:
    told = body_of(EventKind.MMS_RECEIPT, message=message(is_mms=True), receipt=receipt())
    assert told["data"]["attributes"]["body"] == ""


def test_anything_but_200_is_sent_again_four_times_half_a_minute_apart() -> None:
    assert not HOOK_POLICY.delivered(202)
    assert HOOK_POLICY.delivered(200)
    assert [HOOK_POLICY.pause(tries) for tries in range(1, 6)] == [30, 30, 30, 30, None]


def test_ids_agree_with_the_record() -> None:
    assert RECORD.endswith(UID.hex)
