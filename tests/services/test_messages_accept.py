"""Accepting messages: what is stored before the answer, and what is refused with nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import gevent
import pytest

from gateway.domain.ids import CODECS, Ref
from gateway.domain.problems import Conflict, Forbidden, Invalid, NotFound
from gateway.models import IdempotencyKey, Job, Message, MessagePart, Receipt
from gateway.models.database import Store, connection, spawn, write
from gateway.services import jobs, leases, messages
from gateway.services.routing import another
from gateway.settings import Settings
from tests.support.pipeline import OTHER, OWN, TO, World, message, parts, receipts


@pytest.fixture
def world(store: Store) -> World:
    return World()


def counts() -> tuple[int, ...]:
    return tuple(m.select().count() for m in (Message, MessagePart, Job, Receipt, IdempotencyKey))


def test_a_message_its_part_and_its_job_are_stored_together(world: World) -> None:
    link = world.add_link()
    accepted = world.send("hello", callback_url="https://example.org/dlr")
    row = message(accepted.uid)
    assert (row.status, row.segments, row.coding, row.text) == ("queued", 1, 0, "hello")
    assert (row.price_nano, row.transport) == (world.settings.sms_price_nano, "smpp")
    assert (row.callback_url, row.callback_dialect) == ("https://example.org/dlr", "plain")
    assert [(p.index, p.total, p.state, p.link_uid) for p in parts(row.uid)] == [
        (1, 1, "pending", link)
    ]
    job = Job.get()
    assert (job.topic, job.lane, job.key) == ("submit", f"link:{link}", f"submit:{row.uid}")
    assert (job.claim, job.attempts, job.account_uid) == (None, 0, world.account_uid)


@pytest.mark.parametrize(
    ("settings", "text", "segments", "coding"),
    [
        ({}, "a" * 160, 1, 0),
        ({}, "a" * 161, 2, 0),
        ({}, "é" * 160, 1, 0),
        ({}, "😀" * 36, 2, 8),
        ({"segmentation": "udh16"}, "a" * 305, 3, 0),
        ({"alphabet": "latin1"}, "©" * 140, 1, 3),
        ({"segmentation": "nonsense", "weight": "x"}, "a" * 161, 2, 0),
    ],
)
def test_the_link_decides_how_a_text_is_cut(
    world: World, settings: dict[str, Any], text: str, segments: int, coding: int
) -> None:
    world.add_link(settings)
    row = message(world.send(text).uid)
    assert (row.segments, row.coding) == (segments, coding)
    assert row.price_nano == segments * world.settings.sms_price_nano
    assert [p.index for p in parts(row.uid)] == list(range(1, segments + 1))


def test_payload_links_get_one_part_and_pay_for_every_segment(world: World) -> None:
    world.add_link({"segmentation": "payload"})
    row = message(world.send("a" * 400).uid)
    assert (row.segments, len(parts(row.uid))) == (3, 1)


@pytest.mark.parametrize(
    ("change", "problem", "where"),
    [
        ({"from_number": OTHER}, Forbidden, None),
        ({"from_number": "12065550100"}, Invalid, "from_number"),
        ({"from_number": None}, Invalid, "from_number"),
        ({"to_number": "+0123"}, Invalid, "to_number"),
        ({"to_number": "+1415555012٣"}, Invalid, "to_number"),
        ({"text": ""}, Invalid, "text"),
        ({"text": None}, Invalid, "text"),
        ({"text": "a\0b"}, Invalid, "text"),
        ({"text": "\ud800"}, Invalid, "text"),
        ({"text": "a" * 40_000}, Invalid, "text"),
        ({"media": ["https://example.org/a.png"]}, Invalid, "media"),
        ({"is_mms": True}, Invalid, "is_mms"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_leaves_nothing(
    world: World, change: dict[str, Any], problem: type[Exception], where: str | None
) -> None:
    world.add_link()
    with pytest.raises(problem) as raised:
        messages.send(world.ctx(), {"from_number": OWN, "to_number": TO, "text": "x", **change})
    if where:
        assert list(raised.value.fields) == [where]  # type: ignore[attr-defined]
    assert counts() == (0, 0, 0, 0, 0)


def test_a_number_of_another_account_or_of_the_inventory_cannot_send(world: World) -> None:
    world.add_number(OTHER, world.add_account())
    world.add_number("+12065550177", None)
    for sender in (OTHER, "+12065550177"):
        with pytest.raises(Forbidden):
            world.send(from_number=sender)


def test_without_a_link_a_message_waits_unrouted(world: World) -> None:
    world.add_link(enabled=False)
    world.add_link(dials=False)
    row = message(world.send().uid)
    assert row.status == "accepted"
    assert Job.get().lane == jobs.UNROUTED


def test_the_providers_links_serve_accounts_without_their_own(world: World) -> None:
    shared = world.add_link(trunk_uid=world.add_trunk())
    world.send()
    assert Job.get().lane == f"link:{shared}"
    own = world.add_link()
    world.send()
    assert Job.select().order_by(Job.id.desc()).first().lane == f"link:{own}"


def test_bound_and_primary_links_go_first(world: World) -> None:
    primary, secondary = world.add_link(), world.add_link(is_primary=False)
    world.send()
    assert Job.get().lane == f"link:{primary}"
    now = messages.datetime.now(messages.UTC)
    with write():
        leases.acquire(leases.bound_name(secondary), "me", world.runtime.new_uid(), now, 60)
    sent = world.send()
    assert Job.select().order_by(Job.id.desc()).first().lane == f"link:{secondary}"
    assert another(world.ctx(), message(sent.uid), secondary) is None


def test_the_same_idempotency_key_gives_the_first_message_again(world: World) -> None:
    change = {"from_number": OWN, "to_number": TO, "text": "once"}
    first = messages.send(world.ctx(idempotency_key="k1"), change)
    again = messages.send(world.ctx(idempotency_key="k1"), dict(reversed(change.items())))
    assert again.uid == first.uid
    with pytest.raises(Conflict):
        messages.send(world.ctx(idempotency_key="k1"), {**change, "text": "twice"})
    other = messages.send(world.ctx(idempotency_key="k2"), change)
    assert other.uid != first.uid
    assert counts() == (2, 2, 2, 0, 2)
    for bad in ("", "x" * 256):
        with pytest.raises(Invalid):
            messages.send(world.ctx(idempotency_key=bad), change)


def test_requests_with_one_key_at_the_same_time_make_one_message(
    world: World, store: Store, open_again: Callable[[], Store]
) -> None:
    """Two stores stand for two processes: only the unique key stands between them."""
    from gateway.models.database import using

    change = {"from_number": OWN, "to_number": TO, "text": "once"}

    def one(where: Store) -> Any:
        with using(where), connection():
            return messages.send(world.ctx(idempotency_key="same"), change).uid

    stores = [store, open_again()] * 6
    greenlets = [spawn(one, where) for where in stores]
    gevent.joinall(greenlets, timeout=20, raise_error=True)
    assert len({g.value for g in greenlets}) == 1
    assert counts() == (1, 1, 1, 0, 1)


def test_many_at_once_are_all_stored(world: World) -> None:
    world.add_link()

    def one(n: int) -> Any:
        with connection():
            return world.send(f"text {n}").uid

    greenlets = [spawn(one, n) for n in range(50)]
    gevent.joinall(greenlets, timeout=20, raise_error=True)
    assert {row.uid for row in Message.select()} == {g.value for g in greenlets}
    assert Job.select().count() == MessagePart.select().count() == 50


def test_media_as_links_go_as_text(store: Store) -> None:
    world = World(settings=Settings(mms="links"))
    world.add_link()
    urls = ["https://example.org/a.png", "https://example.org/b.png"]
    row = message(world.send("see", media=urls).uid)
    assert (row.is_mms, row.text, row.transport) == (True, "see", "smpp")
    assert row.media == [{"url": url} for url in urls]
    assert messages.outgoing_text(row.text, row.media) == "\n".join(["see", *urls])


def test_simulated_media_are_delivered_at_once_and_say_so(store: Store) -> None:
    world = World(settings=Settings(mms="simulate"))
    world.add_hook("mms_receipt", "https://example.org/r")
    sent = world.send("", media=["https://example.org/a.png"])
    row = message(sent.uid)
    assert (row.status, row.transport) == ("delivered", "local")
    assert row.extras == {"core": {"simulated": True}}
    assert [(r.level, r.status) for r in receipts(row.uid)] == [(1, "sent"), (2, "delivered")]
    assert all("simulated" in r.description for r in receipts(row.uid))
    assert [r.level for r in sent.receipts] == [2, 1]
    assert Job.select().where(Job.topic == "hook").count() == 2
    assert Job.select().where(Job.topic == "submit").count() == 0


def test_get_and_search_show_own_messages_with_receipts_newest_first(
    world: World, store: Store
) -> None:
    start = world.runtime.now()
    uids = []
    for _ in range(3):
        world.clock.advance(60)
        uids.append(world.send().uid)
    for level, status in ((1, "sent"), (2, "delivered")):
        world.clock.advance(1)
        world._add(Receipt, message_uid=uids[0], level=level, status=status, at=world.clock.now)
    ctx = world.ctx()
    found = messages.get(ctx, Ref("mdr", CODECS["mdr"].encode(uids[0])))
    assert [r.status for r in found.receipts] == ["delivered", "sent"]
    listed = messages.search(ctx, start)
    assert [row.uid for row in listed] == uids[::-1]
    assert [len(row.receipts) for row in listed] == [0, 0, 2]
    assert [r.uid for r in messages.search(ctx, start, limit=1, offset=1)] == [uids[1]]
    assert messages.search(ctx, start, start) == []
    stranger = world.ctx(world.add_account())
    assert messages.search(stranger, start) == []
    for ref in (uids[0], uuid4(), Ref("mdr", "mdr2-nonsense")):
        with pytest.raises(NotFound):
            messages.get(stranger, ref)


def test_a_list_takes_the_same_number_of_queries_whatever_its_length(
    world: World, store: Store
) -> None:
    for _ in range(2):
        world.send()
    few = count_queries(store, lambda: messages.search(world.ctx(), world.clock.now))
    for _ in range(20):
        world.send()
    many = count_queries(store, lambda: messages.search(world.ctx(), world.clock.now, limit=50))
    assert few == many == 2


def count_queries(store: Store, work: Callable[[], Any]) -> int:
    seen: list[str] = []
    run = store.database.run

    def counting(conn: Any, sql: str, params: Any) -> Any:
        seen.append(sql)
        return run(conn, sql, params)

    store.database.run = counting  # type: ignore[method-assign]
    try:
        work()
    finally:
        del store.database.run
    return len(seen)
