"""The served document has all of the contract, and says what lies beyond it."""

from __future__ import annotations

import pytest

from adapters.flowroute import DIALECT
from gateway.app import create_app
from gateway.settings import Settings
from tests.support.openapi import Document, Operation, load_contract

CONTRACT = load_contract("flowroute")
ERRORS = {"400", "401", "404", "405", "413", "415", "422", "429", "500", "503"}
BEYOND_THE_SEED = 34


@pytest.fixture(scope="module", params=sorted(DIALECT.profiles))
def served(request: pytest.FixtureRequest) -> Document:
    settings = Settings(
        database_url="sqlite:///:memory:", profiles={"flowroute": str(request.param)}
    )
    return Document(create_app(settings).document("flowroute"))


@pytest.mark.parametrize("contract", CONTRACT.operations, ids=lambda o: o.name)
def test_operations_of_the_contract_are_served(contract: Operation, served: Document) -> None:
    found = served.find(contract.method, contract.path)
    assert found is not None
    assert found.name == contract.name
    assert set(found.statuses) >= set(contract.statuses) | ERRORS
    assert {name for where, name in found.parameters if where == "query"} >= {
        name for where, name in contract.parameters if where == "query"
    }
    for (where, name), parameter in contract.parameters.items():
        if where == "query":
            assert found.parameters[where, name].get("required", False) == parameter["required"]
    assert found.body["x-provenance"] == "seed"
    assert "x-beyond-the-seed" not in found.body
    assert (found.request_schema is None) <= (contract.request_schema is None)


def test_everything_else_is_marked(served: Document) -> None:
    known = {operation.name for operation in CONTRACT.operations}
    beyond = [operation for operation in served.operations if operation.name not in known]
    assert len(beyond) == BEYOND_THE_SEED
    assert all(operation.body["x-beyond-the-seed"] is True for operation in beyond)
    assert {operation.body["x-provenance"] for operation in beyond} == {
        "vendor documentation",
        "vendor clients",
    }


def test_errors_have_the_dialects_body(served: Document) -> None:
    for operation in served.operations:
        for status in ERRORS & set(operation.statuses):
            (media,) = operation.content(int(status)) or {}
            assert media == "application/vnd.api+json"


def test_every_operation_says_what_it_does(served: Document) -> None:
    for operation in served.operations:
        assert operation.body["summary"], operation.name
        assert operation.body["tags"], operation.name
