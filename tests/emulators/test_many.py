"""Universes of a running emulator: they work by themselves, side by side, driven by many."""

from __future__ import annotations

import base64
import http.client
import json
import multiprocessing
from collections.abc import Iterator
from typing import Any

import pytest
from smpplib.client import Client as SmppClient

from tests.emulators.running import API, PATIENCE, Callbacks, Running, callbacks, running

NUMBER, PHONE = "12065550100", "12125550123"
MESSAGES = "/v2.1/messages"
PROCESSES, EACH = 8, 25


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    with running() as one:
        yield one


@pytest.fixture
def hooks() -> Iterator[Callbacks]:
    with callbacks() as receiver:
        yield receiver


@pytest.fixture
def made(emulator: Running) -> Iterator[dict[str, Any]]:
    status, found = emulator.control("POST", "/universes", {"name": "made", "seed": 3})
    assert status == 201, found
    yield found
    assert emulator.control("DELETE", "/universes/made")[0] == 204


def ask(emulator: Running, method: str, path: str, body: Any = None) -> Any:
    status, found = emulator.call(method, f"/_u/made{path}", body)
    assert status < 300, found
    return found


def wait(emulator: Running, match: Any, **more: Any) -> Any:
    asked = {"match": match, "timeout": PATIENCE - 1, **more}
    return ask(emulator, "POST", f"{API}/wait", asked)


def nothing_in_main(emulator: Running) -> bool:
    """Since its own link was bound."""
    entries = emulator.control("GET", "/journal?kind=smpp")[1]["entries"]
    return all(entry["pdu"].startswith("bind_") for entry in entries)


def test_messages_and_webhooks_leave_by_themselves(
    emulator: Running, made: dict[str, Any], hooks: Callbacks
) -> None:
    body = {"to": PHONE, "from": NUMBER, "body": "a" * 161, "dlr_callback": hooks.url("/dlr")}
    sent = ask(emulator, "POST", MESSAGES, body)
    told = hooks.wait("/dlr", lambda b: b["data"]["attributes"]["level"] == 2)
    assert told["data"]["id"] == sent["data"]["id"]
    assert told["data"]["links"]["related"].startswith(made["base_url"])
    ask(emulator, "PUT", f"{MESSAGES}/sms_callback", {"callback_url": hooks.url("/sms")})
    ask(emulator, "POST", f"{API}/traffic/sms", {"from": PHONE, "to": NUMBER, "text": "in"})
    assert hooks.wait("/sms")["data"]["attributes"]["body"] == "in"
    assert nothing_in_main(emulator)


def test_calls_go_on_by_themselves(emulator: Running, made: dict[str, Any]) -> None:
    arrived = ask(emulator, "POST", f"{API}/traffic/call", {"from": PHONE, "to": NUMBER})
    wait(emulator, {"what": "call", "id": arrived["id"]})
    moved = ask(emulator, "POST", f"{API}/clock/advance", {"seconds": 3600})
    assert (moved["mode"], moved["ran"] > 0) == ("live", True)


def test_who_waits_for_the_carrier_is_answered(emulator: Running, made: dict[str, Any]) -> None:
    """The caller of this dialect gets the carrier's own id, so the message went out meanwhile."""
    key = made["accounts"][0]
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {key['secret']}", "Content-Type": "application/json"}
    body = {"from": NUMBER, "to": PHONE, "text": "hi"}
    path = f"/_u/made/v1/Accounts/{key['uid']}/Messages"
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    assert answer.status == 201, found
    submitted = wait(emulator, {"pdu": "submit_sm_resp", "status": 0})
    assert submitted["fields"]["message_id"] in json.dumps(found)


