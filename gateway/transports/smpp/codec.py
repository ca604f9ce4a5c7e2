"""SMPP octets to values and back without a socket: one codec for the SMSC and the client's reads.

Every read is checked against the end of the PDU, so a length that lies gives a `PduError` with the
status to answer and never a misread field. Optional parameters stay raw octets, tag to list of
values in the order they came: repeated, unknown and oddly sized ones are kept as they are.

Field values: an octet is an int, a C-octet string a str (latin-1), `short_message` bytes,
`dest_addresses` a list of `(ton, npi, address)` or `(list_name,)`, `unsuccess_sme` a list of
`(ton, npi, address, status)`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.transports.smpp.commands import (
    FIELDS,
    HEADER,
    MAX_PDU,
    RESPONSE,
    Command,
    Field,
    Kind,
    Status,
    Tlv,
)

__all__ = [
    "Command",
    "Framer",
    "Pdu",
    "PduError",
    "Status",
    "Tlv",
    "decode",
    "decode_frame",
    "encode",
    "encode_submit_body",
    "header",
    "peek",
    "tlv_int",
    "tlv_text",
]

_HEADER = struct.Struct(">IIII")
_TLV = struct.Struct(">HH")
_WORD = struct.Struct(">I")

Tlvs = Mapping[int, "bytes | Sequence[bytes]"]


class PduError(Exception):
    """A PDU that cannot be read. `command_status` is what to answer, `consumed` the octets to skip.

    `fatal` means the stream is out of step: answer generic_nack and close.
    """

    def __init__(
        self, command_status: int, sequence: int, command: int = 0, consumed: int = 0, why: str = ""
    ) -> None:
        super().__init__(f"{why or 'malformed PDU'} (status 0x{command_status:02X})")
        self.command_status = command_status
        self.sequence = sequence
        self.command = command
        self.consumed = consumed

    @property
    def fatal(self) -> bool:
        return self.consumed == 0


@dataclass(slots=True)
class Pdu:
    """One PDU. `tlvs` maps a tag to the raw values in order of arrival."""

    command: int
    status: int = 0
    sequence: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    tlvs: dict[int, list[bytes]] = field(default_factory=dict)

    @property
    def is_response(self) -> bool:
        return bool(self.command & RESPONSE)

    def tlv(self, tag: int) -> bytes | None:
        """The first value of a parameter."""
        values = self.tlvs.get(tag)
        return values[0] if values else None

    @property
    def payload(self) -> bytes:
        """The user data: `short_message`, or message_payload where that is empty."""
        return self.fields.get("short_message") or self.tlv(Tlv.MESSAGE_PAYLOAD) or b""


def tlv_text(tlvs: Mapping[int, Sequence[bytes]], tag: int) -> str | None:
    """A text parameter with or without its closing NUL (many peers leave it out)."""
    values = tlvs.get(tag)
    return values[0].split(b"\0", 1)[0].decode("latin-1") if values else None


def tlv_int(tlvs: Mapping[int, Sequence[bytes]], tag: int) -> int | None:
    """An integer parameter of whatever size it came in; None when absent or empty."""
    values = tlvs.get(tag)
    return int.from_bytes(values[0], "big") if values and values[0] else None


def peek(frame: bytes) -> tuple[int, int, int, int]:
    """(length, command, status, sequence) of a frame of at least 16 octets."""
    return _HEADER.unpack_from(frame)


def header(length: int, command: int, status: int, sequence: int) -> bytes:
    return _HEADER.pack(length, command, status, sequence)


class Framer:
    """Cuts a stream of octets into PDUs, checking command_length before anything is believed."""

    def __init__(self, max_pdu: int = MAX_PDU) -> None:
        self.max_pdu = max_pdu
        self._rest = b""

    @property
    def partial(self) -> bool:
        """A PDU has begun and its end has not come yet."""
        return bool(self._rest)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole PDUs now known; raises a fatal PduError at a length out of bounds."""
        buffer = self._rest + data if self._rest else data
        self._rest = b""
        at, end = 0, len(buffer)
        while end - at >= 4:
            length = _WORD.unpack_from(buffer, at)[0]
            if not HEADER <= length <= self.max_pdu:
                sequence = _WORD.unpack_from(buffer, at + 12)[0] if end - at >= HEADER else 0
                raise PduError(
                    Status.INVALID_COMMAND_LENGTH, sequence, why=f"command_length {length}"
                )
            if at + length > end:
                break
            yield buffer[at : at + length]
            at += length
        self._rest = buffer[at:]


