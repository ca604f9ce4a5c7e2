"""Subscriptions: what an account has bought, what it last paid, who it is to the payment provider.

A subscription is on trial, free or paid, and has so many of each product; those numbers are the
account's limits. How it changes is in `subscribing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain import instants, policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Forbidden, NotFound
from gateway.services import documents, limits, ports, products
from gateway.services.products import Line

SUBSCRIPTION, CUSTOMER, INVOICE = "subscription", "billing_customer", "invoice"
"""Kinds of documents. An account has one of the first two, under the key `ONE`."""
ONE = "current"
TRIAL = timedelta(days=21)
PERIOD = timedelta(days=30)


class Plan(StrEnum):
    TRIAL = "trial"
    FREE = "free"
    PAID = "paid"


@dataclass(frozen=True)
class Subscription:
    """What an account has; `period` is the month that is paid for."""

    uid: UUID
    account_uid: UUID
    plan: Plan
    started_at: datetime
    trial_ends_at: datetime | None
    period_start: datetime
    lines: tuple[Line, ...]
    payment_method: str | None

    @property
    def period_end(self) -> datetime:
        return self.period_start + PERIOD


# beginning


def begin(ctx: Context, account_uid: UUID, provider_uid: UUID) -> None:
    """Start the trial of a new account, with its limits, inside the caller's transaction."""
    owner = Owner(provider_uid, account_uid)
    lines = tuple(Line(product, product.trial) for product in products.catalogue().values())
    trial_ends_at = ctx.runtime.now() + TRIAL
    body = {
        **body_of(ctx, Plan.TRIAL, lines),
        "trial_ends_at": instants.iso(trial_ends_at, 6),
    }
    documents.create(ctx, SUBSCRIPTION, body, key=ONE, owner=owner)
    limit(ctx, account_uid, lines)


def body_of(ctx: Context, plan: Plan, lines: Sequence[Line]) -> dict[str, Any]:
    """What is stored of a subscription that begins now."""
    now = instants.iso(ctx.runtime.now(), 6)
    return {
        "plan": plan,
        "started_at": now,
        "period_start": now,
        "products": stored(lines),
    }


def stored(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as a document holds them."""
    return [{"uid": str(line.product.uid), "quantity": line.quantity} for line in lines]


def lines_of(body: Mapping[str, Any]) -> tuple[Line, ...]:
    """The lines of a document; what is not sold any more is left out."""
    sold = products.catalogue()
    return tuple(
        Line(sold[uid], entry["quantity"])
        for entry in body.get("products", ())
        if (uid := UUID(entry["uid"])) in sold
    )


def limit(
    ctx: Context, account_uid: UUID, lines: Sequence[Line], before: Sequence[Line] = ()
) -> None:
    """Set the limits of an account to what its lines buy, where they bought others before."""
    bought = products.quotas(lines)
    for category in {*bought, *products.quotas(before)}:
        limits.settle(ctx, account_uid, category, bought.get(category))


# reading


def payer(ctx: Context, action: str) -> UUID:
    """The caller's account; Forbidden for callers who are none, as accounts pay for themselves."""
    caller = policy.require(ctx, action)
    if caller.scope is not Scope.ACCOUNT:
        raise Forbidden("only accounts have subscriptions")
    return ctx.account_uid


def of_account(ctx: Context, owner: Owner) -> Subscription | None:
    """The subscription of an account, for services that show it among other things."""
    found = documents.of_owner(SUBSCRIPTION, owner)
    if not found:
        return None
    return seen(ctx, found[0].uid, found[0].account_uid, found[0].body)


def seen(ctx: Context, uid: UUID, account_uid: UUID, body: Mapping[str, Any]) -> Subscription:
    """A subscription as its document's body tells it today."""
    trial_ends_at = body.get("trial_ends_at")
    started = instants.parse_instant(body["period_start"])
    passed = (ctx.runtime.now() - started) // PERIOD if body["plan"] == Plan.PAID else 0
    return Subscription(
        uid=uid,
        account_uid=account_uid,
        plan=Plan(body["plan"]),
        started_at=instants.parse_instant(body["started_at"]),
        trial_ends_at=instants.parse_instant(trial_ends_at) if trial_ends_at else None,
        period_start=started + max(passed, 0) * PERIOD,
        lines=lines_of(body),
        payment_method=body.get("payment_method"),
    )


def get(ctx: Context) -> Subscription:
    """The subscription of the caller's account; NotFound."""
    account_uid = payer(ctx, "billing.read")
    row = documents.by_key(ctx, SUBSCRIPTION, ONE)
    return seen(ctx, row.uid, account_uid, row.body)


def newest_invoice(ctx: Context) -> Any:
    """The account's last invoice, a row of a document; NotFound when it never paid."""
    payer(ctx, "billing.read")
    newest = documents.by_key(ctx, SUBSCRIPTION, ONE).body.get("invoice")
    if newest is None:
        raise NotFound()
    return documents.get(ctx, INVOICE, UUID(newest))


def customer(ctx: Context) -> str:
    """The id of the account at the payment provider, asked for when it is read first."""
    account_uid = payer(ctx, "billing.read")
    found = known_customer(ctx)
    if found is None:
        found = ports.of(ctx).billing.customer(ctx, account_uid)
        try:
            documents.create(ctx, CUSTOMER, {"customer_id": found}, key=ONE)
        except Conflict:
            found = known_customer(ctx) or found
    return found


def known_customer(ctx: Context) -> str | None:
    """The id at the payment provider, if it was asked for before."""
    try:
        row = documents.by_key(ctx, CUSTOMER, ONE)
    except NotFound:
        return None
    customer_id: str = row.body["customer_id"]
    return customer_id
