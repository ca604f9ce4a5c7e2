"""Somebody who has nothing but an address of a server: from registering to closing the account.

An emulator runs as a process of its own. All that is known of it comes from its ready line, its
answers, its mail and its webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.adapters.jambonz.world import PROVIDER
from tests.emulators.running import Callbacks, Running, callbacks, running

EMAIL, PASSWORD = "ann@newcomer.example", "correct-horse-1"
NUMBER, PHONE = "+14155550177", "+12125550123"
HANGS_UP = "+12125559003"
"""The far end of this number answers, and hangs up by itself."""


@dataclass
class App:
    """What a customer's app is to the server: a client, its token, a place for webhooks.

    `sids` are those of what it made, by name.
    """

    emulator: Running
    hooks: Callbacks
    token: str = ""
    sids: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, *, status: int) -> Any:
        answer = requests.request(
            method,
            f"{self.emulator.ready['url']}/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            timeout=15,
        )
        assert answer.status_code == status, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def make(self, name: str, path: str, /, **members: Any) -> str:
        self.sids[name] = self.call("POST", path, members, status=201)["sid"]
        return self.sids[name]

    def hook(self, path: str) -> dict[str, str]:
        return {"url": self.hooks.url(path), "method": "post"}

    @property
    def account(self) -> str:
        return f"/Accounts/{self.sids['account']}"


@pytest.fixture
def app() -> Iterator[App]:
    with running() as emulator, callbacks() as hooks:
        yield App(emulator, hooks)


def register(app: App) -> None:
    """Register, read the code from the mail, prove the address, sign in."""
    body = {"service_provider_sid": PROVIDER, "provider": "local", "email": EMAIL}
    secrets = {"password": PASSWORD, "email_activation_code": "Q7R8S"}
    found = app.call("POST", "/register", {**body, **secrets}, status=200)
    app.token = found["jwt"]
    app.call("GET", "/Applications", status=401)
    _, mail = app.emulator.control("GET", f"/mail?to={EMAIL}")
    code = mail[0]["text"].rpartition(" ")[2]
    proof = {"user_sid": found["user_sid"], "type": "email"}
    app.call("PUT", f"/ActivationCode/{code}", proof, status=204)
    app.token = ""
    signed_in = app.call("POST", "/signin", {"email": EMAIL, "password": PASSWORD}, status=200)
    app.token, app.sids["account"] = signed_in["jwt"], signed_in["account_sid"]


def connect(app: App) -> None:
    """A carrier for calls and texts, a number on it, and an application that answers there."""
    carrier = app.make(
        "carrier", "/VoipCarriers", name="fastco", smpp_system_id="esme", smpp_password="esme"
    )
    on = {"voip_carrier_sid": carrier}
    app.make("sip-out", "/SipGateways", ipv4="192.0.2.10", outbound=True, inbound=False, **on)
    app.make("sip-in", "/SipGateways", ipv4="192.0.2.11", outbound=False, inbound=True, **on)
    smsc = {"ipv4": "127.0.0.1", "port": app.emulator.ready["smsc_port"]}
    app.make("smpp", "/SmppGateways", outbound=True, is_primary=True, **smsc, **on)
    app.make("number", "/PhoneNumbers", number=NUMBER, account_sid=app.sids["account"], **on)
    app.make(
        "application",
        "/Applications",
        name="ivr",
        account_sid=app.sids["account"],
        call_hook=app.hook("/call"),
        call_status_hook=app.hook("/status"),
        messaging_hook=app.hook("/sms"),
    )
    change = {"application_sid": app.sids["application"]}
    app.call("PUT", f"/PhoneNumbers/{app.sids['number']}", change, status=204)


def talk(app: App) -> None:
    """A call through its states, as its hooks are told."""
    app.hooks.answers["/call"] = [{"verb": "pause", "length": 60}]
    to = {"type": "phone", "number": HANGS_UP}
    asked = {"from": NUMBER, "to": to, "application_sid": app.sids["application"]}
    call = app.make("call", f"{app.account}/Calls", **asked)
    last = app.hooks.wait("/status", lambda body: body["call_status"] == "completed")
    told = [body for path, body in app.hooks.bodies if path == "/status"]
    words = [body["call_status"] for body in told]
    assert words == ["trying", "ringing", "in-progress", "completed"]
    assert {body["call_sid"] for body in told} == {call}
    assert (last["from"], last["to"], last["sip_status"]) == (NUMBER, HANGS_UP, 200)
    assert last["originating_sip_trunk_name"] == "fastco"
    assert app.hooks.wait("/call")["call_status"] == "in-progress"


def write(app: App) -> None:
    """A text out, which reaches the SMSC over the carrier's own bind, and one in."""
    text = {"from": NUMBER, "to": PHONE, "text": "hello from ivr"}
    app.make("message", f"{app.account}/Messages", **text)
    pdu = {"pdu": "submit_sm", "system_id": "esme", "text": text["text"]}
    reached = app.emulator.wait(pdu, kind="smpp")
    assert reached["fields"]["destination_addr"] == PHONE[1:]
    played = {"from": PHONE, "to": NUMBER, "text": "hello back", "system_id": "esme"}
    assert app.emulator.control("POST", "/traffic/sms", played)[0] == 201
    come = app.hooks.wait("/sms")
    assert (come["from"], come["to"], come["text"]) == (PHONE, NUMBER, "hello back")
    assert come["application_sid"] == app.sids["application"]


def check_signatures(app: App) -> None:
    """The library's formula over every request that came."""
    secret = app.call("GET", f"{app.account}/WebhookSecret", status=200)["webhook_secret"]
    assert len(app.hooks.raw) == 6
    for headers, body in app.hooks.raw:
        stamp, _, given = headers["Jambonz-Signature"].partition(",v1=")
        signed = stamp.removeprefix("t=").encode() + b"." + body
        assert hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() == given


def look_back(app: App) -> None:
    page = app.call("GET", f"{app.account}/RecentCalls?page=1&count=25", status=200)
    (record,) = page["data"]
    assert (page["total"], record["call_sid"]) == (1, app.sids["call"])
    assert (record["answered"], record["trunk"], record["to"]) == (True, "fastco", HANGS_UP)
    assert app.call("GET", f"{app.account}/Alerts?page=1&count=25", status=200)["total"] == 0


def take_down(app: App) -> None:
    """What is used stays until nothing uses it; then all goes, and at last the account."""
    sids = app.sids
    for path in (f"/Applications/{sids['application']}", f"/VoipCarriers/{sids['carrier']}"):
        assert "phone numbers" in app.call("DELETE", path, status=422)["msg"]
        app.call("GET", path, status=200)
    for kind, name in (
        ("PhoneNumbers", "number"),
        ("Applications", "application"),
        ("SmppGateways", "smpp"),
        ("SipGateways", "sip-in"),
        ("SipGateways", "sip-out"),
        ("VoipCarriers", "carrier"),
    ):
        app.call("DELETE", f"/{kind}/{sids[name]}", status=204)
        app.call("GET", f"/{kind}/{sids[name]}", status=404)
    app.call("DELETE", "/Accounts/11111111-1111-4111-8111-111111111111", status=404)
    app.call("DELETE", app.account, status=204)
    app.call("GET", app.account, status=401)


def test_a_newcomer_from_the_first_request_to_the_last(app: App) -> None:
    register(app)
    connect(app)
    talk(app)
    write(app)
    check_signatures(app)
    look_back(app)
    take_down(app)
