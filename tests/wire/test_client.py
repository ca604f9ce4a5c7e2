"""The same classes on the other side: reading a provider's answers, writing requests to it."""

from __future__ import annotations

from gateway.domain.ids import Ref
from gateway.wire import View
from tests.wire.objects import OTHER, UID, Document, Thing, row


def test_an_answer_is_read_with_its_read_only_members():
    read = Thing(side="client").change(
        {"id": "01J", "name": "n", "seconds": "2024-10-19T01:21:21Z"}
    )
    assert read["uid"] == Ref("ulid", "01J")
    assert read["queued_at"].year == 2024
    assert read.odd == {}


def test_one_odd_value_is_reported_and_the_rest_is_read():
    read = Thing(side="client").change({"name": "n", "count": "many", "gateways": [{"port": "x"}]})
    assert read["name"] == "n"
    assert "count" not in read
    assert {path: whys[0].code for path, whys in read.odd.items()} == {
        "count": "type",
        "gateways.0.port": "type",
    }


def test_nothing_is_required_of_a_provider():
    read = Document(side="client").change({"data": {"attributes": {"alias": None}}})
    assert read == {"name": None}
    assert read.odd == {}


def test_a_request_has_writable_members_and_constants_only():
    view = View(aliases={UID: "a1", OTHER: "a2"}, local=False)
    request = Document(side="client").present(row(), view)
    assert request == {
        "data": {
            "type": "thing",
            "attributes": {"alias": "box", "kind": "longcode", "value": "sip.example"},
        }
    }
    assert request == Document(side="client", view=view).dump(row())


def test_passwords_go_out_and_twins_do_not():
    view = View(aliases={UID: "a1", OTHER: "a2"}, local=False)
    request = Thing(side="client").present(row(), view)
    assert request["hook"] == {"url": "https://h", "method": "POST", "password": "p"}
    assert "number_text" not in request
    assert "nano" not in request
    assert "size" not in request
    assert request["trunk"] == "a2"
