"""One number that each dialect in turn gives another destination: calls follow the last choice, and
the dialect whose choice it was explains them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from werkzeug.test import Client

from emulators import world
from emulators.clock import Clock
from emulators.process import Emulator
from gateway.models import Call, CallEvent
from gateway.models.database import connection
from tests.emulators.conftest import settings
from tests.support.receivers import Receiver, receiving

NUMBER, PHONE = "+12065550103", "+12125550123"
PROJECT = f"/v1/projects/{world.DEMO_ACCOUNT}"
BEARER = {"Authorization": f"Bearer {world.DEMO_SECRET}"}
BASIC = (world.DEMO_KEY, world.DEMO_SECRET)


class Sides:
    """The emulator through each dialect's own API."""

    def __init__(self, emulator: Emulator, clock: Clock, hooks: Receiver) -> None:
        self.emulator, self.clock, self.hooks = emulator, clock, hooks
        self.client = Client(emulator.wsgi)

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, **how: Any) -> Any:
        answer = self.client.open(path, method=method, json=body, **how)
        assert answer.status_code == status, answer.text
        return answer.json

    def arrive(self, **more: Any) -> UUID:
        """A call to the number, played until nothing is left to do."""
        body = {"from": PHONE, "to": NUMBER, **more}
        self.clock.advance(1)  # a new trunk takes one call a second
        made = self.ask("POST", "/_emulator/api/traffic/call", body, 201)
        for _ in range(400):
            self.ask("POST", "/_emulator/api/run", {})
            if Call.get(Call.uid == UUID(made["id"])).ended_at is not None:
                break
            self.clock.advance(0.1)
        return UUID(made["id"])

    def explained(self, *outcomes: str, **how: Any) -> list[str]:
        query = {"number": NUMBER, "from": PHONE, "outcome": list(outcomes)}
        told = self.ask("GET", "/_gateway/routes/explain", query_string=query, **how)
        return [f"{step['type']} {step['reason']}" for step in told["path"]]


def walked(call: UUID) -> list[str]:
    events = CallEvent.select().where(CallEvent.call_uid == call, CallEvent.type == "route")
    steps = [event.data for event in events.order_by(CallEvent.id)]
    return [f"{step['type']} {step['reason']}" for step in steps]


def legs(call: UUID) -> list[tuple[Any, str]]:
    found = Call.select().where(Call.parent_uid == call).order_by(Call.id)
    return [(leg.to_number, str(leg.status)) for leg in found]


@pytest.fixture
def sides() -> Iterator[Sides]:
    clock = Clock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    with receiving(Receiver(content=orjson.dumps([{"verb": "hangup"}]))) as hooks:
        emulator = Emulator(settings(), bundle=world.demo_bundle(), clock=clock, seed=1)
        emulator.start()
        with emulator.main.universe.entered(), connection():
            yield Sides(emulator, clock, hooks)
        emulator.stop()


def flowroute(sides: Sides) -> None:
    for name, route in (("primary_route", "1"), ("failover_route", "2")):
        path = f"/v2/numbers/{NUMBER[1:]}/relationships/{name}"
        sides.ask("PATCH", path, {"data": {"type": "route", "id": route}}, 204, auth=BASIC)


def sinch(sides: Sides) -> None:
    trunk = sides.ask(
        "POST", f"{PROJECT}/trunks", {"name": "desk", "hostName": "desk"}, 201, auth=BASIC
    )["id"]
    for place in (1, 2):
        body = {"name": f"pbx{place}", "address": f"192.0.2.{place}", "port": 5060, "priority": 1}
        sides.ask("POST", f"{PROJECT}/trunks/{trunk}/endpoints", body, 201, auth=BASIC)
    for to in ("", trunk):  # off the trunk it is on, and onto this one
        body = {"phoneNumber": NUMBER, "sipTrunkId": to}
        sides.ask("POST", f"{PROJECT}/phoneNumbers", body, 201, auth=BASIC)


