"""Messages accepted while they had no way to leave by: looked at again until there is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.messages import PartState, Status
from gateway.models import Message, MessagePart
from gateway.models.prepared import P, Prepared
from gateway.services import jobs, progress, ways
from gateway.services.batch import Batch

UNROUTED_SECONDS = 30.0

_message = Prepared(
    lambda: Message.select(
        Message.uid,
        Message.account_uid,
        Message.status,
        Message.queued_at,
        Message.direction,
        Message.from_number,
        Message.to_number,
        Message.is_mms,
        Message.callback_url,
        Message.callback_dialect,
    ).where(Message.uid == P("uid"))
)
_routed = Prepared(
    lambda: Message.update(
        status=P("status"), trunk_uid=P("trunk_uid"), transport=P("transport")
    ).where(Message.uid == P("uid"))
)
_end_parts = Prepared(
    lambda: MessagePart.update(state=P("state"), error=P("error")).where(
        MessagePart.message_uid == P("uid"), MessagePart.state == P("pending")
    )
)


def route(ctx: Context, job: Any, holder: str) -> bool:
    """Find a way for a message that has none, or look again later; True when one was found.

    Call inside a transaction that holds the claim.
    """
    now = ctx.runtime.now()
    message = _message.one(uid=UUID(job.payload["message"]))
    if message is None:
        jobs.finish([job.uid], holder)
        return False
    if now - message.queued_at >= timedelta(hours=ctx.settings.validity_hours):
        expire(ctx, job, holder, message)
        return False
    to = ways.best(ctx, ways.of_message(ctx, message))
    if to is None:
        due = now + timedelta(seconds=UNROUTED_SECONDS)
        jobs.retry(job, holder, due, "no link")
        return False
    if jobs.retry(job, holder, now, "", lane=to.lane):
        _routed.run(
            uid=message.uid,
            status=Status.QUEUED,
            trunk_uid=to.trunk_uid,
            transport=to.transport,
        )
    return True


def expire(ctx: Context, job: Any, holder: str, message: Any) -> None:
    """End a message whose time is over before it was sent."""
    _end_parts.run(
        uid=message.uid, state=PartState.EXPIRED, pending=PartState.PENDING, error="expired"
    )
    batch = Batch()
    progress.finish_message(ctx, message, Status.EXPIRED, batch, error="no link in time")
    batch.flush()
    jobs.finish([job.uid], holder)
