"""Changing a subscription: what it costs, paying for it, and what the account has then.

A payment provider takes the first payment and those of changes; renewals are its own business.

It is asked between two transactions. The first claims the subscription, so that no two changes of
it are paid for at once, and the second records how the payment ended. A claim nobody gave back
lapses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain import instants
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.policy import Owner
from gateway.domain.problems import Conflict, Invalid
from gateway.models.database import write
from gateway.services import billing, documents, ports, products
from gateway.services.billing import INVOICE, ONE, PERIOD, SUBSCRIPTION, Plan, Subscription
from gateway.services.making import lock_account
from gateway.services.ports.billing import Outcome, Payment, PaymentStatus
from gateway.services.products import Line

CLAIM = timedelta(minutes=1)


class Action(StrEnum):
    """What can be done to a subscription."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    CARD = "card"
    QUANTITIES = "quantities"


class Order(NamedTuple):
    """An action as it was asked for. A product is a mapping of `product_sid`, `price_id` and
    `quantity`."""

    action: Action
    payment_method: str | None = None
    products: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Estimate:
    """What a change would cost: now, and every month from the next invoice on."""

    currency: str
    now: int
    monthly: int
    next_invoice_at: datetime | None


@dataclass(frozen=True)
class Managed:
    """How an action ended; `estimate` only where nothing was done."""

    status: PaymentStatus
    customer_id: str
    client_secret: str | None = None
    estimate: Estimate | None = None


@dataclass(frozen=True)
class _Plan:
    """What the subscription is to become, and what is to be paid for it now."""

    body: dict[str, Any]
    lines: tuple[Line, ...]
    due: int = 0
    method: str | None = None
    waiting: Mapping[str, Any] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        return self.lines[0].product.currency

    def secret(self) -> str | None:
        """That of a payment with this card whose holder was asked to confirm it."""
        return self.waiting.get("secret") if self.waiting.get("method") == self.method else None


def manage(ctx: Context, order: Order, *, dry_run: bool = False) -> Managed:
    """Do what was ordered, or with `dry_run` say what it would cost and write nothing.

    Raises Invalid for an order that lacks something or does not fit the subscription, Conflict
    while another change is being paid for. A card that is declined, or waits for its holder, is an
    outcome.
    """
    account_uid = billing.payer(ctx, "billing.write")
    lines = _checked(ctx, order)
    if dry_run:
        return _estimated(ctx, account_uid, order, lines)
    row, plan = _claimed(ctx, account_uid, order, lines)
    try:
        customer_id = billing.customer(ctx)
        outcome = _paid(ctx, row, plan, customer_id)
    except Exception:
        _settle(ctx, row, row.body)
        raise
    if outcome.status is PaymentStatus.SUCCESS:
        _record(ctx, row, plan, customer_id)
    elif outcome.status is PaymentStatus.ACTION:
        waiting = {"method": plan.method, "secret": outcome.secret}
        _settle(ctx, row, {**row.body, "waiting": waiting})
    else:
        _settle(ctx, row, row.body)
    return Managed(outcome.status, customer_id, outcome.secret)


# what was ordered


def _checked(ctx: Context, order: Order) -> tuple[Line, ...]:
    """The lines ordered; Invalid where the action needs what is not there, or nothing knows it."""
    needs_card = order.action in (Action.UPGRADE, Action.CARD)
    if needs_card and order.payment_method is None:
        raise Invalid.one("payment_method", "said", "missing payment_method_id")
    needs_products = order.action in (Action.UPGRADE, Action.QUANTITIES)
    if needs_products and not order.products:
        raise Invalid.one("products", "said", "missing products")
    if order.payment_method is not None:
        ports.of(ctx).billing.check(ctx, order.payment_method)
    lines: list[Line] = []
    for place, entry in enumerate(order.products or ()):
        line = _line(f"products.{place}", entry)
        if any(line.product is other.product for other in lines):
            raise Invalid.one(f"products.{place}.product_sid", "twice", "was named before")
        lines.append(line)
    return tuple(lines)


def _line(path: str, entry: Mapping[str, Any]) -> Line:
    given: Ref = entry["product_sid"]
    uid = _uid(given.text)
    product = products.catalogue().get(uid) if uid is not None else None
    if product is None:
        raise Invalid.one(f"{path}.product_sid", "unknown_reference", given.text)
    if entry.get("price_id") not in (None, product.price_id):
        raise Invalid.one(f"{path}.price_id", "price", "is no price of this product")
    return Line(product, entry["quantity"])


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _planned(
    ctx: Context, now: Subscription, body: dict[str, Any], order: Order, ordered: tuple[Line, ...]
) -> _Plan:
    """What an order makes of a subscription; Invalid where there is nothing to change."""
    waiting = body.get("waiting") or {}
    kept = {name: value for name, value in body.items() if name not in ("waiting", "claim")}
    method = order.payment_method or now.payment_method
    kept["payment_method"] = method
    if order.action is Action.CARD:
        return _Plan(kept, now.lines, method=method, waiting=waiting)
    if order.action is Action.DOWNGRADE:
        free = tuple(Line(product, product.free) for product in products.catalogue().values())
        gone = {**kept, "trial_ends_at": None, "payment_method": None}
        return _Plan({**gone, "plan": Plan.FREE, "products": billing.stored(free)}, free)
    lines = _with(now.lines, ordered)
    kept["products"] = billing.stored(lines)
    if order.action is Action.QUANTITIES:
        if now.plan is not Plan.PAID:
            raise Invalid.one("action", "said", "account does not have a paid subscription")
        due = _prorated(ctx, now, products.monthly(lines) - products.monthly(now.lines))
    elif now.plan is Plan.PAID:
        raise Invalid.one("action", "said", "account already has a paid subscription")
    else:
        due = products.monthly(lines)
        starts = instants.iso(ctx.runtime.now(), 6)
        kept |= {"plan": Plan.PAID, "trial_ends_at": None, "period_start": starts}
    return _Plan(kept, lines, due, method, waiting)


