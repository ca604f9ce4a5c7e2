"""What a change leaves alone and what a repeated request does, alike in every dialect."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain import problems
from gateway.http.kit import Operation
from gateway.models import TABLES
from gateway.models.database import db, write
from gateway.wire import MERGE
from tests.contract.test_answers import in_order
from tests.contract.test_errors import judge, status_of
from tests.support.snapshots import changed, nothing_changes, snapshot
from tests.support.worlds import DIALECTS, World, operations, rows

Make = Callable[[str], World]
ELSEWHERE = {"elsewhere": {"kept": [1, {"a": None}]}}
WITH_EXTRAS = [model for model in TABLES if "extras" in model._meta.fields]


def mark_extras() -> None:
    """Give every row members of a dialect nobody here speaks."""
    with write():
        for model in WITH_EXTRAS:
            for row in model.select():
                row.extras = {**(row.extras or {}), **ELSEWHERE}
                row.save()


def extras() -> dict[Any, Any]:
    """What that dialect has now, by row."""
    return {
        (model.__name__, row.uid): (row.extras or {}).get("elsewhere")
        for model in WITH_EXTRAS
        for row in model.select()
    }


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_other_dialects_keep_their_members(world: Make, dialect: str) -> None:
    """No operation of one dialect touches what another stored in a row they share."""
    made = world(dialect)
    mark_extras()
    before = extras()
    assert before
    assert set(map(str, before.values())) == {str(ELSEWHERE["elsewhere"])}
    for operation in in_order(dialect, ""):
        if operation.method == "GET":
            continue
        answer = made.send(operation)
        assert answer.status_code == operation.status, answer.text
        now = extras()
        lost = [key for key in before.keys() & now.keys() if now[key] != before[key]]
        assert lost == [], operation.id


MERGING = rows(
    lambda operation, sample: (
        operation.takes is not None and (operation.mode is MERGE or operation.takes.partial)
    )
)


@pytest.mark.parametrize(("dialect", "operation"), MERGING)
def test_a_merge_of_nothing_changes_nothing(
    world: Make, dialect: str, operation: Operation
) -> None:
    made = world(dialect)
    made.send(operation)  # what is touched by any change at all is touched now
    with nothing_changes():
        for data in (b"{}", b""):
            answer = made.send(operation, data=data)
            refused = made.samples.state_refused.get(operation.id, ())
            assert answer.status_code in (operation.status, *refused), answer.text


@pytest.mark.parametrize(("dialect", "operation"), MERGING)
def test_a_member_nobody_knows_changes_nothing(
    world: Make, dialect: str, operation: Operation
) -> None:
    """Ignored or refused, as the dialect chose; a refusal names it."""
    made = world(dialect)
    made.send(operation)
    with nothing_changes():
        answer = made.send(operation, data=b'{"member_nobody_knows": 1}')
    if answer.status_code != operation.status:
        assert 400 <= answer.status_code < 500
        assert "member_nobody_knows" in answer.text


@pytest.mark.parametrize(("dialect", "operation"), MERGING)
def test_a_merge_repeated_changes_nothing(world: Make, dialect: str, operation: Operation) -> None:
    made = world(dialect)
    before = snapshot()
    first = made.send(operation)
    assert changed(before, snapshot()) != []
    with nothing_changes():
        second = made.send(operation)
    assert (second.status_code, second.data) == (first.status_code, first.data)


IDEMPOTENT = rows(lambda operation, sample: sample.another is not None)
idempotent = pytest.mark.parametrize(("dialect", "operation"), IDEMPOTENT)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_dialect_that_sends_messages_takes_idempotency_keys(dialect: str) -> None:
    """Clients whose connection broke send again: what makes messages must know the repeat."""
    own = [op for name, op in operations() if name == dialect and op.method == "POST"]
    sends = {op.id for op in own if "message" in op.id.lower()}
    assert sends == {p.values[1].id for p in IDEMPOTENT if p.values[0] == dialect}


def keyed(world: World, operation: Operation, key: str) -> dict[str, str]:
    return {**world.owner(operation), "Idempotency-Key": key}


def messages() -> int:
    count: int = db.execute_sql("SELECT count(*) FROM message").fetchone()[0]
    return count


@idempotent
def test_the_same_request_again(world: Make, dialect: str, operation: Operation) -> None:
    made = world(dialect)
    first = made.send(operation, keyed(made, operation, "k1"))
    assert first.status_code == operation.status, first.text
    with nothing_changes():
        again = made.send(operation, keyed(made, operation, "k1"))
    assert (again.status_code, again.data) == (first.status_code, first.data)
    count = messages()
    other = made.send(operation, keyed(made, operation, "k2"))
    assert other.data != first.data
    assert messages() == count + 1


@idempotent
def test_without_a_key_every_request_counts(
    world: Make, dialect: str, operation: Operation
) -> None:
    made = world(dialect)
    count = messages()
    for headers in (made.owner(operation), keyed(made, operation, "")):
        assert made.send(operation, headers).status_code == operation.status
    assert messages() == count + 2


@idempotent
def test_the_same_key_for_something_else(world: Make, dialect: str, operation: Operation) -> None:
    made = world(dialect)
    assert made.send(operation, keyed(made, operation, "k1")).status_code == operation.status
    body = json.dumps(made.sample(operation).another).encode()
    with nothing_changes():
        refused = made.send(operation, keyed(made, operation, "k1"), data=body)
    judge(made, refused, status_of(made, problems.Conflict))
    assert (
        made.send(operation, keyed(made, operation, "k2"), data=body).status_code
        == operation.status
    )


@idempotent
def test_keys_that_cannot_be_kept(world: Make, dialect: str, operation: Operation) -> None:
    made = world(dialect)
    with nothing_changes():
        refused = made.send(operation, keyed(made, operation, "x" * 256))
    judge(made, refused, status_of(made, problems.Invalid))
    assert made.send(operation, keyed(made, operation, "x" * 255)).status_code == operation.status
