"""Members that hold other members, come from the whole row, or belong to one dialect alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError, fields, missing

from gateway.wire.base import Field, Placed, Renderer, fetch, view_of
from gateway.wire.profile import Profile, View
from gateway.wire.reading import CREATE, MERGE, REPLACE, Change, Reader, refuse

if TYPE_CHECKING:
    from gateway.wire.presenter import Compiler
    from gateway.wire.schema import Wire

Out = Callable[[Any, View], Any]


class Extra(Field):
    """A member only this dialect has: kept in `extras[dialect][wire name]`, typed by `of`."""

    def __init__(
        self,
        data_key: str | None = None,
        *,
        of: Field | Listed | None = None,
        default: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(data_key, **options)
        self.of, self.default = of, default

    def settled_at(self, name: str) -> None:
        dialect = getattr(self.parent, "dialect", "")
        self.placement = ("extras", dialect, self.data_key or name)
        if self.of is not None:
            self.of = copy.copy(self.of)
            self.of._bind_to_schema(name, self)

    def parse(self, value: Any) -> Any:
        return value if self.of is None else self.of.deserialize(value)

    def renderer(self, profile: Profile) -> Renderer | None:
        return self.of.renderer(profile) if isinstance(self.of, Field) else None


class Computed(Field):
    """Written from the whole row by a pure `out(row, view)`; `of` renders and types it.

    `reads` names the attributes `out` looks at. With `into` the member is also read: `into(value)`
    becomes the attribute, or, without an attribute, gives a dict of attributes.
    """

    def __init__(
        self,
        data_key: str | None = None,
        *,
        out: Out,
        into: Callable[[Any], Any] | None = None,
        of: Field | Listed | None = None,
        attribute: str | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("dump_only", into is None)
        super().__init__(data_key, attribute=attribute, **options)
        self.out, self.into, self.of = out, into, of
        self.spreads = attribute is None

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        if self.of is not None:
            self.of = copy.copy(self.of)
            self.of.dump_only = self.dump_only
            self.of._bind_to_schema(field_name, self)

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        if raw is missing or not self.spreads:
            super().take(raw, change, reader, path)
            return
        try:
            values = self.deserialize(raw)
        except ValidationError as error:
            reader.refused(path, error.messages)
        else:
            change.absorb(values or {})

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if self.spreads and not self.required:
            if reader.mode is REPLACE:
                for name in self.reads:
                    change.setdefault(name, None)
            return
        super().take_missing(change, reader, path)

    def parse(self, value: Any) -> Any:
        core = value if self.of is None else self.of.deserialize(value)
        return core if self.into is None else self.into(core)

    def renderer(self, profile: Profile) -> Renderer | None:
        return self.of.renderer(profile) if isinstance(self.of, Field) else None

    def source(self, compiler: Compiler) -> str:
        return f"{compiler.name(self.out)}(row, view)"

    def get_value(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        return self.out(obj, view_of(self))

    def turn_to_client(self) -> None:
        """Derived members are derived there as here; only what can be read back is written."""
        super().turn_to_client()
        if self.into is None:
            self.dump_only = self.load_only = True


class Const(Field):
    """A member with one value, in answers and in requests we make; ignored when read."""

    def __init__(self, value: Any, data_key: str | None = None, **options: Any) -> None:
        super().__init__(data_key, dump_only=True, null=False, **options)
        self.value = value

    def describe(self, profile: Profile) -> dict[str, Any]:
        kind = {str: "string", bool: "boolean", int: "integer"}.get(type(self.value))
        return {"type": kind, "enum": [self.value]} if kind else {}

    def source(self, compiler: Compiler) -> str:
        return compiler.literal(self.value)

    def get_value(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        return self.value

    def turn_to_client(self) -> None:
        self.allow_none = True


class Part(Placed, fields.Nested):
    """A wire object over a related row; `many` over a sequence of them.

    With `json` the value is a JSON object (a column, or a dotted path into one) and its members are
    keys. A row its schema does not show is null, or left out of a list.
    """

    def __init__(
        self,
        nested: type[Wire] | Callable[[], type[Wire]],
        data_key: str | None = None,
        *,
        attribute: str | None = None,
        json: bool = False,
        null: bool | None = None,
        doc: Mapping[str, Any] | None = None,
        omit_none: bool | str = False,
        also: Sequence[str] = (),
        reads: Sequence[str] = (),
        **options: Any,
    ) -> None:
        nullable = not options.get("required", False) if null is None else null
        options.setdefault("allow_none", nullable)
        super().__init__(nested, data_key=data_key, metadata=dict(doc or {}), **options)
        self.place(attribute=attribute, omit_none=omit_none, also=also, reads=reads)
        self.json = json or "." in (attribute or "")

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.settled_at(field_name)

    @property
    def schema(self) -> Wire:
        """The nested schema, on the same side and with the same view as the root."""
        if self._schema is None:
            nested: Any = self.nested
            if not isinstance(nested, type):
                nested = nested()
            root = self.root
            self._schema = nested(
                side=getattr(root, "side", "server"),
                view=getattr(root, "view", None),
                many=bool(self.many),
                only=self.only,
                exclude=self.exclude,
                partial=getattr(root, "partial", None),
            )
        return self._schema  # type: ignore[return-value]

    # reading

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        if raw is missing:
            self.take_missing(change, reader, path)
        elif raw is None:
            if self.allow_none:
                change.put(self.placement, None)
            else:
                reader.fault(path, "null", "may not be null")
        elif self.many:
            change.put(self.placement, self.take_items(raw, reader, path))
        else:
            row = getattr(reader.row, self.placement[0], None) if reader.row is not None else None
            change.put(self.placement, self.take_one(raw, reader.inner(reader.mode, row), path))

    def take_one(self, raw: Any, reader: Reader, path: str) -> Any:
        values = self.schema.collect(raw, reader, path)
        return dict(values) if self.json else values

    def take_items(self, raw: Any, reader: Reader, path: str) -> list[Any]:
        if not isinstance(raw, list):
            reader.fault(path, "type", "must be a list")
            return []
        whole = reader.inner(CREATE, None)
        return [self.take_one(item, whole, f"{path}.{i}") for i, item in enumerate(raw)]

    def take_missing(self, change: Change, reader: Reader, path: str) -> None:
        if reader.mode is MERGE:
            return
        if self.required:
            reader.fault(path, "required", "is required")
        elif self.load_default is not missing:
            default = self.load_default
            change.put(self.placement, default() if callable(default) else default)
        elif reader.mode is REPLACE:
            change.put(self.placement, None)

    # presenting

    def expression(self, compiler: Compiler) -> str:
        present = compiler.part(self.schema, self.json)
        shows = compiler.shows(self.schema)
        code = self.source(compiler)
        if self.many:
            kept = f" if {shows}(i)" if shows else ""
            return f"None if (v := {code}) is None else [{present}(i, view) for i in v{kept}]"
        hidden = f" or not {shows}(v)" if shows else ""
        return f"None if (v := {code}) is None{hidden} else {present}(v, view)"

    def get_value(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        value = fetch(obj, self.placement)
        if value is None:
            return None
        shows = self.schema.shows
        if self.many:
            return [item for item in value if shows(item)]
        return value if shows(value) else None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        if value is None:
            return missing if self.omits(view_of(self).profile) else None
        return self.schema.dump(value, many=bool(self.many))

    def turn_to_client(self) -> None:
        self.dump_only, self.load_only = self.load_only, self.dump_only
        self.required, self.load_default, self.allow_none = False, missing, True


class Group(Part):
    """A wire object over the SAME row, one level down (JSON:API `data`, `attributes`)."""

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        if raw is missing and reader.mode is MERGE:
            return
        if self.required and (raw is missing or raw is None):
            code = "required" if raw is missing else "null"
            text = "is required" if raw is missing else "may not be null"
            reader.fault(path, code, text)
            return
        body = {} if raw is missing or raw is None else raw
        change.absorb(self.schema.collect(body, reader, path))

    def expression(self, compiler: Compiler) -> str:
        return compiler.group(self.schema)

    def get_value(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        return obj


class Listed(Placed, fields.List[Any]):
    """A list of converters or parts; `source(row)` gives the items where no attribute does."""

    def __init__(
        self,
        inner: Field | Part,
        data_key: str | None = None,
        *,
        attribute: str | None = None,
        source: Callable[[Any], Any] | None = None,
        null: bool | None = None,
        doc: Mapping[str, Any] | None = None,
        omit_none: bool | str = False,
        also: Sequence[str] = (),
        reads: Sequence[str] = (),
        **options: Any,
    ) -> None:
        nullable = not options.get("required", False) if null is None else null
        options.setdefault("allow_none", nullable)
        options.setdefault("dump_only", source is not None)
        super().__init__(inner, data_key=data_key, metadata=dict(doc or {}), **options)
        self.place(attribute=attribute, omit_none=omit_none, also=also, reads=reads)
        self.from_row = source

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.settled_at(field_name)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        texts = {"required": "is required", "null": "may not be null"}
        return refuse(key, texts.get(key, "must be a list"))

    # reading

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        if raw is missing:
            Part.take_missing(self, change, reader, path)  # type: ignore[arg-type]
            return
        try:
            self._validate_missing(raw)
            values = None if raw is None else self.take_items(raw, reader, path)
            if values is not None:
                self._validate(values)
        except ValidationError as error:
            reader.refused(path, error.messages)
        else:
            change.put(self.placement, values)

    def take_items(self, raw: Any, reader: Reader, path: str) -> list[Any]:
        if not isinstance(raw, list):
            raise refuse("type", "must be a list")
        if isinstance(self.inner, Part):
            return self.inner.take_items(raw, reader, path)
        values = []
        for i, item in enumerate(raw):
            try:
                values.append(self.inner.deserialize(item))
            except ValidationError as error:
                reader.refused(f"{path}.{i}", error.messages)
        return values

    # presenting

    def source(self, compiler: Compiler) -> str:
        if self.from_row is not None:
            return f"{compiler.name(self.from_row)}(row)"
        return super().source(compiler)

    def expression(self, compiler: Compiler) -> str:
        code = self.source(compiler)
        item, kept = compiler.item(self.inner)
        if item == "i" and not kept:
            return f"None if (v := {code}) is None else list(v)"
        return f"None if (v := {code}) is None else [{item} for i in v{kept}]"

    def get_value(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        value = self.from_row(obj) if self.from_row else fetch(obj, self.placement)
        if value is None or not isinstance(self.inner, Part):
            return value
        shows = self.inner.schema.shows
        return [item for item in value if shows(item)]

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return missing if self.omits(view_of(self).profile) else None
        return [self.inner._serialize(item, attr, obj, **kwargs) for item in value]

    def turn_to_client(self) -> None:
        self.dump_only, self.load_only = self.load_only, self.dump_only
        self.required, self.load_default, self.allow_none = False, missing, True
        self.validators = []
