"""Webhooks on their own: made, read, named by what uses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.models import Hook
from gateway.models.database import write
from tests.adapters.jambonz import world
from tests.adapters.jambonz.tenancy_rows import APP, HOOK, OLD_HOOK
from tests.support.contract import ContractClient

Connect = Callable[..., ContractClient]
URL = "https://customer.example/alone"
observed = pytest.mark.parametrize("profile", ["observed"])


def make(client: ContractClient, **members: str) -> str:
    answer = client.post("/v1/Webhooks", json={"url": URL, **members})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def test_a_hook_is_read_back(client: ContractClient) -> None:
    sid = make(client, method="GET", username="u", password="p")
    assert client.get(f"/v1/Webhooks/{sid}").json == {
        "webhook_sid": sid,
        "url": URL,
        "method": "get",
        "username": "u",
        "password": "p",
    }


@pytest.mark.parametrize("word", ["get", "GET", "Get"])
def test_methods_in_any_case(client: ContractClient, word: str) -> None:
    assert client.get(f"/v1/Webhooks/{make(client, method=word)}").json["method"] == "get"


@observed
def test_the_server_writes_upper_case(client: ContractClient, profile: str) -> None:
    assert client.get(f"/v1/Webhooks/{make(client)}").json["method"] == "POST"


@pytest.mark.parametrize(
    "url",
    ["http://a.example", "wss://a.example/ws", "https://u:p@a.example:8443/x?y=1#z",
     "https://[2001:db8::1]:8080/x", "http://localhost:3000/call"],
)  # fmt: skip
def test_addresses(client: ContractClient, url: str) -> None:
    assert client.get(f"/v1/Webhooks/{make(client, url=url)}").json["url"] == url


def test_who_sees_one(client: ContractClient, connect: Connect) -> None:
    """Its account, the provider of that and administrators; of the place it is in nobody asks."""
    for sid in (make(client), HOOK, OLD_HOOK):
        for who, status in (
            ("alpha", 200), ("provider", 200), ("admin", 200), ("beta", 404), ("rival", 404),
        ):  # fmt: skip
            assert connect(who).get(f"/v1/Webhooks/{sid}").status_code == status, who


def test_hooks_of_other_dialects_are_not_shown(client: ContractClient) -> None:
    sid = make(client)
    with write():
        Hook.update(dialect="elsewhere").where(Hook.uid == sid).execute()
    assert client.get(f"/v1/Webhooks/{sid}").status_code == 404
    answer = client.put(
        f"/v1/Applications/{APP}", json={"call_hook": {"webhook_sid": sid, "url": URL}}
    )
    assert (answer.status_code, answer.json) == (400, {"msg": "unknown call_hook"})


def test_nothing_calls_a_hook_that_nothing_uses(client: ContractClient) -> None:
    row = Hook.get(Hook.uid == make(client))
    assert (row.purpose, str(row.account_uid)) == ("none", world.ALPHA)
