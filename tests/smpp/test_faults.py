"""The faults of the SMPP library that the link and the codec work around, one test for each.

A test is named after the call or the field that is at fault; gsm_encode and make_parts are the
library's names for what our own alphabet and splitter do.
"""

from __future__ import annotations

import logging
import struct
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import socket

from gateway.domain import gsm, segments
from gateway.transports.smpp.codec import (
    Pdu,
    PduError,
    decode,
    decode_frame,
    encode,
    encode_submit_body,
    header,
    tlv_int,
    tlv_text,
)
from gateway.transports.smpp.commands import Command, Status, Tlv
from gateway.transports.smpp.link import LinkState, Outcome, Submission, SubmitPart
from tests.support import smpp
from tests.support.receivers import certificate, until


def sent(text: str, **how: Any) -> tuple[str, list[Any]]:
    """What the SMSC put together from a text sent over a link, and the messages it took."""
    split = segments.split(text, **how)
    parts = [
        SubmitPart(
            item.index,
            {
                "source_addr": smpp.SENDER,
                "destination_addr": smpp.RECIPIENT,
                "esm_class": item.esm_class,
                "data_coding": int(split.coding),
                "short_message": item.short_message,
            },
            item.tlvs,
        )
        for item in split.segments
    ]
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(Submission("m", parts))
        answers = owner.answered(len(parts))
        assert {answer.status for answer in answers} == {0}
        return centre.texts()[0].text, centre.messages()


def test_gsm_encode() -> None:
    assert gsm.encode("§") == b"\x5f"
    assert not gsm.is_gsm("`")
    assert gsm.encode("\f") == b"\x1b\x0a"
    assert not gsm.is_gsm("\x1b")
    text, messages = sent("§ and \f and [€]")
    assert text == "§ and \f and [€]"
    assert messages[0].fields["data_coding"] == 0
    text, messages = sent("a ` is not in the alphabet")
    assert text == "a ` is not in the alphabet"
    assert messages[0].fields["data_coding"] == 8


@pytest.mark.parametrize("text", ["€" * 81, "a" * 152 + "€" * 10, "x" * 66 + "😀" * 10])
def test_make_parts_keeps_pairs_whole(text: str) -> None:
    received, messages = sent(text)
    assert received == text
    assert not any(message.user_data.endswith(b"\x1b") for message in messages)
    assert len(messages) > 1


def test_make_parts_reference_and_limits() -> None:
    split = segments.split("y" * 400, method=segments.Method.UDH16, reference=0x1234)
    assert split.segments[0].udh == bytes.fromhex("06 08 04 12 34 03 01")
    with pytest.raises(ValueError, match="255"):
        segments.split("y" * (153 * 255 + 1))
    text, messages = sent("y" * 400, method=segments.Method.SAR, reference=7)
    assert text == "y" * 400
    assert [message.concat.index for message in messages] == [1, 2, 3]
    assert {message.fields["esm_class"] for message in messages} == {0}


def test_bind_with_enquire_link_ahead_of_the_answer() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.accept()
        bind = line.expect(Command.BIND_TRANSCEIVER)
        line.send(Command.ENQUIRE_LINK, sequence=77)
        assert line.expect(Command.ENQUIRE_LINK_RESP).sequence == 77
        line.answer(bind, system_id="peer")
        until(lambda: link.bound)
        link.submit(smpp.message())
        line.answer(line.expect(Command.SUBMIT_SM), message_id="1")
        assert owner.answered(1)[0].message_id == "1"


def test_bind_with_deliver_sm_ahead_of_the_answer() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (_, owner):
        line = peer.accept()
        bind = line.expect(Command.BIND_TRANSCEIVER)
        line.send(Command.DELIVER_SM, sequence=5, fields={"short_message": b"early"})
        line.answer(bind, system_id="peer")
        assert owner.delivered(1)[0].fields["short_message"] == b"early"
        assert line.expect(Command.DELIVER_SM_RESP).sequence == 5


