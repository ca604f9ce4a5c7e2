"""A SIP device that wants to register: the customer's registration hook decides.

The hook is the account's, else the service provider's. The attempt is not kept; what was sent and
answered is a webhook delivery like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from gateway.dialect import Dialect
from gateway.domain.context import Context
from gateway.domain.events import Event, EventKind
from gateway.domain.problems import NotFound
from gateway.models import Account
from gateway.models.database import write
from gateway.models.prepared import P, Prepared
from gateway.services import call_hooks, hook_jobs, hooks
from gateway.services.hook_jobs import Outcome, Target

_BY_REALM = Prepared(
    lambda: Account.select(Account.uid, Account.service_provider).where(
        (Account.realm == P("realm")) & (Account.is_active == P("yes"))
    )
)
READ = ("status", "message", "expires", "call_hook", "blacklist")
"""What is taken from an answer."""


def prepare(
    ctx: Context,
    facts: Mapping[str, Any],
    dialects: Mapping[str, Dialect],
    profiles: Mapping[str, str] | None = None,
) -> tuple[UUID, hook_jobs.Call]:
    """The account of the realm in `facts`, and the request that asks its hook.

    Raises NotFound for a realm nobody has, or one without a hook.
    """
    account = _BY_REALM.one(realm=facts["realm"].lower(), yes=True)
    if account is None:
        raise NotFound("No account has this realm.")
    found = hooks.subscribers(
        ctx,
        account_uid=account.uid,
        service_provider_uid=account.service_provider_uid,
        kind=EventKind.REGISTRATION,
        number=None,
    )
    for row in found:
        webhook = _rendered(ctx, account.uid, row, facts, dialects, profiles)
        if webhook is not None:
            return account.uid, webhook
    raise NotFound("Neither the account nor its service provider has a registration hook.")


def _rendered(
    ctx: Context,
    account_uid: UUID,
    row: Any,
    facts: Mapping[str, Any],
    dialects: Mapping[str, Dialect],
    profiles: Mapping[str, str] | None,
) -> hook_jobs.Call | None:
    dialect = dialects.get(row.dialect)
    if dialect is None:
        return None
    account = call_hooks.sender(account_uid)
    event = Event(
        uid=ctx.runtime.new_uid(),
        kind=EventKind.REGISTRATION,
        at=ctx.runtime.now(),
        purpose=str(EventKind.REGISTRATION),
        base_url=ctx.root,
        url=row.url,
        account_extras=account.extras if account else {},
        facts=facts,
        method=str(row.method),
        secret=account.webhook_secret if account else None,
    )
    return hook_jobs.rendered(dialect, profiles, event, row, Target(dialect.name, row.url, row.uid))


def answered(
    ctx: Context, account_uid: UUID, webhook: hook_jobs.Call, outcome: Outcome
) -> dict[str, Any]:
    """Write the delivery down; what the hook said, with status `fail` where it said nothing."""
    taken = webhook.policy.delivered(outcome.status)
    with write():
        hook_jobs.write_down(ctx, account_uid, webhook, outcome)
        if not taken:
            why = outcome.error or f"answered {outcome.status}"
            text = f"The registration hook failed: {why}"
            hook_jobs.alert(ctx, account_uid, webhook, outcome, text)
    try:
        said = orjson.loads(outcome.excerpt) if taken else None
    except orjson.JSONDecodeError:
        said = None
    found = {name: said[name] for name in READ if name in said} if isinstance(said, dict) else {}
    return found if found.get("status") in ("ok", "fail") else {**found, "status": "fail"}
