"""Every way a request can fail, in every dialect: status, body, media type and headers.

What an error must look like comes from the served document and from the dialect's own table of
statuses; what must be refused comes from the route table.
"""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.dialect import ErrorView
from gateway.domain import problems
from gateway.http.kit import Operation
from gateway.models.database import Store, open_store, relinquish
from tests.support import worlds
from tests.support.openapi import formats
from tests.support.snapshots import nothing_changes
from tests.support.stores import KEYRING
from tests.support.worlds import DIALECTS, World, operations

Make = Callable[[str], World]
NAMES = sorted(DIALECTS)
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
MALFORMED = {
    "cut off": b'{"a": ',
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "not JSON": b"hello",
    "a list": b"[]",
    "a text": b'"text"',
    "null": b"null",
    "a member twice": b'{"a": 1, "a": 2}',
    "too deep": b'{"a":' * 40 + b"1" + b"}" * 40,
    "not a number": b'{"a": NaN}',
    "a lone surrogate": b'{"a": "\\ud800"}',
}


def takes_body(operation: Operation) -> bool:
    return operation.takes is not None


def asks(world: World) -> Callable[[Operation], bool]:
    """Whether an operation asks the database anything."""
    return lambda operation: operation.id not in world.samples.stateless


def each(
    dialect: str, wanted: Callable[[Operation], bool] = lambda operation: True
) -> Iterator[Operation]:
    """The operations of a dialect; a test that fails at one says which. There is at least one."""
    own = [op for name, op in operations() if name == dialect and wanted(op)]
    assert own
    for operation in own:
        print(operation.id)  # shown by the runner when the test fails there
        yield operation


def status_of(world: World, problem: type[problems.Problem]) -> int:
    """What the dialect answers for a problem in its default profile."""
    view = ErrorView(profile=world.dialect.profile(), request_id="x")
    return world.dialect.render_problem(problem(), view).status