def test_unbind_with_deliver_sm_ahead_of_the_answer() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.bound()
        until(lambda: link.bound)
        stopping = gevent.spawn(link.stop, 1.0)
        unbind = line.expect(Command.UNBIND)
        line.send(Command.DELIVER_SM, sequence=9, fields={"short_message": b"late"})
        assert line.expect(Command.DELIVER_SM_RESP).sequence == 9
        line.answer(unbind)
        stopping.join(5)
        assert stopping.successful()
        assert owner.deliveries[0].fields["short_message"] == b"late"


def test_unbind_by_the_server_is_answered_and_the_link_comes_back() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, _):
        line = peer.bound()
        until(lambda: link.bound)
        line.send(Command.UNBIND, sequence=3)
        assert line.expect(Command.UNBIND_RESP).sequence == 3
        assert line.ended()
        peer.bound()
        until(lambda: link.bound)


def test_error_submit_sm_resp_is_one_answer() -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message("bad", destination_addr="12065558011"))
        link.submit(smpp.message("good"))
        answers = {answer.key: answer for answer in owner.answered(2)}
        assert len(owner.answers) == 2
        assert answers["bad"].status == Status.INVALID_DESTINATION
        assert answers["bad"].outcome is Outcome.ANSWERED
        assert answers["good"].status == 0


def test_generic_nack_answers_the_request_of_its_sequence() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message("first"))
        link.submit(smpp.message("second"))
        first, second = line.read(), line.read()
        line.send(Command.GENERIC_NACK, Status.INVALID_COMMAND_LENGTH, second.sequence)
        line.answer(first, message_id="1")
        answers = {answer.key: answer.status for answer in owner.answered(2)}
        assert answers == {"first": 0, "second": Status.INVALID_COMMAND_LENGTH}


def test_generic_nack_of_sequence_zero_makes_the_link_bind_anew() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.bound()
        link.submit(smpp.message())
        line.expect(Command.SUBMIT_SM)
        line.send(Command.GENERIC_NACK, Status.INVALID_COMMAND_LENGTH, 0)
        assert owner.answered(1)[0].outcome is Outcome.LOST
        peer.bound()


def test_unknown_command_is_nacked_and_the_session_goes_on() -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (_, owner):
        line = peer.bound()
        line.raw(header(20, 0x0000_0777, 0, 41) + b"abcd")
        nack = line.expect(Command.GENERIC_NACK)
        assert (nack.status, nack.sequence) == (Status.INVALID_COMMAND_ID, 41)
        line.send(Command.DELIVER_SM, sequence=42, fields={"short_message": b"x"})
        assert line.expect(Command.DELIVER_SM_RESP).sequence == 42
        assert len(owner.deliveries) == 1


def test_receive_handler_that_raises_refuses_for_now(caplog: pytest.LogCaptureFixture) -> None:
    def fail(delivery: Any) -> None:
        raise RuntimeError("the store is gone")

    with smpp.Peer() as peer, smpp.linked(peer.port, smpp.Owner(fail), bound=False):
        line = peer.bound()
        line.send(Command.DELIVER_SM, sequence=6, fields={"short_message": b"secret words"})
        answer = line.expect(Command.DELIVER_SM_RESP)
        assert (answer.status, answer.sequence) == (Status.TEMPORARY_APP_ERROR, 6)
        line.send(Command.ENQUIRE_LINK, sequence=7)
        assert line.expect(Command.ENQUIRE_LINK_RESP).sequence == 7
    assert "the store is gone" in caplog.text
    assert "secret words" not in caplog.text


@pytest.mark.parametrize("length", [0, 4, 15, 70_001, 0x7FFF_FFFF])
def test_command_length_out_of_bounds(length: int) -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, _):
        line = peer.bound()
        line.raw(struct.pack(">IIII", length, Command.DELIVER_SM, 0, 8))
        nack = line.expect(Command.GENERIC_NACK)
        assert (nack.status, nack.sequence) == (Status.INVALID_COMMAND_LENGTH, 8)
        assert line.ended()
        peer.bound()
        until(lambda: link.bound)


