"""Messages that leave by a provider's HTTP interface, whatever the provider answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.exchanges import Response
from gateway.domain.messages import MessageState
from gateway.domain.receipts import ReceiptInfo
from gateway.models import Alert, Connection, Job, MessagePart
from gateway.models import Message as Messages
from gateway.models.database import Store, connection, using, write
from gateway.services import failover, handover, jobs, leases, receipts, routing, submission, ways
from gateway.services.batch import Batch
from gateway.services.submission import Result
from gateway.transports.upstream import NotSent
from gateway.universe import Universe
from gateway.workers import runner
from gateway.workers.upstreams import Upstreams
from tests.moves import providers
from tests.support import stores
from tests.support.pipeline import OWN, TO, Live, World, message, parts, plain_dialect, working
from tests.support.pipeline import receipts as receipts_of
from tests.support.receivers import receiving, until
from tests.support.upstreams import OWN_ID, TAKEN, Abroad, open_way
from tests.support.worlds import DIALECTS
from tests.workers.conftest import QUICK

DIALECT_NAMES = ("flowroute", "jambonz")
PLAIN = {**DIALECTS, "plain": plain_dialect()}


@pytest.fixture
def still(store: Store) -> World:
    """A world whose clock stands still."""
    return World()


@pytest.fixture
def abroad(still: World, store: Store) -> Abroad:
    return Abroad(still, store)


def drain(upstreams: Upstreams) -> int:
    """Send until nothing is due; how many were sent or put off."""
    return sum(iter(lambda: upstreams.drain(100), 0))


def job() -> Any:
    return Job.select().where(Job.topic == "submit").first()


def left(uid: Any) -> list[tuple[str, str]]:
    """(way, why) of each way a message left."""
    return [(one["way"], one["why"]) for one in failover.ways_left(message(uid))]


def alerts() -> list[str]:
    return [row.message for row in Alert.select().order_by(Alert.id)]


# real servers of the dialects


@pytest.fixture
def their_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    opened = stores.open_copy(sqlite_template, tmp_path / "their.db")
    yield opened
    opened.close()


def provider(dialect: str, store: Store) -> providers.Provider:
    """A provider with the numbers of these tests; jambonz wants a carrier to send by."""
    bundle = providers.account(numbers="owned")
    bundle["trunks"] = [{"ref": "c", **providers.OWN, "name": "c", "smpp_system_id": "x"}]
    bundle["smpp_links"] = [{"trunk": "c", "host": "192.0.2.9"}]
    return providers.Provider(dialect, store, bundle)


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_a_provider_of_each_dialect_takes_a_message(
    dialect: str, abroad: Abroad, their_store: Store
) -> None:
    there = provider(dialect, their_store)
    abroad.far[dialect] = there.wire
    uid = abroad.routed(dialect)
    sent = abroad.world.send("€ hello " * 30)
    assert (message(sent.uid).transport, job().lane) == ("http", f"http:{uid}")
    assert drain(abroad.upstreams()) == 1
    row, (part,) = message(sent.uid), parts(sent.uid)
    assert (row.status, row.trunk_uid, row.segments) == ("sent", None, 2)
    assert (part.state, part.link_uid, part.attempts) == ("sent", uid, 1)
    assert [(r.level, r.status, r.link_uid) for r in receipts_of(sent.uid)] == [(1, "sent", uid)]
    assert job() is None
    with using(their_store), connection():
        (theirs,) = Messages.select()
        assert (theirs.text, theirs.to_number) == ("€ hello " * 30, row.to_number)
        assert part.remote_id in {str(theirs.uid), f"mdr2-{theirs.uid.hex}"}


def test_a_number_that_is_not_the_accounts_there_is_the_messages_fault(
    abroad: Abroad, their_store: Store
) -> None:
    there = providers.Provider("flowroute", their_store, providers.account())
    abroad.far["flowroute"] = there.wire
    abroad.routed("flowroute")
    sent = abroad.world.send()
    drain(abroad.upstreams())
    row = message(sent.uid)
    assert (row.status, job(), alerts()) == ("rejected", None, [])
    assert row.error == "answered 403: The from number does not belong to this account."


# what each answer does


@pytest.mark.parametrize(
    ("dialect", "status", "body", "error"),
    [
        ("jambonz", 480, {"sid": OWN_ID["jambonz"], "message": "no route", "smpp_err_code": "x"},
         "answered 480: no route"),
        ("jambonz", 400, {"msg": "bad number"}, "answered 400: bad number"),
        ("flowroute", 422, {"errors": [{"title": "T", "detail": "to is bad"}]},
         "answered 422: to is bad"),
        ("flowroute", 400, "what?", 'answered 400: "what?"'),
    ],
    ids=["480", "400", "422", "no words"],
)  # fmt: skip
def test_what_the_provider_refuses_is_over_with_its_words(
    abroad: Abroad, dialect: str, status: int, body: Any, error: str
) -> None:
    abroad.routed(dialect, Response(status, {}, json.dumps(body).encode()))
    other = abroad.world.add_link()
    abroad.route("else", link_uid=other)
    open_way(other)
    sent = abroad.world.send(from_number="+12065550100")
    Job.update(lane=f"http:{Connection.get().uid}").execute()
    drain(abroad.upstreams())
    assert (message(sent.uid).status, message(sent.uid).error) == ("rejected", error)
    assert (parts(sent.uid)[0].state, parts(sent.uid)[0].error) == ("rejected", error)
    assert (job(), left(sent.uid)) == (None, [])


BUSY = Response(429, {"retry-after": "7"}, b"slow down")
BUSY_UNTIL = Response(
    429,
    {"retry-after": "Sun, 01 Mar 2026 12:00:09 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"},
    b"",
)
BROKEN = Response(500, {}, b"oops")
LIES = (
    Response(202, {}, b"<html>welcome</html>"),
    Response(202, {}, b""),
    Response(202, {}, b"{}"),
)


@pytest.mark.parametrize(
    ("answer", "pause", "tries", "state", "status"),
    [
        (BUSY, (7, 7), 0, "pending", "queued"),
        (Response(429, {"retry-after": "60"}, b""), (60, 60), 0, "pending", "queued"),
        (BUSY_UNTIL, (9, 9), 0, "pending", "queued"),
        (BROKEN, (4, 6), 1, "pending", "queued"),
        (Response(401, {}, b"no"), (48, 72), 0, "pending", "queued"),
        (NotSent("there is no connection"), (1, 1), 0, "pending", "queued"),
        (OSError("the connection broke"), (12, 18), 1, "submitting", "sending"),
        (Response(504, {}, b""), (12, 18), 1, "submitting", "sending"),
        *((lie, (12, 18), 1, "submitting", "sending") for lie in LIES),
    ],
    ids=[
        "busy",
        "long busy",
        "busy until",
        "fault",
        "login",
        "unreachable",
        "slow",
        "gateway",
        "page",
        "empty",
        "nothing",
    ],
)
def test_what_may_come_again_comes_after_a_pause(
    abroad: Abroad, answer: Any, pause: tuple[float, float], tries: int, state: str, status: str
) -> None:
    uid = abroad.routed("flowroute", answer, TAKEN["flowroute"])
    sent = abroad.world.send()
    drain(abroad.upstreams())
    (part,) = parts(sent.uid)
    assert (part.state, part.attempts, message(sent.uid).status) == (state, tries, status)
    waits = (job().run_at - abroad.world.clock.now).total_seconds()
    assert pause[0] <= waits <= pause[1] + 0.001
    assert job().lane == f"http:{uid}"
    abroad.world.clock.advance(100)
    drain(abroad.upstreams())
    assert message(sent.uid).status == "sent"
    assert len(abroad.far["flowroute"].seen) == 2


def test_with_hold_what_may_have_arrived_is_not_sent_again(abroad: Abroad) -> None:
    abroad.routed("flowroute", OSError("broke"), on_ambiguous="hold")
    sent = abroad.world.send()
    drain(abroad.upstreams())
    assert (message(sent.uid).status, job()) == ("unknown", None)
    assert "broke" in parts(sent.uid)[0].error


@pytest.mark.parametrize("hold", [False, True], ids=["resend", "hold"])
def test_a_provider_trusted_to_tell_repetitions_gets_the_same_key(
    abroad: Abroad, hold: bool
) -> None:
    more = {"on_ambiguous": "hold"} if hold else {}
    abroad.routed("flowroute", OSError("broke"), TAKEN["flowroute"], idempotency=True, **more)
    sent = abroad.world.send()
    drain(abroad.upstreams())
    abroad.world.clock.advance(100)
    drain(abroad.upstreams())
    assert message(sent.uid).status == "sent"
    keys = [one.headers["Idempotency-Key"] for one in abroad.far["flowroute"].seen]
    assert keys == [str(sent.uid)] * 2


def test_all_wait_as_long_as_a_busy_provider_asks(abroad: Abroad) -> None:
    abroad.routed("flowroute", BUSY)
    sent = [abroad.world.send(f"text {n}").uid for n in range(6)]
    drain(abroad.upstreams())
    assert len(abroad.far["flowroute"].seen) == 1
    assert {parts(uid)[0].attempts for uid in sent} == {0}
    due = {(row.run_at - abroad.world.clock.now).total_seconds() for row in Job.select()}
    assert all(6 < seconds <= 7 for seconds in due)
    assert alerts() == []


def test_what_a_dead_worker_had_claimed_is_sent_by_the_next(abroad: Abroad) -> None:
    uid = abroad.routed("flowroute")
    sent = [abroad.world.send(f"text {n}").uid for n in range(3)]
    way = ways.of_connection(uid, {})
    with write():
        submission.take(
            abroad.world.ctx(), way, "the dead one", 2, turn=jobs.Turn(),
            references=abroad.world.references(), batch=Batch(),
        )  # fmt: skip
    assert sorted(parts(one)[0].state for one in sent) == ["pending", "submitting", "submitting"]
    drain(abroad.upstreams())
    assert {message(one).status for one in sent} == {"sent"}


def test_a_dead_workers_claim_is_held_where_the_connection_says_so(abroad: Abroad) -> None:
    uid = abroad.routed("flowroute", on_ambiguous="hold")
    sent = abroad.world.send()
    way = ways.of_connection(uid, {"on_ambiguous": "hold"})
    with write():
        submission.take(
            abroad.world.ctx(), way, "the dead one", 2, turn=jobs.Turn(),
            references=abroad.world.references(), batch=Batch(),
        )  # fmt: skip
    drain(abroad.upstreams())
    assert (message(sent.uid).status, abroad.far["flowroute"].seen) == ("unknown", [])


def test_who_lost_the_claim_while_asking_records_nothing(abroad: Abroad) -> None:
    def stolen(request: Any) -> Response:
        with write():
            Job.update(claim="heir").execute()
        return TAKEN["flowroute"]

    abroad.routed("flowroute", stolen)
    sent = abroad.world.send()
    drain(abroad.upstreams())
    assert (parts(sent.uid)[0].state, job().claim) == ("submitting", "heir")


# another way


def test_a_refused_login_sends_all_that_waits_another_way_with_one_alert(abroad: Abroad) -> None:
    uid = abroad.connect("flowroute", Response(401, {}, b"who are you? " + b"x" * 900))
    link = abroad.world.add_link()
    abroad.route("first", connection_uid=uid, priority=1)
    abroad.route("second", link_uid=link, priority=2)
    sent = [abroad.world.send(f"text {n}").uid for n in range(5)]
    assert {row.lane for row in Job.select()} == {f"http:{uid}"}
    upstreams = abroad.upstreams()
    upstreams.look()
    assert leases.bound([uid], ways.datetime.now(ways.UTC)) == {uid}
    open_way(link)
    drain(upstreams)
    assert {row.lane for row in Job.select()} == {f"link:{link}"}
    assert len(abroad.far["flowroute"].seen) == 1
    for one in sent:
        assert left(one) == [(str(uid), left(one)[0][1])]
        assert left(one)[0][1].startswith("answered 401: who are you?")
        assert (message(one).transport, message(one).status) == ("smpp", "queued")
    assert len(alerts()) == 1
    assert "connection flowroute: answered 401" in alerts()[0]
    assert leases.bound([uid], ways.datetime.now(ways.UTC)) == set()
    assert abroad.world.send("next").status == "queued"
    assert Job.select().order_by(Job.id.desc()).first().lane == f"link:{link}"


@pytest.mark.parametrize(
    ("answer", "asked"),
    [(BROKEN, 2), (NotSent("there is no connection"), 5)],
    ids=["fault", "unreachable"],
)
def test_a_provider_that_fails_again_and_again_is_left(
    abroad: Abroad, answer: Any, asked: int
) -> None:
    uid = abroad.connect("flowroute", answer)
    link = abroad.world.add_link()
    abroad.route("first", connection_uid=uid)
    abroad.route("second", link_uid=link, priority=2)
    sent = abroad.world.send()
    open_way(link)
    upstreams = abroad.upstreams()
    for _ in range(8):
        drain(upstreams)
        abroad.world.clock.advance(10)
    assert len(abroad.far["flowroute"].seen) == asked
    assert job().lane == f"link:{link}"
    assert [way for way, _ in left(sent.uid)] == [str(uid)]
    assert len(alerts()) == 1


def test_a_link_that_is_down_hands_over_to_a_connection(abroad: Abroad) -> None:
    link = abroad.world.add_link({"segmentation": "udh8"})
    uid = abroad.connect("jambonz")
    abroad.route("first", link_uid=link)
    abroad.route("second", connection_uid=uid, priority=2)
    sent = abroad.world.send("a" * 400)
    assert (job().lane, len(parts(sent.uid))) == (f"link:{link}", 3)
    upstreams = abroad.upstreams()
    upstreams.look()
    with write():
        assert routing.fail_over(abroad.world.ctx(), link, "it is down") == 1
    drain(upstreams)
    row, (part,) = message(sent.uid), parts(sent.uid)
    assert (row.status, row.transport, row.trunk_uid) == ("sent", "http", None)
    assert (part.link_uid, part.remote_id) == (uid, OWN_ID["jambonz"])
    assert left(sent.uid) == [(str(link), "it is down")]
    assert "take" not in alerts()[0]
    assert "it is down" in alerts()[0]


def test_ways_that_all_refuse_for_now_are_not_gone_through_in_a_moment(abroad: Abroad) -> None:
    for name, priority in (("one", 1), ("two", 2)):
        uid = abroad.connect("flowroute", BROKEN, name=name)
        abroad.route(name, connection_uid=uid, priority=priority)
    sent = abroad.world.send()
    upstreams = abroad.upstreams()
    for _ in range(40):
        drain(upstreams)
    asked = sum(len(far.seen) for far in abroad.far.values())
    assert (asked, message(sent.uid).status) == (1, "queued")
    abroad.world.clock.advance(10)
    for _ in range(40):
        drain(upstreams)
    assert sum(len(far.seen) for far in abroad.far.values()) == 3
    assert len(left(sent.uid)) == 2
    assert (job().run_at - abroad.world.clock.now).total_seconds() > 30


def test_messages_of_a_connection_that_is_no_more_look_for_another_way(abroad: Abroad) -> None:
    uid = abroad.routed("flowroute")
    sent = abroad.world.send()
    Connection.update(is_active=False).execute()
    universe = Universe(abroad.store, abroad.world.runtime, abroad.world.settings)
    runner.run_due(universe, abroad.world.clock.now, dialects=PLAIN, line=abroad.line)
    assert (job().lane, message(sent.uid).status) == ("unrouted", "queued")
    assert left(sent.uid) == [(str(uid), routing.GONE)]
    link = abroad.world.add_link()
    abroad.route("else", link_uid=link)
    abroad.world.clock.advance(60)
    runner.run_due(universe, abroad.world.clock.now, dialects=PLAIN, line=abroad.line)
    assert (job().lane, message(sent.uid).transport) == (f"link:{link}", "smpp")


def test_the_rest_of_a_half_sent_message_cannot_go_by_a_provider(abroad: Abroad) -> None:
    link = abroad.world.add_link()
    sent = abroad.world.send("a" * 400)
    way = abroad.world.way(link)
    with write():
        (flight,) = submission.take(
            abroad.world.ctx(), way, "me", 9, turn=jobs.Turn(),
            references=abroad.world.references(), batch=Batch(),
        )  # fmt: skip
        results = [Result(flight, 1, "answered", 0, "m1")]
        results += [Result(flight, index, "answered", 0x08) for index in (2, 3)]
        submission.record(abroad.world.ctx(), way, "me", results, Batch())
    Job.update(lane=f"http:{abroad.routed('flowroute')}").execute()
    abroad.world.clock.advance(60)
    drain(abroad.upstreams())
    assert [part.state for part in parts(sent.uid)] == ["sent", "failed", "failed"]
    assert (job(), abroad.far["flowroute"].seen) == (None, [])


@pytest.mark.parametrize("refused", [False, True], ids=["taken", "refused"])
def test_a_caller_who_waits_is_told_what_the_provider_said(abroad: Abroad, refused: bool) -> None:
    no = Response(480, {}, b'{"sid": "x", "message": "no route"}')
    abroad.routed("jambonz", no if refused else TAKEN["jambonz"])
    upstreams = abroad.upstreams()
    with write():
        uid = abroad.world.runtime.new_uid()
        leases.acquire("worker:me", "me", uid, ways.datetime.now(ways.UTC), 60)
    change = {"from_number": OWN, "to_number": TO, "text": "hello"}
    told = handover.send(abroad.world.ctx(), change, (drain(upstreams) for _ in range(3)))
    assert (told.answered, told.refused) == (True, refused)
    assert told.remote_id == (None if refused else OWN_ID["jambonz"])
    assert told.error == ("answered 480: no route" if refused else None)


# receipts


def receipt(remote_id: str) -> ReceiptInfo:
    return ReceiptInfo(
        remote_id=remote_id, state=MessageState.DELIVERED, error=None, text="", done_at=None,
        certain=True, intermediate=False,
    )  # fmt: skip


@pytest.mark.parametrize("early", [False, True], ids=["after", "before the answer"])
def test_a_receipt_finds_the_message_by_its_connection_and_the_providers_id(
    abroad: Abroad, early: bool
) -> None:
    def tell() -> None:
        with write():
            batch = Batch()
            way = ways.of_connection(uid, {})
            told = [receipt(OWN_ID["flowroute"])]
            receipts.receive(abroad.world.ctx(), way, told, receipts.Orphans(), batch)
            batch.flush()

    def answer(request: Any) -> Response:
        if early:
            tell()
        return TAKEN["flowroute"]

    uid = abroad.routed("flowroute", answer)
    sent = abroad.world.send()
    drain(abroad.upstreams())
    if not early:
        assert message(sent.uid).status == "sent"
        tell()
    assert message(sent.uid).status == "delivered"
    assert sorted(r.level for r in receipts_of(sent.uid)) == [1, 2]


# at work


def test_a_worker_sends_side_by_side_and_tells(store: Store) -> None:
    world = World(clock=Live(), settings=QUICK)
    abroad = Abroad(world, store)
    uid = abroad.routed("jambonz", at_once=3)
    with receiving() as receiver, working(world, store, dialects=PLAIN, line=abroad.line):
        sent = [world.send(f"text {n}", callback_url=receiver.url()).uid for n in range(12)]
        until(lambda: all(message(one).status == "sent" for one in sent))
        until(lambda: len(receiver.hits) == 12)
        until(lambda: leases.bound([uid], ways.datetime.now(ways.UTC)) == {uid})
    assert len(abroad.far["jambonz"].seen) == 12
    assert MessagePart.select().where(MessagePart.attempts == 1).count() == 12
    assert leases.bound([uid], ways.datetime.now(ways.UTC)) == set()


def test_two_workers_share_the_connections_and_one_goes_on_alone(store: Store) -> None:
    world = World(clock=Live(), settings=QUICK)
    abroad = Abroad(world, store)
    for name in ("one", "two"):
        abroad.connect("flowroute", name=name)
    more = {"dialects": PLAIN, "line": abroad.line}
    with (
        working(world, store, holder="a", **more) as first,
        working(world, store, holder="b", **more) as second,
    ):
        until(lambda: len(first.upstreams.outlets) + len(second.upstreams.outlets) == 2)
        assert not first.upstreams.outlets.keys() & second.upstreams.outlets.keys()
        first.stop()
        until(lambda: len(second.upstreams.outlets) == 2)


def test_a_change_of_the_connection_is_noticed(abroad: Abroad) -> None:
    uid = abroad.routed("flowroute", Response(401, {}, b""), TAKEN["flowroute"])
    sent = abroad.world.send()
    upstreams = abroad.upstreams()
    drain(upstreams)
    before = upstreams.outlets[uid]
    upstreams.look()
    assert upstreams.outlets[uid] is before
    assert not before.is_open
    Connection.update(secret="another").execute()
    upstreams.look()
    abroad.world.clock.advance(timedelta(hours=1).total_seconds())
    drain(upstreams)
    assert message(sent.uid).status == "sent"
