"""The matrix of capabilities against the ledgers of rows: what has no member has none in either.

But a row is written down without what is as usual in it, which then is no loss.
"""

from __future__ import annotations

import pytest

from gateway.domain.context import Context
from gateway.domain.settling import USUAL
from gateway.http.capabilities import fates, rooms_of
from gateway.services.move_ledger import Rows
from gateway.wire.ledger import Fate, Seat, ledger, value_at
from gateway.wire.profile import View
from tests.moves.conftest import Make
from tests.moves.providers import DIALECTS
from tests.support import worlds


@pytest.mark.parametrize("source", DIALECTS)
def test_what_the_matrix_says_happens_to_rows(ours: Context, held: Make, source: str) -> None:
    rows, _ = held(source).end(ours, "a").read(ours)
    core, said = Rows(rows), 0
    rooms = {name: rooms_of(worlds.DIALECTS[name]) for name in DIALECTS}
    for target in set(DIALECTS) - {source}:
        for kind in rows.keys() & rooms[source].keys():
            theirs = rooms[target].get(kind, [])
            counted = fates(rooms[source][kind], theirs)
            seats = [
                Seat(name, worlds.DIALECTS[name].kinds().get(kind, ()), View(aliases=core.aliases))
                for name in (source, target)
            ]
            for one in rows[kind]:
                row = core.of(kind, one["uid"])
                for entry in ledger(kind, row, *seats).entries:
                    fate = counted.get((entry.object, entry.member))
                    if fate is None or (seats[1].shapes and seats[1].hidden(row, kind)):
                        continue
                    said += 1
                    about = (target, kind, entry, fate)
                    assert (fate is Fate.IMPOSSIBLE) == (not theirs), about
                    beside = USUAL.keys() & set(entry.attributes[1:])
                    is_usual = any(value_at(row, name) == USUAL[name] for name in beside)
                    if len(theirs) < 2 and not is_usual:
                        assert (fate is Fate.PARKED) == (entry.fate is Fate.PARKED), about
                    assert len(theirs) > 1 or fate is Fate.PARKED or entry.fate is not Fate.PARKED
    assert said > 10
