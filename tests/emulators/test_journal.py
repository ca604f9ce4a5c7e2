"""The journal keeps what happened, hides secrets, and finds or waits for entries."""

from __future__ import annotations

from datetime import UTC, datetime

import gevent
import pytest

from emulators.journal import HIDDEN, Journal, matches, misses, redact


def journal(capacity: int = 100) -> Journal:
    return Journal(lambda: datetime(2026, 1, 2, tzinfo=UTC), capacity)


def test_entries_are_numbered_and_dated() -> None:
    j = journal()
    j.add("http", {"path": "/a"})
    j.add("smpp", {"pdu": "submit_sm"})
    assert j.find() == [
        {"seq": 1, "at": "2026-01-02T00:00:00+00:00", "kind": "http", "path": "/a"},
        {"seq": 2, "at": "2026-01-02T00:00:00+00:00", "kind": "smpp", "pdu": "submit_sm"},
    ]
    assert j.last == 2


def test_ring_forgets_the_oldest_and_numbers_go_on_after_clear() -> None:
    j = journal(capacity=2)
    for name in "abc":
        j.add("http", {"name": name})
    assert [e["name"] for e in j.find()] == ["b", "c"]
    j.clear()
    assert j.find() == []
    assert j.add("http", {}).seq == 4


def test_find_by_kind_since_match_and_limit() -> None:
    j = journal()
    for n in range(4):
        j.add("http" if n % 2 else "webhook", {"n": n, "text": f"hello {n}"})
    assert [e["n"] for e in j.find(kind="http")] == [1, 3]
    assert [e["n"] for e in j.find(since=2)] == [2, 3]
    assert [e["n"] for e in j.find(match={"n": 2})] == [2]
    assert [e["n"] for e in j.find(match="HELLO 3")] == [3]
    assert [e["n"] for e in j.find(limit=2)] == [2, 3]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"status": 202}, True),
        ({"status": "202"}, False),
        ({"request": {"method": "POST"}}, True),
        ({"request.method": "POST"}, True),
        ({"request.body.to": {"contains": "555"}}, True),
        ({"request.body.to": {"matches": "^1206"}}, True),
        ({"request.body.to": {"matches": "^9"}}, False),
        ({"request": {"body": {"tags": ["b"]}}}, True),
        ({"request": {"body": {"tags": ["c"]}}}, False),
        ({"request.nothing": None}, False),
        ({"ok": True}, True),
        ({"ok": 1}, False),
        ({}, True),
        ("12065550100", True),
        ("nowhere", False),
    ],
)
def test_match_rules(pattern: object, fits: bool) -> None:
    entry = {
        "status": 202,
        "ok": True,
        "request": {"method": "POST", "body": {"to": "12065550100", "tags": ["a", "b"]}},
    }
    assert matches(pattern, entry) is fits


def test_misses_name_the_paths_that_differ() -> None:
    entry = {"a": {"b": 1}, "c": 2}
    assert misses({"a": {"b": 2}, "c": 2, "d": 1}, entry) == ["a.b", "d"]


def test_near_puts_the_best_fit_first() -> None:
    j = journal()
    j.add("http", {"method": "GET", "path": "/x"})
    j.add("http", {"method": "POST", "path": "/x"})
    near = j.near({"method": "POST", "path": "/y"}, since=0, kind=None)
    assert near[0]["entry"]["method"] == "POST"
    assert near[0]["differs"] == ["path"]


def test_wait_gives_what_is_there_and_what_comes() -> None:
    j = journal()
    j.add("http", {"n": 1})
    assert j.wait({"n": 1}, since=0, kind=None, seconds=1)["n"] == 1
    gevent.spawn(lambda: j.add("http", {"n": 2}))
    assert j.wait({"n": 2}, since=1, kind="http", seconds=5)["n"] == 2
    assert j.wait({"n": 1}, since=1, kind=None, seconds=0.01) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "x"}, {"password": HIDDEN}),
        ({"headers": {"X-Api-Key": "x"}}, {"headers": {"X-Api-Key": HIDDEN}}),
        ({"client_secret": "s", "a": 1}, {"client_secret": HIDDEN, "a": 1}),
        ({"access_token": "t", "token_type": "b"}, {"access_token": HIDDEN, "token_type": "b"}),
        ({"passwords": ["a", "b"]}, {"passwords": [HIDDEN, HIDDEN]}),
        ({"password": None}, {"password": None}),
        ({"Authorization": "Basic ZGVtbzpwdw=="}, {"Authorization": f"Basic demo:{HIDDEN}"}),
        ({"authorization": "Basic %%%"}, {"authorization": f"Basic ?:{HIDDEN}"}),
        ({"Authorization": "Bearer abc"}, {"Authorization": f"Bearer {HIDDEN}"}),
        ({"payload": b"\x01\xff"}, {"payload": "01ff"}),
    ],
)
def test_secrets_are_hidden(value: object, shown: object) -> None:
    assert redact(value) == shown


def test_long_texts_are_cut() -> None:
    assert len(redact({"body": "x" * 100_000})["body"]) < 20_000
