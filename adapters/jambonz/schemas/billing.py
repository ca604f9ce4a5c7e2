"""Products, subscriptions and invoices (seed 000: Product and the paths that need Stripe).

Subscriptions and invoices are open objects in the seed: they have the members of Stripe's entities
that clients of the server read, moments in seconds since 1970, amounts in hundredths.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from adapters.jambonz.schemas.common import Jambonz, Sent, Sid
from gateway.domain.instants import micros, parse_instant
from gateway.domain.words import LimitCategory
from gateway.services import billing
from gateway.services.billing import Plan
from gateway.services.ports.billing import PaymentStatus
from gateway.services.subscribing import Action
from gateway.wire import (
    Change,
    Computed,
    Const,
    Flag,
    Int,
    Length,
    Listed,
    Part,
    Pattern,
    Range,
    Text,
    Word,
)
from gateway.wire.reading import Reader

CATEGORIES = {
    "voice_call_session": LimitCategory.CALLS,
    "device": LimitCategory.DEVICES,
    "api_rate": LimitCategory.API,
}
ACTIONS = {
    "upgrade-to-paid": Action.UPGRADE,
    "downgrade-to-free": Action.DOWNGRADE,
    "update-payment-method": Action.CARD,
    "update-quantities": Action.QUANTITIES,
}
STATUSES = {
    "success": PaymentStatus.SUCCESS,
    "card error": PaymentStatus.DECLINED,
    "action required": PaymentStatus.ACTION,
}
MOST_OF_A_PRODUCT = 100_000
MOST_PRODUCTS = 20
ID = Length(1, 255)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment) // 1_000_000


def _moment(attribute: str, data_key: str | None = None) -> Computed:
    return Computed(
        data_key,
        out=lambda row, view: _seconds(getattr(row, attribute)),
        of=Int(),
        reads=(attribute,),
    )


def _stored_moment(name: str) -> Computed:
    return Computed(
        out=lambda row, view: _seconds(parse_instant(row.body[name])), of=Int(), reads=("body",)
    )


class Price(Jambonz):
    """What one unit of a product costs in a month."""

    price_id = Text(required=True)
    unit_amount = Int(required=True)
    currency = Text(required=True)
    billing_scheme = Const("per_unit")


class Product(Jambonz):
    product_sid = Sid(attribute="uid", required=True)
    name = Text(required=True)
    description = Text()
    unit_label = Text(required=True)
    category = Word(words=CATEGORIES, required=True)
    prices = Listed(Part(Price), source=lambda product: [product])


def _of_product(name: str, of: Any) -> Computed:
    return Computed(
        out=lambda line, view: getattr(line.product, name),
        of=of,
        reads=("product",),
        null=False,
        required=True,
    )


class Bought(Jambonz):
    """So many of a product."""

    product_sid = _of_product("uid", Sid())
    name = _of_product("name", Text())
    category = _of_product("category", Word(words=CATEGORIES))
    price_id = _of_product("price_id", Text())
    unit_amount = _of_product("unit_amount", Int())
    quantity = Int(required=True)


class Subscription(Jambonz):
    """The subscription of an account."""

    id = Computed(out=lambda row, view: f"sub_{row.uid.hex[:24]}", of=Text(), reads=("uid",))
    object = Const("subscription")
    account_subscription_sid = Sid(attribute="uid", required=True)
    account_sid = Sid(attribute="account_uid", required=True)
    status = Computed(
        out=lambda row, view: "trialing" if row.plan is Plan.TRIAL else "active",
        of=Text(),
        reads=("plan",),
    )
    plan_type = Word(attribute="plan", words=[*Plan], required=True)
    start_date = _moment("started_at")
    trial_end = _moment("trial_ends_at")
    current_period_start = _moment("period_start")
    current_period_end = _moment("period_end")
    default_payment_method = Text(attribute="payment_method")
    products = Listed(Part(Bought), source=lambda row: row.lines)


class Invoice(Jambonz):
    """What was paid last."""

    id = Computed(out=lambda row, view: f"in_{row.uid.hex[:24]}", of=Text(), reads=("uid",))
    object = Const("invoice")
    number = Text(attribute="key", required=True)
    status = Const("paid")
    customer = Text(attribute="body.customer_id")
    currency = Text(attribute="body.currency")
    amount_due = Int(attribute="body.amount")
    amount_paid = Int(attribute="body.amount")
    created = _moment("created_at")
    period_start = _stored_moment("period_start")
    period_end = _stored_moment("period_end")
    lines = Listed(Part(Bought), source=lambda row: billing.lines_of(row.body))


class Customer(NamedTuple):
    """An account at the payment provider."""

    customer_id: str


class CustomerId(Jambonz):
    stripe_customer_id = Text(attribute="customer_id", required=True)


class ActionWord(Word):
    """What to do, refused in the server's words."""

    def take(self, raw: Any, change: Change, reader: Reader, path: str) -> None:
        if isinstance(raw, str) and raw in self.words:
            super().take(raw, change, reader, path)
        else:
            reader.fault(path, "said", "invalid or missing action")


class ProductOrder(Sent):
    """So many of a product, by one of its prices."""

    product_sid = Sid(required=True)
    price_id = Text(validate=ID)
    quantity = Int(required=True, validate=Range(0, MOST_OF_A_PRODUCT))


class SubscriptionChange(Sent):
    """What to do with a subscription."""

    action = ActionWord(words=ACTIONS, required=True)
    payment_method_id = Text(
        attribute="payment_method", validate=[ID, Pattern("pm_[A-Za-z0-9_]+", "is no card")]
    )
    dry_run = Flag(null=False)
    products = Part(ProductOrder, many=True, json=True, null=True)


def _estimate(name: str, of: Any = None) -> Computed:
    return Computed(
        out=lambda row, view: getattr(row.estimate, name, None),
        of=of or Int(),
        reads=("estimate",),
        omit_none=True,
    )


class SubscriptionChanged(Jambonz):
    """How it ended; with `dry_run` what it would cost, in hundredths of the currency."""

    status = Word(words=STATUSES, required=True)
    customer_id = Text(required=True)
    client_secret = Text(omit_none=True)
    currency = _estimate("currency", Text())
    prorated_cost = _estimate("now")
    monthly_cost = _estimate("monthly")
    next_invoice_date = Computed(
        out=lambda row, view: _seconds(getattr(row.estimate, "next_invoice_at", None)),
        of=Int(),
        reads=("estimate",),
        omit_none=True,
    )
