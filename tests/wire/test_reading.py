"""Bodies become core attributes: leniencies, modes, defaults, and all faults in one round."""

from __future__ import annotations

import pytest

from gateway.domain.ids import Ref
from gateway.domain.problems import Invalid
from gateway.wire import CREATE, KEEP, MERGE, REPLACE, Merge, apply
from tests.wire.objects import AT, Attributes, Document, HookPart, Strict, Thing, row


def faults(schema, body, mode=CREATE, stored=None):
    with pytest.raises(Invalid) as caught:
        schema.change(body, mode, row=stored)
    return {path: [why.code for why in whys] for path, whys in caught.value.fields.items()}


READS = {
    "also": ({"title": "n"}, "name", "n"),
    "wire name wins over spelling": ({"title": "n", "name": "m"}, "name", "m"),
    "int text": ({"name": "n", "count": " 7 "}, "count", 7),
    "int float": ({"name": "n", "count": 7.0}, "count", 7),
    "flag text": ({"name": "n", "active": "False"}, "is_active", False),
    "flag number": ({"name": "n", "active": 1}, "is_active", True),
    "number without plus": ({"name": "n", "number": "12065550100"}, "e164", "+12065550100"),
    "number as number": ({"name": "n", "number": 12065550100}, "e164", "+12065550100"),
    "national number": ({"name": "n", "number": "(206) 555-0100"}, "e164", "+12065550100"),
    "twin alone": ({"name": "n", "number_text": "12065550100"}, "e164", "+12065550100"),
    "twin loses": (
        {"name": "n", "number": "+12065550101", "number_text": "12065550100"},
        "e164",
        "+12065550101",
    ),
    "digits of a number": ({"name": "n", "digits": 206}, "prefix", "206"),
    "digits keep zeros": ({"name": "n", "digits": "0206"}, "prefix", "0206"),
    "instant": ({"name": "n", "at": "2024-10-19T01:21:21.987654Z"}, "queued_at", AT),
    "millis": ({"name": "n", "millis": 1729300881987}, "ended_at", AT.replace(microsecond=987000)),
    "money": ({"name": "n", "price": 0.004}, "price_nano", 4_000_000),
    "money text": ({"name": "n", "price": "$0.0040"}, "price_nano", 4_000_000),
    "word": ({"name": "n", "kind": "toll-free"}, "kind", "toll_free"),
    "ref": ({"name": "n", "trunk": "0123"}, "trunk_uid", Ref("hex24", "0123")),
    "extra": ({"name": "n", "vendor": "a"}, "extras", {"toy": {"vendor": "a"}}),
    "extra list": ({"name": "n", "zoneList": ["a"]}, "extras", {"toy": {"zoneList": ["a"]}}),
    "json member": ({"name": "n", "window": 5}, "settings", {"window": 5}),
    "masked stars": ({"name": "n", "secret": "***"}, "secret", KEEP),
    "masked head": ({"name": "n", "secret": "abcdefXXXX"}, "secret", KEEP),
    "a secret": ({"name": "n", "secret": "hunter22"}, "secret", "hunter22"),
    "null": ({"name": "n", "number": None}, "e164", None),
    "part": ({"name": "n", "hook": {"url": "u"}}, "hook", {"url": "u", "method": "post"}),
    "folded word": (
        {"name": "n", "hook": {"url": "u", "method": "gEt"}},
        "hook",
        {"url": "u", "method": "get"},
    ),
    "listed parts": (
        {"name": "n", "gateways": [{"address": "a"}]},
        "gateways",
        [{"address": "a", "port": 5060}],
    ),
    "computed spreads": ({"name": "n", "host": "a:1"}, "address", "a"),
    "any value": ({"name": "n", "tag": [{}]}, "tag", [{}]),
    "load default": ({"name": "n"}, "count", 3),
    "one envelope": ({"data": {"name": "n"}}, "name", "n"),
    "two envelopes": ({"data": {"type": "t", "attributes": {"name": "n"}}}, "name", "n"),
}


@pytest.mark.parametrize(("body", "attribute", "value"), READS.values(), ids=READS)
def test_reads(body, attribute, value):
    assert Thing().change(body)[attribute] == value


