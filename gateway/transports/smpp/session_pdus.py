"""The client's session PDUs, written by smpplib from values that were checked first.

smpplib cuts an over-long field in silence, so callers validate (`LinkSpec`); a provider that takes
longer credentials than the standard is served by our own writer.
"""

from __future__ import annotations

import struct

from smpplib import consts, smpp

from gateway.transports.smpp.commands import RESPONSE, Command
from gateway.transports.smpp.shapes import LinkSpec, Role, check_text

_BIND = {
    Role.TRANSCEIVER: ("bind_transceiver", Command.BIND_TRANSCEIVER),
    Role.TRANSMITTER: ("bind_transmitter", Command.BIND_TRANSMITTER),
    Role.RECEIVER: ("bind_receiver", Command.BIND_RECEIVER),
}
_HEADER = struct.Struct(">IIII")


class _Sequence:
    """What smpplib takes a sequence number from."""

    def __init__(self, number: int) -> None:
        self.sequence = number

    def next_sequence(self) -> int:
        return self.sequence


def bind_answer(role: Role) -> int:
    """The command_id of the response to a bind of this role."""
    return _BIND[role][1] | RESPONSE


def bind(role: Role, spec: LinkSpec, sequence: int) -> bytes:
    name, command = _BIND[role]
    if spec.long_credentials:
        return _long_bind(command, spec, sequence)
    pdu = smpp.make_pdu(
        name,
        client=_Sequence(sequence),
        system_id=spec.system_id,
        password=spec.password,
        system_type=spec.system_type,
        interface_version=consts.SMPP_VERSION_34,
        addr_ton=spec.addr_ton,
        addr_npi=spec.addr_npi,
        address_range=spec.address_range,
    )
    return pdu.generate()


def _long_bind(command: int, spec: LinkSpec, sequence: int) -> bytes:
    texts = [value.encode() + b"\0" for value in (spec.system_id, spec.password, spec.system_type)]
    numbers = bytes((consts.SMPP_VERSION_34, spec.addr_ton, spec.addr_npi))
    body = b"".join(texts) + numbers + spec.address_range.encode() + b"\0"
    return _HEADER.pack(16 + len(body), command, 0, sequence) + body


def enquire_link(sequence: int) -> bytes:
    return smpp.make_pdu("enquire_link", client=_Sequence(sequence)).generate()


def unbind(sequence: int) -> bytes:
    return smpp.make_pdu("unbind", client=_Sequence(sequence)).generate()


def query_sm(sequence: int, message_id: str, source: str, ton: int = 0, npi: int = 0) -> bytes:
    """Ask for a message's state; raises ValueError where smpplib would cut a value."""
    check_text("message_id", message_id, 65)
    check_text("source_addr", source, 21)
    pdu = smpp.make_pdu(
        "query_sm",
        client=_Sequence(sequence),
        message_id=message_id,
        source_addr_ton=ton,
        source_addr_npi=npi,
        source_addr=source,
    )
    return pdu.generate()
