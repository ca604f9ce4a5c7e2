"""The strict profile: what the guide shows and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.http.kit import Operation
from tests.adapters.callable import world
from tests.adapters.callable.samples import ADDRESS, HOOK, OPERATIONS, TRUNK
from tests.adapters.callable.world import BASE, hex24
from tests.support.contract import ContractClient
from tests.support.openapi import load_contract
from tests.support.snapshots import nothing_changes
from tests.support.worlds import operations

OWN = [operation for name, operation in operations() if name == "callable"]
BEYOND = [operation for operation in OWN if operation.provenance != "seed"]
SHOWN = {(op.method.upper(), op.path) for op in load_contract("callable").operations}


@pytest.fixture
def profile() -> str:
    return "strict"


def test_the_seed_is_served_whole() -> None:
    assert {op.id for op in OWN if op.provenance == "seed"} == {
        op.name for op in load_contract("callable").operations
    }
    assert len(SHOWN) == len(OWN) - len(BEYOND) == 20


@pytest.mark.parametrize("operation", BEYOND, ids=lambda op: op.id)
def test_what_lies_beyond_is_not_there(client: ContractClient, operation: Operation) -> None:
    """405 where the guide has another method at the path, with those; else 404."""
    template = operation.rule.replace("<", "{").replace(">", "}")
    path = template.format(**OPERATIONS[operation.id].values)
    methods = {method for method, shown in SHOWN if shown == template}
    with nothing_changes():
        answer = client.open(operation.method, path, json={})
    if not methods:
        assert (answer.status_code, answer.json["status"]) == (404, "NOT_FOUND")
        return
    assert (answer.status_code, answer.json["status"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == methods


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{BASE}/address", ADDRESS),
        ("POST", f"{BASE}/trunk", TRUNK),
        ("PUT", f"{BASE}/trunk/{world.TRUNK}", TRUNK),
        ("POST", f"{BASE}/hook", HOOK),
        ("PUT", f"{BASE}/hook/{world.HOOK}", {**HOOK, "app": "flow.generic"}),
    ],
)
def test_a_member_that_is_not_known_is_refused(
    client: ContractClient, method: str, path: str, body: dict[str, object]
) -> None:
    with nothing_changes():
        answer = client.open(method, path, json={**body, "extra": 1})
    assert (answer.status_code, answer.json["errors"]) == (400, ["extra: is not known"])
    assert client.open(method, path, json={**body, "id": "any"}).status_code in (201, 204)


def test_no_path_says_what_it_would_allow_elsewhere(connect: Callable[..., ContractClient]) -> None:
    client = connect()
    allowed = client.patch(f"{BASE}/trunk/{world.TRUNK}").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "PUT"}
    assert client.patch(f"{BASE}/ddi/{hex24(world.DDI)}").status_code == 404
    assert client.patch("/api/v1/oauth/refresh").status_code == 404
