"""Statements that peewee builds once and the driver runs often.

Building a query costs twenty times as much as running it, so hot statements are written as a
function that returns a peewee query with `P("name")` where a value goes. It is called at the first
use on each kind of database; after that only values are bound, each converted by the column it is
compared with or stored in.

    by_uid = Prepared(lambda: Message.select().where(Message.uid == P("uid")))
    row = by_uid.one(uid=uid)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import peewee as pw

from gateway.models.current import current_store
from gateway.models.driver import StoreDatabase
from gateway.models.rows import (
    Maker,
    Row,
    attribute,
    column,
    compile_maker,
    row_class,
    writer,
)

__all__ = ["Insert", "P", "Prepared", "Row", "among", "selected"]

Bind = Callable[..., Sequence[Any]]


class _Slot(NamedTuple):
    """A place in the parameters that a value fills."""

    name: str
    convert: Callable[[Any], Any] | None


class P(pw.ColumnBase):
    """A value given when the statement runs.

    The column it is compared with or assigned to converts it; `convert` overrides that.
    """

    def __init__(self, name: str, convert: Callable[[Any], Any] | None = None) -> None:
        if not name.isidentifier():
            raise ValueError(f"{name!r} cannot be the name of a value")
        super().__init__()
        self.name, self.convert = name, convert

    def __sql__(self, ctx: pw.Context) -> pw.Context:
        slot = _Slot(self.name, self.convert or ctx.state.converter)
        return ctx.value(slot, converter=False)


class among(pw.ColumnBase):  # noqa: N801
    """`column IN values` for a list of any length, with one text of the statement."""

    def __init__(self, field: Any, name: str) -> None:
        super().__init__()
        self.field, self.name = field, name

    def __sql__(self, ctx: pw.Context) -> pw.Context:
        field = self.field.field if isinstance(self.field, pw.FieldAlias) else self.field
        write = writer(field)
        if ctx.state.param == "?":
            slot = _Slot(self.name, lambda values: orjson.dumps(list(map(write, values))).decode())
            ctx.sql(self.field).literal(" IN (SELECT value FROM json_each(")
            return ctx.value(slot, converter=False).literal("))")
        target = field.rel_field if isinstance(field, pw.ForeignKeyField) else field
        kind = {"UUID": "uuid", "BIGINT": "bigint", "BIGAUTO": "bigint", "INT": "int"}.get(
            target.field_type, "text"
        )
        slot = _Slot(self.name, lambda values: list(map(write, values)))
        ctx.sql(self.field).literal(" = ANY(CAST(")
        return ctx.value(slot, converter=False).literal(f" AS {kind}[]))")


def selected(model: Any, names: Collection[str] | None) -> list[Any]:
    """The model's columns to select for rows with these attributes, all of them for None.

    Names that are no column of the model are left to whoever attaches them.
    """
    fields: list[Any] = model._meta.sorted_fields
    return [field for field in fields if names is None or attribute(field) in names]


class _Plan(NamedTuple):
    """A statement as one kind of database takes it."""

    sql: str
    bind: Bind
    make: Maker | None


class Prepared:
    """A compiled statement.

    `nest` maps a joined model (or alias) to the attribute its columns go under; `attach` names
    attributes the caller will set on the rows. Values are given by name; a missing or unknown name
    is a TypeError.
    """

    def __init__(
        self,
        build: Callable[[], Any],
        nest: Mapping[Any, str] | None = None,
        attach: Sequence[str] = (),
    ) -> None:
        self._build, self._nest, self._attach = build, dict(nest or {}), tuple(attach)
        self._plans: dict[str, _Plan] = {}

    def one(self, **values: Any) -> Any:
        """The first row, or None."""
        database = current_store().database
        plan = self._plans.get(database.kind) or self._compile()
        found = database.execute_sql(plan.sql, plan.bind(**values)).fetchone()
        return None if found is None else plan.make(found)  # type: ignore[misc]

    def all(self, **values: Any) -> list[Any]:
        database = current_store().database
        plan = self._plans.get(database.kind) or self._compile()
        found = database.execute_sql(plan.sql, plan.bind(**values)).fetchall()
        return list(map(plan.make, found))  # type: ignore[arg-type]

    def scalar(self, **values: Any) -> Any:
        """The first column of the first row as the database has it, or None."""
        database = current_store().database
        plan = self._plans.get(database.kind) or self._compile()
        found = database.execute_sql(plan.sql, plan.bind(**values)).fetchone()
        return None if found is None else found[0]

    def run(self, **values: Any) -> int:
        """Run a statement that changes rows; how many it changed."""
        database = current_store().database
        plan = self._plans.get(database.kind) or self._compile()
        count: int = database.execute_sql(plan.sql, plan.bind(**values)).rowcount
        return count

    def many(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run for each set of values in order, in one go where the driver can; rows changed."""
        if not rows:
            return 0
        database = current_store().database
        plan = self._plans.get(database.kind) or self._compile()
        return database.execute_many(plan.sql, [plan.bind(**values) for values in rows])

    def _compile(self) -> _Plan:
        store = current_store()
        query = self._build()
        if isinstance(query, pw.Update | pw.Insert):
            query = _convert_assignments(query)
        sql, parameters = query.bind(store.database).sql()
        returning = query._returning
        make = None
        if returning:
            source = getattr(query, "model", None)
            title = source.__name__ if source else "Query"
            columns = [column(node) for node in returning]
            make = compile_maker(title, columns, self._nest, self._attach)
        plan = self._plans[store.kind] = _Plan(sql, _compile_bind(parameters), make)
        return plan


