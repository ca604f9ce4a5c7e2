"""The compiled presenter says exactly what marshmallow's dump says, for all profiles and rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.wire import Profile, Text, View, Wire, compile_presenter
from tests.wire.objects import OTHER, PROFILES, SCHEMAS, UID, Document, Thing, gateway, row, rows

VIEWS = {
    "plain": {},
    "aliases": {"aliases": {UID: "alias-1"}, "base": "https://api.example"},
    "foreign": {"aliases": {UID: "alias-1", OTHER: "alias-2"}, "local": False},
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda s: s.__name__)
def test_presenter_is_dump(schema, profile, view):
    view = View(profile, **view)
    slow, fast = schema(view=view), schema()
    for name, item in rows().items():
        assert fast.present(item, view) == slow.dump(item), name


def test_members_keep_the_order_of_the_class():
    shown = Thing().present(row())
    assert list(shown)[:4] == ["id", "short", "trunk", "name"]
    assert "note" not in shown
    assert list(Thing().present(row(note="n"))) == [
        *list(shown)[: list(Thing().fields).index("note")],
        "note",
        *list(shown)[list(Thing().fields).index("note") :],
    ]


def test_unset_members_are_null_and_absent_columns_are_an_error():
    shown = Thing().present(row(e164=None, extras=None, settings=None))
    assert shown["number"] is None
    assert shown["vendor"] is None
    assert shown["spoof"] == "none"
    assert shown["window"] is None
    thin = row()
    del thin.price_nano
    with pytest.raises(AttributeError):
        Thing().present(thin)


def test_hidden_rows_are_left_out():
    thing = row(gateways=[gateway(dials=False), gateway(address="b")])
    assert [g["address"] for g in Thing().present(thing)["gateways"]] == ["b"]
    assert [g["address"] for g in Document().present(thing)["included"]] == ["b"]


def test_styles_follow_the_profile():
    documented, observed, third = (Thing().present(row(), View(p)) for p in PROFILES)
    assert (documented["number"], observed["number"], third["number"]) == (
        "+12065550100",
        "12065550100",
        12065550100,
    )
    assert (documented["price"], observed["price"], third["price"]) == (0.004, "$0.0040", "0.0040")
    assert (documented["active"], observed["active"]) == (True, 1)
    assert documented["at"] == "2024-10-19T01:21:21.987Z"
    assert observed["at"] == 1729300881987
    assert third["at"] == "2024-10-19T01:21:21.98Z"
    assert documented["seconds"] == "2024-10-19T01:21:21Z"
    assert documented["secret"] == "abcdefXXXX"


def test_an_alias_wins_over_the_codec_also_for_another_column():
    shown = Thing().present(row(), View(aliases={UID: "98"}))
    assert (shown["id"], shown["short"]) == ("98", "98")
    assert Thing().present(row())["short"] == "98396"


def test_a_provider_is_never_told_our_ids():
    with pytest.raises(LookupError, match="no alias"):
        Thing().present(row(), View(local=False))


def test_a_presenter_is_compiled_once_for_schema_and_profile():
    thing = Thing()
    first = compile_presenter(thing, PROFILES[0])
    assert compile_presenter(thing, PROFILES[0]) is first
    assert compile_presenter(thing, PROFILES[1]) is not first


def test_an_answer_of_a_group_without_members_left_out_is_inline():
    """Nested objects over the same row cost no call; links here leaves a member out, so it does."""
    document = Document()
    shown = document.present(row(next_url=None), View(base="https://b"))
    assert shown["data"]["links"] == {"self": "https://b/things/box"}
    assert document.present(row())["data"]["links"]["next"] == "/next"
    assert shown["data"]["type"] == "thing"


class Sparse(Wire):
    """A member that one profile leaves out."""

    name = Text()
    note = Text(omit_none="leaves_out")


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [((), {"name": None, "note": None}), (("leaves_out",), {"name": None})],
)
def test_a_rule_of_the_profile_leaves_members_out(rules: tuple[str, ...], wanted: Any) -> None:
    row = SimpleNamespace(name=None, note=None)
    view = View(Profile(rules=frozenset(rules)))
    schema = Sparse(view=view)
    assert schema.present(row, view) == schema.dump(row) == wanted
    whole = SimpleNamespace(name="a", note="b")
    assert schema.present(whole, view) == schema.dump(whole) == {"name": "a", "note": "b"}
