"""Synchronising an account of ours with a provider: what both changed comes together."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.domain.drift import WHOLE, Verdict
from gateway.domain.problems import Conflict, Invalid
from gateway.domain.words import ConnectionMode
from gateway.models import Alert, Alias, Endpoint, Number, TrunkAccessList
from gateway.models.database import Store, write
from gateway.services import connections
from gateway.services.move_plans import End
from gateway.services.sync_plans import SAY_DELETIONS, Held, Wish
from gateway.services.sync_pushes import SAY_SPEND
from gateway.wire.upstream import Blank
from tests.moves.both_sides import CLEAN, A, B, Pair, said
from tests.moves.conftest import Make, installation
from tests.moves.providers import ACCOUNT, DIALECTS, HELD, NUMBERS, OWN


@pytest.fixture
def pair(ours: Context, held: Make) -> Callable[[str], Pair]:
    """Both sides agree on what the provider of a dialect holds."""

    def make(dialect: str) -> Pair:
        made = Pair(ours, held(dialect))
        made.sync()
        return made

    return make


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_empty_account_takes_all_and_then_nothing(
    ours: Context, held: Make, dialect: str
) -> None:
    pair = Pair(ours, held(dialect))
    untouched = pair.there.exported()
    shown = pair.drift()
    assert pair.ours() == {}
    first = pair.sync()
    assert (said(first), first.held) == (said(shown), [])
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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_taken_away_here_goes_there(pair: Callable[[str], Pair], dialect: str) -> None:
    both = pair(dialect)
    gone = UUID(both.here.row("endpoints", **B)["uid"])
    with write():
        Number.update(primary_endpoint=None, failover_endpoint=None).execute()
    both.here.drop(Endpoint, uid=gone)
    report = both.sync()
    assert not report.pull
    assert not report.conflicts
    assert not any(row.get("address") == B["address"] for row in both.theirs().values())
    assert both.ours() == both.theirs()
    assert said(both.sync()) == CLEAN


def test_a_thing_that_one_side_took_away_and_the_other_changed_is_a_conflict(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("sinch")
    for side, where, other in ((both.here, A, both.away), (both.away, B, both.here)):
        other.change("endpoints", where, priority=9)
        side.drop(Endpoint, uid=UUID(side.row("endpoints", **where)["uid"]))
    keys = ["endpoint/office/192.0.2.10", "endpoint/office/192.0.2.11:5080"]
    assert said(both.sync()) == ([], [], keys)
    report = both.sync(Wish(take=Verdict.THEIRS, keys=keys[:1]))
    assert said(report) == (keys[:1], [], keys[1:])
    assert both.here.row("endpoints", **A)["priority"] == 9
    report = both.sync(Wish(take=Verdict.OURS))
    assert said(report) == ([], keys[1:], [])
    assert both.away.row("endpoints", **B)["priority"] == 9
    assert both.ours() == both.theirs()
    assert said(both.sync()) == CLEAN


@pytest.mark.parametrize("dialect", ["flowroute", "jambonz"])
def test_numbers_are_given_up_when_somebody_says_so(
    pair: Callable[[str], Pair], dialect: str
) -> None:
    both = pair(dialect)
    both.away.drop(Number, e164=NUMBERS[0])
    both.here.drop(Number, e164=NUMBERS[1])
    before = both.ours(), both.theirs()
    report = both.sync(Wish())
    assert said(report) == CLEAN
    assert report.held == [Held(f"number/{e164}", SAY_DELETIONS) for e164 in NUMBERS[:2]]
    assert (both.ours(), both.theirs()) == before
    report = both.sync(Wish(deletions=True))
    assert said(report) == ([f"number/{NUMBERS[0]}"], [f"number/{NUMBERS[1]}"], [])
    assert both.ours() == both.theirs()
    assert [row["e164"] for row in both.here.exported()["numbers"]] == [NUMBERS[2]]


def test_a_provider_that_keeps_numbers_is_not_asked_to_give_them_up(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("sinch")
    both.here.drop(Number, e164=NUMBERS[1])
    for _ in range(2):
        report = both.sync()
        assert said(report) == CLEAN
        assert [one.key for one in report.held] == [f"number/{NUMBERS[1]}"]
        assert "does not give numbers up" in report.held[0].why
        assert both.there.wire.written == []


def test_numbers_are_bought_when_somebody_says_so_and_else_ported(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("flowroute")
    sold, ported = "+12065550123", "+12065550124"
    both.there.load({"polytrunk": 1, "numbers": [{
        "service_provider": OWN["service_provider"], "e164": sold, "status": "available",
        "country": "US", "from_inventory": True, "monthly_cost_nano": 1, "setup_cost_nano": 1,
    }]})  # fmt: skip
    for e164 in (sold, ported):
        both.here.add("numbers", e164=e164)
    for report in (both.drift(Wish()), both.sync(Wish())):
        why = {one.key: one.why for one in report.held}
        assert why.keys() == {f"number/{sold}", f"number/{ported}"}
        assert why[f"number/{sold}"] == SAY_SPEND
        assert "port the number" in why[f"number/{ported}"]
    assert both.there.wire.written == []
    assert said(both.sync(Wish(spend=True)))[1] == [f"number/{sold}"]
    assert f"number/{sold}" in both.theirs()
    assert {row["e164"] for row in both.here.exported()["numbers"]} == {*NUMBERS, sold, ported}


def test_what_the_other_side_still_leads_to_is_not_taken_away(pair: Callable[[str], Pair]) -> None:
    both = pair("flowroute")
    both.here.change(
        "numbers", {"e164": NUMBERS[2]}, primary_endpoint=both.here.row("endpoints", **B)["uid"]
    )
    with both.away.store(), write():
        Number.update(primary_endpoint=None, failover_endpoint=None).execute()
    both.away.drop(Endpoint, uid=UUID(both.away.row("endpoints", **B)["uid"]))
    report = both.sync()
    (shown,) = [one for one in report.conflicts if one.key == "endpoint/192.0.2.11:5080"]
    assert "is on it on the other" in shown.why
    assert both.here.row("endpoints", **B)
    key = [shown.key]
    report = both.sync(Wish(take=Verdict.THEIRS, keys=key))
    assert [one.key for one in report.conflicts if one.why] == key
    report = both.sync(Wish(take=Verdict.OURS, keys=key))
    assert key == [one.key for one in report.push if one.member == WHOLE]
    assert shown.key in both.theirs()


def test_numbers_with_another_connection_are_none_of_this_one(pair: Callable[[str], Pair]) -> None:
    both = pair("sinch")
    other = both.there.end(both.ctx, "other").connection.uid
    both.here.change("numbers", {"e164": NUMBERS[0]}, connection=str(other))
    both.here.add("numbers", e164="+12065550177", connection=str(other))
    report = both.sync()
    assert (said(report), report.held) == (CLEAN, [])
    assert both.there.wire.written == []


def test_route_numbers_that_are_used_here_are_others(pair: Callable[[str], Pair]) -> None:
    """The number that follows a used one may be the next route's own."""
    both = pair("flowroute")
    home = both.here.row("trunks", name="default")["uid"]
    away = both.away.row("trunks", name="default")["uid"]
    host = {"kind": "host", "dials": True}
    both.here.add("endpoints", **host, name="c", address="192.0.2.20", trunk=home)
    for name, number in (("d", 3), ("e", 4)):
        both.away.add(
            "endpoints", **host, name=name, address=f"192.0.2.3{number}", trunk=away,
            route_number=number,
        )  # fmt: skip
    assert len(both.sync().pull) == 2
    assert both.ours() == both.theirs()
    numbers = {row["name"]: row.get("route_number") for row in both.here.exported()["endpoints"]}
    assert [numbers[name] for name in "cde"] == [3, 5, 4]


