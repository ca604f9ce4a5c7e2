"""A client of one universe of an emulator without sockets."""

from __future__ import annotations

from typing import Any

from werkzeug.test import Client

from emulators import world
from emulators.process import Emulator

API = "/_emulator/api"
NOON = "2026-05-01T12:00:00Z"
NUMBER, PHONE = "12065550100", "12125550123"
MESSAGES = "/v2.1/messages"
DEMO = (world.DEMO_KEY, world.DEMO_SECRET)


class In:
    """A client of one universe, by its base URL; `main` has none."""

    def __init__(self, emulator: Emulator, name: str = "main") -> None:
        self.client, self.name = Client(emulator.wsgi), name
        self.root = "" if name == "main" else f"/_u/{name}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.open(f"{self.root}{API}{path}", method=method, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json if answer.data else None

    def call(self, method: str, path: str, body: Any = None, auth: tuple[str, str] = DEMO) -> Any:
        return self.client.open(f"{self.root}{path}", method=method, json=body, auth=auth)

    def send(self, to: str = PHONE, **more: Any) -> str:
        body = {"to": to, "from": NUMBER, "body": "hi", **more}
        answer = self.call("POST", MESSAGES, body)
        assert answer.status_code == 202, answer.text
        return str(answer.json["data"]["id"])

    def levels(self, message: str) -> list[int]:
        found = self.call("GET", f"{MESSAGES}/{message}").json
        receipts = found["data"]["attributes"]["delivery_receipts"]
        return sorted(receipt["level"] for receipt in receipts)

    def messages(self) -> int:
        answer = self.call("GET", f"{MESSAGES}?start_date=2020-01-01T00:00:00Z")
        return len(answer.json["data"])

    def journal(self, kind: str) -> list[Any]:
        return list(self.control("GET", f"/journal?kind={kind}")["entries"])


def make(emulator: Emulator, name: str, **more: Any) -> tuple[In, dict[str, Any]]:
    made = In(emulator).control("POST", "/universes", {"name": name, **more})
    return In(emulator, name), made


def frozen(emulator: Emulator, name: str, **more: Any) -> In:
    clock = {"mode": "frozen", "now": NOON}
    return make(emulator, name, **{"seed": 7, "clock": clock, **more})[0]
