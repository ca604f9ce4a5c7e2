"""The document each dialect serves: all of the contract, all errors, no loose ends."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.app import create_app
from gateway.models.database import open_store
from gateway.universe import Universe, make_runtime
from tests.support import worlds
from tests.support.openapi import Document, Operation, load_contract
from tests.support.shapes import Comparison, references
from tests.support.stores import KEYRING
from tests.support.worlds import DIALECTS, PROFILES, ROWS, samples

EVERYWHERE = ("401", "404", "405", "413", "415", "429", "503")
HEADERS = {"401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After", "503": "Retry-After"}


@cache
def served(dialect: str, profile: str = "") -> Document:
    store = open_store("sqlite:///:memory:", keyring=KEYRING)
    profiles = {dialect: profile or DIALECTS[dialect].default_profile}
    app = create_app(
        universe=Universe(
            store=store, runtime=make_runtime(1), settings=worlds.settings(), profiles=profiles
        )
    )
    store.close()
    return Document(app.document(dialect))


def contracts() -> list[tuple[str, Operation]]:
    return [
        (name, operation)
        for name, dialect in sorted(DIALECTS.items())
        for operation in load_contract(dialect.contract.removesuffix(".json")).operations
    ]


CONTRACT_ROWS = [pytest.param(name, op, id=f"{name}-{op.name}") for name, op in contracts()]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_dialect_has_a_contract(dialect: str) -> None:
    assert any(name == dialect for name, _ in contracts())


def twin(dialect: str, contract: Operation) -> Operation:
    found = served(dialect).find(contract.method, contract.path)
    assert found is not None, "not served"
    return found


@pytest.mark.parametrize(("dialect", "contract"), CONTRACT_ROWS)
def test_name_and_path_are_the_contracts(dialect: str, contract: Operation) -> None:
    found = twin(dialect, contract)
    assert (found.name, found.path) == (contract.name, contract.path)
    assert found.body["x-provenance"] == "seed"


@pytest.mark.parametrize(("dialect", "contract"), CONTRACT_ROWS)
def test_parameters_are_the_contracts(dialect: str, contract: Operation) -> None:
    found = twin(dialect, contract)
    for key, parameter in contract.parameters.items():
        assert key in found.parameters
        required = found.parameters[key].get("required", False)
        assert required == parameter.get("required", False), key
        words = set(parameter.get("schema", {}).get("enum", ()))
        assert words <= set(found.parameters[key]["schema"].get("enum", words)), key


@pytest.mark.parametrize(("dialect", "contract"), CONTRACT_ROWS)
def test_statuses_and_media_types_are_the_contracts(dialect: str, contract: Operation) -> None:
    found = twin(dialect, contract)
    assert set(contract.statuses) <= set(found.statuses)
    for status in contract.statuses:
        wanted = contract.content(int(status)) or {}
        given = found.content(int(status)) or {}
        if int(status) < 400 or wanted:  # an error may have a body where the contract has none
            assert bool(wanted) == bool(given), status
        assert set(given) & set(wanted) or not wanted, status


@pytest.mark.parametrize(("dialect", "contract"), CONTRACT_ROWS)
def test_members_words_and_types_are_the_contracts(dialect: str, contract: Operation) -> None:
    found, lacking = twin(dialect, contract), []
    compared = Comparison(contract.document, found.document)
    if contract.request_schema is not None:
        assert found.request_schema is not None
        lacking += compared.lacks(contract.request_schema, found.request_schema)
    for status in contract.statuses:
        given = list((found.content(int(status)) or {}).values())
        for schema in (contract.content(int(status)) or {}).values():
            lacking += compared.lacks(schema, *given)
    assert lacking == list(samples(dialect).narrower.get(contract.name, ()))


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
def test_every_error_is_documented(dialect: str, operation: Any) -> None:
    document = served(dialect)
    (found,) = [op for op in document.operations if op.name == operation.id]
    declared = found.body["responses"]
    every = {*EVERYWHERE, *map(str, DIALECTS[dialect].error_statuses)}
    assert every - set(declared) <= ({"401"} if operation.public else set())
    for status in sorted(every & set(declared)):
        response = document.deref(declared[status])
        assert DIALECTS[dialect].error_media in response["content"]
        if status in HEADERS and (status != "401" or DIALECTS[dialect].challenge):
            assert HEADERS[status] in response["headers"], status


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_references_resolve_and_none_is_unused(dialect: str, profile: str) -> None:
    document = served(dialect, profile)
    used = set(references(document.raw))
    for reference in sorted(used):
        assert document.deref({"$ref": reference}), reference
    parts = document.raw["components"]
    known = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "parameters")
        for name in parts.get(kind, {})
    }
    assert known - used == set()


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_schemas_are_json_schema(dialect: str, profile: str) -> None:
    for schema in served(dialect, profile).raw["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_paths_with_variables_differ_in_more_than_their_names(dialect: str, profile: str) -> None:
    paths = served(dialect, profile).raw["paths"]
    shapes = ["/".join("{}" if "{" in s else s for s in path.split("/")) for path in paths]
    assert sorted(shapes) == sorted(set(shapes))


@pytest.mark.parametrize(("dialect", "profile"), PROFILES)
def test_answers_declare_null_for_what_may_be_unset(dialect: str, profile: str) -> None:
    """Members of answers are always sent, null where unset; constants and required ones never."""
    document, wrong = served(dialect, profile), []
    for operation in document.operations:
        for status in operation.statuses:
            for schema in (operation.content(int(status)) or {}).values():
                wrong += list(closed(document, schema, operation.name, set()))
    assert wrong == []


def closed(document: Document, schema: Any, path: str, known: set[int]) -> list[str]:
    """Members that are neither required, constant nor nullable."""
    schema, found = document.deref(schema), []
    if id(schema) in known:
        return []
    known.add(id(schema))
    for branch in [b for key in ("allOf", "anyOf", "oneOf") for b in schema.get(key, ())]:
        found += closed(document, branch, path, known)
    if isinstance(schema.get("items"), dict):
        found += closed(document, schema["items"], f"{path}[]", known)
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        if name not in schema.get("required", ()) and not open_to_null(document, inner):
            found.append(here)
        found += closed(document, inner, here, known)
    return found


def open_to_null(document: Document, schema: Any) -> bool:
    """Null, a constant, anything at all, or an object over the same row, which is always there."""
    listed = schema.get("enum", ())
    constant = len(listed) == 1 or None in listed or "const" in schema
    branches = [b for key in ("anyOf", "oneOf") for b in schema.get(key, ())]
    nullable = any("null" in (document.deref(b).get("type") or ()) for b in [schema, *branches])
    return not schema or "$ref" in schema or constant or nullable
