"""Compares two described shapes: has one document every member, word and type of the other?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulators.openapi import Document

COMBINED = ("allOf", "anyOf", "oneOf")
Schema = dict[str, Any]


class Comparison:
    """`lacks(contract schema, served schema)` names what the served one does not have."""

    def __init__(self, contract: Document, served: Document, *, types: bool = True) -> None:
        self.contract, self.served, self.types = contract, served, types

    def lacks(self, wanted: Schema, *given: Schema, path: str = "") -> list[str]:
        """Paths of the wanted schema with what is wrong there; one of alternatives is enough."""
        wanted = self.contract.deref(wanted)
        spots = [spot for schema in given for spot in self._spots(schema)]
        found = list(self._here(wanted, spots, path))
        for name, inner in wanted.get("properties", {}).items():
            below = [
                spot["properties"][name] for spot in spots if name in spot.get("properties", {})
            ]
            here = f"{path}.{name}".lstrip(".")
            found += self.lacks(inner, *below, path=here) if below else [f"{here}: no such member"]
        if isinstance(wanted.get("items"), dict):
            below = [spot["items"] for spot in spots if isinstance(spot.get("items"), dict)]
            found += (
                self.lacks(wanted["items"], *below, path=f"{path}[]")
                if below
                else [f"{path}: no list"]
            )
        for branch in wanted.get("allOf", ()):
            found += self.lacks(branch, *given, path=path)
        for keyword in ("anyOf", "oneOf"):
            if branches := wanted.get(keyword):
                found += min((self.lacks(b, *given, path=path) for b in branches), key=len)
        return found

    def _here(self, wanted: Schema, spots: list[Schema], path: str) -> Iterator[str]:
        words = {word for spot in spots for word in spot.get("enum", ())}
        if words and (absent := set(wanted.get("enum", ())) - words):
            yield f"{path}: without the words {sorted(absent)}"
        if self.types and isinstance(wanted.get("type"), str):
            types = {kind for spot in spots for kind in _types(spot)}
            types |= {"number"} if "integer" in types else set()
            if types and wanted["type"] not in types:
                yield f"{path}: {sorted(types)} instead of {wanted['type']}"

    def _spots(self, schema: Schema) -> Iterator[Schema]:
        """A served schema and everything combined into it."""
        schema = self.served.deref(schema)
        yield schema
        for keyword in COMBINED:
            for branch in schema.get(keyword, ()):
                yield from self._spots(branch)


def _types(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def references(node: Any) -> Iterator[str]:
    """Every $ref in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)