def test_known_tlv_on_a_pdu_that_does_not_list_it() -> None:
    state = {Tlv.MESSAGE_STATE: [b"\x02"]}
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.accept()
        bind = line.read()
        line.send(
            Command.BIND_TRANSCEIVER_RESP,
            sequence=bind.sequence,
            fields={"system_id": "peer"},
            tlvs=state,
        )
        link.submit(smpp.message())
        submit = line.expect(Command.SUBMIT_SM)
        line.send(
            Command.SUBMIT_SM_RESP,
            sequence=submit.sequence,
            fields={"message_id": "abc"},
            tlvs=state,
        )
        assert owner.answered(1)[0].message_id == "abc"


def test_tlv_of_another_size_than_the_table_says() -> None:
    tlvs = {Tlv.SOURCE_NETWORK_TYPE: [b"\x00\x01"], Tlv.MESSAGE_STATE: [b"\x02"]}
    pdu = Pdu(Command.DELIVER_SM, sequence=1, fields={"short_message": b"x"}, tlvs=tlvs)
    back = decode_frame(encode(pdu))
    assert back.tlvs == tlvs
    assert tlv_int(back.tlvs, Tlv.SOURCE_NETWORK_TYPE) == 1
    assert tlv_int(back.tlvs, Tlv.MESSAGE_STATE) == 2


@pytest.mark.parametrize("octets", [b"abc123", b"abc123\0"], ids=["open", "closed"])
def test_receipted_message_id_without_its_nul(octets: bytes) -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (_, owner):
        line = peer.bound()
        line.send(Command.DELIVER_SM, tlvs={Tlv.RECEIPTED_MESSAGE_ID: [octets]})
        delivery = owner.delivered(1)[0]
        assert tlv_text(delivery.tlvs, Tlv.RECEIPTED_MESSAGE_ID) == "abc123"


def _deliver(**fields: Any) -> bytes:
    return encode(Pdu(Command.DELIVER_SM, sequence=1, fields=fields))


def _cut(octets: bytes, size: int) -> bytes:
    return struct.pack(">I", len(octets) - size) + octets[4 : len(octets) - size]


LYING = {
    "tlv length beyond the body": (
        struct.pack(">I", 16 + 18 + 6)
        + _deliver(short_message=b"x")[4:]
        + struct.pack(">HH", Tlv.MESSAGE_PAYLOAD, 500)
        + b"z",
        Status.INVALID_PARAMETER_STREAM,
    ),
    "tlv header cut": (
        struct.pack(">I", len(_deliver()) + 3) + _deliver()[4:] + b"\x04\x24\x00",
        Status.INVALID_PARAMETER_STREAM,
    ),
    "sm_length beyond the body": (
        _cut(_deliver(short_message=b"12345"), 3),
        Status.INVALID_MESSAGE_LENGTH,
    ),
    "missing nul": (
        struct.pack(">IIII", 20, Command.DELIVER_SM, 0, 1) + b"CMTX",
        Status.INVALID_SERVICE_TYPE,
    ),
    "field missing": (
        struct.pack(">IIII", 18, Command.DELIVER_SM, 0, 1) + b"\0\1",
        Status.INVALID_COMMAND_LENGTH,
    ),
}


@pytest.mark.parametrize(("octets", "status"), LYING.values(), ids=LYING)
def test_lengths_that_lie(octets: bytes, status: int) -> None:
    octets = struct.pack(">I", len(octets)) + octets[4:]
    with pytest.raises(PduError) as caught:
        decode(octets)
    assert (caught.value.command_status, caught.value.sequence) == (status, 1)
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (_, owner):
        line = peer.bound()
        line.raw(octets)
        answer = line.expect(Command.DELIVER_SM_RESP)
        assert (answer.status, answer.sequence) == (status, 1)
        line.send(Command.DELIVER_SM, sequence=2, fields={"short_message": b"sound"})
        assert line.expect(Command.DELIVER_SM_RESP).status == 0
        assert [d.fields["short_message"] for d in owner.deliveries] == [b"sound"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("password", "x" * 9), ("system_id", "x" * 16), ("system_type", "x" * 13)],
)
def test_credentials_over_their_limit_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is longer") as caught:
        smpp.spec(1, **{name: value})
    assert value not in str(caught.value)
    with smpp.Peer() as peer:
        longer = {"long_credentials": True, name: value}
        with smpp.linked(peer.port, bound=False, **longer):
            assert peer.accept().read().fields[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source_addr", "1" * 21),
        ("destination_addr", "1" * 21),
        ("service_type", "toolong"),
        ("source_addr", "null\0inside"),
        ("source_addr", "Łódź"),
        ("validity_period", "1" * 17),
        ("esm_class", 256),
    ],
)
def test_fields_over_their_limit_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        encode_submit_body({name: value})
    with pytest.raises(ValueError, match=name):
        encode(Pdu(Command.SUBMIT_SM, fields={name: value}))
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        with pytest.raises(ValueError, match=name):
            link.submit(smpp.message(**{name: value}))
        assert link.queued == 0
        assert owner.answers == []


