"""Log lines are JSON objects without anything that opens a door."""

from __future__ import annotations

import io
import json
import logging

import pytest

from gateway.log import JsonFormatter, configure, redact, redact_text
from gateway.settings import Settings
from tests.http.conftest import BASIC


@pytest.fixture
def stream():
    """What the process logs, while logging is configured for a test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()

    def start(**fields):
        configure(Settings(**fields), text)
        return text

    yield start
    root.handlers[:], root.level = handlers, level


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_logger_event_and_extras(stream):
    out = stream()
    logging.getLogger("a.b").warning("happened %d", 3, extra={"link": "l1", "count": 2})
    (line,) = lines(out)
    assert line.pop("at").endswith("Z")
    expected = {
        "level": "WARNING",
        "logger": "a.b",
        "event": "happened 3",
        "link": "l1",
        "count": 2,
    }
    assert line == expected


def test_an_error_has_its_trace_redacted(stream):
    out = stream()
    try:
        raise ValueError("postgresql://user:hunter2@host/x")
    except ValueError:
        logging.getLogger("a").exception("broken")
    (line,) = lines(out)
    assert "ValueError" in line["error"]
    assert "hunter2" not in line["error"]


SECRETS = {
    "header": ("Authorization: Basic a2V5OnBhOnNz", "a2V5"),
    "bearer": ("sent bearer eyJhbGciOi.J9-_x", "eyJ"),
    "url": ("https://me:hunter2@host/path", "hunter2"),
    "url without user": ("redis://:hunter2@host", "hunter2"),
    "query": ("GET /x?access_token=hunter2&a=1", "hunter2"),
    "pairs": ("bind password=hunter2 failed", "hunter2"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_texts_lose_their_credentials(text, secret):
    assert secret not in redact_text(text)
    assert "***" in redact_text(text)


@pytest.mark.parametrize("name", ["password", "Authorization", "access-token", "secret_key"])
def test_secret_members_are_hidden_at_any_depth(name):
    assert redact("facts", {"a": [{name: "x", "b": 1}]}) == {"a": [{name: "***", "b": 1}]}
    assert redact(name, None) is None


def test_message_texts_are_masked_on_request():
    assert redact("text", "hello", mask_text=True) == "***"
    assert redact("text", "hello") == "hello"
    record = logging.makeLogRecord({"msg": "x", "body": "hello"})
    assert "hello" not in JsonFormatter(mask_text=True).format(record)


def test_text_form_and_level(stream):
    out = stream(log_format="text", log_level="ERROR")
    logging.getLogger("a").warning("no")
    logging.getLogger("a").error("yes", extra={"n": 1, "token": "t"})
    assert out.getvalue().endswith("yes n=1 token=***\n")
    assert "no" not in out.getvalue()


def test_requests_are_logged_when_asked(stream, make_site):
    out = stream()
    site = make_site(access_log=True)
    site.client.get("/t1/all?access_token=hunter2", headers=BASIC)
    (line,) = lines(out)
    assert (line["event"], line["operation"], line["status"]) == ("request", "allThings", 200)
    assert line["actor"].startswith("key:")
    assert "hunter2" not in out.getvalue()