def test_what_the_dialect_has_no_words_for_stays_and_is_told(pair: Callable[[str], Pair]) -> None:
    """A number on no trunk is none that jambonz can have; that is no reason to take it away."""
    both = pair("jambonz")
    both.here.change("numbers", {"e164": NUMBERS[0]}, trunk=None)
    both.here.add("numbers", e164="+12065550177")
    country = {"account": ACCOUNT, "iso_code": "US", "enabled": True}
    both.here.load({"polytrunk": 1, "country_permissions": [country]})
    for _ in range(2):
        report = both.sync()
        assert said(report) == CLEAN
        why = {one.key: one.why for one in report.held}
        numbers = {f"number/{e164}" for e164 in (NUMBERS[0], "+12065550177")}
        assert {key for key, text in why.items() if "on no trunk" in text} == numbers
        assert len(why) == 3
    assert f"number/{NUMBERS[0]}" in both.theirs()
    assert both.there.wire.written == []


def test_a_number_that_chooses_its_routes_is_not_spread_over_a_trunk(
    pair: Callable[[str], Pair],
) -> None:
    """Sinch sends calls by trunk; a second trunk for the pair is what write-through makes."""
    both = pair("sinch")
    chosen = both.here.row("endpoints", **B)["uid"]
    told = {"handling": "endpoint", "primary_endpoint": chosen}
    both.here.change("numbers", {"e164": NUMBERS[0]}, **told)
    report = both.sync()
    assert said(report) == CLEAN
    assert [(one.key, "routes of its own" in one.why) for one in report.held] == [
        (f"number/{NUMBERS[0]}", True)
    ]
    assert both.there.wire.written == []


