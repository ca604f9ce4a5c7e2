"""One pass through everything the contract names: operations, parameters, members, words, statuses.

What this walk sees is the coverage table of the docs, so it is the same on every machine.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from emulators.coverage import Coverage
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models.database import connection, open_store, upgrade, using
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.sinch import world
from tests.adapters.sinch.world import BASE, ulid
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.stores import KEYRING

# Members the answers carry beyond the seed (the adapter's README says why each is there).
BEYOND = frozenset({".size", "Pagination.size", "SipEndpoint.credentialUsername"})
UNSEEN: Mapping[str, str] = {}


def coverage() -> Coverage:
    """What a walk over a fresh world sees of the contract; every answer is judged on the way."""
    seen = Coverage("sinch", load_contract("sinch-est"))
    for step in (_trunks, _lists, _others, _refusals):
        with _world() as universe:
            step(_client(universe, seen))
    with _world() as universe:
        settings = universe.settings.but(rate_limit=0.001, rate_burst=1)
        client = _client(dataclasses.replace(universe, settings=settings), seen)
        for _ in range(2):
            client.get(f"{BASE}/trunks")
    return seen


def _client(universe: Universe, seen: Coverage) -> ContractClient:
    app = apps.over(universe)
    return ContractClient(
        app,
        seen.document,
        coverage=seen,
        served=apps.served(app, "sinch"),
        beyond=BEYOND,
        headers=world.key("alpha"),
    )


@contextmanager
def _world() -> Iterator[Universe]:
    store = open_store("sqlite:///:memory:", keyring=KEYRING)
    with using(store), connection():
        upgrade(store)
        settings = Settings(database_url="sqlite:///:memory:", secret_key="x" * 32, rate_limit=0)
        runtime = Runtime(clock=lambda: world.NOW, rng=random.Random(7))
        universe = Universe(store=store, runtime=runtime, settings=settings)
        bundles.load(universe.context(Principal(Scope.ADMIN)), world.bundle())
        yield universe
    store.close()


PAGE = "page=1&pageSize=10"


def _trunks(client: ContractClient) -> None:
    whole = {
        "name": "whole",
        "hostName": "whole",
        "enableCallerName": True,
        "enableCallForward": True,
        "callForwardNumber": "+12065550123",
    }
    made = client.post(f"{BASE}/trunks", json=whole).json
    one = f"{BASE}/trunks/{made['id']}"
    client.get(one)
    client.put(one, json={**whole, "name": "other"})
    client.get(f"{BASE}/trunks?{PAGE}&domain=whole.pstn.sinch.com")
    for number, transport in enumerate(("TCP", "UDP", "TLS"), start=1):
        body = {
            "name": f"e{number}",
            "address": f"192.0.2.{number}",
            "port": 5060,
            "transport": transport,
            "priority": number,
            "enabled": True,
        }
        client.post(f"{one}/endpoints", json=body)
    user = {"name": "u", "priority": 1, "isRegistered": True, "credentialUserName": "ada"}
    endpoint = client.post(f"{one}/endpoints", json=user).json["id"]
    client.get(f"{one}/endpoints?{PAGE}")
    client.get(f"{one}/endpoints/{endpoint}")
    client.put(f"{one}/endpoints/{endpoint}", json={**user, "priority": 2})
    for row in client.get(f"{one}/endpoints").json["endpoints"]:
        client.delete(f"{one}/endpoints/{row['id']}")
    client.delete(one)


def _lists(client: ContractClient) -> None:
    rows = [{"description": "wing", "ipAddress": "10.0.0.0", "range": 8}]
    acl = client.post(
        f"{BASE}/accessControlLists", json={"name": "a", "enabled": True, "ipRanges": rows}
    ).json["id"]
    one = f"{BASE}/accessControlLists/{acl}"
    client.get(f"{BASE}/accessControlLists?{PAGE}")
    client.put(one, json={"name": "b", "enabled": False})
    made = client.post(f"{one}/ipRanges", json={"ipAddress": "10.0.1.1"}).json["id"]
    client.put(f"{one}/ipRanges/{made}", json={"ipAddress": "10.0.1.2", "range": 31})
    client.get(f"{one}/ipRanges?{PAGE}")
    client.delete(f"{one}/ipRanges/{made}")
    trunk = f"{BASE}/trunks/{ulid(world.SPARE)}"
    client.post(f"{trunk}/accessControlLists", json={"accessControlListIds": [acl]})
    client.get(f"{trunk}/accessControlLists?{PAGE}")
    client.get(f"{one}/trunks?{PAGE}")
    client.get(f"{BASE}/accessControlLists")
    client.put(f"{trunk}/accessControlLists", json=[acl, ulid(world.LOOSE_ACL)])
    client.delete(f"{trunk}/accessControlLists/{acl}")
    client.delete(one)
    users = ulid(world.USERS)
    client.get(f"{BASE}/credentialLists/{users}/trunks?{PAGE}")
    client.put(f"{trunk}/credentialLists", json=[users])


def _others(client: ContractClient) -> None:
    trunk = ulid(world.TRUNK)
    for sort in ("phoneNumber,ascending", "createTime,descending"):
        client.get(f"{BASE}/phoneNumbers?{PAGE}&sort={sort}&filter=2065&sipTrunkId={trunk}")
    client.get(f"{BASE}/phoneNumbers")
    assigned = {"phoneNumber": "+12065550101", "sipTrunkId": trunk}
    client.post(f"{BASE}/phoneNumbers", json=assigned)
    client.get(f"{BASE}/phoneNumbers/+12065550101")
    client.get(f"{BASE}/phoneNumbers/+12065550100")
    client.get(f"{BASE}/countryPermissions")
    client.get(f"{BASE}/countryPermissions/US")
    client.put(f"{BASE}/countryPermissions/SE", json={"enabled": True})
    bulk = {"countryPermissions": [{"isoCode": "US", "enabled": True}]}
    client.put(f"{BASE}/countryPermissions", json=bulk)
    _calls(client, trunk)


def _calls(client: ContractClient, trunk: str) -> None:
    client.get(f"{BASE}/calls?{PAGE}&trunkId={trunk}&from=+1206&to=+1415&createTime=2026-03")
    client.get(f"{BASE}/calls?createTimeStart=2026-03-01&createTimeEnd=2026-03-02T00:00:00Z")
    client.get(f"{BASE}/calls?fromCountryCode=US&toCountryCode=US,CA")
    for word in ("true", "false", "null"):
        client.get(f"{BASE}/calls?emergencyOnly={word}")
    for word in ("COMPLETED", "NO_ANSWER", "CANCEL", "BUSY", "FAILED"):
        client.get(f"{BASE}/calls?callResult={word}")
    for word in ("INBOUND", "OUTBOUND"):
        client.get(f"{BASE}/calls?direction={word}")


def _refusals(client: ContractClient) -> None:
    """Every kind of detail an error may have; the quota's comes with a rate limit."""
    client.post(f"{BASE}/trunks", json={"name": "no host"})
    client.delete(f"{BASE}/accessControlLists/{ulid(world.ACL)}")
