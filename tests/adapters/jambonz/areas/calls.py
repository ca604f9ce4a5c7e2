"""Live calls, records of calls, traces."""

from __future__ import annotations

from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import Area, Walker
from tests.adapters.jambonz.call_cases import CASES
from tests.adapters.jambonz.call_rows import (
    APP,
    BUSY,
    CALL_ID,
    DOOMED,
    EARLY,
    LIVE,
    OVER,
    RINGING,
    ROWS,
    TALKING,
)
from tests.support.matrix import Sample

PROVIDER, RIVAL = world.bearer("provider"), world.bearer("rival")
ACCOUNT = f"/v1/Accounts/{world.ALPHA}"
OF_PROVIDER = f"/v1/ServiceProviders/{world.PROVIDER}"
PHONE = {"type": "phone", "number": "+16172375080"}
WHOLE: dict[str, Any] = {
    "application_sid": APP,
    "call_hook": {"url": "https://app.example/call", "method": "POST"},
    "call_status_hook": {
        "url": "https://app.example/status",
        "method": "get",
        "username": "user",
        "password": "secret",
    },
    "from": "16172375089",
    "fromHost": "blf.example.com",
    "timeout": 30,
    "tag": {"callCount": 10},
    "to": PHONE,
    "headers": {"X-Customer": "7"},
}
TARGETS = (
    PHONE,
    {"type": "phone", "name": "+16172375080"},
    {"type": "sip", "sipUri": "sip:1001@pbx.example", "auth": {"username": "u", "password": "p"}},
    {"type": "user", "name": "joe@alpha.sip.example"},
)
UPDATES: tuple[dict[str, Any], ...] = (
    {"call_hook": {"url": "https://app.example/next"}},
    {"call_hook": {"url": "/support"}, "call_status_hook": {"url": "https://app.example/s"}},
    {"conf_mute_status": "mute"},
    {"conf_mute_status": "unmute"},
    {"conf_hold_status": "hold"},
    {"conf_hold_status": "unhold"},
    {"listen_status": "pause"},
    {"listen_status": "resume"},
    {"mute_status": "mute"},
    {"mute_status": "unmute"},
    {"whisper": {"verb": "say", "text": "hello"}},
    {"whisper": [{"verb": "play", "url": "https://app.example/a.wav"}], "mute_status": "mute"},
    {"whisper": {"url": "https://app.example/whisper"}},
    {
        "sip_request": {
            "method": "INFO",
            "content_type": "text/plain",
            "content": "hello",
            "headers": {"X-One": "1"},
        }
    },
    *(
        {"record": {"action": action, "recordingID": "r1", "siprecServerURL": "sip:rec.example"}}
        for action in (
            "startCallRecording",
            "stopCallRecording",
            "pauseCallRecording",
            "resumeCallRecording",
        )
    ),
)


def of_account(values: dict[str, str] | None = None, **more: Any) -> Sample:
    return Sample({"AccountSid": world.ALPHA, **(values or {})}, foreign=404, **more)


def of_provider(values: dict[str, str] | None = None, **more: Any) -> Sample:
    sids = {"ServiceProviderSid": world.PROVIDER, **(values or {})}
    return Sample(sids, owner=PROVIDER, stranger=RIVAL, foreign=404, **more)


def walk(walker: Walker) -> None:
    client = walker.as_("alpha")
    for target in TARGETS:
        client.post(f"{ACCOUNT}/Calls", json={**WHOLE, "to": target})
    client.post(f"{ACCOUNT}/Calls", json={"from": "+1", "to": PHONE})
    client.get(f"{ACCOUNT}/Calls")
    client.get(f"{ACCOUNT}/Calls/count")
    for sid in (LIVE, OVER, RINGING, EARLY, BUSY, world.NOBODY):
        client.get(f"{ACCOUNT}/Calls/{sid}")
    client.get(f"{ACCOUNT}/Conferences")
    client.get(f"{ACCOUNT}/Queues?search=calls")
    walk_updates(walker)
    walk_records(walker)
    client.delete(f"{ACCOUNT}/Calls/{DOOMED}")
    client.delete(f"{ACCOUNT}/Calls/{DOOMED}")


def walk_updates(walker: Walker) -> None:
    client = walker.as_("alpha")
    for method in ("POST", "PUT"):
        for body in UPDATES:
            client.open(method, f"{ACCOUNT}/Calls/{LIVE}", json=body)
        client.open(method, f"{ACCOUNT}/Calls/{LIVE}", json={})
        client.open(method, f"{ACCOUNT}/Calls/{world.NOBODY}", json={"mute_status": "mute"})
        client.open(method, f"{ACCOUNT}/Calls/{OVER}", json={"mute_status": "mute"})
        client.open(method, f"{ACCOUNT}/Calls/{LIVE}", json={"call_status": "completed"})
        client.open(method, f"{ACCOUNT}/Calls/{RINGING}", json={"call_status": "no-answer"})


def walk_records(walker: Walker) -> None:
    for who, home in (("alpha", ACCOUNT), ("provider", OF_PROVIDER)):
        client, path = walker.as_(who), f"{home}/RecentCalls"
        client.get(f"{path}?page=1&count=25")
        client.get(f"{path}?page=1&count=25&days=30&answered=true&direction=outbound")
        client.get(f"{path}?page=1&count=25&answered=false&direction=inbound&trunk=calls-trunk")
        client.get(f"{path}?page=2&count=500&start=2026-03-01T00:00:00Z&end=2026-03-02T00:00:00Z")
        for call_id in (CALL_ID, OVER, "nobody"):
            client.get(f"{path}/{call_id}")
            client.get(f"{path}/{call_id}/pcap")
        stranger = walker.as_("gamma" if who == "alpha" else "rival")
        stranger.get(f"{path}?page=1&count=25")


AREA = Area(
    rows=ROWS,
    operations={
        "createCall": of_account(body=WHOLE),
        "listCalls": of_account(),
        "countCalls": of_account(),
        "getCall": of_account({"CallSid": LIVE}),
        "updateCall": of_account({"CallSid": LIVE}, body={"mute_status": "mute"}),
        "updateCallPut": of_account(
            {"CallSid": TALKING}, body={"call_hook": {"url": "https://app.example/next"}}
        ),
        "deleteCall": of_account({"CallSid": DOOMED}),
        "listConferences": of_account(),
        "listQueues": of_account(query="search=calls"),
        "listRecentCalls": of_account(query="page=1&count=25"),
        "listRecentCallsBySP": of_provider(query="page=1&count=25"),
        "getRecentCallTrace": of_account({"CallId": CALL_ID}),
        "getRecentCallTraceBySP": of_provider({"CallId": CALL_ID}),
        "getRecentCallPcap": of_account({"CallId": OVER}),
        "getRecentCallPcapBySP": of_provider({"CallId": OVER}),
    },
    marks=("calls-mark", "Calls Mark", "calls-trunk"),
    cases=CASES,
    walk=walk,
    state_refused={
        "createCall": (400, 422),
        "updateCall": (422,),
        "updateCallPut": (422,),
    },
    unseen={"deleteCall 422": "a record can always be taken off the list"},
    beyond=frozenset(
        {
            ".callId",
            ".page_size",
            ".data.application_sid",
            ".data.service_provider_sid",
            ".data.sip_callid",
        }
    ),
)
