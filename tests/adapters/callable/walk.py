"""One pass through everything the contract names: operations, parameters, members, statuses.

What this walk sees is the coverage table of the docs, so it is the same on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emulators.coverage import Coverage
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models.database import connection, open_store, upgrade, using
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.callable import channel_rows, device_rows, world
from tests.adapters.callable.world import BASE
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.stores import KEYRING

# Members the answers carry beyond the seed (the adapter's README says why each is there).
HOOKS = ("apiKeyName", "apiKeyValue", "apiSecretName", "apiSecretValue", "endpoint")
BEYOND = device_rows.BEYOND | channel_rows.BEYOND | {f"Hook.{name}" for name in HOOKS}
UNSEEN: Mapping[str, str] = {}


def coverage() -> Coverage:
    """What a walk over a fresh world sees of the contract; every answer is judged on the way."""
    seen = Coverage("callable", load_contract("callable"))
    with _world() as universe:
        client = _client(universe, seen)
        for step in (_accounts, _trunks, _hooks, _devices, _calls):
            step(client)
        _refusals(client)
    return seen


def _client(universe: Universe, seen: Coverage) -> ContractClient:
    """Signed in as an app does it: by form."""
    app = apps.over(universe)
    client = ContractClient(
        app, seen.document, coverage=seen, served=apps.served(app, "callable"), beyond=BEYOND
    )
    login = {"username": "demo", "password": world.PASSWORD}
    first = client.post("/api/v1/oauth/authorize", json=login).json
    token = {"token": first["refresh_token"]}
    tokens = client.post("/api/v1/oauth/authorize", json=token).json
    client.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return client


@contextmanager
def _world() -> Iterator[Universe]:
    store = open_store("sqlite:///:memory:", keyring=KEYRING)
    with using(store), connection():
        upgrade(store)
        settings = Settings(database_url="sqlite:///:memory:", secret_key="x" * 32, rate_limit=0)
        runtime = Runtime(clock=lambda: world.NOW, rng=random.Random(7))
        universe = Universe(store=store, runtime=runtime, settings=settings)
        bundles.load(universe.context(Principal(Scope.ADMIN)), channel_rows.bundle())
        yield universe
    store.close()


def _accounts(client: ContractClient) -> None:
    client.get("/api/v1/userAccounts/me")
    client.get("/api/v1/account")
    client.get(BASE)
    address = client.get(f"{BASE}/address").json
    client.put(f"{BASE}/address", json=address)
    client.get(f"{BASE}/ddi")


def _replaced(client: ContractClient, path: str, body: dict[str, Any]) -> None:
    """Made, read, replaced and listed."""
    one = f"{path}/{client.post(path, json=body).json['id']}"
    client.put(one, json=client.get(one).json)
    client.get(path)


def _trunks(client: ContractClient) -> None:
    formats = {"callerFormat": "national", "calledFormat": "e164p"}
    place = {"vendor": "generic", "zone": "eu-west-1", "countryCode": "GB", "description": "x"}
    _replaced(client, f"{BASE}/trunk", {"ip": "198.51.100.1", "port": 5061, **formats, **place})


def _hooks(client: ContractClient) -> None:
    usual = {"authType": "DISABLED", "method": "POST", "priority": 10}
    _replaced(client, f"{BASE}/hook", {"app": "event.generic", "url": "http://a.com/", **usual})


def _devices(client: ContractClient) -> None:
    for type_ in ("SIP_GATEWAY", "ROUTE_START"):
        _replaced(client, f"{BASE}/device", device_rows.device(type_))


def _calls(client: ContractClient) -> None:
    targets = (
        channel_rows.PHONE,
        channel_rows.SIP,
        {"device": {"id": device_rows.GATEWAY}},
        {"extension": {"extension": "601", "overrideTo": "201"}},
    )
    dial = {"callerId": "+441632960001", "timeout": 10, "timeLimit": 60, "targets": [targets[0]]}
    verbs = [
        {"dial": dial},
        {"say": {"text": ["Hello"]}},
        {"play": {"url": "http://a.com/a.mp3"}},
        {"gather": {"numDigits": 1}},
        {"redirect": {"device": {"id": device_rows.SPOKEN}}},
        {"hangup": {"reason": "call-complete"}},
    ]
    for target in targets:
        body = {"callerId": "+441632960001", "tag": {"data": {"a": "b"}}, "target": target}
        client.post(f"{BASE}/channels/voice", json={**body, "verbs": verbs})
    rejected = [{"reject": {"rejectType": "BUSY_HERE"}}]
    client.post(f"{BASE}/channels/voice", json={"target": targets[0], "verbs": rejected})


def _refusals(client: ContractClient) -> None:
    """Both forms of an error."""
    client.post(f"{BASE}/trunk", json={"ip": "here"})
    client.post("/api/v1/oauth/authorize", json={"username": "demo", "password": "wrong"})
