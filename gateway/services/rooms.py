"""Where live calls are together: conferences and queues, as the events of the calls tell it.

A call does one verb after the other, each an event of the verb's name, so it is where its last verb
took it: in a conference, in a queue, or gone on. One query each.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from gateway.domain import policy
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.verbs import VERBS
from gateway.models import Call, CallEvent
from gateway.models.prepared import P, Prepared

CONFERENCE, QUEUE = "conference", "enqueue"

_VERBS = Prepared(
    lambda: (
        CallEvent.select(CallEvent.call_uid, CallEvent.type, CallEvent.data)
        .join(Call, on=(CallEvent.call_uid == Call.uid))
        .where(
            (Call.account_uid == P("account"))
            & (Call.visible_until.is_null() | (Call.visible_until > P("now")))
            & (Call.status == CallStatus.IN_PROGRESS)
            & CallEvent.type.in_(sorted(VERBS))
        )
        .order_by(CallEvent.id)
    )
)


class Queue(NamedTuple):
    """A queue and how many calls wait in it."""

    name: str
    length: int


def conferences(ctx: Context) -> list[str]:
    """Names of the account's conferences that have somebody in them, in order of name."""
    return sorted(_rooms(ctx, CONFERENCE))


def queues(ctx: Context, search: str = "") -> list[Queue]:
    """The account's queues that have calls in them and `search` in their name."""
    found = _rooms(ctx, QUEUE)
    return [Queue(name, found[name]) for name in sorted(found) if search in name]


def _rooms(ctx: Context, kind: str) -> Counter[str]:
    policy.require(ctx, "call.read")
    rows = _VERBS.all(account=ctx.account_uid, now=ctx.runtime.now())
    last = {row.call_uid: (row.type, row.data.get("name")) for row in rows}
    return Counter(str(name) for where, name in last.values() if where == kind and name)
