"""Chaos scripts: what each does to a client, and that one which is written well comes through.

For the REST dialects the client is a patient one (`test_fault_sockets.py` has another), for SMPP it
is the gateway: its link alone where pauses run on the machine's clock, else with all that stands
behind it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from werkzeug.test import TestResponse

from emulators import world
from emulators.faults import Faults, scripts, smpp
from emulators.process import Emulator
from gateway.transports.smpp.link import LinkState, SmppLink
from tests.emulators.conftest import settings
from tests.emulators.inside import DEMO, MESSAGES, NUMBER, PHONE, In, frozen
from tests.support.receivers import Receiver, receiving, until
from tests.support.smpp import BOUND, Owner, linked, message, smsc

ALL = {script.name: script for script in scripts.known()}
TRIES = 5
TOLD = ("id", "script", "met", "struck")
LONG = "1234567890" * 20


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


def begin(one: In, name: str) -> None:
    one.control("POST", "/faults", {"script": name})


def struck(one: In) -> list[int]:
    """How often each fault has struck."""
    return [fault["struck"] for fault in one.control("GET", "/faults")["faults"]]


def test_the_scripts_are_listed_and_can_all_be_played(one: In) -> None:
    listed = one.control("GET", "/faults/scripts")
    assert [script["name"] for script in listed] == sorted(ALL)
    assert len(ALL) >= 20
    for script in listed:
        assert script["summary"].endswith(".")
        made = one.control("POST", "/faults", {"script": script["name"]})["faults"]
        assert [fault["script"] for fault in made] == [script["name"]] * len(script["faults"])
        for fault in made:
            definition = {
                k: v for k, v in fault.items() if k not in ("id", "script", "met", "struck")
            }
            (again,) = one.control("POST", "/faults", definition)["faults"]
            assert {**again, "id": fault["id"], "script": fault["script"]} == fault


def test_every_script_is_played_here() -> None:
    assert set(ALL) == {*REST, *OF_WEBHOOKS, *OF_LINKS, *OF_RECEIPTS, *ALONE}


# -- the REST dialects


@dataclass
class Patient:
    """A client that repeats what may be repeated, as late as it is told to, and gets another token
    when one is refused; a request that changes something has an Idempotency-Key by which its
    repetition is known.

    `met` keeps what went wrong on the way.
    """

    one: In
    bearer: str = ""
    met: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        for _ in range(TRIES):
            try:
                answer = self._once(method, path, body)
            except ConnectionResetError:
                self.met.append("reset")
                continue
            if answer.status_code in (401, 429, 502, 503):
                self.met.append(str(answer.status_code))
                self._mend(answer)
            elif (wrong := unreadable(answer)) is not None:
                self.met.append(wrong)
            else:
                return answer.json
        raise AssertionError(f"it never went well: {self.met}")

    def _once(self, method: str, path: str, body: Any) -> TestResponse:
        pair = base64.b64encode(":".join(DEMO).encode()).decode()
        shown = f"Bearer {self.bearer}" if self.bearer else f"Basic {pair}"
        headers = {"Authorization": shown, "Idempotency-Key": "order-1"}
        return self.one.client.open(self.one.root + path, method=method, json=body, headers=headers)

    def _mend(self, answer: TestResponse) -> None:
        if answer.status_code == 401:
            self.log_in()
        else:
            pause = int(answer.headers.get("Retry-After", 1))
            self.one.control("POST", "/clock/advance", {"seconds": pause})

    def log_in(self) -> None:
        form = {"grant_type": "client_credentials"}
        given = self.one.client.post(self.one.root + "/oauth2/token", data=form, auth=DEMO)
        self.bearer = given.json["access_token"]


def unreadable(answer: TestResponse) -> str | None:
    """What is wrong with a body, if anything is."""
    if len(answer.data) != int(answer.headers["Content-Length"]):
        return "cut"
    try:
        orjson.loads(answer.data)
    except orjson.JSONDecodeError:
        return "garbled"
    return None


REST = {
    "too-many-requests": (["429", "429"], 4),
    "unavailable": (["503", "503"], 10),
    "bad-gateway": (["502"], 1),
    "answer-lost": (["reset"], 0),
    "answer-cut": (["cut"], 0),
    "answer-garbled": (["garbled"], 0),
}


@pytest.mark.parametrize("name", REST)
def test_a_patient_client_sends_one_message(one: In, name: str) -> None:
    begin(one, name)
    patient = Patient(one)
    before = one.control("GET", "/clock")["now"]
    patient.ask("POST", MESSAGES, {"from": NUMBER, "to": PHONE, "body": "hi"})
    met, waited = REST[name]
    assert patient.met == met
    assert struck(one) == [len(met)]
    assert one.messages() == 1
    after = one.control("GET", "/clock")["now"]
    assert int(after[17:19]) - int(before[17:19]) == waited


def test_an_expired_token_is_met_with_another(one: In) -> None:
    begin(one, "token-expired")
    patient = Patient(one)
    patient.log_in()
    first = patient.bearer
    found = patient.ask("GET", f"/v1/projects/{world.DEMO_ACCOUNT}/trunks")
    assert "default" in [trunk["name"] for trunk in found["trunks"]]
    assert (patient.met, struck(one)) == (["401"], [1])
    assert patient.bearer != first
    refused = one.journal("http")[1]["answer"]
    assert "expired" in refused["headers"]["WWW-Authenticate"]


# -- webhooks


@pytest.fixture
def app() -> Iterator[Receiver]:
    with receiving(Receiver()) as receiver:
        yield receiver


OF_WEBHOOKS = {
    "receiver-down": ([500, 500, 200], 1),
    "receiver-unreachable": ([None, 200], 1),
    "receiver-slow": ([None, 200], 2),
    "webhook-twice": ([200, 200], 2),
}


@pytest.mark.parametrize("name", OF_WEBHOOKS)
def test_an_event_arrives_and_is_known_when_it_comes_again(
    one: In, app: Receiver, name: str
) -> None:
    one.call("PUT", f"{MESSAGES}/sms_callback", {"callback_url": app.url("/sms")})
    begin(one, name)
    one.control("POST", "/traffic/sms", {"from": PHONE, "to": NUMBER, "text": "hello"})
    one.control("POST", "/clock/advance", {"seconds": 3600})
    statuses, hits = OF_WEBHOOKS[name]
    assert [entry["answer"]["status"] for entry in one.journal("webhook")] == statuses
    assert len(app.hits) == hits
    assert len({orjson.loads(hit.body)["data"]["id"] for hit in app.hits}) == 1


# -- SMPP: the link


OF_LINKS = {"throttled": 3, "queue-full": 2, "still-bound": 2}


@contextmanager
def troubled(name: str) -> Iterator[tuple[SmppLink, Owner, Faults]]:
    """A link to an SMSC which a script begins to trouble when it is bound."""
    faults = Faults()
    with smsc(strike=lambda pdu: smpp.strike(faults, pdu)) as centre, linked(centre.port) as line:
        for fault in ALL[name].made(()):
            faults.add(fault)
        yield *line, faults
        assert sum(fault.struck for fault in faults) == OF_LINKS[name]
        assert len(centre.messages()) == 4


@pytest.mark.parametrize("name", ["throttled", "queue-full"])
def test_a_link_slows_down_and_loses_nothing(name: str) -> None:
    with troubled(name) as (link, owner, _):
        for key in range(4):
            link.submit(message(key))
        answers = owner.answered(4)
        assert sorted(answer.key for answer in answers) == [0, 1, 2, 3]
        assert {answer.status for answer in answers} == {0}
        owner.reported(LinkState.THROTTLED)


def test_a_link_waits_until_its_former_session_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    with troubled("still-bound") as (link, owner, faults):
        link.submit(message("lost"))
        (lost,) = owner.answered(1)
        assert str(lost.outcome) == "lost"
        until(lambda: all(fault.struck == 1 for fault in faults) and link.bound, BOUND)
        assert "already bound" in caplog.text
        for key in range(3):
            link.submit(message(key))
        assert {answer.status for answer in owner.answered(4)[1:]} == {0}


# -- SMPP: receipts and all that stands behind the link


def test_what_was_unanswered_at_a_cut_is_sent_again(one: In) -> None:
    begin(one, "cut-in-window")
    sent = [one.send(to=f"1212555012{n}") for n in range(3)]
    one.control("POST", "/run", {"until": "idle"})
    assert struck(one) == [2, 1]
    one.control("POST", "/clock/advance", {"seconds": 60})
    assert [one.levels(message) for message in sent] == [[1, 2]] * 3
    submitted = [e for e in one.journal("smpp") if e["pdu"] == "submit_sm"]
    assert len(submitted) == 6


def received(one: In) -> list[dict[str, Any]]:
    return [entry for entry in one.journal("smpp") if entry["pdu"] == "deliver_sm"]


def answered(one: In) -> list[dict[str, Any]]:
    return [entry for entry in one.journal("smpp") if entry["pdu"] == "submit_sm_resp"]


def said(receipt: dict[str, Any], name: str) -> str:
    """A member of a receipt's text."""
    return str(receipt["text"].partition(f"{name}:")[2].partition(" ")[0])


