"""The fate of each member, one case at a time, over two small dialects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from gateway.wire import (
    E164,
    Computed,
    Const,
    Extra,
    Flag,
    Group,
    Instant,
    Int,
    Length,
    Listed,
    Part,
    Profile,
    Range,
    Ref,
    SecretText,
    Text,
    View,
    Wire,
    Word,
)
from gateway.wire.ledger import Entry, Fate, Ledger, Seat, Shape, ledger, losses

UID = UUID("01930000-0000-7000-8000-000000000001")
TRUNK = UUID("01930000-0000-7000-8000-000000000002")


class Hook(Wire):
    url = Text()


class Line(Wire):
    """The object of the source."""

    dialect = "source"

    id = Ref("uuid", attribute="uid", dump_only=True)
    label = Text(attribute="name")
    number = E164(attribute="e164", style="digits")
    on = Flag(attribute="enabled")
    note = Text()
    port = Int()
    place = Computed(
        out=lambda row, view: f"{row.address}:{row.port}", attribute="value",
        reads=("address", "port"), into=str,
    )  # fmt: skip
    home = Ref("uuid", attribute="home_uid")
    colour = Extra(of=Text())
    secret = SecretText(style="stars")
    made = Instant(attribute="created_at", dump_only=True)
    hook = Part(Hook)
    tags = Listed(Text())
    kind = Const("line")


class Attributes(Wire):
    name = Text(required=True, validate=Length(max=8))
    port = Int(validate=Range(1, 100))
    weight = Int()
    description = Text(attribute="note")
    status = Word(attribute="enabled", words={"up": True, "down": False})
    peer = Text(attribute="address")
    tags = Listed(Text())
    secret = SecretText(style="stars")
    phone = E164(attribute="e164")
    trunk = Ref("ulid", attribute="trunk_uid")
    born = Instant(attribute="created_at", style="seconds", dump_only=True)
    webhook = Part(Hook, attribute="hook")


class Route(Wire):
    """The object of the target, with its members one level down."""

    dialect = "target"

    id = Ref("ulid", attribute="uid", dump_only=True)
    attributes = Group(Attributes)


class NewRoute(Attributes):
    dialect = "target"

    weight = Int(required=True)


def row(**more: Any) -> SimpleNamespace:
    values = {
        "uid": UID, "name": "desk", "e164": "+12065550100", "enabled": True, "note": None,
        "port": 60, "address": "a.example", "value": None, "home_uid": TRUNK, "trunk_uid": TRUNK,
        "extras": {"source": {"colour": "red"}}, "secret": "hidden", "weight": None,
        "created_at": datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC), "tags": ["a"],
        "hook": SimpleNamespace(url="https://a.example"), "dials": True,
    }  # fmt: skip
    return SimpleNamespace(**{**values, **more})


SOURCE = Seat("source", [Shape(Line, derived={"home_uid": ("trunk_uid",)})])
TARGET = Seat("target", [Shape(Route, NewRoute)])


def told(found: Ledger) -> dict[str, tuple[Fate, str]]:
    return {entry.member: (entry.fate, entry.into) for entry in found.entries}


def only(member: str, found: Ledger) -> Entry:
    (entry,) = [entry for entry in found.entries if entry.member == member]
    return entry


def test_every_member_has_its_fate() -> None:
    assert told(ledger("line", row(), SOURCE, TARGET)) == {
        "id": (Fate.CONVERTED, "Route.id"),
        "label": (Fate.KEPT, "Route.attributes.name"),
        "number": (Fate.CONVERTED, "Route.attributes.phone"),
        "on": (Fate.CONVERTED, "Route.attributes.status"),
        "note": (Fate.KEPT, "Route.attributes.description"),
        "port": (Fate.KEPT, "Route.attributes.port"),
        "place": (Fate.CONVERTED, "Route.attributes.peer"),
        "home": (Fate.CONVERTED, "Route.attributes.trunk"),
        "colour": (Fate.PARKED, ""),
        "secret": (Fate.KEPT, "Route.attributes.secret"),
        "made": (Fate.CONVERTED, "Route.attributes.born"),
        "hook.url": (Fate.KEPT, "Route.attributes.webhook.url"),
        "tags": (Fate.KEPT, "Route.attributes.tags"),
        "kind": (Fate.DEFAULTED, ""),
    }


def test_the_other_way_round() -> None:
    found = told(ledger("line", row(), TARGET, SOURCE))
    assert found["attributes.trunk"] == (Fate.CONVERTED, "Line.home")
    assert found["attributes.peer"] == (Fate.CONVERTED, "Line.place")
    assert found["attributes.weight"] == (Fate.PARKED, "")
    assert len(found) == 13


@pytest.mark.parametrize(
    ("values", "member", "into", "words"),
    [
        ({"name": "much too long"}, "label", "Route.attributes.name", "at most 8"),
        ({"port": 101}, "port", "Route.attributes.port", "1 to 100"),
    ],
    ids=["length", "range"],
)
def test_what_the_target_would_refuse_is_impossible(
    values: dict[str, Any], member: str, into: str, words: str
) -> None:
    entry = only(member, ledger("line", row(**values), SOURCE, TARGET))
    assert (entry.fate, entry.into) == (Fate.IMPOSSIBLE, into)
    assert words in entry.why


def test_what_the_target_needs_and_nobody_set_is_told_apart() -> None:
    found = ledger("line", row(), SOURCE, TARGET)
    assert found.needs == {"weight": "is required"}
    assert ledger("line", row(weight=1), SOURCE, TARGET).needs == {}


def test_a_value_the_target_shows_as_another_is_impossible() -> None:
    lossy = type("Lossy", (Wire,), {"name": Computed(out=lambda r, v: "x", into=str,
                                                     attribute="name")})  # fmt: skip
    entry = only("label", ledger("line", row(), SOURCE, Seat("lossy", [Shape(lossy)])))
    assert (entry.fate, entry.into) == (Fate.IMPOSSIBLE, "Lossy.name")


def test_an_unset_member_is_defaulted_where_the_target_says_something() -> None:
    loud = type("Loud", (Wire,), {"note": Computed(out=lambda r, v: r.note or "none", into=str,
                                                   attribute="note")})  # fmt: skip
    seat = Seat("loud", [Shape(loud)])
    assert only("note", ledger("line", row(), SOURCE, seat)).fate is Fate.DEFAULTED
    assert only("note", ledger("line", row(note="n"), SOURCE, seat)).fate is Fate.KEPT


def test_an_unset_part_is_one_member() -> None:
    found = told(ledger("line", row(hook=None), SOURCE, TARGET))
    assert found["hook"] == (Fate.KEPT, "Route.attributes.webhook")
    assert "hook.url" not in found


def test_a_flag_may_be_said_by_the_presence_of_an_object() -> None:
    flagged = type("Flagged", (Wire,), {"dials": Flag()})
    source = Seat("flagged", [Shape(flagged)])
    hides = Shape(Route, hides=lambda row: "" if row.dials else "not dialled")
    target = Seat("target", [replace(hides, implies={"dials": True}), Shape(Line)])
    entry = only("dials", ledger("line", row(), source, target))
    assert (entry.fate, entry.into) == (Fate.CONVERTED, "Route")
    entry = only("dials", ledger("line", row(dials=False), source, target))
    assert (entry.fate, entry.into) == (Fate.CONVERTED, "")
    assert "absence" in entry.why


def test_of_two_objects_the_one_that_says_it_best_counts() -> None:
    both = Seat("both", [Shape(Route, NewRoute), Shape(Line)])
    found = told(ledger("line", row(name="much too long"), SOURCE, both))
    assert found["label"] == (Fate.KEPT, "Line.label")
    assert found["colour"] == (Fate.KEPT, "Line.colour")


def test_a_hidden_row_is_impossible_in_all_its_members() -> None:
    for seat, why in (
        (Seat("target", [Shape(Route, hides=lambda row: "too small")]), "too small"),
        (Seat("nothing"), "nothing has no object for the kind line"),
    ):
        found = ledger("line", row(), SOURCE, seat)
        assert {(entry.fate, entry.why) for entry in found.entries} == {(Fate.IMPOSSIBLE, why)}
        assert len(found.entries) == 14
        assert seat.hidden(row(), "line") == why


def test_a_source_that_hides_the_row_has_no_members() -> None:
    seat = Seat("source", [Shape(Line, hides=lambda row: "not here")])
    assert ledger("line", row(), seat, TARGET).entries == ()


def test_aliases_and_styles_are_those_of_each_side() -> None:
    view = View(Profile("p", styles={"e164": "digits"}), aliases={UID: "their-id"})
    found = ledger("line", row(), SOURCE, replace(TARGET, view=view))
    assert told(found)["id"] == (Fate.CONVERTED, "Route.id")
    assert told(found)["number"] == (Fate.KEPT, "Route.attributes.phone")


def test_the_same_dialect_keeps_everything_it_stores() -> None:
    found = ledger("line", row(), SOURCE, SOURCE)
    fates = {entry.member: entry.fate for entry in found.entries}
    assert fates.pop("kind") is Fate.DEFAULTED
    assert set(fates.values()) <= {Fate.KEPT, Fate.CONVERTED}


@pytest.mark.parametrize(
    ("on", "lost"), [(False, ["switch"]), (True, ["switch"]), (None, [])], ids=["off", "on", "-"]
)
def test_what_is_off_and_what_has_none_of_it(on: bool | None, lost: list[str]) -> None:
    """False says something where nothing said is True, and nothing elsewhere."""
    switched = type(
        "Switched", (Wire,), {"switch": Flag(attribute="enabled"), "leads": Flag(attribute="dials")}
    )
    plain = type("Plain", (Wire,), {"name": Text()})
    source, target = Seat("switched", [Shape(switched)]), Seat("plain", [Shape(plain)])
    one = row(enabled=on, dials=False)
    found = losses(one, ledger("line", one, source, target))
    assert [entry.member for entry in found] == lost


@pytest.mark.parametrize(
    ("transport", "fate"),
    [("udp", Fate.CONVERTED), ("tls", Fate.PARKED), (None, Fate.CONVERTED)],
    ids=["as usual", "another", "unset"],
)
def test_what_is_as_usual_in_a_text_is_not_lost(transport: str | None, fate: Fate) -> None:
    whole = Computed(out=lambda row, view: row.address, attribute="value", into=str,
                     reads=("address", "transport"))  # fmt: skip
    source = Seat("whole", [Shape(type("Whole", (Wire,), {"place": whole}))])
    target = Seat("apart", [Shape(type("Apart", (Wire,), {"peer": Text(attribute="address")}))])
    one = row(transport=transport, address="a.example", value=None)
    entry = only("place", ledger("line", one, source, target))
    assert (entry.fate is Fate.PARKED) is (fate is Fate.PARKED)
