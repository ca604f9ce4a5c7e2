"""What the schema knows of itself: attribute to wire path, and the columns of an answer."""

from __future__ import annotations

from tests.wire.objects import Document, Thing


def test_table_names_the_first_member_of_an_attribute():
    table = {attribute: path for attribute, (path, _) in Thing().table().items()}
    assert table["e164"] == "number"
    assert table["price_nano"] == "price"
    assert table["extras.toy.zoneList"] == "zoneList"
    assert table["settings.window"] == "window"
    assert table["hook.url"] == "hook.url"
    assert table["address"] == "host"


def test_table_goes_through_groups():
    table = {attribute: path for attribute, (path, _) in Document().table().items()}
    assert table["name"] == "data.attributes.alias"
    assert table["uid"] == "data.id"


def test_columns_are_what_an_answer_reads():
    assert Document().columns() == {"uid", "name", "kind", "value", "price_nano", "next_url"}
    columns = Thing().columns()
    assert {"extras", "settings", "uid", "address", "port", "hook.url", "gateways.port"} <= columns
    assert "hook.password" not in columns


def test_columns_of_a_relation_are_what_is_read_of_its_rows():
    columns = Thing().columns()
    assert Thing().columns("hook") == {c.removeprefix("hook.") for c in columns if c[:5] == "hook."}
    assert "port" in Thing().columns("gateways")
    assert Thing().columns("nothing") == set()


def test_an_attribute_is_found_where_the_body_has_it():
    document = Document()
    assert document.path_of("name", {}) == "data.attributes.alias"
    assert document.path_of("nothing", {}) == ""
    assert Thing().path_of("hook", {}) == "hook"