def overtakes(one: In) -> bool:
    return received(one)[0]["seq"] < answered(one)[0]["seq"]


def differ(one: In) -> bool:
    told = [answer["fields"]["message_id"] for answer in answered(one)]
    ids = [said(receipt, "id") for receipt in received(one)]
    return not set(ids) & set(told) and {int(i, 16) for i in told} == {int(i) for i in ids}


def disordered(one: In) -> bool:
    states = [said(receipt, "stat") for receipt in received(one)]
    return states == ["DELIVRD"] * 4 + ["ENROUTE"] * 4  # two parts, each twice


def late(one: In) -> bool:
    return all(receipt["at"] >= "2026-05-02T12:00" for receipt in received(one))


def unmarked(one: In) -> bool:
    return all(not r.get("tlvs") and r["fields"]["esm_class"] == 0 for r in received(one))


def halved(one: In) -> bool:
    return [said(receipt, "stat") for receipt in received(one)] == ["DELIVRD", "UNDELIV"]


OF_RECEIPTS: dict[str, tuple[Callable[[In], bool], str]] = {
    "receipt-first": (overtakes, "delivered"),
    "receipt-ids-differ": (differ, "delivered"),
    "receipts-disordered": (disordered, "delivered"),
    "receipt-late": (late, "delivered"),
    "receipt-by-text": (unmarked, "delivered"),
    "half-delivered": (halved, "delivery failure"),
}


@pytest.mark.parametrize("name", OF_RECEIPTS)
def test_a_message_ends_as_it_should(one: In, name: str) -> None:
    begin(one, name)
    message = one.send(body=LONG)
    one.control("POST", "/run", {"until": "idle"})
    one.control("POST", "/clock/advance", {"seconds": 2 * 86_400})
    shows, status = OF_RECEIPTS[name]
    assert shows(one)
    told = one.call("GET", f"{MESSAGES}/{message}").json["data"]["attributes"]
    assert told["status"] == status
    assert one.levels(message) == [1, 2]  # taken, ended


ALONE = {"token-expired", "slow-answer", "cut-in-window"}
