"""Placing the rows of a bundle: parents first, recognised where they exist, inserted in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain.context import Context
from gateway.domain.problems import Invalid
from gateway.models import Account, Alias
from gateway.models.prepared import P, Prepared, among
from gateway.models.rows import attribute
from gateway.services.bundle_defaults import Defaults
from gateway.services.bundle_flows import KIND as FLOW_NODES
from gateway.services.bundle_flows import Configs
from gateway.services.bundle_kinds import KINDS, Kind, uid_of
from gateway.services.bundle_matching import recognise
from gateway.services.bundle_reading import Entry, Faults

_ALIASED = Prepared(
    lambda: Alias.select(Alias.kind, Alias.foreign_id, Alias.object_uid).where(
        (Alias.dialect == P("dialect")) & among(Alias.foreign_id, "texts")
    )
)
_MARK = Prepared(lambda: Account.update(has_aliases=P("yes")).where(among(Account.uid, "scopes")))


class Loaded(NamedTuple):
    """How many rows were made, changed, and found as the file has them."""

    created: int
    updated: int
    unchanged: int


class Loader:
    """Places the entries, parents before children, and counts what it did."""

    def __init__(self, ctx: Context, entries: dict[str, list[Entry]], dialect: str | None) -> None:
        self.ctx, self.dialect = ctx, dialect
        self.entries = entries
        self.known: dict[str, UUID] = {}
        self.waiting = {name for rows in entries.values() for e in rows for name in e.names}
        self.defaults = Defaults()
        self.faults = Faults()
        self.created = self.updated = self.unchanged = 0
        self._configs = Configs(entries[FLOW_NODES])
        self._changed: set[Entry] = set()
        self._patches: list[tuple[Entry, str, str]] = []
        self._foreign: list[Entry] = []
        self._scopes: dict[Any, UUID | None] = {}

    def run(self) -> Loaded:
        self._find_foreign()
        postponed: list[Entry] = []
        for rows in self.entries.values():
            postponed += self._place_kind(rows)
        for entry in postponed:
            self._place([entry])
        self._patch()
        self._write_configs()
        self._name_foreign()
        self.faults.check()
        self._mark_accounts()
        return Loaded(self.created, self.updated, self.unchanged)

    def _place_kind(self, rows: list[Entry]) -> list[Entry]:
        """Rows of one kind, those that others of the kind refer to first; the postponed remain."""
        pending, postponed = _divided(rows, self._must_wait)
        while pending:
            ready, pending = _divided(pending, self._waits_for_own_kind)
            if not ready:
                self.faults.put(pending[0].path, "circle", "refers to itself in a circle")
                break
            self._place(ready)
        self.faults.check()
        return postponed

    def _must_wait(self, entry: Entry) -> bool:
        """A natural key that contains a row of a later kind can be told only after that."""
        return any(
            member.target is None and column in entry.kind.key and self._is_pending(text)
            for column, (member, text) in entry.references.items()
        )

    def _waits_for_own_kind(self, entry: Entry) -> bool:
        return any(
            member.target == entry.kind.name and self._is_pending(text)
            for member, text in entry.references.values()
        )

    def _is_pending(self, text: str) -> bool:
        name = _key(text)
        return name in self.waiting and name not in self.known

    def _place(self, rows: list[Entry]) -> None:
        """Resolve, recognise, then insert or update rows of one kind."""
        for entry in rows:
            self._resolve(entry)
        usable = [entry for entry in rows if self._identified(entry)]
        recognise(usable, self.faults)
        self.faults.check()
        new = []
        for entry in usable:
            uid = entry.stored.uid if entry.stored is not None else entry.uid
            uid = uid or self.ctx.runtime.new_uid()
            for name in entry.names:
                self.known[name] = uid
            entry.uid = uid
            self._scopes[uid] = _scope(entry)
            if entry.stored is None:
                new.append(self._made(entry))
            else:
                self._change(entry)
        self.faults.check()
        if new:
            self._insert(usable[0].kind, new)

    def _resolve(self, entry: Entry) -> None:
        """Texts of references become uids; what is placed later is filled in at the end."""
        for column, (member, text) in entry.references.items():
            uid = self.known.get(_key(text))
            if uid is not None:
                entry.values[column] = uid
            elif self._is_pending(text) and member.target is None:
                self._patches.append((entry, column, text))
            elif (given := uid_of(text)) is not None:
                entry.values[column] = given
            else:
                where = f"{entry.path}.{member.name}"
                self.faults.put(where, "reference", f"names no row of the file: {text}")

    def _identified(self, entry: Entry) -> bool:
        if entry.kind.name == "aliases" and "scope_uid" not in entry.values:
            scope = self._scopes.get(entry.values.get("object_uid"))
            entry.values.update({"scope_uid": scope} if scope else {})
        try:
            self.defaults.identify(entry.kind.name, entry.values, entry.kind.columns)
        except ValueError as why:
            self.faults.put(entry.path, "value", str(why))
            return False
        return True

    def _made(self, entry: Entry) -> dict[str, Any]:
        kind, uid = entry.kind, entry.uid
        assert uid is not None
        row = self.defaults.complete(kind.name, uid, entry.values)
        for column in kind.needed:
            if column not in row:
                name = "secret" if column == "secret_hash" else kind.columns[column].name
                self.faults.put(f"{entry.path}.{name}", "required", "is required")
        self.created += 1
        return {"created_at": self.ctx.runtime.now(), **row, "uid": uid}

    def _insert(self, kind: Kind, rows: list[dict[str, Any]]) -> None:
        try:
            kind.insert.many(rows)
        except pw.IntegrityError as error:
            text = str(error).splitlines()[0]
            raise Invalid.one(kind.name, "conflict", f"does not fit what is stored: {text}") from (
                error
            )

    def _change(self, entry: Entry) -> None:
        changed = {
            column: value
            for column, value in entry.values.items()
            if getattr(entry.stored, column) != value
        }
        if not changed:
            self.unchanged += 1
            return
        self.updated += 1
        self._changed.add(entry)
        self._update(entry, changed)

    def _update(self, entry: Entry, changed: dict[str, Any]) -> None:
        model = entry.kind.model
        try:
            query = model.update({**_fields(model, changed), model.updated_at: self._now})
            query.where(model.uid == entry.uid).execute()
        except pw.IntegrityError as error:
            text = str(error).splitlines()[0]
            raise Invalid.one(entry.path, "conflict", f"does not fit what is stored: {text}") from (
                error
            )

    @property
    def _now(self) -> Any:
        return self.ctx.runtime.now()

    def _patch(self) -> None:
        """References to rows that were placed after the one that refers to them."""
        for entry, column, text in self._patches:
            uid = self.known.get(_key(text))
            if uid is None:
                self.faults.put(f"{entry.path}.{column}", "reference", f"names no row: {text}")
            elif entry.stored is None or getattr(entry.stored, column) != uid:
                model = entry.kind.model
                model.update(_fields(model, {column: uid})).where(model.uid == entry.uid).execute()

    def _write_configs(self) -> None:
        """Configs of flow nodes, which name rows of all kinds; a stored row counts once."""
        changed = self._configs.write(
            self.ctx, lambda text: self.known.get(_key(text)), self.faults
        )
        late = [e for e in changed if e.stored is not None and e not in self._changed]
        self.updated += len(late)
        self.unchanged -= len(late)

    def _find_foreign(self) -> None:
        """Rows known by a foreign id of the bundle's dialect get the uid they have here."""
        rows = [e for entries in self.entries.values() for e in entries if e.foreign_id]
        if not rows:
            return
        self._foreign = rows
        found = _ALIASED.all(dialect=self.dialect, texts=[e.foreign_id for e in rows])
        uids = {(row.kind, row.foreign_id): row.object_uid for row in found}
        for entry in rows:
            entry.uid = uids.get((alias_kind(entry.kind), entry.foreign_id))

    def _name_foreign(self) -> None:
        """Foreign ids become aliases in the scope of the row's owner."""
        kind = KINDS["aliases"]
        made = []
        for entry in self._foreign:
            values = {
                "scope_uid": _scope(entry),
                "dialect": self.dialect,
                "kind": alias_kind(entry.kind),
                "foreign_id": entry.foreign_id,
                "object_uid": entry.uid,
            }
            made.append(Entry(kind, entry.path, values))
        if made:
            self._place(made)
            self.entries["aliases"] += made

    def _mark_accounts(self) -> None:
        """An account knows that it has aliases, so that the others are not asked."""
        scopes = {entry.values["scope_uid"] for entry in self.entries["aliases"]}
        if scopes:
            _MARK.run(yes=True, scopes=list(scopes))


def _divided(rows: list[Entry], test: Callable[[Entry], bool]) -> tuple[list[Entry], list[Entry]]:
    """Those that fail the test and those that pass it."""
    parts: tuple[list[Entry], list[Entry]] = ([], [])
    for entry in rows:
        parts[test(entry)].append(entry)
    return parts


def alias_kind(kind: Kind) -> str:
    """What aliases call the objects of a kind: the singular."""
    return kind.name.removesuffix("s")


def _key(text: str) -> str:
    """uids may be spelled with or without dashes and in any case."""
    uid = uid_of(text)
    return uid.hex if uid is not None else text


def _fields(model: Any, values: Mapping[str, Any]) -> dict[Any, Any]:
    by_attribute = {attribute(one): one for one in model._meta.sorted_fields}
    return {by_attribute[name]: value for name, value in values.items()}


def _scope(entry: Entry) -> UUID | None:
    """Whose alias a foreign id of this row is: its account's, else its provider's, else its own."""
    if entry.kind.name in ("accounts", "service_providers"):
        return entry.uid
    for column in ("account_uid", "service_provider_uid"):
        uid: UUID | None = entry.values.get(column) or getattr(entry.stored, column, None)
        if uid is not None:
            return uid
    return None
