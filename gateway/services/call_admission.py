"""Whether a call is let through: the countries the account may call and its rules are asked, then
the rate of its trunk.

What is refused here never reaches a peer: it ends at once as a failed call, and does not count
towards the rate. A rate is so many calls begun within one second, by the runtime's clock. Only
calls made before this one count, so of calls made at the same moment the first ones go through; two
that different processes commit at one instant may both do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import peewee as pw

from gateway.domain.call_rules import Attempt
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.words import Direction
from gateway.models import Call, Trunk
from gateway.models.prepared import P, Prepared, among
from gateway.services import call_blocking, call_devices, call_progress, countries

BLOCKED, TOO_MANY = 403, 603
"""SIP statuses of what is refused here: Forbidden by a rule or for its country, Decline above the
rate."""
SECOND = timedelta(seconds=1)

_RATE = Prepared(
    lambda: Trunk.select(Trunk.calls_per_second).where(
        (Trunk.uid == P("trunk")) & Trunk.calls_per_second.is_null(False)
    )
)
_BEGUN = Prepared(
    lambda: Call.select(pw.fn.COUNT(Call.id).alias("total")).where(
        (Call.service_provider_uid == P("provider"))
        & (Call.started_at > P("since"))
        & (Call.trunk_uid == P("trunk"))
        & (Call.id < P("id"))
        & ~((pw.fn.COALESCE(Call.ended_by, "") == P("system")) & among(Call.sip_status, "refused"))
    )
)


def turned_away(ctx: Context, call: UUID) -> bool:
    """Whether the call is refused; it has failed then. Joins the caller's transaction."""
    row = call_progress.held(call)
    refused = _refusal(row) if row is not None else None
    if refused is None:
        return False
    sip_status, why = refused
    call_progress.claim(
        ctx,
        call,
        CallStatus.FAILED,
        sip_status=sip_status,
        reason=why,
        ended_by=call_progress.SYSTEM,
    )
    return True


def _refusal(row: Any) -> tuple[int, str] | None:
    if row.direction == Direction.OUTBOUND:
        to = call_devices.destination(row)
        if not countries.allowed(row.account_uid, to):
            return BLOCKED, f"{to} is in a country that is not enabled for the account"
    attempt = Attempt(
        row.direction, row.from_number, row.to_number, row.from_country, row.to_country
    )
    rule = call_blocking.blocking(row.account_uid, attempt)
    if rule is not None:
        return BLOCKED, f"blocked by the rule {rule}"
    rate = _RATE.one(trunk=row.trunk_uid) if row.trunk_uid is not None else None
    if rate is not None and _begun(row) >= rate.calls_per_second:
        return TOO_MANY, f"more than {rate.calls_per_second} calls a second on the trunk"
    return None


def _begun(row: Any) -> int:
    """How many calls went over the trunk in the second before this one."""
    found = _BEGUN.scalar(
        provider=row.service_provider_uid,
        trunk=row.trunk_uid,
        since=row.started_at - SECOND,
        id=row.id,
        system=call_progress.SYSTEM,
        refused=[BLOCKED, TOO_MANY],
    )
    return int(found)