def test_short_message_over_254_octets() -> None:
    with pytest.raises(ValueError, match="254"):
        encode_submit_body({"short_message": b"x" * 255})
    body = encode_submit_body({"short_message": b"x" * 254})
    assert len(decode_frame(header(16 + len(body), 4, 0, 1) + body).payload) == 254
    with smpp.smsc() as centre, smpp.linked(centre.port) as (link, owner):
        link.submit(smpp.message(short_message=b"", tlvs={Tlv.MESSAGE_PAYLOAD: b"y" * 3000}))
        assert owner.answered(1)[0].status == 0
        assert centre.texts()[0].text == "y" * 3000


def parameters_taken(tlvs: dict[int, bytes]) -> dict[int, list[bytes]]:
    """The optional parameters a peer reads from a submit_sm of the link."""
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, _):
        line = peer.bound()
        link.submit(smpp.message(tlvs=tlvs))
        return line.expect(Command.SUBMIT_SM).tlvs


def test_octet_string_tlv_is_sent_as_given() -> None:
    given = b"\x80\x00\xff"
    assert parameters_taken({Tlv.SOURCE_SUBADDRESS: given}) == {Tlv.SOURCE_SUBADDRESS: [given]}


def test_flag_and_vendor_tlvs_are_sent() -> None:
    taken = parameters_taken({Tlv.ALERT_ON_MESSAGE_DELIVERY: b"", 0x1501: b"\x01\x02"})
    assert taken == {Tlv.ALERT_ON_MESSAGE_DELIVERY: [b""], 0x1501: [b"\x01\x02"]}


def test_source_addr_subunit_is_one_octet() -> None:
    assert parameters_taken({Tlv.SOURCE_ADDR_SUBUNIT: b"\x01"}) == {
        Tlv.SOURCE_ADDR_SUBUNIT: [b"\x01"]
    }


def test_interface_version_is_said_and_read() -> None:
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        answer = smpp.bind_line(line)
        assert answer.tlvs == {Tlv.SC_INTERFACE_VERSION: [b"\x34"]}
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        assert smpp.bind_line(line, interface_version=0x33).tlvs == {}
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False):
        assert peer.accept().read().fields["interface_version"] == 0x34


@pytest.mark.parametrize("body", [b"", b"\0"], ids=["no body", "one nul"])
def test_error_response_with_and_without_a_body(body: bytes) -> None:
    with smpp.Peer() as peer, smpp.linked(peer.port, bound=False) as (link, owner):
        line = peer.accept()
        bind = line.read()
        refusal = header(16 + len(body), bind.command | 0x8000_0000, 0x0D, bind.sequence) + body
        line.raw(refusal)
        assert "0x0000000D" in owner.reported(LinkState.REFUSED)
        line = peer.bound()
        link.submit(smpp.message())
        submit = line.expect(Command.SUBMIT_SM)
        line.raw(header(16 + len(body), Command.SUBMIT_SM_RESP, 0x0B, submit.sequence) + body)
        answer = owner.answered(1)[0]
        assert (answer.status, answer.message_id) == (0x0B, None)
    assert encode(Pdu(Command.SUBMIT_SM_RESP, 0x0B, 1)) == header(16, Command.SUBMIT_SM_RESP, 11, 1)


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (Command.OUTBIND, {"system_id": "a", "password": "b"}),
        (Command.CANCEL_SM, {"message_id": "1", "source_addr": "2"}),
        (Command.REPLACE_SM, {"message_id": "1", "short_message": b"new"}),
        (
            Command.SUBMIT_MULTI,
            {"dest_addresses": [(1, 1, "12065550101"), ("friends",)], "short_message": b"all"},
        ),
        (
            Command.SUBMIT_MULTI_RESP,
            {"message_id": "1", "unsuccess_sme": [(1, 1, "12065550101", 0x0B)]},
        ),
    ],
)
def test_commands_the_library_lacks(command: Command, fields: dict[str, Any]) -> None:
    back = decode_frame(encode(Pdu(command, sequence=9, fields=fields)))
    assert back.command == command
    assert {name: back.fields[name] for name in fields} == fields


