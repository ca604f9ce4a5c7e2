"""Requests and answers are recorded without changing either."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, request

from emulators.journal import HIDDEN, Journal
from emulators.recorder import KEPT_BYTES, Recorder


def echo() -> Flask:
    app = Flask("echo")

    @app.route("/<path:path>", methods=["GET", "POST"])
    def back(path: str) -> tuple[dict[str, Any], int]:
        data = request.get_data()
        return {"size": len(data), "sum": sum(data), "access_token": "t"}, 202

    return app


@pytest.fixture
def journal() -> Journal:
    return Journal(lambda: datetime(2026, 1, 2, tzinfo=UTC))


def client(journal: Journal) -> Any:
    app = echo()
    app.wsgi_app = Recorder(app.wsgi_app, lambda environ: journal)  # type: ignore[method-assign]
    return app.test_client()


def test_request_and_answer_are_one_entry(journal: Journal) -> None:
    answer = client(journal).post("/v2/things?a=1&b=", json={"x": 1}, auth=("demo", "secret"))
    assert answer.status_code == 202
    (entry,) = journal.find(kind="http")
    assert entry["request"]["method"] == "POST"
    assert entry["request"]["path"] == "/v2/things"
    assert entry["request"]["query"] == {"a": "1", "b": ""}
    assert entry["request"]["body"] == {"x": 1}
    assert entry["request"]["headers"]["Authorization"] == f"Basic demo:{HIDDEN}"
    assert entry["answer"]["status"] == 202
    assert entry["answer"]["body"]["access_token"] == HIDDEN
    assert entry["answer"]["body"]["size"] == len(b'{"x": 1}')
    assert entry["milliseconds"] >= 0


@pytest.mark.parametrize("size", [0, 1, KEPT_BYTES - 1, KEPT_BYTES, KEPT_BYTES + 1, 300_000])
def test_application_gets_the_whole_body(journal: Journal, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    answer = client(journal).post("/x", data=body[:size])
    assert answer.json["size"] == size
    assert answer.json["sum"] == sum(body[:size])


def test_forms_and_texts_are_readable(journal: Journal) -> None:
    c = client(journal)
    c.post("/oauth2/token", data={"client_secret": "s", "grant_type": "client_credentials"})
    c.post("/x", data="just text", content_type="text/plain")
    c.get("/x")
    bodies = [entry["request"]["body"] for entry in journal.find()]
    assert bodies == [
        {"client_secret": HIDDEN, "grant_type": "client_credentials"},
        "just text",
        None,
    ]


def test_long_bodies_are_texts_without_secrets(journal: Journal) -> None:
    c = client(journal)
    c.post("/x", json={"password": "hunter2", "pad": "x" * 10_000})
    c.post("/x", data=b"token=abc and more", content_type="text/plain")
    c.post("/x", json={"password": "hunter2", "pad": "x" * 100_000})
    bodies = [entry["request"]["body"] for entry in journal.find()]
    assert HIDDEN in bodies[0]
    assert "hunter2" not in str(bodies)
    assert "abc" not in bodies[1]
    assert bodies[2] == f"[{KEPT_BYTES} bytes or more]"


@pytest.mark.parametrize("path", ["/_emulator/api/reset", "/_gateway/health"])
def test_control_and_operations_calls_are_not_recorded(journal: Journal, path: str) -> None:
    client(journal).post(path)
    assert journal.find() == []


def test_a_body_that_breaks_off_is_answered_with_400(journal: Journal) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("unexpected end of file")

    started: list[str] = []

    def never(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise AssertionError("the application must not see half a request")

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/x", "wsgi.input": Broken()}
    answer = Recorder(never, journal)(environ, lambda status, headers: started.append(status))
    assert list(answer) == []
    assert started == ["400 Bad Request"]


def test_lines_of_a_long_body_stay_whole(journal: Journal) -> None:
    lines = [b"x" * 40_000 + b"\n", b"y" * 40_000 + b"\n", b"z"]
    seen: list[bytes] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.extend(environ["wsgi.input"])
        start_response("200 OK", [])
        return [b""]

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": BytesIO(b"".join(lines))}
    answer: Any = Recorder(application, lambda _: journal)(environ, lambda status, headers: None)
    assert answer == [b""]
    assert seen == lines
    assert len(journal.find()) == 1
