"""Synchronising that is broken off, and met by another run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.domain.problems import Conflict
from gateway.models import Endpoint
from gateway.models.database import Store, connection, using
from gateway.wire.upstream import Request
from tests.moves.both_sides import A, B, Pair, said
from tests.moves.conftest import Make, installation
from tests.moves.providers import HELD, NUMBERS, Provider


class Killed(BaseException):
    """The process ends: nobody gets to write anything down."""


class Breaking:
    """Breaks off at the n-th request: before it goes out, or when it is answered."""

    def __init__(self, number: int, *, answered: bool) -> None:
        self.left, self.answered, self.method = number, answered, ""

    def __call__(self, request: Request) -> bool:
        self.left -= 1
        if self.left != 0:
            return False
        self.method = request.method
        if self.answered:
            return True
        raise Killed


def drifted(both: Pair) -> None:
    """Something of all: made, changed, renamed and taken away on both sides, and a conflict."""
    both.here.add("trunks", name="branch", host_name="branch")
    branch = both.here.row("trunks", name="branch")["uid"]
    both.here.add(
        "endpoints", **{"kind": "host", "dials": True}, name="d", address="192.0.2.40", trunk=branch
    )
    both.here.change("trunks", {"name": "office"}, name="main", forward_number="+12065550001")
    both.here.drop(Endpoint, uid=UUID(both.here.row("endpoints", **B)["uid"]))
    both.here.add("numbers", e164="+12065550155", trunk=branch)
    both.here.change("numbers", {"e164": NUMBERS[0]}, trunk=branch)
    both.away.change("trunks", {"name": "office"}, forward_number="+12065550002")
    both.away.change("endpoints", A, priority=8)
    both.away.add(
        "endpoints", **{"kind": "host", "dials": True}, name="e", address="192.0.2.50",
        trunk=both.away.row("trunks", name="office")["uid"],
    )  # fmt: skip


def ended(both: Pair) -> tuple[Any, ...]:
    counts = [
        {kind: len(rows) for kind, rows in side.exported().items() if kind != "polytrunk"}
        for side in (both.here, both.away)
    ]  # fmt: skip
    return both.ours(), both.theirs(), counts


@pytest.mark.long
def test_a_run_ends_alike_wherever_it_was_broken_off(opened: Callable[[str], Store]) -> None:
    """At every request: with the process gone before it, and, if it writes, its answer lost."""

    def broken(number: int, *, answered: bool) -> str:
        """The method of the request that did not come through, empty where none was left."""
        name = f"{number}-{answered}"
        there, store = Provider("sinch", opened(f"there-{name}"), HELD["sinch"]()), opened(name)
        with using(store), connection():
            both = Pair(installation(store), there)
            both.sync()
            drifted(both)
            there.wire.broken = breaking = Breaking(number, answered=answered)
            with suppress(Killed, OSError):
                both.sync()
            there.wire.broken = None
            both.sync()
            ends.append(ended(both))
            assert ends[-1] == ends[0], (number, answered)
            assert said(both.sync()) == ([], [], ["trunk/main forward_number"])
        return breaking.method

    ends: list[tuple[Any, ...]] = []
    number = 1
    while method := broken(number, answered=False):
        assert method == "GET" or broken(number, answered=True)
        number += 1
    assert number > 20


def test_one_run_writes_at_a_time(ours: Context, held: Make) -> None:
    both = Pair(ours, held("sinch"))
    both.sync()
    both.here.change("endpoints", A, priority=3)
    met: list[str] = []

    def meets(request: Request) -> bool:
        if request.method != "GET" and not met:
            with pytest.raises(Conflict) as refused:
                both.sync()
            met.append(str(refused.value))
        return False

    both.there.wire.broken = meets
    assert said(both.sync())[1] == ["endpoint/office/192.0.2.10 priority"]
    assert ["another run writes to the same connection now" in text for text in met] == [True]
