"""The world of the forwarding cases: providers in an emulator, and accounts of ours beside them.

One account is ours alone, one is held at a Flowroute provider and one in a Sinch project; all hold
the same number of things. What is measured is what the dialects and the provider add.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from emulators.bench import load, processes
from emulators.bench.apis import JSON_API
from emulators.bench.processes import Child
from gateway.dialect import discover
from gateway.domain.context import Context
from gateway.domain.words import ConnectionMode
from gateway.models.database import connection, upgrade
from gateway.reach import Reach
from gateway.services import bundles, connections, message_routes, pairing
from gateway.settings import Settings
from gateway.universe import make_universe

PROVIDER = "40000000-0000-4000-8000-000000000001"
SECRET = "bench-secret-0123456789abcdef"
NUMBERS, ROUTES = 100, 3
MOST_A_SECOND = 100_000.0


@dataclass(frozen=True)
class Held:
    """An account; `first` is its first number, `dialect` its provider's, empty without one."""

    name: str
    uid: str
    first: int
    dialect: str = ""

    @property
    def headers(self) -> dict[str, str]:
        login = base64.b64encode(f"{self.name}:{SECRET}".encode()).decode()
        return {"Authorization": f"Basic {login}", "Accept": "*/*", "Content-Type": JSON_API}


ALONE = Held("alone", "40000000-0000-4000-8000-000000000002", 12065560000)
SAME = Held("same", "40000000-0000-4000-8000-000000000003", 12065570000, "flowroute")
CROSS = Held("cross", "40000000-0000-4000-8000-000000000004", 12065580000, "sinch")


def bundle(held: Held, numbers: int) -> dict[str, Any]:
    """The account with routes; its numbers take the first and the second one in turns."""
    own = {"service_provider": PROVIDER, "account": held.uid}
    routes = [
        {**own, "ref": f"route-{number}", "trunk": "default", "name": f"sbc-{number}",
         "kind": "host", "address": address(number), "dials": True, "route_number": number}
        for number in range(1, ROUTES + 1)
    ]  # fmt: skip
    return {
        **_account(held),
        "trunks": [
            {**own, "ref": "default", "name": "default", "host_name": held.name, "is_auto": True}
        ],
        "endpoints": routes,
        "numbers": [
            {**own, "e164": f"+{held.first + index}", "trunk": "default", "handling": "endpoint",
             "primary_endpoint": f"route-{index % 2 + 1}"}
            for index in range(numbers)
        ],
    }  # fmt: skip


def project(held: Held, numbers: int) -> dict[str, Any]:
    """The same where calls go by the trunk that a number is on: a trunk for each route in use."""
    own = {"service_provider": PROVIDER, "account": held.uid}
    names = {number: address(number) for number in range(1, ROUTES)} | {ROUTES: "default"}
    return {
        **_account(held),
        "trunks": [
            {**own, "ref": name, "name": name, "host_name": f"bench-{number}"}
            for number, name in names.items()
        ],
        "endpoints": [
            {**own, "trunk": name, "name": f"sbc-{number}", "kind": "host",
             "address": address(number), "dials": True, "priority": 1}
            for number, name in names.items()
        ],
        "numbers": [
            {**own, "e164": f"+{held.first + index}", "trunk": names[index % 2 + 1]}
            for index in range(numbers)
        ],
    }  # fmt: skip


def address(number: int) -> str:
    """Where a route of an account leads."""
    return f"192.0.2.{number}"


def _account(held: Held) -> dict[str, Any]:
    own = {"service_provider": PROVIDER, "account": held.uid}
    return {
        "polytrunk": 1,
        "service_providers": [{"uid": PROVIDER, "name": "bench"}],
        "accounts": [{"uid": held.uid, "service_provider": PROVIDER, "name": held.name}],
        "access_keys": [{**own, "scope": "account", "key_id": held.name, "secret": SECRET}],
    }


def link(sink_port: int) -> dict[str, Any]:
    """A carrier at the sink, for the account that has no provider."""
    carrier = {
        "ref": "sink", "service_provider": PROVIDER, "account": ALONE.uid, "name": "sink",
        "smpp_system_id": "bench", "smpp_password": "bench",
    }  # fmt: skip
    way = {"trunk": "sink", "host": "127.0.0.1", "port": sink_port, "is_primary": True}
    settings = {"dials": True, "enabled": True, "settings": {"window": 100}}
    return {"polytrunk": 1, "trunks": [carrier], "smpp_links": [{**way, **settings}]}


class Emulated:
    """The emulator process, a universe for each account that is held at a provider."""

    def __init__(self, log: Path, numbers: int) -> None:
        program = processes.polytrunk("emulate", "--port", "0", "--smsc-port", "0")
        self.process = Child(program, log)
        try:
            self._url = str(self.process.line()["url"])
            self.urls = {
                SAME.name: self._universe(SAME, bundle(SAME, numbers)),
                CROSS.name: self._universe(CROSS, project(CROSS, numbers)),
            }
        except BaseException:
            self.stop()
            raise

    def _universe(self, held: Held, holds: dict[str, Any]) -> str:
        wanted = {"name": held.name, "template": "empty"}
        url = str(control(self._url, "POST", "universes", wanted)["base_url"])
        control(url, "POST", "seed", holds)
        return url

    def asked(self, held: Held) -> int:
        """Requests to an account's provider so far."""
        return int(control(self.urls[held.name], "GET", "journal?kind=http&limit=1")["last"])

    def stop(self) -> None:
        self.process.stop()


def control(url: str, method: str, call: str, given: Any = None) -> Any:
    """A call of the emulator's control API. RuntimeError when it is refused."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    client = load.Client((parts.hostname, parts.port))
    body = b"" if given is None else json.dumps(given).encode()
    path, headers = f"{parts.path}/_emulator/api/{call}", {"Content-Type": "application/json"}
    try:
        status, answer = client.ask(load.request(method, path, parts.netloc, headers, body))
    finally:
        client.close()
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status} {answer.decode()[:300]}")
    return json.loads(answer)


def prepare(
    environment: Mapping[str, str], numbers: int, urls: Mapping[str, str], sink_port: int
) -> None:
    """Our database with all accounts, those at providers connected and let through."""
    settings, dialects = Settings.from_env(environment), discover()
    universe, reach = make_universe(settings), Reach(dialects)
    try:
        upgrade(universe.store)
        with universe.entered(), connection():
            ctx = universe.context()
            for one in (ALONE, SAME, CROSS):
                bundles.load(ctx, bundle(one, numbers))
            bundles.load(ctx, link(sink_port))
            for one in (SAME, CROSS):
                _connect(ctx, reach, one, urls[one.name])
    finally:
        reach.close()
        universe.close()


def _connect(ctx: Context, reach: Reach, held: Held, url: str) -> None:
    """As `connections add`, `connections mode` and `message-routes add` do."""
    settings = {"key": held.name, "account": held.uid, "rate": MOST_A_SECOND}
    if held is SAME:
        settings["messages"] = True
    account = UUID(held.uid)
    row = connections.add(
        ctx, account, reach.dialects[held.dialect], name=held.name, base_url=url, secret=SECRET,
        settings=settings,
    )  # fmt: skip
    found = pairing.match(ctx, reach.end(row))
    if found.ours:
        raise RuntimeError(f"{held.name}: its provider lacks {found.ours}")
    connections.set_mode(ctx, row.uid, ConnectionMode.FORWARD)
    if held is SAME:
        message_routes.add(ctx, account, "all", {"connection_uid": row.uid})
