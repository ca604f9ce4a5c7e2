"""The dialect in process over both databases, with the test world and judging clients."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.app import Application
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models.database import Store
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.sinch import world
from tests.adapters.sinch.walk import BEYOND
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.pipeline import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(world.NOW)


@pytest.fixture
def profile() -> str:
    return "documented"


@pytest.fixture
def universe(store: Store, store_url: str, clock: Clock, profile: str) -> Universe:
    settings = Settings(database_url=store_url, secret_key="x" * 32, rate_limit=0)
    made = Universe(
        store=store,
        runtime=Runtime(clock=clock, rng=random.Random(7)),
        settings=settings,
        profiles={"sinch": profile},
    )
    bundles.load(made.context(Principal(Scope.ADMIN)), world.bundle())
    return made


@pytest.fixture
def app(universe: Universe) -> Application:
    return apps.over(universe)


@pytest.fixture
def connect(app: Application, profile: str) -> Callable[..., ContractClient]:
    """A client for a key of the world, for headers, or for nobody (None).

    What the observed profile answers is not in the contract: there the served document judges.
    """
    served = apps.served(app, "sinch")
    contract = served if profile == "observed" else load_contract("sinch-est")

    def make(who: str | Mapping[str, str] | None = "alpha", **more: Any) -> ContractClient:
        headers = world.key(who) if isinstance(who, str) else dict(who or {})
        return ContractClient(
            app,
            contract,
            served=served,
            beyond=BEYOND,
            observed=profile == "observed",
            headers=headers,
            **more,
        )

    return make


@pytest.fixture
def client(connect: Callable[..., ContractClient]) -> ContractClient:
    return connect()
