"""What one dialect makes, another reads and changes: every kind x ordered pair of dialects.

The thing is made in the first dialect, read in the second, changed there, and read in the first
again. The ledger says before what the second can say: what it parks or cannot say must be as it was
afterwards, and what both can say must be what both show. Cells that cannot be filled are data with
a reason, not skipped tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from gateway.domain.principal import Principal, Scope
from gateway.models.database import Store
from gateway.services import bundles, core_rows
from tests.support import worlds
from tests.support.crossing import CASES, Case, Request, Way, bundle, filled, names, ways
from tests.support.worlds import DIALECTS

PAIRS = list(permutations(sorted(DIALECTS), 2))
VERBS = ("make", "read", "change", "read back")
STAMPS = {"updateTime", "updated_at"}
KEYS = {False: ("mine", "secret-of-mine"), True: ("whole", "secret-of-whole")}


def test_every_dialect_says_what_it_does_with_every_case() -> None:
    assert {kind for kind in core_rows.KINDS} == {case.kind for case in CASES.values()}
    for dialect in DIALECTS:
        known = ways(dialect)
        assert set(known.WAYS) == set(CASES), dialect
        assert set(known.HIDDEN) <= {(c, d) for c in CASES for d in DIALECTS}, dialect


def test_every_cell_has_a_way_or_a_reason() -> None:
    """All cells are accounted for, and most of what is made can be read elsewhere."""
    cells = {
        (case, pair, verb): why_not(case, *pair, verb)
        for case in CASES
        for pair in PAIRS
        for verb in VERBS
    }
    assert len(cells) == len(CASES) * len(PAIRS) * len(VERBS)
    assert all(why is None or len(why) > 10 for why in cells.values())


def why_not(case: str, source: str, target: str, verb: str) -> str | None:
    """Why a cell is empty; None for one that is filled."""
    made, other = ways(source).WAYS[case], ways(target).WAYS[case]
    if isinstance(made, str):
        return f"{source}: {made}"
    if isinstance(made.make, str):
        return f"{source}: {made.make}"
    if verb == "make":
        return None
    if isinstance(other, str):
        return f"{target}: {other}"
    if verb == "read":
        return None
    hidden = ways(target).HIDDEN.get((case, source))
    if hidden is not None:
        return f"{target}: {hidden}"
    return f"{target}: {other.change}" if isinstance(other.change, str) else None


class Crossing:
    """One world, and requests in it as the same account in any dialect."""

    def __init__(self, store: Store) -> None:
        self.app = worlds.application(store)
        self.client = Client(self.app)
        admin = Principal(Scope.ADMIN, key_uid=self.app.universe.runtime.new_uid())
        bundles.load(self.app.universe.context(admin), bundle())
        self.signed_in: dict[tuple[str, bool], str] = {}

    def headers(self, dialect: str, provider: bool) -> dict[str, str]:
        known = (dialect, provider)
        if known not in self.signed_in:
            self.signed_in[known] = ways(dialect).sign_in(self.client, *KEYS[provider])
        return {"Authorization": self.signed_in[known]}

    def send(self, dialect: str, case: Case, request: Request, row: Any = None) -> TestResponse:
        known = names(row)
        return self.client.open(
            f"/{dialect}" + filled(request.path, known),
            method=request.method,
            json=filled(request.body, known) if request.body is not None else None,
            headers=self.headers(dialect, case.provider),
        )

    def make(self, dialect: str, case: Case, way: Way) -> Any:
        """The row that a request of the dialect made."""
        before = {row.uid for row in case.model.select() if counts(row)}
        assert isinstance(way.make, Request)
        answer = self.send(dialect, case, way.make)
        assert answer.status_code in (200, 201, 202), answer.text
        (made,) = [row for row in case.model.select() if counts(row) and row.uid not in before]
        return made

    def objects(self, dialect: str, case: Case, way: Way, uid: Any) -> dict[str, Any]:
        """What the dialect shows of a row, by the names of its objects."""
        row = case.model.get(case.model.uid == uid)
        found: dict[str, Any] = {}
        for name, read in way.reads.items():
            try:
                answer = self.send(dialect, case, Request("GET", read.path), row)
            except KeyError:
                continue  # nothing there to ask for: the path names what the row has not
            if answer.status_code == 404:
                continue
            assert answer.status_code == 200, answer.text
            shown = read.pick(answer.json, names(row))
            found |= {name: shown} if shown is not None else {}
        return found

    def ledger(self, source: str, target: str, case: Case, uid: Any) -> Any:
        path = f"/_gateway/ledger/{source}/{case.kind}/{uid}?to={target}"
        if case.provider:
            path += f"&account={uid}"
        answer = self.client.get(path, headers=self.headers(source, case.provider))
        assert answer.status_code == 200, answer.text
        return answer.json


def counts(row: Any) -> bool:
    """Whether somebody made the row for its own sake, and it is not for sale."""
    return not getattr(row, "is_auto", False) and getattr(row, "status", "") != "available"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The members of a body with their paths; an empty object is a leaf."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    else:
        yield path, value


def check_named_once(ledger: Any) -> None:
    """Every member of the source's objects is in the ledger, by itself or in a whole, once."""
    told = [(one["object"], one["member"]) for one in ledger["members"]]
    assert len(told) == len(set(told))
    for name, body in ledger["from"]["objects"].items():
        for path, _ in leaves(body):
            mine = [m for o, m in told if o == name and (path == m or path.startswith(f"{m}."))]
            assert len(mine) == 1, (name, path, mine)
    assert {o for o, _ in told} == set(ledger["from"]["objects"])


