"""The words of SMPP 3.4 as data: command ids, parameter tags, statuses, fields of every PDU.

The codec walks these tables in both directions, so a field is described in exactly one place: its
name, its kind, the most octets it may take (a closing NUL included) and the command_status a strict
reader answers when the limit is broken.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

RESPONSE = 0x8000_0000
HEADER = 16
MAX_PDU = 70_000
MAX_SEQUENCE = 0x7FFF_FFFF


class Command(IntEnum):
    """command_id values."""

    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    REPLACE_SM = 0x07
    CANCEL_SM = 0x08
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    SUBMIT_MULTI = 0x21
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103
    GENERIC_NACK = 0x8000_0000
    BIND_RECEIVER_RESP = 0x8000_0001
    BIND_TRANSMITTER_RESP = 0x8000_0002
    QUERY_SM_RESP = 0x8000_0003
    SUBMIT_SM_RESP = 0x8000_0004
    DELIVER_SM_RESP = 0x8000_0005
    UNBIND_RESP = 0x8000_0006
    REPLACE_SM_RESP = 0x8000_0007
    CANCEL_SM_RESP = 0x8000_0008
    BIND_TRANSCEIVER_RESP = 0x8000_0009
    ENQUIRE_LINK_RESP = 0x8000_0015
    SUBMIT_MULTI_RESP = 0x8000_0021
    DATA_SM_RESP = 0x8000_0103


BINDS = frozenset({Command.BIND_RECEIVER, Command.BIND_TRANSMITTER, Command.BIND_TRANSCEIVER})


class Status(IntEnum):
    """The command_status values this package itself sends or acts on."""

    OK = 0x00
    INVALID_MESSAGE_LENGTH = 0x01
    INVALID_COMMAND_LENGTH = 0x02
    INVALID_COMMAND_ID = 0x03
    INVALID_BIND_STATE = 0x04
    ALREADY_BOUND = 0x05
    INVALID_PRIORITY = 0x06
    INVALID_REGISTERED_DELIVERY = 0x07
    SYSTEM_ERROR = 0x08
    INVALID_SOURCE = 0x0A
    INVALID_DESTINATION = 0x0B
    INVALID_MESSAGE_ID = 0x0C
    BIND_FAILED = 0x0D
    INVALID_PASSWORD = 0x0E
    INVALID_SYSTEM_ID = 0x0F
    CANCEL_FAILED = 0x11
    REPLACE_FAILED = 0x13
    QUEUE_FULL = 0x14
    INVALID_SERVICE_TYPE = 0x15
    INVALID_DESTINATION_COUNT = 0x33
    INVALID_LIST_NAME = 0x34
    INVALID_DESTINATION_FLAG = 0x40
    INVALID_ESM_CLASS = 0x43
    SUBMIT_FAILED = 0x45
    INVALID_SOURCE_TON = 0x48
    INVALID_SOURCE_NPI = 0x49
    INVALID_DESTINATION_TON = 0x50
    INVALID_DESTINATION_NPI = 0x51
    INVALID_SYSTEM_TYPE = 0x53
    INVALID_REPLACE_FLAG = 0x54
    THROTTLED = 0x58
    INVALID_SCHEDULE = 0x61
    INVALID_EXPIRY = 0x62
    TEMPORARY_APP_ERROR = 0x64
    PERMANENT_APP_ERROR = 0x65
    QUERY_FAILED = 0x67
    INVALID_PARAMETER_STREAM = 0xC0
    INVALID_PARAMETER_LENGTH = 0xC2
    MISSING_PARAMETER = 0xC3
    INVALID_PARAMETER_VALUE = 0xC4
    UNKNOWN_ERROR = 0xFF


class Tlv(IntEnum):
    """Tags of optional parameters."""

    DEST_ADDR_SUBUNIT = 0x0005
    DEST_NETWORK_TYPE = 0x0006
    SOURCE_ADDR_SUBUNIT = 0x000D
    SOURCE_NETWORK_TYPE = 0x000E
    QOS_TIME_TO_LIVE = 0x0017
    PAYLOAD_TYPE = 0x0019
    ADDITIONAL_STATUS_INFO_TEXT = 0x001D
    RECEIPTED_MESSAGE_ID = 0x001E
    MS_MSG_WAIT_FACILITIES = 0x0030
    PRIVACY_INDICATOR = 0x0201
    SOURCE_SUBADDRESS = 0x0202
    DEST_SUBADDRESS = 0x0203
    USER_MESSAGE_REFERENCE = 0x0204
    USER_RESPONSE_CODE = 0x0205
    SOURCE_PORT = 0x020A
    DESTINATION_PORT = 0x020B
    SAR_MSG_REF_NUM = 0x020C
    LANGUAGE_INDICATOR = 0x020D
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    CALLBACK_NUM = 0x0381
    DPF_RESULT = 0x0420
    SET_DPF = 0x0421
    MS_AVAILABILITY_STATUS = 0x0422
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427
    USSD_SERVICE_OP = 0x0501
    ALERT_ON_MESSAGE_DELIVERY = 0x130C


class Kind(StrEnum):
    """How a field lies in the octets of a PDU."""

    OCTET = "one unsigned octet"
    TEXT = "C-octet string: latin-1, closed by a NUL"
    MESSAGE = "sm_length octet, then that many octets"
    DESTINATIONS = "number_of_dests, then flagged addresses or list names"
    FAILURES = "no_unsuccess, then addresses with their status"


class Field(NamedTuple):
    """A mandatory field; `limit` counts the NUL, `fault` is what a strict reader answers."""

    name: str
    kind: Kind = Kind.OCTET
    limit: int = 1
    fault: int = Status.INVALID_COMMAND_LENGTH


def _text(name: str, limit: int, fault: int = Status.INVALID_COMMAND_LENGTH) -> Field:
    return Field(name, Kind.TEXT, limit, fault)


def _address(prefix: str, address: str, fault: int, limit: int = 21) -> tuple[Field, ...]:
    return (Field(f"{prefix}_addr_ton"), Field(f"{prefix}_addr_npi"), _text(address, limit, fault))


_SERVICE = _text("service_type", 6, Status.INVALID_SERVICE_TYPE)
_SOURCE = _address("source", "source_addr", Status.INVALID_SOURCE)
_DESTINATION = _address("dest", "destination_addr", Status.INVALID_DESTINATION)
_MESSAGE_ID = _text("message_id", 65, Status.INVALID_MESSAGE_ID)
_SCHEDULE = (
    _text("schedule_delivery_time", 17, Status.INVALID_SCHEDULE),
    _text("validity_period", 17, Status.INVALID_EXPIRY),
)
_TEXT = Field("short_message", Kind.MESSAGE, 254, Status.INVALID_MESSAGE_LENGTH)
_HANDLING = (
    Field("esm_class"),
    Field("protocol_id"),
    Field("priority_flag"),
    *_SCHEDULE,
    Field("registered_delivery"),
    Field("replace_if_present_flag"),
    Field("data_coding"),
    Field("sm_default_msg_id"),
    _TEXT,
)
_BIND = (
    _text("system_id", 16, Status.INVALID_SYSTEM_ID),
    _text("password", 9, Status.INVALID_PASSWORD),
    _text("system_type", 13, Status.INVALID_SYSTEM_TYPE),
    Field("interface_version"),
    Field("addr_ton"),
    Field("addr_npi"),
    _text("address_range", 41),
)
_BOUND = (_text("system_id", 16),)
_SUBMIT = (_SERVICE, *_SOURCE, *_DESTINATION, *_HANDLING)

FIELDS: dict[int, tuple[Field, ...]] = {
    Command.BIND_RECEIVER: _BIND,
    Command.BIND_TRANSMITTER: _BIND,
    Command.BIND_TRANSCEIVER: _BIND,
    Command.BIND_RECEIVER_RESP: _BOUND,
    Command.BIND_TRANSMITTER_RESP: _BOUND,
    Command.BIND_TRANSCEIVER_RESP: _BOUND,
    Command.OUTBIND: _BIND[:2],
    Command.UNBIND: (),
    Command.UNBIND_RESP: (),
    Command.ENQUIRE_LINK: (),
    Command.ENQUIRE_LINK_RESP: (),
    Command.GENERIC_NACK: (),
    Command.SUBMIT_SM: _SUBMIT,
    Command.SUBMIT_SM_RESP: (_MESSAGE_ID,),
    Command.DELIVER_SM: _SUBMIT,
    Command.DELIVER_SM_RESP: (_MESSAGE_ID,),
    Command.SUBMIT_MULTI: (
        _SERVICE,
        *_SOURCE,
        Field("dest_addresses", Kind.DESTINATIONS, 254, Status.INVALID_DESTINATION_COUNT),
        *_HANDLING,
    ),
    Command.SUBMIT_MULTI_RESP: (_MESSAGE_ID, Field("unsuccess_sme", Kind.FAILURES, 255)),
    Command.DATA_SM: (
        _SERVICE,
        *_address("source", "source_addr", Status.INVALID_SOURCE, 65),
        *_address("dest", "destination_addr", Status.INVALID_DESTINATION, 65),
        Field("esm_class"),
        Field("registered_delivery"),
        Field("data_coding"),
    ),
    Command.DATA_SM_RESP: (_MESSAGE_ID,),
    Command.QUERY_SM: (_MESSAGE_ID, *_SOURCE),
    Command.QUERY_SM_RESP: (
        _MESSAGE_ID,
        _text("final_date", 17),
        Field("message_state"),
        Field("error_code"),
    ),
    Command.CANCEL_SM: (_SERVICE, _MESSAGE_ID, *_SOURCE, *_DESTINATION),
    Command.CANCEL_SM_RESP: (),
    Command.REPLACE_SM: (
        _MESSAGE_ID,
        *_SOURCE,
        *_SCHEDULE,
        Field("registered_delivery"),
        Field("sm_default_msg_id"),
        _TEXT,
    ),
    Command.REPLACE_SM_RESP: (),
    Command.ALERT_NOTIFICATION: (
        *_address("source", "source_addr", Status.INVALID_SOURCE, 65),
        *_address("esme", "esme_addr", Status.INVALID_DESTINATION, 65),
    ),
}


def command_name(command: int) -> str:
    """`submit_sm` for 4; an unknown id is shown in hexadecimal."""
    try:
        return Command(command).name.lower()
    except ValueError:
        return f"0x{command:08x}"


def status_name(status: int) -> str:
    """A status as text for logs: `0x00000058 throttled`."""
    try:
        word = Status(status).name.lower().replace("_", " ")
    except ValueError:
        word = "unlisted status"
    return f"0x{status:08X} {word}"
