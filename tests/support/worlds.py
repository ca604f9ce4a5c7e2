"""A dialect's small world in a store, and requests in it: where tests over all dialects start.

Everything comes from the declarations: dialects are discovered, operations read from their
blueprints, world and sample requests from `tests.adapters.<name>.samples`.
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client, TestResponse

from gateway.app import Application
from gateway.dialect import Dialect, discover
from gateway.domain.principal import Principal, Scope
from gateway.domain.runtime import Runtime
from gateway.http.body import FORM
from gateway.http.kit import Blueprint, Operation
from gateway.models.database import Store
from gateway.services import bundles
from gateway.settings import Settings
from gateway.universe import Universe
from tests.support import apps
from tests.support.matrix import Sample, Samples

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DIALECTS: Mapping[str, Dialect] = discover()
PROFILES = [
    pytest.param(name, profile, id=f"{name}-{profile}")
    for name, dialect in sorted(DIALECTS.items())
    for profile in sorted(dialect.profiles)
]


@cache
def samples(dialect: str) -> Samples:
    found: Samples = importlib.import_module(f"tests.adapters.{dialect}.samples").SAMPLES
    return found


@cache
def operations() -> tuple[tuple[str, Operation], ...]:
    """(dialect, operation) for every route of every dialect."""
    return tuple(
        (name, operation)
        for name, dialect in sorted(DIALECTS.items())
        for blueprint in dialect.blueprints()
        for operation in blueprint.operations
    )


ROWS = [pytest.param(name, op, id=f"{name}-{op.id}") for name, op in operations()]


CLOSED = [row for row in ROWS if not row.values[1].public]
"""The operations that ask who calls."""


def rows(wanted: Callable[[Operation, Sample], Any]) -> list[Any]:
    """Parameters for the operations that pass; those without a sample fail in the tenant matrix."""
    return [
        pytest.param(name, op, id=f"{name}-{op.id}")
        for name, op in operations()
        if op.id in samples(name).operations and wanted(op, samples(name).operations[op.id])
    ]


def settings(**more: Any) -> Settings:
    fields = {
        "database_url": "sqlite:///:memory:",
        "secret_key": "x" * 32,
        "rate_limit": 0,
        "mms": "simulate",
    }
    return Settings(**{**fields, **more})


def universe(store: Store, profiles: Mapping[str, str] | None = None, **more: Any) -> Universe:
    """A universe with a standing clock over a store."""
    runtime = Runtime(clock=lambda: NOW, rng=random.Random(3))
    return Universe(
        store=store, runtime=runtime, settings=settings(**more), profiles=dict(profiles or {})
    )


def application(
    store: Store, profiles: Mapping[str, str] | None = None, **more: Any
) -> Application:
    return apps.over(universe(store, profiles, **more))


def with_handlers(
    dialect: Dialect, wrap: Callable[[Operation], Callable[..., Any]]
) -> dict[str, Dialect]:
    """All dialects, with the route functions of one of them replaced."""

    def blueprints() -> list[Blueprint]:
        made = []
        for original in dialect.blueprints():
            twin = Blueprint(original.name, __name__)
            for operation in original.operations:
                twin._serve(dataclasses.replace(operation, handler=wrap(operation)))
            made.append(twin)
        return made

    return {**DIALECTS, dialect.name: dataclasses.replace(dialect, blueprints=blueprints)}


class World:
    """One dialect's world in the app's store, and requests in it."""

    def __init__(self, app: Application, dialect: str) -> None:
        self.app, self.dialect = app, app.dialects[dialect]
        self.samples, self.client = samples(dialect), Client(app)
        self.load(self.samples.bundle())
        self.made: dict[str, str] = dict(self.samples.prepare(self._as_owner))

    def at(self, app: Application) -> World:
        """The same requests, to another app."""
        twin = copy.copy(self)
        twin.app, twin.dialect, twin.client = app, app.dialects[self.dialect.name], Client(app)
        return twin

    def load(self, bundle: Any) -> None:
        admin = Principal(Scope.ADMIN, key_uid=self.app.universe.runtime.new_uid())
        bundles.load(self.app.universe.context(admin), bundle)

    def _as_owner(self, method: str, path: str, body: Any, headers: Any = None) -> Any:
        headers = self.samples.owner if headers is None else headers
        answer = self.client.open(path, method=method, json=body, headers=headers)
        assert 200 <= answer.status_code < 300, answer.text
        return answer.json

    def sample(self, operation: Operation) -> Sample:
        found = self.samples.operations.get(operation.id)
        assert found is not None, f"{operation.id} has no sample in the tenant matrix"
        return found

    def owner(self, operation: Operation) -> dict[str, str]:
        """Headers of whom an operation's sample succeeds for."""
        return self._filled(self.sample(operation).owner, self.samples.owner)

    def stranger(self, operation: Operation) -> dict[str, str]:
        """Headers of somebody with the same rights over other things."""
        return self._filled(self.sample(operation).stranger, self.samples.stranger)

    def _filled(self, own: Mapping[str, str] | None, usual: Mapping[str, str]) -> dict[str, str]:
        headers = usual if own is None else own
        return {name: value.format(**self.made) for name, value in headers.items()}

    def path(self, operation: Operation) -> str:
        """The path of an operation's sample."""
        values = {
            name: value.format(**self.made) for name, value in self.sample(operation).values.items()
        }
        return operation.rule.replace("<", "{").replace(">", "}").format(**values)

    def body(self, operation: Operation) -> Any:
        """The body of an operation's sample, None without one."""
        sample = self.sample(operation)
        text = json.dumps(sample.body)
        for name, value in self.made.items():
            text = text.replace("{" + name + "}", value)
        return json.loads(text)

    def send(
        self,
        operation: Operation,
        headers: Mapping[str, str] | None = None,
        *,
        path: str = "",
        query: str | None = None,
        data: bytes | None = None,
        **more: Any,
    ) -> TestResponse:
        """An operation's sample request, as the owner unless other headers are given."""
        form = self.sample(operation).form
        if data is None and self.sample(operation).body is not None:
            body = self.body(operation)
            data = (urlencode(body) if form else json.dumps(body)).encode()
        media = FORM if form else "application/json"
        more.setdefault("content_type", media if data else None)
        return self.client.open(
            path or self.path(operation),
            method=operation.method,
            query_string=self.sample(operation).query if query is None else query,
            data=data,
            headers=self.owner(operation) if headers is None else headers,
            **more,
        )
