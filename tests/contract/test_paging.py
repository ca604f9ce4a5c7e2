"""Lists in pages: every row once, links that lead on, and bounds that are refused, not bent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from gateway.domain import problems
from gateway.http.kit import Operation
from tests.contract.test_errors import judge, status_of
from tests.support.matrix import Paging
from tests.support.openapi import Document
from tests.support.worlds import DIALECTS, World, rows, samples

Make = Callable[[str], World]
MANY = 7


def is_paged(operation: Operation, dialect: str) -> bool:
    paging = samples(dialect).paging
    known = operation.query.fields if operation.query is not None else {}
    return paging is not None and {paging.limit, paging.offset} <= set(known)


LISTS = [
    parameter
    for parameter in rows(lambda operation, sample: operation.method == "GET")
    if is_paged(parameter.values[1], parameter.values[0])
]
paged = pytest.mark.parametrize(("dialect", "operation"), LISTS)


class Pages:
    """The pages of one list in a crowded world."""

    def __init__(self, world: World, operation: Operation) -> None:
        self.world, self.operation = world, operation
        paging = world.samples.paging
        assert paging is not None
        self.paging: Paging = paging
        document = Document(world.app.document(world.dialect.name))
        (described,) = [op for op in document.operations if op.name == operation.id]
        self.limit = described.parameters["query", paging.limit]["schema"]
        world.load(world.samples.crowd(MANY, world.made))

    def get(self, limit: Any = None, offset: Any = None) -> TestResponse:
        given = {self.paging.limit: limit, self.paging.offset: offset}
        named = [f"{name}={value}" for name, value in given.items() if value is not None]
        known = self.world.sample(self.operation).query
        return self.world.send(self.operation, query="&".join(filter(None, [known, *named])))

    def ids(self, limit: Any = None, offset: Any = None) -> list[str]:
        answer = self.get(limit, offset)
        assert answer.status_code == 200, answer.text
        return self.paging.ids(answer.json)

    def follow(self, url: str) -> Any:
        parts = urlsplit(url)
        answer = self.world.client.get(
            f"{parts.path}?{parts.query}", headers=self.world.owner(self.operation)
        )
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def pages(world: Make) -> Callable[[str, Operation], Pages]:
    return lambda dialect, operation: Pages(world(dialect), operation)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_dialect_with_pages_has_lists(dialect: str) -> None:
    if samples(dialect).paging is not None:
        assert [p for p in LISTS if p.values[0] == dialect]


@paged
def test_following_the_links_gives_every_row_once(
    pages: Any, dialect: str, operation: Operation
) -> None:
    made = pages(dialect, operation)
    whole = made.ids(made.limit.get("maximum", 1000))
    assert len(whole) == len(set(whole)) >= MANY
    body, found, sizes = made.get(2).json, [], []
    while True:
        found += made.paging.ids(body)
        sizes.append(len(made.paging.ids(body)))
        following = made.paging.following(body)
        if following is None:
            break
        body = made.follow(following)
    assert found == whole
    assert set(sizes[:-1]) == {2}
    assert sizes[-1] in (1, 2)


@paged
def test_a_page_names_itself(pages: Any, dialect: str, operation: Operation) -> None:
    made = pages(dialect, operation)
    for window in ((), (2, 1), (made.limit.get("maximum", 1000), 0)):
        body = made.get(*window).json
        if itself := made.paging.itself(body):
            assert made.follow(itself) == body
            assert f"{made.paging.limit}=" in itself
            assert f"{made.paging.offset}=" in itself


@paged
def test_limit_and_offset_cut(pages: Any, dialect: str, operation: Operation) -> None:
    made = pages(dialect, operation)
    whole = made.ids(made.limit.get("maximum", 1000))
    assert made.ids() == whole[: made.limit["default"]]
    for limit, offset in ((1, 0), (1, 3), (3, 2), (5, len(whole) - 1), (2, len(whole))):
        assert made.ids(limit, offset) == whole[offset : offset + limit], (limit, offset)
    exact = made.get(len(whole), 0).json
    assert made.paging.following(exact) is None
    assert made.ids(1, 2**31 - 1) == []


@paged
def test_windows_out_of_bounds_are_refused(pages: Any, dialect: str, operation: Operation) -> None:
    made = pages(dialect, operation)
    most = made.limit["maximum"]
    status = status_of(made.world, problems.Invalid)
    for limit in (0, -1, most + 1, "", "x", "1.5", 10**30):
        judge(made.world, made.get(limit), status)
    for offset in (-1, "", "x", "1.5", 10**30):
        judge(made.world, made.get(None, offset), status)
    assert made.get(most).status_code == made.get(made.limit["minimum"]).status_code == 200
