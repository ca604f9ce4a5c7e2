"""Every answer is what the served document says, strictly, and what marshmallow itself would write.

The answers are those to the sample request of each operation, in each profile, over real rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.app import create_app
from gateway.http import kit
from gateway.http.kit import Answer, Operation
from gateway.models.database import Store
from tests.support import worlds
from tests.support.openapi import JSON_MEDIA, formats
from tests.support.worlds import DIALECTS, PROFILES, World, operations


def strict(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """A validator that forgives nothing: what may be null must say so."""
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, format_checker=formats)


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_answers_are_as_documented(store: Store, dialect: str, profile: str) -> None:
    app = worlds.application(store, {dialect: profile})
    document, wrong = app.document(dialect), {}
    declared = {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for operation in item.values()
    }
    world = World(app, dialect)
    for operation in in_order(dialect, profile):
        answer = world.send(operation)
        described = declared[operation.id]["responses"].get(str(answer.status_code))
        if described is None:
            wrong[operation.id] = f"{answer.status_code} is not described: {answer.text}"
        elif found := faults(document, described, answer):
            wrong[operation.id] = found
    assert wrong == {}


def faults(document: dict[str, Any], described: dict[str, Any], answer: Any) -> str:
    """What is wrong with an answer, empty when nothing is."""
    content = described.get("content", {})
    if not content:
        return f"a body: {answer.text}" if answer.data else ""
    if answer.mimetype not in content:
        return f"media type {answer.mimetype}"
    if not JSON_MEDIA.match(answer.mimetype):
        return "" if answer.data else "nothing in it"
    found = strict(document, content[answer.mimetype]["schema"]).iter_errors(answer.json)
    return "; ".join(f"{error.json_path} {error.message}" for error in found)


def in_order(dialect: str, profile: str) -> list[Operation]:
    """What reads first, what removes last and from the inside out, so that everything is found."""
    order = {"GET": 0, "PUT": 1, "PATCH": 1, "POST": 2, "DELETE": 3}
    serves = DIALECTS[dialect].profile(profile).serves
    own = [op for name, op in operations() if name == dialect and serves(op.provenance)]
    return sorted(own, key=lambda op: (order[op.method], -op.rule.count("/")))


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_presenter_is_dump_over_real_rows(store: Store, dialect: str, profile: str) -> None:
    """Compared in the request, where profile, aliases and links are what they are."""
    seen: list[str] = []
    wrong: dict[str, Any] = {}

    def compare(operation: Operation) -> Callable[..., Any]:
        def handler(*args: Any, **values: Any) -> Any:
            result = operation.handler(*args, **values)
            row = result.value if isinstance(result, Answer) else result
            if operation.returns is not None and row is not None:
                seen.append(operation.id)
                slowly = type(operation.returns)(view=kit.view(), many=operation.returns.many)
                if kit.present(operation.returns, row) != slowly.dump(row):
                    wrong[operation.id] = (kit.present(operation.returns, row), slowly.dump(row))
            return result

        return handler

    universe = worlds.universe(store, {dialect: profile})
    app = create_app(universe=universe, dialects=worlds.with_handlers(DIALECTS[dialect], compare))
    world = World(app, dialect)
    own = in_order(dialect, profile)
    for operation in own:
        assert world.send(operation).status_code < 300
    assert wrong == {}
    assert set(seen) == {operation.id for operation in own if operation.returns is not None}
