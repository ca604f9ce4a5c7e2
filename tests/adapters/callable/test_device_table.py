"""The adapter's README has every range and default of the devices, as the schemas have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import missing

from adapters.callable.schemas.devices import Device, Leg, Target
from gateway.domain import flows
from gateway.domain.flows import FlowType
from gateway.wire import Flag, Int, Length, Listed, Part, Range, Wire
from tests.adapters.callable.device_rows import BODIES

README = Path(__file__).parents[3] / "adapters" / "callable" / "README.md"
RINGS = "all that ring"


def table() -> str:
    """The lines of the table: what the types that ring somebody share, then each type's own."""
    rows = [f"| {RINGS} | | {described(Leg())} |"]
    bodies = Device().fields
    for type_ in BODIES:
        name = flows.TYPES[FlowType(type_)].body
        schema = bodies[name].schema
        shared = Leg().fields if isinstance(schema, Leg) else {}
        rows.append(f"| `{type_}` | `{name}` | {described(schema, shared)} |")
    return "\n".join(rows)


def described(schema: Wire, shared: Any = ()) -> str:
    own = [(name, field) for name, field in schema.fields.items() if name not in shared]
    exits = [f"`{name}`" for name, field in own if leads(field)]
    told = [f"`{field.data_key or name}` {said(field)}" for name, field in own if not leads(field)]
    return "; ".join([*told, *([f"exits {', '.join(exits)}"] if exits else [])])


def leads(field: Any) -> bool:
    return isinstance(field, Target) and not field.required and field.load_default is not missing


def said(field: Any) -> str:
    return ", ".join(filter(None, [*ranges(field), default(field)]))


def ranges(field: Any) -> Iterator[str]:
    if isinstance(field, Listed):
        yield from (f"{check.min} to {check.max} items" for check in checks(field, Length))
        if isinstance(field.inner, Part):
            yield f"each of ({described(field.inner.schema)})"
        return
    yield from (f"{check.min} to {check.max}" for check in checks(field, Range))
    if not isinstance(field, Int | Flag):
        yield from (f"at most {check.max} characters" for check in checks(field, Length))


def checks(field: Any, kind: type[Any]) -> Iterator[Any]:
    return (check for check in field.validators if isinstance(check, kind))


def default(field: Any) -> str:
    if field.required:
        return "required"
    value = field.load_default
    if value is missing or value is None:
        return "optional"
    value = value() if callable(value) else value
    if isinstance(value, bool):
        value = str(value).lower()
    return f"else {'none' if value == [] else value}"


def test_the_table_in_the_readme() -> None:
    assert table() in README.read_text()
