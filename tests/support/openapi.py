"""Reads an OpenAPI document the way the test client needs it.

Finds the operation of a request, turns its schemas into JSON Schema, and walks a value beside its
schema so that coverage can say which declared member was seen. Works for contracts of 3.0 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
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


class Seen(NamedTuple):
    """A declared member that a value carried: `owner` is its component (or operation) name."""

    owner: str
    path: str
    value: Any
    schema: dict[str, Any]


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

    def walk(
        self, schema: dict[str, Any], value: Any, owner: str, path: str = ""
    ) -> Iterator[Seen]:
        """Every declared member under `value`, in its component; combined schemas are followed."""
        while "$ref" in schema:
            owner, path = schema["$ref"].rsplit("/", 1)[1], ""
            schema = self.deref(schema)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in schema.get(keyword, ()):
                if keyword == "allOf" or not self.errors(branch, value):
                    yield from self.walk(branch, value, owner, path)
        if isinstance(value, list):
            for item in value:
                yield from self.walk(schema.get("items", {}), item, owner, path)
        elif isinstance(value, dict):
            for name, inner in schema.get("properties", {}).items():
                if name in value:
                    here = f"{path}.{name}".lstrip(".")
                    yield Seen(owner, here, value[name], self.deref(inner))
                    yield from self.walk(inner, value[name], owner, here)

    def members(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(component, path, schema) of every property of the components that operations, or errors
        of any of them, use."""
        used = self._used()
        for name, schema in self.raw.get("components", {}).get("schemas", {}).items():
            if name in used:
                yield from _declared(schema, name, "")

    def _used(self) -> set[str]:
        """Names of the schemas that can be reached from a request or an answer."""
        named = self.raw.get("components", {}).get("schemas", {})
        found: set[str] = set()
        waiting = [self.raw.get("paths", {}), self.raw.get("x-error-reading", {})]
        while waiting:
            for reference in _references(waiting.pop()):
                kind, _, name = reference.removeprefix("#/components/").partition("/")
                if kind == "schemas" and name not in found:
                    found.add(name)
                    waiting.append(named[name])
                elif kind != "schemas":
                    waiting.append(self.deref({"$ref": reference}))
        return found


def _references(node: Any) -> Iterator[str]:
    """Every reference under a node, not followed."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _declared(schema: dict[str, Any], owner: str, path: str) -> Iterator[tuple[str, str, dict]]:
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            yield from _declared(branch, owner, path)
    if isinstance(schema.get("items"), dict):
        yield from _declared(schema["items"], owner, path)
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        yield owner, here, inner
        yield from _declared(inner, owner, here)


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


@lru_cache
def load_contract(name: str) -> Document:
    """The contract of a dialect as carried in fixtures/contracts, its base path in every path."""
    raw = orjson.loads((CONTRACTS / f"{name}.json").read_bytes())
    base = urlsplit(raw.get("servers", [{"url": ""}])[0]["url"]).path.rstrip("/")
    return Document({**raw, "paths": {base + path: item for path, item in raw["paths"].items()}})
