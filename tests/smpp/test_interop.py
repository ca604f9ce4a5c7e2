"""The independent peer: smpplib against our SMSC, our link against a server of its PDUs."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from gevent.server import StreamServer
from smpplib import consts, exceptions
from smpplib import smpp as smpplib

from gateway.transports.smpp.link import LinkState, Submission
from tests.support import smpp
from tests.support.receivers import until


@contextmanager
def smpplib_bound(port: int, kind: str = "transceiver", **who: str) -> Iterator[Any]:
    client = smpp.Smpplib(port)
    client.connect()
    try:
        bind = getattr(client, f"bind_{kind}")
        bind(**{"system_id": "esme", "password": "esme", **who})
        yield client
        if client.state in (
            consts.SMPP_CLIENT_STATE_BOUND_TRX,
            consts.SMPP_CLIENT_STATE_BOUND_TX,
            consts.SMPP_CLIENT_STATE_BOUND_RX,
        ):
            client.unbind()
    finally:
        client.disconnect()


def read_until(client: Any, condition: Any) -> None:
    with gevent.Timeout(smpp.BOUND, AssertionError("smpplib did not see it in time")):
        while not condition():
            client.read_once()


def test_smpplib_sends_and_gets_its_receipt() -> None:
    answers: list[Any] = []
    receipts: list[Any] = []
    with smpp.smsc() as centre, smpplib_bound(centre.port) as client:
        client.set_message_sent_handler(lambda pdu: answers.append(pdu))
        client.set_message_received_handler(lambda pdu: receipts.append(pdu))
        client.send_message(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=smpp.SENDER,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=smpp.RECIPIENT,
            short_message=b"from smpplib",
            registered_delivery=True,
        )
        read_until(client, lambda: answers and receipts)
        message_id = answers[0].message_id
        assert receipts[0].receipted_message_id == message_id
        assert receipts[0].message_state == 2
        assert receipts[0].short_message.startswith(b"id:" + message_id)
        assert centre.texts()[0].text == "from smpplib"
        until(lambda: not any(s.unacknowledged for s in centre.server.sessions))
        found: list[Any] = []
        client.set_query_resp_handler(found.append)
        client.query_message(
            message_id=message_id.decode(),
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=smpp.SENDER,
        )
        read_until(client, lambda: found)
        assert found[0].message_state == 2


def test_smpplib_receives_an_inbound_text() -> None:
    got: list[Any] = []
    with smpp.smsc() as centre, smpplib_bound(centre.port, "receiver") as client:
        client.set_message_received_handler(lambda pdu: got.append(pdu))
        parcel = centre.inject("esme", "+12065550123", "+12065550100", "hello")[0]
        read_until(client, lambda: got)
        assert (got[0].source_addr, got[0].short_message) == (b"12065550123", b"hello")
        until(lambda: parcel.outcome == "acknowledged")


def test_smpplib_is_told_of_a_wrong_password_and_of_an_error() -> None:
    with smpp.smsc() as centre:
        with (
            pytest.raises(exceptions.PDUError) as caught,
            smpplib_bound(centre.port, password="wrong"),
        ):
            raise AssertionError("it was let in")
        assert caught.value.args[1] == 0x0E
        with smpplib_bound(centre.port) as client:
            errors: list[Any] = []
            client.set_error_pdu_handler(errors.append)
            client.set_message_sent_handler(lambda pdu: None)
            client.send_message(
                source_addr_ton=0,
                source_addr_npi=0,
                source_addr=smpp.SENDER,
                dest_addr_ton=0,
                dest_addr_npi=0,
                destination_addr="12065558011",
                short_message=b"x",
            )
            read_until(client, lambda: errors)
            assert errors[0].status == 0x0B


class SmpplibServer:
    """A small SMSC made of smpplib's PDU classes: answers, and sends one receipt per submit."""

    def __init__(self) -> None:
        self.sequence = 0
        self.seen: list[Any] = []
        self.server = StreamServer(("127.0.0.1", 0), self.serve)

    def next_sequence(self) -> int:
        self.sequence += 1
        return self.sequence

    def serve(self, sock: Any, address: Any) -> None:
        stream = sock.makefile("rb")
        while raw := stream.read(4):
            raw += stream.read(struct.unpack(">I", raw)[0] - 4)
            pdu = smpplib.parse_pdu(raw, client=self, allow_unknown_opt_params=True)
            self.seen.append(pdu)
            if not pdu.is_response():
                self.answer(sock, pdu)

    def answer(self, sock: Any, pdu: Any) -> None:
        fields: dict[str, Any] = {}
        if pdu.command.startswith("bind"):
            fields["system_id"] = "smpplib"
        if pdu.command == "submit_sm":
            fields["message_id"] = f"id-{pdu.sequence}"
        response = smpplib.make_pdu(f"{pdu.command}_resp", client=self, **fields)
        response.sequence = pdu.sequence
        sock.sendall(response.generate())
        if pdu.command == "submit_sm":
            text = f"id:id-{pdu.sequence} stat:DELIVRD err:000".encode()
            receipt = smpplib.make_pdu(
                "deliver_sm",
                client=self,
                source_addr=pdu.destination_addr.decode(),
                destination_addr=pdu.source_addr.decode(),
                esm_class=4,
                short_message=text,
                receipted_message_id=f"id-{pdu.sequence}",
                message_state=2,
            )
            sock.sendall(receipt.generate())

    def commands(self) -> list[str]:
        return [pdu.command for pdu in self.seen]


@pytest.mark.parametrize("bind", ["trx", "txrx"])
def test_our_link_with_a_server_of_smpplib(bind: str) -> None:
    peer = SmpplibServer()
    peer.server.start()
    quick = {"enquire_seconds": 0.05, "system_type": "VMA", "bind": bind, "address_range": "1206"}
    try:
        with smpp.linked(peer.server.server_port, **quick) as (link, owner):
            parts = [smpp.part(n, short_message=b"%d" % n) for n in range(3)]
            link.submit(Submission("m", parts))
            answers = owner.answered(3)
            assert [a.part_key for a in answers] == [0, 1, 2]
            receipts = owner.delivered(3)
            ids = [a.message_id for a in answers]
            assert [r.tlvs[0x1E][0].rstrip(b"\0").decode() for r in receipts] == ids
            until(lambda: peer.commands().count("deliver_sm_resp") == 3)
            until(lambda: "enquire_link" in peer.commands())
        until(lambda: "unbind" in peer.commands())
        assert owner.states[-1][0] is LinkState.STOPPED
        bound = peer.seen[0]
        assert (bound.system_id, bound.password) == (b"demo", b"demo")
        assert (bound.system_type, bound.address_range) == (b"VMA", b"1206")
        bodies = [pdu.short_message for pdu in peer.seen if pdu.command == "submit_sm"]
        assert bodies == [b"0", b"1", b"2"]
    finally:
        peer.server.stop(timeout=0.5)
