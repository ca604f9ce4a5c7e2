"""What a strict provider refuses in a submission, field by field, with the standard's status."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from emulators.smsc.wording import parse_time
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import Command, Status, Tlv

_TONS = range(0, 7)
_NPIS = frozenset({0, 1, 3, 4, 6, 8, 9, 10, 14, 18})
_ALPHANUMERIC = 5
_SIZES = {
    Tlv.SAR_MSG_REF_NUM: {2},
    Tlv.SAR_TOTAL_SEGMENTS: {1},
    Tlv.SAR_SEGMENT_SEQNUM: {1},
    Tlv.SOURCE_PORT: {2},
    Tlv.DESTINATION_PORT: {2},
    Tlv.USER_MESSAGE_REFERENCE: {2},
    Tlv.MORE_MESSAGES_TO_SEND: {1},
    Tlv.PAYLOAD_TYPE: {1},
    Tlv.USSD_SERVICE_OP: {1},
    Tlv.ALERT_ON_MESSAGE_DELIVERY: {0},
    Tlv.NETWORK_ERROR_CODE: {3},
    Tlv.MESSAGE_STATE: {1},
}


def submission_fault(pdu: Pdu, now: datetime) -> int:
    """The status a submit_sm, submit_multi or data_sm is refused with, 0 if it is in order."""
    fields = pdu.fields
    return (
        _source_fault(fields)
        or (0 if pdu.command == Command.SUBMIT_MULTI else destination_fault(fields))
        or _flag_fault(fields)
        or time_fault(fields, now)
        or _content_fault(pdu)
        or _parameter_fault(pdu)
    )


def _source_fault(fields: dict[str, Any]) -> int:
    if fields["source_addr_ton"] not in _TONS:
        return Status.INVALID_SOURCE_TON
    if fields["source_addr_npi"] not in _NPIS:
        return Status.INVALID_SOURCE_NPI
    source = fields["source_addr"]
    if fields["source_addr_ton"] == _ALPHANUMERIC:
        return 0 if 1 <= len(source) <= 11 else Status.INVALID_SOURCE
    return 0 if not source or _is_number(source) else Status.INVALID_SOURCE


def destination_fault(fields: dict[str, Any]) -> int:
    if fields["dest_addr_ton"] not in _TONS:
        return Status.INVALID_DESTINATION_TON
    if fields["dest_addr_npi"] not in _NPIS:
        return Status.INVALID_DESTINATION_NPI
    return 0 if _is_number(fields["destination_addr"]) else Status.INVALID_DESTINATION


def _is_number(text: str) -> bool:
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) <= 20


def _flag_fault(fields: dict[str, Any]) -> int:
    if fields.get("priority_flag", 0) > 3:
        return Status.INVALID_PRIORITY
    if fields.get("registered_delivery", 0) & 0xE0:
        return Status.INVALID_REGISTERED_DELIVERY
    if fields.get("replace_if_present_flag", 0) > 1:
        return Status.INVALID_REPLACE_FLAG
    return Status.INVALID_ESM_CLASS if fields.get("esm_class", 0) & 0x3C not in _TYPES else 0


# Message types an ESME may submit: default, delivery acknowledgement, user acknowledgement.
_TYPES = frozenset({0x00, 0x08, 0x10})


def time_fault(fields: dict[str, Any], now: datetime) -> int:
    for name, status in (
        ("schedule_delivery_time", Status.INVALID_SCHEDULE),
        ("validity_period", Status.INVALID_EXPIRY),
    ):
        try:
            parse_time(fields.get(name, ""), now)
        except ValueError:
            return status
    return 0


def _content_fault(pdu: Pdu) -> int:
    """short_message or message_payload, not both; a UDH must lie inside the text."""
    if pdu.fields.get("short_message") and Tlv.MESSAGE_PAYLOAD in pdu.tlvs:
        return Status.INVALID_MESSAGE_LENGTH
    octets = pdu.payload
    if pdu.fields.get("esm_class", 0) & 0x40 and (not octets or octets[0] + 1 > len(octets)):
        return Status.INVALID_ESM_CLASS
    return 0


def _parameter_fault(pdu: Pdu) -> int:
    for tag, values in pdu.tlvs.items():
        sizes = _SIZES.get(Tlv(tag)) if tag in Tlv.__members__.values() else None
        if sizes and any(len(value) not in sizes for value in values):
            return Status.INVALID_PARAMETER_LENGTH
    sar = [
        tag in pdu.tlvs
        for tag in (Tlv.SAR_MSG_REF_NUM, Tlv.SAR_TOTAL_SEGMENTS, Tlv.SAR_SEGMENT_SEQNUM)
    ]
    if not any(sar):
        return 0
    if not all(sar):
        return Status.MISSING_PARAMETER
    total = pdu.tlvs[Tlv.SAR_TOTAL_SEGMENTS][0][0]
    index = pdu.tlvs[Tlv.SAR_SEGMENT_SEQNUM][0][0]
    return 0 if 1 <= index <= total else Status.INVALID_PARAMETER_VALUE