def test_a_number_of_somebody_else_here_is_held(pair: Callable[[str], Pair]) -> None:
    both = pair("sinch")
    rival = {"ref": "rival", "service_provider": OWN["service_provider"], "name": "rival"}
    theirs = {"service_provider": OWN["service_provider"], "e164": "+12065550155"}
    both.here.load({
        "polytrunk": 1, "accounts": [rival], "numbers": [{**theirs, "account": "rival"}],
    })  # fmt: skip
    both.away.add("numbers", e164="+12065550155")
    both.away.change("trunks", {"name": "office"}, forward_number="+12065550002")
    report = both.sync()
    assert said(report) == (["trunk/office forward_number"], [], [])
    assert [one.key for one in report.held] == ["number/+12065550155"]
    assert both.here.row("trunks", name="office")["forward_number"] == "+12065550002"


def test_numbers_without_a_route_of_their_own_stay_without(ours: Context, held: Make) -> None:
    """At Flowroute that is the built-in registration, and not the best route there is."""
    there = held("flowroute")
    both = Pair(ours, there)
    client = both.end.client(ours)
    for e164 in NUMBERS[:2]:
        built_in = {"primary_endpoint": Blank({"route_number": 0})}
        client.call("updatePrimaryRoute", values=built_in, id=e164.removeprefix("+"))
    written = list(there.wire.written)
    assert not both.sync().push
    client.call("updatePrimaryRoute", values=built_in, id=NUMBERS[2].removeprefix("+"))
    assert said(both.sync()) == ([f"number/{NUMBERS[2]} primary_endpoint_uid"], [], [])
    auto = both.here.row("endpoints", is_auto=True)["uid"]
    assert {row["primary_endpoint"] for row in both.here.exported()["numbers"]} == {auto}
    assert both.ours() == both.theirs()
    assert (said(both.sync()), there.wire.written[:-1]) == (CLEAN, written)


