"""The dialect in process over both databases, with the test world and a judging client."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from emulators.coverage import Coverage
from gateway.app import Application
from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models.database import Store
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.flowroute import world
from tests.adapters.flowroute.walk import BEYOND
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock(world.NOW)


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(database_url=store_url, secret_key="x" * 32, rate_limit=0, mms="simulate")


@pytest.fixture
def profile() -> str:
    return "documented"


@pytest.fixture
def universe(store: Store, clock: Clock, settings: Settings, profile: str) -> Universe:
    made = Universe(
        store=store,
        runtime=Runtime(clock=clock, rng=random.Random(7)),
        settings=settings,
        profiles={"flowroute": profile},
    )
    admin = Principal(Scope.ADMIN, key_uid=world.ACCOUNT)
    bundles.load(made.context(admin), world.bundle())
    return made


@pytest.fixture
def context(universe: Universe) -> Context:
    """A context of the account alpha, for calling services beside the API."""
    from gateway.services import access

    found = universe.context(dialect="flowroute")
    found.principal = access.by_pair(found, *world.KEY)
    assert found.principal is not None
    return found


@pytest.fixture
def app(universe: Universe) -> Application:
    return apps.over(universe)


@pytest.fixture(scope="session")
def coverage() -> Coverage:
    """What this process's tests saw of the contract."""
    return Coverage("flowroute", load_contract("flowroute"))


@pytest.fixture
def connect(app: Application, coverage: Coverage, profile: str) -> Callable[..., ContractClient]:
    served = apps.served(app, "flowroute")

    def make(auth: tuple[str, str] | None = world.KEY, **more: Any) -> ContractClient:
        return ContractClient(
            app,
            load_contract("flowroute"),
            coverage=coverage,
            auth=auth,
            served=served,
            beyond=BEYOND,
            observed=profile == "observed",
            **more,
        )

    return make


@pytest.fixture
def client(connect: Callable[..., ContractClient]) -> Iterator[ContractClient]:
    return connect()
