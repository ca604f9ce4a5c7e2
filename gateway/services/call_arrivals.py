"""A call that comes in from a carrier: whose it is, whether it may come, and who is asked about it.

A call that is turned away is a record too: it fails at once, with the status its caller got.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain import call_scripts, numbers
from gateway.domain.call_scripts import CallScript
from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.problems import Conflict, NotFound
from gateway.domain.route_stops import Routing
from gateway.domain.words import Direction, NumberStatus
from gateway.models import Endpoint, Number, Trunk
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import P, Prepared
from gateway.services import call_admission, call_progress, call_routes, call_walks, calls
from gateway.services.making import fresh

REFUSED = 480
SIMULATION = "simulation"
_NUMBER = Prepared(
    lambda: (
        Number.select()
        .where(
            (Number.e164 == P("e164"))
            & (Number.status == P("owned"))
            & Number.account.is_null(False)
        )
        .order_by(Number.id)
        .limit(1)
    )
)
_TRUNK = Prepared(lambda: Trunk.select(Trunk.uid, Trunk.name).where(Trunk.uid == P("uid")))
_PEER = Prepared(
    lambda: (
        Endpoint.select(Endpoint.address)
        .where(
            (Endpoint.trunk == P("trunk"))
            & Endpoint.address.is_null(False)
            & (Endpoint.enabled == P("yes"))
        )
        .order_by(Endpoint.priority, Endpoint.id)
        .limit(1)
    )
)


_ORIGIN = Prepared(
    lambda: (
        Endpoint.select(Endpoint.extras)
        .where(
            (Endpoint.account == P("account"))
            & (Endpoint.address == P("address"))
            & (Endpoint.admits == P("yes"))
        )
        .order_by(Endpoint.id)
        .limit(1)
    )
)


def arrive(ctx: Context, change: Mapping[str, Any], script: CallScript) -> UUID:
    """Take a call to one of our numbers; its uid. Committed when this returns.

    `change`: from_number and to_number (E.164), caller_name, origin_address, zone (where it comes
    in, else that of the address). `script` is how the caller behaves. Raises NotFound for a number
    that no account has: nobody's call is kept.
    """
    with write():
        number = owned(change["to_number"])
        if number is None:
            raise NotFound("No account has this number.")
        refused = calls.refusal(call_progress.as_account(ctx, number))
        routing = call_routes.routing(
            ctx,
            number.account_uid,
            number.e164,
            change["from_number"],
            at=ctx.runtime.now(),
            zone=change.get("zone") or _zone(number.account_uid, change.get("origin_address")),
        )
        row = _store(ctx, change, number, call_walks.application_of(routing))
        shown = call_scripts.shown(script)
        call_progress.note(ctx, row["uid"], "driver", {"driver": SIMULATION, "script": shown})
        _let_in(ctx, row, refused, routing)
    uid: UUID = row["uid"]
    return uid


def owned(e164: str) -> Any | None:
    """The number of whichever account has it."""
    return _NUMBER.one(e164=e164, owned=NumberStatus.OWNED)


def sip_call_id(ctx: Context) -> str:
    """A Call-ID as a carrier makes them."""
    return str(UUID(int=ctx.runtime.rng.getrandbits(128), version=4))


def facts(number: Any, origin: str | None) -> dict[str, Any]:
    """What the record of a call has of its number: whose it is and which way it goes."""
    trunk = _TRUNK.one(uid=number.trunk_uid or ZERO_UID)
    peer = _PEER.one(trunk=trunk.uid, yes=True) if trunk is not None else None
    origin = origin or (peer.address if peer is not None else None)
    return {
        "service_provider_uid": number.service_provider_uid,
        "account_uid": number.account_uid,
        "trunk_uid": trunk.uid if trunk is not None else None,
        "trunk_name": trunk.name if trunk is not None else None,
        "origin_address": origin,
        "remote_host": origin,
    }


def _zone(account: UUID, origin: str | None) -> str:
    """The zone of the address a call comes from, as whichever dialect has one keeps it."""
    peer = _ORIGIN.one(account=account, address=origin, yes=True) if origin else None
    kept = peer.extras.values() if peer is not None else ()
    zones = (own.get("zone") for own in kept if isinstance(own, dict))
    return next((zone for zone in zones if isinstance(zone, str)), "")


def _store(
    ctx: Context, change: Mapping[str, Any], number: Any, application: UUID | None
) -> dict[str, Any]:
    values = {
        **fresh(ctx),
        **facts(number, change.get("origin_address")),
        "application_uid": application,
        "direction": Direction.INBOUND,
        "started_at": ctx.runtime.now(),
        "from_number": change["from_number"],
        "to_number": number.e164,
        "from_country": numbers.country(change["from_number"]),
        "to_country": numbers.country(number.e164),
        "target": {"kind": "phone", "value": number.e164},
        "status": CallStatus.QUEUED,
        "sip_call_id": sip_call_id(ctx),
        "caller_name": change.get("caller_name"),
    }
    call_progress.begin(ctx, values, {})
    return values


def _let_in(
    ctx: Context, row: Mapping[str, Any], refused: Conflict | None, routing: Routing
) -> None:
    """Turn the call away, or put it on its route."""
    uid = row["uid"]
    if refused is not None:
        _turn_away(ctx, uid, REFUSED, refused.text)
    elif not call_admission.turned_away(ctx, uid):
        call_walks.begin(ctx, call_progress.claim(ctx, uid, CallStatus.TRYING), routing)


def _turn_away(ctx: Context, uid: UUID, sip_status: int, why: str) -> None:
    call_progress.claim(
        ctx,
        uid,
        CallStatus.FAILED,
        sip_status=sip_status,
        reason=why,
        ended_by=call_progress.SYSTEM,
    )
