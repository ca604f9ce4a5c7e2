"""The judge itself is judged: a wrong answer of any kind must be refused."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from werkzeug.wrappers import Response

from emulators.coverage import Coverage
from tests.support.contract import ContractClient, ContractError
from tests.support.coverage_page import page
from tests.support.openapi import Document

ERROR = {"type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}}}
CONTRACT = {
    "openapi": "3.0.0",
    "x-error-reading": {"4XX": {"schema": ERROR, "media": "application/json"}},
    "paths": {
        "/things": {
            "get": {
                "operationId": "list",
                "parameters": [{"name": "sort", "in": "query", "schema": {"enum": ["up", "down"]}}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Thing"},
                                }
                            }
                        }
                    }
                },
            }
        },
        "/things/{id}": {"delete": {"operationId": "drop", "responses": {"202": {}}}},
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "size": {"type": "integer", "x-observed-types": ["string"]},
                    "at": {"type": "string", "format": "date-time"},
                    "kind": {"type": "string", "enum": ["big", "small"]},
                },
            }
        }
    },
}


def app(status: int, body: Any, media: str = "application/json") -> Any:
    data = b"" if body is None else orjson.dumps(body)
    return Response(data, status, content_type=media)


def client(*answer: Any, **more: Any) -> ContractClient:
    return ContractClient(app(*answer), Document(CONTRACT), **more)


@pytest.mark.parametrize(
    "answer",
    [
        (200, [{"id": "a", "size": 1, "at": "2020-01-01T00:00:00Z", "kind": "big"}]),
        (200, [{"id": "a", "size": None, "kind": None}]),
        (404, {"code": 1}),
    ],
    ids=["full", "nulls", "error reading"],
)
def test_right_answers_pass(answer: tuple[int, Any]) -> None:
    client(*answer).get("/things")


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("GET", "/things", (200, [{"size": 1}])),
        ("GET", "/things", (200, [{"id": None}])),
        ("GET", "/things", (200, [{"id": "a", "size": "1"}])),
        ("GET", "/things", (200, [{"id": "a", "at": "yesterday"}])),
        ("GET", "/things", (200, [{"id": "a", "kind": "huge"}])),
        ("GET", "/things", (200, [{"id": "a", "surprise": 1}])),
        ("GET", "/things", (200, [], "text/html")),
        ("GET", "/things", (201, [])),
        ("GET", "/things", (500, {"code": 1})),
        ("GET", "/things", (404, {"message": "no"})),
        ("GET", "/nowhere", (200, [])),
        ("DELETE", "/things/1", (202, {"id": "a"})),
    ],
    ids=[
        "required member absent",
        "required member null",
        "type",
        "format",
        "enum",
        "undeclared member",
        "media type",
        "status",
        "status class without a reading",
        "error body",
        "unknown path",
        "body where none is declared",
    ],
)
def test_wrong_answers_fail(method: str, path: str, answer: tuple[Any, ...]) -> None:
    with pytest.raises(ContractError):
        client(*answer).open(method, path)


def test_observed_types_and_members_beyond_are_opt_in() -> None:
    client(200, [{"id": "a", "size": "1"}], observed=True).get("/things")
    client(200, [{"id": "a", "more": 1}], beyond=frozenset({"Thing.more"})).get("/things")


def test_coverage_tells_seen_from_declared() -> None:
    document = Document(CONTRACT)
    coverage = Coverage("demo", document)
    wrapped = ContractClient(app(200, [{"id": "a", "kind": "big"}]), document, coverage=coverage)
    wrapped.get("/things?sort=down")
    assert coverage.missing("operations") == ["drop"]
    assert coverage.missing("statuses") == ["drop 202"]
    assert coverage.missing("members") == ["Thing.at", "Thing.size"]
    assert coverage.missing("enum values") == ["Thing.kind = small", "list query sort = up"]
    text = page({"demo": (coverage, {"drop 202": "no reason"})})
    assert "| members | 2 | 4 |" in text
    assert "| list | `GET /things` | 200 | sort (~~up~~, down) |" in text
    assert "| ~~drop~~ | `DELETE /things/{id}` | ~~202~~ | - |" in text
    assert "| Thing | id, ~~size~~, ~~at~~, kind (big, ~~small~~) |" in text
    assert "* drop 202: no reason" in text
