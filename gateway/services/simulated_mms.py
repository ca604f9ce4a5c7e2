"""The simulated carrier of media messages: for trying things out, where no real one is connected.

A message that goes this way is recorded as delivered at once, with both receipts, and says in its
extras and in each receipt that no real carrier was involved.
"""

from __future__ import annotations

from typing import Any

from gateway.domain.context import Context
from gateway.domain.messages import Status
from gateway.models import Message, Receipt
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import hook_jobs

NOTE = "simulated carrier, nothing was sent"

_insert = Insert(Receipt)
_delivered = Prepared(
    lambda: Message.update(
        status=P("status"), sent_at=P("now"), done_at=P("now"), extras=P("extras")
    ).where(Message.uid == P("uid"))
)


class _Made:
    """A receipt that was just written; reads as its row."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def deliver(ctx: Context, message: Any) -> list[Any]:
    """Record a just inserted message as sent and delivered; its receipts, newest first."""
    now = ctx.runtime.now()
    _delivered.run(
        uid=message.uid,
        status=Status.DELIVERED,
        now=now,
        extras={**message.extras, "core": {"simulated": True}},
    )
    made = []
    for level, status in ((1, Status.SENT), (2, Status.DELIVERED)):
        receipt = _Made(
            {
                "uid": ctx.runtime.new_uid(),
                "created_at": now,
                "message_uid": message.uid,
                "level": level,
                "status": status,
                "code": None,
                "description": f"{status.capitalize()} ({NOTE})",
                "at": now,
            }
        )
        _insert.run(dict(receipt.__dict__))
        hook_jobs.announce(ctx, message, receipt=receipt)
        made.append(receipt)
    return made[::-1]
