"""Webhooks as jobs: who is told of an event, what is sent, and what came of it.

An event goes once to each dialect that has a subscriber, in that dialect's shape; a receipt goes to
the message's own callback in the dialect that accepted the message, which is nearer than any hook;
no URL is told twice. The job carries only uids: rows are read again when the webhook is sent. The
event's uid, the receipt's or the message's, stays the same over all attempts and is in a header, so
that a receiver can drop what it has seen. What happened to a call goes the same way; who is told of
it is in `call_hooks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from gateway.dialect import Dialect
from gateway.domain import hook_auth
from gateway.domain.context import Context
from gateway.domain.events import Event, EventKind, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.domain.problems import NotFound
from gateway.models import Account, Hook, HookDelivery, Job, Message, Receipt
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import alerts, call_hooks, hooks, jobs, message_facts
from gateway.services.alerts import AlertType
from gateway.services.batch import Batch

EVENT_HEADER = "X-Polytrunk-Event"
KEPT_CHARACTERS = 2048
MASK = "***"
RECEIPTS = {EventKind.SMS: EventKind.SMS_RECEIPT, EventKind.MMS: EventKind.MMS_RECEIPT}

_account = Prepared(
    lambda: Account.select(Account.uid, Account.service_provider, Account.extras).where(
        Account.uid == P("uid")
    )
)
_message = Prepared(lambda: Message.select().where(Message.uid == P("uid")))
_receipt = Prepared(lambda: Receipt.select().where(Receipt.uid == P("uid")))
_hook = Prepared(lambda: Hook.select().where(Hook.uid == P("uid")))
_told = Prepared(
    lambda: (
        HookDelivery.select(
            HookDelivery.dialect, HookDelivery.hook_uid, HookDelivery.url, HookDelivery.kind
        )
        .where(HookDelivery.event_uid == P("event_uid"))
        .order_by(HookDelivery.id)
    )
)
_open = Prepared(
    lambda: (
        Job.select(Job.id)
        .where(Job.topic == P("topic"), Job.key == P("key"), Job.done_at.is_null())
        .limit(1)
    )
)
_due_now = Prepared(
    lambda: Job.update(run_at=P("now")).where(
        Job.topic == P("topic"), Job.key == P("key"), Job.done_at.is_null(), Job.claim.is_null()
    )
)
_still_open = Prepared(
    lambda: (
        Job.select(Job.id)
        .where(
            Job.topic == P("topic"),
            Job.key >= P("first"),
            Job.key < P("last"),
            Job.done_at.is_null(),
        )
        .limit(1)
    )
)
_mask = Prepared(lambda: Message.update(text=P("mask")).where(Message.uid == P("uid")))
_insert_delivery = Insert(HookDelivery)


class Outcome(Protocol):
    """One attempt, as the transport tells it."""

    @property
    def status(self) -> int | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def milliseconds(self) -> int: ...
    @property
    def excerpt(self) -> str: ...


@dataclass(frozen=True)
class Target:
    """Who is told: a hook row, or the callback of the message itself (no hook)."""

    dialect: str
    url: str
    hook_uid: UUID | None = None

    @property
    def mark(self) -> str:
        """Tells targets of one event apart in job keys."""
        if self.hook_uid is not None:
            return str(self.hook_uid)
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]


def targets(ctx: Context, kind: EventKind, message: Any, batch: Batch) -> list[Target]:
    """Who is told of an event, the message's own callback first."""
    number = message.to_number if message.direction == "inbound" else message.from_number
    found = _known(ctx, message.account_uid, kind, number, batch)
    own = _own_callback(kind, message)
    if own is None:
        return _once(found)
    return _once([own, *(target for target in found if target.dialect != own.dialect)])


def _known(
    ctx: Context, account_uid: UUID, kind: EventKind, number: str, batch: Batch
) -> list[Target]:
    """Subscribers asked for once a batch: of the account, unless its numbers have their own."""
    known, key = batch.subscribers, (account_uid, kind)
    if key not in known:
        differ = hooks.differ_by_number(account_uid, kind)
        known[key] = None if differ else _subscribers(ctx, account_uid, kind, None)
    found: list[Target] | None = known[key]
    if found is None:
        if (*key, number) not in known:
            known[*key, number] = _subscribers(ctx, account_uid, kind, number)
        found = known[*key, number]
    return found


def _once(found: list[Target]) -> list[Target]:
    return list({target.url: target for target in reversed(found)}.values())[::-1]


def _own_callback(kind: EventKind, message: Any) -> Target | None:
    if kind not in RECEIPTS.values() or not message.callback_url or not message.callback_dialect:
        return None
    return Target(message.callback_dialect, message.callback_url)


def _subscribers(
    ctx: Context, account_uid: UUID, kind: EventKind, number: str | None
) -> list[Target]:
    account = _account.one(uid=account_uid)
    if account is None:
        return []
    rows = hooks.subscribers(
        ctx,
        account_uid=account_uid,
        service_provider_uid=account.service_provider_uid,
        kind=kind,
        number=number,
    )
    return [Target(row.dialect, row.url, row.uid) for row in rows]


