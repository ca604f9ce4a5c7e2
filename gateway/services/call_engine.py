"""Calls that a feature server carries: it is asked to make and to steer them, and tells of them.

The server gives a call its id, so the row is made when it has answered. It is told to send the
states of a call to us, at an address only it knows; we tell the customer. The call's other hooks
are the customer's own, which the server calls itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from gateway.domain.context import Context, Engine
from gateway.domain.events import EngineReply, EngineStatus, Event, EventKind
from gateway.domain.problems import NotFound, Unavailable, Why
from gateway.models import Call
from gateway.models.current import current_store
from gateway.models.database import commit_group, relinquish
from gateway.models.prepared import P, Prepared
from gateway.services import alerts, call_hooks, call_progress, sealing
from gateway.services.alerts import AlertType

ENGINE = "engine"
SERVICE_URL = "service_url"
_MINE = Prepared(
    lambda: Call.select(Call.uid).where((Call.uid == P("uid")) & (Call.account_uid == P("account")))
)
_CLEARED: Mapping[str, Any] = dict.fromkeys(
    ("parent_uid", "caller_name", "tag", "answered_at", "ended_at", "host", "origin_address")
)


def token(account: UUID) -> str:
    """What the address for a server's events ends in: only who was told it knows it."""
    return current_store().keyring.digest(f"engine:{account.hex}").rpartition(":")[2][:40]


def address(ctx: Context, account: UUID) -> str:
    """Where a server tells the states of an account's calls."""
    base = ctx.settings.public_url or ctx.base_url or f"http://{ctx.settings.bind}"
    return f"{base}/_gateway/engine/{ctx.dialect}/{account}/{token(account)}"


def create(ctx: Context, engine: Engine, values: Mapping[str, Any]) -> Any:
    """Have the server make a call, and keep its row. `values` are the columns of the new call.

    Raises Unavailable where the server does not make it.
    """
    event = _creation(ctx, values)
    relinquish()
    reply = engine.send(event, "/v1/createCall")
    uid = _uid(reply.body.get("sid"))
    if reply.status != 201 or uid is None:
        text = f"no feature server has made the call: {reply.why}"
        raise Unavailable(text, fields={"": [Why("no_engine", text)]})
    extras = values.get("extras") or {}
    own = {**extras.get(ctx.dialect, {}), SERVICE_URL: engine.url}
    made = {
        **values,
        "uid": uid,
        "sip_call_id": str(reply.body.get("callId") or values["sip_call_id"]),
        "extras": {**extras, ctx.dialect: own},
    }

    def work() -> Any:
        row = call_progress.insert.add(made)
        call_progress.note(ctx, uid, "created", {})
        call_progress.note(ctx, uid, "driver", {"driver": ENGINE, "url": engine.url})
        return row

    return commit_group(work)


def _creation(ctx: Context, values: Mapping[str, Any]) -> Event:
    """The event that asks for a call: hooks in clear, states to be told to us."""
    call: Any = SimpleNamespace(**{**_CLEARED, **values})
    hook = call_hooks.of(call, "call")
    account = values["account_uid"]
    return Event(
        uid=values["uid"],
        kind=EventKind.ENGINE_CREATE,
        at=ctx.runtime.now(),
        call=call,
        base_url=ctx.base_url,
        facts={
            "call_hook": sealing.opened(hook) if hook else None,
            "status_url": address(ctx, account),
            "target": _opened_target(values["target"]),
            "own": (values.get("extras") or {}).get(ctx.dialect) or {},
            "application": call_hooks.application_extras(call).get(ctx.dialect) or {},
        },
    )


def _opened_target(target: Mapping[str, Any]) -> dict[str, Any]:
    auth = target.get("auth")
    return {**target, "auth": sealing.opened(auth)} if auth else dict(target)


def _uid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


# steering


def service_of(row: Any) -> tuple[str, str] | None:
    """Dialect and address of the server that carries a call; None for a simulated one."""
    for dialect, extras in (row.extras or {}).items():
        url = extras.get(SERVICE_URL) if isinstance(extras, dict) else None
        if isinstance(url, str):
            return dialect, url
    return None


def steering(ctx: Context, row: Any, asked: Any) -> Event:
    """What a customer asked of a live call, for the server; `asked` is the event of it."""
    data = {
        name: sealing.opened(value) if isinstance(value, dict) and "url" in value else value
        for name, value in asked.data.items()
    }
    return Event(
        uid=asked.uid,
        kind=EventKind.ENGINE_UPDATE,
        at=ctx.runtime.now(),
        call=row,
        facts={"type": asked.type, "data": data},
    )


def steered(ctx: Context, row: Any, asked: Any, reply: EngineReply) -> None:
    """Note what the server said; an alert where it did not do it. In a transaction."""
    said = {"event": asked.uid.hex, "type": asked.type, "status": reply.status}
    call_progress.note(ctx, row.uid, "applied", {**said, "error": reply.error})
    if reply.status is not None and 200 <= reply.status <= 299:
        return
    alerts.add(
        ctx,
        AlertType.WEBHOOK_UNREACHABLE if reply.status is None else AlertType.WEBHOOK_FAILED,
        f"The feature server did not do what was asked of a call: {reply.why}",
        account_uid=row.account_uid,
        service_provider_uid=row.service_provider_uid,
        details={"call": str(row.uid), "asked": asked.type, "status": reply.status},
    )


# what the server tells


def take(ctx: Context, account: str, shown: str, told: EngineStatus) -> bool:
    """Move a call as its server says; whether that changed it.

    Raises NotFound for a call that is not the account's, or without the account's token.
    """
    owner = _uid(account)
    if owner is None or not hmac.compare_digest(shown.encode(), token(owner).encode()):
        raise NotFound()
    if _MINE.one(uid=told.call, account=owner) is None:
        raise NotFound()
    facts = asdict(told)
    call = facts.pop("call")
    return commit_group(lambda: call_progress.claim(ctx, call, **facts) is not None)
