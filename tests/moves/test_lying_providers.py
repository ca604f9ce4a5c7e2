"""Providers that answer what they should not, late, or not at all: what the app is told, and that
both sides tell the same in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.models.database import Store, connection, using
from gateway.services import pushing
from gateway.transports.upstream import Line
from gateway.wire.upstream import Request, Response
from tests.moves import providers
from tests.moves.forwarding import House, differing, state
from tests.moves.providers import ACCOUNT, SECRET, Provider

Opened = Callable[[str], Store]
TRUNKS = f"/v1/projects/{ACCOUNT}/trunks"
OFFICE = {"name": "office", "hostName": "office"}
ERROR = b'{"message": "not today, ' + SECRET.encode() + b'"}'


@pytest.fixture
def house(opened: Opened) -> House:
    return House(opened("ours"), providers.account(numbers="owned"))


class Lies:
    """A wire that answers requests that write by itself; with `done` they are carried out, too."""

    def __init__(self, wire: Any, status: int, body: bytes, done: bool, **headers: str) -> None:
        self.wire, self.done = wire, done
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = Response(status, told, body)

    def send(self, request: Request) -> Response:
        if request.method == "GET":
            return self.wire.send(request)
        if self.done:
            self.wire.send(request)
        return self.answer


LIES = [
    pytest.param(200, b"<html>", True, {}, 503, "it is no JSON", id="garbage"),
    pytest.param(200, b"[]", True, {}, 503, "it is no object", id="another shape"),
    pytest.param(201, b"{}", True, {}, 503, "does not name what was made", id="no id"),
    pytest.param(201, b'{"id": null}', True, {}, 503, "does not name", id="null for an id"),
    pytest.param(204, b"", True, {}, 503, "does not name what was made", id="nothing"),
    pytest.param(200, b"{}", False, {}, 503, "does not name what was made", id="not done either"),
    pytest.param(429, ERROR, False, {"retry_after": "7"}, 429, "answered 429", id="too many"),
    pytest.param(401, ERROR, False, {}, 503, "answered 401: ", id="login refused"),
    pytest.param(403, ERROR, False, {}, 400, "answered 403: ", id="not allowed"),
    pytest.param(302, b"", False, {"location": "http://x.example"}, 503, "302", id="elsewhere"),
    pytest.param(500, ERROR, True, {}, 503, "answered 500: ", id="done, but says it is broken"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "done", "headers", "told", "text"), LIES)
def test_what_the_app_is_told_and_that_nothing_stays(
    house: House, there: Provider, status: int, body: bytes, done: bool, headers: dict[str, str],
    told: int, text: str,
) -> None:  # fmt: skip
    before, wire = state(house, there), there.wire
    there.wire = Lies(wire, status, body, done, **headers)  # type: ignore[assignment]
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    said = answer.json["message"]
    assert (answer.status_code, text in said, "there: " in said) == (told, True, True), said
    assert answer.headers.get("Retry-After") == {429: "7", 503: "1"}.get(told)
    assert SECRET not in answer.text
    there.wire = wire
    with using(house.store), connection():
        pushing.recover(house.ctx, house.end("there"))
    assert state(house, there) == before
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert differing(house, "there") == {}


def test_what_somebody_took_away_there(house: House, there: Provider) -> None:
    made = house.ask("sinch", "POST", TRUNKS, OFFICE).json["id"]
    with using(house.store), connection():
        house.end("there").client(house.ctx).call("deleteSipTrunk", id=made)
    changed = house.ask("sinch", "PUT", f"{TRUNKS}/{made}", {**OFFICE, "name": "b"})
    assert (
        changed.status_code,
        "there: updateSipTrunk: the provider answered 404" in changed.text,
    ) == (400, True)
    assert house.ask("sinch", "GET", f"{TRUNKS}/{made}").json["name"] == "office"
    assert house.ask("sinch", "DELETE", f"{TRUNKS}/{made}").status_code == 204
    assert differing(house, "there") == {}
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201


class Slow:
    """Takes a request and is not heard of again in time."""

    def __init__(self, wire: Any) -> None:
        self.wire, self.done = wire, False

    def send(self, request: Request) -> Response:
        answer = self.wire.send(request)
        if request.method != "GET":
            raise TimeoutError("timed out")
        return answer

    def close(self) -> None:
        """Nothing is held."""


def test_too_slow_an_answer(house: House, there: Provider) -> None:
    """What was made is found later, and not made again."""
    wire = there.wire
    there.wire = Line(Slow(wire), "there", wait=lambda seconds: None)  # type: ignore[assignment]
    answer = house.ask("sinch", "POST", TRUNKS, OFFICE)
    assert (answer.status_code, answer.json["message"]) == (503, "there: timed out")
    there.wire = wire
    assert house.ask("sinch", "POST", TRUNKS, OFFICE).status_code == 201
    assert differing(house, "there") == {}