def judge(world: World, answer: TestResponse, status: int) -> None:
    """An error must be the dialect's own, as its document says."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == world.dialect.error_media
    assert answer.headers["X-Request-ID"]
    header = HEADERS.get(status)
    if header and (status != 401 or world.dialect.challenge):
        assert answer.headers[header]
    document = world.app.document(world.dialect.name)
    response = document["components"]["responses"][f"Error{status}"]
    schema = response["content"][world.dialect.error_media]["schema"]
    whole = {**schema, "components": document["components"]}
    found = Draft202012Validator(whole, format_checker=formats).iter_errors(answer.json)
    assert [error.message for error in found] == []


@pytest.mark.parametrize("dialect", NAMES)
def test_unknown_paths(world: Make, dialect: str) -> None:
    made = world(dialect)
    for prefix in (*made.dialect.prefixes, f"/{dialect}/"):
        for path in ("no/such/thing", "", "%00", "%2e%2e/x", "é"):
            for headers in (made.samples.owner, {}):
                judge(made, made.client.get(prefix + path, headers=headers), 404)


@pytest.mark.parametrize("dialect", NAMES)
def test_wrong_methods(world: Make, dialect: str) -> None:
    """405 on every path for every method it does not have, and Allow names those it has."""
    made = world(dialect)
    status = status_of(made, problems.MethodNotAllowed)
    own = list(each(dialect))
    by_path: dict[str, set[str]] = {}
    for path, item in made.app.document(dialect)["paths"].items():
        by_path[path] = {method.upper() for method in item}
    paths = {op.rule.replace("<", "{").replace(">", "}"): made.path(op) for op in own}
    assert set(paths) == set(by_path)
    with nothing_changes():
        for template, methods in by_path.items():
            unserved = set(METHODS) - methods - ({"OPTIONS"} if made.dialect.cors else set())
            for method in unserved:
                answer = made.client.open(
                    paths[template], method=method, headers=made.samples.owner
                )
                judge(made, answer, status)
                allowed = set(answer.headers["Allow"].split(", "))
                assert allowed - {"HEAD"} == methods, (method, template)
                assert ("HEAD" in allowed) == ("GET" in methods)


@pytest.mark.parametrize("dialect", NAMES)
def test_malformed_bodies(world: Make, dialect: str) -> None:
    made = world(dialect)
    status = status_of(made, problems.Malformed)
    with nothing_changes():
        for operation in each(dialect, takes_body):
            for name, data in MALFORMED.items():
                if name == "a list" and isinstance(made.body(operation), list):
                    continue
                judge(made, made.send(operation, data=data), status)


@pytest.mark.parametrize("dialect", NAMES)
def test_bodies_that_cannot_be_json(world: Make, dialect: str) -> None:
    made = world(dialect)
    status = status_of(made, problems.UnsupportedMedia)
    with nothing_changes():
        for operation in each(dialect, takes_body):
            packed = {**made.owner(operation), "Content-Encoding": "gzip"}
            for media in sorted(made.dialect.body.refused):
                content_type = media.replace("*", "x-any")
                judge(made, made.send(operation, data=b"{}", content_type=content_type), status)
            judge(made, made.send(operation, packed, data=b"{}"), status)


@pytest.mark.parametrize("dialect", NAMES)
def test_bodies_over_the_bound(world: Make, dialect: str) -> None:
    made = world(dialect)
    status = status_of(made, problems.TooLarge)
    bound = made.app.universe.settings.max_body_bytes
    large = json.dumps({"a": "x" * bound}).encode()
    with nothing_changes():
        for operation in each(dialect, takes_body):
            judge(made, made.send(operation, data=large), status)
            chunked = made.client.open(
                made.path(operation),
                method=operation.method,
                input_stream=io.BytesIO(large),
                headers={**made.owner(operation), "Transfer-Encoding": "chunked"},
                environ_overrides={"wsgi.input_terminated": True},
            )
            judge(made, chunked, status)


@pytest.mark.parametrize("dialect", NAMES)
def test_refused_credentials_have_a_body(world: Make, dialect: str) -> None:
    made = world(dialect)
    for operation in each(dialect, lambda operation: not operation.public):
        for headers, status in made.samples.refused.values():
            judge(made, made.send(operation, headers), status)


@pytest.mark.parametrize("dialect", NAMES)
def test_objects_of_others_have_a_body(world: Make, dialect: str) -> None:
    made = world(dialect)
    for operation in each(dialect):
        foreign = made.sample(operation).foreign
        if foreign is not None:
            judge(made, made.send(operation, made.stranger(operation)), foreign)


@pytest.mark.parametrize("dialect", NAMES)
def test_faults_of_ours_say_nothing(
    store: Store, dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(operation: Operation) -> Callable[..., Any]:
        def handler(*args: Any, **values: Any) -> Any:
            raise RuntimeError("the secret reason")

        return handler

    whole = World(worlds.application(store), dialect)
    app = create_app(
        universe=whole.app.universe, dialects=worlds.with_handlers(whole.dialect, broken)
    )
    made = whole.at(app)
    for operation in each(dialect):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            answer = made.send(operation)
        judge(made, answer, 500)
        assert "secret" not in answer.text
        assert "RuntimeError" not in answer.text
        logged = [record for record in caplog.records if record.exc_info]
        assert [r.request_id for r in logged] == [answer.headers["X-Request-ID"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("dialect", NAMES)
def test_too_many_requests(store: Store, dialect: str) -> None:
    whole = World(worlds.application(store), dialect)
    universe = whole.app.universe
    slow = dataclasses.replace(
        universe, settings=universe.settings.but(rate_limit=0.0001, rate_burst=1)
    )
    app = create_app(universe=slow)
    made = whole.at(app)
    own = list(each(dialect))
    first = {caller(made, operation): operation for operation in reversed(own)}
    for operation in first.values():  # every caller has one request
        assert made.send(operation).status_code == operation.status
    with nothing_changes():
        for operation in own:
            answer = made.send(operation)
            judge(made, answer, status_of(made, problems.Limited))
            assert int(answer.headers["Retry-After"]) >= 1


def caller(world: World, operation: Operation) -> str:
    """Who is counted: whoever the credentials are of, an address where none are asked for."""
    return "" if operation.public else str(world.owner(operation))


@pytest.fixture
def intruder(store_url: str) -> Iterator[sqlite3.Connection]:
    """Another process's connection to the SQLite file."""
    conn = sqlite3.connect(store_url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
    yield conn
    conn.close()


@on_sqlite
@pytest.mark.parametrize("dialect", NAMES)
def test_a_locked_database(store: Store, intruder: sqlite3.Connection, dialect: str) -> None:
    """Who only reads is served, who writes gets 503 and no half of it; then everything works."""
    store.database.lock_seconds = 0.01
    made = World(worlds.application(store), dialect)
    writers = []
    intruder.execute("BEGIN IMMEDIATE")
    with nothing_changes():
        for operation in each(dialect):
            answer = made.send(operation)
            if answer.status_code != operation.status:
                judge(made, answer, status_of(made, problems.Unavailable))
                writers.append(operation)
    served = {operation.method for operation in each(dialect)}
    assert {operation.method for operation in writers} - {"GET"} == served - {"GET"}
    read = {operation.id for operation in writers if operation.method == "GET"}
    assert read == set(made.samples.writing)
    intruder.execute("ROLLBACK")
    assert made.send(writers[0]).status_code == writers[0].status


@on_sqlite
@pytest.mark.parametrize("dialect", NAMES)
def test_a_database_that_is_away_for_a_while(store: Store, store_url: str, dialect: str) -> None:
    made = World(worlds.application(store), dialect)
    own = list(each(dialect, asks(made)))
    path = Path(store_url.removeprefix("sqlite:///"))
    relinquish()
    store.close()
    path.rename(path.with_suffix(".away"))
    for operation in own:
        judge(made, made.send(operation), status_of(made, problems.Unavailable))
    path.with_suffix(".away").rename(path)
    assert made.send(own[0]).status_code == own[0].status


@pytest.mark.parametrize("dialect", NAMES)
def test_a_database_server_that_is_gone(store: Store, dialect: str) -> None:
    whole = World(worlds.application(store), dialect)
    gone = open_store("postgresql://nobody@127.0.0.1:1/none", keyring=KEYRING)
    made = whole.at(worlds.application(gone))
    for operation in each(dialect, asks(made)):
        judge(made, made.send(operation), status_of(made, problems.Unavailable))
    gone.close()
