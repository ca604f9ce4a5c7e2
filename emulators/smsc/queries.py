"""query_sm, cancel_sm and replace_sm against the store of messages."""

from __future__ import annotations

from datetime import datetime

from emulators.smsc.checks import time_fault
from emulators.smsc.store import Message, Store
from emulators.smsc.wording import absolute_time, parse_time
from gateway.transports.smpp.codec import Pdu
from gateway.transports.smpp.commands import Command, Status
from gateway.transports.smpp.server import Reply


def answer(store: Store, system_id: str, pdu: Pdu, now: datetime) -> Reply:
    """The reply to one of the three; only the customer's own messages are found."""
    if pdu.command == Command.CANCEL_SM:
        return Reply(_cancel(store, system_id, pdu, now))
    message = store.get(system_id, pdu.fields["message_id"])
    if message is None or message.source != pdu.fields["source_addr"]:
        return Reply(Status.INVALID_MESSAGE_ID)
    if pdu.command == Command.QUERY_SM:
        return _query(message)
    return Reply(_replace(store, message, pdu, now))


def _query(message: Message) -> Reply:
    final = absolute_time(message.done_at) if message.done_at else ""
    error = message.script.error
    return Reply(
        0,
        {
            "message_id": message.id,
            "final_date": final,
            "message_state": message.state_number,
            "error_code": int(error) & 0xFF if error.isdecimal() and message.is_final else 0,
        },
    )


def _cancel(store: Store, system_id: str, pdu: Pdu, now: datetime) -> int:
    """By id, or without one all pending messages of that source, destination and service type."""
    fields = pdu.fields
    if fields["message_id"]:
        found = store.get(system_id, fields["message_id"])
        if found is None or found.source != fields["source_addr"]:
            return Status.INVALID_MESSAGE_ID
        if found.is_final or fields["destination_addr"] not in ("", found.destination):
            return Status.CANCEL_FAILED
        found.move("DELETED", now)
        return Status.OK
    pending = [
        message
        for message in store.messages()
        if message.system_id == system_id
        and not message.is_final
        and message.source == fields["source_addr"]
        and message.destination == fields["destination_addr"]
        and message.fields.get("service_type", "") == fields["service_type"]
    ]
    for message in pending:
        message.move("DELETED", now)
    return Status.OK if pending else Status.CANCEL_FAILED


def _replace(store: Store, message: Message, pdu: Pdu, now: datetime) -> int:
    fault = time_fault(pdu.fields, now)
    if fault or message.is_final:
        return fault or Status.REPLACE_FAILED
    store.replace_text(message, pdu.fields["short_message"])
    message.fields["registered_delivery"] = pdu.fields["registered_delivery"]
    expires = parse_time(pdu.fields["validity_period"], now)
    message.expires_at = expires or message.expires_at
    return Status.OK
