"""Records of calls: pages, filters, both profiles; their traces."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.models import Call
from gateway.models.database import write
from gateway.models.prepared import Insert
from tests.adapters.jambonz import world
from tests.adapters.jambonz.call_rows import APP, BUSY, CALL_ID, FOREIGN, INBOUND, LIVE, OVER
from tests.support.pipeline import Clock

ALPHAS = f"/v1/Accounts/{world.ALPHA}/RecentCalls"
PROVIDERS = f"/v1/ServiceProviders/{world.PROVIDER}/RecentCalls"
FIRST = "page=1&count=25"
observed = pytest.mark.parametrize("profile", ["observed"])


def sids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [call["call_sid"] for call in answer.json["data"]]


def crowd(count: int, account: str = world.ALPHA) -> None:
    """Records a second apart, the first one the newest; every second answered, every third in."""
    insert = Insert(Call)
    rows = []
    for number in range(count):
        at = world.NOW - timedelta(seconds=number)
        rows.append(
            {
                "uid": UUID(int=(10 << 96) + number),
                "created_at": at,
                "account_uid": UUID(account),
                "service_provider_uid": UUID(world.PROVIDER),
                "direction": "inbound" if number % 3 == 0 else "outbound",
                "started_at": at,
                "answered_at": at if number % 2 == 0 else None,
                "ended_at": at,
                "from_number": "+12065550101",
                "to_number": "+12065550102",
                "status": "completed" if number % 2 == 0 else "busy",
                "sip_call_id": f"crowd-{number}",
                "trunk_name": f"trunk {number % 5}",
            }
        )
    with write():
        Call.delete().execute()
        insert.many(rows)


def test_a_record_with_every_member(client: Any) -> None:
    page = client.get(f"{ALPHAS}?{FIRST}").json
    (shown,) = [call for call in page["data"] if call["call_sid"] == OVER]
    assert shown == {
        "account_sid": world.ALPHA,
        "service_provider_sid": world.PROVIDER,
        "call_sid": OVER,
        "application_sid": APP,
        "from": "+12065550101",
        "to": "+12065550102",
        "answered": True,
        "sip_call_id": CALL_ID,
        "sip_callid": CALL_ID,
        "sip_status": 200,
        "duration": 595,
        "attempted_at": 1_772_364_600_000,
        "answered_at": 1_772_364_605_000,
        "terminated_at": 1_772_365_200_000,
        "termination_reason": "caller hungup",
        "host": "10.0.0.1",
        "remote_host": "198.51.100.7",
        "direction": "outbound",
        "trunk": "calls-trunk",
    }
    assert (page["batch"], page["page"], page["page_size"]) == (25, 1, 25)
    assert page["total"] == len(page["data"])


@observed
def test_a_record_as_the_server_shows_it(client: Any, profile: str) -> None:
    page = client.client.get(f"{ALPHAS}?{FIRST}", headers=client.headers).json
    (shown,) = [call for call in page["data"] if call["call_sid"] == OVER]
    assert (page["page"], page["page_size"]) == ("1", "25")
    assert (shown["from"], shown["answered"]) == ("12065550101", True)
    assert shown["attempted_at"] == "2026-03-01T11:30:00.000Z"
    assert shown["terminated_at"] == "2026-03-01T11:40:00.000Z"


def test_only_calls_that_are_over(client: Any, connect: Any) -> None:
    mine = sids(client.get(f"{ALPHAS}?{FIRST}"))
    assert {OVER, BUSY, INBOUND} <= set(mine)
    assert LIVE not in mine
    Call.update(status="completed", ended_at=world.NOW).where(Call.uid == FOREIGN).execute()
    assert FOREIGN not in sids(client.get(f"{ALPHAS}?{FIRST}"))
    provider = connect("provider")
    assert {*mine, FOREIGN} <= set(sids(provider.get(f"{PROVIDERS}?{FIRST}")))
    assert sids(provider.get(f"{ALPHAS}?{FIRST}")) == mine
    assert sids(connect("admin").get(f"{ALPHAS}?{FIRST}")) == mine


def test_a_record_stays_when_the_call_leaves_the_list(client: Any) -> None:
    before = sids(client.get(f"{ALPHAS}?{FIRST}"))
    assert client.delete(f"/v1/Accounts/{world.ALPHA}/Calls/{OVER}").status_code == 204
    assert sids(client.get(f"{ALPHAS}?{FIRST}")) == before


@pytest.mark.parametrize(("who", "path"), [("alpha", ALPHAS), ("provider", PROVIDERS)])
def test_a_thousand_records_in_pages(connect: Any, counted: Any, who: str, path: str) -> None:
    crowd(1000)
    client = connect(who)
    seen, costs = [], set()
    for number in range(1, 5):
        with counted() as said:
            page = client.get(f"{path}?page={number}&count=300")
        costs.add(len(said))
        assert page.json["total"] == 1000
        seen += page.json["data"]
    assert [call["sip_call_id"] for call in seen] == [f"crowd-{number}" for number in range(1000)]
    assert max(costs) <= 4
    beyond = client.get(f"{path}?page=5&count=300").json
    assert (beyond["total"], beyond["data"], beyond["page"]) == (1000, [], 5)
    with counted() as said:
        client.get(f"{path}?page=1&count=25")
    assert len(said) in costs


FILTERS: list[Any] = [
    ("answered=true", lambda n: n % 2 == 0),
    ("answered=false", lambda n: n % 2 == 1),
    ("direction=inbound", lambda n: n % 3 == 0),
    ("direction=outbound&answered=true", lambda n: n % 3 != 0 and n % 2 == 0),
    ("trunk=trunk%204", lambda n: n % 5 == 4),
    ("trunk=nobody", lambda n: False),
    ("trunk=trunk%204&answered=false&direction=inbound", lambda n: n % 30 == 9),
    ("start=2026-03-01T11:59:00Z", lambda n: n <= 60),
    ("end=2026-03-01T11:59:00Z", lambda n: n >= 60),
    ("start=2026-03-01T11:59:00Z&end=2026-03-01T11:59:30Z", lambda n: 30 <= n <= 60),
    ("days=1&end=2020-01-01T00:00:00Z", lambda n: True),
    ("colour=red", lambda n: True),
]


@pytest.mark.parametrize(("query", "kept"), FILTERS)
def test_filters(client: Any, query: str, kept: Callable[[int], bool]) -> None:
    crowd(120)
    answer = client.get(f"{ALPHAS}?page=1&count=500&{query}").json
    wanted = [f"crowd-{number}" for number in range(120) if kept(number)]
    assert [call["sip_call_id"] for call in answer["data"]] == wanted
    assert answer["total"] == len(wanted)


def test_days_are_counted_back_from_now(client: Any, clock: Clock) -> None:
    crowd(3)
    clock.advance(30 * 86_400 - 1)
    assert len(sids(client.get(f"{ALPHAS}?{FIRST}&days=30"))) == 2
    assert sids(client.get(f"{ALPHAS}?{FIRST}&days=29")) == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"reason": "told"}, "told"),
        ({"ended_by": "peer"}, "called party hungup"),
        ({"ended_by": "peer", "direction": "inbound"}, "caller hungup"),
        ({"ended_by": "api"}, "api"),
        ({"status": "busy"}, "called party busy"),
        ({"status": "cancelled"}, "caller abandoned"),
        ({}, None),
    ],
)
def test_why_a_call_ended(client: Any, values: dict[str, str], reason: str | None) -> None:
    Call.update(**{"reason": None, "ended_by": None, **values}).where(Call.uid == OVER).execute()
    page = client.get(f"{ALPHAS}?{FIRST}").json["data"]
    assert [c["termination_reason"] for c in page if c["call_sid"] == OVER] == [reason]


# traces


@pytest.mark.parametrize("call_id", [CALL_ID, OVER, OVER.upper()])
@pytest.mark.parametrize(("who", "path"), [("alpha", ALPHAS), ("provider", PROVIDERS)])
def test_a_trace_by_either_id(connect: Any, who: str, path: str, call_id: str) -> None:
    trace = connect(who).get(f"{path}/{call_id}").json
    methods = [message["method"] for message in trace["data"]["messages"]]
    assert methods == ["INVITE", "100", "180", "200", "ACK", "BYE", "200"]
    assert (trace["total"], trace["data"]["callid"]) == (7, CALL_ID)
    invite = trace["data"]["messages"][0]
    assert (invite["srcIp"], invite["dstIp"]) == ("10.0.0.1", "198.51.100.7")
    assert (invite["srcPort"], invite["dstPort"], invite["protocol"]) == (5060, 5060, 17)
    assert invite["create_date"] == 1_772_364_600_000
    assert invite["raw"].startswith("INVITE sip:+12065550102@198.51.100.7:5060 SIP/2.0\r\n")


def test_a_call_id_comes_before_a_sid(client: Any) -> None:
    Call.update(sip_call_id=OVER).where(Call.uid == BUSY).execute()
    trace = client.get(f"{ALPHAS}/{OVER}").json
    assert "486" in [message["method"] for message in trace["data"]["messages"]]


def test_a_call_that_sent_nothing_has_no_trace(client: Any) -> None:
    Call.update(status="queued", ended_at=None, answered_at=None).where(Call.uid == OVER).execute()
    assert client.get(f"{ALPHAS}/{OVER}").status_code == 404
    assert client.get(f"{ALPHAS}/{OVER}/pcap").status_code == 404


def test_a_live_calls_trace_goes_as_far_as_the_call(client: Any) -> None:
    trace = client.get(f"{ALPHAS}/{LIVE}").json
    methods = [message["method"] for message in trace["data"]["messages"]]
    assert methods == ["INVITE", "100", "200", "ACK"]


def test_a_request_sent_in_the_call_is_in_its_trace(client: Any) -> None:
    request = {"method": "INFO", "content_type": "text/plain", "content": "pressed 1"}
    answer = client.post(f"/v1/Accounts/{world.ALPHA}/Calls/{LIVE}", json={"sip_request": request})
    assert answer.status_code == 200
    messages = client.get(f"{ALPHAS}/{LIVE}").json["data"]["messages"]
    assert [m["raw"].endswith("pressed 1") for m in messages if m["method"] == "INFO"] == [True]
