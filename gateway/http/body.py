"""Request bodies of sloppy clients, read within bounds.

A body is JSON whatever its media type says, because clients of every dialect get that wrong. What a
dialect does refuse, and whether it reads forms, is its `BodyRules`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from gateway.dialect import BodyRules
from gateway.domain.problems import Malformed, UnsupportedMedia

FORM = "application/x-www-form-urlencoded"
BOM = b"\xef\xbb\xbf"
MAX_FORM_FIELDS = 500


def check_media(media_type: str, encoding: str, rules: BodyRules) -> None:
    """Raise UnsupportedMedia for a type the dialect refuses, or a compressed body."""
    if encoding and encoding.lower() != "identity":
        raise UnsupportedMedia(f"content encoding {encoding} is not supported")
    main = media_type.partition("/")[0]
    other = bool(rules.accepted and media_type) and media_type not in rules.accepted
    if other or media_type in rules.refused or f"{main}/*" in rules.refused:
        raise UnsupportedMedia(f"media type {media_type} is not supported")


def parse(raw: bytes, media_type: str, rules: BodyRules, max_depth: int) -> Any:
    """The value of a body; an empty one is an empty object.

    Raises Malformed for what is no JSON, too deep, or ambiguous.
    """
    if not raw or not raw.strip():
        return {}
    if rules.forms and media_type == FORM and raw.lstrip()[:1] not in (b"{", b"["):
        # what starts like JSON is: command line clients label all of it a form
        return nested(_form(raw)) if rules.nested_forms else _form(raw)
    try:
        value = orjson.loads(raw.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is not valid JSON: {_where(error)}") from None
    if raw.count(b"{") + raw.count(b"[") > max_depth:
        _check_depth(value, max_depth)
    if not rules.repeated_keys and raw.count(b":") != _members(value):
        _check_repeated(raw)
    return value


def _where(error: orjson.JSONDecodeError) -> str:
    return f"line {error.lineno} column {error.colno}"


def _form(raw: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise Malformed("the body is not a valid form") from None
    return gathered(pairs)


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names and values as an object; a name given several times has a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def nested(form: Mapping[str, Any]) -> dict[str, Any]:
    """`hook[url]=x` as `{"hook": {"url": "x"}}`, one level deep; other names stay as they are."""
    found: dict[str, Any] = {}
    for name, value in form.items():
        head, bracket, inner = name.partition("[")
        if not (head and bracket and inner.endswith("]") and len(inner) > 1):
            found[name] = value
            continue
        group = found.setdefault(head, {})
        if not isinstance(group, dict):
            raise Malformed(f"the form names {head!r} as a text and as an object")
        group[inner[:-1]] = value
    return found


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_depth(value: Any, most: int) -> None:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in _children(item)]
        if depth > most:
            raise Malformed(f"the body is nested deeper than {most} levels")


def _members(value: Any) -> int:
    """Members of all objects inside, without recursion."""
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            count += len(item)
        stack.extend(_children(item))
    return count


def _check_repeated(raw: bytes) -> None:
    """The exact look, taken only when colons and members disagree (a text may hold a colon)."""

    def refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            repeated = next(name for name in names if names.count(name) > 1)
            raise Malformed(f"the body names the member {repeated!r} twice")
        return found

    json.loads(raw.removeprefix(BOM), object_pairs_hook=refuse_repeated)
