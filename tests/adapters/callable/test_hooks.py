"""Hooks: what is kept, what is shown of their secrets, and who holds on to them."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from gateway.domain import hook_auth
from gateway.domain.principal import Principal, Scope
from gateway.models import Hook
from gateway.services import hooks
from gateway.universe import Universe
from tests.adapters.callable import world
from tests.adapters.callable.world import BASE
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

HOOKS = f"{BASE}/hook"
PLAIN = {"app": "event.generic", "url": "http://test.com/new"}
USUAL = {"authType": "DISABLED", "method": "POST", "priority": 10}
BASIC = base64.b64encode(b"ada:secret").decode()
KEY = {"apiKeyName": "X-Key", "apiKeyValue": "key"}
SECRET = {"apiSecretName": "ada", "apiSecretValue": "secret"}
WAYS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "DISABLED": ({**KEY, **SECRET}, {}),
    "KEY": ({**KEY}, {"X-Key": "key"}),
    "KEY_SECRET": ({**KEY, **SECRET}, {"X-Key": "key", "ada": "secret"}),
    "BASIC_AUTH": ({**SECRET}, {"Authorization": f"Basic {BASIC}"}),
}


def test_a_hook_lives(client: ContractClient) -> None:
    made = client.post(HOOKS, json=PLAIN)
    path = f"{HOOKS}/{made.json['id']}"
    assert made.headers["Location"].endswith(path)
    assert client.get(path).json == {**made.json, **PLAIN, **USUAL}
    other = {**PLAIN, "app": "flow.generic", "method": "GET", "priority": -1, "endpoint": "x"}
    assert client.put(path, json=other).status_code == 204
    assert client.get(path).json == {**made.json, **USUAL, **other}
    client.put(path, json={**PLAIN, "method": None})
    assert client.get(path).json == {**made.json, **PLAIN, **USUAL}
    assert client.get(HOOKS).json[-1] == client.get(path).json
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404


@pytest.mark.parametrize("way", WAYS)
def test_the_four_ways_to_show_who_calls(client: ContractClient, way: str) -> None:
    """Secrets are answered as stars and kept where stars come back; the receiver sees them."""
    members, headers = WAYS[way]
    made = client.post(HOOKS, json={**PLAIN, "authType": way, **members}).json
    path = f"{HOOKS}/{made['id']}"
    stars = {name: "***" for name in members if name.endswith("Value")}
    shown = client.get(path).json
    assert shown == {**made, **PLAIN, **USUAL, "authType": way, **members, **stars}
    assert client.put(path, json={**shown, "priority": 1}).status_code == 204
    row = Hook.get(Hook.uid == made["id"])
    assert (row.priority, hook_auth.headers(row)) == (1, headers)


def test_headers_where_nothing_says_how() -> None:
    """Hooks of dialects without a word for it: name and password where there is a name."""
    login = SimpleNamespace(username="ada", password="secret")
    assert hook_auth.headers(login) == {"Authorization": f"Basic {BASIC}"}
    assert hook_auth.headers(SimpleNamespace(username=None, password=None)) == {}


@pytest.mark.parametrize("way", ["KEY", "KEY_SECRET", "BASIC_AUTH"])
def test_a_way_needs_what_it_shows(client: ContractClient, way: str) -> None:
    members, _ = WAYS[way]
    for missing in members:
        body = {**PLAIN, "authType": way, **members}
        for wrong in (None, "***") if missing.endswith("Value") else (None,):
            with nothing_changes():
                answer = client.post(HOOKS, json={**body, missing: wrong})
            assert answer.status_code == 400
            assert answer.json["errors"] == [f"{missing}: is required to show who calls"]
    path = f"{HOOKS}/{world.EVENT_HOOK}"
    with nothing_changes():
        answer = client.put(path, json={**PLAIN, "authType": way})
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["X Key", "X:Key", "Ünder", "Content-Length", "X\r\nY", "host"])
def test_keys_are_named_as_headers_may_be(client: ContractClient, name: str) -> None:
    body = {**PLAIN, "authType": "KEY", "apiKeyValue": "x", "apiKeyName": name}
    with nothing_changes():
        answer = client.post(HOOKS, json=body)
    assert answer.json["errors"] == ["apiKeyName: must be the name of a header"]


def test_a_hook_that_a_device_names_stays(client: ContractClient) -> None:
    plugin: dict[str, Any] = {"plugin": world.HOOK}
    client.post(f"{BASE}/device", json={"type": "PLUGIN", "name": "own", "plugin": plugin})
    path = f"{HOOKS}/{world.HOOK}"
    for method, body in (("DELETE", None), ("PUT", PLAIN)):
        with nothing_changes():
            answer = client.open(method, path, **({"json": body} if body else {}))
        assert (answer.status_code, answer.json["messages"]) == (409, ["In use"])
    assert client.put(path, json={**PLAIN, "app": "flow.generic"}).status_code == 204


def test_hooks_of_other_dialects_are_not_shown(client: ContractClient, universe: Universe) -> None:
    account = Principal(Scope.ACCOUNT, account_uid=UUID(world.ALPHA))
    before = client.get(HOOKS).json
    hooks.put(universe.context(account), "sms", "http://test.com/sms", dialect="flowroute")
    assert client.get(HOOKS).json == before
