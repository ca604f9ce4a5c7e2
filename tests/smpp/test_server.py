"""The server base against a raw connection: strict about states and lengths, always bounded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest

from gateway.transports.smpp.codec import Pdu, encode, header
from gateway.transports.smpp.commands import RESPONSE, Command, Status
from gateway.transports.smpp.server import Limits, Reply, ServerSession, SmppServer
from tests.support import smpp
from tests.support.receivers import until


class House:
    """A policy that lets everybody in and remembers."""

    def __init__(self) -> None:
        self.taken: list[Pdu] = []
        self.closed: list[ServerSession] = []
        self.reply: Reply | int | None = Reply(0, {"message_id": "9"})

    def take(self, session: ServerSession, pdu: Pdu) -> Reply | int | None:
        self.taken.append(pdu)
        return self.reply


@contextmanager
def serving(**limits: Any) -> Iterator[tuple[SmppServer, House]]:
    house = House()
    server = SmppServer(
        "127.0.0.1",
        0,
        authenticate=lambda session, pdu: Status.OK,
        on_submit=house.take,
        on_close=house.closed.append,
        limits=Limits(**limits),
    )
    server.start()
    try:
        yield server, house
    finally:
        server.stop(0.05)


REQUESTS = [
    Command.SUBMIT_SM,
    Command.DATA_SM,
    Command.SUBMIT_MULTI,
    Command.QUERY_SM,
    Command.CANCEL_SM,
    Command.REPLACE_SM,
    Command.UNBIND,
]


def fields_of(command: int) -> dict[str, Any]:
    return {"dest_addresses": [("x",)]} if command == Command.SUBMIT_MULTI else {}


@pytest.mark.parametrize("command", REQUESTS, ids=lambda c: c.name)
def test_nothing_is_taken_before_the_bind(command: int) -> None:
    with serving() as (server, house), smpp.dialled(server.port) as line:
        line.send(command, sequence=4, fields=fields_of(command))
        answer = line.expect(Command(command | RESPONSE))
        assert (answer.status, answer.sequence) == (Status.INVALID_BIND_STATE, 4)
        assert house.taken == []


@pytest.mark.parametrize("command", REQUESTS[:6], ids=lambda c: c.name)
def test_a_receiver_may_not_send(command: int) -> None:
    with serving() as (server, house), smpp.dialled(server.port) as line:
        smpp.bind_line(line, Command.BIND_RECEIVER)
        line.send(command, sequence=4, fields=fields_of(command))
        assert line.expect(Command(command | RESPONSE)).status == Status.INVALID_BIND_STATE
        assert house.taken == []


def test_a_second_bind_is_refused_and_the_first_stays() -> None:
    with serving() as (server, _), smpp.dialled(server.port) as line:
        assert smpp.bind_line(line).status == 0
        assert smpp.bind_line(line, Command.BIND_RECEIVER).status == Status.ALREADY_BOUND
        line.send(Command.SUBMIT_SM, sequence=2)
        assert line.expect(Command.SUBMIT_SM_RESP).fields["message_id"] == "9"


def test_unknown_commands_are_nacked_with_their_sequence() -> None:
    with serving() as (server, _), smpp.dialled(server.port) as line:
        for command in (0x999, Command.OUTBIND, Command.ALERT_NOTIFICATION):
            line.raw(header(16, 0x999, 0, 8) if command == 0x999 else encode(Pdu(command, 0, 8)))
            nack = line.expect(Command.GENERIC_NACK)
            assert (nack.status, nack.sequence) == (Status.INVALID_COMMAND_ID, 8)
        assert smpp.bind_line(line).status == 0


@pytest.mark.parametrize("length", [4, 15, 5_000, 0xFFFF_FFFF])
def test_a_length_out_of_bounds_is_nacked_and_closed(length: int) -> None:
    with serving(max_pdu=4_999) as (server, house), smpp.dialled(server.port) as line:
        line.raw(struct.pack(">IIII", length, Command.ENQUIRE_LINK, 0, 6))
        nack = line.expect(Command.GENERIC_NACK)
        assert (nack.status, nack.sequence) == (Status.INVALID_COMMAND_LENGTH, 6)
        assert line.ended()
        until(lambda: house.closed)


def test_a_malformed_body_is_answered_and_the_session_goes_on() -> None:
    with serving() as (server, house), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        line.raw(header(20, Command.SUBMIT_SM, 0, 2) + b"\0\1\1x")
        answer = line.expect(Command.SUBMIT_SM_RESP)
        assert (answer.status, answer.sequence) == (Status.INVALID_SOURCE, 2)
        line.send(Command.SUBMIT_SM, sequence=3)
        assert line.expect(Command.SUBMIT_SM_RESP).status == 0
        assert len(house.taken) == 1


def test_responses_nobody_asked_for_are_ignored() -> None:
    with serving() as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        line.send(Command.DELIVER_SM_RESP, sequence=77)
        line.send(Command.GENERIC_NACK, 3, sequence=78)
        line.raw(header(18, 0x8000_0999, 0, 79) + b"xx")
        line.send(Command.ENQUIRE_LINK, sequence=80)
        assert line.expect(Command.ENQUIRE_LINK_RESP).sequence == 80


def test_an_unbind_is_answered_and_closed() -> None:
    with serving() as (server, house), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        line.send(Command.UNBIND, sequence=5)
        assert line.expect(Command.UNBIND_RESP).sequence == 5
        assert line.ended()
        until(lambda: house.closed)
        assert server.sessions == []


def test_a_handler_may_answer_later_or_fail(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as (server, house), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        house.reply = None
        line.send(Command.SUBMIT_SM, sequence=2)
        until(lambda: house.taken)
        line.send(Command.ENQUIRE_LINK, sequence=3)
        line.expect(Command.ENQUIRE_LINK_RESP)
        server.sessions[0].reply(house.taken[0], Reply(0, {"message_id": "late"}))
        assert line.expect(Command.SUBMIT_SM_RESP).fields["message_id"] == "late"

        def fail(session: ServerSession, pdu: Pdu) -> Reply:
            raise RuntimeError("policy broke")

        server.handlers.on_submit = fail
        line.send(Command.SUBMIT_SM, sequence=4)
        assert line.expect(Command.SUBMIT_SM_RESP).status == Status.SYSTEM_ERROR
    assert "policy broke" in caplog.text


def test_a_deliver_sm_from_the_peer_is_a_message_only_where_accepted() -> None:
    with serving() as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        line.send(Command.DELIVER_SM, sequence=2)
        assert line.expect(Command.DELIVER_SM_RESP).status == Status.INVALID_BIND_STATE
    with serving(accepts_deliver=True) as (server, house), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        line.send(Command.DELIVER_SM, sequence=2, fields={"short_message": b"in"})
        assert line.expect(Command.DELIVER_SM_RESP).status == 0
        assert house.taken[0].payload == b"in"


def test_deliveries_keep_to_the_window_and_are_told_of() -> None:
    told: list[int | None] = []
    with serving(window=2) as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        session = server.sessions[0]
        for number in range(4):
            session.deliver({"short_message": b"%d" % number}, done=told.append)
        first, second = line.expect(Command.DELIVER_SM), line.expect(Command.DELIVER_SM)
        assert session.unacknowledged == 4
        line.answer(second)
        line.answer(first, Status.TEMPORARY_APP_ERROR)
        third = line.expect(Command.DELIVER_SM)
        line.send(Command.GENERIC_NACK, Status.INVALID_COMMAND_ID, third.sequence)
        line.expect(Command.DELIVER_SM)
        until(lambda: len(told) == 3)
        line.close()
        until(lambda: len(told) == 4)
        assert told == [0, Status.TEMPORARY_APP_ERROR, Status.INVALID_COMMAND_ID, None]


def test_deliveries_that_wait_are_limited() -> None:
    told: list[int | None] = []
    with serving(window=1, pending=2) as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        for _ in range(4):
            server.sessions[0].deliver({"short_message": b"x"}, done=told.append)
        assert told == [None]
        line.answer(line.expect(Command.DELIVER_SM))
        line.expect(Command.DELIVER_SM)
        assert told == [None, 0]


def test_an_unanswered_delivery_is_told_in_time() -> None:
    told: list[int | None] = []
    with serving(response_seconds=0.05) as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        server.sessions[0].deliver({"short_message": b"x"}, done=told.append)
        line.expect(Command.DELIVER_SM)
        until(lambda: told)
        assert told == [None]


@pytest.mark.parametrize(
    "limits",
    [{"init_seconds": 0.05}, {"read_seconds": 0.05}],
    ids=["never bound", "half a PDU"],
)
def test_sockets_that_stand_still_are_closed(limits: dict[str, float]) -> None:
    with serving(**limits) as (server, _), smpp.dialled(server.port) as line:
        line.raw(b"\0\0\0\x20")
        assert line.ended()


def test_idle_sessions_are_closed_and_asked_before() -> None:
    with (
        serving(inactivity_seconds=0.3, enquire_seconds=0.05) as (server, _),
        smpp.dialled(server.port) as line,
    ):
        smpp.bind_line(line)
        for _ in range(3):
            line.answer(line.expect(Command.ENQUIRE_LINK))
        line.expect(Command.ENQUIRE_LINK)
        assert line.ended()


def test_sessions_are_limited() -> None:
    with serving(sessions=1) as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        with smpp.dialled(server.port) as other:
            assert other.ended()
        line.close()
        until(lambda: not server.sessions)
        with smpp.dialled(server.port) as other:
            assert smpp.bind_line(other).status == 0


def test_a_refused_bind_is_closed() -> None:
    with smpp.smsc() as centre:
        for who, status in (
            ({"system_id": "nobody"}, Status.INVALID_SYSTEM_ID),
            ({"password": "wrong"}, Status.INVALID_PASSWORD),
        ):
            with smpp.dialled(centre.port) as line:
                answer = smpp.bind_line(line, **who)
                assert (answer.status, answer.fields) == (status, {})
                assert line.ended()


def test_stopping_asks_peers_to_leave() -> None:
    with serving() as (server, _), smpp.dialled(server.port) as line:
        smpp.bind_line(line)
        stopping = gevent.spawn(server.stop, 5.0)
        line.answer(line.expect(Command.UNBIND))
        assert line.ended()
        stopping.join(smpp.BOUND)
        assert stopping.successful()
