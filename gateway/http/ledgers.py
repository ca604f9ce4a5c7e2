"""What another dialect makes of an account's things: the ledger of one object, and what a dialect
cannot show at all. Read-only views over the pure round trip of `gateway.wire.ledger`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from gateway.dialect import Dialect
from gateway.domain.context import Context
from gateway.domain.migration import readiness
from gateway.domain.problems import Invalid, NotFound
from gateway.services import aliases, core_rows
from gateway.wire.ledger import Entry, Ledger, Seat, kept, ledger, losses, schema, trips_of
from gateway.wire.profile import View

MOST_ROWS = 200
DEFAULT_ROWS = 50


@dataclass(frozen=True)
class Ledgers:
    """The views for one caller, inside one account. `profiles` are the universe's."""

    dialects: Mapping[str, Dialect]
    profiles: Mapping[str, str]
    ctx: Context

    def of_object(self, name: str, kind: str, uid: str, to: str) -> dict[str, Any]:
        """One object and what becomes of it. NotFound where the first dialect has none."""
        row = core_rows.one(self._as(name), kind, uid)
        source, target = self._seat(name, kind, row), self._seat(to, kind, row)
        if source.hidden(row, kind):
            raise NotFound(source.hidden(row, kind))
        found = ledger(kind, row, source, target)
        hidden = target.hidden(row, kind)
        return {
            "kind": kind,
            "uid": str(row.uid),
            "from": {"dialect": name, "objects": source.shows(row)},
            "to": {"dialect": to, "objects": target.shows(row), "hidden": hidden or None},
            "in_force": getattr(row, "handling", None),
            "fates": Counter(str(entry.fate) for entry in found.entries),
            "members": [_told(entry) for entry in found.entries],
            "needs": dict(found.needs),
        }

    def of_account(self, name: str, to: list[str], limit: int, offset: int) -> dict[str, Any]:
        """How much of the account each other dialect says, and what it does not. `more` is true
        where rows remain after the ones looked at."""
        targets = {other: _Tally() for other in to or sorted(self.dialects.keys() - {name})}
        more = False
        for kind in core_rows.INVENTORY:
            rows = core_rows.of_account(self._as(name), kind, limit=limit + 1, offset=offset)
            more = more or len(rows) > limit
            for row in rows[:limit]:
                source = self._seat(name, kind, row)
                for other, tally in targets.items():
                    found = ledger(kind, row, source, self._seat(other, kind, row))
                    tally.add(kind, row, found)
        told = [{"dialect": other, **tally.told()} for other, tally in targets.items()]
        account = str(self.ctx.account_uid)
        return {"dialect": name, "account": account, "targets": told, "more": more}

    def hidden(self, name: str, kinds: list[str], limit: int, offset: int) -> dict[str, Any]:
        """Rows of the account that a dialect has no object for, and members of others that only
        another dialect shows. `more` is true where rows remain after the ones looked at."""
        if unknown := [kind for kind in kinds if kind not in core_rows.KINDS]:
            raise Invalid.one("kind", "choice", f"there is no kind {unknown[0]}")
        found, more = [], False
        for kind in kinds or core_rows.KINDS:
            rows = core_rows.of_account(self._as(name), kind, limit=limit + 1, offset=offset)
            more = more or len(rows) > limit
            for row in rows[:limit]:
                found += self._hidden_of(name, kind, row)
        account = str(self.ctx.account_uid)
        return {"dialect": name, "account": account, "hidden": found, "more": more}

    def _hidden_of(self, name: str, kind: str, row: Any) -> list[dict[str, Any]]:
        about, own = {"kind": kind, "uid": str(row.uid)}, self._seat(name, kind, row)
        if why := own.hidden(row, kind):
            return [{**about, "member": None, "why": why}]
        lost: dict[str, dict[str, Any]] = {}
        trips = trips_of(row, own)
        for other in sorted(self.dialects.keys() - {name}):
            seat = self._seat(other, kind, row)
            for entry in losses(row, ledger(kind, row, seat, own, trips)):
                attribute = entry.attributes[0]
                told = lost.setdefault(
                    attribute, {**about, "member": attribute, "why": entry.why, "shown_by": {}}
                )
                told["shown_by"][other] = f"{entry.object}.{entry.member}"
        return list(lost.values())

    def _as(self, name: str) -> Context:
        if name not in self.dialects:
            raise NotFound(f"there is no dialect {name}")
        return replace(self.ctx, dialect=name)

    def _seat(self, name: str, kind: str, row: Any) -> Seat:
        ctx = self._as(name)
        dialect = self.dialects[name]
        seat = Seat(name, dialect.kinds().get(kind, ()))
        named: set[UUID] = set()
        if ctx.caller.has_aliases:
            named.update(*(schema(shape.shown).named(row) for shape in seat.objects(row)))
        view = View(
            profile=dialect.profile(self.profiles.get(name, "")),
            aliases=aliases.of_objects(ctx, named),
            base=f"{ctx.base_url}/{name}",
        )
        return replace(seat, view=view)


class _Tally:
    """What one dialect keeps and loses of several rows."""

    def __init__(self) -> None:
        self.fates: Counter[str] = Counter()
        self.kept = 0
        self.losses: list[dict[str, Any]] = []

    def add(self, kind: str, row: Any, found: Ledger) -> None:
        self.fates.update(str(entry.fate) for entry in found.entries)
        self.kept += kept(found)
        about = {"kind": kind, "uid": str(row.uid)}
        self.losses += [{**about, **_told(entry)} for entry in losses(row, found)]

    def told(self) -> dict[str, Any]:
        lost = len(self.losses)
        score = readiness(self.kept + lost, lost)
        return {"readiness": score, "fates": self.fates, "losses": self.losses}


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "object": entry.object,
        "member": entry.member,
        "fate": entry.fate,
        "into": entry.into or None,
        "why": entry.why or None,
    }


def window(args: Mapping[str, str]) -> tuple[int, int]:
    """How many rows of each kind are looked at, and after how many; Invalid for anything else."""
    return (
        _whole(args, "limit", DEFAULT_ROWS, 1, MOST_ROWS),
        _whole(args, "offset", 0, 0, 2**31 - 1),
    )


def _whole(args: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = args.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text[:12]) <= most:
        raise Invalid.one(name, "range", f"{name} must be {least} to {most}")
    return int(text)
