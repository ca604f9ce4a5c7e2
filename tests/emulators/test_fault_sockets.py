"""Faults over real connections, and a client of another make that repeats what failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from emulators import world
from tests.emulators.running import API, Running, running

IMPATIENT = 0.3
PATIENT = 15.0
OWN = (world.DEMO_KEY, world.DEMO_SECRET)
NUMBERS = "/v2/numbers?limit=1"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    with running() as emulator:
        yield emulator


@pytest.fixture
def base(emulator: Running) -> Iterator[str]:
    """The base URL of a universe."""
    made = emulator.control("POST", "/universes", {"name": "one"})[1]
    yield made["base_url"]
    emulator.control("DELETE", "/universes/one")


@pytest.fixture
def client() -> Iterator[requests.Session]:
    """It repeats what failed, three times at most, with the pauses it is told."""
    retry = Retry(total=3, status_forcelist=(429, 502, 503), allowed_methods=None)
    with requests.Session() as session:
        session.auth = OWN
        session.mount("http://", HTTPAdapter(max_retries=retry))
        yield session


def begin(base: str, fault: dict[str, Any]) -> None:
    assert requests.post(f"{base}{API}/faults", json=fault, timeout=PATIENT).status_code == 201


def journal(base: str) -> list[Any]:
    entries = requests.get(f"{base}{API}/journal?kind=http", timeout=PATIENT).json()["entries"]
    return [(entry.get("fault"), (entry["answer"] or {}).get("status")) for entry in entries]


def test_slow_answer_is_not_waited_for(base: str) -> None:
    begin(base, {"script": "slow-answer"})
    with pytest.raises(requests.ReadTimeout):
        requests.get(base + NUMBERS, timeout=IMPATIENT, auth=OWN)
    assert requests.get(base + NUMBERS, timeout=PATIENT, auth=OWN).status_code == 200


@pytest.mark.parametrize(
    ("action", "met"),
    [
        ("reset", ("f1", None)),
        ({"kind": "status", "status": 503, "retry_after": 0}, ("f1", 503)),
        ({"kind": "status", "status": 429, "retry_after": 0}, ("f1", 429)),
        ({"kind": "status", "status": 502}, ("f1", 502)),
    ],
    ids=["reset", "503", "429", "502"],
)
def test_a_client_with_retries_comes_through(
    base: str, client: requests.Session, action: Any, met: tuple[str, int | None]
) -> None:
    begin(base, {"action": action, "times": 1})
    assert client.get(base + NUMBERS, timeout=PATIENT).status_code == 200
    assert journal(base) == [met, (None, 200)]


def test_a_reset_is_no_orderly_end(base: str) -> None:
    begin(base, {"action": "reset", "times": 1})
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        requests.get(base + NUMBERS, timeout=PATIENT, auth=OWN)


def test_half_a_body_ends_with_the_connection(base: str, client: requests.Session) -> None:
    begin(base, {"script": "answer-cut"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="more expected"):
        client.get(base + NUMBERS, timeout=PATIENT)
    assert client.get(base + NUMBERS, timeout=PATIENT).json()["data"]
