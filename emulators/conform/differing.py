"""What two servers, or one server at two times, answer differently, field by field.

Answers are saved by step with their volatile fields normalised. Of what the suite made itself and
of what is refused the values count; of what was there before, whose values are the server's own,
the members and their types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from emulators.conform.judging import shown
from emulators.conform.plan import READ
from emulators.conform.run import SKIPPED, Result

VOLATILE = (
    ("id", re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26}", re.I)),
    ("id", re.compile(r"[0-9a-f]{24}|mdr2-[0-9a-f]{32}")),
    ("time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")),
)

Saved = dict[str, dict[str, Any]]


def saved(results: Iterable[Result], volatile: frozenset[str]) -> Saved:
    """Status and normalised body by step, of the steps that were done."""
    return {
        result.step.does: _saved(result, volatile)
        for result in results
        if result.outcome != SKIPPED
    }


def compare(before: Saved, result: Result, volatile: frozenset[str]) -> None:
    """Fail a result that differs from what was saved of its step."""
    theirs = before.get(result.step.does)
    if theirs is not None and result.outcome != SKIPPED:
        result.fail(list(_between("", theirs, _saved(result, volatile))))


def _saved(result: Result, volatile: frozenset[str]) -> dict[str, Any]:
    ours = result.step.needs != READ or result.status >= 400
    return {"status": result.status, "body": normalised(result.body, volatile, values=ours)}


def normalised(value: Any, volatile: frozenset[str], *, values: bool, name: str = "") -> Any:
    """A JSON value without what differs from run to run; with `values` false types stand for
    values, and one item for a list."""
    if isinstance(value, Mapping):
        return {
            key: normalised(inner, volatile, values=values, name=key)
            for key, inner in value.items()
        }
    if name in volatile and value is not None:
        return f"<{name}>"
    if isinstance(value, list):
        items = value if values else value[:1]
        return [normalised(item, volatile, values=values, name=name) for item in items]
    if isinstance(value, str):
        for kind, pattern in VOLATILE:
            if pattern.fullmatch(value):
                return f"<{kind}>"
    return value if values else _kind(value)


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "text"}
    return f"<{kinds.get(type(value), 'null')}>"


NULL = "<null>"


def _between(path: str, theirs: Any, ours: Any) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in [*theirs, *(name for name in ours if name not in theirs)]:
            yield from _member(f"{path}.{name}".lstrip("."), name, theirs, ours)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for place, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from _between(f"{path}.{place}", one, other)
    elif isinstance(theirs, list) and isinstance(ours, list) and not (theirs and ours):
        return  # nothing can be said about the items of an empty list
    elif theirs != ours and NULL not in (theirs, ours):
        yield f"{path}: {shown(theirs)} before, {shown(ours)} now"


def _member(
    path: str, name: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]
) -> Iterator[str]:
    if name not in ours:
        yield f"{path}: {shown(theirs[name])} before, missing now"
    elif name not in theirs:
        yield f"{path}: missing before, {shown(ours[name])} now"
    else:
        yield from _between(path, theirs[name], ours[name])
