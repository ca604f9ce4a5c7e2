"""Sending a message for a caller who wants to know at once what the carrier said.

The message is accepted as every other is, and its row is then looked at until its first part has an
answer. Nothing depends on the wait: a caller who went away, or whose time ended, has a message on
its way all the same. Between two looks no connection is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.messages import PartState, Status
from gateway.models import Message, MessagePart
from gateway.models.database import relinquish
from gateway.models.prepared import P, Prepared
from gateway.services import leases, messages

_FIRST_PART = Prepared(
    lambda: MessagePart.select(
        MessagePart.state, MessagePart.remote_id, MessagePart.command_status, MessagePart.error
    ).where(MessagePart.message_uid == P("message_uid"), MessagePart.index == P("index"))
)
_MESSAGE = Prepared(lambda: Message.select(Message.status).where(Message.uid == P("uid")))
_OPEN: Final = frozenset({PartState.PENDING, PartState.SUBMITTING})
_REFUSED: Final = frozenset({PartState.REJECTED, PartState.FAILED})


@dataclass(frozen=True, slots=True)
class Handover:
    """Where a message stands with the carrier.

    `refused` is final. `remote_id` is the carrier's id, None while it has given none; `status` says
    then how far the message is. `command_status` is the carrier's number for a refusal.
    """

    uid: UUID
    status: str
    refused: bool = False
    answered: bool = False
    remote_id: str | None = None
    command_status: int | None = None
    error: str | None = None


def send(ctx: Context, change: Mapping[str, Any], pauses: Iterable[Any] = ()) -> Handover:
    """Accept a message (`messages.send`) and tell what became of its first part.

    Looks again after each of `pauses` while that is open and any worker is there to close it.
    Conflict when the account has no link at all.
    """
    message = messages.send(ctx, dict(change), needs_link=True)
    told = look(message)
    if told.answered or not leases.held("worker:", datetime.now(UTC)):
        return told
    waiting = iter(pauses)
    while not told.answered:
        relinquish()
        if next(waiting, None) is None:
            break
        told = look(message)
    return told


def look(message: Any) -> Handover:
    """What is known of a message's first part now."""
    part = _FIRST_PART.one(message_uid=message.uid, index=1)
    if part is None:  # no carrier is asked for what never leaves this gateway
        row = _MESSAGE.one(uid=message.uid) or message
        return Handover(message.uid, str(row.status), answered=True)
    state = PartState(part.state)
    return Handover(
        uid=message.uid,
        status=str(Status.QUEUED if state in _OPEN else state),
        refused=state in _REFUSED and part.remote_id is None,
        answered=state not in _OPEN,
        remote_id=part.remote_id,
        command_status=part.command_status,
        error=part.error,
    )