class _Reader:
    """A bounds-checked cursor over the body of one PDU."""

    __slots__ = ("at", "end", "frame", "strict")

    def __init__(self, frame: bytes, strict: bool) -> None:
        self.frame = frame
        self.at = HEADER
        self.end = len(frame)
        self.strict = strict

    def fault(self, status: int, why: str) -> PduError:
        length, command, _, sequence = peek(self.frame)
        return PduError(status, sequence, command, length, why)

    def octet(self, name: str) -> int:
        at = self.at
        if at >= self.end:
            raise self.fault(Status.INVALID_COMMAND_LENGTH, f"{name} is missing")
        self.at = at + 1
        return self.frame[at]

    def text(self, item: Field) -> str:
        stop = self.frame.find(0, self.at, self.end)
        if stop < 0:
            raise self.fault(item.fault, f"{item.name} is not closed")
        if self.strict and stop - self.at >= item.limit:
            raise self.fault(item.fault, f"{item.name} is too long")
        value = self.frame[self.at : stop].decode("latin-1")
        self.at = stop + 1
        return value

    def octets(self, count: int, status: int, why: str) -> bytes:
        stop = self.at + count
        if stop > self.end:
            raise self.fault(status, why)
        value = self.frame[self.at : stop]
        self.at = stop
        return value

    def message(self, item: Field) -> bytes:
        length = self.octet("sm_length")
        if self.strict and length > item.limit:
            raise self.fault(item.fault, f"sm_length {length}")
        return self.octets(length, item.fault, "sm_length runs past the body")

    def destinations(self, item: Field) -> list[tuple[Any, ...]]:
        count = self.octet("number_of_dests")
        if not 1 <= count <= item.limit:
            raise self.fault(item.fault, f"number_of_dests {count}")
        address = Field("destination_addr", Kind.TEXT, 21, Status.INVALID_DESTINATION)
        listed = Field("dl_name", Kind.TEXT, 21, Status.INVALID_LIST_NAME)
        found: list[tuple[Any, ...]] = []
        for _ in range(count):
            flag = self.octet("dest_flag")
            if flag == 1:
                found.append((self.octet("ton"), self.octet("npi"), self.text(address)))
            elif flag == 2:
                found.append((self.text(listed),))
            else:
                raise self.fault(Status.INVALID_DESTINATION_FLAG, f"dest_flag {flag}")
        return found

    def failures(self, item: Field) -> list[tuple[int, int, str, int]]:
        address = Field("destination_addr", Kind.TEXT, 21)
        found = []
        for _ in range(self.octet("no_unsuccess")):
            ton, npi, number = self.octet("ton"), self.octet("npi"), self.text(address)
            status = self.octets(4, item.fault, "error_status_code is cut")
            found.append((ton, npi, number, int.from_bytes(status, "big")))
        return found

    def value(self, item: Field) -> Any:
        if item.kind is Kind.TEXT:
            return self.text(item)
        if item.kind is Kind.MESSAGE:
            return self.message(item)
        return self.destinations(item) if item.kind is Kind.DESTINATIONS else self.failures(item)

    def tlvs(self) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        while self.at < self.end:
            if self.end - self.at < 4:
                raise self.fault(Status.INVALID_PARAMETER_STREAM, "cut parameter header")
            tag, length = _TLV.unpack_from(self.frame, self.at)
            self.at += 4
            why = f"parameter 0x{tag:04X} runs past the body"
            value = self.octets(length, Status.INVALID_PARAMETER_STREAM, why)
            found.setdefault(tag, []).append(value)
        return found


def decode_frame(frame: bytes, *, strict: bool = True) -> Pdu:
    """Read one whole PDU as the framer cut it.

    A response may come without its body (an error answer has none in 3.4). `strict` also enforces
    the length limits of the standard; a client reads without them, since providers exceed them.
    Raises PduError, never anything else.
    """
    length, command, status, sequence = _HEADER.unpack_from(frame)
    table = FIELDS.get(command)
    if table is None:
        why = f"unknown command_id 0x{command:08X}"
        raise PduError(Status.INVALID_COMMAND_ID, sequence, command, length, why)
    pdu = Pdu(command, status, sequence)
    if command & RESPONSE and length == HEADER:
        return pdu
    reader = _Reader(frame, strict)
    fields = pdu.fields
    for item in table:
        if item.kind is Kind.OCTET:
            fields[item.name] = reader.octet(item.name)
        else:
            fields[item.name] = reader.value(item)
    if reader.at < reader.end:
        pdu.tlvs = reader.tlvs()
    return pdu


def decode(buffer: bytes, *, max_pdu: int = MAX_PDU, strict: bool = True) -> tuple[Pdu | None, int]:
    """The first PDU of a buffer and the octets it took; (None, 0) while it is incomplete."""
    for frame in Framer(max_pdu).feed(bytes(buffer)):
        return decode_frame(frame, strict=strict), len(frame)
    return None, 0


def _text(name: str, value: str, limit: int) -> bytes:
    try:
        octets = value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"{name} holds characters outside Latin-1") from None
    if len(octets) >= limit:
        raise ValueError(f"{name} is longer than {limit - 1} octets")
    if b"\0" in octets:
        raise ValueError(f"{name} holds a NUL")
    return octets + b"\0"


def _octet(name: str, value: int) -> bytes:
    if not 0 <= value <= 255:
        raise ValueError(f"{name} is not one octet")
    return bytes((value,))


