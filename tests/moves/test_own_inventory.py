"""What we hold is told as providers tell it: each dialect's server is read both ways."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.domain.migration import Keys, has_trunks
from gateway.domain.moves import Move, Row
from gateway.domain.settling import Settled
from gateway.models.database import connection, using
from gateway.services import own_inventory
from tests.moves.conftest import Make
from tests.moves.providers import ACCOUNT, DIALECTS


def told(rows: Settled, moves: tuple[Move, ...]) -> dict[str, dict[str, Any]]:
    """What the dialect could write of each row, by natural key."""
    keys = Keys(rows, trunks=has_trunks(moves))
    return {
        keys.of(move.kind, row) + move.part: keys.told(move, row)
        for move in moves for row in rows[move.kind]
        if not move.skips(Row(row)) and not move.hides(Row(row))
    }  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_account_of_ours_reads_like_one_at_a_provider(
    ours: Context, held: Make, dialect: str
) -> None:
    there = held(dialect)
    end = there.end(ours, "there")
    moves = tuple(end.dialect.moves())
    with using(there.store), connection():
        mine = told(own_inventory.of_account(UUID(ACCOUNT)), moves)
    rows, _ = end.read(ours)
    assert len(mine) >= 5
    assert mine == told(rows, moves)
