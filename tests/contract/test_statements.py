"""How many statements an answer costs does not depend on how many rows it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.http.kit import Operation
from tests.contract.test_paging import LISTS
from tests.support.worlds import World, operations

FEW, MANY = 2, 9
MOST = 6
READS = [
    pytest.param(dialect, operation, id=f"{dialect}-{operation.id}")
    for dialect, operation in operations()
    if operation.method == "GET" and operation.raw is None
]


@pytest.mark.parametrize(("dialect", "operation"), LISTS)
def test_lists_cost_the_same_whatever_their_length(
    world: Callable[[str], World], counted: Any, dialect: str, operation: Operation
) -> None:
    made = world(dialect)
    paging = made.samples.paging
    assert paging is not None
    costs, lengths = [], []
    for size in (FEW, MANY):
        made.load(made.samples.crowd(size, made.made))
        query = "&".join(filter(None, [made.sample(operation).query, f"{paging.limit}=100"]))
        made.send(operation, query=query)  # whatever is remembered is remembered now
        with counted() as said:
            answer = made.send(operation, query=query)
        costs.append(len(said))
        lengths.append(len(paging.ids(answer.json)))
    assert lengths[1] - lengths[0] == MANY - FEW
    assert costs[0] == costs[1]
    assert 0 < costs[1] <= MOST


@pytest.mark.parametrize(("dialect", "operation"), READS)
def test_reads_cost_the_same_whatever_is_stored(
    world: Callable[[str], World], counted: Any, dialect: str, operation: Operation
) -> None:
    made = world(dialect)
    costs = []
    for size in (FEW, MANY):
        made.load(made.samples.crowd(size, made.made))
        made.send(operation)  # whatever is remembered is remembered now
        with counted() as said:
            answer = made.send(operation)
        assert answer.status_code < 300, answer.text
        costs.append([sql.split(" FROM ")[-1] for sql in said])
    assert costs[0] == costs[1]
