"""Faults in worlds without sockets: what each does, when it strikes, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from emulators import world
from emulators.process import Emulator
from tests.emulators.conftest import settings

API = "/_emulator/api"
NUMBERS = "/v2/numbers?limit=1"
DEMO = (world.DEMO_KEY, world.DEMO_SECRET)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(settings(), bundle=world.demo_bundle())
    made.start()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def unharmed(emulator: Emulator) -> Iterator[None]:
    yield
    emulator.main.reset("seed")


@pytest.fixture
def client(emulator: Emulator) -> Client:
    return Client(emulator.wsgi)


def plan(client: Client, root: str = "", **fault: Any) -> str:
    """Have a fault played; its id."""
    answer = client.post(f"{root}{API}/faults", json=fault)
    assert answer.status_code == 201, answer.text
    return str(answer.json["faults"][0]["id"])


def status(code: int, **more: Any) -> dict[str, Any]:
    return {"kind": "status", "status": code, **more}


def asked(client: Client, path: str = NUMBERS, root: str = "") -> TestResponse:
    return client.get(root + path, auth=DEMO)


def codes(client: Client, count: int, root: str = "") -> list[int]:
    return [asked(client, root=root).status_code for _ in range(count)]


# -- one way through


def test_a_fault_strikes_is_told_and_taken_back(client: Client) -> None:
    fault = plan(client, method="GET", path="^/v2/numbers", action=status(503, retry_after=7))
    answer = asked(client)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"
    (error,) = answer.json["errors"]
    assert (error["status"], error["id"]) == (503, answer.headers["X-Request-ID"])
    (entry,) = client.get(f"{API}/journal?kind=http").json["entries"]
    assert (entry["fault"], entry["answer"]["status"]) == (fault, 503)
    assert client.get(f"{API}/faults").json["faults"] == [
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
    assert client.delete(f"{API}/faults/{fault}").status_code == 204
    assert asked(client).status_code == 200
    (entry,) = client.get(f"{API}/journal?kind=http&match=polytrunk").json["entries"] or [{}]
    assert "fault" not in entry
