"""The base of all wire fields: where a member lives in the row, and how it goes in and out.

A field has three faces. `take` reads a member of a body into a change, `expression` is the code a
compiled presenter runs for it, and `_serialize` is the slow way to the same answer that tests hold
against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import ValidationError, fields, missing

from gateway.domain.problems import Why
from gateway.wire.checks import Pattern
from gateway.wire.profile import VIEW, Profile, View
from gateway.wire.reading import KEEP, MERGE, REPLACE, Change, Reader, refuse

if TYPE_CHECKING:
    from gateway.wire.presenter import Compiler

Renderer = Callable[[Any], Any]
EMPTY: Mapping[str, Any] = {}


def fetch(row: Any, path: Sequence[str], default: Any = None) -> Any:
    """The value at a path: an attribute (or key) of the row, then keys of its JSON value.

    An attribute the row does not have is an AttributeError; a missing JSON key is `default`.
    """
    head, *keys = path
    value = row.get(head) if isinstance(row, Mapping) else getattr(row, head)
    for key in keys:
        value = (value or EMPTY).get(key)
    return default if value is None else value


def view_of(field: fields.Field[Any]) -> View:
    """The view of the schema a field belongs to, for the slow way of writing."""
    return getattr(field.root, "view", VIEW)


class Placed:
    """Shared by all kinds of members: placement in the row, spellings, direction."""

    placement: tuple[str, ...] = ()
    default: Any = None
    omit_none: bool | str = False
    twin = False
    also: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    def place(
        self,
        *,
        attribute: str | None,
        omit_none: bool | str = False,
        twin: bool = False,
        also: Sequence[str] = (),
        reads: Sequence[str] = (),
    ) -> None:
        self.placement = tuple(attribute.split(".")) if attribute else ()
        self.omit_none, self.twin = omit_none, twin
        self.also, self.reads = tuple(also), tuple(reads)

    def settled_at(self, name: str) -> None:
        """Called at binding: a field without an attribute lives under its own name."""
        if not self.placement:
            self.placement = (name,)

    def omits(self, profile: Profile) -> bool:
        """Whether the member is left out of an answer when it is null."""
        rule = self.omit_none
        return profile.holds(rule) if isinstance(rule, str) else rule

    def source(self, compiler: Compiler) -> str:
        """Code for the stored value."""
        head, *keys = self.placement
        code = f"row.get({head!r})" if compiler.mapping else f"row.{head}"
        for key in keys:
            code = f"({code} or EMPTY).get({key!r})"
        if self.default is not None:
            code = f"({compiler.name(or_default)}({code}, {compiler.name(self.default)}))"
        return code


def or_default(value: Any, default: Any) -> Any:
    return default if value is None else value


class Field(Placed, fields.Field[Any]):
    """Base of converters. Wire name first, then by keyword:

    `attribute`  column, or dotted path into a JSON column (`settings.window`); default: field name
    `style`      fixed style, whatever the profile says for this kind
    `omit_none`  leave the member out of answers when it is null; a rule: where the profile holds it
    `also`       further spellings accepted in requests
    `twin`       a second member for an attribute: read only where the first is absent, and unused
                 when we are the client
    `null`       null allowed; default: unless required
    `doc`        members for the JSON Schema (description, example, x-...)
    """

    kind: ClassVar[str] = "plain"
    styles: ClassVar[Mapping[str, Renderer]] = {}
    schema_type: ClassVar[Mapping[str, Any]] = {}
    style_types: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def __init__(
        self,
        data_key: str | None = None,
        *,
        attribute: str | None = None,
        style: str | None = None,
        null: bool | None = None,
        doc: Mapping[str, Any] | None = None,
        omit_none: bool | str = False,
        twin: bool = False,
        also: Sequence[str] = (),
        reads: Sequence[str] = (),
        **options: Any,
    ) -> None:
        nullable = not options.get("required", False) if null is None else null
        options.setdefault("allow_none", nullable)
        super().__init__(data_key=data_key, metadata=dict(doc or {}), **options)
        self.place(attribute=attribute, omit_none=omit_none, twin=twin, also=also, reads=reads)
        self.style = style

    # what a kind of field decides

    def parse(self, value: Any) -> Any:
        """Wire value -> core value; raises ValidationError through `bad`."""
        return value

    def renderer(self, profile: Profile) -> Renderer | None:
        """Core value -> wire value, None for the same value; never called with None."""
        return self.styles.get(self.style_in(profile))

    def style_in(self, profile: Profile) -> str:
        return self.style or profile.styles.get(self.kind, "default")

    def describe(self, profile: Profile) -> dict[str, Any]:
        """Type, format and bounds in JSON Schema."""
        found = dict(self.style_types.get(self.style_in(profile), self.schema_type))
        for check in self.validators:
            if isinstance(check, Pattern):
                found["pattern"] = check.anchored
        return found

    @staticmethod
    def bad(text: str, code: str = "invalid") -> ValidationError:
        return refuse(code, text)

    # reading

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        """Read one member (`missing` when the body has none) into the change."""
        if raw is missing:
            self.take_missing(change, reader, path)
            return
        try:
            value = self.deserialize(raw)
        except ValidationError as error:
            reader.refused(path, error.messages)
        else:
            change.put(self.placement, value)

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if reader.mode is MERGE or self.twin:
            return
        if self.required:
            reader.fault(path, "required", "is required")
            return
        default = self.load_default() if callable(self.load_default) else self.load_default
        if default is missing and reader.mode is REPLACE:
            default = None
        if default is not missing and not change.has(self.placement):
            change.put(self.placement, default)

    # presenting

    def expression(self, compiler: Compiler) -> str:
        code = self.source(compiler)
        render = self.renderer(compiler.profile)
        if render is None:
            return code
        return f"None if (v := {code}) is None else {compiler.name(render)}(v)"

    # marshmallow's hooks

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        texts = {"required": "is required", "null": "may not be null"}
        return refuse(key, texts.get(key, "is not valid"))

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.settled_at(field_name)

    def _validate(self, value: Any) -> None:
        if value is not KEEP:
            super()._validate(value)

    def get_value(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        return fetch(obj, self.placement, self.default)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return missing if self.omits(view_of(self).profile) else None
        render = self.renderer(view_of(self).profile)
        return value if render is None else render(value)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self.parse(value)

    # seats

    def turn_to_client(self) -> None:
        """We read answers and write requests: the directions swap, and nothing is demanded."""
        self.dump_only, self.load_only = self.load_only, self.dump_only
        if self.twin:
            self.dump_only = self.load_only = True
        self.required, self.load_default, self.allow_none = False, missing, True
        self.validators = []


__all__ = ["EMPTY", "Field", "Placed", "Renderer", "Why", "fetch"]
