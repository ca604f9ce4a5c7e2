"""The suites in a universe for each test, and ways to spoil what it answers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from emulators import world
from emulators.conform.contract import Document, read_contract
from emulators.conform.plan import READ, SPEND, WRITE, read_plan
from emulators.conform.run import Result, Run
from emulators.conform.sending import Answer, Request, Send
from emulators.process import Emulator
from gateway.dialect import discover

ADMIN_TOKEN = "38700987-c7a4-4685-a5bb-af378f9734de"
TO = "12125550123"
NUMBERS = {"FROM": world.DEMO_NUMBER, "TO": TO}
PAIR = {"KEY": world.DEMO_KEY, "SECRET": world.DEMO_SECRET}
VALUES: dict[str, dict[str, str]] = {
    "callable": {"LOGIN": "demo", "PASSWORD": "1234", "TO": f"+{TO}"},
    "flowroute": {**PAIR, **NUMBERS},
    "jambonz": {
        "KEY": world.DEMO_SECRET,
        "ADMIN_KEY": ADMIN_TOKEN,
        "LOGIN": "demo@demo.example",
        "PASSWORD": "1234",
        **NUMBERS,
    },
    "sinch": {**PAIR, "PROJECT": world.DEMO_ACCOUNT},
}
"""The suites' variables in the demo world."""
EVERYTHING = frozenset({READ, WRITE, SPEND})

Spoil = Callable[[Request, Answer], Answer]
Conform = Callable[..., list[Result]]


@pytest.fixture
def send(playing: Emulator) -> Iterator[Send]:
    """To a universe of the test's own."""
    name = f"u{random.getrandbits(40)}"
    playing.universes.make(name)
    client = Client(playing.wsgi)

    def through(request: Request) -> Answer:
        answer = client.open(
            f"/_u/{name}{request.target}",
            method=request.method,
            headers=dict(request.headers),
            data=request.data,
        )
        return Answer(answer.status_code, answer.mimetype, answer.data)

    yield through
    playing.universes.delete(name)


@pytest.fixture
def suite(send: Send) -> Conform:
    """Run a dialect's suite in the test's universe, with the answers spoiled by `spoil`."""

    def run(
        dialect: str,
        *,
        spoil: Spoil = lambda _, answer: answer,
        allowed: frozenset[str] = EVERYTHING,
        values: dict[str, str] | None = None,
        strict: bool = True,
    ) -> list[Result]:
        return list(
            Run(
                read_plan(dialect),
                Document(read_contract(discover()[dialect].contract.removesuffix(".json"))),
                lambda request: spoil(request, send(request)),
                VALUES[dialect] if values is None else values,
                allowed=allowed,
                strict=strict,
            ).run()
        )

    return run


def altered(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    """An answer with another JSON in it."""
    body = json.dumps(change(json.loads(answer.data))).encode()
    return Answer(answer.status, answer.media, body)
