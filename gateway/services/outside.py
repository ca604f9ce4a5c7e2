"""What the outside world tells of an account's things: a call that is over, a number that went to
another provider, a failure that was noticed elsewhere.

Nobody of the account asked for any of it, so there is no caller: whose it is follows from the
number or the account that is named.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain import call_scripts, numbers
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.domain.problems import Invalid, NotFound
from gateway.domain.words import AlertType, Direction
from gateway.models import Account, Number
from gateway.models.database import write
from gateway.models.prepared import P, Prepared
from gateway.services import alerts, call_arrivals, call_progress
from gateway.services import numbers as own_numbers
from gateway.services.making import fresh

_ACCOUNT = Prepared(lambda: Account.select(Account.uid).where(Account.uid == P("uid")))
_GONE = Prepared(lambda: Number.delete().where(Number.uid == P("uid")))
COPIED = ("caller_name", "origin_address", "reason", "rate_nano", "price_nano", "currency")


def record_call(ctx: Context, change: Mapping[str, Any]) -> UUID:
    """Keep the record of a call that is over; its uid.

    `change`: direction, from_number, to_number (E.164), status (one that ends a call), `rings` and
    `talks` (seconds), and as wanted `started_at` (else so that it ended now), sip_status,
    sip_call_id, caller_name, origin_address, reason, rate_nano, price_nano, currency. Raises
    NotFound for a number that no account has, Invalid for a call that is not over or that talked
    without having been answered.
    """
    with write():
        inbound = change["direction"] == Direction.INBOUND
        number = _owned(change["to_number" if inbound else "from_number"])
        values = {
            **call_arrivals.facts(number, change.get("origin_address")),
            **fresh(ctx),
            **_times(ctx, change),
            "direction": change["direction"],
            "from_number": change["from_number"],
            "to_number": change["to_number"],
            "from_country": numbers.country(change["from_number"]),
            "to_country": numbers.country(change["to_number"]),
            "target": {"kind": "phone", "value": change["to_number"]},
            "status": change["status"],
            "sip_status": change.get("sip_status") or call_scripts.SIP_STATUS[change["status"]],
            "sip_call_id": change.get("sip_call_id") or call_arrivals.sip_call_id(ctx),
        }
        values |= {name: change[name] for name in COPIED if change.get(name) is not None}
        call_progress.insert.run(values)
    uid: UUID = values["uid"]
    return uid


def _times(ctx: Context, change: Mapping[str, Any]) -> dict[str, Any]:
    status, rings, talks = change["status"], change["rings"], change["talks"]
    if status not in TERMINAL:
        raise Invalid.one("status", "choice", "status must be one that ends a call.")
    if talks and status is not CallStatus.COMPLETED:
        raise Invalid.one("talks", "value", "Only a completed call has talked.")
    lasted = timedelta(seconds=rings + talks)
    started: datetime = change.get("started_at") or ctx.runtime.now() - lasted
    if started + lasted > ctx.runtime.now():
        raise Invalid.one("started_at", "range", "The call would not be over yet.")
    answered = started + timedelta(seconds=rings)
    return {
        "started_at": started,
        "ringing_at": started if rings else None,
        "answered_at": answered if status is CallStatus.COMPLETED else None,
        "ended_at": started + lasted,
        "visible_until": started + lasted + call_progress.VISIBLE,
        "billed_seconds": math.ceil(talks),
    }


def port_out(ctx: Context, e164: str) -> UUID:
    """A number is another provider's now: the account has it no longer and nobody can buy it
    again; its uid. Raises NotFound for a number that no account has."""
    with write():
        number = _owned(e164)
        own_numbers.forget_hooks(number.uid)
        _GONE.run(uid=number.uid)
    uid: UUID = number.uid
    return uid


def raise_alert(
    ctx: Context,
    kind: AlertType,
    message: str,
    *,
    account: UUID | None = None,
    e164: str | None = None,
    details: Mapping[str, Any],
) -> UUID:
    """An alert for an account, named itself or by a number of its own; its uid. NotFound."""
    with write():
        if e164 is not None:
            account = _owned(e164).account_uid
        elif account is None or _ACCOUNT.one(uid=account) is None:
            raise NotFound("There is no such account.")
        return alerts.add(ctx, kind, message, account_uid=account, details=dict(details))


def _owned(e164: str) -> Any:
    number = call_arrivals.owned(e164)
    if number is None:
        raise NotFound("No account has this number.")
    return number
