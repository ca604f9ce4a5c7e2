"""What every table has: a row number for paging order, the uid that everything else refers to, and
the two instants. Foreign keys point at `uid` and never load anything by themselves, so an id is
rendered without a join and a forgotten join is an error, not a hidden query."""

from __future__ import annotations

from typing import Any

import peewee as pw

from gateway.models.database import db
from gateway.models.fields import InstantField, UidField


class Base(pw.Model):
    """Columns common to all tables. `updated_at` is null until the first change by API."""

    id = pw.BigAutoField()
    uid = UidField(constraints=[pw.SQL("UNIQUE")])
    created_at = InstantField()
    updated_at = InstantField(null=True)

    class Meta:
        database = db
        legacy_table_names = False


def reference(model: Any, name: str, *, null: bool = True, index: bool = True) -> Any:
    """A foreign key to `model.uid` in column `<name>_uid`, read as attribute `<name>_uid`.

    `index=False` where an index of the table begins with the column anyway.
    """
    column = f"{name}_uid"
    return pw.ForeignKeyField(
        model,
        field="uid",
        column_name=column,
        object_id_name=column,
        null=null,
        index=index,
        lazy_load=False,
        backref="+",
    )


LONGEST_NAME = 63


def index(
    model: type[Base],
    *fields: str,
    unique: bool = False,
    where: Any = None,
    name: str | None = None,
) -> None:
    """Give a table an index, partial if `where` is given, named after the table and its columns."""
    meta = model._meta
    columns = [meta.combined[field] for field in fields]
    if name is None:
        name = "_".join([meta.table_name, *(column.column_name for column in columns)])
        name += "" if where is None else "_where"
    if len(name) > LONGEST_NAME:
        raise ValueError(f"PostgreSQL would cut the index name {name}")
    model.add_index(pw.ModelIndex(model, columns, unique=unique, where=where, name=name))
