"""One marshmallow schema for one wire object: the only place to say which member is which column.

From it come the reading of requests, the writing of answers, the served document, the columns a
query selects and, with `side="client"`, the reading of a provider's answers and the writing of
requests to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal
from uuid import UUID

from marshmallow import EXCLUDE, Schema, missing

from gateway.domain.problems import Invalid, Why
from gateway.wire.base import fetch
from gateway.wire.fields import Ref
from gateway.wire.presenter import Present, compile_presenter
from gateway.wire.profile import DOCUMENTED, VIEW, Profile, View
from gateway.wire.reading import CREATE, Change, Mode, Reader, join
from gateway.wire.structure import Computed, Const, Group, Listed, Part

Side = Literal["server", "client"]


def _shows_all(row: Any) -> bool:
    return True


class Wire(Schema):
    """Base of wire objects. A subclass sets as class data:

    `dialect`   owner of its `Extra` members
    `envelope`  names a body may be wrapped in, from the outside in
    `strict`    refuse members it does not know (they are ignored otherwise); the name of a rule:
                where the profile holds it
    `passes`    members a strict object lets pass unread
    `openapi`   members merged into its component of the served document
    `openapi_change` the same for its partial form
    `component` name of that component; default the class name
    `shows`     pure rule on a row: is it an object of this kind at all
    """

    dialect: ClassVar[str] = ""
    envelope: ClassVar[tuple[str, ...]] = ()
    strict: ClassVar[bool | str] = False
    passes: ClassVar[tuple[str, ...]] = ()
    openapi: ClassVar[Mapping[str, Any]] = {}
    openapi_change: ClassVar[Mapping[str, Any]] = {}
    component: ClassVar[str] = ""
    shows: Callable[[Any], bool] = staticmethod(_shows_all)

    class Meta:
        unknown = EXCLUDE

    def __init__(self, *, side: Side = "server", view: View | None = None, **options: Any) -> None:
        self.side: Side = side
        self.view = view or VIEW
        self.presenters: dict[tuple[Profile, bool], Present] = {}
        super().__init__(**options)
        self.hides = self.shows is not _shows_all
        self.written: dict[str, Any] = dict(self.dump_fields)
        readable: dict[str, Any] = dict(self.load_fields)
        self._readable = sorted(readable.items(), key=lambda item: not _is_twin(item[1]))
        self._known = set(self.passes) | {
            spelling
            for name, field in self.fields.items()
            for spelling in (field.data_key or name, *getattr(field, "also", ()))
        }

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        if self.side == "client":
            field_obj.turn_to_client()

    # reading

    def change(
        self, body: Any, mode: Mode = CREATE, profile: Profile = DOCUMENTED, row: Any = None
    ) -> Change:
        """A body as core attributes.

        MERGE has only what the body names; REPLACE names every writable attribute, with its default
        or null where the body is silent, and refuses where one is required. `row` is the stored row
        of a change. All faults come at once: Invalid with wire paths; as a client nothing is
        refused, the faults are in `.odd` and their attributes missing.
        """
        reader = Reader(mode, row, profile=profile)
        values = self.collect(body, reader, "")
        if reader.faults and self.side == "server":
            raise invalid(reader.faults)
        values.odd = reader.faults
        return values

    def collect(self, body: Any, reader: Reader, path: str) -> Change:
        """Read an object at a path; faults go to the reader."""
        body, path = self._unwrapped(body, path)
        values = Change()
        if not isinstance(body, Mapping):
            reader.fault(path, "type", "must be an object")
            return values
        for name, field in self._readable:
            key, raw = self._spelled(body, field, name)
            field.take(raw, values, reader, join(path, key))
        if self.is_strict(reader.profile) and self.side == "server":
            for name in body:
                if name not in self._known:
                    reader.fault(join(path, str(name)), "unknown", "is not known")
        return self._settled(values, reader, path)

    @classmethod
    def is_strict(cls, profile: Profile) -> bool:
        """Whether members it does not know are refused."""
        return profile.holds(cls.strict) if isinstance(cls.strict, str) else cls.strict

    def _unwrapped(self, body: Any, path: str) -> tuple[Any, str]:
        for name in self.envelope:
            if not (isinstance(body, Mapping) and isinstance(body.get(name), Mapping)):
                break
            body, path = body[name], join(path, name)
        return body, path

    @staticmethod
    def _spelled(body: Mapping[str, Any], field: Any, name: str) -> tuple[str, Any]:
        key = field.data_key or name
        if key not in body:
            for other in field.also:
                if other in body:
                    return other, body[other]
        return key, body.get(key, missing)

    def _settled(self, values: Change, reader: Reader, path: str) -> Change:
        try:
            settled = self.settle(values, reader.row)
        except Invalid as problem:
            reader.cross(path, problem)
            return values
        return settled if isinstance(settled, Change) else Change(settled)

    def settle(self, change: Change, row: Any) -> dict[str, Any]:
        """Cross-field rule, pure; called also when a field failed, whose attribute is then missing.

        `row` is the stored row of a change, None for a create. Raise Invalid with paths relative to
        this object; a path where a field already failed is not reported twice.
        """
        return change

    # answering

    def present(self, row: Any, view: View = VIEW) -> dict[str, Any]:
        """The row as this wire object, by the compiled presenter."""
        return compile_presenter(self, view.profile)(row, view)

    def named(self, row: Any) -> Iterator[UUID]:
        """The uids an answer about the row names, which may have aliases; the slow way, for those
        few who have any."""
        for field in self.written.values():
            if isinstance(field, Group):
                yield from field.schema.named(row)
            elif (inner := _inner_part(field)) is not None and not inner.json:
                value = field.get_value(row) or ()
                for item in value if isinstance(value, list | tuple) else (value,):
                    yield from inner.schema.named(item)
            elif isinstance(field, Listed) and isinstance(field.inner, Ref):
                yield from (one for one in field.get_value(row) or () if isinstance(one, UUID))
            elif isinstance(field, Ref):
                value = fetch(row, (field.alias,) if field.alias else field.placement)
                if isinstance(value, UUID):
                    yield value

    # the table

    def table(self, prefix: str = "", above: str = "") -> dict[str, tuple[str, Any]]:
        """Attribute -> (wire path, field), groups and related rows included; the first member of an
        attribute wins, twins come last."""
        found: dict[str, tuple[str, Any]] = {}
        items = sorted(self.fields.items(), key=lambda item: _is_twin(item[1]))
        for name, field in items:
            path = join(prefix, field.data_key or name)
            if isinstance(field, Group):
                inner = field.schema.table(path, above)
            elif isinstance(field, Part):
                inner = field.schema.table(path, join(above, ".".join(field.placement)))
            else:
                inner = {join(above, a): (path, field) for a in _attributes(field)}
            for attribute, entry in inner.items():
                found.setdefault(attribute, entry)
        return found

    def path_of(self, attribute: str, body: Any) -> str:
        """Where a body of this object has an attribute, its envelope included; empty: nowhere.

        A related row stands for all of its members.
        """
        _, above = self._unwrapped(body, "")
        table = self.table()
        if attribute in table:
            return join(above, table[attribute][0])
        inside = next((p for a, (p, _) in table.items() if a.startswith(f"{attribute}.")), "")
        return join(above, inside.rpartition(".")[0]) if inside else ""

    def columns(self, relation: str = "") -> frozenset[str]:
        """What an answer reads: columns, and `relation.column` of related rows; or, with the name
        of a relation, what it reads of those rows."""
        found = _columns(self)
        if relation:
            above = relation + "."
            found = {name.removeprefix(above) for name in found if name.startswith(above)}
        return frozenset(found)


class Refused(Invalid):
    """A body a schema refused: the paths are wire paths already, not attributes."""


def invalid(faults: Mapping[str, list[Why]]) -> Refused:
    """The refusal for faults by wire path; its text names the first one."""
    path, whys = next(iter(faults.items()))
    return Refused(f"{path} {whys[0].text}".strip(), fields=dict(faults))


def _is_twin(field: Any) -> bool:
    return bool(getattr(field, "twin", False))


def _attributes(field: Any) -> tuple[str, ...]:
    if isinstance(field, Const) or (isinstance(field, Listed) and field.from_row):
        return tuple(field.reads)
    if isinstance(field, Computed):
        own = () if field.spreads else (".".join(field.placement),)
        return tuple(dict.fromkeys((*own, *field.reads)))
    return (".".join(field.placement), *field.reads)


def _columns(schema: Wire) -> set[str]:
    found: set[str] = set()
    for field in schema.written.values():
        if isinstance(field, Group):
            found |= _columns(field.schema)
        elif (inner := _inner_part(field)) is not None and not inner.json:
            found |= {f"{field.placement[0]}.{c}" for c in _columns(inner.schema)}
            found.update(field.reads)
        else:
            found |= {attribute.split(".")[0] for attribute in _attributes(field)}
            if alias := getattr(field, "alias", ""):
                found.add(alias)
    return found


def _inner_part(field: Any) -> Part | None:
    """The part a field presents rows of an attribute with."""
    if isinstance(field, Listed):
        return field.inner if isinstance(field.inner, Part) and not field.from_row else None
    return field if isinstance(field, Part) else None