def _convert_assignments(query: Any) -> Any:
    """Give `P`s that are stored in a column that column's conversion (peewee does it for plain
    values only), and take away the RETURNING that peewee adds to inserts on PostgreSQL."""
    if isinstance(query, pw.Update):
        query = query.clone()
        query._update = _converted(query._update)
        return query
    query = query.clone()
    query._insert = _converted(query._insert)
    conflict = query._on_conflict
    if conflict is not None and conflict._update:
        conflict = query._on_conflict = conflict.clone()
        conflict._update = _converted(conflict._update)
    if list(query._returning or ()) == [query.model._meta.primary_key]:
        query._returning = None
    return query


def _converted(changes: Mapping[Any, Any]) -> dict[Any, Any]:
    return {
        field: P(value.name, writer(field))
        if isinstance(value, P) and value.convert is None and isinstance(field, pw.Field)
        else value
        for field, value in changes.items()
    }


def _compile_bind(parameters: Sequence[Any]) -> Bind:
    """A function of named values -> tuple of parameters."""
    env: dict[str, Any] = {}
    items: list[str] = []
    names: dict[str, None] = {}
    for place, parameter in enumerate(parameters):
        if not isinstance(parameter, _Slot):
            env[f"_c{place}"] = parameter
            items.append(f"_c{place}")
            continue
        names[parameter.name] = None
        if parameter.convert is None:
            items.append(parameter.name)
        else:
            env[f"_c{place}"] = parameter.convert
            items.append(f"_c{place}({parameter.name})")
    heading = f"def bind({'*, ' + ', '.join(names) if names else ''}):"
    exec(f"{heading}\n return ({''.join(item + ', ' for item in items)})", env)
    return env["bind"]  # type: ignore[no-any-return]


class Insert:
    """INSERT of a whole row of a model from a dict keyed by attribute (`account_uid`, `name`).

    Columns that are absent take the field's default; one without a default and not nullable must be
    given. With `ignore`, a row that meets a unique key is left out.
    """

    def __init__(self, model: Any, *, ignore: bool = False) -> None:
        fields = [f for f in model._meta.sorted_fields if not isinstance(f, pw.AutoField)]
        self._table = model._meta.table_name
        self._columns = [field.column_name for field in fields]
        self._defaults = {attribute(field): field.default for field in fields}
        self._bind = _compile_insert(model.__name__, fields)
        self._class = row_class(model.__name__, [column(field) for field in fields])
        self._ignore = ignore
        self._sql: dict[str, str] = {}

    def run(self, values: Mapping[str, Any]) -> int:
        """Insert one row; 0 if `ignore` left it out."""
        database = current_store().database
        count: int = database.execute_sql(self._text(database), self._bind(values)).rowcount
        return count

    def many(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert rows in their order; how many."""
        if not rows:
            return 0
        database = current_store().database
        return database.execute_many(self._text(database), [self._bind(row) for row in rows])

    def add(self, values: Mapping[str, Any]) -> Row:
        """Insert one row and give it back as a light row, defaults filled in, without `id`."""
        self.run(values)
        row = self._class()
        for name, default in self._defaults.items():
            if name in values:
                setattr(row, name, values[name])
            else:
                setattr(row, name, default() if callable(default) else default)
        return row

    def _text(self, database: StoreDatabase) -> str:
        text = self._sql.get(database.kind)
        if text is None:
            names = ", ".join(f'"{name}"' for name in self._columns)
            places = ", ".join([database.param] * len(self._columns))
            text = f'INSERT INTO "{self._table}" ({names}) VALUES ({places})'
            text += " ON CONFLICT DO NOTHING" if self._ignore else ""
            self._sql[database.kind] = text
        return text


def _compile_insert(title: str, fields: Sequence[Any]) -> Bind:
    """A function dict of attributes -> tuple of parameters, defaults converted once."""
    env: dict[str, Any] = {"known": frozenset(map(attribute, fields))}
    items = []
    for place, field in enumerate(fields):
        name = attribute(field)
        env[f"_c{place}"] = write = writer(field)
        given = f"_c{place}(v[{name!r}])"
        if field.default is None and not field.null:
            items.append(given)
            continue
        default = field.default() if callable(field.default) else field.default
        env[f"_d{place}"] = write(default)
        items.append(f"{given} if {name!r} in v else _d{place}")
    exec(f"def bind(v):\n return ({', '.join(items)},)", env)
    bind, known = env["bind"], env["known"]

    def checked(values: Mapping[str, Any]) -> Sequence[Any]:
        if not values.keys() <= known:
            raise TypeError(f"{title} has no {sorted(values.keys() - known)}")
        try:
            return bind(values)  # type: ignore[no-any-return]
        except KeyError as error:
            raise TypeError(f"{title} needs {error.args[0]}") from None

    return checked
