"""Schemathesis over the document each dialect serves: what it describes is what the product does.

All checks are on and all phases run, over a loopback socket, the way the command line tool would.
Every profile is tried at full size by an owner, and in short by nobody; all of it is part of
`make test-long`.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import engine, hooks
from schemathesis.config import ChecksConfig, OperationConfig
from schemathesis.engine import events

from gateway.dialect import ErrorView
from gateway.domain.principal import Scope
from gateway.domain.problems import MethodNotAllowed, NotFound, Problem
from gateway.models.database import Store
from tests.support import worlds
from tests.support.serving import served
from tests.support.worlds import DIALECTS, World, operations

SEED = 1
NOBODY = "99999999-9999-4999-8999-999999999999"
FULL, SMALL = 25, 6
ACCEPTED = ("2xx", "3xx", 401, 403, 404, 409, 429, "5xx")  # what the tool takes by default
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@dataclass
class Findings:
    """What a run found: failures and errors as text, answers by status, the operations called."""

    failures: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    called: set[str] = field(default_factory=set)

    def take(self, event: Any) -> None:
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            self.failures.append(f"{event.label}: {event.value!r}")
        if isinstance(event, events.ScenarioFinished):
            self._scenario(event.recorder)

    def _scenario(self, recorder: Any) -> None:
        for case in recorder.cases.values():
            self.called.add(case.value.operation.label)
        for interaction in recorder.interactions.values():
            assert interaction.response is not None, "a request without an answer"
            self.statuses[interaction.response.status_code] += 1
        for checks in recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    sent = check.failure_info.code_sample
                    self.failures.append(f"{failure.operation}: {failure}\n{sent}")


def fair(operation: str, statuses: Sequence[int], coverage: bool) -> OperationConfig:
    """Where what is stored decides, a refusal is a fair answer to a good request. Without
    `coverage` the values of each member are not gone through one by one."""
    accepted = {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, *statuses]}}
    phases = {"coverage": {"enabled": coverage}}
    return OperationConfig.from_dict(
        {"include-operation-id": [operation], "checks": accepted, "phases": phases}
    )


def said(world: World, problem: Problem, **view: str) -> int:
    """The status that a problem has in the world's profile."""
    profile = world.dialect.profile(world.app.universe.profiles[world.dialect.name])
    return world.dialect.render_problem(problem, ErrorView(profile=profile, **view)).status


def checks_of(world: World) -> ChecksConfig:
    """All checks; a profile may say of a wrong method what it says of an unknown path."""
    says_405 = said(world, MethodNotAllowed()) == 405
    return ChecksConfig.from_dict({"unsupported_method": {"enabled": says_405}})


def of_what_is_stored(world: World) -> dict[str, set[int]]:
    """Refusals of good requests by operation: of things that are not there, in whatever status a
    profile says so, and what the samples name."""
    found = {}
    for name, operation in operations():
        if name == world.dialect.name:
            scopes = ("", *Scope)
            gone = {said(world, NotFound(), operation=operation.id, scope=who) for who in scopes}
            found[operation.id] = {*gone, *world.samples.state_refused.get(operation.id, ())}
    return found


def run(url: str, world: World, headers: Mapping[str, str], examples: int) -> Findings:
    """All phases and checks over a served document."""
    config = schemathesis.Config(seed=SEED)
    project = config.projects.default
    for operation, statuses in of_what_is_stored(world).items():
        coverage = examples > SMALL or operation not in world.samples.wide
        project.operations.operations.append(fair(operation, sorted(statuses), coverage))
    project.checks = checks_of(world)
    project.continue_on_failure = True
    project.headers = dict(headers) or None
    project.generation.max_examples = examples
    project.generation.database = "none"
    project.base_url = url
    served = requests.get(f"{url}/_gateway/openapi/{world.dialect.name}.json", timeout=30).json()
    document = filled(served, world.samples.fixed)
    found = Findings()
    schema = schemathesis.openapi.from_dict(document, config=config)
    with sparing(world.samples.closing):
        for event in engine.from_schema(schema).execute():
            found.take(event)
    return found


@contextmanager
def sparing(closing: Mapping[str, str]) -> Iterator[None]:
    """Requests by which the owner would come to an end name nobody: else nothing works after."""

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        own = closing.get(case.operation.definition.raw["operationId"])
        if own is not None:
            given = case.path_parameters.items()
            case.path_parameters = {k: NOBODY if v == own else v for k, v in given}

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        hooks.unregister(before_call)


def filled(document: dict[str, Any], fixed: Mapping[str, str]) -> dict[str, Any]:
    """The document with some path parameters filled in, as a client that knows them would; not
    where they name what may be removed there, and all below it with it."""
    paths = {}
    for path, item in document["paths"].items():
        known = {name for name in fixed if f"{{{name}}}/" in path}
        for name in known:
            path = path.replace(f"{{{name}}}", fixed[name])
        paths[path] = copy.deepcopy(item)
        for operation in paths[path].values():
            kept = [p for p in operation.get("parameters", ()) if p.get("name") not in known]
            operation["parameters"] = kept
    return {**document, "paths": paths}


@pytest.fixture
def site(store: Store, request: pytest.FixtureRequest) -> Iterator[tuple[str, World]]:
    """The URL of an app with the world of a dialect in it."""
    dialect, profile = request.param
    app = worlds.application(store, {dialect: profile})
    world = World(app, dialect)
    with served(app) as url:
        yield url, world


def labels(world: World) -> set[str]:
    paths = filled(world.app.document(world.dialect.name), world.samples.fixed)["paths"]
    return {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


def judge(site: tuple[str, World], owner: bool, examples: int) -> None:
    url, world = site
    headers = world.samples.owner if owner else {}
    found = run(url, world, headers, examples)
    assert found.failures == []
    assert found.called == labels(world)
    successes = sum(n for status, n in found.statuses.items() if status < 300)
    if owner:
        assert successes > len(found.called)
    elif not any(op.public for name, op in operations() if name == world.dialect.name):
        assert successes == 0
        assert set(found.statuses) <= {401, 404, 405}


SITES = [
    pytest.param((name, profile), id=f"{name}-{profile}")
    for name, dialect in sorted(DIALECTS.items())
    for profile in sorted(dialect.profiles)
]


@pytest.mark.long
@on_sqlite
@pytest.mark.parametrize("site", SITES, indirect=True)
def test_all_examples(site: tuple[str, World]) -> None:
    judge(site, owner=True, examples=FULL)


@pytest.mark.long
@on_sqlite
@pytest.mark.parametrize("site", SITES, indirect=True)
def test_without_a_credential(site: tuple[str, World]) -> None:
    judge(site, owner=False, examples=SMALL)
