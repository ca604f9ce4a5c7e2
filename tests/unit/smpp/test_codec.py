"""The codec alone: every command there and back, lies refused, nothing but PduError ever raised."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from smpplib import smpp as smpplib

from gateway.transports.smpp.codec import (
    Framer,
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
from gateway.transports.smpp.commands import (
    FIELDS,
    HEADER,
    MAX_PDU,
    RESPONSE,
    Command,
    Kind,
    Status,
    Tlv,
    command_name,
    status_name,
)

SAMPLES: dict[Kind, Any] = {
    Kind.OCTET: 3,
    Kind.TEXT: "ab1",
    Kind.MESSAGE: b"\x00\x1b\xff text",
    Kind.DESTINATIONS: [(1, 1, "12065550101"), ("friends",)],
    Kind.FAILURES: [(1, 1, "12065550101", 0x0B)],
}


def full(command: int) -> Pdu:
    """A PDU with every field of its table filled and two parameters, one of them twice."""
    fields = {item.name: SAMPLES[item.kind] for item in FIELDS[command]}
    return Pdu(command, 0, 7, fields, {0x0204: [b"\x00\x01"], 0x1403: [b"a", b""]})


@pytest.mark.parametrize("command", Command, ids=lambda c: c.name)
def test_every_command_there_and_back(command: Command) -> None:
    pdu = full(command)
    octets = encode(pdu)
    back, consumed = decode(octets + b"next")
    assert (back, consumed) == (pdu, len(octets))


@pytest.mark.parametrize("command", Command, ids=lambda c: c.name)
def test_every_command_with_nothing_given(command: Command) -> None:
    pdu = Pdu(command, sequence=1)
    if command == Command.SUBMIT_MULTI:
        pdu.fields["dest_addresses"] = [("one",)]
    back = decode_frame(encode(pdu))
    assert {item.name for item in FIELDS[command]} == set(back.fields)
    assert not any(back.fields[name] for name in back.fields if name != "dest_addresses")


@pytest.mark.parametrize("command", Command, ids=lambda c: c.name)
def test_every_cut_of_a_pdu_is_refused(command: Command) -> None:
    pdu = full(command)
    pdu.tlvs = {}
    octets = encode(pdu)
    for size in range(HEADER + 1, len(octets)):
        frame = struct.pack(">I", size) + octets[4:size]
        with pytest.raises(PduError) as caught:
            decode_frame(frame)
        assert caught.value.sequence == 7
        assert caught.value.consumed == size
        assert not caught.value.fatal


@pytest.mark.parametrize(
    ("field", "limit", "status"),
    [
        (item.name, item.limit, item.fault)
        for item in FIELDS[Command.SUBMIT_SM]
        if item.kind is Kind.TEXT
    ],
)
def test_a_text_over_its_limit(field: str, limit: int, status: int) -> None:
    def frame(value: bytes) -> bytes:
        body = b""
        for item in FIELDS[Command.SUBMIT_SM]:
            body += (value if item.name == field else b"") + b"\0"
        return header(HEADER + len(body), Command.SUBMIT_SM, 0, 3) + body

    longest = "9" * (limit - 1)
    assert decode_frame(frame(longest.encode())).fields[field] == longest
    with pytest.raises(PduError) as caught:
        decode_frame(frame(b"9" * limit))
    assert caught.value.command_status == status
    assert decode_frame(frame(b"9" * limit), strict=False).fields[field] == "9" * limit


def test_a_response_without_a_body() -> None:
    back = decode_frame(header(16, Command.SUBMIT_SM_RESP, 0x58, 4))
    assert back == Pdu(Command.SUBMIT_SM_RESP, 0x58, 4)
    with pytest.raises(PduError):
        decode_frame(header(16, Command.SUBMIT_SM, 0, 4))


def test_an_unknown_command() -> None:
    with pytest.raises(PduError) as caught:
        decode(header(20, 0x99, 0, 5) + b"body")
    error = caught.value
    assert (error.command_status, error.sequence, error.consumed) == (3, 5, 20)


@pytest.mark.parametrize("length", [0, 15, MAX_PDU + 1, 0xFFFF_FFFF])
def test_a_length_out_of_bounds_is_fatal(length: int) -> None:
    with pytest.raises(PduError) as caught:
        decode(struct.pack(">IIII", length, 4, 0, 5))
    assert caught.value.fatal
    assert caught.value.command_status == Status.INVALID_COMMAND_LENGTH
    with pytest.raises(PduError):
        list(Framer().feed(struct.pack(">I", length)))


def test_destinations_out_of_bounds() -> None:
    many = [(1, 1, "12065550101")] * 255
    with pytest.raises(ValueError, match="254"):
        encode(Pdu(Command.SUBMIT_MULTI, fields={"dest_addresses": many}))
    good = encode(Pdu(Command.SUBMIT_MULTI, fields={"dest_addresses": [("list",)]}))
    at = good.index(b"\x01\x02list")
    for count, flag, status in (
        (0, 2, Status.INVALID_DESTINATION_COUNT),
        (255, 2, Status.INVALID_DESTINATION_COUNT),
        (1, 9, Status.INVALID_DESTINATION_FLAG),
    ):
        with pytest.raises(PduError) as caught:
            decode_frame(good[:at] + bytes((count, flag)) + good[at + 2 :])
        assert caught.value.command_status == status


def test_unknown_fields_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError, match="shortmessage"):
        encode(Pdu(Command.SUBMIT_SM, fields={"shortmessage": b""}))
    with pytest.raises(KeyError, match="shortmessage"):
        encode_submit_body({"shortmessage": b""})


def test_the_payload_is_found_in_either_place() -> None:
    assert Pdu(4, fields={"short_message": b"a"}).payload == b"a"
    assert Pdu(4, fields={"short_message": b""}, tlvs={0x0424: [b"b"]}).payload == b"b"
    assert Pdu(4).payload == b""


def test_parameters_as_text_and_number() -> None:
    tlvs = {1: [b"abc\0"], 2: [b"abc"], 3: [b""], 4: [b"\x01\x00"], 5: [b"\x07", b"\x09"]}
    assert [tlv_text(tlvs, tag) for tag in (1, 2, 3, 9)] == ["abc", "abc", "", None]
    assert [tlv_int(tlvs, tag) for tag in (3, 4, 5, 9)] == [None, 256, 7, None]


def test_names() -> None:
    assert command_name(4) == "submit_sm"
    assert command_name(0x777) == "0x00000777"
    assert status_name(0x58) == "0x00000058 throttled"
    assert status_name(0x4FF) == "0x000004FF unlisted status"


octets = st.binary(max_size=40)
texts = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=5)
submits = st.fixed_dictionaries(
    {},
    optional={
        item.name: st.binary(max_size=254)
        if item.kind is Kind.MESSAGE
        else texts
        if item.kind is Kind.TEXT
        else st.integers(0, 255)
        for item in FIELDS[Command.SUBMIT_SM]
    },
)
parameters = st.dictionaries(st.integers(0, 0xFFFF), st.lists(octets, min_size=1, max_size=2))


@given(fields=submits, tlvs=parameters)
def test_the_fast_writer_equals_the_table(
    fields: dict[str, Any], tlvs: dict[int, list[bytes]]
) -> None:
    body = encode_submit_body(fields, tlvs)
    frame = header(HEADER + len(body), Command.SUBMIT_SM, 0, 9) + body
    assert frame == encode(Pdu(Command.SUBMIT_SM, 0, 9, fields, tlvs))
    back = decode_frame(frame)
    assert {name: back.fields[name] for name in fields} == fields
    assert back.tlvs == tlvs


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or the PduError it raises; any other error goes on."""
    try:
        return call()
    except PduError as error:
        return error


