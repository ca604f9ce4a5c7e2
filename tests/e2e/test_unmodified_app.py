"""An app that speaks Flowroute works on while its account moves under it, number by number.

Its numbers go from Flowroute to a Sinch project, its texts from Flowroute's API to SMPP. The app
(docs/examples) is not touched, and every answer it gets must be one that Flowroute's contract has.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Response

from tests.adapters.flowroute.walk import BEYOND
from tests.e2e.product import ROOT, Process, free_port, wait_for
from tests.moves import providers
from tests.moves.providers import ACCOUNT, KEY, NUMBERS, OWN, SECRET
from tests.support.contract import ContractClient
from tests.support.openapi import Document

pytestmark = pytest.mark.long

SOMEBODY = "12125550123"
DAY, NIGHT = "192.0.2.10:5060", "192.0.2.20:5080"
ON_DUTY = {"day": [DAY, NIGHT], "night": [NIGHT, DAY]}
"""The desks of the app: who is called first, and who then."""
CONTRACT = ROOT / "fixtures" / "contracts" / "flowroute.json"


class World:
    """Providers in one emulator process, and our own gateway with its worker."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "POLYTRUNK_DATABASE_URL": f"sqlite:///{folder}/ours.db",
            "POLYTRUNK_SECRET_KEY": "a key for the test of an app that stays as it is",
            "POLYTRUNK_PUBLIC_URL": self.url, "POLYTRUNK_RATE_LIMIT": "0",
            "POLYTRUNK_ALLOW_PRIVATE_HOOKS": "1", "PROVIDER_SECRET": SECRET,
        }  # fmt: skip
        emulate = ["gateway", "emulate", "--port", "0", "--smsc-port", "0"]
        self.emulator = Process(emulate, {}, folder / "emulator.log")
        told = self.emulator.line()
        self.there, self.smsc = told["url"], told["smsc_port"]
        serve = [
            "gateway", "serve", "--bind", f"127.0.0.1:{self.port}", "--web", "1", "--workers", "1",
        ]  # fmt: skip
        self.gateway = Process(serve, self.environment, folder / "gateway.log")
        wait_for("the gateway", self._answers, 60)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/_gateway/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def provider(self, name: str, bundle: dict[str, Any]) -> str:
        """A universe that plays a provider; its address."""
        control = f"{self.there}/_emulator/api/universes"
        wanted = {"name": name, "template": "empty"}
        made = requests.post(control, json=wanted, timeout=30).json()["base_url"]
        seeded = requests.post(f"{made}/_emulator/api/seed", json=bundle, timeout=30)
        assert seeded.status_code == 200, seeded.text
        return str(made)

    def run(self, *arguments: str, code: int = 0, stdin: Any = None) -> str:
        """A command on our own database; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            input=None if stdin is None else json.dumps(stdin),
            env={**os.environ, **self.environment}, cwd=ROOT, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def connect(self, name: str, dialect: str, url: str, *more: str) -> None:
        self.run(
            "connections", "add", dialect, url, "--account", "mine", "--name", name, "--key", KEY,
            "--secret-env", "PROVIDER_SECRET", "--at", ACCOUNT, "--rate", "1000", *more,
        )  # fmt: skip

    def stop(self) -> None:
        self.gateway.stop()
        self.emulator.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.stop()


class Told(Response):
    """An answer as the contract's client looks at it."""

    @property
    def text(self) -> str:
        return self.get_data(as_text=True)


class Judge:
    """Holds each answer that the app gets against the contract."""

    def __init__(self, app: Any) -> None:
        self.app, self.judged = app, 0
        self.statuses: set[int] = set()
        served = requests.get(f"{app.base_url}/_gateway/openapi/flowroute.json", timeout=30).json()
        contract = Document(json.loads(CONTRACT.read_text()))
        self.client = ContractClient(None, contract, served=Document(served), beyond=BEYOND)
        app.http.hooks["response"].append(self)

    def __call__(self, answer: requests.Response, **_: Any) -> None:
        media = answer.headers.get("Content-Type")
        told = Told(answer.content, answer.status_code, content_type=media)
        assert answer.request.method is not None
        target = answer.request.path_url
        self.client.check(answer.request.method, target, told)  # type: ignore[arg-type]
        self.judged += 1
        self.statuses.add(answer.status_code)


