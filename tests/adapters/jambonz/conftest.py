"""The dialect in process over both databases, with the test world and judging clients."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.app import Application
from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.models.database import Store
from gateway.services import access, bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.adapters.jambonz import samples, world
from tests.adapters.jambonz.areas import AREAS
from tests.support import apps
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.pipeline import Clock

BEYOND = frozenset().union(*(area.beyond for area in AREAS.values())) | {
    "GeneralError.status",
    "GeneralError.message",
    "GeneralError.error",
}
Connect = Callable[..., ContractClient]


@pytest.fixture
def clock() -> Clock:
    return Clock(world.NOW)


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings(
        database_url=store_url,
        secret_key="x" * 32,
        rate_limit=0,
        mms="simulate",
        allow_private_hooks=True,
    )


@pytest.fixture
def profile() -> str:
    return "documented"


@pytest.fixture
def universe(store: Store, clock: Clock, settings: Settings, profile: str) -> Universe:
    made = Universe(
        store=store,
        runtime=Runtime(clock=clock, rng=random.Random(7)),
        settings=settings,
        profiles={"jambonz": profile},
    )
    bundles.load(made.context(Principal(Scope.ADMIN)), world.bundle())
    return made


@pytest.fixture
def context(universe: Universe) -> Callable[[str], Context]:
    """A context of a credential of the world, for calling services beside the API."""

    def make(who: str = "alpha") -> Context:
        found = universe.context(dialect="jambonz")
        found.principal = access.by_secret(found, world.SECRETS[who])
        assert found.principal is not None
        return found

    return make


@pytest.fixture
def app(universe: Universe) -> Application:
    return apps.over(universe)


@pytest.fixture
def connect(app: Application, profile: str) -> Connect:
    """A client for a credential of the world, for headers, or for nobody (None).

    What the observed profile answers is not in the contract: there the served document judges.
    """
    served = apps.served(app, "jambonz")
    contract = served if profile == "observed" else load_contract("jambonz")

    def make(who: str | Mapping[str, str] | None = "alpha") -> ContractClient:
        headers = world.bearer(who) if isinstance(who, str) else dict(who or {})
        return ContractClient(
            app,
            contract,
            served=served,
            beyond=BEYOND,
            observed=profile == "observed",
            headers=headers,
        )

    return make


@pytest.fixture
def client(connect: Connect) -> ContractClient:
    """The account alpha."""
    return connect("alpha")


@pytest.fixture
def made(connect: Connect) -> Mapping[str, str]:
    """What the areas prepare, by the names their samples use."""

    def send(method: str, path: str, body: Any, headers: Any = None) -> Any:
        client = connect("alpha" if headers is None else headers)
        answer = client.open(method, path, json=body)
        assert 200 <= answer.status_code < 300, answer.text
        return answer.json

    return samples.prepare(send)
