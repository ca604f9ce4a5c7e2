"""Proof from the journal: counts, exports, and webhooks that are sent again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from werkzeug.test import Client

from emulators import world
from emulators.journal import HIDDEN
from emulators.process import Emulator
from tests.emulators.conftest import settings
from tests.support.receivers import Receiver, receiving

API = "/_emulator/api"
NOON = "2026-05-01T12:00:00Z"
NUMBER, PHONE = "12065550100", "12125550123"
BASIC = (world.DEMO_KEY, world.DEMO_SECRET)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=world.demo_bundle())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def app() -> Iterator[Receiver]:
    with receiving(Receiver()) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def api(emulator: Emulator, app: Receiver) -> Api:
    """Of a universe in which two messages were sent, one of them with a callback."""
    client = Client(emulator.wsgi)
    made = {"name": "proven", "seed": 1, "clock": {"now": NOON}}
    assert client.post(f"{API}/universes", json=made).status_code == 201
    one = Api(client)
    for more in ({}, {"dlr_callback": app.url("/dlr?a=1")}):
        sent = {"to": PHONE, "from": NUMBER, "body": "hi", **more}
        one.client.post("/_u/proven/v2.1/messages?x=%C3%A9", json=sent, auth=BASIC)
    one.ask("POST", "/run", {"until": "idle"})
    return one


class Api:
    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.open(f"/_u/proven{API}{path}", method=method, json=body)

    def verify(self, **body: Any) -> tuple[int, Any]:
        answer = self.ask("POST", "/journal/verify", body)
        return answer.status_code, answer.json


POSTED = {"request.method": "POST", "answer.status": 202}


@pytest.mark.parametrize(
    ("bounds", "wrong"),
    [
        ({}, None),
        ({"count": 2}, None),
        ({"at_least": 2}, None),
        ({"at_most": 2}, None),
        ({"at_least": 1, "at_most": 3}, None),
        ({"count": 1}, "2 entries match, not exactly 1."),
        ({"count": 3}, "2 entries match, not exactly 3."),
        ({"at_least": 3}, "2 entries match, not at least 3."),
        ({"at_most": 1}, "2 entries match, not at most 1."),
        ({"at_least": 3, "at_most": 4}, "2 entries match, not 3 to 4."),
    ],
)
def test_a_count_is_right_or_wrong(api: Api, bounds: dict[str, int], wrong: str | None) -> None:
    status, said = api.verify(match=POSTED, kind="http", **bounds)
    assert (status, said["ok"], said["count"]) == (409 if wrong else 200, not wrong, 2)
    assert said.get("error") == wrong


def test_what_came_nearest_is_told(api: Api) -> None:
    body = {"to": PHONE, "body": "bye"}
    _, said = api.verify(match={**POSTED, "request.body": body}, count=1)
    assert [near["differs"] for near in said["near"]][:2] == [["request.body.body"]] * 2
    assert said["near"][0]["entry"]["request"]["body"]["body"] == "hi"
    _, said = api.verify(match=POSTED, count=0)
    assert [entry["answer"]["status"] for entry in said["found"]] == [202, 202]
    last = api.ask("GET", "/journal").json["last"]
    assert api.verify(match={}, since=last, count=0)[0] == 200


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"count": 1, "at_least": 1}, "count"),
        ({"at_least": 2, "at_most": 1}, "at_most"),
        ({"at_most": -1}, "at_most"),
        ({"count": "1"}, "count"),
        ({"matches": {}}, "matches"),
    ],
)
def test_what_is_wrong_with_a_question_is_named(api: Api, body: Any, path: str) -> None:
    status, said = api.verify(**body)
    assert (status, list(said["fields"])) == (400, [path])


def test_the_journal_is_had_as_lines(api: Api) -> None:
    every = api.ask("GET", "/journal").json["entries"]
    answer = api.ask("GET", "/journal/export")
    assert answer.mimetype == "application/x-ndjson"
    assert [orjson.loads(line) for line in answer.data.splitlines()] == every
    some = api.ask("GET", "/journal/export?format=jsonl&kind=webhook&limit=1&match=dlr")
    assert [orjson.loads(line)["kind"] for line in some.data.splitlines()] == ["webhook"]
    assert api.ask("GET", "/journal/export?format=csv").status_code == 400


def test_the_journal_is_had_as_an_archive(api: Api, app: Receiver) -> None:
    log = api.ask("GET", "/journal/export?format=har").json["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "polytrunk")
    first, second, *webhooks = log["entries"]
    url = "http://localhost/v2.1/messages?x=%C3%A9"
    assert [(e["request"]["method"], e["request"]["url"]) for e in (first, second)] == [
        ("POST", url)
    ] * 2
    assert first["request"]["queryString"] == [{"name": "x", "value": "é"}]
    headers = {pair["name"]: pair["value"] for pair in first["request"]["headers"]}
    assert headers["Authorization"] == f"Basic demo-key:{HIDDEN}"
    assert orjson.loads(first["request"]["postData"]["text"])["to"] == PHONE
    response = first["response"]
    assert (response["status"], response["statusText"]) == (202, "Accepted")
    assert response["content"]["mimeType"].startswith("application/")
    assert first["startedDateTime"] == "2026-05-01T12:00:00+00:00"
    assert {hook["request"]["url"] for hook in webhooks} == {app.url("/dlr?a=1")}
    assert webhooks[0]["response"]["content"]["text"] == "thank you"


def test_a_webhook_is_sent_again_as_it_was(api: Api, app: Receiver) -> None:
    (entry, *_) = api.ask("GET", "/journal?kind=webhook").json["entries"]
    before, app.status = app.hits[0], 503
    again = api.ask("POST", f"/journal/{entry['seq']}/replay").json
    app.status = 200
    assert app.hits[-1] == before
    assert len(app.hits) == 2
    assert again["replay_of"] == entry["seq"]
    assert again["seq"] == api.ask("GET", "/journal").json["last"]
    assert (again["url"], again["request"]) == (entry["url"], entry["request"])
    assert again["answer"]["status"] == 503
    api.ask("POST", "/clock/advance", {"seconds": 0})
    assert len(app.hits) == 2  # it is nobody's job, so it is not tried again
    assert api.ask("POST", f"/journal/{again['seq']}/replay").status_code == 200


def test_only_webhooks_are_sent_again(api: Api) -> None:
    (entry, *_) = api.ask("GET", "/journal?kind=http").json["entries"]
    refused = api.ask("POST", f"/journal/{entry['seq']}/replay")
    assert (refused.status_code, refused.json["error"]) == (
        409, f"Entry {entry['seq']} is http: only webhooks are sent again."
    )  # fmt: skip
    assert api.ask("POST", "/journal/999/replay").status_code == 404
    assert api.ask("POST", "/journal/first/replay").status_code == 404


# -- what was touched


@pytest.fixture(scope="module")
def touched(emulator: Emulator) -> Client:
    """A universe that was asked for numbers, trunks by a dialect's name, and nothing that is."""
    client = Client(emulator.wsgi)
    assert client.post(f"{API}/universes", json={"name": "touched"}).status_code == 201
    root = "/_u/touched"
    trunks = f"/sinch/v1/projects/{world.DEMO_ACCOUNT}/trunks"
    for path, status in (
        ("/v2/numbers?limit=200", 200),  # too long for the journal to keep it as JSON
        ("/v2/numbers/1", 404),
        (trunks, 200),
        ("/v2/nothing", 404),
    ):
        assert client.get(root + path, auth=BASIC).status_code == status
    assert client.get(root + trunks).status_code == 401
    bought = client.post(f"{root}{trunks}", json={"name": "x", "hostName": "x" * 70}, auth=BASIC)
    assert bought.status_code == 400
    return client


