"""The tenant matrix: every operation of every dialect x every kind of credential.

The rows come from the route table, so an operation that is added without a sample fails here, and a
new dialect joins by existing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.http.kit import Operation
from tests.support.snapshots import nothing_changes
from tests.support.worlds import CLOSED, DIALECTS, ROWS, World, operations, samples

REFUSALS = ("none", "wrong secret", "revoked", "expired", "inactive account")
Make = Callable[[str], World]


def test_every_dialect_is_in_the_matrix() -> None:
    assert {name for name, _ in operations()} == set(DIALECTS)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_no_sample_is_left_over(dialect: str) -> None:
    known = {op.id for name, op in operations() if name == dialect}
    assert set(samples(dialect).operations) == known


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_kind_of_refusal_is_there(dialect: str) -> None:
    assert set(REFUSALS) <= set(samples(dialect).refused)


@pytest.mark.parametrize(("dialect", "operation"), CLOSED)
def test_refused_credentials(world: Make, dialect: str, operation: Operation) -> None:
    """Each refused credential gets its status, learns nothing and changes nothing."""
    made = world(dialect)
    got = {}
    with nothing_changes():
        for kind, (headers, _) in made.samples.refused.items():
            answer = made.send(operation, headers)
            got[kind] = answer.status_code
            assert not any(mark in answer.text for mark in made.samples.marks), kind
    wanted = {kind: status for kind, (_, status) in made.samples.refused.items()}
    assert got == wanted


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
def test_the_owner_succeeds(world: Make, dialect: str, operation: Operation) -> None:
    answer = world(dialect).send(operation)
    assert answer.status_code == operation.status, answer.text


@pytest.mark.parametrize(("dialect", "operation"), CLOSED)
def test_a_stranger_sees_and_changes_nothing_of_the_owner(
    world: Make, dialect: str, operation: Operation
) -> None:
    made = world(dialect)
    stranger, foreign = made.stranger(operation), made.sample(operation).foreign
    if foreign is None:
        answer = made.send(operation, stranger)
        assert answer.status_code == operation.status, answer.text
    else:
        with nothing_changes():
            answer = made.send(operation, stranger)
        assert answer.status_code == foreign, answer.text
    shown = answer.text if foreign is not None or operation.method == "GET" else ""
    assert [mark for mark in made.samples.marks if mark in shown] == []
