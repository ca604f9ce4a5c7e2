"""What is wrong with an answer: by the contract, and by what the suite expects of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from emulators.conform.contract import JSON_MEDIA, Document, undeclared
from emulators.conform.plan import member
from emulators.conform.sending import Answer
from emulators.openapi import Operation

MOST_SHOWN = 300


def success(operation: Operation) -> tuple[int, ...]:
    """The statuses of success an operation declares."""
    return tuple(int(status) for status in operation.statuses if status.startswith("2"))


def unexpected_status(answer: Answer, wanted: tuple[int, ...]) -> list[str]:
    if answer.status in wanted:
        return []
    expected = " or ".join(map(str, wanted))
    return [f"status: {expected} expected, {answer.status} found: {shown(answer.data)}"]


def body_of(answer: Answer) -> Any:
    """The JSON of an answer, None without a body; ValueError for what is none."""
    return orjson.loads(answer.data) if answer.data.strip() else None


def against_contract(
    document: Document, operation: Operation | None, answer: Answer
) -> tuple[list[str], list[str]]:
    """(what is wrong with media type and body, members the contract does not know)."""
    content, optional = _content(document, operation, answer.status)
    if not content or (not answer.data and optional):
        extra = [f"body: none expected, found {shown(answer.data)}"] if answer.data else []
        return extra, []
    if answer.media not in content:
        return [f"media type: {' or '.join(content)} expected, {answer.media!r} found"], []
    if not JSON_MEDIA.match(answer.media):
        return [], []
    schema = content[answer.media]
    try:
        value = orjson.loads(answer.data)
    except orjson.JSONDecodeError:
        return [f"body: JSON expected, found {shown(answer.data)}"], []
    wrong = document.errors(schema, value)
    return wrong, sorted(undeclared(document, schema, value))


def _content(
    document: Document, operation: Operation | None, status: int
) -> tuple[dict[str, Any], bool]:
    """Media type -> schema of an answer, and whether an empty body will do."""
    declared = operation.content(status) if operation is not None else None
    if declared or status < 400:
        return declared or {}, False
    reading = document.raw["x-error-reading"][f"{status // 100}XX"]
    return {reading["media"]: reading["schema"]}, reading["body"] == "optional"


def against_expectation(value: Any, wanted: Mapping[str, Any]) -> Iterator[str]:
    """The members that are not as expected, one line each."""
    for path, expected in wanted.items():
        try:
            found = member(value, path)
        except LookupError:
            yield f"{path}: {shown(expected)} expected, missing"
            continue
        if found != expected:
            yield f"{path}: {shown(expected)} expected, {shown(found)} found"


def shown(value: Any) -> str:
    """A value or a body as a short text."""
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace") or "nothing"
    else:
        text = orjson.dumps(value).decode()
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."
