"""Where calls go, asked with every dialect's credentials: of own numbers and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.models import Number
from tests.support.snapshots import nothing_changes
from tests.support.worlds import DIALECTS, World

Make = Callable[[str], World]


def explain(world: World, headers: Mapping[str, str], number: str, **query: Any) -> TestResponse:
    query["number"] = number
    return world.client.get("/_gateway/routes/explain", headers=headers, query_string=query)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_caller_learns_of_its_own_numbers_only(world: Make, dialect: str) -> None:
    made = world(dialect)
    owner, stranger = dict(made.samples.owner), dict(made.samples.stranger)
    seen = {200: 0, 404: 0}
    with nothing_changes():
        for row in Number.select().where(Number.account.is_null(False)):
            own, foreign = explain(made, owner, row.e164), explain(made, stranger, row.e164)
            assert {own.status_code, foreign.status_code} <= {200, 404}
            assert (own.status_code, foreign.status_code) != (200, 200)
            seen[own.status_code] += 1
            if own.status_code == 200:
                assert own.json is not None
                assert own.json["number"] == row.e164
                assert own.json["path"][-1]["action"] in ("application", "hangup", "reject")
            assert not any(mark in foreign.text for mark in made.samples.marks)
        free = Number.get_or_none(Number.account.is_null())
        for number in [free.e164] if free else []:
            assert explain(made, owner, number).status_code == 404
    assert seen[200] > 0


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_refused_credentials_and_bad_questions(world: Make, dialect: str) -> None:
    made = world(dialect)
    owner = dict(made.samples.owner)
    numbers = [row.e164 for row in Number.select().where(Number.account.is_null(False))]
    number = next(one for one in numbers if explain(made, owner, one).status_code == 200)
    for kind in ("none", "revoked", "expired", "inactive account"):
        answer = explain(made, made.samples.refused[kind][0], number)
        assert answer.status_code == 401, kind
        assert "WWW-Authenticate" in answer.headers
    for query in ({"number": ""}, {"number": "joe"}, {"from": "joe"}, {"at": "noon"}):
        answer = explain(made, owner, **{"number": number, **query})  # type: ignore[arg-type]
        assert (answer.status_code, answer.json["error"]["kind"]) == (400, "invalid"), query  # type: ignore[index]
    assert explain(made, owner, number, account="nobody").status_code == 404
