"""An account of ours whose changes go through to providers, and an app that speaks to it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from werkzeug.test import Client, TestResponse

from gateway.domain.context import Context
from gateway.domain.ids import CODECS
from gateway.domain.migration import Keys, has_trunks
from gateway.domain.moves import Move, Row
from gateway.domain.principal import Principal, Scope
from gateway.domain.settling import Settled
from gateway.domain.splitting import fitted
from gateway.domain.words import ConnectionMode
from gateway.models.database import Store, connection, using
from gateway.services import bundles, connections, forwarding, own_inventory, pairing
from gateway.services.move_plans import End
from gateway.universe import Universe
from tests.moves import providers
from tests.moves.providers import ACCOUNT, KEY, OWN, SECRET, Provider
from tests.support import worlds

Opened = Callable[[str], Store]
TRUNKS = f"/v1/projects/{ACCOUNT}/trunks"
OFFICE = {"name": "office", "hostName": "office"}
BASIC = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()


class Reach:
    """Ends over wires of tests, by the name of the connection."""

    dialects = worlds.DIALECTS

    def __init__(self) -> None:
        self.providers: dict[str, Provider] = {}
        self.waited = 0.0

    def end(self, row: Any) -> End:
        return End(row, worlds.DIALECTS[row.dialect], self.providers[row.name].wire)

    def wait(self, seconds: float) -> None:
        self.waited += seconds


class House:
    """Our installation, with the account in it."""

    def __init__(self, store: Store, bundle: dict[str, Any]) -> None:
        self.store, self.reach = store, Reach()
        made = worlds.universe(store)
        self.universe: Universe = replace(made, reach=self.reach)
        self.client = Client(worlds.apps.over(self.universe))
        with using(store), connection():
            bundles.load(self.ctx, bundle)

    @property
    def ctx(self) -> Context:
        admin = Principal(Scope.ADMIN, key_uid=self.universe.runtime.new_uid())
        return self.universe.context(admin)

    def forward(self, name: str, provider: Provider, **settings: Any) -> pairing.Match:
        """Connect to a provider and let changes through."""
        self.reach.providers[name] = provider
        with using(self.store), connection():
            provider.end(self.ctx, name)
        return self.let_through(name, **settings)

    def let_through(self, name: str, **settings: Any) -> pairing.Match:
        with using(self.store), connection():
            row = self.end(name).connection
            told = {**row.settings, **settings}
            connections.set_mode(self.ctx, row.uid, ConnectionMode.FORWARD, told)
            return pairing.match(self.ctx, self.end(name))

    def end(self, name: str) -> End:
        return self.reach.end(connections.find(self.ctx, name))

    def ask(self, dialect: str, method: str, path: str, body: Any = None) -> TestResponse:
        """What an app of the account asks in a dialect."""
        return self.client.open(
            f"/{dialect}{path}", method=method, json=body, headers=self.login(dialect)
        )

    def login(self, dialect: str) -> dict[str, str]:
        if dialect == "jambonz":
            return {"Authorization": f"Bearer {SECRET}"}
        if dialect != "callable":
            return {"Authorization": BASIC}
        form = {"username": KEY, "password": SECRET}
        answer = self.client.post("/callable/api/v1/oauth/authorize", data=form)
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    def bundle(self) -> dict[str, Any]:
        with using(self.store), connection():
            return bundles.export(self.ctx, UUID(ACCOUNT), secrets=True)


def differing(house: House, name: str) -> dict[str, Any]:
    """What a provider tells and we do not, or the other way round, by key: (ours, theirs)."""
    with using(house.store), connection():
        end = house.end(name)
        row = end.connection
        theirs, _ = end.read(house.ctx)
        ours = own_inventory.of_account(row.account_uid)
        first = forwarding.connections_of(house.ctx)[0].uid
    ours["number"] = [
        one for one in ours["number"] if one.get("connection_uid", str(first)) == str(row.uid)
    ]
    moves = tuple(end.dialect.moves())
    mine, said = told(fitted(ours, moves), moves), told(theirs, moves)
    return {
        key: (mine.get(key), said.get(key)) for key in mine | said if mine.get(key) != said.get(key)
    }


def told(rows: Settled, moves: tuple[Move, ...]) -> dict[str, dict[str, Any]]:
    """What a dialect could write of each row, by natural key."""
    keys = Keys(rows, trunks=has_trunks(moves))
    return {
        keys.of(move.kind, row) + move.part: keys.told(move, row)
        for move in moves for row in rows[move.kind]
        if not move.skips(Row(row)) and not move.hides(Row(row))
    }  # fmt: skip


def account_in(dialect: str) -> str:
    return CODECS["hex24"].encode(UUID(ACCOUNT)) if dialect == "callable" else ACCOUNT


def provider(opened: Opened, dialect: str, name: str = "there", numbers: str = "owned") -> Provider:
    bundle = providers.account(numbers=numbers)
    if dialect == "flowroute":  # whoever buys a number there gets it on the built-in route
        own = {**OWN, "trunk": "default", "kind": "registration", "is_auto": True, "dials": True}
        bundle["trunks"] = [{**OWN, "ref": "default", "name": "default", "host_name": "default",
                             "is_auto": True}]  # fmt: skip
        bundle["endpoints"] = [{**own, "ref": "own", "name": "default", "route_number": 0}]
        for number in bundle["numbers"]:
            number.update(primary_endpoint="own", trunk="default")
    return Provider(dialect, opened(f"{dialect}-{name}"), bundle)


def state(house: House, *others: Provider) -> tuple[Any, ...]:
    """All that is held, without what is about the way it came: names, times, who was told."""
    kept = [house.bundle(), *(one.exported() for one in others)]
    for one in kept:
        one.pop("aliases", None)
        for rows in one.values():
            for row in rows if isinstance(rows, list) else ():
                row.pop("updated_at", None)
    return tuple(kept)


def carrier(house: House) -> str:
    """A carrier with a gateway that takes and gets calls, made in another dialect."""
    body = {"name": "pstn", "account_sid": ACCOUNT}
    made: str = house.ask("jambonz", "POST", "/v1/VoipCarriers", body).json["sid"]
    return made


def gateway(house: House, sid: str) -> Any:
    """One request that stands for several at the provider: an address, a list, its attachment."""
    body = {"voip_carrier_sid": sid, "ipv4": "192.0.2.10", "inbound": True, "outbound": True}
    return house.ask("jambonz", "POST", "/v1/SipGateways", body)
