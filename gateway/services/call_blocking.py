"""Rules that keep calls from being let through, kept per account; `call_admission` asks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain import policy
from gateway.domain.call_rules import Attempt, blocks
from gateway.domain.context import Context
from gateway.domain.problems import NotFound
from gateway.models import Document
from gateway.models.database import write
from gateway.models.prepared import Insert, P, Prepared
from gateway.services import aliases
from gateway.services.making import fresh
from gateway.services.owning import Named
from gateway.services.pages import Page, Paged

KIND = "call_blocking_rule"

_INSERT = Insert(Document)
_MINE = (Document.kind == P("kind")) & (Document.scope_uid == P("account"))
_PAGE = Paged(lambda *columns: Document.select(*columns).where(_MINE), Document, (Document.id,))
_ALL = Prepared(lambda: Document.select(Document.body).where(_MINE).order_by(Document.id))
_ONE = Prepared(lambda: Document.select().where(_MINE & (Document.uid == P("uid"))))
_DELETE = Prepared(lambda: Document.delete().where(_MINE & (Document.uid == P("uid"))))


def search(ctx: Context, *, limit: int, offset: int) -> Page:
    """A page of the account's rules, oldest first; the rule is `body`."""
    policy.require(ctx, "document.read")
    return _PAGE.ask(limit, offset, kind=KIND, account=ctx.account_uid)


def get(ctx: Context, given: Named) -> Any:
    """A rule; NotFound."""
    policy.require(ctx, "document.read")
    uid = aliases.uid_of(ctx, given, "document") if given is not None else None
    row = _ONE.one(kind=KIND, account=ctx.account_uid, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound("there is no such call blocking rule")
    return row


def blocking(account: UUID, attempt: Attempt) -> str | None:
    """The name of the account's first rule that keeps the call from being let through."""
    for row in _ALL.all(kind=KIND, account=account):
        if blocks(row.body, attempt):
            return str(row.body["name"])
    return None


def create(ctx: Context, body: Mapping[str, Any]) -> Any:
    """A rule: its name, and what `call_rules.blocks` reads."""
    policy.require(ctx, "document.write")
    made = {
        **fresh(ctx),
        "service_provider_uid": ctx.caller.service_provider_uid,
        "account_uid": ctx.account_uid,
        "scope_uid": ctx.account_uid,
        "kind": KIND,
        "body": dict(body),
    }
    with write():
        return _INSERT.add(made)


def update(ctx: Context, given: Named, body: Mapping[str, Any]) -> Any:
    """The rule, replaced; NotFound."""
    policy.require(ctx, "document.write")
    with write():
        row = get(ctx, given)
        if row.body != dict(body):
            values = {"body": dict(body), "updated_at": ctx.runtime.now()}
            Document.update(values).where(Document.uid == row.uid).execute()
        return get(ctx, row.uid)


def delete(ctx: Context, given: Named) -> None:
    """NotFound."""
    policy.require(ctx, "document.write")
    with write():
        row = get(ctx, given)
        _DELETE.run(kind=KIND, account=ctx.account_uid, uid=row.uid)
