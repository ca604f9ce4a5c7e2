"""An app that was written for Flowroute and knows nothing else: reminders by SMS, calls to desks.

    python docs/examples/flowroute_app.py https://api.flowroute.com KEY SECRET 12125551234

It works a shift: looks at each of its numbers, sends their calls to the desk that is on duty with
the other one behind it, reminds somebody from each number, and waits for what became of that.
Point it at polytrunk by its base URL and credentials.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

DESKS = {"day": "192.0.2.10", "night": "192.0.2.20:5080"}
FINAL = {"delivered", "delivery failure", "undelivered", "failed"}


class Reminders:
    """One account at Flowroute."""

    def __init__(self, base_url: str, key: str, secret: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.http = requests.Session()
        self.http.auth = (key, secret)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        url = path if path.startswith("http") else self.base_url + path
        answer = self.http.request(method, url, json=body, timeout=30)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def listed(self, path: str) -> Iterator[Any]:
        """Every item of a list, page after page."""
        while path:
            page = self.ask("GET", path)
            yield from page["data"]
            path = page["links"].get("next")

    def numbers(self) -> list[str]:
        return [one["id"] for one in self.listed("/v2/numbers?limit=2")]

    def desk(self, which: str) -> str:
        """The route of a desk, made when there is none yet."""
        for one in self.listed("/v2/routes"):
            if one["attributes"]["value"] == DESKS[which]:
                return str(one["id"])
        wanted = {"route_type": "host", "value": DESKS[which], "alias": f"{which} desk"}
        body = {"data": {"type": "route", "attributes": wanted}}
        return str(self.ask("POST", "/v2/routes", body)["data"]["id"])

    def on_duty(self, number: str, which: str) -> None:
        """Send the number's calls to a desk, and to the other one when that does not answer."""
        path = f"/v2/numbers/{number}/relationships"
        other = next(desk for desk in DESKS if desk != which)
        self.ask("DELETE", f"{path}/failover_route")
        for name, desk in (("primary_route", which), ("failover_route", other)):
            self.ask("PATCH", f"{path}/{name}", {"data": {"type": "route", "id": self.desk(desk)}})

    def remind(self, number: str, somebody: str) -> str:
        body = {"from": number, "to": somebody, "body": f"Your table is ready ({number})"}
        return str(self.ask("POST", "/v2.1/messages", body)["data"]["id"])

    def outcome(self, message: str) -> str:
        """What became of a message, as soon as that is known."""
        for _ in range(100):
            status = str(
                self.ask("GET", f"/v2.1/messages/{message}")["data"]["attributes"]["status"]
            )
            if status in FINAL:
                break
            time.sleep(0.1)
        return status

    def shift(self, which: str, somebody: str) -> dict[str, str]:
        """Work a shift; what became of the reminder of each number."""
        sent = {}
        for number in self.numbers():
            self.on_duty(number, which)
            details = self.ask("GET", f"/v2/numbers/{number}")["data"]
            chosen = details["relationships"]["primary_route"]["data"]["id"]
            assert str(chosen) == self.desk(which), "the calls go elsewhere"
            sent[number] = self.remind(number, somebody)
        return {number: self.outcome(message) for number, message in sent.items()}


if __name__ == "__main__":
    app = Reminders(*sys.argv[1:4])
    for duty in DESKS:
        for own_number, became in app.shift(duty, sys.argv[4]).items():
            print(duty, own_number, became)
