"""Calls as customers see them: starting, watching, steering and dropping them.

A call is started when its row, its first event and the job that will carry it are committed, all in
one transaction. From then on a driver moves it (`call_progress`); what a customer asks of a live
call is written down as an event, with a job for the driver to act on it. The row stays as the
record of the call; the live view shows it until `visible_until`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import peewee as pw

from gateway.domain import numbers, policy
from gateway.domain.calls import TERMINAL, CallStatus
from gateway.domain.context import Context
from gateway.domain.events import EventKind
from gateway.domain.ids import Ref
from gateway.domain.problems import Conflict, Invalid, NotFound
from gateway.domain.words import AlertType, Direction, LimitCategory
from gateway.models import (
    Account,
    Application,
    Call,
    CallEvent,
    Endpoint,
    Hook,
    ServiceProvider,
    Trunk,
)
from gateway.models.current import current_store
from gateway.models.database import commit_group, write
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import (
    alerts,
    aliases,
    call_devices,
    call_engine,
    call_hooks,
    call_progress,
    countries,
    jobs,
    limits,
    sealing,
)
from gateway.services.making import fresh, lock_account
from gateway.wire.reading import apply

LONGEST_CALL = timedelta(hours=12)
"""What has lasted longer does not count as live: whatever carried it is gone."""
THROUGH_TRUNKS = frozenset({"phone"})
NEEDS_ANSWER = frozenset(
    {
        "mute_status",
        "listen_status",
        "conf_mute_status",
        "conf_hold_status",
        "whisper",
        "sip_request",
        "record",
    }
)
GIVEN = "given"
"""The event with verbs that came through the API."""
HOOKS = frozenset({"hook", "wait_hook"})
"""Members of what is asked that are hooks, whose passwords are sealed."""

_INSERT = Insert(Call)
_EVENT = Insert(CallEvent)
_SHOWN = Call.visible_until.is_null() | (Call.visible_until > P("now"))
_MINE = Call.account_uid == P("account")
_LIVE = Prepared(lambda: Call.select().where(_MINE & _SHOWN).order_by(Call.id))
_COUNT = Prepared(lambda: Call.select(pw.fn.COUNT(Call.id).alias("total")).where(_MINE & _SHOWN))
_ONE = Prepared(lambda: Call.select().where(_MINE & _SHOWN & (Call.uid == P("uid"))))
_HIDE = Prepared(
    lambda: Call.update(visible_until=P("now")).where(_MINE & _SHOWN & (Call.uid == P("uid")))
)
_SET_HOOKS = Prepared(
    lambda: Call.update(hooks=P("hooks"), updated_at=P("now")).where(Call.uid == P("uid"))
)
_SET_EXTRAS = Prepared(
    lambda: Call.update(extras=P("extras"), updated_at=P("now")).where(Call.uid == P("uid"))
)
_TOUCH = Prepared(lambda: Call.update(updated_at=P("now")).where(Call.uid == P("uid")))
_ACCOUNT = Prepared(
    lambda: Account.select(Account.uid, Account.is_active).where(Account.uid == P("uid"))
)
_MAIN_NUMBER = Prepared(
    lambda: Account.select(Account.uid, Account.billing_number).where(Account.uid == P("uid"))
)
_APPLICATION = Prepared(
    lambda: Application.select(Application.uid).where(
        (Application.account == P("account")) & (Application.uid == P("uid"))
    )
)
_CALL_HOOK = Prepared(
    lambda: (
        Hook.select(Hook.url)
        .join(Application, on=(Application.call_hook == Hook.uid))
        .where(Application.uid == P("application"))
    )
)
_LOCK_PROVIDER = Prepared(
    lambda: (
        ServiceProvider.select(ServiceProvider.uid)
        .where(ServiceProvider.uid == P("uid"))
        .for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
    )
)
_RECENT = (Call.started_at > P("since")) & Call.ended_at.is_null()
_GOING_ON = {
    "account": Prepared(
        lambda: Call.select(pw.fn.COUNT(Call.id).alias("total")).where(
            (Call.account_uid == P("owner")) & _RECENT
        )
    ),
    "service provider": Prepared(
        lambda: Call.select(pw.fn.COUNT(Call.id).alias("total")).where(
            (Call.service_provider_uid == P("owner")) & _RECENT
        )
    ),
}


def _outward() -> Any:
    """The account's trunks with an address to dial, then those its provider has for everybody."""
    own = Trunk.account == P("account")
    shared = Trunk.account.is_null() & (Trunk.service_provider == P("provider"))
    return (
        Trunk.select(Trunk.uid, Trunk.name, Endpoint.uid, Endpoint.address)
        .join(Endpoint, on=(Endpoint.trunk == Trunk.uid))
        .where(
            (own | shared)
            & (Trunk.is_active == P("yes"))
            & (Endpoint.dials == P("yes"))
            & (Endpoint.enabled == P("yes"))
        )
        .order_by(Trunk.account.is_null(), Trunk.id, Endpoint.priority, Endpoint.id)
        .limit(1)
    )


