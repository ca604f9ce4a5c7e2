"""Synchronising an account of ours with a provider: what both changed comes together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.domain.drift import Verdict
from gateway.domain.problems import Invalid
from gateway.domain.words import ConnectionMode
from gateway.models import Alert, Endpoint, Number, TrunkAccessList
from gateway.models.database import connection, using, write
from gateway.services import bundles, connections, own_inventory
from gateway.services.move_plans import End
from gateway.services.sync_plans import Wish
from gateway.services.syncing import Report, Syncer
from tests.moves.conftest import Make
from tests.moves.providers import ACCOUNT, DIALECTS, HELD, OWN, Provider
from tests.moves.test_own_inventory import told

BOTH = Wish(deletions=True, spend=True)
CLEAN = ([], [], [])


class Side:
    """An account on one side, changed behind the back of the other one."""

    def __init__(self, load: Callable[[Any], Any], exported: Callable[[], Any], store: Any) -> None:
        self.load, self.exported, self.store = load, exported, store

    def row(self, kind: str, /, **where: Any) -> dict[str, Any]:
        (found,) = [
            row for row in self.exported()[kind]
            if all(row.get(name) == value for name, value in where.items())
        ]  # fmt: skip
        return dict(found)

    def change(self, kind: str, where: Mapping[str, Any], /, **values: Any) -> None:
        self.load({"polytrunk": 1, kind: [{"uid": self.row(kind, **where)["uid"], **values}]})

    def add(self, kind: str, /, **values: Any) -> None:
        self.load({"polytrunk": 1, kind: [{**OWN, **values}]})

    def drop(self, model: Any, **where: Any) -> None:
        with self.store(), write():
            rows = [model._meta.fields[name] == value for name, value in where.items()]
            assert model.delete().where(*rows).execute() == 1


class Pair:
    """Our account and one at a provider, with a connection between them."""

    def __init__(self, ctx: Context, there: Provider) -> None:
        self.ctx, self.there = ctx, there
        self.end: End = there.end(ctx, "there")
        row = connections.set_mode(ctx, self.end.connection.uid, ConnectionMode.SYNC)
        self.end = End(row, self.end.dialect, there.wire)
        self.here = Side(
            lambda bundle: bundles.load(ctx, bundle),
            lambda: bundles.export(ctx, UUID(ACCOUNT), secrets=True), connection,
        )  # fmt: skip
        self.away = Side(there.load, there.exported, lambda: using(there.store))

    def sync(self, wish: Wish = BOTH) -> Report:
        return Syncer(self.ctx, self.end).sync(wish)

    def drift(self, wish: Wish = BOTH) -> Report:
        return Syncer(self.ctx, self.end).dry_run(wish)

    def ours(self) -> dict[str, dict[str, Any]]:
        moves = tuple(self.end.dialect.moves())
        return told(own_inventory.of_account(UUID(ACCOUNT)), moves)

    def theirs(self) -> dict[str, dict[str, Any]]:
        return told(self.end.read(self.ctx)[0], tuple(self.end.dialect.moves()))


@pytest.fixture
def pair(ours: Context, held: Make) -> Callable[[str], Pair]:
    """Both sides agree on what the provider of a dialect holds."""

    def make(dialect: str) -> Pair:
        made = Pair(ours, held(dialect))
        made.sync()
        return made

    return make


def said(report: Report) -> tuple[list[str], list[str], list[str]]:
    """What was taken, sent and left, as `key member`."""
    lists = (report.pull, report.push, report.conflicts)
    return tuple([f"{one.key} {one.member}".rstrip() for one in found] for found in lists)  # type: ignore[return-value]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_empty_account_takes_all_and_then_nothing(
    ours: Context, held: Make, dialect: str
) -> None:
    pair = Pair(ours, held(dialect))
    untouched = pair.there.exported()
    shown = pair.drift()
    assert pair.ours() == {}
    first = pair.sync()
    assert said(first) == said(shown)
    assert len(first.pull) >= 5
    assert pair.ours() == pair.theirs()
    assert (said(pair.sync()), pair.there.exported()) == (CLEAN, untouched)
    assert pair.there.wire.written == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_empty_provider_is_told_all_and_then_nothing(
    ours: Context, empty: Make, dialect: str
) -> None:
    pair = Pair(ours, empty(dialect))
    pair.here.load(HELD[dialect]())
    first = pair.sync()
    assert first.push
    assert not first.conflicts
    assert pair.theirs() == pair.ours()
    written = pair.there.wire.written
    assert (said(pair.sync()), pair.there.wire.written) == (CLEAN, written)


A, B = {"address": "192.0.2.10"}, {"address": "192.0.2.11"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_each_side_changed_comes_to_the_other(
    pair: Callable[[str], Pair], dialect: str
) -> None:
    """New and changed addresses, one of each on either side."""
    both = pair(dialect)
    home = {"kind": "host", "dials": True}
    for side, new in ((both.here, "192.0.2.20"), (both.away, "192.0.2.30")):
        first = side.row("endpoints", **A)
        places = {name: first[name] for name in ("trunk", "access_list", "admits") if name in first}
        side.add("endpoints", **home, **places, name=new, address=new)
    both.here.change("endpoints", A, address="192.0.2.12")
    both.away.change("endpoints", B, port=5090)
    report = both.sync()
    assert not report.conflicts
    assert [len({one.key for one in found}) for found in (report.pull, report.push)] == [2, 2]
    assert both.ours() == both.theirs()
    told = {(row["address"], row["port"]) for row in both.ours().values() if "address" in row}
    assert told == {("192.0.2.12", 5060), ("192.0.2.11", 5090), ("192.0.2.20", 5060),
                    ("192.0.2.30", 5060)}  # fmt: skip
    assert said(both.sync()) == CLEAN


@pytest.mark.parametrize("dialect", ["jambonz", "sinch"])
@pytest.mark.parametrize("side", ["here", "away"])
def test_a_renamed_trunk_is_a_trunk_with_another_name(
    pair: Callable[[str], Pair], dialect: str, side: str
) -> None:
    both = pair(dialect)
    (known,) = both.here.exported()["trunks"]
    held = len(both.ours())
    getattr(both, side).change("trunks", {"name": known["name"]}, name="renamed")
    report = both.sync()
    taken, sent, _ = said(report)
    wanted = f"trunk/{'renamed' if side == 'here' else known['name']} name"
    assert (taken, sent) == (([], [wanted]) if side == "here" else ([wanted], []))
    assert both.ours() == both.theirs()
    assert len(both.ours()) == held
    assert both.here.row("trunks")["uid"] == known["uid"]
    assert said(both.sync()) == CLEAN


def test_ranges_and_lists_come_and_go(pair: Callable[[str], Pair]) -> None:
    both = pair("sinch")
    for side, network in ((both.here, "198.51.100.64"), (both.away, "203.0.113.0")):
        listed = side.row("access_lists")["uid"]
        more = {"kind": "host", "admits": True, "prefix_length": 26}
        if side is both.here:
            side.add("endpoints", name=network, address=network, access_list=listed, **more)
    both.sync()
    assert both.ours() == both.theirs()
    both.away.change("endpoints", {"address": "198.51.100.0"}, address="198.51.100.128")
    assert said(both.sync()) == (["access_list/staff ranges"], [], [])
    assert both.ours() == both.theirs()
    told = both.ours()["access_list/staffranges"]["ranges"]
    assert [one["address"] for one in told] == ["198.51.100.128", "198.51.100.64"]

    with both.away.store(), write():
        TrunkAccessList.delete().execute()
    both.here.load(
        {
            "polytrunk": 1,
            "access_lists": [{"ref": "n", **OWN, "name": "new"}],
            "endpoints": [
                {
                    **OWN,
                    "name": "n",
                    "address": "203.0.113.1",
                    "kind": "host",
                    "admits": True,
                    "access_list": "n",
                },
            ],
        }
    )
    assert said(both.sync()) == (["trunk_access_list/office+staff"], ["access_list/new"], [])
    assert both.ours() == both.theirs()
    assert said(both.sync()) == CLEAN


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_taken_away_there_goes_here(pair: Callable[[str], Pair], dialect: str) -> None:
    both = pair(dialect)
    gone = UUID(both.away.row("endpoints", **B)["uid"])
    with both.away.store(), write():
        Number.update(primary_endpoint=None, failover_endpoint=None).execute()
    both.away.drop(Endpoint, uid=gone)
    report = both.sync()
    assert not report.push
    assert not report.conflicts
    assert not any(row.get("address") == B["address"] for row in both.ours().values())
    assert both.ours() == both.theirs()
    assert said(both.sync()) == CLEAN


def test_both_changing_one_thing_is_a_conflict_until_somebody_decides(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("sinch")
    both.here.change("trunks", {"name": "office"}, forward_number="+12065550001")
    both.away.change("trunks", {"name": "office"}, forward_number="+12065550002")
    both.here.change("endpoints", A, priority=7)
    both.away.change("endpoints", A, priority=8)
    before = both.ours(), both.theirs()
    for _ in range(2):
        report = both.sync()
        assert said(report) == (
            [], [], ["endpoint/office/192.0.2.10 priority", "trunk/office forward_number"],
        )  # fmt: skip
        assert (both.ours(), both.theirs()) == before
    shown = report.conflicts[1]
    assert (shown.base, shown.ours, shown.theirs) == (
        "+12065550190", "+12065550001", "+12065550002",
    )  # fmt: skip
    alerts = list(Alert.select())
    assert [alert.details["keys"] for alert in alerts] == [
        ["endpoint/office/192.0.2.10", "trunk/office"]
    ] * 2
    with pytest.raises(Invalid, match="no conflict about trunk/other"):
        both.sync(Wish(take=Verdict.OURS, keys=["trunk/other"]))
    report = both.sync(Wish(take=Verdict.THEIRS, keys=["trunk/office"]))
    assert said(report) == (
        ["trunk/office forward_number"], [], ["endpoint/office/192.0.2.10 priority"],
    )  # fmt: skip
    report = both.sync(Wish(take=Verdict.OURS))
    assert said(report) == ([], ["endpoint/office/192.0.2.10 priority"], [])
    assert both.ours() == both.theirs()
    assert both.here.row("trunks", name="office")["forward_number"] == "+12065550002"
    assert both.away.row("endpoints", **A)["priority"] == 7
    assert said(both.sync()) == CLEAN
