"""The dialect in process over both databases, with the test world and judging clients."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from gateway.app import Application
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models import Hook
from gateway.models.database import Store
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.callable import channel_rows, world
from tests.adapters.callable.calling import Play
from tests.adapters.callable.walk import BEYOND
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.pipeline import Clock
from tests.support.receivers import Receiver, receiving


@pytest.fixture
def clock() -> Clock:
    return Clock(world.NOW)


@pytest.fixture
def profile() -> str:
    return "extended"


@pytest.fixture
def rows() -> dict[str, Any]:
    """What is in the database."""
    return channel_rows.bundle()


@pytest.fixture
def universe(
    store: Store, store_url: str, clock: Clock, profile: str, rows: dict[str, Any]
) -> Universe:
    settings = Settings(
        database_url=store_url, secret_key="x" * 32, rate_limit=0, allow_private_hooks=True
    )
    made = Universe(
        store=store,
        runtime=Runtime(clock=clock, rng=random.Random(7)),
        settings=settings,
        profiles={"callable": profile},
    )
    bundles.load(made.context(Principal(Scope.ADMIN)), rows)
    return made


@pytest.fixture
def app(universe: Universe) -> Application:
    return apps.over(universe)


@pytest.fixture
def connect(app: Application) -> Callable[..., ContractClient]:
    """A client for a subject of the world, for headers, or for nobody (None)."""
    served = apps.served(app, "callable")

    def make(who: str | Mapping[str, str] | None = world.BOTH_USER, **more: Any) -> ContractClient:
        headers = world.bearer(who) if isinstance(who, str) else dict(who or {})
        return ContractClient(
            app,
            load_contract("callable"),
            served=served,
            beyond=BEYOND,
            headers=headers,
            **more,
        )

    return make


@pytest.fixture
def client(connect: Callable[..., ContractClient]) -> ContractClient:
    return connect()


@pytest.fixture
def play(client: ContractClient, universe: Universe, clock: Clock) -> Iterator[Play]:
    with receiving(Receiver(content=b"")) as app:
        for uid, path in ((world.EVENT_HOOK, "/event"), (world.HOOK, "/flow")):
            assert Hook.update(url=app.url(path)).where(Hook.uid == uid).execute() == 1
        yield Play(client, universe, clock, app)
