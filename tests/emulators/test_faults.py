"""Faults in worlds without sockets: what each does, when it strikes, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulators import world
from emulators.faults.spoiling import GARBAGE
from emulators.process import Emulator
from tests.emulators.conftest import settings
from tests.emulators.inside import PHONE, In, frozen, make
from tests.support.receivers import Receiver, receiving

NUMBERS = "/v2/numbers?limit=1"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=world.demo_bundle())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def one(emulator: Emulator) -> Iterator[In]:
    yield frozen(emulator, "one")
    emulator.universes.delete("one")


def plan(one: In, **fault: Any) -> str:
    """Have a fault played; its id."""
    (made,) = one.control("POST", "/faults", fault)["faults"]
    return str(made["id"])


def status(code: int, **more: Any) -> dict[str, Any]:
    return {"kind": "status", "status": code, **more}


def codes(one: In, count: int) -> list[int]:
    return [one.call("GET", NUMBERS).status_code for _ in range(count)]


# -- one way through


def test_a_fault_strikes_is_told_and_taken_back(one: In) -> None:
    fault = plan(one, method="GET", path="^/v2/numbers", action=status(503, retry_after=7))
    answer = one.call("GET", NUMBERS)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"
    (error,) = answer.json["errors"]
    assert (error["status"], error["id"]) == (503, answer.headers["X-Request-ID"])
    (entry,) = one.journal("http")
    assert (entry["fault"], entry["answer"]["status"]) == (fault, 503)
    assert one.control("GET", "/faults")["faults"] == [
        {
            "id": fault,
            "on": "http",
            "method": "GET",
            "path": "^/v2/numbers",
            "action": {"kind": "status", "status": 503, "retry_after": 7, "text": ""},
            "met": 1,
            "struck": 1,
        }
    ]
    one.control("DELETE", f"/faults/{fault}")
    assert codes(one, 1) == [200]
    assert "fault" not in one.journal("http")[-1]


# -- when


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, [1, 1, 1, 1, 1, 1]),
        ({"times": 2}, [1, 1, 0, 0, 0, 0]),
        ({"nth": 3}, [0, 0, 1, 0, 0, 0]),
        ({"every": 2}, [0, 1, 0, 1, 0, 1]),
        ({"every": 2, "times": 1}, [0, 1, 0, 0, 0, 0]),
        ({"probability": 0}, [0, 0, 0, 0, 0, 0]),
        ({"probability": 1}, [1, 1, 1, 1, 1, 1]),
        ({"method": "POST"}, [0, 0, 0, 0, 0, 0]),
        ({"path": "/routes"}, [0, 0, 0, 0, 0, 0]),
    ],
)
def test_which_requests_are_struck(one: In, when: dict[str, Any], struck: list[int]) -> None:
    plan(one, action=status(500), **when)
    assert [int(code == 500) for code in codes(one, 6)] == struck


def test_faults_count_apart_and_the_first_wins(one: In) -> None:
    plan(one, nth=1, action=status(500))
    plan(one, nth=2, action=status(503))
    plan(one, nth=2, action=status(403))
    assert codes(one, 3) == [500, 503, 200]
    told = one.control("GET", "/faults")["faults"]
    assert [(f["met"], f["struck"]) for f in told] == [(3, 1), (3, 1), (3, 0)]


def test_chance_follows_the_seed_and_leaves_ids_alone(emulator: Emulator) -> None:
    def played(name: str, seed: int, **chance: Any) -> tuple[list[int], str]:
        one = frozen(emulator, name, seed=seed)
        if chance:
            plan(one, method="GET", action=status(500), **chance)
        found = codes(one, 24), one.send()
        emulator.universes.delete(name)
        return found

    first, again = (played("one", 7, probability=0.5) for _ in range(2))
    assert first == again
    assert set(first[0]) == {200, 500}
    assert played("one", 8, probability=0.5)[0] != first[0]
    assert played("one", 7)[1] == first[1]


def test_a_stranger_meets_no_fault(one: In) -> None:
    plan(one, times=1, action=status(503))
    assert one.call("GET", NUMBERS, auth=("nobody", "x")).status_code == 401
    assert codes(one, 2) == [503, 200]


def test_faults_are_of_one_world_and_travel_with_it(emulator: Emulator, one: In) -> None:
    two, _ = make(emulator, "two")
    plan(one, every=2, action=status(500))
    assert (codes(one, 1), codes(two, 2)) == ([200], [200, 200])
    one.control("POST", "/universes/one/fork", {"name": "fork"})
    fork = In(emulator, "fork")
    assert (codes(fork, 1), codes(one, 1)) == ([500], [500])  # the second of each
    one.control("POST", "/reset")
    assert one.control("GET", "/faults") == {"faults": []}
    for name in ("two", "fork"):
        emulator.universes.delete(name)


# -- what: requests


def test_every_dialect_refuses_in_its_own_words(emulator: Emulator, one: In) -> None:
    """Whatever a dialect can say, it says as it would by itself."""
    keys = emulator.universes.get("one").given
    assert keys is not None
    admin = {"Authorization": f"Bearer {keys.admin_token}"}
    asked = {
        "jambonz": lambda: one.client.get("/_u/one/v1/Accounts", headers=admin),
        "sinch": lambda: one.call("GET", f"/v1/projects/{world.DEMO_ACCOUNT}/trunks"),
        "flowroute": lambda: one.call("GET", NUMBERS),
        "callable": lambda: one.client.post("/_u/one/api/v1/oauth/authorize", json={}),
    }
    bodies = {
        "jambonz": {"msg"},
        "sinch": {"code", "status", "message", "details"},
        "flowroute": {"errors"},
        "callable": {"status", "messages", "errors", "timestamp"},
    }
    for dialect, ask in asked.items():
        for code in (429, 500, 503):
            fault = plan(one, dialect=dialect, action=status(code, text="slower"), times=1)
            answer = ask()
            assert (answer.status_code, set(answer.json)) == (code, bodies[dialect]), answer.text
            assert ("Retry-After" in answer.headers) == (code != 500)
            assert one.journal("http")[-1]["fault"] == fault


def test_what_no_dialect_says_comes_from_a_proxy(one: In) -> None:
    plan(one, times=1, action=status(502))
    answer = one.call("GET", NUMBERS)
    assert (answer.status_code, answer.mimetype) == (502, "text/html")
    assert "502 Bad Gateway" in answer.text
    plan(one, times=1, action=status(599))
    assert "599 Unknown" in one.call("GET", NUMBERS).text


def test_an_expired_token_is_told_as_such(one: In) -> None:
    plan(one, path="/trunks", times=1, action="expired")
    path = f"/v1/projects/{world.DEMO_ACCOUNT}/trunks"
    answer = one.call("GET", path)
    assert answer.status_code == 401
    assert "expired" in answer.headers["WWW-Authenticate"]
    assert one.call("GET", path).status_code == 200


def test_a_reset_is_before_or_after_the_work(one: In) -> None:
    for when, messages in (("before", 0), ("after", 1)):
        fault = plan(one, method="POST", times=1, action={"kind": "reset", "when": when})
        with pytest.raises(ConnectionResetError):
            one.send()
        entry = one.journal("http")[-1]
        assert (entry["fault"], entry["answer"]) == (fault, None)
        assert one.messages() == messages


def test_bodies_are_cut_or_garbled(one: In) -> None:
    whole = one.call("GET", NUMBERS)
    plan(one, nth=1, action="truncated")
    plan(one, nth=2, action="garbage")
    cut = one.call("GET", NUMBERS)
    assert cut.headers["Content-Length"] == whole.headers["Content-Length"]
    assert cut.data == whole.data[: len(whole.data) // 2]
    assert cut.headers["Connection"] == "close"
    garbled = one.call("GET", NUMBERS)
    assert (garbled.status_code, garbled.mimetype) == (200, whole.mimetype)
    assert garbled.data == GARBAGE
    assert len(GARBAGE) == int(garbled.headers["Content-Length"])


def test_a_delay_of_a_clock_that_stands_is_no_delay(one: In) -> None:
    fault = plan(one, action={"kind": "delay", "seconds": 60})
    assert codes(one, 1) == [200]
    assert one.journal("http")[-1]["fault"] == fault


# -- what: webhooks


@pytest.fixture
def app() -> Iterator[Receiver]:
    with receiving(Receiver()) as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("action", "hits", "told"),
    [
        (status(503), 0, [(503, None)]),
        ("reset", 0, [(None, "unreachable")]),
        ("timeout", 1, [(None, "timeout")]),
        ({"kind": "delay", "seconds": 60}, 1, [(200, None)]),
        ("duplicate", 2, [(200, None), (200, None)]),
    ],
)
def test_what_happens_to_a_webhook(
    one: In, app: Receiver, action: Any, hits: int, told: list[tuple[int | None, str | None]]
) -> None:
    fault = plan(one, on="webhook", url="/dlr$", action=action)
    one.send(dlr_callback=app.url("/dlr"))
    one.control("POST", "/run", {"until": "idle"})
    attempts = one.journal("webhook")
    kinds = [(e["error"] or "").partition(":")[0] or None for e in attempts]
    assert [(e["answer"]["status"], kind) for e, kind in zip(attempts, kinds, strict=True)] == told
    assert {e["fault"] for e in attempts} == {fault}
    assert len(app.hits) == hits


# -- what: SMPP


def test_what_happens_to_a_submission(one: In) -> None:
    text = "1234567890" * 40  # three parts
    fault = plan(one, on="smpp", to=f"{PHONE}$", part=2, action=status(11))
    one.send(body=text)
    one.send()
    one.control("POST", "/run", {"until": "idle"})
    entries = one.journal("smpp")
    submitted = [e for e in entries if e["pdu"] == "submit_sm"]
    assert [e.get("fault") for e in submitted] == [None, fault, None, None]
    answers = {e["sequence"]: e["status"] for e in entries if e["pdu"] == "submit_sm_resp"}
    assert [answers[e["sequence"]] for e in submitted] == [0, 11, 0, 0]


# -- definitions


@pytest.mark.parametrize(
    ("fault", "path", "said"),
    [
        ({}, "action", "must be an object"),
        ({"action": {}}, "action.kind", "action.kind is missing"),
        ({"action": "explode"}, "action.kind", "one of: status"),
        ({"action": {"kind": "status"}}, "action.status", "is missing"),
        ({"action": status(200)}, "action.status", "from 400 to 599"),
        ({"action": status(429, retry_after=-1)}, "action.retry_after", "from 0"),
        ({"action": status(429, text="x" * 1001)}, "action.text", "at most 1000"),
        ({"action": status(429, seconds=1)}, "action.seconds", "not known here"),
        ({"action": {"kind": "delay", "seconds": 61}}, "action.seconds", "from 0 to 60"),
        ({"action": {"kind": "reset", "when": "now"}}, "action.when", "before, after"),
        ({"action": "timeout"}, "action.kind", "one of"),
        ({"action": status(500), "on": "moon"}, "on", "one of: http, webhook, smpp"),
        ({"action": status(500), "dialect": "latin"}, "dialect", "callable, flowroute"),
        ({"action": status(500), "method": "get"}, "method", "GET, HEAD"),
        ({"action": status(500), "path": "("}, "path", "regular expression"),
        ({"action": status(500), "nth": 0}, "nth", "from 1"),
        ({"action": status(500), "every": "2"}, "every", "a whole number"),
        ({"action": status(500), "probability": 1.5}, "probability", "from 0 to 1"),
        ({"action": status(500), "nth": 1, "every": 2}, "every", "cannot go with nth"),
        ({"action": status(500), "times": True}, "times", "a whole number"),
        ({"action": status(500), "time": 1}, "time", "not known here"),
        ({"on": "webhook", "action": status(500), "path": "x"}, "path", "not known here"),
        ({"on": "smpp", "action": status(88), "part": 0}, "part", "from 1 to 255"),
        ({"on": "smpp", "action": {"kind": "script", "script": "x"}}, "action.script", "one of"),
        (
            {"on": "smpp", "action": {"kind": "script", "script": "throttled 2"}},
            "action.script",
            "times instead",
        ),
        ({"on": "bind", "action": "silence"}, "action.kind", "one of: status"),
        ({"script": "moon"}, None, "no chaos script moon"),
        ({"script": "throttled", "times": 1}, "times", "not known here"),
    ],
)
def test_a_bad_definition_is_refused_by_name(
    one: In, fault: dict[str, Any], path: str | None, said: str
) -> None:
    answer = one.client.post("/_u/one/_emulator/api/faults", json=fault)
    assert answer.status_code == (400 if path else 404)
    assert said in answer.json["error"]
    if path is not None:
        assert list(answer.json["fields"]) == [path]
        assert path in answer.json["error"]
    assert one.control("GET", "/faults") == {"faults": []}


def test_faults_go_one_by_one_by_script_or_all(one: In) -> None:
    first, second = (plan(one, nth=1, action=status(500)) for _ in range(2))
    one.control("POST", "/faults", {"script": "cut-in-window"})

    def ids() -> list[str]:
        return [fault["id"] for fault in one.control("GET", "/faults")["faults"]]

    assert ids() == [first, second, "f3", "f4"]
    one.control("DELETE", "/faults?script=cut-in-window")
    assert ids() == [first, second]
    one.control("DELETE", f"/faults/{first}")
    assert ids() == [second]
    gone = one.client.delete(f"/_u/one/_emulator/api/faults/{first}")
    assert (gone.status_code, gone.json["error"]) == (404, f"There is no fault {first}.")
    one.control("DELETE", "/faults")
    assert ids() == []