def announce(ctx: Context, message: Any, *, receipt: Any = None, batch: Batch | None = None) -> int:
    """Add the webhook jobs of an event in the caller's transaction; how many.

    With a receipt (anything with `uid`) the event is the receipt, else the arrival of the message.
    With a batch they are added when it is flushed.
    """
    kind = EventKind.MMS if message.is_mms else EventKind.SMS
    if receipt is not None:
        kind = RECEIPTS[kind]
    own = batch or Batch()
    told = targets(ctx, kind, message, own)
    event_uid = message.uid if receipt is None else receipt.uid
    for target in told:
        _add(ctx, kind, message, receipt and receipt.uid, event_uid, target, own)
    if batch is None:
        own.flush()
    return len(told)


def _key(event_uid: UUID, target: Target) -> str:
    return f"{jobs.HOOK}:{event_uid}:{target.mark}"


def _add(
    ctx: Context,
    kind: EventKind,
    message: Any,
    receipt_uid: UUID | None,
    event_uid: UUID,
    target: Target,
    batch: Batch,
) -> None:
    jobs.enqueue_later(
        batch,
        ctx,
        jobs.HOOK,
        _key(event_uid, target),
        account_uid=message.account_uid,
        payload={
            "kind": str(kind),
            "event": event_uid.hex,
            "message": message.uid.hex,
            "receipt": receipt_uid.hex if receipt_uid else None,
            "dialect": target.dialect,
            "hook": target.hook_uid.hex if target.hook_uid else None,
            "url": target.url,
        },
    )


# Sending


@dataclass(frozen=True)
class Call:
    """One webhook ready to be sent."""

    event: Event
    target: Target
    request: HookRequest
    policy: HookPolicy


def prepare(
    ctx: Context,
    job: Any,
    dialects: Mapping[str, Dialect],
    profiles: Mapping[str, str] | None = None,
) -> Call | None:
    """Read the rows of a job and render the request; None when there is nothing left to tell.

    `profiles` names the profile of dialects that do not use their default.
    """
    payload = job.payload
    dialect = dialects.get(payload["dialect"])
    if dialect is None:
        return None
    found = call_hooks.told(ctx, payload) if "call" in payload else _of_message(ctx, payload)
    if found is None:
        return None
    hook_uid = UUID(payload["hook"]) if payload["hook"] else None
    event, login = found
    target = Target(dialect.name, payload["url"], hook_uid)
    return rendered(dialect, profiles, event, login, target)


def rendered(
    dialect: Dialect, profiles: Mapping[str, str] | None, event: Event, login: Any, target: Target
) -> Call | None:
    """A webhook in a dialect's shape; `login` has username and password, or is None."""
    if dialect.events is None:
        return None
    profile = dialect.profile((profiles or {}).get(dialect.name, ""))
    shaped = dialect.events(event, profile)
    if shaped is None:
        return None
    request = _identified(shaped, event.uid, login)
    return Call(event, target, request, dialect.hook_policy or HookPolicy())


def _of_message(ctx: Context, payload: Mapping[str, Any]) -> tuple[Event, Any] | None:
    message = _message.one(uid=UUID(payload["message"]))
    receipt = _receipt.one(uid=UUID(payload["receipt"])) if payload["receipt"] else None
    if message is None:
        return None
    account = call_hooks.sender(message.account_uid)
    event = Event(
        uid=UUID(payload["event"]),
        kind=EventKind(payload["kind"]),
        at=message.queued_at if receipt is None else receipt.at,
        message=message,
        receipt=receipt,
        purpose=payload["kind"],
        base_url=ctx.root,
        url=payload["url"],
        account_extras=account.extras if account else {},
        secret=account.webhook_secret if account else None,
        facts=message_facts.of(message, receipt),
    )
    hook = _hook.one(uid=UUID(payload["hook"])) if payload["hook"] else None
    if hook is not None:
        event = replace(event, method=str(hook.method))
    return event, hook


def _identified(request: HookRequest, event_uid: UUID, hook: Any) -> HookRequest:
    """The rendered request with the event's id and the hook's credentials."""
    shown = hook_auth.headers(hook) if hook is not None else {}
    return replace(request, headers={**shown, **request.headers, EVENT_HEADER: str(event_uid)})


def record(ctx: Context, job: Any, holder: str, call: Call, outcome: Outcome) -> bool:
    """Write an attempt down and settle its job; True when the subscriber took the event.

    Call inside a transaction. `job.attempts` counts the claims before this one.
    """
    attempt = job.attempts + 1
    now = ctx.runtime.now()
    write_down(ctx, job.account_uid, call, outcome, attempt)
    if call.policy.delivered(outcome.status):
        jobs.finish([job.uid], holder)
        _mask_inbound(ctx, call)
        return True
    why = outcome.error or f"answered {outcome.status}"
    pause = call.policy.pause(attempt)
    if pause is not None:
        jobs.retry(job, holder, now + timedelta(seconds=pause), why)
    elif jobs.give_up(job, holder, now, why):
        text = f"A webhook was given up after {attempt} attempts: {why}"
        alert(ctx, job.account_uid, call, outcome, text)
        _mask_inbound(ctx, call)
    return False


