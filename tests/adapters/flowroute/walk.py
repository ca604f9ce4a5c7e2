"""One pass through everything the contract names: operations, parameters, members, words, statuses.

What this walk sees is the coverage table of the docs, so it is the same on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.flowroute import ids
from emulators.coverage import Coverage
from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models import Receipt
from gateway.models.database import connection, open_store, upgrade, using
from gateway.models.prepared import Insert
from gateway.services import access, bundles, messages
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.flowroute import world
from tests.adapters.flowroute.cases import OWN, PEER, STOCK, e911, route, sms
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.stores import KEYRING

# Members the answers carry beyond the seed (the adapter's README says why each is there).
BEYOND = frozenset(
    {
        "IncludedRoutes.attributes.edge_strategy_id",
        "MDR2.included",
        "Number.links",
        "Numbers.links.next",
    }
)
NOTHING_TO_MISS = "a list, or making something, names no object that could be missing"
UNSEEN = {
    f"{operation} 404": NOTHING_TO_MISS
    for operation in (
        "createRoute",
        "listAvailableAreaCodes",
        "listAvailableExchanges",
        "listMessages",
        "listNumbers",
        "listRoutes",
        "searchPurchasableNumbers",
        "sendMessage",
    )
}
WINDOW = "limit=2&offset=0"
DIGITS = "starts_with=1206&contains=555&ends_with=0"


def coverage() -> Coverage:
    """What a walk over a fresh world sees of the contract; every answer is judged on the way."""
    seen = Coverage("flowroute", load_contract("flowroute"))
    with _world() as universe:
        app = apps.over(universe)
        client = ContractClient(
            app,
            seen.document,
            coverage=seen,
            auth=world.KEY,
            served=apps.served(app, "flowroute"),
            beyond=BEYOND,
        )
        context = universe.context(dialect="flowroute")
        context.principal = access.by_pair(context, *world.KEY)
        for step in (_routes, _numbers, _inventory, _messages, _refusals):
            step(client, context)
    return seen


@contextmanager
def _world() -> Iterator[Universe]:
    store = open_store("sqlite:///:memory:", keyring=KEYRING)
    with using(store), connection():
        upgrade(store)
        settings = Settings(
            database_url="sqlite:///:memory:", secret_key="x" * 32, rate_limit=0, mms="simulate"
        )
        runtime = Runtime(clock=lambda: world.NOW, rng=random.Random(7))
        universe = Universe(store=store, runtime=runtime, settings=settings)
        bundles.load(universe.context(Principal(Scope.ADMIN)), world.bundle())
        yield universe
    store.close()


def _routes(client: ContractClient, context: Context) -> None:
    values = {
        "host": "sip.example.com",
        "number": "16476998778",
        "uri": "sip:a@example.com",
        "sip-reg": "desk",
    }
    for kind, value in values.items():
        body = route(alias=f"by {kind}", route_type=kind, value=value)
        client.post("/v2/routes", json=body)
        client.get(f"/v2/routes?route_type={kind}&{WINDOW}")


def _numbers(client: ContractClient, context: Context) -> None:
    client.get(f"/v2/numbers?{DIGITS}&limit=1&offset=0")
    client.get("/v2/numbers")
    for which, id in (("primary_route", "3"), ("failover_route", "1")):
        body = {"data": {"type": "route", "id": id}}
        client.patch(f"/v2/numbers/{OWN}/relationships/{which}", json=body)
    client.post("/v2/e911s", json=e911())
    client.post("/v2/cnams", json={"value": "ACME"})
    client.patch(f"/v2/numbers/{OWN}/relationships/e911s/1")
    client.patch(f"/v2/numbers/{OWN}/relationships/cnams/1")
    client.get(f"/v2/numbers/{OWN}")
    client.get("/v2/numbers/883510000000091")
    client.get("/v2/numbers/18005550102")


def _inventory(client: ContractClient, context: Context) -> None:
    available = "/v2/numbers/available"
    client.get(f"{available}?{WINDOW}")
    client.get(f"{available}?starts_with=1800")
    client.get(f"{available}?{DIGITS}&rate_center=seattle&state=wa")
    client.get(f"{available}/areacodes?max_setup_cost=2.5&{WINDOW}")
    client.get(f"{available}/exchanges?areacode=206&max_setup_cost=1&limit=1&offset=0")
    client.get(f"{available}/exchanges?limit=1")
    client.post(f"/v2/numbers/{STOCK}")


def _messages(client: ContractClient, context: Context) -> None:
    whole = sms(
        media_urls=["https://x.example/a.png"],
        is_mms=True,
        dlr_callback="https://customer.example/dlr",
    )
    names = [client.post("/v2.1/messages", json=body).json["data"]["id"] for body in (
        whole, sms(), sms(**{"from": "18005550102", "to": PEER}),
    )]  # fmt: skip
    _deliver(context, names[1])
    for name in names:
        client.get(f"/v2.1/messages/{name}")
    client.get("/v2.1/messages?start_date=2026-01-01&end_date=2026-12-31&limit=1&offset=0")


def _deliver(context: Context, name: str) -> None:
    """Receipts at both levels, as the pipeline stores them."""
    row = messages.get(context, ids.record_ref(name))
    for level, status in ((1, "sent"), (2, "delivered")):
        values: dict[str, Any] = {
            "uid": context.runtime.new_uid(),
            "created_at": world.NOW,
            "message_uid": row.uid,
            "level": level,
            "status": status,
            "at": world.NOW,
        }
        Insert(Receipt).run(values)


def _refusals(client: ContractClient, context: Context) -> None:
    """Every error status the contract lists that a request can bring about."""
    routing = {"data": {"type": "route", "id": "1"}}
    nobody = "12065550998"
    missing = [
        ("GET", f"/v2.1/messages/mdr2-{'0' * 32}", None),
        ("GET", f"/v2/numbers/{nobody}", None),
        ("POST", f"/v2/numbers/{nobody}", {}),
        ("PATCH", f"/v2/numbers/{nobody}/relationships/primary_route", routing),
        ("PATCH", f"/v2/numbers/{nobody}/relationships/failover_route", routing),
    ]
    listing = [
        ("GET", "/v2.1/messages?start_date=2026-01-01", None),
        ("GET", "/v2/numbers", None),
        ("GET", "/v2/numbers/available", None),
        ("GET", "/v2/numbers/available/areacodes", None),
        ("GET", "/v2/numbers/available/exchanges", None),
        ("GET", "/v2/routes", None),
        ("POST", "/v2/routes", route()),
        ("POST", "/v2.1/messages", sms()),
    ]
    for method, path, body in missing:
        client.open(method, path, json=body)
    for method, path, body in [*missing, *listing]:
        client.open(method, path, json=body, auth=("alpha", "wrong"))
    client.post("/v2.1/messages", json=sms(**{"from": nobody}))
    client.post("/v2.1/messages", json={})
