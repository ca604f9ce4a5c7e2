"""A small app: it rents a number, sends codes from it, and takes what phones answer.

It speaks Flowroute's API and knows nothing of any test. In production `Provider.base_url` is
`https://api.flowroute.com`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import requests

STOP = frozenset({"STOP", "UNSUBSCRIBE"})
JSON_API = {"Content-Type": "application/vnd.api+json"}


class OptedOut(Exception):
    """The phone has asked not to be written to."""


class ProviderError(Exception):
    """The provider refused; the text is its own."""


@dataclass
class Provider:
    """The calls of the API the app needs. `key` and `secret` are an access key."""

    base_url: str
    key: str
    secret: str

    def rent(self, area: str) -> str:
        """The first number for sale that begins like that, which is ours from then on."""
        query = {"starts_with": area, "limit": 1}
        numbers = self._call("GET", "/v2/numbers/available", params=query)["data"]
        if not numbers:
            raise ProviderError(f"no number in {area}")
        number: str = numbers[0]["id"]
        self._call("POST", f"/v2/numbers/{number}")
        return number

    def tell(self, url: str) -> None:
        """Where to post the texts that come in."""
        self._call("PUT", "/v2.1/messages/sms_callback", json={"callback_url": url})

    def send(self, message: dict[str, str], once: str) -> str:
        """The id of the message; the same `once` sends it once, however often it is asked."""
        headers = {**JSON_API, "Idempotency-Key": once}
        answer = self._call("POST", "/v2.1/messages", json=message, headers=headers)
        return str(answer["data"]["id"])

    def _call(self, method: str, path: str, **more: Any) -> Any:
        auth = (self.key, self.secret)
        answer = requests.request(method, self.base_url + path, auth=auth, timeout=30, **more)
        if not answer.ok:
            raise ProviderError(f"{answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None


@dataclass
class App:
    """`callbacks` is the URL under which the provider reaches `wsgi`."""

    provider: Provider
    callbacks: str
    number: str = ""
    states: dict[str, str] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)

    def open(self, area: str) -> None:
        self.number = self.provider.rent(area)
        self.provider.tell(f"{self.callbacks}/texts")

    def send_code(self, phone: str, code: str) -> str:
        """Raises OptedOut or ProviderError."""
        if phone in self.opted_out:
            raise OptedOut(phone)
        message = {
            "from": self.number,
            "to": phone,
            "body": f"Your code is {code}. Reply STOP to stop.",
            "dlr_callback": f"{self.callbacks}/receipts",
        }
        message_id = self.provider.send(message, once=f"{phone}-{code}")
        self.states.setdefault(message_id, "sent")
        return message_id

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Takes the provider's callbacks."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        told = json.loads(environ["wsgi.input"].read(length))["data"]
        taken = self._take(environ["PATH_INFO"], told["id"], told["attributes"])
        start_response("200 OK" if taken else "404 Not Found", [("Content-Length", "0")])
        return []

    def _take(self, path: str, message_id: str, told: dict[str, Any]) -> bool:
        if path == "/receipts":
            if told["level"] == 2:
                self.states[message_id] = told["status"]
        elif path == "/texts":
            if told["body"].strip().upper() in STOP:
                self.opted_out.add(told["from"])
        else:
            return False
        return True
