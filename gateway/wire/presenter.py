"""Answers at speed: a schema and a profile compiled once into one function of the row.

The generated function is one dict display with the converters bound to names, so nothing of
marshmallow runs for a row. `schema.dump` gives the same answer slowly; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gateway.wire.base import EMPTY, Field
from gateway.wire.profile import Profile, View
from gateway.wire.structure import Part

if TYPE_CHECKING:
    from gateway.wire.schema import Wire

Present = Callable[[Any, View], dict[str, Any]]
LITERALS = (str, int, bool, type(None))


class Compiler:
    """Collects the names the generated code needs. `mapping`: the row is a JSON object."""

    def __init__(self, profile: Profile, mapping: bool = False) -> None:
        self.profile, self.mapping = profile, mapping
        self.uses_plain = False
        self.names: dict[str, Any] = {"EMPTY": EMPTY}

    def name(self, value: Any) -> str:
        """A name of the generated code that stands for the value."""
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name

    def literal(self, value: Any) -> str:
        return repr(value) if isinstance(value, LITERALS) else self.name(value)

    def part(self, schema: Wire, mapping: bool) -> str:
        return self.name(compile_presenter(schema, self.profile, mapping=mapping))

    def shows(self, schema: Wire) -> str:
        """Name of the schema's visibility rule, empty when it shows everything."""
        return self.name(schema.shows) if schema.hides else ""

    def item(self, inner: Any) -> tuple[str, str]:
        """Code for one list item `i`, and the condition that keeps it."""
        if isinstance(inner, Part):
            shows = self.shows(inner.schema)
            kept = f" if {shows}(i)" if shows else ""
            return f"{self.part(inner.schema, inner.json)}(i, view)", kept
        if hasattr(inner, "shown"):
            return f"None if i is None else {self.name(inner.shown)}(i, i, view)", ""
        render = inner.renderer(self.profile) if isinstance(inner, Field) else None
        return ("i" if render is None else f"None if i is None else {self.name(render)}(i)"), ""

    def group(self, schema: Wire) -> str:
        """Code for an object over the same row; inline unless it leaves members out."""
        if any(field.omits(self.profile) for field in schema.written.values()):
            return f"{self.part(schema, self.mapping)}(row, view)"
        return self.display(schema)

    def display(self, schema: Wire) -> str:
        members = (
            f"{(field.data_key or name)!r}: {field.expression(self)}"
            for name, field in schema.written.items()
        )
        return "{" + ", ".join(members) + "}"

    def function(self, schema: Wire) -> str:
        """Source of `present(row, view)`."""
        if any(field.omits(self.profile) for field in schema.written.values()):
            lines = ["out = {}", *self.statements(schema), "return out"]
        else:
            lines = [f"return {self.display(schema)}"]
        if self.uses_plain:
            lines.insert(0, "plain = view.plain")
        return "def present(row, view):\n" + "".join(f"    {line}\n" for line in lines)

    def statements(self, schema: Wire) -> list[str]:
        lines = []
        for name, field in schema.written.items():
            key, code = field.data_key or name, field.expression(self)
            if field.omits(self.profile):
                lines.append(f"if (w := ({code})) is not None: out[{key!r}] = w")
            else:
                lines.append(f"out[{key!r}] = {code}")
        return lines


def compile_presenter(schema: Wire, profile: Profile, *, mapping: bool = False) -> Present:
    """A function (row, view) -> wire object; compiled once for each schema object and profile."""
    known = schema.presenters.get((profile, mapping))
    if known is None:
        compiler = Compiler(profile, mapping)
        source = compiler.function(schema)
        exec(compile(source, f"<presenter {type(schema).__name__}>", "exec"), compiler.names)
        known = schema.presenters[profile, mapping] = compiler.names["present"]
    return known