def jambonz(sides: Sides) -> None:
    numbers = sides.ask("GET", "/v1/PhoneNumbers", headers=BEARER)
    (mine,) = [row for row in numbers if NUMBER.endswith(row["number"].removeprefix("+"))]
    hook = {"url": sides.hooks.url("/call"), "method": "POST"}
    status = {"url": sides.hooks.url("/status"), "method": "POST"}
    body = {"name": "ivr", "account_sid": world.DEMO_ACCOUNT, "call_hook": hook}
    body["call_status_hook"] = status
    made = sides.ask("POST", "/v1/Applications", body, 201, headers=BEARER)
    path = f"/v1/PhoneNumbers/{mine['phone_number_sid']}"
    sides.ask("PUT", path, {"application_sid": made["sid"]}, 204, headers=BEARER)


def callable_headers(sides: Sides) -> dict[str, str]:
    form = {"username": "demo", "password": "1234"}
    answer = sides.client.post("/api/v1/oauth/authorize", data=form)
    assert answer.json is not None
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def callable_flow(sides: Sides, headers: dict[str, str]) -> None:
    accounts = sides.ask("GET", "/api/v1/account", headers=headers)
    base = f"/api/v1/account/{accounts[0]['id']}"
    numbers = sides.ask("GET", f"{base}/ddi", headers=headers)
    (ddi,) = [one["id"] for one in numbers if one["name"] == NUMBER[1:]]
    sides.hooks.paths["/flow"] = orjson.dumps([{"hangup": {"reason": "call-complete"}}])
    hook = {"app": "flow.generic", "url": sides.hooks.url("/flow"), "authType": "DISABLED"}
    plugin = sides.ask("POST", f"{base}/hook", hook, 201, headers=headers)["id"]

    def device(type_: str, name: str, body: dict[str, Any]) -> str:
        given = {"type": type_, "name": type_, name: body}
        return str(sides.ask("POST", f"{base}/device", given, 201, headers=headers)["id"])

    asks = device("PLUGIN", "plugin", {"plugin": plugin})
    says = device("SAY", "say", {"text": "Nobody is in.", "connectTo": asks})
    rings = device("REMOTE", "remote", {"destination": "+442075558486", "onBusy": says})
    menu = {"text": "1 for us", "options": [{"option": "1", "connectTo": rings}]}
    asked = device("NUMBER_PLAN", "numberPlan", menu)
    device("ROUTE_START", "startRoute", {"ddis": [ddi], "connectTo": asked})


def test_calls_follow_the_last_choice(sides: Sides) -> None:
    sides.ask("PUT", "/_emulator/api/scripts", {
        "calls": {"rules": [{"pattern": "sbc.demo", "script": 503},
                            {"pattern": "192.0.2.1", "script": 480}]}
    })  # fmt: skip
    flowroute(sides)
    wanted = sides.explained("fail", auth=BASIC)
    call = sides.arrive()
    assert walked(call) == wanted
    first = f"sip:{NUMBER}@sbc.demo.example:5060"
    backup = "sip:backup@sbc2.demo.example:5061;transport=tls"
    assert legs(call) == [(first, "failed"), (backup, "completed")]

    sinch(sides)
    wanted = sides.explained("no_answer", auth=BASIC)
    call = sides.arrive()
    assert walked(call) == wanted
    one, two = (f"sip:{NUMBER}@192.0.2.{place}:5060" for place in (1, 2))
    assert [to.partition(";")[0] for to, _ in legs(call)] == [one, two]
    assert legs(sides.arrive())[0][0].startswith(two)  # it is the other one's turn

    jambonz(sides)
    wanted = sides.explained(headers=BEARER)
    call = sides.arrive()
    assert walked(call) == wanted
    assert wanted[-1].startswith("application ")
    assert {hit.path for hit in sides.hooks.hits} == {"/call", "/status"}

    headers = callable_headers(sides)
    callable_flow(sides, headers)
    wanted = sides.explained("entered 1", "busy", headers=headers)
    call = sides.arrive(digits=["1"])
    assert walked(call) == wanted[:-1]  # the hook hangs up
    assert [step.partition(" ")[0] for step in wanted] == [
        "number",
        "ROUTE_START",
        "NUMBER_PLAN",
        "REMOTE",
        "SAY",
        "PLUGIN",
        "end",
    ]
    assert sides.hooks.hits[-1].path == "/flow"
    assert [to for to, _ in legs(call)] == ["+442075558486"]
