"""Reads an OpenAPI document: its operations, and which declared members a value carries.

Works for documents of 3.0 and 3.1 and needs no validator; `conform.contract` judges values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

METHODS = ("get", "put", "post", "delete", "patch")


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


class Seen(NamedTuple):
    """A declared member that a value carried: `owner` is its component (or operation) name."""

    owner: str
    path: str
    value: Any
    schema: dict[str, Any]


class Document:
    """An OpenAPI document with its operations indexed by method and path, in any case of letters
    with `folds_case`."""

    def __init__(self, raw: dict[str, Any], *, folds_case: bool = False) -> None:
        self.raw = raw
        self.operations = list(self._operations())
        flags = re.IGNORECASE if folds_case else re.NOFLAG
        self._patterns = [(_pattern(op.path, flags), op) for op in self.operations]

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

    def fits(self, branch: dict[str, Any], value: Any) -> bool:
        """Whether a branch of a combined schema can be meant: any, as long as nobody validates."""
        return True

    def walk(
        self, schema: dict[str, Any], value: Any, owner: str, path: str = ""
    ) -> Iterator[Seen]:
        """Every declared member under `value`, in its component; combined schemas are followed."""
        while "$ref" in schema:
            owner, path = schema["$ref"].rsplit("/", 1)[1], ""
            schema = self.deref(schema)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in schema.get(keyword, ()):
                if keyword == "allOf" or self.fits(branch, value):
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


def _pattern(path: str, flags: re.RegexFlag) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path.rstrip("/"))
    text = "".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts)
    return re.compile(text, flags)
