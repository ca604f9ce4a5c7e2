"""Which row of ours is which at a provider: the names that a connection knows them by.

A name is an alias that remembers its connection. Rows are matched by what they are (a trunk by its
name, an address by itself, a number by its digits), as plans do; after that the names count, so
that a row may be called otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.migration import Keys, has_trunks
from gateway.domain.moves import Move, Row
from gateway.domain.settling import Rows, Settled, settled
from gateway.domain.splitting import fitted
from gateway.domain.words import ConnectionMode
from gateway.models import Alias, Connection, Number
from gateway.models.database import write
from gateway.models.prepared import P, Prepared, among
from gateway.services import aliases, own_inventory
from gateway.services.move_plans import End

NAMED = ("trunk", "access_list", "endpoint", "number")
"""Kinds of rows that a provider names."""

_HELD = Prepared(
    lambda: Alias.select(Alias.kind, Alias.object_uid, Alias.foreign_id).where(
        Alias.connection_uid == P("connection")
    )
)
_FORGET = Prepared(
    lambda: Alias.delete().where(
        (Alias.connection_uid == P("connection")) & among(Alias.object_uid, "objects")
    )
)
_PART = Prepared(
    lambda: Alias.update(connection_uid=None).where(
        (Alias.connection_uid == P("connection")) & (Alias.object_uid == P("object"))
    )
)
_BEFORE = Prepared(
    lambda: Connection.select(Connection.id).where(
        (Connection.account == P("account"))
        & (Connection.id < P("id"))
        & (Connection.mode == ConnectionMode.FORWARD)
        & (Connection.is_active == P("yes"))
    )
)
_CARRY = Prepared(
    lambda: Number.update(connection_uid=P("connection")).where(
        (Number.account == P("account")) & among(Number.e164, "numbers")
    )
)


def held(connection_uid: UUID, links: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the provider calls the rows of ours that it has, by our uid. A list is in force on a
    trunk there when both are there: `links` are ours."""
    found = {str(row.object_uid): row.foreign_id for row in _HELD.all(connection=connection_uid)}
    for link in links:
        ends = (found.get(link["trunk_uid"]), found.get(link["access_list_uid"]))
        if None not in ends:
            found[link["uid"]] = "/".join(map(str, ends))
    return found


def remember(ctx: Context, row: Any, named: Iterable[tuple[str, str, str]]) -> None:
    """Keep (kind, our uid, the provider's name) for a connection. Inside a transaction."""
    for kind, uid, foreign_id in named:
        if kind in NAMED:
            aliases.put(
                ctx, scope=row.account_uid, dialect=row.dialect, kind=kind, foreign_id=foreign_id,
                object_uid=UUID(uid), connection_uid=row.uid,
            )  # fmt: skip


def rename(ctx: Context, row: Any, kind: str, uid: str, foreign_id: str) -> None:
    """What a provider had to make anew has another name there; apps go on to use the one they
    know."""
    if kind not in NAMED:
        return
    with write():
        _PART.run(connection=row.uid, object=UUID(uid))
        remember(ctx, row, [(kind, uid, foreign_id)])


def forget(row: Any, uids: Iterable[str]) -> None:
    """Drop the names a connection has for rows of ours. Inside a transaction."""
    _FORGET.run(connection=row.uid, objects=[UUID(uid) for uid in uids if "/" not in uid])


def carry(row: Any, numbers: Sequence[str], connection_uid: UUID) -> None:
    """Say which connection's provider has numbers (E.164) of a connection's account from now on."""
    if numbers:
        with write():
            _CARRY.run(account=row.account_uid, numbers=numbers, connection=connection_uid)


def share(rows: Rows, row: Any) -> dict[str, list[Mapping[str, Any]]]:
    """What of our rows a connection is about: all but the numbers that are with another one.
    Numbers of no connection are with the account's first one that changes go through."""
    first = _BEFORE.one(account=row.account_uid, id=row.id, yes=True) is None
    usual, own = (str(row.uid) if first else ""), str(row.uid)
    found = {kind: list(rows[kind]) for kind in rows}
    found["number"] = [one for one in found["number"] if one.get("connection_uid", usual) == own]
    return found


class Match(NamedTuple):
    """What became of matching: rows that both have, that only one has, and (key, member) of those
    that both have and tell otherwise."""

    both: list[str]
    ours: list[str]
    theirs: list[str]
    differing: list[tuple[str, str]]


def match(ctx: Context, end: End) -> Match:
    """Read a provider and learn its names for what we have, too."""
    theirs, _ = end.read(ctx)
    ours = own_inventory.rows_of(end.connection.account_uid)
    moves = end.dialect.moves()
    mine = fitted(settled(share(ours, end.connection)), moves)
    known, here = _by_key(theirs, moves), _by_key(mine, moves)
    both = [key for key in here if key in known]
    with write():
        remember(
            ctx, end.connection,
            ((key.partition("/")[0], here[key]["uid"], known[key]["uid"]) for key in both),
        )  # fmt: skip
    return Match(
        both=both,
        ours=[key for key in here if key not in known],
        theirs=[key for key in known if key not in here],
        differing=list(_differing(mine, theirs, moves, both)),
    )


def _by_key(rows: Settled, moves: Iterable[Move]) -> dict[str, Mapping[str, Any]]:
    """What a dialect has as things of their own."""
    moves = tuple(moves)
    keys = Keys(rows, trunks=has_trunks(moves))
    return {
        keys.of(move.kind, row): row
        for move in moves if move.kind in NAMED and not move.part
        for row in rows.get(move.kind, ()) if not move.skips(Row(row))
    }  # fmt: skip


def _differing(
    mine: Settled, theirs: Settled, moves: Iterable[Move], both: list[str]
) -> Iterable[tuple[str, str]]:
    moves = tuple(moves)
    trunks = has_trunks(moves)
    ours, others = Keys(mine, trunks=trunks), Keys(theirs, trunks=trunks)
    known, here = _by_key(theirs, moves), _by_key(mine, moves)
    for key in both:
        for move in moves:
            if move.kind == key.partition("/")[0]:
                told, there = ours.told(move, here[key]), others.told(move, known[key])
                for name in sorted(told | there):
                    if told.get(name) != there.get(name):
                        yield key, name