def _destination(entry: Sequence[Any]) -> bytes:
    if len(entry) == 1:
        return b"\x02" + _text("dl_name", entry[0], 21)
    return b"\x01" + bytes(entry[:2]) + _text("destination_addr", entry[2], 21)


def _failure(entry: Sequence[Any]) -> bytes:
    return bytes(entry[:2]) + _text("destination_addr", entry[2], 21) + _WORD.pack(entry[3])


def _write(item: Field, value: Any) -> bytes:
    if item.kind is Kind.OCTET:
        return _octet(item.name, value or 0)
    if item.kind is Kind.TEXT:
        return _text(item.name, value or "", item.limit)
    if item.kind is Kind.MESSAGE:
        return _message(value or b"")
    one = _destination if item.kind is Kind.DESTINATIONS else _failure
    entries = value or []
    if len(entries) > item.limit:
        raise ValueError(f"{item.name} has more than {item.limit} entries")
    return bytes((len(entries),)) + b"".join(one(entry) for entry in entries)


def _message(octets: bytes) -> bytes:
    if len(octets) > 254:
        raise ValueError("short_message is longer than 254 octets")
    return bytes((len(octets),)) + octets


def encode_tlvs(tlvs: Tlvs) -> bytes:
    """Raw values in, one or a list per tag; raises ValueError over 65,535 octets."""
    out = []
    for tag, given in tlvs.items():
        for value in (given,) if isinstance(given, bytes) else given:
            if len(value) > 0xFFFF:
                raise ValueError(f"parameter 0x{tag:04X} is longer than 65,535 octets")
            out.append(_TLV.pack(tag, len(value)) + value)
    return b"".join(out)


def encode(pdu: Pdu) -> bytes:
    """Write a PDU; raises ValueError for a value over its limit, KeyError for an unknown field.

    Absent fields are zero or empty. A response with an error status and no fields has no body.
    """
    table = FIELDS[pdu.command]
    unknown = pdu.fields.keys() - {item.name for item in table}
    if unknown:
        raise KeyError(f"{Command(pdu.command).name.lower()} has no field {sorted(unknown)}")
    if pdu.command & RESPONSE and pdu.status and not pdu.fields:
        body = b""
    else:
        body = b"".join([_write(item, pdu.fields.get(item.name)) for item in table])
    if pdu.tlvs:
        body += encode_tlvs(pdu.tlvs)
    return _HEADER.pack(HEADER + len(body), pdu.command, pdu.status, pdu.sequence) + body


_SUBMIT_DEFAULTS = {item.name: 0 if item.kind is Kind.OCTET else "" for item in FIELDS[4]}


def encode_submit_body(fields: Mapping[str, Any], tlvs: Tlvs | None = None) -> bytes:
    """The body of a submit_sm, by hand: the hot path. Without the sequence, so it is written once.

    Raises ValueError for a value over its limit and KeyError for a field submit_sm does not have.
    """
    get = fields.get
    if not fields.keys() <= _SUBMIT_DEFAULTS.keys():
        unknown = sorted(fields.keys() - _SUBMIT_DEFAULTS.keys())
        raise KeyError(f"submit_sm has no field {unknown}")
    message = get("short_message") or b""
    source = get("source_addr", "")
    destination = get("destination_addr", "")
    times = (get("schedule_delivery_time", ""), get("validity_period", ""))
    service = get("service_type", "")
    fits = len(source) < 21 and len(destination) < 21 and len(service) < 6
    if not fits or len(message) > 254 or len(times[0]) > 16 or len(times[1]) > 16:
        return _checked_submit_body(fields, tlvs)
    try:
        body = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b" % (
            service.encode("latin-1"),
            get("source_addr_ton", 0),
            get("source_addr_npi", 0),
            source.encode("latin-1"),
            get("dest_addr_ton", 0),
            get("dest_addr_npi", 0),
            destination.encode("latin-1"),
            get("esm_class", 0),
            get("protocol_id", 0),
            get("priority_flag", 0),
            times[0].encode("latin-1"),
            times[1].encode("latin-1"),
            get("registered_delivery", 0),
            get("replace_if_present_flag", 0),
            get("data_coding", 0),
            get("sm_default_msg_id", 0),
            len(message),
            message,
        )
    except (OverflowError, UnicodeEncodeError, TypeError):
        return _checked_submit_body(fields, tlvs)
    if "\0" in source + destination + service + times[0] + times[1]:
        return _checked_submit_body(fields, tlvs)
    return body + encode_tlvs(tlvs) if tlvs else body


def _checked_submit_body(fields: Mapping[str, Any], tlvs: Tlvs | None) -> bytes:
    """The slow way of the same, which names the field at fault."""
    body = b"".join([_write(item, fields.get(item.name)) for item in FIELDS[Command.SUBMIT_SM]])
    return body + encode_tlvs(tlvs) if tlvs else body
