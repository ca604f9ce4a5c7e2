"""Plans of moves: two accounts are read at their providers and compared, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.dialect import Dialect
from gateway.domain import migration
from gateway.domain.context import Context
from gateway.domain.migration import Plan, Policy
from gateway.domain.moves import Move, Row
from gateway.domain.narrowing import narrowed
from gateway.domain.problems import Invalid
from gateway.domain.settling import Settled, apart, plain, settled, without_nameless
from gateway.services import connections, move_ledger
from gateway.services.move_steps import Hand
from gateway.wire.upstream import Transport


@dataclass(frozen=True)
class End:
    """One side of a move: a connection, what it speaks, and what carries its requests."""

    connection: Any
    dialect: Dialect
    transport: Transport

    @property
    def account(self) -> str:
        """The provider's own name of the account."""
        return str(self.connection.settings.get("account") or "")

    def client(self, ctx: Context) -> Any:
        return connections.client(ctx, self.connection, self.dialect, self.transport)

    def hand(self, ctx: Context) -> Hand:
        """What writes there."""
        return Hand(self.client(ctx), self.dialect.moves(), self.account)

    def read(self, ctx: Context) -> tuple[Settled, tuple[str, ...]]:
        """What the provider holds, and what of it could not be understood."""
        found = connections.pull(ctx, self.connection, self.dialect, self.transport)
        rows, left_out = without_nameless(plain(found))
        return settled(apart(rows)), (*found.notes, *found.oddities(), *left_out)


def plan(
    ctx: Context,
    source: End,
    target: End,
    policy: Policy = Policy.WARN,
    numbers: Sequence[str] = (),
) -> Plan:
    """What makes the target hold what the source holds, or what `numbers` (E.164) of it need.

    Invalid when both are one connection, nobody knows how to write the target's dialect, or a
    number is not the source's.
    """
    if source.connection.uid == target.connection.uid:
        raise Invalid.one("to", "same", "an account cannot move to itself")
    moves = target.dialect.moves()
    if not moves:
        raise Invalid.one("to", "choice", f"nothing can be moved to {target.dialect.title}")
    (whole, unread), (theirs, more) = source.read(ctx), target.read(ctx)
    ours = narrowed(whole, numbers)
    made = migration.plan(
        (source.connection.name, target.connection.name),
        (source.dialect.name, target.dialect.name),
        ours, theirs, moves, policy=policy, numbers=numbers,
        offers=_offers(ctx, target, moves, ours, theirs),
    )  # fmt: skip
    made = move_ledger.told(made, ours, source.dialect, target.dialect)
    return migration.with_unread(made, (*unread, *more))


def _offers(
    ctx: Context, target: End, moves: Sequence[Move], ours: Settled, theirs: Settled
) -> dict[str, Any]:
    """Numbers of the source that the target sells; each is looked up once."""
    here = {row["e164"] for row in theirs["number"]}
    found = {}
    for move in moves:
        if move.offer is None:
            continue
        client = target.client(ctx)
        for row in ours[move.kind]:
            offer = None if row["e164"] in here else move.offer(client, Row(row))
            if offer is not None:
                found[row["e164"]] = offer
    return found
