"""Receipts: which a message gets, how they read, and when they leave.

The message's `registered_delivery` asks for them: 1 for every end, 2 for failures only, 3 for
success only, and 0x10 for notices on the way. The script says which states come and in which form.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from emulators.smsc.store import Message
from emulators.smsc.wording import FINAL, STATES, id_in_form, receipt_text
from gateway.transports.smpp.commands import Tlv

_NOTICE = 0x20


def is_wanted(registered_delivery: int, state: str) -> bool:
    """Whether the sender asked to hear of this state."""
    if state not in FINAL:
        return bool(registered_delivery & 0x13)
    asked = registered_delivery & 0x03
    return asked == 1 or (asked == 2 and state != "DELIVRD") or (asked == 3 and state == "DELIVRD")


def receipt(
    message: Message, state: str, now: datetime, error: str | None = None
) -> tuple[dict[str, Any], dict[int, list[bytes]]]:
    """(fields, parameters) of the deliver_sm for a state, from the destination to the source.

    `error` is the script's unless given; a delivered message has none.
    """
    script, asked = message.script, message.fields
    message_id = id_in_form(message.number, script.receipt_form)
    error = script.error if error is None else error
    text = ""
    if script.body != "tlvs":
        text = receipt_text(message_id, state, message.submitted_at, now, error, message.text)
    esm_class = script.esm_class
    if state not in FINAL and esm_class:
        esm_class = _NOTICE if asked.get("registered_delivery", 0) & 0x10 else esm_class
    fields = {
        "source_addr_ton": asked.get("dest_addr_ton", 0),
        "source_addr_npi": asked.get("dest_addr_npi", 0),
        "source_addr": message.destination,
        "dest_addr_ton": asked.get("source_addr_ton", 0),
        "dest_addr_npi": asked.get("source_addr_npi", 0),
        "destination_addr": message.source[:20],
        "esm_class": esm_class,
        "short_message": text.encode("latin-1", errors="replace")[:254],
    }
    if script.body == "text":
        return fields, {}
    tlvs: dict[int, list[bytes]] = {
        Tlv.RECEIPTED_MESSAGE_ID: [message_id.encode() + b"\0"],
        Tlv.MESSAGE_STATE: [bytes((STATES[state],))],
    }
    if state in FINAL and state != "DELIVRD":
        tlvs[Tlv.NETWORK_ERROR_CODE] = [b"\x03" + _error_number(error)]
    return fields, tlvs


def _error_number(error: str) -> bytes:
    return int(error).to_bytes(2, "big") if error.isdecimal() and int(error) < 65_536 else b"\0\0"