def test_what_was_touched_of_each_dialect(touched: Client) -> None:
    told = touched.get(f"/_u/touched{API}/coverage").json
    assert (told["requests"], told["strange"], told["unread"]) == (6, 1, 0)
    assert set(told["dialects"]) == {"callable", "flowroute", "jambonz", "sinch"}
    untouched = touched.get(f"{API}/coverage").json  # of the main universe
    found = {
        f"{name} {kind}": set(untouched["dialects"][name][kind]["missing"]) - set(part["missing"])
        for name, parts in told["dialects"].items()
        for kind, part in parts.items()
    }
    assert found["flowroute operations"] == {"listNumbers", "getNumber"}
    assert found["flowroute statuses"] == {"listNumbers 200", "getNumber 404"}
    assert found["flowroute parameters"] == {"listNumbers query limit", "getNumber path id"}
    members = {"NumberAttributes.cnam_lookups_enabled", "ErrorItem.detail", "NumberItem.attributes"}
    assert members <= found["flowroute members"]
    word = "NumberAttributes.number_type = standard"
    assert word in found["flowroute enum values"]
    trunks = {"getSipTrunks 200", "getSipTrunks 401", "createSipTrunk 400"}
    assert found["sinch statuses"] == trunks
    assert "SipTrunk.hostName" in found["sinch members"]
    assert not any(found[f"jambonz {kind}"] for kind in told["dialects"]["jambonz"])
    of = told["dialects"]["flowroute"]["operations"]
    assert (of["seen"], of["declared"]) == (2, len(of["missing"]) + 2)


def test_what_was_touched_as_text(touched: Client) -> None:
    answer = touched.get(f"/_u/touched{API}/coverage?format=text&match=sinch")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert lines[0] == "3 requests, 0 at unknown paths"
    assert "  not asked: listNumbers (GET /v2/numbers)" in lines
    (trunks,) = [line for line in lines if line.startswith("  getSipTrunks never")]
    assert "401" not in trunks.split()
    assert "500" in trunks.split()
    assert touched.get(f"/_u/touched{API}/coverage?format=xml").status_code == 400


def test_what_a_whole_run_touched(emulator: Emulator, touched: Client) -> None:
    before = touched.get(f"{API}/coverage?universes=all").json
    assert before["requests"] >= 6
    assert touched.post(f"{API}/universes", json={"name": "brief"}).status_code == 201
    assert touched.get("/_u/brief/v1/Accounts").status_code == 401
    touched.get("/_u/brief/v1/nothing")
    assert touched.delete(f"{API}/universes/brief").status_code == 204
    after = touched.get(f"{API}/coverage?universes=all").json
    assert after["requests"] == before["requests"] + 2
    assert after["strange"] == before["strange"] + 1
    assert "listAccounts 401" in before["dialects"]["jambonz"]["statuses"]["missing"]
    assert "listAccounts 401" not in after["dialects"]["jambonz"]["statuses"]["missing"]
    assert touched.get(f"{API}/coverage?universes=all&match=x").status_code == 400


def test_what_the_journal_did_not_keep_is_told(touched: Client) -> None:
    body = {"to": PHONE, "from": NUMBER, "body": "x" * 20_000}
    touched.post("/_u/touched/v2.1/messages", json=body, auth=BASIC)
    told = touched.get(f"/_u/touched{API}/coverage?match=v2.1").json
    assert (told["requests"], told["unread"]) == (1, 1)