def unmodified(url: str) -> Any:
    """The app of the documentation, as it stands there."""
    path = ROOT / "docs" / "examples" / "flowroute_app.py"
    spec = importlib.util.spec_from_file_location("flowroute_app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Reminders(url, KEY, SECRET)


def test_an_app_stays_as_it_is_while_its_account_moves(world: World) -> None:
    flowroute = world.provider("flowroute", {**providers.flowroute(), **carrier(world.smsc)})
    sinch = world.provider("sinch", providers.account(numbers="owned"))
    world.run("seed", "-", stdin=providers.account())
    world.connect("old", "flowroute", flowroute, "--messages")
    pulled = world.run("connections", "pull", "old")
    world.run("bundle", "import", "-", stdin=json.loads(pulled))
    world.run("connections", "mode", "old", "forward")
    world.run("connections", "events", "old")
    world.run("message-routes", "add", "usual", "--account", "mine", "--connection", "old")

    app = unmodified(world.url)
    judge = Judge(app)
    works(app, "night")
    assert sent(flowroute) == len(NUMBERS)

    world.connect("new", "sinch", sinch)
    world.run("connections", "mode", "new", "forward")
    moved = []
    for number, duty in zip(NUMBERS, ("day", "night", "day"), strict=True):
        world.run("apply", "--from", "old", "--to", "new", "--number", number)
        works(app, duty)
        moved.append(number)
        assert desks(sinch) == dict.fromkeys(moved, ON_DUTY[duty])
    through = sent(flowroute)
    assert through == 4 * len(NUMBERS)

    world.run("seed", "-", stdin={"polytrunk": 1, **carrier(world.smsc)})
    world.run("message-routes", "remove", "usual", "--account", "mine")
    works(app, "night")
    assert sent(flowroute) == through
    assert judge.judged > 100
    assert judge.statuses == {200, 201, 202, 204}


def carrier(port: int) -> dict[str, Any]:
    """A trunk with a link to the SMSC."""
    login = {"smpp_system_id": "demo", "smpp_password": "demo"}
    link = {"trunk": "sms", "host": "127.0.0.1", "port": port, "is_primary": True, "dials": True}
    default = {**OWN, "ref": "default", "name": "default", "host_name": "default", "is_auto": True}
    return {
        "trunks": [default, {**OWN, "ref": "sms", "name": "sms", "host_name": "sms", **login}],
        "smpp_links": [link],
    }


def works(app: Any, duty: str) -> None:
    """A shift ends well: calls go where the app wants them, and each reminder arrives."""
    assert app.shift(duty, SOMEBODY) == dict.fromkeys((one[1:] for one in NUMBERS), "delivered")


def sent(provider: str) -> int:
    """Messages that went over the provider's API."""
    query = "start_date=2020-01-01T00:00:00Z&limit=100"
    answer = requests.get(f"{provider}/v2.1/messages?{query}", auth=(KEY, SECRET), timeout=30)
    return len(answer.json()["data"])


def desks(provider: str) -> dict[str, list[str]]:
    """Where the project sends calls to each number on a trunk, one address after the other."""
    found = {}
    for number in listed(provider, "phoneNumbers"):
        if number["sipTrunkId"]:
            there = listed(provider, "endpoints", f"trunks/{number['sipTrunkId']}/")
            there.sort(key=lambda one: one["priority"])
            found[number["phoneNumber"]] = [f"{one['address']}:{one['port']}" for one in there]
    return found


def listed(provider: str, kind: str, below: str = "") -> list[Any]:
    url = f"{provider}/v1/projects/{ACCOUNT}/{below}{kind}"
    return list(requests.get(url, auth=(KEY, SECRET), timeout=30).json()[kind])
