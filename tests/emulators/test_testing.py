"""What a test suite is given to use the emulator with, over a process and without sockets."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emulators.testing.expect import check_countable, texts
from emulators.testing.server import Server, shared
from emulators.testing.universe import Refused, Universe
from gateway.dialect import discover
from tests.emulators.running import callbacks
from tests.support.waiting import wait_until

PHONE, NUMBER = "12125550123", "12065550100"
NOON = "2026-05-01T12:00:00+00:00"
LISTS = {
    "callable": "/api/v1/account",
    "flowroute": "/v2/numbers",
    "jambonz": "/v1/Accounts",
    "sinch": "/v1/projects/11111111-1111-4111-8111-111111111111/trunks",
}


def message(universe: Universe, text: str, **more: str) -> str:
    body = {"from": NUMBER, "to": PHONE, "body": text, **more}
    answer = universe.client("flowroute").post("/v2.1/messages", json=body)
    assert answer.status_code == 202
    return str(answer.json()["data"]["links"]["self"])


@pytest.fixture(params=["polytrunk_server", "polytrunk_app"], ids=["server", "wsgi"])
def universe(request: pytest.FixtureRequest) -> Iterator[Universe]:
    place = request.getfixturevalue(request.param)
    name = request.param.replace("_", "-")
    universe = Universe.make(place, name=name, seed=7, clock={"now": NOON})
    yield universe
    universe.delete()


def test_clients_are_logged_in_to_every_dialect(universe: Universe) -> None:
    assert LISTS.keys() == discover().keys()
    for dialect, path in LISTS.items():
        client = universe.client(dialect)
        assert client.get(path).status_code == 200, dialect
        assert client.get(universe.base_url + path).status_code == 200, dialect
        assert client.get(path, auth=("no", "body")).status_code == 401, dialect
    with pytest.raises(Refused, match="no dialect nobody"):
        universe.client("nobody")


def test_what_was_sent_is_told_whole_and_what_was_not_by_its_nearest(universe: Universe) -> None:
    link = message(universe, "long " * 80)
    message(universe, "short")
    assert universe.client("flowroute").get(link).json()["data"]["attributes"]["body"]
    (sent,) = universe.sent_sms(to="+" + PHONE, sender=NUMBER, text="long " * 80, count=1)
    assert (sent.parts, sent.at) == (3, NOON)
    assert len(universe.sent_sms()) == 2
    assert universe.sent_sms(to="12125550124", count=0) == []
    with pytest.raises(AssertionError) as failed:
        universe.sent_sms(to=PHONE, text={"contains": "code"}, count=1)
    told = str(failed.value)
    assert re.search(r"Expected 1 SMS with .*, found 0 of 2\.", told)
    assert f"{NUMBER} -> {PHONE} 'short'" in told
    assert "text: wanted {'contains': 'code'}, was 'short'" in told
    with pytest.raises(AssertionError, match=r"Expected 1 SMS with .*, found 2 of 2[.]\n  #"):
        universe.sent_sms(to=PHONE, count=1)


def test_requests_and_waiting(universe: Universe) -> None:
    message(universe, "one")
    posted = universe.requests(method="POST", body={"body": "one"}, status=202, count=1)
    assert posted[0].path == "/v2.1/messages"
    assert posted[0].answer["data"]["type"] == "message"
    with pytest.raises(AssertionError, match="status: wanted 500, was 202"):
        universe.requests(path="/v2.1/messages", status=500)
    assert universe.wait({"pdu": "submit_sm", "text": "one"}, kind="smpp")["direction"] == "in"
    with pytest.raises(AssertionError, match=r"(?s)'one'.*differs: text"):
        universe.wait({"pdu": "submit_sm", "text": "two"}, timeout=0)


def test_what_is_played_has_happened_when_the_call_returns(universe: Universe) -> None:
    with callbacks() as hooks:
        client = universe.client("flowroute")
        for what in ("sms", "mms"):
            to = {"callback_url": hooks.url(f"/{what}")}
            assert client.put(f"/v2.1/messages/{what}_callback", json=to).status_code == 204
        universe.receive_sms(PHONE, NUMBER, "hello")
        universe.receive_mms(PHONE, NUMBER, media=["https://example.test/a.png"])
        assert [path for path, _ in hooks.bodies] == ["/sms", "/mms"]
        told = universe.webhooks(url=hooks.url("/sms"), status=200, count=1)
        assert told[0].body["data"]["attributes"]["body"] == "hello"
        with pytest.raises(AssertionError, match="status: wanted 500, was 200"):
            universe.webhooks(url=hooks.url("/sms"), status=500)
    assert universe.call(PHONE, NUMBER, digits=["1"])["id"]
    universe.control("PUT", "/scripts", {"rules": [{"pattern": "0123$", "script": "no receipt"}]})
    link = message(universe, "hi")
    universe.run()
    assert universe.receipt(PHONE, "UNDELIV")["parts"][0]["outcome"] == "acknowledged"
    record = client.get(link).json()["data"]["attributes"]
    assert record["status"] == "delivery failure"


def test_time_is_moved_and_not_waited_for(universe: Universe) -> None:
    assert universe.clock.now == datetime(2026, 5, 1, 12, tzinfo=UTC)
    universe.clock.advance(90)
    universe.clock.advance(timedelta(days=1))
    assert universe.clock.now == datetime(2026, 5, 2, 12, 1, 30, tzinfo=UTC)
    universe.clock.set(datetime(2026, 6, 1, tzinfo=UTC))
    assert universe.clock.is_frozen
    universe.clock.live()
    assert not universe.clock.is_frozen
    universe.clock.freeze("2026-07-01T00:00:00Z")
    assert universe.clock.now == datetime(2026, 7, 1, tzinfo=UTC)


def test_more_rows_and_refusals(universe: Universe) -> None:
    number = {"account": universe.account["uid"], "e164": "+12065550188"}
    provider = "22222222-2222-4222-8222-222222222222"
    universe.load({"polytrunk": 1, "numbers": [{**number, "service_provider": provider}]})
    assert universe.client("flowroute").get("/v2/numbers/12065550188").status_code == 200
    with pytest.raises(Refused, match=r"400 POST .*/seed: "):
        universe.load({"polytrunk": 99})
    with pytest.raises(Refused, match="from is no address"):
        universe.receive_sms("?", NUMBER, "hello")


def test_faults(universe: Universe) -> None:
    client = universe.client("flowroute")
    made = universe.fault(path="/numbers$", times=1, action={"kind": "status", "status": 500})
    assert client.get("/v2/numbers").status_code == 500
    assert client.get("/v2/numbers").status_code == 200
    universe.control("DELETE", f"/faults/{made['id']}")
    assert len(universe.chaos("unavailable")) == 1
    universe.clear_faults()
    assert client.get("/v2/numbers").status_code == 200
    with pytest.raises(Refused, match="404 POST"):
        universe.chaos("nothing known")


def test_a_name_that_is_taken_is_replaced(universe: Universe) -> None:
    again = Universe.make(universe._place, name=universe.name)
    assert again.name != universe.name
    again.delete()


def test_what_comes_within_a_time_is_waited_for(polytrunk_server: Server) -> None:
    universe = Universe.make(polytrunk_server, name="within")
    throttled = "12125559021"
    message(universe, "late", to=throttled)
    universe.sent_sms(to=throttled, count=1, within=30)
    with pytest.raises(AssertionError, match="found 0 of 1"):
        universe.sent_sms(to=PHONE, within=0.05)
    universe.delete()


def submit(sequence: int, text: str, index: int, total: int) -> list[dict[str, object]]:
    """A part of a text with its answer, as the journal has them."""
    fields = {"source_addr": NUMBER, "destination_addr": PHONE}
    part = {"index": index, "total": total}
    place = {"session": 1, "sequence": sequence, "status": 0, "at": NOON, "seq": sequence}
    sent = {**place, "pdu": "submit_sm", "fields": fields, "text": text, "part": part}
    return [sent, {**place, "pdu": "submit_sm_resp"}]


def test_parts_of_two_texts_in_any_order() -> None:
    entries = submit(1, "b", 2, 2) + submit(2, "d", 2, 2) + submit(3, "a", 1, 2)
    entries += submit(4, "c", 1, 2) + submit(5, "x", 1, 3)
    assert [sms.text for sms in texts(entries)] == ["ab", "cd"]


def test_a_text_that_was_refused_is_not_sent() -> None:
    sent, answered = submit(1, "a", 1, 1)
    assert texts([sent]) == []
    assert texts([sent, {**answered, "status": 88}]) == []


def test_an_exact_count_wants_a_whole_journal() -> None:
    check_countable(5_000, 0)
    check_countable(5_001, None)
    with pytest.raises(AssertionError, match="5001 things happened, and the journal keeps 5000"):
        check_countable(5_001, 0)


HOLD = """
import os, signal, sys
from pathlib import Path
from emulators.testing.server import shared
with shared(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    signal.pause()
"""


def test_the_process_is_shared_and_ends_with_its_last_user(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder.stdout as out:
        url = out.readline().strip()
    with shared(tmp_path) as server:
        assert server.url == url
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert server.answers()
    wait_until(lambda: not Server(url).answers(), "the emulator ends")
    with shared(tmp_path) as other:
        assert other.answers()


def test_an_emulator_that_cannot_start_says_why(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"polytrunk": 1, "numbers": [{"nonsense": 1}]}))
    with (
        pytest.raises(RuntimeError, match=r"numbers\[0\]"),
        shared(tmp_path, ["--seed", str(seed)]),
    ):
        pass
