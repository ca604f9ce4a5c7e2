"""A universe of an emulator with every dialect, and its control API, for tests of this folder."""

from __future__ import annotations

import base64
from typing import Any

from werkzeug.test import Client, TestResponse

from emulators import world
from emulators.process import Emulator

NOW = "2026-05-01T12:00:00Z"
ACCOUNT, HEX_ACCOUNT = world.DEMO_ACCOUNT, "111111111111411181111111"


class Played:
    """A universe whose clock stands still, its control API and its dialects."""

    def __init__(self, emulator: Emulator, name: str) -> None:
        self.client, self.mount = Client(emulator.wsgi), f"/_u/{name}"
        pair = base64.b64encode(f"{world.DEMO_KEY}:{world.DEMO_SECRET}".encode()).decode()
        self.basic = {"Authorization": f"Basic {pair}"}
        self.bearer = {"Authorization": f"Bearer {world.DEMO_SECRET}"}
        self._signed_in: dict[str, str] = {}

    def control(self, method: str, path: str, body: Any = None) -> TestResponse:
        where = f"{self.mount}/_emulator/api{path}"
        return self.client.open(where, method=method, json=body)

    def play(self, what: str, **given: Any) -> str:
        """Something happens, and what follows from it at once."""
        answer = self.control("POST", f"/traffic/{what}", given)
        assert answer.status_code == 201, answer.text
        self.advance(0)
        return str(answer.json["id"])

    def advance(self, seconds: float) -> None:
        assert self.control("POST", "/clock/advance", {"seconds": seconds}).status_code == 200

    def send(self, path: str, headers: dict[str, str], body: Any = None) -> TestResponse:
        """GET, or POST with a body."""
        method = "GET" if body is None else "POST"
        return self.client.open(self.mount + path, method=method, json=body, headers=headers)

    def jambonz(self, path: str, body: Any = None) -> TestResponse:
        return self.send(f"/v1{path}", self.bearer, body)

    def sinch(self, path: str, body: Any = None) -> TestResponse:
        return self.send(f"/v1/projects/{ACCOUNT}{path}", self.basic, body)

    def flowroute(self, path: str, body: Any = None) -> TestResponse:
        return self.send(path, self.basic, body)

    def callable(self, path: str, body: Any = None) -> TestResponse:
        """With a token that is fetched once: checking a password takes long on purpose."""
        if not self._signed_in:
            login = {"username": "demo", "password": "1234"}
            answer = self.client.post(f"{self.mount}/api/v1/oauth/authorize", data=login)
            self._signed_in["Authorization"] = f"Bearer {answer.json['access_token']}"
        return self.send(f"/api/v1/account/{HEX_ACCOUNT}{path}", self._signed_in, body)