def put_off(ctx: Context, job: Any, holder: str, why: str) -> None:
    """Try a webhook that could not even be rendered later, at last give it up. In a transaction."""
    now = ctx.runtime.now()
    pause = HookPolicy().pause(job.attempts + 1)
    if pause is not None:
        jobs.retry(job, holder, now + timedelta(seconds=pause), why)
    elif jobs.give_up(job, holder, now, why):
        alerts.add(
            ctx,
            AlertType.WEBHOOK_FAILED,
            f"A webhook was given up after {job.attempts + 1} attempts: {why}",
            account_uid=job.account_uid,
            details={"url": job.payload["url"], "event": job.payload["event"]},
        )


def mask(message_uid: UUID, batch: Batch | None = None) -> None:
    """Put a fixed text in place of a message's own."""
    values = {"uid": message_uid, "mask": MASK}
    if batch is None:
        _mask.run(**values)
    else:
        batch.add(_mask, values)


def _mask_inbound(ctx: Context, call: Call) -> None:
    """An inbound text is kept until everybody was told, or cannot be."""
    event = call.event
    if not ctx.settings.mask_text or event.message is None or event.receipt is not None:
        return
    first = f"{jobs.HOOK}:{call.event.uid}:"
    last = first[:-1] + ";"  # the character after the colon
    if _still_open.one(topic=jobs.HOOK, first=first, last=last) is None:
        mask(call.event.message.uid)


def write_down(
    ctx: Context, account_uid: UUID, call: Call, outcome: Outcome, attempt: int = 1
) -> None:
    """Record one attempt. Inside a transaction."""
    body = call.request.body or call.request.query.encode()
    shown = body[:KEPT_CHARACTERS].decode("utf-8", "replace")
    _insert_delivery.run(
        {
            "uid": ctx.runtime.new_uid(),
            "created_at": ctx.runtime.now(),
            "account_uid": account_uid,
            "hook_uid": call.target.hook_uid,
            "dialect": call.target.dialect,
            "kind": str(call.event.kind),
            "event_uid": call.event.uid,
            "url": call.target.url,
            "status": outcome.status,
            "attempt": attempt,
            "at": ctx.runtime.now(),
            "duration_ms": outcome.milliseconds,
            "error": outcome.error,
            "body": None if ctx.settings.mask_text else shown,
            "answer": outcome.excerpt[:KEPT_CHARACTERS].replace("\0", ""),
        }
    )


def alert(ctx: Context, account_uid: UUID, call: Call, outcome: Outcome, text: str) -> None:
    """Say that a webhook failed for good. Inside a transaction."""
    kinds = {
        None: AlertType.WEBHOOK_UNREACHABLE,
        401: AlertType.WEBHOOK_UNAUTHORIZED,
        403: AlertType.WEBHOOK_UNAUTHORIZED,
        404: AlertType.WEBHOOK_NOT_FOUND,
    }
    details = {
        "url": call.target.url,
        "status": outcome.status,
        "event": str(call.event.uid),
        "kind": str(call.event.kind),
    }
    if call.event.call is not None:
        details["call"] = str(call.event.call.uid)
    account = _account.one(uid=account_uid)
    alerts.add(
        ctx,
        kinds.get(outcome.status, AlertType.WEBHOOK_FAILED),
        text,
        account_uid=account_uid,
        service_provider_uid=account.service_provider_uid if account else None,
        details=details,
    )


def resend(ctx: Context, event_uid: UUID) -> int:
    """Tell everybody who was told of an event again, by the same event id; how many.

    Call inside a transaction. An event nobody was told of yet goes to its present subscribers; so
    does what happened to a call. Raises NotFound for an id that is no event.
    """
    if call_hooks.announce_again(ctx, event_uid):
        return 1
    receipt = _receipt.one(uid=event_uid)
    message_uid = event_uid if receipt is None else receipt.message_uid
    message = None if message_uid is None else _message.one(uid=message_uid)
    if message is None:
        raise NotFound("There is no event with this id.")
    kind = EventKind.MMS if message.is_mms else EventKind.SMS
    if receipt is not None:
        kind = RECEIPTS[kind]
    told = [Target(r.dialect, r.url, r.hook_uid) for r in _told.all(event_uid=event_uid)]
    batch = Batch()
    found = list(dict.fromkeys(told)) or targets(ctx, kind, message, batch)
    for target in found:
        key = _key(event_uid, target)
        if _open.one(topic=jobs.HOOK, key=key) is not None:
            _due_now.run(topic=jobs.HOOK, key=key, now=ctx.runtime.now())
        else:
            _add(ctx, kind, message, receipt and receipt.uid, event_uid, target, batch)
    batch.flush()
    return len(found)
