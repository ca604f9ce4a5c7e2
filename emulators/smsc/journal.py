"""A PDU in plain words for the journal: JSON-ready, octets in hexadecimal, no password."""

from __future__ import annotations

from typing import Any

from emulators.smsc.store import concatenation
from gateway.domain import segments
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import Command, Tlv, command_name
from gateway.transports.smpp.server import ServerSession

_TEXTS = frozenset({Command.SUBMIT_SM, Command.SUBMIT_MULTI, Command.DELIVER_SM, Command.DATA_SM})
_RECEIPT = 0x3C


def as_entry(session: ServerSession, direction: str, pdu: Pdu) -> dict[str, Any]:
    """`pdu` is the command's name, `text` what it says, `part` which part of a text."""
    entry: dict[str, Any] = {
        "direction": direction,
        "pdu": command_name(pdu.command),
        "status": pdu.status,
        "sequence": pdu.sequence,
        "session": session.id,
        "system_id": session.system_id or pdu.fields.get("system_id", ""),
        "fields": {name: _plain(value) for name, value in _shown(pdu.fields)},
    }
    if pdu.tlvs:
        entry["tlvs"] = {_tag(tag): [v.hex() for v in values] for tag, values in pdu.tlvs.items()}
    if pdu.command in _TEXTS:
        entry.update(_text(pdu))
    return entry


def _shown(fields: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in fields.items() if name != "password"]


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _tag(tag: int) -> str:
    return Tlv(tag).name.lower() if tag in Tlv.__members__.values() else f"0x{tag:04x}"


def _text(pdu: Pdu) -> dict[str, Any]:
    concat, octets = concatenation(pdu, pdu.payload)
    if pdu.command == Command.DELIVER_SM and pdu.fields.get("esm_class", 0) & _RECEIPT:
        return {"text": octets.decode("latin-1"), "receipt": True}
    found: dict[str, Any] = {"text": text_of(pdu)}
    if concat is not None:
        found["part"] = {"index": concat.index, "total": concat.total}
    return found


def text_of(pdu: Pdu) -> str:
    """The text a PDU carries, of a long one its part."""
    _, octets = concatenation(pdu, pdu.payload)
    return segments.decode_payload(pdu.fields.get("data_coding", 0), octets)
