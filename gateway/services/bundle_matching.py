"""Which rows of a bundle exist already: by uid, else by the natural key of their kind.

Two queries per kind, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from gateway.models.prepared import Prepared, among
from gateway.services.bundle_kinds import OWNER, Kind
from gateway.services.bundle_reading import Entry, Faults

Key = tuple[Any, ...]


@cache
def _rows_by(kind: Kind, column: str) -> Prepared:
    model, target = kind.model, kind.columns[column].field
    return Prepared(lambda: model.select().where(among(target, "values")).order_by(model.id))


def recognise(entries: Sequence[Entry], faults: Faults) -> None:
    """Set `stored` of the entries (all of one kind) that exist; a stored row is claimed once."""
    if not entries:
        return
    kind = entries[0].kind
    uids = [entry.uid for entry in entries if entry.uid is not None]
    by_uid = {row.uid: row for row in _rows_by(kind, "uid").all(values=uids)} if uids else {}
    for entry in entries:
        entry.stored = by_uid.get(entry.uid)
    _by_natural_key(kind, [entry for entry in entries if entry.stored is None], set(by_uid), faults)


def _by_natural_key(kind: Kind, entries: list[Entry], claimed: set[Any], faults: Faults) -> None:
    keyed = [(entry, key) for entry in entries if (key := _key_of(kind, entry.values)) is not None]
    _check_repeated(keyed, faults)
    if not keyed:
        return
    found: dict[Key, Any] = {}
    for row in _rows_by(kind, kind.key[-1]).all(values=list({key[-1] for _, key in keyed})):
        key = tuple(_read(name, partial(getattr, row)) for name in kind.key)
        found.setdefault(key, row)
    for entry, key in keyed:
        row = found.get(key)
        if row is not None and row.uid not in claimed:
            entry.stored = row
            claimed.add(row.uid)


def _check_repeated(keyed: list[tuple[Entry, Key]], faults: Faults) -> None:
    """Rows that give no uid and have one natural key would be one row."""
    first: dict[Key, str] = {}
    for entry, key in keyed:
        if entry.uid is None:
            other = first.setdefault(key, entry.path)
            if other != entry.path:
                faults.put(entry.path, "repeated", f"has the natural key of {other}")


def _key_of(kind: Kind, values: Mapping[str, Any]) -> Key | None:
    """The natural key, absent columns at their default; None when its last part is missing."""

    def given(column: str) -> Any:
        if column in values or column not in kind.columns:
            return values.get(column)
        default = kind.columns[column].field.default
        return default() if callable(default) else default

    key = tuple(_read(name, given) for name in kind.key)
    return key if key and key[-1] is not None else None


def _read(name: str, column: Callable[[str], Any]) -> Any:
    if name != OWNER:
        return column(name)
    return column("account_uid") or column("service_provider_uid")
