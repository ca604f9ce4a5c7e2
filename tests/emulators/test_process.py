"""The emulator as users start it: a process, real HTTP, real SMPP, real webhooks."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from smpplib.client import Client as SmppClient
from smpplib.command import Command

from tests.emulators.running import Callbacks, Running, callbacks, read_line, running, start

NUMBER = "12065550100"
PHONE = "12125550123"
MESSAGES = "/v2.1/messages"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    with running() as one:
        yield one


@pytest.fixture
def hooks() -> Iterator[Callbacks]:
    with callbacks() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def fresh(emulator: Running) -> None:
    assert emulator.control("POST", "/reset")[0] == 204


def test_ready_line(emulator: Running) -> None:
    assert emulator.ready["event"] == "ready"
    assert emulator.ready["url"] == f"http://127.0.0.1:{emulator.port}"
    assert emulator.ready["smsc_port"] > 0
    assert set(emulator.ready) == {"event", "url", "smsc_port"}


def test_message_out(emulator: Running, hooks: Callbacks) -> None:
    text = "a" * 161
    body = {"to": PHONE, "from": NUMBER, "body": text, "dlr_callback": hooks.url("/receipt")}
    status, answer = emulator.call("POST", MESSAGES, body)
    assert status == 202
    told = hooks.wait("/receipt", lambda b: b["data"]["attributes"]["level"] == 2)
    assert told["data"]["id"] == answer["data"]["id"]
    status, record = emulator.call("GET", f"{MESSAGES}/{answer['data']['id']}")
    assert status == 200
    receipts = record["data"]["attributes"]["delivery_receipts"]
    assert {receipt["level"] for receipt in receipts} == {1, 2}
    submits = [e for e in journal(emulator, "smpp") if e["pdu"] == "submit_sm"]
    assert "".join(e["text"] for e in submits) == text
    assert [e["part"] for e in submits] == [{"index": 1, "total": 2}, {"index": 2, "total": 2}]
    attempts = journal(emulator, "webhook")
    assert {e["answer"]["status"] for e in attempts} == {200}
    assert {e["url"] for e in attempts} == {hooks.url("/receipt")}


def journal(emulator: Running, kind: str) -> list[dict]:  # type: ignore[type-arg]
    return list(emulator.control("GET", f"/journal?kind={kind}")[1]["entries"])


def test_links_in_answers_and_webhooks_lead_back(emulator: Running, hooks: Callbacks) -> None:
    body = {"to": PHONE, "from": NUMBER, "body": "hi", "dlr_callback": hooks.url("/receipt")}
    _, answer = emulator.call("POST", MESSAGES, body)
    told = hooks.wait("/receipt")
    for link in (answer["data"]["links"]["self"], told["data"]["links"]["related"]):
        assert link.startswith(emulator.ready["url"])
        assert emulator.call("GET", link.removeprefix(emulator.ready["url"]))[0] == 200


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("short", {}),
        ("long " * 80, {}),
        ("out of order " * 30, {"order": [3, 1, 2]}),
        ("\u4f60\u597d \U0001f600 " * 40, {}),
    ],
    ids=["single", "long", "out-of-order", "ucs2"],
)
def test_message_in(emulator: Running, hooks: Callbacks, text: str, more: dict) -> None:  # type: ignore[type-arg]
    set_to = {"callback_url": hooks.url("/sms")}
    assert emulator.call("PUT", f"{MESSAGES}/sms_callback", set_to)[0] == 204
    played = {"from": PHONE, "to": f"+{NUMBER}", "text": text, **more}
    status, answer = emulator.control("POST", "/traffic/sms", played)
    assert status == 201
    assert {part["outcome"] for part in answer["parts"]} == {"acknowledged"}
    came = hooks.wait("/sms")
    assert came["data"]["attributes"]["body"] == text
    assert came["data"]["attributes"]["from"] == PHONE


def test_message_to_a_number_nobody_owns_is_refused_by_the_product(emulator: Running) -> None:
    played = {"from": PHONE, "to": "12065550999", "text": "hello"}
    status, answer = emulator.control("POST", "/traffic/sms", played)
    assert status == 201
    assert [part["outcome"] for part in answer["parts"]] == ["refused"]


def test_media_message_in(emulator: Running, hooks: Callbacks) -> None:
    set_to = {"callback_url": hooks.url("/mms")}
    assert emulator.call("PUT", f"{MESSAGES}/mms_callback", set_to)[0] == 204
    played = {"from": PHONE, "to": NUMBER, "text": "look", "media": ["https://example.test/a.png"]}
    status, answer = emulator.control("POST", "/traffic/mms", played)
    assert (status, answer["simulated"]) == (201, True)
    came = hooks.wait("/mms")
    assert came["data"]["attributes"]["is_mms"] is True


def test_scripts_and_receipts_on_demand(emulator: Running) -> None:
    silent = {"rules": [{"pattern": f"{PHONE}$", "script": "no receipt"}]}
    status, shown = emulator.control("PUT", "/scripts", silent)
    assert status == 200
    assert shown["rules"][0]["script"]["name"] == "no receipt"
    _, answer = emulator.call("POST", MESSAGES, {"to": PHONE, "from": NUMBER, "body": "hi"})
    found = emulator.wait({"pdu": "submit_sm_resp", "status": 0})
    remote_id = found["fields"]["message_id"]
    played = {"message_id": remote_id, "state": "UNDELIV", "error": "011"}
    status, sent = emulator.control("POST", "/traffic/receipt", played)
    assert status == 201
    assert [part["outcome"] for part in sent["parts"]] == ["acknowledged"]
    _, record = emulator.call("GET", f"{MESSAGES}/{answer['data']['id']}")
    levels = {r["level"] for r in record["data"]["attributes"]["delivery_receipts"]}
    assert levels == {1, 2}
    assert emulator.control("POST", "/traffic/receipt", {"to": "19995550000"})[0] == 404
    status, refused = emulator.control("PUT", "/scripts", {"rules": [{"pattern": "("}]})
    assert status == 400
    assert "rules[0]" in refused["error"]


def test_run_until_idle_finishes_everything(emulator: Running, hooks: Callbacks) -> None:
    ids = []
    for n in range(15):
        body = {"to": PHONE, "from": NUMBER, "body": f"n{n}", "dlr_callback": hooks.url("/r")}
        ids.append(emulator.call("POST", MESSAGES, body)[1]["data"]["id"])
    status, answer = emulator.control("POST", "/run", {"until": "idle"})
    assert status == 200
    assert set(answer) == {"now", "ran"}
    finals = [b for _, b in hooks.bodies if b["data"]["attributes"]["level"] == 2]
    assert {b["data"]["id"] for b in finals} == set(ids)


def test_failed_webhook_is_in_the_journal(emulator: Running, hooks: Callbacks) -> None:
    hooks.status = 503
    body = {"to": PHONE, "from": NUMBER, "body": "hi", "dlr_callback": hooks.url("/receipt")}
    emulator.call("POST", MESSAGES, body)
    entry = emulator.wait({"answer": {"status": 503}}, kind="webhook")
    assert entry["request"]["body"]["data"]["type"] == "delivery_receipt"


def test_credentials_never_reach_the_journal(emulator: Running) -> None:
    emulator.call("GET", f"{MESSAGES}?start_date=2020-01-01")
    status, answer = emulator.control("GET", "/journal")
    assert status == 200
    assert answer["entries"]
    assert "demo-secret" not in json.dumps(answer)


def test_reset_forgets_messages_and_keeps_the_link(emulator: Running) -> None:
    _, answer = emulator.call("POST", MESSAGES, {"to": PHONE, "from": NUMBER, "body": "hi"})
    path = f"{MESSAGES}/{answer['data']['id']}"
    emulator.control("POST", "/run", {"until": "idle"})
    assert emulator.call("GET", path)[0] == 200
    emulator.control("POST", "/reset")
    assert emulator.call("GET", path)[0] == 404
    emulator.call("POST", MESSAGES, {"to": PHONE, "from": NUMBER, "body": "again"})
    emulator.wait({"pdu": "submit_sm", "text": "again"}, kind="smpp")
    binds = [e for e in journal(emulator, "smpp") if e["pdu"].startswith("bind")]
    assert binds == []


def test_ambiguous_length_is_refused(emulator: Running) -> None:
    head = (
        "POST /v2.1/messages HTTP/1.1\r\nHost: x\r\n"
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as s:
        s.sendall(head.encode())
        received = b""
        while chunk := s.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 400")
    assert received.count(b"HTTP/1.1") == 1


def test_outside_peer_binds_and_gets_its_receipt(emulator: Running) -> None:
    port = emulator.ready["smsc_port"]
    client = SmppClient("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
    received: list[Command] = []
    client.set_message_received_handler(lambda pdu: received.append(pdu) or 0)
    client.connect()
    client.bind_transceiver(system_id="esme", password="esme")
    try:
        client.send_message(
            source_addr="12065550100",
            destination_addr=PHONE,
            short_message=b"hello",
            registered_delivery=1,
        )
        while not received:
            client.read_once()
        assert b"stat:DELIVRD" in received[0].short_message
    finally:
        client.unbind()
        client.disconnect()


def test_file_database_and_own_seed_survive_a_restart(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    account = {"service_provider": "p", "name": "Mine", "ref": "a"}
    bundle = {
        "polytrunk": 1,
        "service_providers": [{"ref": "p", "name": "Own"}],
        "accounts": [account],
        "access_keys": [
            {
                "scope": "account",
                "account": "a",
                "key_id": "demo-key",
                "secret": "demo-secret-0123456789abcdef",
            }
        ],
        "numbers": [{"account": "a", "service_provider": "p", "e164": "+12065550177"}],
    }
    seed.write_text(json.dumps(bundle))
    arguments = ("--seed", str(seed), "--database", f"sqlite:///{tmp_path}/emulator.db")
    for _ in range(2):
        with running(*arguments) as one:
            status, answer = one.call("GET", "/v2/numbers")
            assert status == 200
            assert [item["id"] for item in answer["data"]] == ["12065550177"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_signals_end_it_gracefully(number: signal.Signals) -> None:
    process = start("--port", "0", "--smsc-port", "0")
    read_line(process)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_open_requests_are_answered_and_idle_connections_do_not_delay_the_end() -> None:
    with running() as one:
        idle = http.client.HTTPConnection("127.0.0.1", one.port, timeout=10)
        idle.request("GET", "/_gateway/health")
        assert idle.getresponse().read()
        waiting = http.client.HTTPConnection("127.0.0.1", one.port, timeout=10)
        asked = json.dumps({"match": {"never": True}, "timeout": 1})
        waiting.request("POST", "/_emulator/api/wait", asked)
        one.control("GET", "/clock")  # the wait is being served when this is answered
        one.process.send_signal(signal.SIGTERM)
        assert waiting.getresponse().status == 408
        assert one.process.wait(timeout=4) == 0
        idle.close()
        waiting.close()


def test_own_link_in_a_seed_is_let_in_by_the_smsc(emulator: Running) -> None:
    bundle = {
        "polytrunk": 1,
        "trunks": [
            {
                "ref": "t",
                "account": "11111111-1111-4111-8111-111111111111",
                "name": "acme",
                "host_name": "acme",
                "smpp_system_id": "acme",
                "smpp_password": "secret",
            }
        ],
        "smpp_links": [{"trunk": "t", "host": "127.0.0.1", "port": 2775}],
    }
    mark = emulator.mark
    assert emulator.control("POST", "/seed", bundle)[0] == 200
    bound = {"pdu": "bind_transceiver_resp", "system_id": "acme", "status": 0}
    emulator.wait(bound, since=mark)
    played = {"from": PHONE, "to": NUMBER, "text": "over acme", "system_id": "acme"}
    status, answer = emulator.control("POST", "/traffic/sms", played)
    assert (status, answer["parts"][0]["outcome"]) == (201, "acknowledged")


def test_port_in_use_is_one_clear_line(emulator: Running) -> None:
    process = start("--port", str(emulator.port), "--smsc-port", "0")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    assert str(emulator.port) in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--database", "postgresql://x/y"], "SQLite"),
        (["--port", "99999"], "no port"),
        (["--profile", "nonsense"], "DIALECT=NAME"),
        (["--seed", "/does/not/exist.json"], "/does/not/exist.json"),
        (["--profile", "nobody=x", "--port", "0", "--smsc-port", "0"], "nobody"),
    ],
    ids=["postgres", "port", "profile-form", "seed", "profile-name"],
)
def test_mistakes_are_told_without_a_traceback(arguments: list[str], said: str) -> None:
    process = start(*arguments)
    _, err = process.communicate(timeout=30)
    assert process.returncode in (1, 2)
    assert said in err
    assert "Traceback" not in err


def test_broken_seed_names_the_path(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"polytrunk": 1, "numbers": [{"nonsense": 1}]}')
    process = start("--port", "0", "--smsc-port", "0", "--seed", str(seed))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "numbers[0]" in err
    assert "Traceback" not in err


def test_demo_once_tells_the_story() -> None:
    process = start("--once", command="demo")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert err == ""
    for said in ("202", "segment 2", "submit_sm_resp", "level 2", "delivery_receipt", "It works"):
        assert said in out


def test_demo_says_what_did_not_work() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "POLYTRUNK_MAX_SEGMENTS": "1"},
        cwd=Path(__file__).parents[2],
    )
    assert process.returncode == 1
    assert "did not work" in process.stdout
