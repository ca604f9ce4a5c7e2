"""Events of a provider, taken once each and told on to the account's own subscribers.

An event is verified and read by the provider's dialect, remembered, and becomes what it stands for
here: a message that arrived, a receipt, a call that went on. All of it is one transaction with the
webhook jobs that tell of it, so that the provider is answered when nothing can be lost any more,
and an event that comes again does nothing.

What cannot be taken as it is says so in an alert, one for each reason in a while.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from gateway.domain import numbers
from gateway.domain.context import Context
from gateway.domain.messages import Status
from gateway.domain.problems import Invalid, Problem, Unauthenticated, Unavailable
from gateway.domain.told import CallWentOn, MessageArrived, Oddity, ReceiptCame, Told
from gateway.domain.words import Direction, IdForm, MessageTransport, NumberStatus
from gateway.models import Message, Number, SeenEvent
from gateway.models.database import write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import alerts, connections, hook_jobs, receipts, told_calls
from gateway.services.alerts import AlertType
from gateway.services.batch import Batch
from gateway.services.event_addresses import Source, hold
from gateway.services.flights import Way
from gateway.services.links import LinkSettings
from gateway.services.making import fresh
from gateway.services.messages import CURRENCY, Accepted
from gateway.services.receive import LONGEST_ADDRESS
from gateway.wire.notices import Notice

ALERT_SECONDS = 600
MOST_KEPT = 4096
"""Octets of the members nobody read that are kept of one event, as JSON."""
_SEE = Insert(SeenEvent, ignore=True)
_MESSAGE = Insert(Message)
_NUMBER = Prepared(
    lambda: Number.select(Number.kind).where(
        (Number.account == P("account"))
        & (Number.e164 == P("e164"))
        & (Number.status == P("status"))
    )
)
_WANTS = LinkSettings(id_form=IdForm.EXACT)


def take(
    ctx: Context, source: Source, headers: Mapping[str, str], query: Mapping[str, Any], body: bytes
) -> int:
    """Take the events of a request; how many were new. Committed when this returns.

    Raises Unauthenticated for one that does not prove who sends it, Invalid or Malformed for one
    that cannot be read; nothing of it is stored then but an alert.
    """
    notice = Notice(headers, query, body, ctx.runtime.now(), _secret(ctx, source))
    try:
        told = source.read(notice)
    except Problem as problem:
        unproven = isinstance(problem, Unauthenticated)
        kind = AlertType.WEBHOOK_UNAUTHORIZED if unproven else AlertType.PAYLOAD_INVALID
        with write():
            warn(ctx, source, f"An event of {source.name} was refused: {problem}", kind)
        raise
    with write():  # alone: in shared transactions two requests could wait for each other's events
        return sum(_once(ctx, source, one) for one in told)


def _secret(ctx: Context, source: Source) -> str:
    try:
        return connections.opened(source.seal or "")
    except Invalid as problem:
        with write():
            warn(ctx, source, f"Events of {source.name} cannot be verified: {problem}")
        raise Unavailable("events cannot be verified now") from problem


def _once(ctx: Context, source: Source, one: Told) -> bool:
    if not _is_new(ctx, source, one.key):
        return False
    _TAKEN[type(one)](ctx, source, one)
    return True


def _is_new(ctx: Context, source: Source, key: str) -> bool:
    """Remember an event; False for one that is known. Whoever remembers the same one at the same
    time waits for this transaction."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return bool(_SEE.run({**fresh(ctx), "connection_uid": source.uid, "key": digest}))


def warn(
    ctx: Context, source: Source, text: str, kind: AlertType = AlertType.PAYLOAD_INVALID
) -> None:
    """An alert to the connection's account, unless it has just had the same one. In a
    transaction."""
    slot = int(ctx.runtime.now().timestamp()) // ALERT_SECONDS
    if _is_new(ctx, source, f"alert {slot} {text}"):
        alerts.add(
            ctx,
            kind,
            text,
            account_uid=source.account_uid,
            service_provider_uid=source.service_provider_uid,
            details={"connection": str(source.uid)},
        )


def kept(members: Mapping[str, Any]) -> dict[str, Any]:
    """Members nobody read, for people to look at; none of an event that has too much of them."""
    return dict(members) if len(orjson.dumps(members)) <= MOST_KEPT else {}


# what becomes of them


def _arrived(ctx: Context, source: Source, told: MessageArrived) -> None:
    e164 = _e164(told.to_number)
    key = {"account": source.account_uid, "status": NumberStatus.OWNED}
    number = _NUMBER.one(**key, e164=e164) if e164 else None
    if number is None:
        shown = e164 or told.to_number[:LONGEST_ADDRESS]
        warn(ctx, source, f"{source.name} told of a message to {shown}, which the account has not")
        return
    values = _row(ctx, source, told, e164, number.kind)
    _MESSAGE.run(values)
    spoken = hook_jobs.announce(ctx, Accepted({**values, "callback_url": None}))
    if not spoken and ctx.settings.mask_text:
        hook_jobs.mask(values["uid"])


def _row(
    ctx: Context, source: Source, told: MessageArrived, e164: str | None, kind: str
) -> dict[str, Any]:
    now, settings = ctx.runtime.now(), ctx.settings
    sender = numbers.from_smpp(0, told.from_number[:LONGEST_ADDRESS])
    own = {"connection": str(source.uid), "remote_id": told.remote_id, "told": kept(told.more)}
    return {
        **fresh(ctx),
        "account_uid": source.account_uid,
        "direction": Direction.INBOUND,
        "from_number": sender.value,
        "to_number": e164,
        "text": told.text,
        "coding": 0,
        "segments": 1,
        "is_mms": told.is_mms,
        "media": [dict(one) for one in told.media],
        "status": Status.RECEIVED,
        "trunk_uid": None,
        "transport": MessageTransport.HTTP,
        "number_kind": kind,
        "price_nano": settings.mms_price_nano if told.is_mms else settings.sms_inbound_price_nano,
        "currency": CURRENCY,
        "queued_at": now,
        "done_at": now,
        "extras": {"core": own},
    }


def _e164(text: str) -> str | None:
    try:
        return numbers.parse_e164(text)
    except ValueError:
        return None


def _reported(ctx: Context, source: Source, told: ReceiptCame) -> None:
    """Moves the message it is about, or waits for the answer that names it."""
    hold(source.uid)
    way = Way(source.uid, ZERO_UID, f"http:{source.uid}", _WANTS)
    batch = Batch()
    receipts.receive(ctx, way, [told.info], receipts.Orphans(), batch)
    batch.flush()


def _went_on(ctx: Context, source: Source, told: CallWentOn) -> None:
    told_calls.take(ctx, source, told, kept(told.more))


def _odd(ctx: Context, source: Source, told: Oddity) -> None:
    warn(ctx, source, f"{source.name}: {told.text}")


_TAKEN: Mapping[type, Callable[[Context, Source, Any], None]] = {
    MessageArrived: _arrived,
    ReceiptCame: _reported,
    CallWentOn: _went_on,
    Oddity: _odd,
}
