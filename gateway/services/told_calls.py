"""Calls that a provider carries and only tells of: a record of each, moved as it is told.

The first word of a call makes its row; the provider's id of it becomes an alias. Words may come
late, twice and out of order: the table of states decides, and an end that overtook the answer
brings the answer with it. Nobody here drives such a call, so nobody here can steer it; one whose
end is never told is taken for over after the longest time a call may last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain import numbers
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.told import CallWentOn
from gateway.domain.words import Direction, NumberStatus
from gateway.models import Alias, Call, Number
from gateway.models.prepared import P, Prepared, among
from gateway.services import aliases, call_arrivals, call_legs, call_progress, calls
from gateway.services.event_addresses import Source
from gateway.services.making import fresh, lock_account

KIND = "call"
TOLD = "told"
"""The type of the events that keep what the provider said beside the state."""
BELIEVED = timedelta(days=1)
"""How far back a provider's own times are taken for true; none is that lies ahead."""
_KNOWN = Prepared(
    lambda: (
        Call.select(Call.uid)
        .join(Alias, on=(Alias.object_uid == Call.uid))
        .where(
            (Alias.scope_uid == P("account"))
            & (Alias.dialect == P("dialect"))
            & (Alias.kind == P("kind"))
            & (Alias.foreign_id == P("foreign_id"))
            & (Alias.connection_uid == P("connection"))
            & (Call.account_uid == P("account"))
        )
    )
)
_NUMBERS = Prepared(
    lambda: (
        Number.select()
        .where(
            (Number.account == P("account"))
            & (Number.status == P("status"))
            & among(Number.e164, "e164s")
        )
        .order_by(Number.id)
    )
)


def take(ctx: Context, source: Source, told: CallWentOn, more: Mapping[str, Any]) -> None:
    """Move the call that was told of, making it first if need be. Inside a transaction."""
    at = _believed(told.at, ctx.runtime.now())
    uid = _known(source, told.remote_id)
    if uid is None:
        lock_account(source.account_uid)  # two first words at once make one call
        uid = _known(source, told.remote_id) or _begin(ctx, source, told, at)
    call_progress.note(ctx, uid, TOLD, more, at=at)
    if told.status is CallStatus.COMPLETED:
        answered = at - timedelta(seconds=min(told.seconds or 0, BELIEVED.total_seconds()))
        call_progress.claim(ctx, uid, CallStatus.IN_PROGRESS, at=answered)
    call_progress.claim(
        ctx,
        uid,
        told.status,
        at=at,
        sip_status=told.sip_status,
        reason=told.reason,
        ended_by=told.ended_by,
    )


def _believed(told: datetime | None, now: datetime) -> datetime:
    return told if told is not None and now - BELIEVED <= told <= now else now


def _known(source: Source, remote_id: str | None) -> UUID | None:
    row = remote_id and _KNOWN.one(
        account=source.account_uid,
        dialect=source.dialect,
        kind=KIND,
        foreign_id=remote_id,
        connection=source.uid,
    )
    return row.uid if row else None


def _begin(ctx: Context, source: Source, told: CallWentOn, at: datetime) -> UUID:
    """Make the row of a call, told as just created, and name it as the provider does."""
    values = _row(ctx, source, told, at)
    uid: UUID = values["uid"]
    call_progress.begin(ctx, values, {})
    aliases.put(
        ctx,
        scope=source.account_uid,
        dialect=source.dialect,
        kind=KIND,
        foreign_id=told.remote_id,
        object_uid=uid,
        connection_uid=source.uid,
    )
    call_progress.plan(
        ctx,
        uid,
        source.account_uid,
        "hangup",
        "silence",
        seconds=calls.LONGEST_CALL.total_seconds(),
        ended_by=call_progress.SYSTEM,
    )
    return uid


def _row(ctx: Context, source: Source, told: CallWentOn, at: datetime) -> dict[str, Any]:
    caller, called = call_legs.number(told.from_number), call_legs.number(told.to_number)
    direction, number = _place(source, told, caller, called)
    values = {
        "service_provider_uid": source.service_provider_uid,
        "account_uid": source.account_uid,
        **(call_arrivals.facts(number, told.origin) if number is not None else {}),
        **fresh(ctx),
        "application_uid": number.application_uid if number is not None else None,
        "parent_uid": _known(source, told.parent_id),
        "direction": direction,
        "started_at": min(at, _believed(told.started_at, at)),
        "from_number": caller or None,
        "to_number": called or None,
        "from_country": _country(caller),
        "to_country": _country(called),
        "target": {"kind": _kind(called), "value": called},
        "status": CallStatus.QUEUED,
        "sip_call_id": told.sip_call_id or call_arrivals.sip_call_id(ctx),
        "caller_name": told.caller_name,
        "extras": {"core": {call_progress.CONNECTION: str(source.uid)}},
    }
    return {**values, "trunk_name": told.trunk_name} if told.trunk_name else values


def _place(
    source: Source, told: CallWentOn, caller: str, called: str
) -> tuple[Direction, Any | None]:
    """Which way a call goes, and the account's number at our end; a provider that does not say
    which way means an inbound call where the called number is the account's."""
    rows = _NUMBERS.all(
        account=source.account_uid, status=NumberStatus.OWNED, e164s=[caller, called]
    )
    own = {row.e164: row for row in rows}
    usual = Direction.INBOUND if called in own else Direction.OUTBOUND
    direction = told.direction or usual
    return direction, own.get(called if direction is Direction.INBOUND else caller)


def _kind(called: str) -> str:
    if called.lower().startswith(("sip:", "sips:")):
        return "sip"
    return "phone" if called.startswith("+") else "user"


def _country(number: str) -> str | None:
    return numbers.country(number) if number.startswith("+") and number[1:].isdigit() else None
