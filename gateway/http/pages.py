"""The documentation page of a dialect, written from its OpenAPI document without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.1rem;border-top:1px solid #ddd;padding-top:1rem}
code{font-family:ui-monospace,monospace;background:#f4f4f4;padding:0 .2em}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0;
vertical-align:top;border-bottom:1px solid #eee}.m{font-weight:bold;text-transform:uppercase}
.b{background:#fff3cd;padding:0 .3em;border-radius:3px;font-size:.85em}
"""


def page(title: str, *parts: str) -> str:
    """A whole document; the parts are HTML already."""
    body = "\n".join(parts)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>\n{body}\n</html>\n"
    )


def reference(document: Mapping[str, Any], document_url: str) -> str:
    """Operations and objects of an OpenAPI document."""
    title = f"{document['info']['title']} {document['info']['version']}"
    intro = f'<p>Generated from <a href="{escape(document_url)}">the OpenAPI document</a>.</p>'
    operations = (
        _operation(path, method, item[method])
        for path, item in sorted(document.get("paths", {}).items())
        for method in METHODS
        if method in item
    )
    schemas = document.get("components", {}).get("schemas", {})
    objects = (_object(name, schemas[name]) for name in sorted(schemas))
    return page(title, intro, *operations, "<h1>Objects</h1>", *objects)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    beyond = ' <span class="b">beyond the seed</span>' if "x-beyond-the-seed" in operation else ""
    name = escape(operation["operationId"])
    head = (
        f'<h2 id="{name}"><span class="m">{method}</span> <code>{escape(path)}</code>{beyond}</h2>'
    )
    about = f"<p>{escape(operation.get('summary', ''))} <code>{name}</code></p>"
    rows = [
        (f"{p['name']} ({p['in']})", type_text(p.get("schema", {})), p.get("description", ""))
        for p in operation.get("parameters", ())
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(("body", type_text(content.get("schema", {})), media))
    for status, response in operation["responses"].items():
        rows.append((status, _answer(response), response.get("description", "")))
    return head + about + _table(rows)


def _answer(response: Mapping[str, Any]) -> str:
    if "$ref" in response:
        return str(response["$ref"]).rpartition("/")[2]
    kinds = [type_text(c.get("schema", {})) for c in response.get("content", {}).values()]
    return ", ".join(kinds)


def _object(name: str, schema: Mapping[str, Any]) -> str:
    rows = [
        (member, type_text(inner), inner.get("description", ""))
        for member, inner in schema.get("properties", {}).items()
    ]
    return f'<h2 id="object-{escape(name)}">{escape(name)}</h2>' + _table(rows)


def type_text(schema: Mapping[str, Any]) -> str:
    """A JSON Schema in a few words: `text or null`, `[Route]`, `one of a, b`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(type_text(inner) for inner in schema[key])
    if "enum" in schema:
        return "one of " + ", ".join(str(word) for word in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{type_text(schema.get('items', {}))}]"
    name = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{name} ({schema['format']})" if "format" in schema else name


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    lines = (f"<tr><td><code>{escape(a)}</code><td>{escape(b)}<td>{escape(c)}" for a, b, c in rows)
    return f"<table>{''.join(lines)}</table>"