@given(command=st.sampled_from(list(Command)), body=st.binary(max_size=200), strict=st.booleans())
@example(command=Command.SUBMIT_MULTI, body=b"\0\1\1\0\xfe", strict=True)
def test_any_body_gives_a_pdu_or_a_pdu_error(command: int, body: bytes, strict: bool) -> None:
    frame = header(HEADER + len(body), command, 0, 5) + body
    found = outcome(lambda: decode_frame(frame, strict=strict))
    if isinstance(found, PduError):
        assert (found.consumed, found.sequence) == (len(frame), 5)
    else:
        assert found.command == command


@given(data=st.binary(max_size=300))
def test_any_stream_gives_frames_or_a_pdu_error(data: bytes) -> None:
    framer = Framer(200)
    found = outcome(lambda: list(framer.feed(data)))
    if isinstance(found, PduError):
        assert found.fatal
    else:
        assert all(HEADER <= len(frame) <= 200 for frame in found)


@given(sizes=st.lists(st.integers(1, 30), max_size=60))
def test_frames_come_whole_however_the_stream_is_cut(sizes: list[int]) -> None:
    pdus = [encode(full(command)) for command in Command]
    stream = b"".join(pdus)
    framer, found, at = Framer(), [], 0
    for size in [*sizes, len(stream)]:
        found.extend(framer.feed(stream[at : at + size]))
        at += size
    assert found == pdus
    assert not framer.partial


class Numbers:
    sequence = 5

    def next_sequence(self) -> int:
        return self.sequence


def test_smpplib_reads_what_is_written_here() -> None:
    fields = {
        "source_addr_ton": 1,
        "source_addr": "12065550100",
        "dest_addr_npi": 1,
        "destination_addr": "12065550101",
        "registered_delivery": 1,
        "data_coding": 8,
        "short_message": b"\x00h\x00i",
    }
    body = encode_submit_body(fields, {Tlv.USER_MESSAGE_REFERENCE: b"\x00\x07"})
    frame = header(HEADER + len(body), Command.SUBMIT_SM, 0, 5) + body
    pdu = smpplib.parse_pdu(frame, client=Numbers(), allow_unknown_opt_params=True)
    assert pdu.command == "submit_sm"
    assert (pdu.sequence, pdu.source_addr, pdu.destination_addr) == (
        5,
        b"12065550100",
        b"12065550101",
    )
    assert (pdu.short_message, pdu.data_coding, pdu.user_message_reference) == (
        b"\x00h\x00i",
        8,
        7,
    )


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("bind_transceiver", {"system_id": "a", "password": "b", "system_type": "c"}),
        ("submit_sm", {"source_addr": "1", "destination_addr": "2", "short_message": b"hi"}),
        ("deliver_sm", {"source_addr": "1", "destination_addr": "2", "short_message": b"hi"}),
        ("query_sm", {"message_id": "77", "source_addr": "1"}),
        ("enquire_link", {}),
        ("unbind", {}),
    ],
)
def test_what_smpplib_writes_is_read_here(name: str, fields: dict[str, Any]) -> None:
    given = {
        "source_addr_ton": 0,
        "source_addr_npi": 0,
        **({"dest_addr_ton": 0, "dest_addr_npi": 0} if name.endswith("_sm") else {}),
    }
    pdu = smpplib.make_pdu(name, client=Numbers(), **given, **fields)
    back = decode_frame(pdu.generate())
    assert command_name(back.command) == name
    assert back.sequence == 5
    assert {key: back.fields[key] for key in fields} == fields
    assert not back.command & RESPONSE
