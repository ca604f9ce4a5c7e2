"""Reads an OpenAPI document to judge answers by it: finds operations, turns their schemas into JSON
Schema. Works for contracts of 3.0 and 3.1.

The package jsonschema comes with the extra `conform`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from jsonschema import Draft202012Validator, FormatChecker

CONTRACTS = Path(__file__).parents[2] / "fixtures" / "contracts"
METHODS = ("get", "put", "post", "delete", "patch")
NOT_JSON_SCHEMA = frozenset(
    {"nullable", "example", "discriminator", "xml", "readOnly", "writeOnly"}
)
JSON_MEDIA = re.compile(r"^application/(\w[\w.+-]*\+)?json$")

formats = FormatChecker(formats=())
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if isinstance(value, str):
        datetime.fromisoformat(value)
        return RFC3339.fullmatch(value) is not None
    return True


@formats.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    if isinstance(value, str):
        date.fromisoformat(value)
    return True


@formats.checks("uri", raises=ValueError)
@formats.checks("url", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@dataclass
class Operation:
    """One method on one path of a document."""

    document: Document
    method: str
    path: str
    body: dict[str, Any]
    shared: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.body.get("operationId") or f"{self.method.upper()} {self.path}")

    @cached_property
    def parameters(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(in, name) -> parameter, those of the path included."""
        every = [self.document.deref(p) for p in [*self.shared, *self.body.get("parameters", [])]]
        return {(p["in"], p["name"]): p for p in every}

    @cached_property
    def statuses(self) -> list[str]:
        return sorted(str(s) for s in self.body["responses"])

    @cached_property
    def request_schema(self) -> dict[str, Any] | None:
        content = self.document.deref(self.body.get("requestBody", {})).get("content", {})
        return next((c.get("schema") for c in content.values()), None)

    def content(self, status: int) -> dict[str, Any] | None:
        """media type -> schema of an answer; None when the document lists no such status."""
        response = self.body["responses"].get(str(status))
        if response is None:
            return None
        content = self.document.deref(response).get("content", {})
        return {media: entry.get("schema", {}) for media, entry in content.items()}


class Document:
    """An OpenAPI document with its operations indexed by method and path."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.operations = list(self._operations())
        self._patterns = [(_pattern(op.path), op) for op in self.operations]
        self._validators: dict[tuple[int, bool], Draft202012Validator] = {}
        self._converted: dict[bool, dict[str, Any]] = {}

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.raw.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, method, path, item[method], item.get("parameters", []))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of a request path, with or without a final slash; a literal segment wins
        over a variable one."""
        hits = [
            op
            for pattern, op in self._patterns
            if op.method == method.lower() and pattern.fullmatch(path.rstrip("/"))
        ]
        return min(hits, key=lambda op: op.path.count("{"), default=None)

    def deref(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.raw
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def errors(self, schema: dict[str, Any], value: Any, *, observed: bool = False) -> list[str]:
        """What is wrong with `value`; every declared member that is not required may be null."""
        return [
            f"{error.json_path}: {error.message}"
            for error in self._validator(schema, observed).iter_errors(value)
        ]

    def _validator(self, schema: dict[str, Any], observed: bool) -> Draft202012Validator:
        key = (id(schema), observed)
        if key not in self._validators:
            root = {**json_schema(schema, observed), "components": self._components(observed)}
            self._validators[key] = Draft202012Validator(root, format_checker=formats)
        return self._validators[key]

    def _components(self, observed: bool) -> dict[str, Any]:
        if observed not in self._converted:
            named = self.raw.get("components", {}).get("schemas", {})
            self._converted[observed] = {
                "schemas": {name: json_schema(schema, observed) for name, schema in named.items()}
            }
        return self._converted[observed]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path.rstrip("/"))
    return re.compile("".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts))


def json_schema(node: Any, observed: bool) -> Any:
    """OpenAPI schema -> JSON Schema 2020-12.

    A member that is not required may be null, since answers send every member. With `observed`,
    the types that the real service is known to send count as well.
    """
    if isinstance(node, list):
        return [json_schema(item, observed) for item in node]
    if not isinstance(node, dict):
        return node
    out = {
        key: json_schema(value, observed)
        for key, value in node.items()
        if key not in NOT_JSON_SCHEMA and key != "properties" and not key.startswith("x-")
    }
    types = out.get("type")
    more = (node.get("x-observed-types", []) if observed else []) + (
        ["null"] if node.get("nullable") else []
    )
    if isinstance(types, str) and more:
        out["type"] = [types, *more]
        if "enum" in out and "null" in more:
            out["enum"] = [*out["enum"], None]
    if "properties" in node:
        required = node.get("required", ())
        out["properties"] = {
            name: json_schema(inner, observed)
            if name in required
            else {"anyOf": [json_schema(inner, observed), {"type": "null"}]}
            for name, inner in node["properties"].items()
        }
    return out


def read_contract(name: str) -> dict[str, Any]:
    """A contract as carried in fixtures/contracts, its base path in every path."""
    raw = orjson.loads((CONTRACTS / f"{name}.json").read_bytes())
    base = urlsplit(raw.get("servers", [{"url": ""}])[0]["url"]).path.rstrip("/")
    return {**raw, "paths": {base + path: item for path, item in raw["paths"].items()}}


def undeclared(document: Document, schema: dict[str, Any], value: Any) -> set[str]:
    """Paths of members that no branch of the schema declares, under their component's name."""
    return {f"{where}.{path}" for where, path in _undeclared(document, [(schema, "", "")], value)}


def _undeclared(
    document: Document, places: list[tuple[dict, str, str]], value: Any
) -> set[tuple[str, str]]:
    spots = [spot for place in places for spot in _spread(document, *place)]
    out: set[tuple[str, str]] = set()
    if isinstance(value, list):
        inner = [(s["items"], o, p) for s, o, p in spots if isinstance(s.get("items"), dict)]
        for item in value if inner else ():
            out |= _undeclared(document, inner, item)
    elif isinstance(value, dict) and any("properties" in s for s, _, _ in spots):
        for name, member in value.items():
            inner = [
                (s["properties"][name], o, f"{p}.{name}".lstrip("."))
                for s, o, p in spots
                if name in s.get("properties", {})
            ]
            if inner:
                out |= _undeclared(document, inner, member)
            else:
                _, owner, path = next(s for s in spots if "properties" in s[0])
                out.add((owner, f"{path}.{name}".lstrip(".")))
    return out


def _spread(document: Document, schema: dict, owner: str, path: str) -> list[tuple[dict, str, str]]:
    """A schema with its references followed and its combined branches beside it."""
    while "$ref" in schema:
        owner, path = schema["$ref"].rsplit("/", 1)[1], ""
        schema = document.deref(schema)
    out = [(schema, owner, path)]
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            out += _spread(document, branch, owner, path)
    return out
