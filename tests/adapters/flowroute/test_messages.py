"""Sending, records, sets and account callbacks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from adapters.flowroute import ids, words
from gateway.domain.context import Context
from gateway.models import Receipt
from gateway.models.prepared import Insert
from gateway.services import hooks, messages
from tests.adapters.flowroute import world
from tests.adapters.flowroute.cases import OWN, PEER, sms
from tests.adapters.flowroute.conftest import Clock
from tests.support.contract import ContractClient

MESSAGES = "/v2.1/messages"


def sent(client: ContractClient, **changes: Any) -> str:
    response = client.post(MESSAGES, json=sms(**changes))
    assert response.status_code == 202, response.text
    return response.json["data"]["id"]


def record(client: ContractClient, id: str) -> Any:
    return client.get(f"{MESSAGES}/{id}").json["data"]


def told(context: Context, id: str, level: int, status: str, after: int) -> None:
    """A receipt as the pipeline stores it."""
    now = context.runtime.now() + timedelta(seconds=after)
    Insert(Receipt).run(
        {
            "uid": context.runtime.new_uid(),
            "created_at": now,
            "message_uid": messages.get(context, ids.record_ref(id)).uid,
            "level": level,
            "status": status,
            "at": now,
        }
    )


@pytest.mark.parametrize(
    "body",
    [
        sms(),
        {"data": {"type": "message", "attributes": sms()}},
        sms(**{"from": f"+{OWN}", "to": f"+{PEER}"}),
        sms(**{"from": int(OWN), "to": int(PEER)}),
        sms(**{"from": OWN[1:], "to": "(310) 555-0999"}),
        sms(is_mms="false", media_urls=[]),
        sms(type="message"),
    ],
    ids=["flat", "enveloped", "plus", "numbers", "national", "text boolean", "flat with type"],
)
def test_forms_of_one_message(client: ContractClient, body: Any) -> None:
    response = client.post(MESSAGES, json=body)
    assert response.status_code == 202
    data = response.json["data"]
    assert data["type"] == "message"
    assert data["links"]["self"] == f"http://localhost{MESSAGES}/{data['id']}"
    shown = record(client, data["id"])["attributes"]
    assert (shown["from"], shown["to"], shown["body"]) == (OWN, PEER, "hello")
    assert (shown["is_mms"], shown["status"]) == (False, "queued")
    assert shown["delivery_receipts"] == []


@pytest.mark.parametrize(
    "media",
    [
        "application/vnd.api+json; charset=utf-8",
        "application/json",
        "text/plain",
        "text/json",
        None,
    ],
)
def test_any_media_type_that_may_carry_json(client: ContractClient, media: str | None) -> None:
    body = orjson.dumps(sms())
    assert client.post(MESSAGES, data=body, content_type=media).status_code == 202


def test_a_record_shows_what_was_sent(client: ContractClient, context: Context) -> None:
    id = sent(client, body="ж" * 71, dlr_callback="https://customer.example/dlr?x=1")
    assert record(client, id) == {
        "attributes": {
            "amount_display": 0.008,
            "amount_nanodollars": 8_000_000,
            "body": "ж" * 71,
            "delivery_receipts": [],
            "direction": "outbound",
            "from": OWN,
            "is_mms": False,
            "message_encoding": 8,
            "message_type": "longcode",
            "status": "queued",
            "timestamp": "2026-03-01T12:00:00.000Z",
            "to": PEER,
        },
        "id": id,
        "relationships": {"media": {"data": []}},
        "type": "message",
    }
    row = messages.get(context, ids.record_ref(id))
    assert row.callback_url == "https://customer.example/dlr?x=1"
    assert row.callback_dialect == "flowroute"


def test_toll_free_senders_have_their_own_type(client: ContractClient) -> None:
    id = sent(client, **{"from": "18005550102"})
    assert record(client, id)["attributes"]["message_type"] == "toll-free"


@pytest.mark.parametrize(
    "body",
    [
        sms(media_urls=["https://x.example/a.png", "http://y.example/b.txt"]),
        sms(is_mms="true", media_urls=["https://x.example/a.png"]),
        sms(is_mms=True),
        {key: value for key, value in sms(media_urls=["https://x/a"]).items() if key != "body"},
    ],
    ids=["media and text", "text boolean", "text as picture message", "media alone"],
)
def test_picture_messages(client: ContractClient, body: Any) -> None:
    id = client.post(MESSAGES, json=body).json["data"]["id"]
    document = client.get(f"{MESSAGES}/{id}").json
    assert document["data"]["attributes"]["is_mms"] is True
    urls = body.get("media_urls") or []
    names = [f"{id}-{n}" for n in range(1, len(urls) + 1)]
    assert document["data"]["relationships"]["media"]["data"] == [
        {"id": name, "type": "media"} for name in names
    ]
    included = document.get("included") or []
    assert [item["attributes"]["url"] for item in included] == urls
    assert [item["id"] for item in included] == names
    for item in included:
        assert client.get(item["links"]["self"]).json == {"data": item}
    assert client.get(f"/v2.1/media/{id}-{len(urls) + 1}").status_code == 404


def test_receipts_are_shown_newest_first_and_name_the_status(
    client: ContractClient, context: Context
) -> None:
    id = sent(client)
    told(context, id, 1, "sent", 1)
    assert record(client, id)["attributes"]["status"] == "smsc submit"
    told(context, id, 2, "sent", 2)
    assert record(client, id)["attributes"]["status"] == "message buffered"
    told(context, id, 2, "delivered", 3)
    attributes = record(client, id)["attributes"]
    assert attributes["status"] == "delivered"
    assert attributes["delivery_receipts"] == [
        {
            "level": 2,
            "status": "delivered",
            "status_code": 1001,
            "status_code_description": words.RECEIPTS["delivered"].description,
            "timestamp": "2026-03-01T12:00:03.000Z",
        },
        {
            "level": 2,
            "status": "message buffered",
            "status_code": 1003,
            "status_code_description": "Message accepted by Carrier",
            "timestamp": "2026-03-01T12:00:02.000Z",
        },
        {
            "level": 1,
            "status": "smsc submit",
            "status_code": None,
            "status_code_description": "Message has been sent",
            "timestamp": "2026-03-01T12:00:01.000Z",
        },
    ]


@pytest.mark.parametrize("profile", ["observed"])
def test_observed_records(client: ContractClient, context: Context, profile: str) -> None:
    id = sent(client)
    told(context, id, 1, "sent", 1)
    attributes = record(client, id)["attributes"]
    assert attributes["amount_display"] == "$0.0040"
    assert attributes["amount_nanodollars"] == 4_000_000
    assert attributes["timestamp"] == "2026-03-01T12:00:00.00Z"
    assert attributes["delivery_receipts"][0]["timestamp"] == "2026-03-01T12:00:01.00Z"


def test_the_other_versions(client: ContractClient) -> None:
    newest = client.post("/v2.2/messages", json=sms())
    assert newest.status_code == 202
    id = newest.json["data"]["id"]
    assert newest.json["data"]["links"]["self"] == f"http://localhost/v2.2/messages/{id}"
    assert client.get(f"/v2.2/messages/{id}").json == client.get(f"{MESSAGES}/{id}").json
    oldest = client.post("/v2/messages", json=sms())
    assert oldest.status_code == 200
    assert list(oldest.json["data"]) == ["id"]
    assert oldest.json["data"]["id"].startswith("mdr1-")
    assert record(client, oldest.json["data"]["id"])["attributes"]["body"] == "hello"
    assert record(client, oldest.json["data"]["id"].upper().replace("MDR", "mdr"))


def test_a_set_is_newest_first_and_pages_by_its_links(client: ContractClient, clock: Clock) -> None:
    names = []
    for _ in range(5):
        names.append(sent(client))
        clock.advance(minutes=1)
    clock.advance(hours=1)
    target = f"{MESSAGES}?start_date=2026-03-01&limit=2"
    found: list[str] = []
    links = []
    while target:
        page = client.get(target).json
        found += [item["id"] for item in page["data"]]
        assert len(page["data"]) <= 2
        links.append(page["links"])
        target = page["links"].get("next", "")
    assert found == names[::-1]
    assert [set(link) for link in links] == [{"next"}, {"next"}, set()]
    assert links[0]["next"] == (
        "http://localhost/v2.1/messages?limit=2&start_date=2026-03-01T00%3A00%3A00.000000%2B00%3A00"
        "&end_date=2026-03-01T13%3A05%3A00.000000%2B00%3A00&offset=2"
    )


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("start_date=2026-03-01", 1),
        ("start_date=2026-02-01&end_date=2026-03-01", 1),
        ("start_date=2026-02-01&end_date=2026-02-28", 0),
        ("start_date=2026-03-02", 0),
        ("start_date=2026-03-02&end_date=2026-03-01", 0),
        ("start_date=2026-03-01T12:00:00Z", 1),
        ("start_date=2026-03-01T12:00:00.01Z", 0),
        ("start_date=2026-03-01T00:00:00", 1),
        ("start_date=2026-03-01T05:00:00.000000-07:00", 1),
        ("start_date=2026-03-01T12:00:00.000000+00:00", 1),
        ("start_date=2026-03-01T13:00:00%2B01:00&end_date=2026-03-01T12:00:00Z", 1),
        ("start_date=2026-02-01T00:00:00.00Z&end_date=2026-03-01T11:59:59.999Z", 0),
        ("start_date=2026-03-01&offset=1", 0),
        ("start_date=2026-03-01&limit=250", 1),
    ],
)
def test_periods(client: ContractClient, query: str, hits: int) -> None:
    sent(client)
    for path in (MESSAGES, f"{MESSAGES}/", "/v2.2/messages"):
        assert len(client.get(f"{path}?{query}").json["data"]) == hits


def test_strangers_see_nothing_of_it(
    client: ContractClient, connect: Callable[..., ContractClient]
) -> None:
    id = sent(client)
    stranger = connect(auth=world.OTHER_KEY)
    assert stranger.get(f"{MESSAGES}/{id}").status_code == 404
    listed = stranger.get(f"{MESSAGES}?start_date=2020-01-01").json["data"]
    assert [item["id"] for item in listed] == [world.FOREIGN_RECORD]


def test_the_same_idempotency_key_gives_the_first_answer(client: ContractClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = client.post(MESSAGES, json=sms(), headers=headers).json
    assert client.post(MESSAGES, json=sms(), headers=headers).json == first
    other = client.post(MESSAGES, json=sms(body="else"), headers=headers)
    assert other.status_code == 422
    assert len(client.get(f"{MESSAGES}?start_date=2026-01-01").json["data"]) == 1


@pytest.mark.parametrize(("callback", "purpose"), words.CALLBACKS.items())
def test_account_callbacks(
    client: ContractClient, context: Context, callback: str, purpose: str
) -> None:
    for body in (
        {"callback_url": "https://customer.example/1"},
        {"data": {"attributes": {"callback_url": "https://customer.example/2"}}},
    ):
        assert client.put(f"{MESSAGES}/{callback}", json=body).status_code == 204
    found = hooks.find(context, purpose)
    assert (found.url, found.dialect) == ("https://customer.example/2", "flowroute")


def test_links_live_on_the_host_that_was_asked(connect: Callable[..., ContractClient]) -> None:
    client = connect(strip="/flowroute")
    response = client.post(f"/flowroute{MESSAGES}", json=sms(), headers={"Host": "api.test:81"})
    parts = urlsplit(response.json["data"]["links"]["self"])
    assert (parts.netloc, parts.path.rpartition("/")[0]) == ("api.test:81", f"/flowroute{MESSAGES}")
    assert parse_qs(parts.query) == {}
