"""What an account holds at a provider, read there and written down as rows of the one data model.

An inventory is a bundle before it has a home: the kinds and members are a bundle's, a reference is
the `ref` of another holding, and the ids the provider gave stand beside them. Nothing of it is
stored, so that it can be compared with another one, planned with and thrown away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

BUNDLE = 1


class Link(str):
    """The `ref` of another holding, as the value of a member or inside one."""

    __slots__ = ()

    @classmethod
    def to(cls, kind: str, foreign_id: str) -> Link:
        return cls(f"{kind}/{foreign_id}")


class Name(NamedTuple):
    """An id the provider gave: `kind` is the word that aliases use (`trunk`, `number`)."""

    kind: str
    foreign_id: str


@dataclass(frozen=True)
class Holding:
    """One row. `kind` is a bundle's (`trunks`), `members` are its columns by their names there.

    `ref` names it within its inventory: the kind and the provider's id. References to others are
    `Link`s. `odd` says, by path of the
    provider's object, what in it could not be read. Times and ids of ours are not among the
    members, and neither are secrets that the provider does not tell.
    """

    kind: str
    ref: str
    members: Mapping[str, Any]
    names: Sequence[Name] = ()
    odd: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inventory:
    """All that was read, in an order in which nothing comes before what it refers to.

    `notes` are for people: what the provider does not tell, what vanished while it was read.
    """

    dialect: str
    holdings: tuple[Holding, ...]
    notes: tuple[str, ...] = ()

    def of(self, kind: str) -> list[Holding]:
        return [one for one in self.holdings if one.kind == kind]

    def counts(self) -> dict[str, int]:
        """How many of each kind, in order of appearance."""
        return dict(Counter(one.kind for one in self.holdings))

    def oddities(self) -> list[str]:
        """What could not be read, one line each."""
        return [
            f"{one.ref}: {path}: {why}" for one in self.holdings for path, why in one.odd.items()
        ]

    def bundle(self, owner: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The inventory as a bundle, the provider's ids as aliases.

        `owner` has `account` and `service_provider`, for rows that name who they belong to.
        """
        found: dict[str, Any] = {"polytrunk": BUNDLE}
        aliases = []
        for one in self.holdings:
            given = {name: owner[name] for name in OWNED.get(one.kind, ()) if owner}
            found.setdefault(one.kind, []).append({"ref": one.ref, **given, **one.members})
            aliases += [self._alias(one, name, owner) for name in one.names]
        return {**found, "aliases": aliases} if aliases else found

    def _alias(self, one: Holding, name: Name, owner: Mapping[str, Any] | None) -> dict[str, Any]:
        scope = {"scope": owner["account"]} if owner else {}
        return {**name._asdict(), "dialect": self.dialect, "object": one.ref, **scope}


_OF_ACCOUNT = ("account",)
_OF_NUMBER = ("service_provider", "account")
OWNED: Mapping[str, Sequence[str]] = {
    "hooks": _OF_ACCOUNT,
    "applications": _OF_ACCOUNT,
    "documents": _OF_ACCOUNT,
    "trunks": _OF_ACCOUNT,
    "access_lists": _OF_ACCOUNT,
    "endpoints": _OF_ACCOUNT,
    "credential_lists": _OF_ACCOUNT,
    "flow_nodes": _OF_ACCOUNT,
    "numbers": _OF_NUMBER,
    "country_permissions": _OF_ACCOUNT,
}
"""Kinds whose rows name an owner; the others go with what they are part of."""


def closed(holdings: Iterable[Holding]) -> tuple[Holding, ...]:
    """The holdings, several appearances of one row joined into one, without links to what is not
    among them; each such place is told as odd."""
    rows: dict[str, Holding] = {}
    for one in holdings:
        rows[one.ref] = _joined(rows[one.ref], one) if one.ref in rows else one
    return tuple(_closed(one, rows.keys()) for one in rows.values())


def _joined(first: Holding, other: Holding) -> Holding:
    """What both say, the first where they differ."""
    members = {**other.members, **first.members}
    return replace(first, members=members, odd={**other.odd, **first.odd})


def _closed(one: Holding, known: Set[str]) -> Holding:
    gone: dict[str, str] = {}
    members = {}
    for name, value in one.members.items():
        kept = _kept(value, known, name, gone)
        if kept is not None:
            members[name] = kept
    return replace(one, members=members, odd={**one.odd, **gone}) if gone else one


def _kept(value: Any, known: Set[str], path: str, gone: dict[str, str]) -> Any:
    if isinstance(value, Link) and value not in known:
        gone[path] = f"names {value}, which is not there"
        return None
    if isinstance(value, Mapping):
        inner = {name: _kept(one, known, f"{path}.{name}", gone) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None}
    if isinstance(value, list):
        kept = [_kept(one, known, f"{path}.{place}", gone) for place, one in enumerate(value)]
        return [one for one in kept if one is not None]
    return value
