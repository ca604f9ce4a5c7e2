"""The tenant matrix: every operation of every dialect x every kind of credential.

The rows come from the route table, so an operation that is added without a sample fails here, and a
new dialect joins by existing.
"""

from __future__ import annotations

import importlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from gateway.app import Application, create_app
from gateway.dialect import discover
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.http.kit import Operation
from gateway.models.database import Store
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.support import snapshots
from tests.support.matrix import Sample, Samples

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REFUSALS = ("none", "wrong secret", "revoked", "expired", "inactive account")


@cache
def samples(dialect: str) -> Samples:
    found: Samples = importlib.import_module(f"tests.adapters.{dialect}.samples").SAMPLES
    return found


@cache
def operations() -> list[tuple[str, Operation]]:
    """(dialect, operation) for every rule of every app, from the apps themselves."""
    found = []
    for name, dialect in discover().items():
        for blueprint in dialect.blueprints():
            found += [(name, operation) for operation in blueprint.operations]
    return found


ROWS = [pytest.param(name, op, id=f"{name}-{op.id}") for name, op in operations()]


@pytest.fixture
def app(store: Store) -> Application:
    runtime = Runtime(clock=lambda: NOW, rng=random.Random(3))
    settings = Settings(
        database_url="sqlite:///:memory:", secret_key="x" * 32, rate_limit=0, mms="simulate"
    )
    return create_app(universe=Universe(store=store, runtime=runtime, settings=settings))


class Tenants:
    """One dialect's world in the store, and requests in it."""

    def __init__(self, app: Application, dialect: str) -> None:
        self.samples, self.client = samples(dialect), Client(app)
        universe = app.universe
        admin = Principal(Scope.ADMIN, key_uid=universe.runtime.new_uid())
        bundles.load(universe.context(admin), self.samples.bundle())
        self.made = dict(self.samples.prepare(self._as_owner))

    def _as_owner(self, method: str, path: str, body: Any) -> Any:
        answer = self.client.open(path, method=method, json=body, headers=self.samples.owner)
        assert 200 <= answer.status_code < 300, answer.text
        return answer.json

    def sample(self, operation: Operation) -> Sample:
        found = self.samples.operations.get(operation.id)
        assert found is not None, f"{operation.id} has no sample in the tenant matrix"
        return found

    def send(self, operation: Operation, headers: Any) -> TestResponse:
        sample = self.sample(operation)
        path = operation.rule.replace("<", "{").replace(">", "}")
        values = {name: value.format(**self.made) for name, value in sample.values.items()}
        body = None
        if sample.body is not None:
            text = json.dumps(sample.body)
            for name, value in self.made.items():
                text = text.replace("{" + name + "}", value)
            body = text.encode()
        return self.client.open(
            path.format(**values),
            method=operation.method,
            query_string=sample.query,
            data=body,
            content_type="application/json" if body else None,
            headers=headers,
        )


@pytest.fixture
def tenants(app: Application) -> Callable[[str], Tenants]:
    return lambda dialect: Tenants(app, dialect)


@pytest.fixture
def nothing_changes() -> Callable[[], Any]:
    from contextlib import contextmanager

    @contextmanager
    def guard() -> Iterator[None]:
        before = snapshots.snapshot()
        yield
        assert snapshots.changed(before, snapshots.snapshot()) == []

    return guard


def test_every_dialect_is_in_the_matrix() -> None:
    assert {name for name, _ in operations()} == set(discover())


@pytest.mark.parametrize("dialect", sorted(discover()))
def test_no_sample_is_left_over(dialect: str) -> None:
    known = {op.id for name, op in operations() if name == dialect}
    assert set(samples(dialect).operations) == known


@pytest.mark.parametrize("dialect", sorted(discover()))
def test_every_kind_of_refusal_is_there(dialect: str) -> None:
    assert set(REFUSALS) <= set(samples(dialect).refused)


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
def test_refused_credentials(
    tenants: Any, nothing_changes: Any, dialect: str, operation: Operation
) -> None:
    """Each refused credential gets its status, learns nothing and changes nothing."""
    world = tenants(dialect)
    got = {}
    with nothing_changes():
        for kind, (headers, _) in world.samples.refused.items():
            answer = world.send(operation, headers)
            got[kind] = answer.status_code
            assert not any(mark in answer.text for mark in world.samples.marks), kind
    wanted = {kind: status for kind, (_, status) in world.samples.refused.items()}
    assert got == wanted


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
def test_the_owner_succeeds(tenants: Any, dialect: str, operation: Operation) -> None:
    answer = tenants(dialect).send(operation, samples(dialect).owner)
    assert answer.status_code == operation.status, answer.text


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
def test_a_stranger_sees_and_changes_nothing_of_the_owner(
    tenants: Any, nothing_changes: Any, dialect: str, operation: Operation
) -> None:
    world = tenants(dialect)
    foreign = world.sample(operation).foreign
    if foreign is None:
        answer = world.send(operation, world.samples.stranger)
        assert answer.status_code == operation.status, answer.text
    else:
        with nothing_changes():
            answer = world.send(operation, world.samples.stranger)
        assert answer.status_code == foreign, answer.text
    shown = answer.text if foreign is not None or operation.method == "GET" else ""
    assert [mark for mark in world.samples.marks if mark in shown] == []