def test_outside_peers_bind_to_the_universe_they_name(
    emulator: Running, made: dict[str, Any]
) -> None:
    smpp = made["smpp"]
    client = SmppClient(smpp["host"], smpp["port"], timeout=10, allow_unknown_opt_params=True)
    received: list[Any] = []
    client.set_message_received_handler(lambda pdu: received.append(pdu) or 0)
    client.connect()
    client.bind_transceiver(system_id=smpp["system_id"], password=smpp["password"])
    try:
        client.send_message(
            source_addr=NUMBER, destination_addr=PHONE, short_message=b"x", registered_delivery=1
        )
        while not received:
            client.read_once()
        assert b"stat:DELIVRD" in received[0].short_message
        assert wait(emulator, {"pdu": "submit_sm", "text": "x"})["system_id"] == "u-made"
        assert nothing_in_main(emulator)
        ask(emulator, "POST", f"{API}/reset")
        assert emulator.control("POST", "/universes/made/fork", {"name": "twin"})[0] == 201
        assert emulator.control("DELETE", "/universes/twin")[0] == 204
    finally:
        client.unbind()
        client.disconnect()


def test_main_stands_still_with_its_worker(emulator: Running, hooks: Callbacks) -> None:
    frozen = {"mode": "frozen", "now": "2026-05-01T12:00:00Z"}
    assert emulator.control("PUT", "/clock", frozen)[0] == 200
    body = {"to": PHONE, "from": NUMBER, "body": "hi", "dlr_callback": hooks.url("/dlr")}
    status, sent = emulator.call("POST", MESSAGES, body)
    assert status == 202
    path = f"{MESSAGES}/{sent['data']['id']}"
    _, found = emulator.call("GET", path)
    assert found["data"]["attributes"]["delivery_receipts"] == []
    status, moved = emulator.control("POST", "/clock/advance", {"seconds": 2})
    assert (status, moved["now"]) == (200, "2026-05-01T12:00:02+00:00")
    _, found = emulator.call("GET", path)
    levels = {r["level"] for r in found["data"]["attributes"]["delivery_receipts"]}
    assert levels == {1, 2}
    assert len(hooks.bodies) == 2
    assert emulator.control("POST", "/reset")[0] == 204
    assert emulator.control("GET", "/clock")[1]["mode"] == "live"


@pytest.mark.long
def test_two_hundred_universes_driven_from_eight_processes(emulator: Running) -> None:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        jobs = [(emulator.port, process) for process in range(PROCESSES)]
        found = [ids for part in pool.map(drive, jobs) for ids in part]
    assert len(found) == PROCESSES * EACH
    assert len({tuple(ids) for ids in found}) == 1  # equal seeds and moments: equal ids
    assert nothing_in_main(emulator)


def drive(job: tuple[int, int]) -> list[list[str]]:
    """Make universes with equal seeds and keys, use all of them in turns, and look into each."""
    port, process = job
    one = _Client(port)
    names = [f"p{process}-{number}" for number in range(EACH)]
    clock = {"mode": "frozen", "now": "2026-05-01T12:00:00Z"}
    for name in names:
        one("POST", f"{API}/universes", {"name": name, "seed": 5, "clock": clock})
    ids: dict[str, list[str]] = {name: [] for name in names}
    for round_ in range(3):
        for name in names:
            body = {"to": PHONE, "from": NUMBER, "body": f"{name} {round_}"}
            sent = one("POST", f"/_u/{name}{MESSAGES}", body)
            ids[name].append(sent["data"]["id"])
    for name in names:
        one("POST", f"/_u/{name}{API}/clock/advance", {"seconds": 1})
    for name in names:
        entries = one("GET", f"/_u/{name}{API}/journal?kind=smpp")["entries"]
        texts = [entry["text"] for entry in entries if entry["pdu"] == "submit_sm"]
        assert sorted(texts) == [f"{name} {round_}" for round_ in range(3)]
        listed = one("GET", f"/_u/{name}{MESSAGES}?start_date=2026-04-30T00:00:00Z")
        assert sorted(row["id"] for row in listed["data"]) == sorted(ids[name])
        one("DELETE", f"{API}/universes/{name}")
    return list(ids.values())


class _Client:
    """A kept connection with the key that every universe has."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        pair = base64.b64encode(b"demo-key:demo-secret-0123456789abcdef").decode()
        self._headers = {"Content-Type": "application/json", "Authorization": f"Basic {pair}"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        sent = json.dumps(body) if body is not None else None
        self._connection.request(method, path, sent, self._headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        assert answer.status < 300, (method, path, raw)
        return json.loads(raw) if raw else None
