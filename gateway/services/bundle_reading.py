"""Reading the form of a bundle: every value converted, every fault named at its path.

Nothing here asks the database; references stay texts until the rows they name are placed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.domain.problems import Invalid, Why
from gateway.services.bundle_kinds import KINDS, VERSION, Kind, Member, converted, is_uid, uid_of

FAULTS_SHOWN = 100
INVENTORY = "inventory"
_SETTINGS = frozenset({"polytrunk", "dialect", "about"})


@dataclass(eq=False)
class Entry:
    """One row of the file on its way into the database."""

    kind: Kind
    path: str
    values: dict[str, Any] = field(default_factory=dict)
    references: dict[str, tuple[Member, str]] = field(default_factory=dict)
    ref: str | None = None
    uid: UUID | None = None
    foreign_id: str | None = None
    stored: Any = None

    @property
    def names(self) -> Iterator[str]:
        """What other rows may call this one."""
        if self.ref is not None:
            yield self.ref
        if self.foreign_id is not None:
            yield self.foreign_id
        if self.uid is not None:
            yield self.uid.hex


class Faults(dict[str, list[Why]]):
    """Reasons by path."""

    def put(self, path: str, code: str, text: str) -> None:
        if len(self) < FAULTS_SHOWN:
            self.setdefault(path, []).append(Why(code, text))

    def check(self) -> None:
        if self:
            path, reasons = next(iter(self.items()))
            raise Invalid(f"{path}: {reasons[0].text}", fields=dict(self))


def read(bundle: Any) -> tuple[dict[str, list[Entry]], str | None]:
    """Check the form of a bundle and convert every value that does not refer to another row."""
    faults = Faults()
    if not isinstance(bundle, Mapping):
        raise Invalid.one("", "type", "a bundle is a JSON object")
    if bundle.get("polytrunk") != VERSION:
        faults.put("polytrunk", "version", f"must be {VERSION}")
    dialect = bundle.get("dialect")
    if dialect is not None and not isinstance(dialect, str):
        faults.put("dialect", "type", "must be text")
    entries: dict[str, list[Entry]] = {name: [] for name in KINDS}
    for name, rows in bundle.items():
        if name in _SETTINGS or name == INVENTORY:
            continue
        if name not in KINDS:
            faults.put(name, "unknown", "is not a kind of row")
        elif not isinstance(rows, list):
            faults.put(name, "type", "must be a list")
        else:
            for index, row in enumerate(rows):
                path = f"{name}[{index}]"
                entries[name].append(_entry(KINDS[name], path, row, bool(dialect), faults))
    _check_names(entries, faults)
    faults.check()
    return entries, dialect


def _entry(kind: Kind, path: str, row: Any, has_dialect: bool, faults: Faults) -> Entry:
    entry = Entry(kind, path)
    if not isinstance(row, Mapping):
        faults.put(path, "type", "must be an object")
        return entry
    for name, value in row.items():
        where = f"{path}.{name}"
        try:
            if name == "uid":
                _identify(entry, value, has_dialect)
            elif name == "ref":
                entry.ref = _named(value)
            elif name == "password" and kind.name == "users":
                _named(value)  # hashed later: see _hash_passwords
            elif name not in kind.members:
                faults.put(where, "unknown", f"is not a member of {kind.name}")
            else:
                _take(entry, kind.members[name], value)
        except ValueError as why:
            faults.put(where, "value", str(why))
    return entry


def _take(entry: Entry, member: Member, value: Any) -> None:
    if member.column in entry.values or member.column in entry.references:
        raise ValueError("is given twice, under two names")
    if is_uid(member) and value is not None:
        entry.references[member.column] = (member, _named(value))
    else:
        entry.values[member.column] = converted(member, value)


def _identify(entry: Entry, value: Any, has_dialect: bool) -> None:
    entry.uid = uid_of(value)
    if entry.uid is None:
        if not has_dialect:
            raise ValueError("must be a UUID, unless the bundle names the dialect of its ids")
        entry.foreign_id = _named(value)


def _named(value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("must be text")
    return value


def _check_names(entries: dict[str, list[Entry]], faults: Faults) -> None:
    """Names are unique in the file; uids of one kind differ in their leading 96 bits."""
    named: dict[str, str] = {}
    heads: dict[tuple[str, int], str] = {}
    for kind, rows in entries.items():
        for entry in rows:
            for name in entry.names:
                other = named.setdefault(name, entry.path)
                if other != entry.path:
                    faults.put(entry.path, "repeated", f"has the name of {other}: {name}")
            if entry.uid is not None:
                other = heads.setdefault((kind, entry.uid.int >> 32), entry.path)
                if other != entry.path:
                    faults.put(f"{entry.path}.uid", "prefix", f"begins with the 96 bits of {other}")
