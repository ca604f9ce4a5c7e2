"""Calls carried by a feature server: what it is asked, what it tells, what happens without it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from werkzeug.test import Client

from gateway.app import Application
from gateway.models import Alert, Call, CallEvent, Job, Limit
from gateway.models.database import write
from gateway.models.prepared import Insert
from gateway.settings import Settings
from gateway.universe import Universe
from gateway.workers import runner
from tests.adapters.jambonz import world
from tests.adapters.jambonz.call_rows import APP
from tests.support.receivers import Receiver, receiving

CALLS = f"/v1/Accounts/{world.ALPHA}/Calls"
SID = "dead0000-0000-4000-8000-00000000beef"
BETA_SID = "dead0000-0000-4000-8000-00000000cafe"
MADE = {"sid": SID, "callId": "call-id-of-the-server"}
TO = {"type": "sip", "sipUri": "sip:1@pbx.example", "auth": {"username": "u", "password": "p"}}
BODY: dict[str, Any] = {
    "application_sid": APP,
    "from": "+12065550101",
    "fromHost": "host.example",
    "to": TO,
    "call_hook": {"url": "https://app.example/call", "username": "me", "password": "secret"},
    "timeout": 33,
    "tag": {"a": 1},
    "headers": {"X-One": "1"},
}


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiving(Receiver(status=201, content=orjson.dumps(MADE))) as made:
        yield made


@pytest.fixture
def settings(store_url: str, server: Receiver) -> Settings:
    """Webhooks may not reach private addresses; a feature server may be there."""
    return Settings(
        database_url=store_url,
        secret_key="x" * 32,
        rate_limit=0,
        allow_private_hooks=True,
        engines={"jambonz": server.url("")},
        engine_timeout=1.0,
    )


def start(client: Any, **more: Any) -> Any:
    return client.post(CALLS, json={**BODY, **more})


def asked(server: Receiver) -> list[tuple[str, Any]]:
    return [(hit.path, orjson.loads(hit.body)) for hit in server.hits]


def tell(app: Application, address: str, **body: Any) -> Any:
    return Client(app).post(urlsplit(address).path, json={"call_sid": SID, **body})


def test_a_call_is_made_at_the_server_and_has_its_ids(client: Any, server: Receiver) -> None:
    answer = start(client)
    assert (answer.status_code, answer.json) == (201, MADE)
    ((path, body),) = asked(server)
    assert path == "/v1/createCall"
    status = body.pop("call_status_hook")
    assert status["method"] == "POST"
    assert status["url"].startswith(f"http://localhost/_gateway/engine/jambonz/{world.ALPHA}/")
    assert body == {
        "account_sid": world.ALPHA,
        "application_sid": APP,
        "from": "+12065550101",
        "fromHost": "host.example",
        "to": TO,
        "call_hook": {
            "url": "https://app.example/call",
            "method": "POST",
            "username": "me",
            "password": "secret",
        },
        "timeout": 33,
        "tag": {"a": 1},
        "headers": {"X-One": "1"},
    }
    shown = client.get(f"{CALLS}/{SID}").json
    assert (shown["call_id"], shown["service_url"]) == (MADE["callId"], server.url(""))
    assert shown["call_status"] == "queued"
    assert Job.select().where(Job.topic == "call").count() == 0


@pytest.mark.parametrize(
    ("status", "content"),
    [(500, b"no"), (480, b"{}"), (400, b"{}"), (200, b"{}"), (201, b"{}"), (201, b'{"sid":"x"}'),
     (201, b"[1]"), (201, b"nonsense")],
)  # fmt: skip
def test_without_a_server_that_makes_it_there_is_no_call(
    client: Any, server: Receiver, status: int, content: bytes
) -> None:
    before = Call.select().count()
    server.status, server.content = status, content
    answer = start(client)
    assert answer.status_code == 480
    assert answer.json == {"msg": "no available feature servers at this time"}
    assert Call.select().count() == before


def test_a_server_that_cannot_be_reached(client: Any, server: Receiver, universe: Universe) -> None:
    server.stall = 3
    assert start(client).status_code == 480


def test_limits_hold_before_the_server_is_asked(client: Any, server: Receiver) -> None:
    with write():
        Limit.delete().where(Limit.owner_uid == world.ALPHA).execute()
        Insert(Limit).run(
            {
                "uid": "ca110000-9000-4000-8000-000000000001",
                "created_at": world.NOW,
                "owner_uid": world.ALPHA,
                "category": "calls",
                "quantity": 0,
            }
        )
    assert start(client).status_code == 422
    assert server.hits == []


def test_the_servers_words_move_the_call_and_are_passed_on(
    client: Any, server: Receiver, app: Application, universe: Universe
) -> None:
    with receiving(Receiver()) as customer:
        start(client, call_status_hook=customer.url("/status"))
        address = asked(server)[0][1]["call_status_hook"]["url"]
        for word, sip_status in (
            ("trying", 100),
            ("early-media", 183),
            ("in-progress", 200),
            ("trying", 100),
        ):
            assert tell(app, address, call_status=word, sip_status=sip_status).status_code == 204
        ended = {"call_termination_by": "caller", "sip_reason": "OK", "other": 1}
        assert tell(app, address, call_status="completed", **ended).status_code == 204
        assert tell(app, address, call_status="failed").status_code == 204
        runner.run_due(universe, universe.runtime.now())
    told = [orjson.loads(hit.body) for hit in customer.hits]
    assert [one["call_status"] for one in told] == [
        "trying",
        "alerting",
        "in-progress",
        "completed",
    ]
    for hit in customer.hits:
        stamp, _, given = hit.headers["jambonz-signature"].partition(",v1=")
        text = stamp.removeprefix("t=").encode() + b"." + hit.body
        assert hmac.new(b"wh_secret_alpha", text, hashlib.sha256).hexdigest() == given
    assert told[-1]["call_termination_by"] == "caller"
    assert told[-1]["call_sid"] == SID
    row = Call.get(Call.uid == SID)
    assert (row.status, row.reason, row.ended_by) == ("completed", "OK", "peer")
    assert row.target["auth"] == {"username": "u"}


def test_only_the_server_can_tell(client: Any, server: Receiver, app: Application) -> None:
    start(client)
    address = asked(server)[0][1]["call_status_hook"]["url"]
    token = address.rpartition("/")[2]
    for wrong in (
        address[:-1] + ("0" if address[-1] != "0" else "1"),
        address.replace(world.ALPHA, world.BETA),
        address.replace(world.ALPHA, "nobody"),
        address.replace("jambonz", "flowroute"),
        address.replace("jambonz", "nothing"),
        f"/_gateway/engine/jambonz/{world.BETA}/{token}",
    ):
        assert tell(app, wrong, call_status="completed").status_code == 404, wrong
    assert tell(app, address, call_status="trying", call_sid=BETA_SID).status_code == 404
    assert Call.get(Call.uid == SID).status == "queued"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"call_status": "singing"},
        {"call_status": 1},
        {"call_status": "trying", "call_sid": None},
        {"call_status": "trying", "call_sid": "x"},
        {"call_status": "trying", "sip_status": "180"},
        {"call_status": "trying", "sip_status": 99},
        {"call_status": "trying", "sip_status": True},
    ],
)
def test_what_cannot_be_read_is_refused(
    client: Any, server: Receiver, app: Application, body: Any
) -> None:
    start(client)
    address = asked(server)[0][1]["call_status_hook"]["url"]
    assert tell(app, address, **body).status_code == 400
    assert Call.get(Call.uid == SID).status == "queued"


STEERED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"call_status": "completed"}, {"call_status": "completed"}),
    ({"mute_status": "mute"}, {"mute_status": "mute"}),
    ({"listen_status": "pause"}, {"listen_status": "pause"}),
    ({"conf_mute_status": "unmute"}, {"conf_mute_status": "unmute"}),
    (
        {"conf_hold_status": "hold", "waitHook": "/wait"},
        {"conf_hold_status": "hold", "waitHook": {"url": "/wait", "method": "POST"}},
    ),
    (
        {
            "call_hook": {"url": "https://a.example/", "username": "u", "password": "p"},
            "call_status_hook": "https://a.example/status",
        },
        {
            "call_hook": {
                "url": "https://a.example/",
                "method": "POST",
                "username": "u",
                "password": "p",
            }
        },
    ),
    (
        {"child_call_hook": "https://a.example/"},
        {"child_call_hook": {"url": "https://a.example/", "method": "POST"}},
    ),
    (
        {"whisper": {"verb": "say", "text": "hi"}},
        {"whisper": [{"verb": "say", "text": "hi"}]},
    ),
    (
        {"whisper": {"url": "https://a.example/"}},
        {"whisper": {"url": "https://a.example/", "method": "POST"}},
    ),
    (
        {"sip_request": {"content_type": "text/plain", "content": "x"}},
        {"sip_request": {"method": "INFO", "content_type": "text/plain", "content": "x"}},
    ),
    ({"record": {"action": "stopCallRecording"}}, {"record": {"action": "stopCallRecording"}}),
]


@pytest.mark.parametrize(("body", "wanted"), STEERED)
def test_what_is_asked_of_a_call_is_passed_on(
    client: Any,
    server: Receiver,
    app: Application,
    universe: Universe,
    body: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    start(client)
    address = asked(server)[0][1]["call_status_hook"]["url"]
    assert tell(app, address, call_status="in-progress").status_code == 204
    server.status = 202
    assert client.put(f"{CALLS}/{SID}", json=body).status_code == 204
    runner.run_due(universe, universe.runtime.now())
    path, told = asked(server)[-1]
    assert path == f"/v1/updateCall/{SID}"
    assert told == wanted
    (applied,) = CallEvent.select().where(CallEvent.type == "applied")
    assert applied.data["status"] == 202
    assert Alert.select().count() == 0


@pytest.mark.parametrize(("status", "kind"), [(422, "webhook_failed"), (0, "webhook_unreachable")])
def test_what_the_server_does_not_do_leaves_an_alert(
    client: Any,
    server: Receiver,
    app: Application,
    universe: Universe,
    status: int,
    kind: str,
) -> None:
    start(client)
    address = asked(server)[0][1]["call_status_hook"]["url"]
    tell(app, address, call_status="in-progress")
    server.status, server.stall = status or 200, 0 if status else 3
    assert client.put(f"{CALLS}/{SID}", json={"mute_status": "mute"}).status_code == 204
    runner.run_due(universe, universe.runtime.now())
    (alert,) = Alert.select()
    assert (alert.type, alert.details["asked"]) == (kind, "mute_status")
    assert Job.select().where(Job.topic == "call").count() == 0
