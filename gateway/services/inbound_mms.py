"""A media message that arrives without a carrier: what a test plays to see how its app takes one.

SMPP carries no media, so there is no link such a message could come over. Its record says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.messages import Status
from gateway.domain.problems import NotFound
from gateway.domain.words import Direction, MessageTransport, NumberStatus
from gateway.models import Message, Number
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import hook_jobs
from gateway.services.messages import CURRENCY, Accepted

_owner = Prepared(
    lambda: (
        Number.select(Number.account, Number.kind)
        .where(
            Number.e164 == P("e164"),
            Number.status == NumberStatus.OWNED,
            Number.account.is_null(False),
        )
        .order_by(Number.id)
        .limit(1)
    )
)
_insert = Insert(Message)


def arrive(
    ctx: Context, source: str, destination: str, text: str, media: Sequence[dict[str, Any]]
) -> UUID:
    """Store the message for the owner of `destination` (E.164) and tell its subscribers.

    `media` are objects with `url` and, if known, file_name, file_size and mime_type. Raises
    NotFound when nobody owns the number.
    """
    now = ctx.runtime.now()
    with write():
        owner = _owner.one(e164=destination)
        if owner is None:
            raise NotFound(f"Nobody owns the number {destination}.")
        values = {
            "uid": ctx.runtime.new_uid(),
            "created_at": now,
            "account_uid": owner.account_uid,
            "direction": Direction.INBOUND,
            "from_number": source,
            "to_number": destination,
            "text": text,
            "coding": 0,
            "segments": 1,
            "is_mms": True,
            "media": list(media),
            "status": Status.RECEIVED,
            "trunk_uid": None,
            "transport": MessageTransport.LOCAL,
            "number_kind": owner.kind,
            "price_nano": ctx.settings.mms_price_nano,
            "currency": CURRENCY,
            "queued_at": now,
            "done_at": now,
            "extras": {"core": {"simulated": True}},
        }
        _insert.run(values)
        hook_jobs.announce(ctx, Accepted({**values, "callback_url": None}))
    return UUID(str(values["uid"]))
