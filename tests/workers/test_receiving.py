"""Receipts in every form, and inbound messages, over real sockets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from emulators.smsc import Smsc
from gateway.domain.segments import Method, split
from gateway.models import InboundPart, Message, MessagePart, Receipt
from gateway.models.database import Store, write
from gateway.services import receipts as matching
from gateway.services.batch import Batch
from tests.support.pipeline import OTHER, OWN, World, message, parts, receipts, working
from tests.support.receivers import receiving, until
from tests.workers.conftest import add_link

FINAL = {"delivered", "undelivered", "expired", "rejected", "failed", "unknown"}


@pytest.mark.parametrize(
    ("ending", "status", "told"),
    [
        ("9002", "expired", ["sent", "expired"]),
        ("9003", "rejected", ["sent", "rejected"]),
        ("9004", "undelivered", ["sent", "undelivered"]),
        ("9005", "unknown", ["sent", "unknown"]),
        ("9007", "delivered", ["sent", "sent", "delivered"]),
        ("9008", "delivered", ["sent", "delivered"]),
        ("9009", "delivered", ["sent", "delivered"]),
        ("9011", "delivered", ["sent", "delivered"]),
        ("9012", "delivered", ["sent", "delivered"]),
        ("9013", "delivered", ["sent", "delivered"]),
        ("9014", "delivered", ["sent", "delivered"]),
        ("9015", "delivered", ["sent", "delivered"]),
        ("9016", "delivered", ["sent", "delivered"]),
        ("9017", "delivered", ["sent", "delivered"]),
        ("9021", "delivered", ["sent", "delivered"]),
        ("9031", "delivered", ["sent", "delivered"]),
        ("9050", "delivered", ["sent", "delivered"]),
        ("9051", "delivered", ["sent", "delivered"]),
    ],
)
def test_each_behaviour_of_a_carrier_ends_in_the_right_state(
    world: World, store: Store, smsc: Smsc, ending: str, status: str, told: list[str]
) -> None:
    add_link(world, smsc.port)
    with working(world, store):
        sent = world.send(to_number=f"+1206555{ending}")
        until(lambda: message(sent.uid).status in FINAL, 15)
    orphans = Receipt.select().where(Receipt.message_uid.is_null()).count()
    # cut before the answer: the carrier had the first copy too, whose id we never learn
    assert orphans == (1 if ending == "9050" else 0)
    assert message(sent.uid).status == status
    assert [r.status for r in receipts(sent.uid)] == told
    assert [p.state for p in parts(sent.uid)] == [status]


def test_a_receipt_that_fits_nothing_is_kept_acknowledged_and_applied_after_a_restart(
    world: World, store: Store, smsc: Smsc
) -> None:
    """The receipt comes for an id whose answer is recorded only by the next owner of the link."""
    link: Any = add_link(world, smsc.port)
    text = b"id:0042 sub:001 dlvrd:001 done date:2601010102 stat:DELIVRD err:000"
    with working(world, store) as worker:
        until(lambda: worker.pipeline.owners and worker.pipeline.owners[link].link.bound)
        parcel = smsc.deliver_raw(
            "demo",
            {
                "source_addr": "12065550177",
                "destination_addr": "12065550100",
                "esm_class": 4,
                "short_message": text,
            },
        )
        until(lambda: Receipt.select().count() == 1)
        assert parcel is not None
    orphan = Receipt.get()
    assert (orphan.message_uid, orphan.link_uid, orphan.remote_id) == (None, link, "0042")
    world.clock.advance(-60)
    sent = world.send()
    world.clock.advance(60)
    MessagePart.update(state="sent", remote_id="42", link_uid=link).execute()
    Message.update(status="sent").execute()
    way, ctx = world.way(link), world.ctx()
    flight: Any = SimpleNamespace(message=message(sent.uid))
    with write():
        orphans, batch = matching.load_orphans(ctx, way), Batch()
        assert matching.match(ctx, way, [("42", flight)], orphans, batch) == 1
        batch.flush()
    assert message(sent.uid).status == "delivered"
    assert [(r.level, r.status) for r in receipts(sent.uid)] == [(2, "delivered")]
    assert orphans.count == 0


def unfinished() -> int:
    return InboundPart.select().where(InboundPart.width > 0).count()


def inbound() -> list[Any]:
    return list(Message.select().where(Message.direction == "inbound").order_by(Message.id))


@pytest.mark.parametrize("command", [5, 0x103], ids=["deliver_sm", "data_sm"])
def test_an_inbound_message_reaches_the_account_and_its_webhook(
    world: World, store: Store, smsc: Smsc, command: int
) -> None:
    add_link(world, smsc.port)
    with receiving() as receiver, working(world, store):
        world.add_hook("sms", receiver.url("/plain"))
        world.add_hook("message", receiver.url("/other"), dialect="other")
        smsc.inject("demo", "+14155550123", OWN, "héllo €", command=command)
        until(lambda: len(receiver.hits) == 2)
    (row,) = inbound()
    assert (row.text, row.from_number, row.to_number) == ("héllo €", "+14155550123", OWN)
    assert (row.status, row.account_uid, row.segments) == ("received", world.account_uid, 1)
    assert row.price_nano == world.settings.sms_inbound_price_nano
    assert sorted(hit.path for hit in receiver.hits) == ["/other", "/plain"]
    assert {orjson.loads(hit.body)["event"] for hit in receiver.hits} == {str(row.uid)}


@pytest.mark.parametrize("method", ["udh8", "udh16", "sar"])
def test_parts_of_an_inbound_text_come_in_any_order_and_twice(
    world: World, store: Store, smsc: Smsc, method: str
) -> None:
    add_link(world, smsc.port)
    text = "😀 part " * 60
    total = len(split(text, method=Method(method)).segments)
    order = [*range(total, 0, -1), 1, 2, total]
    with working(world, store):
        smsc.inject("demo", "+14155550123", OWN, text, method=method, order=order)
        until(inbound)
        smsc.inject("demo", "+14155550123", OWN, "afterwards")
        until(lambda: len(inbound()) == 2)
        assert unfinished() == 0
        smsc.inject("demo", "+14155550123", OWN, text.upper(), method=method, reference=1)
        until(lambda: len(inbound()) == 3)
    assert [row.text for row in inbound()] == [text, "afterwards", text.upper()]
    assert inbound()[0].segments == total > 3


def test_an_inbound_message_for_nobody_is_refused_for_good(
    world: World, store: Store, smsc: Smsc, caplog: pytest.LogCaptureFixture
) -> None:
    add_link(world, smsc.port)
    with working(world, store):
        smsc.inject("demo", "+14155550123", OTHER, "hello")
        until(lambda: "which no account it serves owns" in caplog.text)
        smsc.inject("demo", "+14155550123", OWN, "hello")
        until(inbound)
    assert [row.to_number for row in inbound()] == [OWN]


def test_a_carrier_of_one_account_brings_nothing_to_another(
    world: World, store: Store, smsc: Smsc, caplog: pytest.LogCaptureFixture
) -> None:
    world.add_number(OTHER, world.add_account())
    add_link(world, smsc.port)
    with working(world, store):
        smsc.inject("demo", "+14155550123", OTHER, "hello")
        until(lambda: "which no account it serves owns" in caplog.text)
    assert inbound() == []


def test_what_came_is_handed_over_when_the_rest_does_not_come(
    world: World, store: Store, smsc: Smsc
) -> None:
    add_link(world, smsc.port)
    fields = {
        "source_addr": "14155550123",
        "source_addr_ton": 1,
        "destination_addr": OWN[1:],
        "dest_addr_ton": 1,
        "esm_class": 0x40,
    }
    with working(world, store):
        for index, text in ((3, b"third"), (1, b"first ")):
            udh = bytes((5, 0, 3, 77, 3, index))
            smsc.deliver_raw("demo", {**fields, "short_message": udh + text})
        until(lambda: InboundPart.select().count() == 2)
        assert inbound() == []
        world.clock.advance(world.settings.reassembly_seconds + 1)
        (row,) = until(inbound)
    assert (row.text, row.segments) == ("first third", 2)
    assert row.extras == {"core": {"missing_parts": [2]}}
    assert unfinished() == 0
