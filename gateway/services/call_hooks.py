"""Who a call asks and tells: its own hooks, else those of its application.

A hook of a call is a plain object: url, method, dialect, username, password (sealed), and the uid
of its row in `hook` where it has one. So it can stand in the payload of a job, and an event that is
told late goes where it was to go when it happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain.calls import CallStatus
from gateway.domain.context import Context
from gateway.domain.events import Event, EventKind
from gateway.domain.words import HookMethod, HookPurpose
from gateway.models import Account, Application, Call, CallEvent, Hook
from gateway.models.prepared import P, Prepared
from gateway.services import jobs, sealing

STATUS = "status"
"""The type of the call events that are told."""

_BY_APPLICATION = {
    "call": Prepared(
        lambda: (
            Hook.select()
            .join(Application, on=(Application.call_hook == Hook.uid))
            .where((Application.uid == P("application")) & (Hook.enabled == P("yes")))
        )
    ),
    "status": Prepared(
        lambda: (
            Hook.select()
            .join(Application, on=(Application.status_hook == Hook.uid))
            .where((Application.uid == P("application")) & (Hook.enabled == P("yes")))
        )
    ),
}
_SUBSCRIBED = Prepared(
    lambda: (
        Hook.select()
        .where(
            (Hook.account == P("account"))
            & (Hook.purpose == P("purpose"))
            & (Hook.enabled == P("yes"))
        )
        .order_by(Hook.priority, Hook.id)
    )
)
_CALL = Prepared(lambda: Call.select().where(Call.uid == P("uid")))
_EVENT = Prepared(lambda: CallEvent.select().where(CallEvent.uid == P("uid")))
_SENDER = Prepared(
    lambda: Account.select(Account.uid, Account.extras, Account.webhook_secret).where(
        Account.uid == P("uid")
    )
)
_APPLICATION = Prepared(
    lambda: Application.select(Application.uid, Application.extras).where(
        Application.uid == P("uid")
    )
)


class Login(NamedTuple):
    """What a hook asks for; a row of the table of hooks serves as well."""

    username: str | None = None
    password: str | None = None
    auth_type: str | None = None
    key_name: str | None = None
    key_value: str | None = None


def of(call: Any, name: str) -> dict[str, Any] | None:
    """The hook `call` or `status` of a call, sealed; None when it has none."""
    own = (call.hooks or {}).get(name)
    if own and own.get("dialect"):
        return dict(own)
    if call.application_uid is None:
        return None
    row = _BY_APPLICATION[name].one(application=call.application_uid, yes=True)
    return None if row is None else of_row(row)


def of_row(row: Any) -> dict[str, Any]:
    """A row of the table of hooks in the form of a call's own."""
    return sealing.sealed(
        {
            "url": row.url,
            "method": str(row.method),
            "dialect": row.dialect,
            "username": row.username,
            "password": row.password,
            "auth_type": row.auth_type,
            "key_name": row.key_name,
            "key_value": row.key_value,
            "hook": row.uid.hex,
        }
    )


def hook_of(place: Mapping[str, Any], login: Login) -> dict[str, Any]:
    """A hook of a call at a place (url, method, dialect) with a login in clear."""
    return sealing.sealed({**place, "username": login.username, "password": login.password})


def login_of(hook: Mapping[str, Any]) -> Login:
    opened = sealing.opened(hook)
    return Login(*(opened.get(name) for name in Login._fields))


def mark(hook: Mapping[str, Any]) -> str:
    """Tells hooks of one event apart in job keys."""
    if hook.get("hook"):
        return str(UUID(hook["hook"]))
    return hashlib.sha256(hook["url"].encode()).hexdigest()[:16]


def announce(ctx: Context, call: Any, event_uid: UUID) -> None:
    """Add the jobs that tell of an event: the call's status hook, and whoever is told of all calls
    of the account. In the caller's transaction."""
    hook = of(call, "status")
    if hook is not None:
        _tell(ctx, call, event_uid, hook, EventKind.CALL_STATUS)
    tell_all(ctx, call, event_uid, EventKind.CALL_STATUS)


def tell_all(ctx: Context, call: Any, event_uid: UUID, kind: EventKind) -> None:
    """The jobs for the account's hooks of all events, by priority."""
    for row in subscribers(call.account_uid):
        _tell(ctx, call, event_uid, of_row(row), kind)


def subscribers(account: UUID) -> list[Any]:
    """The hooks that are told of all calls of an account, by priority."""
    found: list[Any] = _SUBSCRIBED.all(account=account, purpose=HookPurpose.EVENT, yes=True)
    return found


def _tell(
    ctx: Context, call: Any, event_uid: UUID, hook: Mapping[str, Any], kind: EventKind
) -> None:
    jobs.enqueue(
        ctx,
        jobs.HOOK,
        f"{jobs.HOOK}:{event_uid}:{mark(hook)}",
        account_uid=call.account_uid,
        payload={
            "kind": str(kind),
            "event": event_uid.hex,
            "call": call.uid.hex,
            "dialect": hook["dialect"],
            "hook": hook.get("hook"),
            "url": hook["url"],
            "at": hook,
        },
    )


def announce_again(ctx: Context, event_uid: UUID) -> bool:
    """Tell a status once more; False when the uid names no told event of a call."""
    event = _EVENT.one(uid=event_uid)
    call = _CALL.one(uid=event.call_uid) if event is not None and event.type == STATUS else None
    if call is None:
        return False
    announce(ctx, call, event_uid)
    return True


def told(ctx: Context, payload: Mapping[str, Any]) -> tuple[Event, Login] | None:
    """The event of a job that tells a status, and what the hook asks for; None when it is gone."""
    event = _EVENT.one(uid=UUID(payload["event"]))
    call = _CALL.one(uid=UUID(payload["call"]))
    if event is None or call is None:
        return None
    hook = payload["at"]
    kind = EventKind(payload["kind"])
    made = event_for(ctx, kind, call, hook, uid=event.uid, at=event.at, facts=event.data)
    return made, login_of(hook)


def event_for(
    ctx: Context,
    kind: EventKind,
    call: Any,
    hook: Mapping[str, Any],
    *,
    uid: UUID,
    at: Any,
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """An event of a call as its dialect will render it; `facts` win over the row."""
    account = _SENDER.one(uid=call.account_uid)
    return Event(
        uid=uid,
        kind=kind,
        at=at,
        purpose=str(kind),
        base_url=ctx.root,
        url=hook["url"],
        account_extras=account.extras if account else {},
        call=call,
        facts={**defaults(call), **(facts or {})},
        method=str(hook.get("method") or HookMethod.POST),
        secret=account.webhook_secret if account else None,
    )


def defaults(call: Any) -> dict[str, Any]:
    """What an event says of a call's state when it does not say otherwise."""
    return {"status": str(call.status), "sip_status": call.sip_status}


def sender(account_uid: UUID) -> Any:
    """The account whose webhook it is: uid, extras, webhook_secret; None when it is gone."""
    return _SENDER.one(uid=account_uid)


def application_extras(call: Any) -> Mapping[str, Any]:
    """What a dialect keeps with the call's application, by dialect."""
    if call.application_uid is None:
        return {}
    row = _APPLICATION.one(uid=call.application_uid)
    return (row.extras or {}) if row is not None else {}


def duration(call: Any) -> int | None:
    """Whole seconds of talk of a call that ended after it was answered."""
    if call.status != CallStatus.COMPLETED or not (call.answered_at and call.ended_at):
        return None
    talked: float = (call.ended_at - call.answered_at).total_seconds()
    return max(0, round(talked))
