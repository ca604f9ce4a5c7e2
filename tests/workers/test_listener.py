"""Carriers that bind to the gateway: who is let in, what they send, what their receipts settle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from gateway.domain.segments import Method, split
from gateway.models import InboundPart, Lease, Message, MessagePart, Receipt, SmppLink, Trunk
from gateway.models.database import Store
from gateway.services.receive import Segment
from gateway.settings import Settings, SettingsError
from gateway.transports.smpp.commands import Command, Status
from gateway.workers import listener
from gateway.workers.listener import Listener
from gateway.workers.main import Worker
from tests.support.pipeline import OTHER, OWN, World, message, receipts, working
from tests.support.receivers import receiving, until
from tests.support.smpp import Line, bind_line, dialled
from tests.workers.conftest import QUICK

PEER: dict[str, Any] = {"system_id": "carrier", "password": "word"}
LISTENING = QUICK.but(smpp_bind="127.0.0.1:0", lease_seconds=0.4)
SMS = {
    "source_addr": "14155550123",
    "source_addr_ton": 1,
    "destination_addr": OWN[1:],
    "dest_addr_ton": 1,
    "short_message": b"hello",
}


@pytest.fixture
def world(world: World) -> World:
    """A trunk of the account that a carrier on this machine may bind as, and never dialled."""
    world.settings = LISTENING
    world.trunk_uid = world.add_trunk(
        world.account_uid, smpp_inbound_system_id="carrier", smpp_inbound_password="word"
    )
    world.add_link(admits=True, dials=False)
    return world


def ears(worker: Worker) -> Listener:
    assert worker.listener is not None
    return worker.listener


@contextmanager
def at_work(world: World, store: Store) -> Iterator[Worker]:
    with working(world, store) as worker:
        until(lambda: ears(worker).port)
        yield worker


@contextmanager
def carrier(worker: Worker, role: int = Command.BIND_TRANSCEIVER, **who: Any) -> Iterator[Line]:
    """A bound peer."""
    with dialled(ears(worker).port) as line:
        answer = bind_line(line, role, **{**PEER, **who})
        assert answer.status == Status.OK
        yield line


def say(line: Line, command: int = Command.SUBMIT_SM, sequence: int = 7, **fields: Any) -> int:
    """Send a message; the status of the answer."""
    tlvs = fields.pop("tlvs", {})
    line.send(command, sequence=sequence, fields={**SMS, **fields}, tlvs=tlvs)
    answer = line.expect(command | 0x80000000)
    assert answer.sequence == sequence
    return answer.status


def inbound() -> list[Any]:
    return list(Message.select().where(Message.direction == "inbound").order_by(Message.id))


@pytest.mark.parametrize(
    "role", [Command.BIND_TRANSCEIVER, Command.BIND_TRANSMITTER, Command.BIND_RECEIVER]
)
def test_a_carrier_binds_in_every_role(world: World, store: Store, role: int) -> None:
    with at_work(world, store) as worker, carrier(worker, role) as line:
        line.send(Command.ENQUIRE_LINK, sequence=9)
        assert line.expect(Command.ENQUIRE_LINK_RESP).status == Status.OK
        expected = Status.INVALID_BIND_STATE if role == Command.BIND_RECEIVER else Status.OK
        assert say(line) == expected


@pytest.mark.parametrize("command", [Command.SUBMIT_SM, Command.DELIVER_SM])
def test_a_message_is_stored_before_it_is_acknowledged(
    world: World, store: Store, command: int
) -> None:
    with receiving() as receiver, at_work(world, store) as worker:
        world.add_hook("sms", receiver.url("/plain"))
        with carrier(worker) as line:
            assert say(line, command) == Status.OK
            (row,) = inbound()
            until(lambda: receiver.hits)
    assert (row.text, row.from_number, row.to_number) == ("hello", "+14155550123", OWN)
    assert (row.account_uid, row.trunk_uid) == (world.account_uid, world.trunk_uid)
    assert orjson.loads(receiver.hits[0].body)["event"] == str(row.uid)


def test_a_message_in_a_parameter_of_data_sm(world: World, store: Store) -> None:
    fields = {name: value for name, value in SMS.items() if name != "short_message"}
    with at_work(world, store) as worker, carrier(worker) as line:
        line.send(Command.DATA_SM, sequence=3, fields=fields, tlvs={0x0424: [b"in a parameter"]})
        assert line.expect(Command.DATA_SM_RESP).status == Status.OK
    assert [row.text for row in inbound()] == ["in a parameter"]


def test_parts_come_in_any_order_over_several_sessions(world: World, store: Store) -> None:
    text = "part " * 60
    parts = list(split(text, method=Method.UDH8, reference=9).segments)
    with at_work(world, store) as worker, carrier(worker) as one, carrier(worker) as two:
        for line, part in zip([one, two, one], [parts[1], parts[0], parts[0]], strict=True):
            fields: dict[str, Any] = {"esm_class": 0x40, "short_message": part.short_message}
            assert say(line, **fields) == Status.OK
    assert [(row.text, row.segments) for row in inbound()] == [(text, 2)]
    assert len(parts) == 2


def test_parts_without_the_rest_are_handed_over_though_the_carrier_left(
    world: World, store: Store
) -> None:
    with at_work(world, store) as worker:
        with carrier(worker) as line:
            udh = bytes((5, 0, 3, 77, 2, 1))
            assert say(line, esm_class=0x40, short_message=udh + b"half") == Status.OK
        until(lambda: InboundPart.select().count() == 1)
        world.clock.advance(world.settings.reassembly_seconds + 1)
        (row,) = until(inbound)
    assert (row.text, row.extras) == ("half", {"core": {"missing_parts": [2]}})


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"password": "wrong"}, Status.INVALID_PASSWORD),
        ({"password": ""}, Status.INVALID_PASSWORD),
        ({"system_id": "nobody"}, Status.INVALID_SYSTEM_ID),
        ({"system_id": ""}, Status.INVALID_SYSTEM_ID),
    ],
)
def test_a_login_that_opens_nothing(
    world: World, store: Store, who: dict[str, str], status: int
) -> None:
    with at_work(world, store) as worker, dialled(ears(worker).port) as line:
        answer = bind_line(line, **{**PEER, **who})
        assert (answer.command, answer.status) == (Command.BIND_TRANSCEIVER_RESP, status)
        assert line.ended()


CHANGES: dict[str, tuple[Any, dict[str, Any], int]] = {
    "a foreign address": (SmppLink, {"host": "192.0.2.1"}, Status.BIND_FAILED),
    "a name is not looked up": (SmppLink, {"host": "localhost"}, Status.BIND_FAILED),
    "a link that admits nobody": (SmppLink, {"admits": False}, Status.BIND_FAILED),
    "a link switched off": (SmppLink, {"enabled": False}, Status.BIND_FAILED),
    "a trunk without a password": (
        Trunk, {"smpp_inbound_password": None}, Status.INVALID_PASSWORD
    ),
    "a trunk switched off": (Trunk, {"is_active": False}, Status.INVALID_SYSTEM_ID),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_who_is_not_let_in_and_who_has_to_leave(world: World, store: Store, name: str) -> None:
    model, values, status = CHANGES[name]
    with at_work(world, store) as worker:
        with carrier(worker) as line:
            model.update(values).execute()
            ears(worker)._checked_at = -listener.CHECK_SECONDS
            assert Command(line.read().command) is Command.UNBIND
            assert say(line) == Status.OK  # what it has under way is still taken
            line.send(Command.UNBIND_RESP, sequence=1)
        with dialled(ears(worker).port) as line:
            assert bind_line(line, **PEER).status == status


@pytest.mark.parametrize(("host", "length"), [("127.9.9.9", 8), ("0.0.0.0", 0), ("127.0.0.1", 32)])
def test_a_network_is_let_in(world: World, store: Store, host: str, length: int) -> None:
    SmppLink.update(host=host, prefix_length=length).execute()
    with at_work(world, store) as worker, carrier(worker) as line:
        assert say(line) == Status.OK


@pytest.mark.parametrize("destination", [OTHER, "+19995550000"], ids=["sibling", "nobody"])
def test_a_carrier_of_an_account_serves_no_other_account(
    world: World, store: Store, destination: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.add_number(OTHER, world.add_account())
    with at_work(world, store) as worker, carrier(worker) as line:
        assert say(line, destination_addr=destination[1:]) == Status.INVALID_DESTINATION
    assert inbound() == []
    assert destination in caplog.text


def test_a_carrier_of_the_provider_serves_all_its_accounts(world: World, store: Store) -> None:
    world.add_number(OTHER, world.add_account())
    Trunk.update(account=None).execute()
    with at_work(world, store) as worker, carrier(worker) as line:
        for number in (OWN, OTHER):
            assert say(line, destination_addr=number[1:]) == Status.OK
    assert [row.to_number for row in inbound()] == [OWN, OTHER]


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (Command.SUBMIT_MULTI, {"dest_addresses": [(1, 1, OWN[1:])]}),
        (Command.QUERY_SM, {"message_id": "1"}),
        (Command.CANCEL_SM, {"message_id": "1"}),
    ],
)
def test_what_a_carrier_may_not_ask(
    world: World, store: Store, command: int, fields: dict[str, Any]
) -> None:
    with at_work(world, store) as worker, carrier(worker) as line:
        line.send(command, sequence=5, fields=fields)
        answer = line.read()
        assert (answer.sequence, answer.status != Status.OK) == (5, True)
        assert say(line) == Status.OK


def report(remote_id: str) -> dict[str, Any]:
    text = f"id:{remote_id} sub:001 dlvrd:001 done date:2601010102 stat:DELIVRD err:000 text:x"
    return {"esm_class": 4, "short_message": text.encode()}


def sent(world: World, link: Any, remote_id: str | None) -> Any:
    """A message that left over a link, with the carrier's id if that is known by now."""
    row = world.send()
    state = "sent" if remote_id else "submitting"
    MessagePart.update(state=state, remote_id=remote_id, link_uid=link).execute()
    Message.update(status="sent" if remote_id else "sending").execute()
    return row


