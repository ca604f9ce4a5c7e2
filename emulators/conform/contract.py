"""Reads an OpenAPI document to judge answers by it: turns its schemas into JSON Schema.

The package jsonschema comes with the extra `conform`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from jsonschema import Draft202012Validator, FormatChecker

from emulators import openapi

CONTRACTS = Path(__file__).parents[2] / "fixtures" / "contracts"
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


class Document(openapi.Document):
    """A document that says what is wrong with a value."""

    def __init__(self, raw: dict[str, Any]) -> None:
        super().__init__(raw)
        self._validators: dict[tuple[int, bool], Draft202012Validator] = {}
        self._converted: dict[bool, dict[str, Any]] = {}

    def fits(self, branch: dict[str, Any], value: Any) -> bool:
        return not self.errors(branch, value)

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