def _with(old: Sequence[Line], ordered: Sequence[Line]) -> tuple[Line, ...]:
    """Every product with its quantity; one that was not ordered keeps the old."""
    quantities = {line.product.uid: line.quantity for line in (*old, *ordered)}
    sold = products.catalogue().values()
    return tuple(Line(product, quantities.get(product.uid, 0)) for product in sold)


def _prorated(ctx: Context, now: Subscription, more: int) -> int:
    """What more costs for the rest of the month; less is not paid back, it ends the month."""
    left = now.period_end - ctx.runtime.now()
    return max(0, round(more * (left / PERIOD)))


def _estimated(ctx: Context, account_uid: UUID, order: Order, lines: tuple[Line, ...]) -> Managed:
    found = documents.of_owner(SUBSCRIPTION, _owner(ctx))
    body = found[0].body if found else _free(ctx)
    uid = found[0].uid if found else account_uid
    now = billing.seen(ctx, uid, account_uid, body)
    plan = _planned(ctx, now, body, order, lines)
    provider = ports.of(ctx).billing
    customer_id = billing.known_customer(ctx) or provider.customer(ctx, account_uid)
    after = billing.seen(ctx, uid, account_uid, plan.body)
    paid = after.plan is Plan.PAID
    next_at = after.period_end if paid else None
    monthly = products.monthly(plan.lines) if paid else 0
    estimate = Estimate(plan.currency, plan.due, monthly, next_at)
    return Managed(PaymentStatus.SUCCESS, customer_id, estimate=estimate)


# paying


def _owner(ctx: Context) -> Owner:
    return Owner(ctx.caller.service_provider_uid, ctx.account_uid)


def _free(ctx: Context) -> dict[str, Any]:
    """Of an account that never subscribed: it has what is free."""
    free = tuple(Line(product, product.free) for product in products.catalogue().values())
    return billing.body_of(ctx, Plan.FREE, free)


def _claimed(
    ctx: Context, account_uid: UUID, order: Order, lines: tuple[Line, ...]
) -> tuple[Any, _Plan]:
    """The subscription's row, with nobody else changing it, and the plan for it."""
    with write():
        lock_account(account_uid)
        found = documents.of_owner(SUBSCRIPTION, _owner(ctx))
        row = found[0] if found else documents.create(ctx, SUBSCRIPTION, _free(ctx), key=ONE)
        claim = row.body.get("claim")
        if claim and instants.parse_instant(claim) > ctx.runtime.now():
            raise Conflict("another change of the subscription is being paid for")
        now = billing.seen(ctx, row.uid, account_uid, row.body)
        plan = _planned(ctx, now, row.body, order, lines)
        until = instants.iso(ctx.runtime.now() + CLAIM, 6)
        documents.store(ctx, row, {"body": {**row.body, "claim": until}})
        return row, plan


def _paid(ctx: Context, row: Any, plan: _Plan, customer_id: str) -> Outcome:
    """The outcome of the payment; keyed by what the subscription was, for one that is repeated."""
    if plan.method is None:
        return Outcome(PaymentStatus.SUCCESS)
    key = f"{row.uid}/{row.body.get('invoice', '')}/{plan.due}/{plan.method}"
    payment = Payment(key, customer_id, plan.method, plan.due, plan.currency, plan.secret())
    return ports.of(ctx).billing.pay(ctx, payment)


def _settle(ctx: Context, row: Any, body: Mapping[str, Any]) -> None:
    """Write what the subscription is now, and let others change it."""
    kept = {name: value for name, value in body.items() if name != "claim"}
    with write():
        lock_account(row.account_uid)
        claimed = documents.of_owner(SUBSCRIPTION, Owner(row.service_provider_uid, row.account_uid))
        documents.store(ctx, claimed[0], {"body": kept})


def _record(ctx: Context, row: Any, plan: _Plan, customer_id: str) -> None:
    """Write what was paid for: the subscription, an invoice where money was due, the limits."""
    with write():
        lock_account(row.account_uid)
        body = plan.body
        if plan.due:
            invoice = documents.create(
                ctx, INVOICE, _invoice(ctx, plan, customer_id), numbered=True
            )
            body = {**body, "invoice": str(invoice.uid)}
        _settle(ctx, row, body)
        billing.limit(ctx, row.account_uid, plan.lines, billing.lines_of(row.body))


def _invoice(ctx: Context, plan: _Plan, customer_id: str) -> dict[str, Any]:
    start = instants.parse_instant(plan.body["period_start"])
    return {
        "customer_id": customer_id,
        "currency": plan.currency,
        "amount": plan.due,
        "period_start": instants.iso(start, 6),
        "period_end": instants.iso(start + PERIOD, 6),
        "products": billing.stored([line for line in plan.lines if line.quantity]),
    }
