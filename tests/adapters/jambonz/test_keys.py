"""API keys: whose they become, what they open and until when, what lists tell of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.models import AccessKey
from gateway.settings import Settings
from tests.adapters.jambonz import world
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock
from tests.support.snapshots import snapshot

Connect = Callable[..., ContractClient]
OWN = f"/v1/Accounts/{world.ALPHA}"
OF_PROVIDER = f"/v1/ServiceProviders/{world.PROVIDER}/ApiKeys"
observed = pytest.mark.parametrize("profile", ["observed"])


@pytest.fixture
def shows() -> bool:
    return True


@pytest.fixture
def settings(settings: Settings, shows: bool) -> Settings:
    return replace(settings, show_tokens=shows)


def make(client: ContractClient, **members: Any) -> dict[str, str]:
    answer = client.post("/v1/ApiKeys", json=members)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def opened(connect: Connect, key: dict[str, str], path: str) -> int:
    client = connect({"Authorization": f"Bearer {key['token']}"})
    return client.client.get(path, headers=client.headers).status_code


def listed(client: ContractClient, path: str = f"{OWN}/ApiKeys") -> dict[str, dict[str, Any]]:
    return {row["api_key_sid"]: row for row in client.get(path).json}


def test_an_account_makes_keys_for_itself(client: ContractClient, connect: Connect) -> None:
    key = make(client, account_sid=world.ALPHA)
    assert UUID(key["token"]).version == 4
    assert opened(connect, key, OWN) == 200
    shown = listed(client)[key["sid"]]
    assert shown.pop("last_used") in (None, "2026-03-01T12:00:00.000Z")  # written beside
    assert shown == {
        "api_key_sid": key["sid"],
        "token": key["token"],
        "account_sid": world.ALPHA,
        "service_provider_sid": None,
        "expires_at": None,
        "created_at": "2026-03-01T12:00:00.000Z",
    }
    assert key["token"] not in str(snapshot())  # hashed and encrypted at rest


def test_the_scope_is_that_of_the_sids(connect: Connect) -> None:
    admin = connect("admin")
    gamma, rival = f"/v1/Accounts/{world.GAMMA}", f"/v1/ServiceProviders/{world.RIVAL}"
    paths = (OWN, f"/v1/ServiceProviders/{world.PROVIDER}", gamma, rival)

    def reach(**members: Any) -> list[int]:
        key = make(admin, **members)
        return [opened(connect, key, path) for path in paths]

    of_account, of_provider = {"account_sid": world.ALPHA}, {"service_provider_sid": world.PROVIDER}
    assert reach(**of_account) == [200, 403, 404, 403]
    assert reach(**of_provider) == [200, 200, 404, 404]
    assert reach(**of_account, **of_provider) == [200, 200, 404, 404]
    assert reach() == [200, 200, 200, 200]


def test_a_provider_makes_keys_for_itself_and_its_accounts(connect: Connect) -> None:
    provider = connect("provider")
    own = make(provider, service_provider_sid=world.PROVIDER)
    account = make(provider, account_sid=world.BETA)
    assert own["sid"] in listed(provider, OF_PROVIDER)
    assert account["sid"] not in listed(provider, OF_PROVIDER)
    assert account["sid"] in listed(provider, f"/v1/Accounts/{world.BETA}/ApiKeys")


def test_a_key_opens_something_until_it_expires(
    client: ContractClient, connect: Connect, clock: Clock
) -> None:
    key = make(client, account_sid=world.ALPHA, expiry_secs=60)
    assert listed(client)[key["sid"]]["expires_at"] == "2026-03-01T12:01:00.000Z"
    clock.now = world.NOW + timedelta(seconds=59)
    assert opened(connect, key, OWN) == 200
    clock.now = world.NOW + timedelta(seconds=60)
    assert opened(connect, key, OWN) == 401


def test_a_deleted_key_opens_nothing_and_is_in_no_list(
    client: ContractClient, connect: Connect
) -> None:
    key = make(client, account_sid=world.ALPHA)
    answer = client.delete(f"/v1/Apikeys/{key['sid']}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert opened(connect, key, OWN) == 401
    assert key["sid"] not in listed(client)
    assert client.delete(f"/v1/Apikeys/{key['sid']}").status_code == 404
    assert AccessKey.get(AccessKey.uid == key["sid"]).revoked_at is not None


@observed
def test_the_server_answers_204_to_a_delete(client: ContractClient, profile: str) -> None:
    key = make(client, account_sid=world.ALPHA)
    assert client.delete(f"/v1/Apikeys/{key['sid']}").status_code == 204


def test_both_spellings_of_the_path(client: ContractClient) -> None:
    """The document has one of its own; routes are found in any case."""
    path = f"/v1/ApiKeys/{make(client, account_sid=world.ALPHA)['sid']}"
    assert client.client.delete(path, headers=client.headers).status_code == 200


def test_only_who_sees_a_key_takes_it_away(client: ContractClient, connect: Connect) -> None:
    admin = connect("admin")
    of_nobody, of_provider = make(admin), make(admin, service_provider_sid=world.PROVIDER)
    own = make(client, account_sid=world.ALPHA)
    refused = [
        ("alpha", of_nobody), ("alpha", of_provider), ("beta", own), ("provider", of_nobody),
        ("rival", own), ("rival", of_provider),
    ]  # fmt: skip
    for who, key in refused:
        assert connect(who).delete(f"/v1/Apikeys/{key['sid']}").status_code == 404, who
    assert connect("provider").delete(f"/v1/Apikeys/{own['sid']}").status_code == 200
    assert connect("provider").delete(f"/v1/Apikeys/{of_provider['sid']}").status_code == 200
    assert admin.delete(f"/v1/Apikeys/{of_nobody['sid']}").status_code == 200


def test_a_list_costs_one_statement(client: ContractClient, context: Any, counted: Any) -> None:
    from gateway.services import keys

    for _ in range(4):
        make(client, account_sid=world.ALPHA)
    ctx = context()
    with counted() as said:
        assert len(keys.of_owner(ctx)) >= 5
    assert len(said) == 1


@pytest.mark.parametrize("shows", [False])
def test_tokens_are_masked_where_the_settings_say_so(client: ContractClient, shows: bool) -> None:
    key = make(client, account_sid=world.ALPHA)
    assert listed(client)[key["sid"]]["token"] == key["token"][:6] + "X" * 30
    assert world.SECRETS["alpha"] not in client.get(f"{OWN}/ApiKeys").text
