"""An OpenAPI document as the test client needs it: walks a value beside its schema so that coverage
can say which declared member was seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from emulators.conform import contract
from emulators.conform.contract import JSON_MEDIA, Operation, formats, read_contract

__all__ = ["JSON_MEDIA", "Document", "Operation", "formats", "load_contract"]


class Seen(NamedTuple):
    """A declared member that a value carried: `owner` is its component (or operation) name."""

    owner: str
    path: str
    value: Any
    schema: dict[str, Any]


class Document(contract.Document):
    """A document that tells which of its members a value carried."""

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


@lru_cache
def load_contract(name: str) -> Document:
    """The contract of a dialect as carried in fixtures/contracts, its base path in every path."""
    return Document(read_contract(name))
