"""Light rows: what services hand out instead of models.

A row holds the selected columns and the related rows that were asked for, and nothing else: a
column that was not selected is an AttributeError, never a silent query. The function that makes a
row of a driver's tuple is generated once per statement, because lists make thousands of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import peewee as pw

from gateway.models.fields import EPOCH, InstantField, SecretField, UidField, uid_of_hex

Maker = Callable[[Sequence[Any]], Any]


class Row:
    """Base of all light rows; columns are attributes, foreign keys are `<name>_uid`."""

    __slots__ = ()
    _hidden: ClassVar[frozenset[str]] = frozenset()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __repr__(self) -> str:
        """Without secrets: rows end up in logs and assertion messages."""
        names: Sequence[str] = self.__slots__
        shown = (
            f"{name}={'***' if name in self._hidden else repr(getattr(self, name))}"
            for name in names
            if hasattr(self, name)
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class Column(NamedTuple):
    """One selected value: the attribute it becomes, how it is read, and the source it is from."""

    name: str
    read: Callable[[Any], Any] | None
    source: Any
    field: pw.Field | None


def attribute(field: pw.Field) -> str:
    """The name a field has on rows: `trunk_uid` of the foreign key `trunk`."""
    return field.object_id_name if isinstance(field, pw.ForeignKeyField) else field.name


def writer(field: pw.Field) -> Callable[[Any], Any]:
    """Python value to what the driver binds."""
    target = field.rel_field if isinstance(field, pw.ForeignKeyField) else field
    return target.db_value  # type: ignore[no-any-return]


def reader(field: pw.Field) -> Callable[[Any], Any] | None:
    """The driver's value to python's; None where they are the same."""
    target = field.rel_field if isinstance(field, pw.ForeignKeyField) else field
    kind = type(target)
    own = kind.python_value is not pw.Field.python_value
    if own or isinstance(target, pw.BooleanField):
        return target.python_value  # type: ignore[no-any-return]
    return None


def column(node: Any) -> Column:
    """What a node of a SELECT or RETURNING list becomes on the row."""
    name, inner = None, node
    if isinstance(inner, pw.Alias):
        name, inner = inner._alias, inner.node  # type: ignore[attr-defined]
    if isinstance(inner, pw.Field | pw.FieldAlias):
        field = inner.field if isinstance(inner, pw.FieldAlias) else inner
        source = inner.source if isinstance(inner, pw.FieldAlias) else inner.model
        return Column(name or attribute(field), reader(field), source, field)
    if name is None:
        raise ValueError("an expression in a prepared statement needs .alias(name)")
    return Column(name, _result_reader(inner), None, None)


def _result_reader(node: Any) -> Callable[[Any], Any] | None:
    """MIN and MAX of a column are read like the column."""
    if isinstance(node, pw.Function) and str(node.name).upper() in ("MIN", "MAX"):
        first = (node.arguments or (None,))[0]
        if isinstance(first, pw.Field):
            return reader(first)
    return getattr(node, "_converter", None)


def row_class(name: str, columns: Sequence[Column], more: Sequence[str] = ()) -> type[Row]:
    names = [column.name for column in columns]
    twice = {one for one in names if names.count(one) > 1}
    if twice:
        raise ValueError(f"{name}: {sorted(twice)} selected twice; nest or alias one of them")
    hidden = frozenset(one.name for one in columns if isinstance(one.field, SecretField))
    members = {"__slots__": (*names, *more), "_hidden": hidden}
    return type(f"{name}Row", (Row,), members)


def compile_maker(
    title: str, columns: Sequence[Column], nest: Mapping[Any, str], attach: Sequence[str]
) -> Maker:
    """A function tuple -> row.

    Columns of a source in `nest` go to a row of their own under that name, None when the outer join
    found nothing. `attach` names empty slots for what the caller adds.
    """
    groups: dict[str, list[int]] = {"": [], **{name: [] for name in nest.values()}}
    for place, one in enumerate(columns):
        groups[nest.get(one.source, "") if one.source is not None else ""].append(place)
    env: dict[str, Any] = {
        "new": object.__new__, "uid_of_hex": uid_of_hex, "EPOCH": EPOCH, "timedelta": timedelta,
    }  # fmt: skip
    for place, one in enumerate(columns):
        env[f"c{place}"] = one.read
    env["K"] = row_class(title, [columns[place] for place in groups[""]], [*nest.values(), *attach])
    lines = ["def make(r):", " o = new(K)", *_assignments("o", columns, groups[""])]
    for number, name in enumerate(nest.values()):
        places = groups[name]
        if not places:
            raise ValueError(f"nothing of {name} is selected")
        env[f"K{number}"] = row_class(_title(name), [columns[place] for place in places])
        proof = [p for p in places if columns[p].name == "uid"] or places
        absent = " and ".join(f"r[{place}] is None" for place in proof)
        lines += [f" if {absent}: o.{name} = None", " else:", f"  k = o.{name} = new(K{number})"]
        lines += [f" {line}" for line in _assignments("k", columns, places)]
    lines.append(" return o")
    exec("\n".join(lines), env)
    return env["make"]  # type: ignore[no-any-return]


def _title(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _assignments(target: str, columns: Sequence[Column], places: Sequence[int]) -> list[str]:
    return [f" {target}.{columns[p].name} = {_expression(columns[p], p)}" for p in places]


def _expression(one: Column, place: int) -> str:
    """How a value is read, without a call where the driver's value is plain to see: lists have
    thousands of them, and most columns that may be null are."""
    value = f"(v := r[{place}])"
    target = one.field.rel_field if isinstance(one.field, pw.ForeignKeyField) else one.field
    if one.read is None:
        return f"r[{place}]"
    if isinstance(target, UidField):
        return f"uid_of_hex(v) if {value}.__class__ is str else v"
    if isinstance(target, pw.BooleanField):
        return f"None if {value} is None else v != 0"
    if isinstance(target, InstantField):
        return f"None if {value} is None else EPOCH + timedelta(0, 0, v)"
    if target is not None:
        return f"None if {value} is None else c{place}(v)"
    return f"c{place}(r[{place}])"
