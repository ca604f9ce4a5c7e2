"""A universe over plain HTTP, without the plugin: what any language can do, here with requests.

    python docs/examples/python_requests.py http://127.0.0.1:8080

A universe is made, its clock stands still, a text is sent that the carrier cannot deliver, and its
receipt comes three seconds later, which nobody waits for.
"""

from __future__ import annotations

import sys
from typing import Any

import requests

UNDELIVERABLE = "12125559001"
RECEIPTS_AFTER = {"rules": [], "default": {"states": ["UNDELIV"], "receipt_seconds": 3}}


class Universe:
    """A world of its own in a running emulator, until `delete`."""

    def __init__(self, emulator: str, **wanted: Any) -> None:
        self._emulator = emulator
        made = requests.post(f"{emulator}/_emulator/api/universes", json=wanted, timeout=30).json()
        self.name, self.base_url = made["name"], made["base_url"]
        self.key, self.secret = made["accounts"][0]["key_id"], made["accounts"][0]["secret"]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.base_url}/_emulator/api{path}"
        answer = requests.request(method, url, json=body, timeout=90)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def delete(self) -> None:
        url = f"{self._emulator}/_emulator/api/universes/{self.name}"
        requests.delete(url, timeout=30).raise_for_status()


def main(emulator: str) -> None:
    universe = Universe(emulator, seed=7, clock={"now": "2026-05-01T12:00:00Z"})
    try:
        universe.control("PUT", "/scripts", RECEIPTS_AFTER)
        app = requests.Session()
        app.auth = (universe.key, universe.secret)

        body = {"from": "12065550100", "to": UNDELIVERABLE, "body": "Your code is 4711"}
        sent = app.post(f"{universe.base_url}/v2.1/messages", json=body)
        record = sent.json()["data"]["links"]["self"]
        print(sent.status_code, _status(app, record))

        universe.control("POST", "/run", {"until": "idle"})
        print("run", _status(app, record))

        universe.control("POST", "/clock/advance", {"seconds": 3})
        print("three seconds later", _status(app, record))

        wanted = {"kind": "smpp", "match": {"pdu": "submit_sm", "text": {"contains": "4711"}}}
        seen = universe.control("POST", "/wait", wanted)
        print("to the carrier", seen["fields"]["destination_addr"], seen["text"])
    finally:
        universe.delete()


def _status(app: requests.Session, record: str) -> str:
    return str(app.get(record).json()["data"]["attributes"]["status"])


if __name__ == "__main__":
    main(sys.argv[1])