def check_kept_is_equal(ledger: Any) -> None:
    """What is kept both dialects show alike."""
    source, target = flat(ledger["from"]["objects"]), flat(ledger["to"]["objects"])
    for one in ledger["members"]:
        if one["fate"] == "kept":
            into, _, path = one["into"].partition(".")
            assert source[one["object"], one["member"]] == target[into, path], one


def flat(objects: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    return {(name, path): value for name, body in objects.items() for path, value in leaves(body)}


def fate_of(ledger: Any, name: str, path: str) -> tuple[str, str]:
    """The fate of the member that a leaf is, or is in, and where it went."""
    (found,) = [
        (one["fate"], one["into"] or "")
        for one in ledger["members"]
        if one["object"] == name and (path + ".").startswith(one["member"] + ".")
    ]
    return found


def check_nothing_lost(before: Any, after: Any, ledger: Any, said: set[str] | None) -> None:
    """What the other dialect has no member for is as it was: a change there may only change what
    can be said there; where it merges, only what it `said`."""
    old, new = flat(before), flat(after)
    for (name, path), value in old.items():
        fate, into = fate_of(ledger, name, path)
        out_of_reach = fate in ("parked", "impossible") and path not in STAMPS
        unsaid = said is not None and fate == "kept" and into.rpartition(".")[2] not in said
        if out_of_reach or unsaid:
            assert new.get((name, path)) == value, (name, path)


def cross(world: Crossing, case: str, source: str, target: str) -> None:
    """One row of cells."""
    way, other, what = ways(source).WAYS[case], ways(target).WAYS[case], CASES[case]
    assert isinstance(way, Way)
    uid = world.make(source, what, way).uid
    shown = world.objects(source, what, way, uid)
    ledger = world.ledger(source, target, what, uid)
    assert ledger["from"]["objects"] == shown
    check_named_once(ledger)
    if isinstance(other, str):
        assert ledger["to"]["objects"] == {}
        assert ledger["to"]["hidden"]
        return
    check_kept_is_equal(ledger)
    there = world.objects(target, what, other, uid)
    assert ledger["to"]["objects"] == there
    assert bool(ledger["to"]["hidden"]) is not bool(there)
    assert bool(there) is ((case, source) not in ways(target).HIDDEN)
    if not there or isinstance(other.change, str):
        return
    row = what.model.get(what.model.uid == uid)
    change = other.instead.get(source, other.change)
    answer = world.send(target, what, change, row)
    assert answer.status_code in (200, 201, 204), answer.text
    assert world.objects(target, what, other, uid) != there
    said = {path.rpartition(".")[2] for path, _ in leaves(change.body)}
    left = world.objects(source, what, way, uid)
    check_nothing_lost(shown, left, ledger, said if ways(target).MERGES else None)
    again = world.ledger(source, target, what, uid)
    check_named_once(again)
    check_kept_is_equal(again)


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda name: name)
def test_crossing(store: Store, source: str, target: str) -> None:
    world = Crossing(store)
    for case in CASES:
        if why_not(case, source, target, "make") is None:
            try:
                cross(world, case, source, target)
            except AssertionError as error:
                raise AssertionError(f"{case}: {error}") from error
