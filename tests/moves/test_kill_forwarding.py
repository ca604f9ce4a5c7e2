"""Changes go through to a provider while web processes are killed, and while many come at once."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import gevent
import pytest
import requests
from requests.exceptions import ChunkedEncodingError

from gateway.domain.instants import EPOCH
from gateway.domain.words import ConnectionMode
from gateway.models import Lease, SyncRun
from gateway.models.database import Store, connection, using, write
from gateway.services import connections
from tests.e2e.product import Process, answers, free_port, wait_for
from tests.e2e.test_serve import children
from tests.moves.forwarding import House, differing, provider
from tests.moves.providers import ACCOUNT, KEY, SECRET, Provider
from tests.support.serving import served
from tests.support.worlds import DIALECTS

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc"),
]

THE_KEY = "the secret key of all tests, of no value"
KILLS, WRITES = 15, 2
WHEN = ("before", "after", "later")
CLIENTS, CHANGES = 8, 5
BEARER = {"Authorization": f"Bearer {SECRET}"}


class Deadly:
    """A provider that kills who asks, at the n-th request that writes: before it does what is
    asked, after it, or `later` seconds after it answered."""

    def __init__(self, app: Any, kill: Callable[[], None]) -> None:
        self.app, self.kill = app, kill
        self.left, self.when, self.later = 0, "", 0.0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" or "oauth" in environ["PATH_INFO"]:
            return self._answer(environ, start_response)
        self.left -= 1
        if self.left != 0:
            return self._answer(environ, start_response)
        answer = [] if self.when == "before" else list(self._answer(environ, start_response))
        if self.when == "later":
            gevent.spawn_later(self.later, self.kill)
            return answer
        self.kill()
        if self.when == "before":
            start_response("503 Service Unavailable", [("Content-Length", "0")])
        return answer

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        yield from self.app(environ, start_response)


class Installation:
    """Web processes over the account of a house, and an app that speaks to them."""

    def __init__(self, house: House, url: str, folder: Path, processes: int) -> None:
        self.house, self.port = house, free_port()
        environment = {"POLYTRUNK_DATABASE_URL": url, "POLYTRUNK_SECRET_KEY": THE_KEY,
                       "POLYTRUNK_RATE_LIMIT": "0"}  # fmt: skip
        bind = ["--bind", f"127.0.0.1:{self.port}", "--web", str(processes)]
        self.web = Process(["gateway", "web", *bind], environment, folder / "web.log")

    def kill(self) -> None:
        """SIGKILL to all that serve; their parent starts others."""
        for child in children(self.web.running.pid):
            os.kill(child, signal.SIGKILL)

    def change(self, method: str, path: str, body: Any = None) -> requests.Response:
        address = f"http://127.0.0.1:{self.port}/jambonz/v1/{path}"
        return requests.request(method, address, json=body, headers=BEARER, timeout=60)

    def gateway(self, carrier: str, address: str) -> requests.Response:
        """One change that stands for several requests: an address, a list, its attachment."""
        body = {"voip_carrier_sid": carrier, "ipv4": address, "inbound": True, "outbound": True}
        return self.change("POST", "SipGateways", body)

    def pass_time(self) -> None:
        """The holds of processes that are gone end."""
        with using(self.house.store), connection(), write():
            Lease.update(until=EPOCH).execute()


@contextmanager
def installed(
    house: House, there: Provider, url: str, store_url: str, folder: Path, processes: int
) -> Iterator[Installation]:
    house.reach.providers["there"] = there
    with using(house.store), connection():
        row = connections.add(
            house.ctx, UUID(ACCOUNT), DIALECTS["sinch"], name="there", base_url=url,
            secret=SECRET, settings={"key": KEY, "account": ACCOUNT, "rate": 1000},
        )  # fmt: skip
        connections.set_mode(house.ctx, row.uid, ConnectionMode.FORWARD)
    house.let_through("there")
    made = Installation(house, store_url, folder, processes)
    try:
        wait_for("web listens", lambda: answers(made.port), 30)
        yield made
    finally:
        made.web.stop()


def addresses(one: House | Provider) -> Counter[str]:
    """How often each address that is dialled is there."""
    told = one.bundle() if isinstance(one, House) else one.exported()
    return Counter(
        row["address"] for row in told.get("endpoints", ()) if row.get("dials") and "address" in row
    )


@pytest.fixture
def there(opened: Callable[[str], Store]) -> Provider:
    return provider(opened, "sinch")


def test_killed_anywhere_both_sides_tell_the_same(
    house: House, there: Provider, store_url: str, tmp_path: Path
) -> None:
    rng, deadly = random.Random(11), Deadly(there.wire.app, lambda: None)
    answered: Counter[str] = Counter()
    with (
        served(deadly) as url,
        installed(house, there, url, store_url, tmp_path, 1) as installation,
    ):
        deadly.kill = installation.kill
        body = {"name": "pstn", "account_sid": ACCOUNT}
        carrier = installation.change("POST", "VoipCarriers", body).json()["sid"]
        for number in range(KILLS):
            before = children(installation.web.running.pid)
            deadly.left, deadly.when = rng.randint(1, WRITES), rng.choice(WHEN)
            deadly.later = rng.random() * 0.02
            address = f"192.0.2.{number + 1}"
            try:
                answer = str(installation.gateway(carrier, address).status_code)
            except (requests.ConnectionError, ChunkedEncodingError):  # killed before or while
                answer = "none"
            answered[answer] += 1
            wait_for("others serve", lambda old=before: _anew(installation, old), 30)  # type: ignore[misc]
            deadly.left = 0
            installation.pass_time()
            after = installation.gateway(carrier, f"198.51.100.{number + 1}")
            assert after.status_code == 201, after.text
            assert differing(house, "there") == {}
            ours, theirs = addresses(house), addresses(there)
            assert ours == theirs
            assert set(ours.values()) == {1}
            assert ours[f"198.51.100.{number + 1}"] == 1
            assert answer != "201" or ours[address] == 1
        assert answered["none"] > KILLS // 2
        with using(house.store), connection():
            states = Counter(str(run.state) for run in SyncRun.select())
        assert states["undone"] > 2
        assert states.keys() == {"applied", "undone"}


def _anew(installation: Installation, before: list[int]) -> bool:
    now = children(installation.web.running.pid)
    return bool(now) and not set(now) & set(before)


def test_many_changes_at_once_are_made_one_by_one(
    house: House, there: Provider, store_url: str, tmp_path: Path
) -> None:
    with (
        served(there.wire.app) as url,
        installed(house, there, url, store_url, tmp_path, 2) as installation,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        body = {"name": "pstn", "account_sid": ACCOUNT}
        carrier = installation.change("POST", "VoipCarriers", body).json()["sid"]

        def client(number: int) -> tuple[set[str], list[requests.Response]]:
            """Make addresses and take every other one away; those that are left, and no's."""
            kept, refused = set(), []
            for change in range(CHANGES):
                address = f"192.0.2.{number * CHANGES + change}"
                made = installation.gateway(carrier, address)
                if made.status_code != 201:
                    refused.append(made)
                    continue
                kept.add(address)
                if change % 2:
                    path = f"SipGateways/{made.json()['sid']}"
                    gone = installation.change("DELETE", path)
                    refused += [gone] * (gone.status_code != 204)
                    kept -= {address} if gone.status_code == 204 else set()
            return kept, refused

        found = list(pool.map(client, range(CLIENTS)))
    for answer in (one for _, refused in found for one in refused):
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), answer.text
        assert "goes to its provider now" in answer.json()["msg"]
    kept = {address for addresses, _ in found for address in addresses}
    assert addresses(house) == addresses(there) == Counter(kept)
    assert len(kept) > CLIENTS
    assert differing(house, "there") == {}
    with using(house.store), connection():
        assert {row.until for row in Lease.select() if row.name.startswith("move:")} == {EPOCH}