def test_a_receipt_settles_what_left_over_the_trunks_other_link(world: World, store: Store) -> None:
    out = world.add_link(enabled=False)
    row = sent(world, out, "A7")
    with at_work(world, store) as worker, carrier(worker) as line:
        assert say(line, Command.DELIVER_SM, **report("A7")) == Status.OK
        assert message(row.uid).status == "delivered"
        assert say(line, Command.DELIVER_SM, **report("A7")) == Status.OK
    assert [r.status for r in receipts(row.uid)] == ["delivered"]
    assert inbound() == []


def test_a_receipt_that_is_early_waits_for_the_id_of_its_message(
    world: World, store: Store
) -> None:
    out = world.add_link(enabled=False)
    row = sent(world, out, None)
    with at_work(world, store) as worker, carrier(worker) as line:
        assert say(line, Command.DELIVER_SM, **report("B8")) == Status.OK
        orphan = Receipt.get(Receipt.message_uid.is_null())
        assert (orphan.link_uid, orphan.remote_id) == (out, "B8")
        MessagePart.update(state="sent", remote_id="B8").execute()
        Message.update(status="sent").execute()
        until(lambda: message(row.uid).status == "delivered")
    assert Receipt.select().where(Receipt.message_uid.is_null()).count() == 0


def test_a_text_that_looks_like_a_receipt_is_one_only_for_a_known_id(
    world: World, store: Store
) -> None:
    plain = {**report("none"), "esm_class": 0}
    with at_work(world, store) as worker, carrier(worker) as line:
        assert say(line, Command.DELIVER_SM, **plain) == Status.OK
        assert say(line, Command.SUBMIT_SM, **report("none")) == Status.OK
    assert len(inbound()) == 2