REFUSALS = {
    "not an object": ([], {"": ["type"]}),
    "required": ({}, {"name": ["required"]}),
    "required null": ({"name": None}, {"name": ["null"]}),
    "text": ({"name": 5}, {"name": ["type"]}),
    "zero character": ({"name": "a\0"}, {"name": ["text"]}),
    "lone surrogate": ({"name": "a\ud800"}, {"name": ["text"]}),
    "int text": ({"name": "n", "count": "x"}, {"count": ["type"]}),
    "int bool": ({"name": "n", "count": True}, {"count": ["type"]}),
    "int fraction": ({"name": "n", "count": 1.5}, {"count": ["type"]}),
    "int too large": ({"name": "n", "count": 2**63}, {"count": ["range"]}),
    "int of superscripts": ({"name": "n", "count": "²"}, {"count": ["type"]}),
    "int as list": ({"name": "n", "count": [1]}, {"count": ["type"]}),
    "flag": ({"name": "n", "active": "yes"}, {"active": ["type"]}),
    "flag list": ({"name": "n", "active": []}, {"active": ["type"]}),
    "word": ({"name": "n", "kind": "x"}, {"kind": ["choice"]}),
    "word type": ({"name": "n", "kind": {}}, {"kind": ["choice"]}),
    "number": ({"name": "n", "number": "12"}, {"number": ["number"]}),
    "number bool": ({"name": "n", "number": True}, {"number": ["type"]}),
    "digits": ({"name": "n", "digits": "2a"}, {"digits": ["digits"]}),
    "digits negative": ({"name": "n", "digits": -2}, {"digits": ["digits"]}),
    "instant": ({"name": "n", "at": "soon"}, {"at": ["instant"]}),
    "instant number": ({"name": "n", "at": 5}, {"at": ["type"]}),
    "millis": ({"name": "n", "millis": 10**18}, {"millis": ["range"]}),
    "money": ({"name": "n", "price": "free"}, {"price": ["money"]}),
    "money nan": ({"name": "n", "price": "NaN"}, {"price": ["range"]}),
    "money huge": ({"name": "n", "price": "1e999999"}, {"price": ["range"]}),
    "ref": ({"name": "n", "trunk": {}}, {"trunk": ["type"]}),
    "empty ref": ({"name": "n", "trunk": ""}, {"trunk": ["type"]}),
    "extra": ({"name": "n", "vendor": 1}, {"vendor": ["type"]}),
    "extra length": ({"name": "n", "vendor": "toolong"}, {"vendor": ["length"]}),
    "part type": ({"name": "n", "hook": "u"}, {"hook": ["type"]}),
    "part member": ({"name": "n", "hook": {}}, {"hook.url": ["required"]}),
    "listed type": ({"name": "n", "gateways": {}}, {"gateways": ["type"]}),
    "listed member": (
        {"name": "n", "gateways": [{"address": "a"}, {"address": ""}, 3]},
        {"gateways.1.address": ["length"], "gateways.2": ["type"]},
    ),
    "listed item": ({"name": "n", "media": ["a", 2]}, {"media.1": ["type"]}),
    "listed length": ({"name": "n", "media": ["a", "b", "c"]}, {"media": ["length"]}),
    "range": (
        {"name": "n", "gateways": [{"address": "a", "port": 0}]},
        {"gateways.0.port": ["range"]},
    ),
    "in an envelope": (
        {"data": {"attributes": {"name": 1}}},
        {"data.attributes.name": ["type"]},
    ),
    "several": (
        {"count": "x", "media": 1},
        {"name": ["required"], "count": ["type"], "media": ["type"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "paths"), REFUSALS.values(), ids=REFUSALS)
def test_refuses(body, paths):
    assert faults(Thing(), body) == paths


def test_read_only_and_unknown_members_are_ignored():
    change = Thing().change({"name": "n", "id": "x", "size": 9, "nonsense": 1})
    assert "uid" not in change
    assert "nonsense" not in change


def test_a_strict_object_refuses_unknown_members_but_not_read_only_ones():
    assert Strict().change({"title": "n", "uid": "x"}) == {"name": "n"}
    assert faults(Strict(), {"nmae": "n"}) == {"name": ["required"], "nmae": ["unknown"]}


def test_groups_spread_into_one_change():
    body = {"data": {"type": "thing", "attributes": {"alias": "a", "kind": "host", "value": "b.c"}}}
    assert Document().change(body) == {"name": "a", "kind": "host", "value": "b.c"}


GROUP_REFUSALS = {
    "no group": ({}, {"data": ["required"]}),
    "null group": ({"data": None}, {"data": ["null"]}),
    "text group": ({"data": "x"}, {"data": ["type"]}),
    "inner": (
        {"data": {"attributes": {}}},
        {"data.attributes.alias": ["required"], "data.attributes.kind": ["required"]},
    ),
    "field and cross faults in one round": (
        {"data": {"attributes": {"alias": 5, "kind": "sip-reg", "value": "b"}}},
        {"data.attributes.alias": ["type"], "data.attributes.value": ["kind"]},
    ),
    "a failed field is not reported again by the cross rule": (
        {"data": {"attributes": {"alias": "a", "kind": "host", "value": 5}}},
        {"data.attributes.value": ["type"]},
    ),
    "pattern": (
        {"data": {"attributes": {"alias": "a", "kind": "host", "value": "A\n"}}},
        {"data.attributes.value": ["pattern"]},
    ),
}


@pytest.mark.parametrize(("body", "paths"), GROUP_REFUSALS.values(), ids=GROUP_REFUSALS)
def test_group_refuses(body, paths):
    assert faults(Document(), body) == paths


def test_a_merge_has_only_what_the_body_names():
    assert Thing().change({"count": 5}, MERGE) == {"count": 5}
    assert Document().change({}, MERGE, row=row()) == {}
    assert Document().change({"data": {}}, MERGE, row=row()) == {}
    assert Attributes().change({"alias": "x"}, MERGE, row=row(kind="host")) == {"name": "x"}
    assert faults(Attributes(), {"value": "a"}, MERGE, row(kind="registration")) == {
        "value": ["kind"]
    }


def test_a_merge_still_refuses_null_where_required():
    assert faults(Thing(), {"name": None}, MERGE, row()) == {"name": ["null"]}


def test_a_replace_names_every_writable_attribute():
    change = Thing().change({"name": "n"}, REPLACE, row=row())
    assert change["count"] == 3
    assert change["e164"] is None
    assert change["gateways"] is None
    assert change["address"] is None
    assert change["extras"] == {"toy": {"vendor": None, "zoneList": None, "spoof": None}}
    assert change["settings"] == {"window": None}
    assert "uid" not in change
    assert "size" not in change


def test_a_replace_refuses_where_required():
    assert faults(Thing(), {}, REPLACE, row()) == {"name": ["required"]}


def test_a_twin_present_is_not_nulled_by_its_absent_first():
    change = Thing().change({"name": "n", "number_text": "12065550100"}, REPLACE, row=row())
    assert change["e164"] == "+12065550100"


def test_a_minimal_replace_applied_clears_own_extras_and_keeps_others():
    stored = row()
    new = apply(stored, Thing().change({"name": "n"}, REPLACE, row=stored))
    assert new["extras"] == {"toy": {}, "else": {"vendor": "x"}}
    assert new["settings"] == {"form": "hex"}
    assert stored.extras["toy"]["vendor"] == "acme"


def test_apply_keeps_a_masked_secret_and_merges_json():
    stored = row()
    change = Thing().change({"secret": "***", "vendor": "v", "window": 4}, MERGE, row=stored)
    assert apply(stored, change) == {
        "extras": {"toy": {"vendor": "v", "zoneList": ["a"]}, "else": {"vendor": "x"}},
        "settings": {"window": 4, "form": "hex"},
    }


def test_apply_to_no_row_and_to_null_columns():
    assert apply(None, Thing().change({"name": "n", "vendor": "v"}, MERGE)) == {
        "name": "n",
        "extras": {"toy": {"vendor": "v"}},
    }
    assert apply(row(extras=None), {"extras": Merge(toy=Merge(vendor=None))}) == {"extras": {}}


def test_part_settles_against_its_own_row():
    change = Thing().change({"hook": {"method": "GET"}}, MERGE, row=row())
    assert change == {"hook": {"method": "get"}}
    assert faults(HookPart(), {"method": 5}) == {"url": ["required"], "method": ["choice"]}
