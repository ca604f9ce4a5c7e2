"""The console's page, its files, the event stream and the rows it looks at, without a browser."""

from __future__ import annotations

import http.client
import json
import re
import signal
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import gevent
import pytest
from werkzeug.test import Client

from emulators import world
from emulators.console import events
from emulators.console.pages import STATIC
from emulators.process import Emulator
from tests.emulators.conftest import settings
from tests.emulators.running import PATIENCE, running
from tests.support.receivers import Receiver, receiving

ROOT = "/_emulator/"
API = "/_emulator/api"
NUMBER, PHONE = "+12065550100", "+12125550123"
ACCOUNT = "11111111-1111-4111-8111-111111111111"
DEMO = ("demo-key", "demo-secret-0123456789abcdef")
NOON = "2026-05-01T12:00:00Z"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=world.demo_bundle())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    emulator.main.reset("seed")
    return Client(emulator.wsgi)


def control(client: Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.open(API + path, method=method, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json if answer.data else None


def write(client: Client, text: str) -> None:
    control(client, "POST", "/traffic/sms", {"from": PHONE, "to": NUMBER, "text": text})
    control(client, "POST", "/run", {"until": "idle"})


# the page


def test_page_and_all_it_names_come_from_here(client: Client) -> None:
    page = client.get(ROOT)
    assert page.status_code == 200
    assert page.content_type == "text/html; charset=utf-8"
    named = set(re.findall(r'(?:src|href)="(static/[^"]+)"', page.text))
    assert {"static/main.js", "static/style.css"} <= named
    for name in named:
        assert client.get(ROOT + name).status_code == 200, name
    moved = client.get("/_emulator")
    assert (moved.status_code, moved.location) == (308, "http://localhost/_emulator/")


def test_browser_is_told_to_ask_nobody_else(client: Client) -> None:
    for path in ("", "static/main.js", "static/style.css", "static/icon.svg"):
        headers = client.get(ROOT + path).headers
        rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert rules.pop("default-src") == "'none'"
        assert set(rules.values()) == {"'self'", "'none'"}
        assert rules["script-src"] == rules["connect-src"] == "'self'"
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_file_needs_nothing_from_elsewhere(path: PurePath, client: Client) -> None:
    answer = client.get(f"{ROOT}static/{path.name}")
    assert answer.status_code == 200
    text = answer.text.replace('"http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?://|@import|innerHTML|eval\(", text)
    for name in re.findall(r'from "\./([^"]+)"', text):
        assert (STATIC / name).is_file(), name


@pytest.mark.parametrize("name", ["no.js", "__init__.py", "..%2Fpages.py", ".", "%00"])
def test_other_files_are_not_served(name: str, client: Client) -> None:
    answer = client.get(f"{ROOT}static/{name}")
    assert answer.status_code == 404
    assert "There is no control call" in answer.json["error"]


def test_universe_has_a_page_of_its_own(client: Client) -> None:
    control(client, "POST", "/universes", {"name": "one"})
    assert client.get("/_u/one/_emulator/").status_code == 200
    assert client.get("/_u/one/_emulator/static/main.js").status_code == 200
    moved = client.get("/_u/one/_emulator")
    assert moved.location == "http://localhost/_u/one/_emulator/"
    control(client, "DELETE", "/universes/one")


# the stream


class Reader:
    """Reads a stream event by event; `close` is what a server does when the client has gone."""

    def __init__(self, client: Client, path: str = f"{API}/events", **headers: str) -> None:
        self.answer = client.get(path, headers=headers)
        assert self.answer.status_code == 200
        assert self.answer.content_type == "text/event-stream"
        self._parts = iter(self.answer.response)
        assert next(self._parts) == b"retry: 1000\n\n"

    def next(self, event: str, **members: Any) -> dict[str, Any]:
        """The next event of that name that has the members, waited for with patience."""
        with gevent.Timeout(PATIENCE):
            return self._next(event, members)

    def _next(self, event: str, members: dict[str, Any]) -> dict[str, Any]:
        for part in self._parts:
            lines = dict(line.split(":", 1) for line in part.decode().strip().split("\n"))
            if lines.get("event") != f" {event}":
                continue
            data: dict[str, Any] = json.loads(lines["data"])
            assert lines.get("id", f" {data.get('seq')}") == f" {data.get('seq')}"
            if members.items() <= data.items():
                return data
        raise AssertionError(f"the stream ended without {event}")

    def ends(self) -> bool:
        with gevent.Timeout(PATIENCE):
            return all(b"event: entry" not in part for part in self._parts)

    def close(self) -> None:
        self.answer.close()


@pytest.fixture
def stream(client: Client) -> Iterator[Reader]:
    reader = Reader(client)
    yield reader
    reader.close()
    assert not events._open


def test_stream_tells_what_happens_from_now_on(client: Client, stream: Reader) -> None:
    before = stream.next("state")
    write(client, "one more")
    assert stream.next("entry", pdu="deliver_sm")["text"] == "one more"
    after = stream.next("state")
    assert before["rows"] != after["rows"]
    assert before["mode"] == after["mode"] == "live"


def test_stream_goes_on_where_it_was_cut(client: Client, stream: Reader) -> None:
    write(client, "before")
    mark = control(client, "GET", "/journal")["last"]
    write(client, "after")
    for again in (
        Reader(client, **{"Last-Event-ID": str(mark)}),
        Reader(client, f"{API}/events?since={mark}"),
    ):
        assert again.next("entry")["seq"] == mark + 1
        again.close()


def test_stream_tells_of_clock_faults_and_an_emptied_journal(
    client: Client, stream: Reader
) -> None:
    stream.next("state")
    client.get("/nowhere")
    stream.next("entry", kind="http")
    control(client, "PUT", "/clock", {"mode": "frozen", "now": NOON})
    frozen = stream.next("state")
    assert (frozen["mode"], frozen["now"]) == ("frozen", "2026-05-01T12:00:00+00:00")
    made = control(client, "POST", "/faults", {"action": {"kind": "status", "status": 503}})
    assert stream.next("state")["faults"] == [[made["faults"][0]["id"], 0]]
    control(client, "DELETE", "/journal")
    assert stream.next("state")["first"] == control(client, "GET", "/journal")["last"] + 1


def test_stream_is_of_one_universe_and_ends_with_it(client: Client) -> None:
    control(client, "POST", "/universes", {"name": "one"})
    other = Reader(client, f"/_u/one{API}/events")
    other.next("state")
    write(client, "in the main one")
    control(client, "DELETE", "/universes/one")
    assert other.ends()
    other.close()


def test_streams_are_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 1)
    first = Reader(client)
    refused = client.get(f"{API}/events")
    assert (refused.status_code, "1 streams" in refused.json["error"]) == (503, True)
    first.close()
    Reader(client).close()
    assert client.get(f"{API}/events?sinse=1").status_code == 400


def test_open_stream_does_not_hold_the_end_up() -> None:
    with running() as emulator:
        connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=PATIENCE)
        connection.request("GET", f"{API}/events")
        answer = connection.getresponse()
        text = {"from": PHONE, "to": NUMBER, "text": "over the wire"}
        emulator.control("POST", "/traffic/sms", text)
        line = b""
        while b"over the wire" not in line:
            line = answer.readline()
            assert line, "the stream ended"
        emulator.process.send_signal(signal.SIGTERM)
        assert b"Traceback" not in answer.read()
        assert emulator.process.wait(PATIENCE) == 0
        connection.close()


# rows


def test_messages_of_both_directions(client: Client) -> None:
    write(client, "<b>in</b>")
    sent = {"from": NUMBER, "to": PHONE, "body": "out"}
    assert client.post("/v2.1/messages", json=sent, auth=DEMO).status_code == 202
    control(client, "POST", "/run", {"until": "idle"})
    first, second = control(client, "GET", "/messages")["messages"]
    assert (first["direction"], first["from"], first["text"]) == ("inbound", PHONE, "<b>in</b>")
    assert (second["direction"], second["to"], second["status"]) == (
        "outbound",
        PHONE,
        "delivered",
    )
    page = control(client, "GET", f"/messages?limit=1&before={second['id']}")["messages"]
    assert page == [first]
    assert client.get(f"{API}/messages?limit=0").status_code == 400


def test_ladder_of_a_call_and_its_leg(client: Client) -> None:
    control(client, "PUT", "/clock", {"mode": "frozen", "now": NOON})
    call = {"from": PHONE, "to": "+12065550101", "talks": 5}
    uid = control(client, "POST", "/traffic/call", call)["id"]
    control(client, "POST", "/clock/advance", {"seconds": 60})
    leg, own = control(client, "GET", "/calls")["calls"]
    assert (own["uid"], leg["parent"], own["status"]) == (uid, uid, "completed")
    found = control(client, "GET", f"/calls/{uid}")
    assert [end["id"] for end in found["ends"]] == ["peer", "platform", leg["uid"]]
    times = [step["at"] for step in found["steps"]]
    assert times == sorted(times)
    arrows = [
        (step["from"], step["label"], step["to"])
        for step in found["steps"]
        if step["kind"] == "sip"
    ]
    assert arrows[0] == ("peer", "INVITE", "platform")
    assert ("platform", "INVITE", leg["uid"]) in arrows
    assert (leg["uid"], "200 OK", "platform") in arrows
    assert ("platform", "200 OK", "peer") in arrows
    ends = {end["id"] for end in found["ends"]}
    for step in found["steps"]:
        assert {step.get("from", "platform"), step.get("to", step.get("at_end"))} <= ends
    for nobody in ("nobody", "11111111-1111-4111-8111-111111111111"):
        assert client.get(f"{API}/calls/{nobody}").status_code == 404


def test_ladder_with_the_application_that_answers(client: Client) -> None:
    verbs = b'[{"verb": "say", "text": "Welcome"}, {"verb": "hangup"}]'
    with receiving(Receiver(content=verbs)) as app:
        hook = {"ref": "call", "account": ACCOUNT, "dialect": "jambonz", "purpose": "call"}
        answering = {"ref": "ivr", "account": ACCOUNT, "name": "ivr", "call_hook": "call"}
        number = {"account": ACCOUNT, "e164": NUMBER}
        control(
            client,
            "POST",
            "/seed",
            {
                "polytrunk": 1,
                "hooks": [{**hook, "url": app.url("/call")}],
                "applications": [answering],
                "numbers": [{**number, "application": "ivr", "handling": "application"}],
            },
        )
        control(client, "PUT", "/clock", {"mode": "frozen", "now": NOON})
        call = {"from": PHONE, "to": NUMBER}
        uid = control(client, "POST", "/traffic/call", call)["id"]
        control(client, "POST", "/clock/advance", {"seconds": 30})
    found = control(client, "GET", f"/calls/{uid}")
    assert [end["id"] for end in found["ends"]] == ["peer", "platform", "application"]
    asked = [step for step in found["steps"] if step["kind"] == "webhook"]
    assert [(step["to"], step["label"]) for step in asked] == [("application", "POST 200")]
    assert asked[0]["data"]["answer"]["status"] == 200
    happened = [step["label"] for step in found["steps"] if step["kind"] == "event"]
    assert happened[-3:] == ["verbs: 2", "say", "hangup"]


def test_resource_as_every_dialect_shows_it(client: Client) -> None:
    known = control(client, "GET", "/resources")
    account = known["accounts"][0]["uid"]
    page = control(client, "GET", f"/resources/number?account={account}&limit=3")
    assert (page["rows"][0]["name"], page["more"]) == (NUMBER, True)
    uid = page["rows"][0]["uid"]
    for dialect in known["dialects"]:
        path = f"/resources/number/{uid}?account={account}&dialect={dialect}"
        found = control(client, "GET", path)
        assert found.keys() == known["dialects"].keys()
        for to, told in found.items():
            assert (told["from"]["dialect"], told["to"]["dialect"]) == (dialect, to)
            assert sum(told["fates"].values()) == len(told["members"])
            assert to != dialect or told["to"]["objects"] == told["from"]["objects"]
    for path in (
        f"/resources/nothing?account={account}",
        f"/resources/number?account={uid}",
        f"/resources/number/{account}?account={account}&dialect=sinch",
        f"/resources/number/{uid}?account={account}&dialect=nothing",
    ):
        assert client.get(API + path).status_code == 404, path
