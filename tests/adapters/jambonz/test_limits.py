"""Limits of accounts and providers: set, read and taken away by category."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from gateway.domain.words import LimitCategory
from gateway.models import Limit
from gateway.services import limits
from tests.adapters.jambonz import world
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock
from tests.support.snapshots import nothing_changes

Connect = Callable[..., ContractClient]
OF_ACCOUNT = f"/v1/Accounts/{world.ALPHA}/Limits"
OF_PROVIDER = f"/v1/ServiceProviders/{world.PROVIDER}/Limits"
observed = pytest.mark.parametrize("profile", ["observed"])


@pytest.fixture
def provider(connect: Connect) -> ContractClient:
    return connect("provider")


def put(client: ContractClient, path: str, category: str, quantity: int) -> str:
    answer = client.post(path, json={"category": category, "quantity": quantity})
    assert answer.status_code == 201, answer.text
    return str(answer.json["sid"])


def read(client: ContractClient, path: str) -> dict[str, int]:
    return {row["category"]: row["quantity"] for row in client.get(path).json}


@pytest.mark.parametrize("path", [OF_ACCOUNT, OF_PROVIDER], ids=["account", "provider"])
def test_a_second_time_changes_the_first(provider: ContractClient, path: str) -> None:
    first = put(provider, path, "devices", 3)
    assert put(provider, path, "devices", 5) == first
    assert read(provider, path)["devices"] == 5
    assert Limit.get(Limit.uid == first).quantity == 5
    with nothing_changes():
        assert put(provider, path, "devices", 5) == first


def test_categories_are_apart(provider: ContractClient) -> None:
    provider.delete(OF_ACCOUNT)
    for number, category in enumerate(("voice_call_session", "api_limit", "devices")):
        put(provider, OF_ACCOUNT, category, number)
    assert provider.get(OF_ACCOUNT).json == [
        {"category": "voice_call_session", "quantity": 0},
        {"category": "api_limit", "quantity": 1},
        {"category": "devices", "quantity": 2},
    ]
    assert provider.get(f"{OF_ACCOUNT}?category=devices").json == [
        {"category": "devices", "quantity": 2}
    ]
    assert read(provider, OF_PROVIDER) == {}


@pytest.mark.parametrize(("theirs", "ours"), [("api_rate", "api_limit"), ("device", "devices")])
def test_the_servers_words_are_read(provider: ContractClient, theirs: str, ours: str) -> None:
    sid = put(provider, OF_ACCOUNT, theirs, 9)
    assert put(provider, OF_ACCOUNT, ours, 9) == sid
    assert read(provider, f"{OF_ACCOUNT}?category={theirs}") == {ours: 9}


@observed
def test_the_server_writes_its_own_words(provider: ContractClient, profile: str) -> None:
    provider.delete(OF_ACCOUNT)
    for category in ("voice_call_session", "api_limit", "devices"):
        put(provider, OF_ACCOUNT, category, 1)
    assert read(provider, OF_ACCOUNT) == {"voice_call_session": 1, "api_rate": 1, "device": 1}


@pytest.mark.parametrize("path", [OF_ACCOUNT, OF_PROVIDER], ids=["account", "provider"])
def test_they_are_taken_away(provider: ContractClient, path: str) -> None:
    put(provider, path, "devices", 1)
    put(provider, path, "api_limit", 200)
    for _ in range(2):  # what is not there is no error
        assert provider.delete(f"{path}?category=devices").status_code == 204
    assert read(provider, path)["api_limit"] == 200
    assert "devices" not in read(provider, path)
    assert provider.delete(path).status_code == 204
    assert read(provider, path) == {}


def test_an_account_reads_its_limits_and_sets_none(
    provider: ContractClient, client: ContractClient
) -> None:
    put(provider, OF_ACCOUNT, "devices", 4)
    assert read(client, OF_ACCOUNT)["devices"] == 4
    for answer in (
        client.post(OF_ACCOUNT, json={"category": "devices", "quantity": 400}),
        client.delete(OF_ACCOUNT),
    ):
        assert answer.status_code == 403
        assert answer.json["message"] == "insufficient privileges"
    assert read(client, OF_ACCOUNT)["devices"] == 4


def test_services_ask_for_a_quantity(provider: ContractClient) -> None:
    put(provider, OF_ACCOUNT, "devices", 4)
    assert limits.quantity(UUID(world.ALPHA), LimitCategory.DEVICES) == 4
    assert limits.quantity(UUID(world.BETA), LimitCategory.DEVICES) is None


# requests


def told(client: ContractClient, path: str) -> list[tuple[str, str]]:
    """Type and message of the alerts that came of requests."""
    page = client.get(f"{path}/Alerts?page=1&count=25").json
    found = [(row["alert_type"], row["message"]) for row in page["data"]]
    return [alert for alert in found if "API requests" in alert[1]]


def test_requests_above_the_limit_of_an_account(
    provider: ContractClient, client: ContractClient, connect: Connect, clock: Clock
) -> None:
    put(provider, OF_ACCOUNT, "api_limit", 2)
    for _ in range(2):
        assert client.get("/v1/Applications").status_code == 200
    for _ in range(2):
        answer = client.post("/v1/Applications", json={"name": "one too many"})
        assert answer.status_code == 429
        assert answer.json == {"msg": "Too many requests, please try again later."}
        assert answer.headers["Retry-After"] == "30"
    assert connect("beta").get("/v1/Applications").status_code == 200
    clock.advance(30)
    assert client.get("/v1/Applications").status_code == 200
    assert client.get("/v1/Applications").status_code == 429
    alert = ("api-limit", "the account has reached its limit of API requests a minute")
    assert told(provider, f"/v1/ServiceProviders/{world.PROVIDER}") == [alert]
    provider.delete(OF_ACCOUNT)
    assert told(client, f"/v1/Accounts/{world.ALPHA}") == [alert]


@observed
def test_requests_above_the_limit_of_a_provider(
    provider: ContractClient, client: ContractClient, connect: Connect, profile: str
) -> None:
    """It counts what its accounts ask, too; nobody else is held up."""
    put(connect("admin"), OF_PROVIDER, "api_limit", 2)
    assert client.get("/v1/Applications").status_code == 200
    assert connect("beta").get("/v1/Applications").status_code == 200
    for who in (provider, client):
        answer = who.get("/v1/Applications")
        assert (answer.status_code, answer.mimetype) == (429, "text/plain")
        assert answer.text == "Too many requests, please try again later."
    assert connect("rival").get("/v1/Accounts").status_code == 200
    text = "the service provider has reached its limit of API requests a minute"
    alerts = told(connect("admin"), f"/v1/ServiceProviders/{world.PROVIDER}")
    assert alerts == [("service-provider-api-limit", text)]
    put(connect("admin"), OF_PROVIDER, "api_limit", 0)
    assert client.get("/v1/Applications").headers["Retry-After"] == "60"