_OUTWARD = Prepared(_outward, nest={Endpoint: "endpoint"})


def _held_query() -> Any:
    query = Call.select().where(_MINE & _SHOWN & (Call.uid == P("uid")))
    if current_store().kind == "postgres":
        query = query.for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
    return query


_HELD = Prepared(_held_query)


# starting


def create(ctx: Context, change: Mapping[str, Any]) -> Any:
    """Start an outbound call of the caller's account; committed when this returns.

    `change`: from_number (none: the account's main number), target ({kind, value, auth, override}),
    application_uid (a Ref), hooks ({call, status}), tag, extras, or `verbs` for the call to play
    with the `devices` (Refs) named anywhere. Raises Invalid at an application or device that is not
    the account's, Forbidden for a country the account may not call, Conflict when
    the account is inactive or it or its provider has as many calls as it may; an alert says so too.
    Unavailable where a feature server carries the calls and does not make this one.
    """
    policy.require(ctx, "call.write")
    given = _settled(ctx, apply(None, change))
    verbs = given.pop("verbs", None)
    values = _outbound(ctx, given)
    engine = ctx.engine

    def work() -> Any:
        refused = refusal(ctx)
        return refused if refused or engine else _store(ctx, values, verbs)

    row = commit_group(work)
    if isinstance(row, Conflict):
        raise row
    return call_engine.create(ctx, engine, values) if engine is not None else row


def _settled(ctx: Context, given: dict[str, Any]) -> dict[str, Any]:
    """What was asked for with the uids of the devices it names."""
    uids = call_devices.resolved(ctx, given.pop("devices", {}))
    if "verbs" in given:
        given["verbs"] = call_devices.placed(given["verbs"], uids)
    target = given.get("target")
    if target and target["kind"] == call_devices.DEVICE:
        given["target"] = {**target, "value": uids[target["value"]]}
    return given


def _outbound(ctx: Context, given: dict[str, Any]) -> dict[str, Any]:
    application = given.pop("application_uid", None)
    target, to = call_devices.addressed(ctx.account_uid, sealing.sealed_target(given["target"]))
    sender = given.get("from_number") or main_number(ctx.account_uid)
    countries.check(ctx.account_uid, to)
    return {
        **given,
        **fresh(ctx),
        **way_out(ctx, target),
        "service_provider_uid": ctx.caller.service_provider_uid,
        "account_uid": ctx.account_uid,
        "application_uid": _application(ctx, application),
        "direction": Direction.OUTBOUND,
        "started_at": ctx.runtime.now(),
        "from_number": sender,
        "to_number": to,
        "from_country": _country(sender),
        "to_country": _country(to),
        "target": target,
        "status": CallStatus.QUEUED,
        "sip_call_id": str(UUID(int=ctx.runtime.rng.getrandbits(128), version=4)),
        "hooks": _hooks(ctx, given.get("hooks")),
        "actor": ctx.caller.actor,
    }


def main_number(account: UUID) -> str | None:
    """The number that an account's calls show unless they say otherwise (E.164)."""
    row = _MAIN_NUMBER.one(uid=account)
    return row.billing_number if row is not None else None


