"""Accounts, addresses and numbers: what is shown, replaced, and who is who."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.domain.principal import Principal, Scope
from gateway.models import Account, Number
from gateway.services import bundles
from gateway.universe import Universe
from tests.adapters.callable import world
from tests.adapters.callable.samples import ADDRESS
from tests.adapters.callable.world import BASE, hex24
from tests.support.contract import ContractClient
from tests.support.snapshots import nothing_changes

Connect = Callable[..., ContractClient]
ACCOUNTS = "/api/v1/account"


def test_the_organisation_and_its_accounts(client: ContractClient) -> None:
    organisation = client.get("/api/v1/userAccounts/me").json
    assert organisation == {"id": hex24(world.ORGANISATION), "name": "owners organisation"}
    assert client.get(ACCOUNTS).json == [
        {"id": hex24(world.ALPHA), "name": "owners pizzas"},
        {"id": hex24(world.BETA), "name": "taxis"},
    ]
    assert client.get(BASE).json == {
        "id": hex24(world.ALPHA), "name": "owners pizzas", "mbn": "441234567890",
        "domain": "ownerspizzas",
    }  # fmt: skip


def test_an_account_lives(client: ContractClient) -> None:
    """Made, read, replaced with what is left out cleared, and gone with all it had."""
    made = client.post(ACCOUNTS, json={"name": "new", "mbn": "+441632960100", "domain": "new"})
    path = f"{ACCOUNTS}/{made.json['id']}"
    assert made.headers["Location"].endswith(path)
    whole = {"id": made.json["id"], "name": "new", "mbn": "441632960100", "domain": "new"}
    assert client.get(path).json == whole
    address = client.get(f"{path}/address").json
    assert set(address) == set(ADDRESS)
    assert set(address.values()) == {None}
    assert client.put(path, json={"id": "other", "name": "renamed"}).status_code == 204
    assert client.get(path).json == {**whole, "name": "renamed", "mbn": None, "domain": None}
    client.post(f"{path}/trunk", json={"ip": "192.0.2.50"})
    client.post(f"{path}/ddi", json={"ddis": [{"name": "441632960101"}]})
    assert client.delete(path).status_code == 204
    for gone in (path, f"{path}/address", f"{path}/trunk"):
        assert client.get(gone).status_code == 404
    assert client.delete(path).status_code == 404


def test_an_address_is_replaced(client: ContractClient) -> None:
    answer = client.put(f"{BASE}/address", json=ADDRESS, content_type=None)
    assert (answer.status_code, answer.data, answer.mimetype) == (204, b"", None)
    assert client.get(f"{BASE}/address").json == ADDRESS


def test_numbers(client: ContractClient) -> None:
    """Oldest first; those of the provider's inventory are taken from there."""
    first = {"id": hex24(world.DDI), "name": "441632960001"}
    second = {"id": hex24(world.SPARE_DDI), "name": "441632960002"}
    assert client.get(f"{BASE}/ddi").json == [first, second]
    assert client.get(f"{BASE}/ddi/{first['id']}").json == first
    names = ["441632960009", "12065550100"]
    made = client.post(f"{BASE}/ddi", json={"ddis": [{"name": n} for n in names]})
    assert [one["name"] for one in made.json] == names
    assert client.get(f"{BASE}/ddi/{made.json[0]['id']}").json == made.json[0]
    stored = {n.e164: n.from_inventory for n in Number.select() if n.e164.endswith("0009")}
    assert stored == {"+441632960009": True}
    assert len(client.get(f"{BASE}/ddi").json) == 4


def test_numbers_are_put_in_together_or_not_at_all(client: ContractClient) -> None:
    for taken in ("441632960001", "441632960003", "441632960050"):
        wanted = [{"name": "441632960050"}, {"name": "+441632960051"}, {"name": taken}]
        with nothing_changes():
            answer = client.post(f"{BASE}/ddi", json={"ddis": wanted})
        assert (answer.status_code, answer.json["messages"]) == (400, ["Not Unique"])
        assert answer.json["errors"] == [f"ddis[2]: {taken}"]


def test_ids_of_the_real_service(universe: Universe, connect: Connect) -> None:
    """An organisation and accounts that came from elsewhere keep the ids they had there."""
    names = {"organisation": "3h74872eb0731b38efa4d556", world.ALPHA: "5554872eb0731b38efa4d4zz"}
    bundle: dict[str, Any] = world.bundle()
    bundle["aliases"] = [
        {"dialect": "callable", "kind": kind, "object": ref, "foreign_id": names[ref]}
        for kind, ref in (("service_provider", "organisation"), ("account", world.ALPHA))
    ]
    bundles.load(universe.context(Principal(Scope.ADMIN)), bundle)
    client, account = connect(), names[world.ALPHA]
    assert client.get("/api/v1/userAccounts/me").json["id"] == names["organisation"]
    assert client.get(ACCOUNTS).json[0]["id"] == account
    assert client.get(f"{ACCOUNTS}/{account}").json["id"] == account
    assert client.get(f"{ACCOUNTS}/{account}/ddi").json[0]["name"] == "441632960001"
    assert connect(world.KEY).get(f"{ACCOUNTS}/{account}").json["id"] == account
    assert connect(world.FOREIGN_USER).get(f"{ACCOUNTS}/{account}").status_code == 404
    assert Account.select().where(Account.name == "owners pizzas").count() == 1
