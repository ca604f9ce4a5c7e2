"""What the command_status of a peer's answer means and what to do about it.

The complete table of SMPP 3.4 and the additions of 5.0, each with how a refused submit is treated.
The treatments follow what message centres mean by the codes in practice (facts: command_status):
0x45 and 0xFF say "failed" for messages that were taken, so they are ambiguous; 0x04 says that our
idea of the session is wrong, so it mends the session and not the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Treatment(StrEnum):
    """What the sender of a message does.

    throttle: put back, slow the link down, not a failure of the message; retry: later, a few
    times; ambiguous: may have been taken, one or two tries; rebind: open the session again, then
    send again; permanent: the message has failed; link_permanent: this link cannot send until a
    person acts, another may.
    """

    OK = "ok"
    THROTTLE = "throttle"
    RETRY = "retry"
    AMBIGUOUS = "ambiguous"
    REBIND = "rebind"
    PERMANENT = "permanent"
    LINK_PERMANENT = "link_permanent"


OK: Final = 0x00
INVALID_COMMAND_LENGTH: Final = 0x02
INVALID_COMMAND: Final = 0x03
WRONG_BIND_STATE: Final = 0x04
ALREADY_BOUND: Final = 0x05
SYSTEM_ERROR: Final = 0x08
QUEUE_FULL: Final = 0x14
THROTTLED: Final = 0x58
TEMPORARY: Final = 0x64

NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x00: "ESME_ROK",
        0x01: "ESME_RINVMSGLEN",
        0x02: "ESME_RINVCMDLEN",
        0x03: "ESME_RINVCMDID",
        0x04: "ESME_RINVBNDSTS",
        0x05: "ESME_RALYBND",
        0x06: "ESME_RINVPRTFLG",
        0x07: "ESME_RINVREGDLVFLG",
        0x08: "ESME_RSYSERR",
        0x0A: "ESME_RINVSRCADR",
        0x0B: "ESME_RINVDSTADR",
        0x0C: "ESME_RINVMSGID",
        0x0D: "ESME_RBINDFAIL",
        0x0E: "ESME_RINVPASWD",
        0x0F: "ESME_RINVSYSID",
        0x11: "ESME_RCANCELFAIL",
        0x13: "ESME_RREPLACEFAIL",
        0x14: "ESME_RMSGQFUL",
        0x15: "ESME_RINVSERTYP",
        0x33: "ESME_RINVNUMDESTS",
        0x34: "ESME_RINVDLNAME",
        0x40: "ESME_RINVDESTFLAG",
        0x42: "ESME_RINVSUBREP",
        0x43: "ESME_RINVESMCLASS",
        0x44: "ESME_RCNTSUBDL",
        0x45: "ESME_RSUBMITFAIL",
        0x48: "ESME_RINVSRCTON",
        0x49: "ESME_RINVSRCNPI",
        0x50: "ESME_RINVDSTTON",
        0x51: "ESME_RINVDSTNPI",
        0x53: "ESME_RINVSYSTYP",
        0x54: "ESME_RINVREPFLAG",
        0x55: "ESME_RINVNUMMSGS",
        0x58: "ESME_RTHROTTLED",
        0x61: "ESME_RINVSCHED",
        0x62: "ESME_RINVEXPIRY",
        0x63: "ESME_RINVDFTMSGID",
        0x64: "ESME_RX_T_APPN",
        0x65: "ESME_RX_P_APPN",
        0x66: "ESME_RX_R_APPN",
        0x67: "ESME_RQUERYFAIL",
        0xC0: "ESME_RINVOPTPARSTREAM",
        0xC1: "ESME_ROPTPARNOTALLWD",
        0xC2: "ESME_RINVPARLEN",
        0xC3: "ESME_RMISSINGOPTPARAM",
        0xC4: "ESME_RINVOPTPARAMVAL",
        0xFE: "ESME_RDELIVERYFAILURE",
        0xFF: "ESME_RUNKNOWNERR",
        # version 5.0
        0x100: "ESME_RSERTYPUNAUTH",
        0x101: "ESME_RPROHIBITED",
        0x102: "ESME_RSERTYPUNAVAIL",
        0x103: "ESME_RSERTYPDENIED",
        0x104: "ESME_RINVDCS",
        0x105: "ESME_RINVSRCADDRSUBUNIT",
        0x106: "ESME_RINVDSTADDRSUBUNIT",
        0x107: "ESME_RINVBCASTFREQINT",
        0x108: "ESME_RINVBCASTALIAS_NAME",
        0x109: "ESME_RINVBCASTAREAFMT",
        0x10A: "ESME_RINVNUMBCAST_AREAS",
        0x10B: "ESME_RINVBCASTCNTTYPE",
        0x10C: "ESME_RINVBCASTMSGCLASS",
        0x10D: "ESME_RBCASTFAIL",
        0x10E: "ESME_RBCASTQUERYFAIL",
        0x10F: "ESME_RBCASTCANCELFAIL",
        0x110: "ESME_RINVBCAST_REP",
        0x111: "ESME_RINVBCASTSRVGRP",
        0x112: "ESME_RINVBCASTCHANIND",
    }
)

# Everything that is not named here is permanent, also what vendors add (0x400 to 0x4FF).
_SUBMIT: Final[Mapping[int, Treatment]] = MappingProxyType(
    {
        0x00: Treatment.OK,
        0x04: Treatment.REBIND,
        0x05: Treatment.RETRY,
        0x08: Treatment.RETRY,
        0x0D: Treatment.RETRY,
        0x0E: Treatment.LINK_PERMANENT,
        0x0F: Treatment.LINK_PERMANENT,
        0x14: Treatment.THROTTLE,
        0x45: Treatment.AMBIGUOUS,
        0x58: Treatment.THROTTLE,
        0x64: Treatment.RETRY,
        0xFE: Treatment.RETRY,
        0xFF: Treatment.AMBIGUOUS,
        0x102: Treatment.RETRY,
    }
)

_NO_OVERRIDES: Final[Mapping[int, Treatment]] = MappingProxyType({})


def treat(status: int, overrides: Mapping[int, Treatment] = _NO_OVERRIDES) -> Treatment:
    """How to treat a message whose submit was answered with `status`.

    `overrides` is the table of one link, for the codes its vendor uses in its own way.
    """
    treatment = overrides.get(status) or _SUBMIT.get(status)
    return Treatment.PERMANENT if treatment is None else treatment


def name(status: int) -> str:
    """The standard's name; a code without one is named by its digits."""
    return NAMES.get(status) or f"0x{status:08X}"


def describe(status: int) -> str:
    """Name and code, for people: `ESME_RTHROTTLED (0x00000058)`."""
    code = f"0x{status:08X}"
    return f"{NAMES[status]} ({code})" if status in NAMES else code


def read_overrides(table: Mapping[str, str]) -> dict[int, Treatment]:
    """A link's table as stored, `{"0x45": "permanent", "1025": "retry"}`, as `treat` takes it.

    Raises ValueError for a code that is no number and for an unknown treatment.
    """
    return {int(code, 0): Treatment(word) for code, word in table.items()}