def _hooks(ctx: Context, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Hooks of the call alone: each is told in the dialect that named it, its password sealed."""
    found = {name: {**hook, "dialect": ctx.dialect} for name, hook in (given or {}).items() if hook}
    return sealing.sealed_hooks(found)


def _application(ctx: Context, given: Ref | UUID | None) -> UUID | None:
    if given is None:
        return None
    uid = aliases.uid_of(ctx, given, "application")
    row = _APPLICATION.one(account=ctx.account_uid, uid=uid) if uid is not None else None
    if row is None:
        text = given.text if isinstance(given, Ref) else str(given)
        raise Invalid.one("application_uid", "not_found", f"not found {text}")
    found: UUID = row.uid
    return found


def way_out(ctx: Context, target: Mapping[str, Any]) -> dict[str, Any]:
    """The trunk that carries the call and the peer it goes to; a snapshot, since calls outlive
    both. Without a trunk the call is the driver's to fail."""
    if target["kind"] not in THROUGH_TRUNKS:
        return {}
    trunk = _OUTWARD.one(
        account=ctx.account_uid,
        provider=ctx.caller.service_provider_uid or ZERO_UID,
        yes=True,
    )
    if trunk is None:
        return {}
    found = {"trunk_uid": trunk.uid, "trunk_name": trunk.name}
    return {**found, "remote_host": trunk.endpoint.address}


def _country(number: str | None) -> str | None:
    if number is None or not (number.startswith("+") and number[1:].isdigit()):
        return None
    return numbers.country(number)


def refusal(ctx: Context) -> Conflict | None:
    """Why the account may not start a call now, noted as an alert in the same transaction."""
    account, provider = ctx.account_uid, ctx.caller.service_provider_uid
    row = _ACCOUNT.one(uid=account)
    if row is None or not row.is_active:
        text = "the account is inactive or suspended"
        _alert(ctx, AlertType.ACCOUNT_SUSPENDED, text, {})
        return Conflict(text)
    owners = {"account": account, "service provider": provider or ZERO_UID}
    most = limits.quantities(owners.values(), LimitCategory.CALLS)
    for owner, uid in owners.items():
        if uid in most and _going_on(ctx, owner, uid) >= most[uid]:
            text = f"the {owner} has reached its limit of calls at once"
            details = {"owner": owner, "limit": most[uid]}
            _alert(ctx, AlertType.LIMIT_CALLS, text, details)
            return Conflict(text)
    return None


def _going_on(ctx: Context, owner: str, uid: UUID) -> int:
    """How many calls an owner has now; nobody else counts until the transaction ends."""
    if owner == "account":
        lock_account(uid)
    elif current_store().kind == "postgres":
        _LOCK_PROVIDER.one(uid=uid)
    since = ctx.runtime.now() - LONGEST_CALL
    return int(_GOING_ON[owner].scalar(owner=uid, since=since))


def _alert(ctx: Context, kind: AlertType, text: str, details: dict[str, Any]) -> None:
    alerts.add(
        ctx,
        kind,
        text,
        account_uid=ctx.account_uid,
        service_provider_uid=ctx.caller.service_provider_uid,
        details=details,
    )


def _store(ctx: Context, values: dict[str, Any], verbs: Any = None) -> Any:
    row = _INSERT.add(values)
    event = _record(ctx, row.uid, "created", {"status": str(row.status)})
    call_hooks.tell_all(ctx, row, event, EventKind.CALL_STATUS)
    if verbs is not None:
        _record(ctx, row.uid, GIVEN, {"verbs": verbs})
    jobs.add(
        ctx,
        jobs.CALL,
        f"{jobs.CALL}:{row.uid}:start",
        lane=jobs.CALL,
        account_uid=row.account_uid,
        payload={"call": row.uid.hex, "step": "start"},
    )
    return row


def _record(ctx: Context, call: UUID, kind: str, data: Mapping[str, Any]) -> UUID:
    made = fresh(ctx)
    _EVENT.run(
        {**made, "call_uid": call, "at": made["created_at"], "type": kind, "data": dict(data)}
    )
    uid: UUID = made["uid"]
    return uid


# watching


def search(ctx: Context, *, ended: bool = True) -> list[Any]:
    """The account's calls in the live view, oldest first; those that are over only with `ended`."""
    policy.require(ctx, "call.read")
    rows: list[Any] = _LIVE.all(account=ctx.account_uid, now=ctx.runtime.now())
    return rows if ended else [row for row in rows if row.status not in TERMINAL]


def count(ctx: Context) -> int:
    """How many calls `search` gives."""
    policy.require(ctx, "call.read")
    return int(_COUNT.scalar(account=ctx.account_uid, now=ctx.runtime.now()))


def get(ctx: Context, call: Ref | UUID, *, ended: bool = True) -> Any:
    """A call of the account in the live view, also one that is over if `ended`; NotFound."""
    policy.require(ctx, "call.read")
    row = _found(ctx, _ONE, call)
    if row.status in TERMINAL and not ended:
        raise NotFound("the call is over")
    return row


def _found(ctx: Context, statement: Prepared, call: Ref | UUID) -> Any:
    uid = aliases.uid_of(ctx, call, "call")
    now = ctx.runtime.now()
    row = statement.one(account=ctx.account_uid, uid=uid, now=now) if uid else None
    if row is None:
        raise NotFound()
    return row


# steering


def update(ctx: Context, call: Ref | UUID, change: Mapping[str, Any]) -> Any:
    """Ask something of a live call; the driver does it after the commit. The row as it was.

    `change["options"]` maps what is asked (hangup, redirect, mute_status ...) to its data; each
    becomes an event of that type. Conflict when the call is over, or not in the state it takes.
    """
    policy.require(ctx, "call.write")
    options: Mapping[str, Any] = apply(None, change)["options"]
    with write():
        row = _found(ctx, _HELD, call)
        _check_state(row, options)
        _TOUCH.run(uid=row.uid, now=ctx.runtime.now())
        for kind, data in options.items():
            _ask(ctx, row, kind, data)
    return row


def _check_state(row: Any, options: Mapping[str, Any]) -> None:
    if row.status in TERMINAL:
        raise Conflict("call session is gone")
    call_progress.check_ours(row)
    answered = row.status == CallStatus.IN_PROGRESS
    ending = options.get("hangup", {}).get("status")
    wrong = (
        (ending == CallStatus.COMPLETED and not answered)
        or (ending == CallStatus.CANCELLED and answered)
        or (not answered and NEEDS_ANSWER & options.keys())
    )
    if wrong:
        raise Conflict("current call state is incompatible with requested action")


def _ask(ctx: Context, row: Any, kind: str, data: Mapping[str, Any]) -> None:
    if kind == "redirect":
        data = _redirected(ctx, row, data)
    else:
        data = {k: _sealed_hook(ctx, v) if k in HOOKS else v for k, v in data.items()}
    event = _record(ctx, row.uid, kind, data)
    jobs.add(
        ctx,
        jobs.CALL,
        f"{jobs.CALL}:{row.uid}:{event.hex}",
        lane=jobs.CALL,
        account_uid=row.account_uid,
        payload={"call": row.uid.hex, "step": "update", "event": event.hex},
    )


def give(ctx: Context, call: Ref | UUID, change: Mapping[str, Any]) -> None:
    """Other verbs for a live call: `verbs`, the `devices` they name, and `extras`. NotFound for a
    call that is over."""
    policy.require(ctx, "call.write")
    with write():
        row = _live(ctx, call)
        given = _settled(ctx, apply(row, change))
        _SET_EXTRAS.run(uid=row.uid, extras=given["extras"], now=ctx.runtime.now())
        _ask(ctx, row, GIVEN, {"verbs": given["verbs"]})


def hang_up(ctx: Context, call: Ref | UUID) -> None:
    """End a live call, at once unless a server carries it; NotFound for one that is over."""
    policy.require(ctx, "call.write")
    with write():
        row = _live(ctx, call)
        _TOUCH.run(uid=row.uid, now=ctx.runtime.now())
        if call_engine.service_of(row) is not None:
            _ask(ctx, row, "hangup", {})
            return
        _record(ctx, row.uid, "hangup", {})
        reason = call_progress.BY_API
        call_progress.hang_up(ctx, row, ended_by=call_progress.API, reason=reason)


def _live(ctx: Context, call: Ref | UUID) -> Any:
    row = _found(ctx, _HELD, call)
    if row.status in TERMINAL:
        raise NotFound("the call is over")
    call_progress.check_ours(row)
    return row


def _sealed_hook(ctx: Context, hook: Mapping[str, Any]) -> dict[str, Any]:
    return sealing.sealed({**hook, "dialect": ctx.dialect})


def _redirected(ctx: Context, row: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """The new hooks with whole addresses; from now on they are those of the call."""
    base = (row.hooks or {}).get("call", {}).get("url") or _application_url(row)
    found: dict[str, Any] = {}
    for name, hook in data.items():
        url = urljoin(base, hook["url"])
        if url.startswith("/"):
            raise Invalid.one(
                f"options.redirect.{name}", "url", "is relative, and the call has no hook"
            )
        found[name] = _sealed_hook(ctx, {**hook, "url": url})
    changed = {
        place: found[name]
        for name, place in (("call_hook", "call"), ("status_hook", "status"))
        if name in found
    }
    if changed:
        hooks = {**(row.hooks or {}), **changed}
        _SET_HOOKS.run(uid=row.uid, hooks=hooks, now=ctx.runtime.now())
    return found


def _application_url(row: Any) -> str:
    hook = _CALL_HOOK.one(application=row.application_uid) if row.application_uid else None
    return hook.url if hook is not None else ""


def delete(ctx: Context, call: Ref | UUID) -> None:
    """Take a call out of the live view; it goes on, and its record stays. NotFound."""
    policy.require(ctx, "call.write")
    uid = aliases.uid_of(ctx, call, "call")
    with write():
        hidden = uid and _HIDE.run(account=ctx.account_uid, uid=uid, now=ctx.runtime.now())
        if not hidden:
            raise NotFound()
