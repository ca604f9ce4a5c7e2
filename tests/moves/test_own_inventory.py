"""What we hold is told as providers tell it: each dialect's server is read both ways."""

from __future__ import annotations

from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.models.database import connection, using
from gateway.services import own_inventory
from tests.moves.conftest import Make
from tests.moves.forwarding import told
from tests.moves.providers import ACCOUNT, DIALECTS


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
