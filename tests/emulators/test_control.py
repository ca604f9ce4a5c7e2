"""The control API without sockets: shapes, refusals, seed, reset, journal."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client

from emulators.process import Emulator

API = "/_emulator/api"
ACCOUNT = "11111111-1111-4111-8111-111111111111"


def post(control: Client, path: str, body: Any = None) -> Any:
    return control.post(f"{API}{path}", json=body)


def count(emulator: Emulator, table: str) -> int:
    from gateway.models.database import connection, db

    with emulator.main.universe.entered(), connection():
        return int(db.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_seed_creates_then_finds_the_same(control: Client, emulator: Emulator) -> None:
    bundle = {"polytrunk": 1, "numbers": [{"account": ACCOUNT, "e164": "+12065550199"}]}
    first = post(control, "/seed", bundle)
    assert (first.status_code, first.json) == (200, {"created": 1, "updated": 0})
    again = post(control, "/seed", bundle)
    assert (again.status_code, again.json) == (200, {"created": 0, "updated": 0})


def test_seed_names_the_path_of_what_is_wrong(control: Client, emulator: Emulator) -> None:
    before = count(emulator, "number")
    bundle = {"polytrunk": 1, "numbers": [{"account": ACCOUNT, "e164": "+1206", "nonsense": 1}]}
    answer = post(control, "/seed", bundle)
    assert answer.status_code == 400
    assert any(path.startswith("numbers[0]") for path in answer.json["fields"])
    assert count(emulator, "number") == before


def test_reset_puts_the_seed_back(control: Client, emulator: Emulator) -> None:
    before = count(emulator, "number")
    post(
        control,
        "/seed",
        {"polytrunk": 1, "numbers": [{"account": ACCOUNT, "e164": "+12065550199"}]},
    )
    assert count(emulator, "number") == before + 1
    assert control.post(f"{API}/reset").status_code == 204
    assert count(emulator, "number") == before
    assert control.get("/nowhere").status_code == 404
    assert post(control, "/reset", {"to": "empty"}).status_code == 204
    assert count(emulator, "number") == 0
    assert control.get(f"{API}/journal").json["entries"] == []
    assert post(control, "/reset", {"to": "seed"}).status_code == 204
    assert count(emulator, "number") == before


def test_journal_keeps_requests_and_hides_credentials(control: Client) -> None:
    control.post("/nowhere", json={"a": 1}, auth=("demo-key", "demo-secret-0123456789abcdef"))
    (entry,) = control.get(f"{API}/journal?kind=http").json["entries"]
    assert entry["request"]["path"] == "/nowhere"
    assert entry["request"]["body"] == {"a": 1}
    assert entry["answer"]["status"] == 404
    assert "demo-secret" not in str(entry)


def test_journal_queries(control: Client) -> None:
    for path in ("/one", "/two", "/three"):
        control.get(path)

    def paths(query: str) -> list[str]:
        entries = control.get(f"{API}/journal{query}").json["entries"]
        return [entry["request"]["path"] for entry in entries]

    mark = control.get(f"{API}/journal").json["last"]
    assert paths("") == ["/one", "/two", "/three"]
    assert paths("?match=two") == ["/two"]
    assert paths('?match={"request.path":"/three"}') == ["/three"]
    assert paths("?limit=1") == ["/three"]
    assert paths(f"?since={mark - 1}") == ["/three"]
    assert paths("?kind=smpp") == []
    assert control.delete(f"{API}/journal").status_code == 204
    assert paths("") == []


def test_wait_gives_the_entry_or_near_misses(control: Client) -> None:
    control.get("/one")
    found = post(control, "/wait", {"match": {"request": {"path": "/one"}}, "timeout": 1})
    assert found.status_code == 200
    assert found.json["answer"]["status"] == 404
    missed = post(control, "/wait", {"match": {"request.path": "/two"}, "timeout": 0})
    assert missed.status_code == 408
    assert missed.json["near"][0]["differs"] == ["request.path"]
    assert missed.json["near"][0]["entry"]["request"]["path"] == "/one"


def test_clock_is_live(control: Client) -> None:
    answer = control.get(f"{API}/clock")
    assert answer.json["mode"] == "live"
    assert answer.json["now"].endswith("+00:00")


def test_run_without_work(control: Client) -> None:
    assert post(control, "/run").json["ran"] == 0
    assert post(control, "/run", {"until": "idle"}).json["ran"] == 0


def test_simulated_mms_is_stored_and_says_so(control: Client, emulator: Emulator) -> None:
    media = ["https://example.test/a.png", {"url": "https://example.test/b", "file_name": "b.gif"}]
    body = {"from": "12125550123", "to": "12065550100", "text": "look", "media": media}
    answer = post(control, "/traffic/mms", body)
    assert answer.status_code == 201
    assert answer.json["simulated"] is True
    assert count(emulator, "message") == 1
    (entry,) = control.get(f"{API}/journal?kind=traffic").json["entries"]
    assert entry["simulated"] is True


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/reset", {"to": "moon"}, 404, "seed, empty, demo"),
        ("/reset", {"two": 1}, 400, "two is not known"),
        ("/reset", [], 400, "JSON object"),
        ("/run", {"until": 5}, 400, "must be a text"),
        ("/wait", {"timeout": "5"}, 400, "must be a number"),
        ("/wait", {"timeout": True}, 400, "must be a number"),
        ("/wait", {"timeout": 61}, 400, "0 to 60"),
        ("/wait", {"match": {"a": {"matches": "("}}, "timeout": 0}, 400, "regular expression"),
        ("/wait", {"kind": "smtp"}, 400, "http, smpp"),
        ("/traffic/mms", {}, 400, "from is missing"),
        ("/traffic/mms", {"from": "x", "to": "12065550100"}, 400, "no telephone number"),
        ("/traffic/mms", {"from": "12125550123", "to": "12125550199"}, 404, "Nobody owns"),
        (
            "/traffic/mms",
            {"from": "12125550123", "to": "12065550100", "media": [1]},
            400,
            "media[0]",
        ),
        (
            "/traffic/sms",
            {"from": "12125550123", "to": "12065550100", "text": "x", "system_id": "y"},
            400,
            "demo, esme",
        ),
        ("/traffic/fax", {}, 404, "no control call"),
        ("/universes", {"name": "No"}, 400, "lower-case"),
        ("/universes", {"name": "a" * 41}, 400, "1 to 40"),
        ("/universes", {"name": "main"}, 409, "already"),
        ("/universes", {"template": "moon"}, 404, "no template moon"),
        ("/universes", {"seed": -1}, 400, "seed must be from 0"),
        ("/universes", {"profiles": {"nobody": "x"}}, 400, "no dialect 'nobody'"),
        ("/universes", {"profiles": {"nobody": 1}}, 400, "names of profiles"),
        ("/universes", {"clock": {"now": "noon"}}, 400, "no instant"),
        ("/universes", {"clock": {"mode": "slow"}}, 400, "live, frozen"),
        ("/universes/nowhere/fork", {}, 404, "no universe nowhere"),
        ("/snapshots/nowhere", {}, 404, "no template nowhere"),
        ("/clock/advance", {}, 400, "seconds is missing"),
        ("/clock/advance", {"seconds": -1}, 400, "0 to"),
        ("/faults", {}, 400, "action must be an object"),
        ("/nonsense", {}, 404, "no control call"),
    ],
)
def test_refusals_are_clear(control: Client, path: str, body: Any, status: int, said: str) -> None:
    answer = post(control, path, body)
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert said in answer.json["error"]


def test_other_refusals(control: Client) -> None:
    broken = control.post(f"{API}/reset", data="{", content_type="application/json")
    assert broken.status_code == 400
    assert "not JSON" in broken.json["error"]
    method = control.put(f"{API}/reset")
    assert method.status_code == 405
    assert "POST" in method.headers["Allow"]
    clock = control.put(f"{API}/clock", json={"mode": "frozen", "now": "1999-01-01T00:00:00Z"})
    assert clock.status_code == 400
    assert "2000 to 2200" in clock.json["error"]
    assert control.put(f"{API}/snapshots/demo").status_code == 400
    assert control.delete(f"{API}/snapshots/nowhere").status_code == 404
    assert control.delete(f"{API}/universes/main").status_code == 409
    assert control.get("/_u/nowhere/v2/numbers").json == {"error": "There is no universe nowhere."}
    match = control.get(f'{API}/journal?match={{"a"')
    assert match.status_code == 400
    assert control.get(f"{API}/journal?limit=0").status_code == 400
    assert control.get(f"{API}/journal?since=x").status_code == 400


def test_what_was_mailed_can_be_read(control: Client, emulator: Emulator) -> None:
    from gateway.models.database import connection
    from gateway.services import ports

    email = "reader@customer.example"
    with emulator.main.universe.entered(), connection():
        ctx = emulator.main.universe.context()
        for to, text in ((email, "first"), ("+12065550100", "second"), (email, "third")):
            ports.of(ctx).mail.send(ctx, to=to, subject="Your code", text=text)
    found = control.get(f"{API}/mail?to={email}").json
    assert [entry["text"] for entry in found] == ["third", "first"]
    assert {(entry["to"], entry["subject"]) for entry in found} == {(email, "Your code")}
    assert all(entry["at"] for entry in found)
    assert control.get(f"{API}/mail?to=nobody@customer.example").json == []
    assert len(control.get(f"{API}/mail").json) == 3
    assert control.get(f"{API}/mail?bogus=1").status_code == 400