def test_only_one_worker_listens_and_another_takes_over(world: World, store: Store) -> None:
    with at_work(world, store) as first:
        second = Worker(first.universe, dialects={})
        second.start()
        try:
            ears(second).look()
            assert (ears(second).port, ears(first).port > 0) == (0, True)
            ears(first).stop()
            until(lambda: ears(second).port)
            with carrier(second) as line:
                assert say(line) == Status.OK
        finally:
            second.stop()


def test_a_worker_that_lost_its_lease_stops_listening(world: World, store: Store) -> None:
    with at_work(world, store) as worker, carrier(worker) as line:
        Lease.update(holder="somebody").where(Lease.name == listener.LEASE).execute()
        assert line.ended() or line.ended()
        until(lambda: not ears(worker).port)


def test_stopping_unbinds(world: World, store: Store) -> None:
    with at_work(world, store) as worker, dialled(ears(worker).port) as line:
        assert bind_line(line, **PEER).status == Status.OK
        assert say(line) == Status.OK
        ears(worker).stop()
        assert Command(line.read().command) is Command.UNBIND
    assert len(inbound()) == 1
    assert Lease.get(Lease.name == listener.LEASE).until < world.clock()


def test_more_than_can_wait_is_put_off(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_WAITING", 0)
    with at_work(world, store) as worker, carrier(worker) as line:
        assert say(line) == Status.THROTTLED
    assert inbound() == []


def test_what_cannot_be_stored_is_asked_for_again(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = listener.receive.inbound

    def failing(
        ctx: Any, way: Any, provider: Any, segment: Segment, *more: Any, **rest: Any
    ) -> int:
        if segment.payload == b"poison":
            raise ValueError("poison")
        return stored(ctx, way, provider, segment, *more, **rest)

    monkeypatch.setattr(listener.receive, "inbound", failing)
    with at_work(world, store) as worker, carrier(worker) as line:
        for sequence, text in enumerate([b"one", b"poison", b"two"], start=1):
            line.send(Command.DELIVER_SM, sequence=sequence, fields={**SMS, "short_message": text})
        answers = {pdu.sequence: pdu.status for pdu in (line.read() for _ in range(3))}
    assert answers == {1: Status.OK, 2: Status.TEMPORARY_APP_ERROR, 3: Status.OK}
    assert sorted(row.text for row in inbound()) == ["one", "two"]


def test_nobody_listens_unless_told(world: World, store: Store) -> None:
    world.settings = QUICK
    with working(world, store) as worker:
        assert worker.listener is None


@pytest.mark.parametrize("text", ["localhost", "127.0.0.1:", ":port"])
def test_an_address_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="POLYTRUNK_SMPP_BIND: must be HOST:PORT"):
        Settings(smpp_bind=text)