def test_what_our_account_cannot_say_alike_is_held_and_not_sent_back(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("sinch")
    both.away.change("endpoints", A, address="[2001:db8::1]", name="a")
    both.away.change("trunks", {"name": "office"}, forward_number="+12065550002")
    report = both.sync()
    assert said(report) == (["trunk/office forward_number"], [], [])
    (held,) = report.held
    assert held.key == "endpoint/office/192.0.2.10"
    assert "cannot say the same of address" in held.why
    assert both.here.row("endpoints", **A)
    assert both.there.wire.written == []


def test_what_the_provider_refuses_stops_nothing_else(pair: Callable[[str], Pair]) -> None:
    both = pair("callable")
    both.here.drop(Endpoint, uid=UUID(both.here.row("endpoints", **A)["uid"]))
    both.here.change("endpoints", B, port=5090)
    report = both.sync()
    assert said(report) == ([], ["endpoint/192.0.2.11:5090 port"], [])
    (held,) = report.held
    assert held.key == "endpoint/192.0.2.10"
    assert "answered 409" in held.why


def test_one_side_alone_can_be_carried_out(pair: Callable[[str], Pair]) -> None:
    both = pair("sinch")
    both.here.change("trunks", {"name": "office"}, forward_number="+12065550001")
    both.away.change("endpoints", A, priority=8)
    sent, taken = ["trunk/office forward_number"], ["endpoint/office/192.0.2.10 priority"]
    assert said(both.drift(Wish(only=Verdict.THEIRS))) == (taken, [], [])
    assert said(both.sync(Wish(only=Verdict.OURS))) == ([], sent, [])
    assert "priority" not in both.here.row("endpoints", **A)
    assert said(both.sync(Wish(only=Verdict.THEIRS))) == (taken, [], [])
    assert both.ours() == both.theirs()


def test_a_later_change_back_is_a_change(pair: Callable[[str], Pair]) -> None:
    """What both say alike is remembered beside a conflict about something else of the thing."""
    both = pair("sinch")
    trunk = {"name": "office"}
    both.here.change("trunks", trunk, forward_number="+12065550001", caller_name_lookup=True)
    both.away.change("trunks", trunk, forward_number="+12065550002")
    assert said(both.sync())[1] == ["trunk/office caller_name_lookup"]
    both.away.change("trunks", trunk, caller_name_lookup=False)
    assert said(both.sync())[0] == ["trunk/office caller_name_lookup"]
    assert "caller_name_lookup" not in both.here.row("trunks", **trunk)


def test_ids_of_the_provider_are_aliases_of_the_connection(pair: Callable[[str], Pair]) -> None:
    both = pair("sinch")
    uid = UUID(both.here.row("trunks", name="office")["uid"])
    (alias,) = Alias.select().where(Alias.object_uid == uid)
    assert (alias.kind, alias.connection_uid) == ("trunk", both.end.connection.uid)
    assert alias.foreign_id in {row["uid"] for row in both.end.read(both.ctx)[0]["trunk"]}
    number = both.here.row("numbers", e164=NUMBERS[0])
    assert number["connection"] == str(both.end.connection.uid)
    gone = both.here.row("endpoints", **B)["uid"]
    both.away.drop(Endpoint, uid=UUID(both.away.row("endpoints", **B)["uid"]))
    both.sync()
    assert Alias.select().where(Alias.object_uid == UUID(gone)).count() == 0


def test_a_connection_that_is_not_synchronised_is_only_looked_at(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("sinch")
    row = connections.set_mode(both.ctx, both.end.connection.uid, ConnectionMode.LOCAL)
    both.end = End(row, both.end.dialect, both.there.wire)
    both.here.change("endpoints", A, priority=3)
    assert said(both.drift())[1] == ["endpoint/office/192.0.2.10 priority"]
    with pytest.raises(Conflict, match="mode must be sync"):
        both.sync()


def test_baselines_are_kept_on_both_databases(store: Store, held: Make) -> None:
    both = Pair(installation(store), held("jambonz"))
    both.sync()
    both.here.change("trunks", {"name": "carrier"}, description="ours")
    both.away.change("trunks", {"name": "carrier"}, tech_prefix="77")
    assert said(both.sync()) == (
        ["trunk/carrier tech_prefix"], ["trunk/carrier description"], [],
    )  # fmt: skip
    assert both.ours() == both.theirs()
    assert said(both.sync()) == CLEAN
