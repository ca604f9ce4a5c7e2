"""From an accepted message to its receipt, over real sockets against an SMSC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest

from emulators.smsc import Smsc
from gateway.models import Job, Message
from gateway.models.database import Store
from gateway.services import messages
from tests.support.pipeline import World, message, parts, receipts, working
from tests.support.receivers import receiving, until
from tests.support.smpp import smsc as centre_of
from tests.workers.conftest import add_link


def has(uid: UUID, *statuses: str) -> Callable[[], Any]:
    return lambda: message(uid).status in statuses


def test_a_message_is_sent_receipted_and_told(world: World, store: Store, smsc: Smsc) -> None:
    link = add_link(world, smsc.port)
    with receiving() as receiver, working(world, store):
        sent = world.send("hello", callback_url=receiver.url("/dlr"))
        until(has(sent.uid, "delivered"))
        until(lambda: len(receiver.hits) == 2)
    row, (part,) = message(sent.uid), parts(sent.uid)
    assert row.sent_at
    assert row.done_at >= row.sent_at >= row.queued_at
    assert (part.state, part.link_uid, part.command_status) == ("delivered", link, 0)
    assert part.remote_id == smsc.messages()[0].id
    assert [(r.level, r.status) for r in receipts(sent.uid)] == [(1, "sent"), (2, "delivered")]
    told = sorted((orjson.loads(hit.body) for hit in receiver.hits), key=lambda t: t["level"])
    assert [(t["level"], t["status"]) for t in told] == [(1, "sent"), (2, "delivered")]
    assert [UUID(t["event"]) for t in told] == [r.uid for r in receipts(sent.uid)]
    assert {hit.headers["x-polytrunk-event"] for hit in receiver.hits} == {t["event"] for t in told}
    assert Job.select().where(Job.topic != "retention").count() == 0
    assert [r.level for r in messages.get(world.ctx(), sent.uid).receipts] == [2, 1]


@pytest.mark.parametrize("settings", [{}, {"segmentation": "udh16"}, {"segmentation": "sar"}])
def test_a_long_text_arrives_whole_and_is_told_once(
    world: World, store: Store, smsc: Smsc, settings: dict[str, Any]
) -> None:
    add_link(world, smsc.port, settings=settings)
    text = "€[brackets] " * 40 + "end"
    with receiving() as receiver, working(world, store):
        sent = world.send(text, callback_url=receiver.url())
        until(has(sent.uid, "delivered"))
        until(lambda: len(receiver.hits) == 2)
    assert [whole.text for whole in smsc.texts()] == [text]
    rows = parts(sent.uid)
    assert {p.state for p in rows} == {"delivered"}
    assert len({p.reference for p in rows}) == 1
    assert len(rows) == message(sent.uid).segments > 3
    assert [r.level for r in receipts(sent.uid)] == [1, 2]


@pytest.mark.parametrize(
    ("ending", "status", "levels"),
    [
        ("5558011", "rejected", [2]),  # command_status 0x0B
        ("5559001", "undelivered", [1, 2]),
    ],
)
def test_what_the_carrier_refuses_or_cannot_deliver(
    world: World, store: Store, smsc: Smsc, ending: str, status: str, levels: list[int]
) -> None:
    add_link(world, smsc.port)
    with working(world, store):
        sent = world.send(to_number=f"+1206{ending}")
        until(has(sent.uid, "rejected", "undelivered", "failed", "expired"))
    assert message(sent.uid).status == status
    assert [r.level for r in receipts(sent.uid)] == levels


def test_messages_wait_for_a_link_and_leave_when_there_is_one(
    world: World, store: Store, smsc: Smsc
) -> None:
    with working(world, store):
        sent = world.send()
        assert message(sent.uid).status == "accepted"
        add_link(world, smsc.port)
        until(has(sent.uid, "delivered"))


def test_a_temporary_refusal_is_tried_again_by_the_schedule(
    world: World, store: Store, smsc: Smsc
) -> None:
    add_link(world, smsc.port)
    with working(world, store):
        sent = world.send(to_number="+12065558008")  # system error
        until(
            lambda: parts(sent.uid)[0].attempts == 1 and Job.get(Job.topic == "submit").last_error
        )
        job = Job.get(Job.topic == "submit")
        assert "ESME_RSYSERR" in job.last_error
        assert 3 < (job.run_at - world.clock()).total_seconds() < 7
        assert message(sent.uid).status == "queued"
        world.clock.advance(10)
        until(lambda: parts(sent.uid)[0].attempts == 2)


def test_an_expired_message_is_not_sent(world: World, store: Store, smsc: Smsc) -> None:
    add_link(world, smsc.port)
    sent = world.send()
    world.clock.advance(73 * 3600)
    with working(world, store):
        until(has(sent.uid, "expired"))
    assert smsc.messages() == []
    assert [p.state for p in parts(sent.uid)] == ["expired"]


def test_a_backlog_of_several_accounts_goes_out_completely(
    world: World, store: Store, smsc: Smsc
) -> None:
    add_link(world, smsc.port, settings={"window": 20})
    uids = [world.send(f"text {n}").uid for n in range(120)]
    with working(world, store):
        until(lambda: Message.select().where(Message.status == "delivered").count() == 120, 20)
    assert sorted(m.text for m in smsc.messages()) == sorted(f"text {n}" for n in range(120))
    assert {parts(uid)[0].attempts for uid in uids} == {1}


def test_changes_of_a_link_are_noticed(world: World, store: Store, smsc: Smsc) -> None:
    from gateway.models import SmppLink

    link = add_link(world, smsc.port)
    with centre_of() as other, working(world, store) as worker:
        until(lambda: worker.pipeline.owners and worker.pipeline.owners[link].link.bound)
        SmppLink.update(port=other.port).where(SmppLink.uid == link).execute()
        until(lambda: link in worker.pipeline.owners)
        until(
            lambda: (
                getattr(worker.pipeline.owners.get(link), "connector", None)
                and worker.pipeline.owners[link].connector.spec.port == other.port
            )
        )
        sent = world.send()
        until(has(sent.uid, "delivered"))
        assert len(other.messages()) == 1
        SmppLink.update(enabled=False).where(SmppLink.uid == link).execute()
        until(lambda: not worker.pipeline.owners)


def test_messages_of_a_link_that_stays_down_end_when_their_time_is_over(
    world: World, store: Store
) -> None:
    with centre_of() as gone:
        port = gone.port
    add_link(world, port, settings={"failover_seconds": 0.1})
    sent = world.send("a" * 200)
    with working(world, store):
        until(lambda: Job.get(Job.topic == "submit").claim is None)
        world.clock.advance(72 * 3600)
        until(has(sent.uid, "expired"))
    assert [p.state for p in parts(sent.uid)] == ["expired", "expired"]
    assert Job.select().where(Job.topic == "submit").count() == 0
