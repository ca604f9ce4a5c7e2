"""Trunks made of what numbers choose, for providers that send calls by the trunk a number is on.

Where each number has a primary and a failover route of its own, numbers of one account go different
ways. Such a provider says the same with one trunk for each pair of routes in use: the primary is
tried first there, the failover second. A number is put on the trunk of its pair. Trunks that people
made stay as they are; the default one, which only says that there is none, stays as far as it is
still needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from gateway.domain.moves import Move, Row, within
from gateway.domain.settling import DEFAULT, Plain, Settled, built_in, place

ROUTES = ("primary_endpoint_uid", "failover_endpoint_uid")
"""What numbers choose."""
MOST_NAME = 255
"""Characters of a trunk's name; hosts of two routes may be longer together."""
_OF_ONE = ("is_auto", "created_at", "updated_at")
"""What a trunk that is made of another one has for itself."""


def is_by_trunk(moves: Iterable[Move]) -> bool:
    """Whether a provider with these moves sends calls by the trunk that a number is on."""
    return any(move.by_trunk for move in moves)


def fitted(rows: Settled, moves: Sequence[Move]) -> Settled:
    """The inventory as a provider with these moves would have to hold it."""
    return split(_held(rows, moves), moves)


def split(rows: Settled, moves: Iterable[Move]) -> Settled:
    """The inventory with a trunk for each choice of numbers, where such a provider asks for it."""
    return _Split(rows).rows() if rows.get("number") and is_by_trunk(moves) else rows


def _held(rows: Settled, moves: Sequence[Move]) -> Settled:
    """The same rows, each saying what it can say there; the very inventory where all can."""
    found = rows
    for move in moves:
        told = [_fitting(row, move.fits(Row(row))) for row in rows.get(move.kind, ())]
        if not move.part and told != rows.get(move.kind, []):
            found = {**found, move.kind: told}
    return found


def _fitting(row: Plain, otherwise: Mapping[str, Any]) -> Plain:
    return {
        **row,
        **{name: otherwise[name] for name in otherwise if row.get(name) != otherwise[name]},
    }


def joined(rows: Settled, fit: Settled) -> Settled:
    """Both inventories as one: the rows as they were, and those that were made of them."""
    found = {}
    for kind in rows.keys() | fit.keys():
        known = {row["uid"] for row in rows.get(kind, ())}
        made = (row for row in fit.get(kind, ()) if row["uid"] not in known)
        found[kind] = [*rows.get(kind, ()), *made]
    return found


def replaced(rows: Settled, fit: Settled) -> Settled:
    """The rows that others stand for once the inventory is `fit`."""
    kept = {(kind, row["uid"]) for kind in fit for row in fit[kind]}
    return {kind: [row for row in rows[kind] if (kind, row["uid"]) not in kept] for kind in rows}


class _Split:
    """Fits one inventory. Routes to the same place are one route, whatever each is called."""

    def __init__(self, rows: Settled) -> None:
        self.was = rows
        self.trunks: dict[str, Plain] = {row["uid"]: row for row in rows["trunk"]}
        self.endpoints: dict[str, Plain] = {row["uid"]: row for row in rows["endpoint"]}
        self.routes: dict[str, Plain] = {}
        self.of_trunk: dict[str, list[Plain]] = {}
        for row in sorted(rows["endpoint"], key=lambda one: str(one["uid"])):
            if row.get("dials") and not built_in(row):
                self.routes.setdefault(_called(row), row)
                self.of_trunk.setdefault(str(row["trunk_uid"]), []).append(row)
        self.made: dict[str, Plain] = {}
        self.copies: dict[str, Plain] = {}
        self.used: set[str] = set()

    def rows(self) -> Settled:
        numbers = [self._number(row) for row in self.was["number"]]
        if not self.made:
            return self.was
        gone = self._gone({row.get("trunk_uid") for row in numbers})
        found = {
            kind: [row for row in self.was[kind] if (kind, row["uid"]) not in gone]
            for kind in self.was
        }
        found["trunk"] += self.made.values()
        found["endpoint"] += self.copies.values()
        return {**found, "number": numbers}

    def _number(self, row: Plain) -> Plain:
        """The number on the trunk of what it chose; one without a choice stays where it is."""
        pair = self._pair(row)
        if not pair or self._is_as_chosen(row.get("trunk_uid"), pair):
            return row
        trunk = self._trunk(pair)
        uids = [self._copy(trunk, at, one) for at, one in enumerate(pair, 1)]
        return {**row, "trunk_uid": trunk, **dict(zip(ROUTES, [*uids, None], strict=False))}

    def _pair(self, row: Plain) -> list[Plain]:
        """The primary and the failover route that a number chose, or one of them alone."""
        found: dict[str, Plain] = {}
        for name in ROUTES if row.get("routed") else ():
            chosen = self.endpoints.get(row.get(name) or "")
            if chosen is not None and _called(chosen) in self.routes:
                found.setdefault(_called(chosen), self.routes[_called(chosen)])
        return list(found.values())

    def _is_as_chosen(self, trunk: str | None, pair: list[Plain]) -> bool:
        """Whether a trunk that people made tries just these, one after the other."""
        if trunk not in self.trunks or self.trunks[trunk]["name"] == DEFAULT:
            return False
        tried = sorted(self.of_trunk.get(trunk, ()), key=_priority)
        told = [_called(row) for row in tried] == [_called(row) for row in pair]
        return told and len({_priority(row) for row in tried}) == len(tried)

    def _trunk(self, pair: list[Plain]) -> str:
        uid = str(uuid5(NAMESPACE_URL, " ".join(["trunk", *(row["uid"] for row in pair)])))
        if uid not in self.made:
            base = self.trunks.get(pair[0]["trunk_uid"], {})
            kept = {name: value for name, value in base.items() if name not in _OF_ONE}
            label = f"routes-{uid[-12:]}"  # the same whatever becomes of the name
            self.made[uid] = {**kept, "uid": uid, "name": _name(pair), "host_name": label}
            self.used |= {_called(row) for row in pair}
        return uid

    def _copy(self, trunk: str, priority: int, row: Plain) -> str:
        uid = str(uuid5(NAMESPACE_URL, f"endpoint {trunk} {row['uid']}"))
        on = {"trunk_uid": trunk, "home_trunk_uid": trunk, "priority": priority}
        self.copies[uid] = {**row, "uid": uid, **on, "admits": False, "access_list_uid": None}
        return uid

    def _gone(self, in_use: set[str | None]) -> set[tuple[str, str]]:
        """What is not needed any more of default trunks that nothing else uses (`in_use` by
        numbers): routes that are on other trunks now, and the trunk that has no other ones."""
        in_use |= {link["trunk_uid"] for link in self.was["trunk_access_list"]}
        gone = set()
        for uid, trunk in self.trunks.items():
            if trunk["name"] == DEFAULT and uid not in in_use:
                there = self.of_trunk.get(uid, ())
                away = {("endpoint", row["uid"]) for row in there if _called(row) in self.used}
                gone |= away if len(away) < len(there) else {*away, ("trunk", uid)}
        return gone


def _called(row: Plain) -> str:
    """What people would call a route, in a trunk's name."""
    return place(row) if row.get("enabled") is not False else f"{place(row)} (off)"


def _name(pair: list[Plain]) -> str:
    return str(within(", then ".join(_called(row) for row in pair), MOST_NAME))


def _priority(row: Plain) -> int:
    return row.get("priority") or 1
