"""One pass through everything the contract names, area by area.

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
from tests.adapters.jambonz import samples, world
from tests.adapters.jambonz.area import Walker
from tests.adapters.jambonz.areas import AREAS
from tests.adapters.jambonz.conftest import BEYOND
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.stores import KEYRING

OURS = "a fault of ours, which no request brings about"
UNSEEN: Mapping[str, str] = {
    **{
        f"{operation.name} 500": OURS
        for operation in load_contract("jambonz").operations
        if "500" in operation.statuses
    },
    **{name: why for area in AREAS.values() for name, why in area.unseen.items()},
}


def coverage() -> Coverage:
    """What a walk over a fresh world of each area sees; every answer is judged on the way."""
    seen = Coverage("jambonz", load_contract("jambonz"))
    for area in AREAS.values():
        with _world() as universe:
            area.walk(_walker(universe, seen))
    return seen


def _walker(universe: Universe, seen: Coverage) -> Walker:
    app = apps.over(universe)
    served = apps.served(app, "jambonz")

    def connect(headers: Mapping[str, str]) -> ContractClient:
        return ContractClient(
            app,
            seen.document,
            coverage=seen,
            served=served,
            beyond=BEYOND,
            headers=dict(headers),
        )

    def send(method: str, path: str, body: Any, headers: Any = None) -> Any:
        client = connect(world.bearer("alpha") if headers is None else headers)
        return client.open(method, path, json=body).json

    return Walker(connect, samples.prepare(send), universe.context(dialect="jambonz"))


@contextmanager
def _world() -> Iterator[Universe]:
    store = open_store("sqlite:///:memory:", keyring=KEYRING)
    with using(store), connection():
        upgrade(store)
        settings = Settings(
            database_url="sqlite:///:memory:",
            secret_key="x" * 32,
            rate_limit=0,
            mms="simulate",
            allow_private_hooks=True,
        )
        runtime = Runtime(clock=lambda: world.NOW, rng=random.Random(7))
        universe = Universe(store=store, runtime=runtime, settings=settings)
        bundles.load(universe.context(Principal(Scope.ADMIN)), world.bundle())
        yield universe
    store.close()