@pytest.mark.parametrize("bind", ["trx", "txrx"])
def test_query_sm_on_transmitters_and_transceivers(bind: str) -> None:
    with smpp.smsc() as centre, smpp.linked(centre.port, bind=bind) as (link, owner):
        link.submit(smpp.message(source_addr=smpp.SENDER))
        message_id = owner.answered(1)[0].message_id
        assert message_id is not None
        found = link.query(message_id, smpp.SENDER)
        assert found is not None
        assert found.fields["message_id"] == message_id
    with smpp.smsc() as centre, smpp.dialled(centre.port) as line:
        smpp.bind_line(line, Command.BIND_RECEIVER)
        line.send(Command.QUERY_SM, sequence=2, fields={"message_id": "1"})
        assert line.expect(Command.QUERY_SM_RESP).status == Status.INVALID_BIND_STATE


def test_tls_verifies_and_sends_the_server_name(tmp_path: Path) -> None:
    context, authority = certificate(tmp_path, "smsc.example.test")
    names: list[str] = []
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    secure = {"use_tls": True, "tls_ca": str(authority)}
    with smpp.smsc(tls=context) as centre:
        with smpp.linked(centre.port, server_name="smsc.example.test", **secure) as (link, owner):
            link.submit(smpp.message())
            assert owner.answered(1)[0].status == 0
        assert names == ["smsc.example.test"]
        with smpp.linked(centre.port, bound=False, server_name="other.test", **secure) as (
            _,
            owner,
        ):
            assert "mismatch" in owner.reported(LinkState.DOWN).lower()
        with smpp.linked(centre.port, bound=False, use_tls=True) as (_, owner):
            assert "certificate" in owner.reported(LinkState.DOWN).lower()
        with smpp.linked(centre.port, use_tls=True, tls_verify=False) as (link, _):
            assert link.bound


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 on loopback")
def test_ipv6() -> None:
    with smpp.Peer("::1") as peer, smpp.linked(peer.port, host="::1", bound=False):
        assert peer.bound().sock.getpeername()[0] == "::1"


def test_source_address() -> None:
    source = {"source_address": "127.0.0.2", "bound": False}
    with smpp.Peer() as peer, smpp.linked(peer.port, **source):
        assert peer.accept().sock.getpeername()[0] == "127.0.0.2"


def test_connect_errors_keep_their_cause() -> None:
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with smpp.linked(port, bound=False) as (link, owner):
        assert "refused" in owner.reported(LinkState.DOWN).lower()
        assert "ConnectionRefusedError" in link.last_error
    with smpp.linked(port, host="no-such-host.invalid", bound=False) as (link, owner):
        assert "gaierror" in owner.reported(LinkState.DOWN)


def test_passwords_and_texts_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = b"the words of the message"
    with smpp.smsc() as centre:
        centre.accounts["demo"].password = "pAsSwOrD"
        with smpp.linked(centre.port, password="pAsSwOrD") as (link, owner):
            link.submit(smpp.message(short_message=text))
            owner.answered(1)
            centre.inject("demo", "+12065550123", "+12065550100", text.decode())
            owner.delivered(1)
        with smpp.linked(centre.port, password="wRoNgOnE", bound=False) as (link, owner):
            owner.reported(LinkState.REFUSED)
            assert "wRoNgOnE" not in repr(link.spec)
    assert caplog.records
    for secret in ("pAsSwOrD", "wRoNgOnE", text.decode(), text.hex()):
        assert secret not in caplog.text
