"""Products, subscriptions, invoices."""

from __future__ import annotations

from typing import Any

from tests.adapters.jambonz import world
from tests.adapters.jambonz.area import NOTHING, Area, Bad, Walker
from tests.support.matrix import Sample

SESSIONS = "c4403cdb-8e75-4b27-9726-7d8315e3216d"
DEVICES = "2c815913-5c26-4004-b748-183b459329df"
API = "35a9fb10-233d-4eb9-aada-78de5814d680"
PRICE = "price_call_session_monthly"
CUSTOMER = "cus_owners_billing"
CARD, DECLINED, ASKS = "pm_card_visa", "pm_card_declined", "pm_card_authentication_required"
NOW = "2026-03-01T12:00:00.000000Z"
SUBSCRIPTION = "ab000000-0000-4000-8000-000000000b01"
INVOICE = "ac000000-0000-4000-8000-000000000b02"


def document(account: str, kind: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"account": account, "kind": kind, "key": "current", "body": body, **more}


PAID = {
    "plan": "paid",
    "started_at": NOW,
    "period_start": NOW,
    "products": [{"uid": SESSIONS, "quantity": 10}, {"uid": DEVICES, "quantity": 0}],
    "payment_method": "pm_card_mastercard",
    "invoice": INVOICE,
}
ROWS = {
    "documents": [
        document("alpha", "billing_customer", {"customer_id": CUSTOMER}),
        document("alpha", "subscription", PAID, uid=SUBSCRIPTION),
        document(
            "alpha",
            "invoice",
            {
                "customer_id": CUSTOMER,
                "currency": "usd",
                "amount": 10_000,
                "period_start": NOW,
                "period_end": "2026-03-31T12:00:00.000000Z",
                "products": PAID["products"],
            },
            key="1",
            uid=INVOICE,
        ),
    ]
}
MORE = [{"product_sid": SESSIONS, "price_id": PRICE, "quantity": 12}]
OPERATIONS = {
    "listPrices": Sample(),
    "getStripeCustomerId": Sample(),
    "getSubscription": Sample(foreign=404),
    "manageSubscription": Sample(
        body={"action": "update-payment-method", "payment_method_id": CARD}
    ),
    "retrieveInvoice": Sample(foreign=404),
}
PATH = "/Subscriptions"
NO_ACTION = "invalid or missing action"


def order(**changes: Any) -> dict[str, Any]:
    whole = {"action": "update-quantities", "products": MORE, **changes}
    return {name: value for name, value in whole.items() if value is not NOTHING}


def line(**changes: Any) -> dict[str, Any]:
    whole = {**MORE[0], **changes}
    return order(products=[{k: v for k, v in whole.items() if v is not NOTHING}])


def upgrade(**changes: Any) -> dict[str, Any]:
    return order(**{"action": "upgrade-to-paid", "payment_method_id": CARD, **changes})


def bad(name: str, body: Any, says: str, who: str = "beta", status: int = 400) -> Bad:
    return Bad(f"subscription: {name}", "POST", PATH, status, body, says, who=who)


CASES = [
    bad("nothing", {}, NO_ACTION),
    bad("unknown action", order(action="buy"), NO_ACTION),
    bad("null action", order(action=None), NO_ACTION),
    bad("number for an action", order(action=5), NO_ACTION),
    bad("a list", [], ""),
    bad("unknown member", order(bogus=1), "unknown property 'bogus'"),
    bad("text for dry_run", order(dry_run="maybe"), "dry_run"),
    bad("upgrade without a card", upgrade(payment_method_id=NOTHING), "missing payment_method_id"),
    bad("upgrade with a null card", upgrade(payment_method_id=None), "missing payment_method_id"),
    bad("upgrade without products", upgrade(products=NOTHING), "missing products"),
    bad("upgrade to no products", upgrade(products=[]), "missing products"),
    bad("upgrade with no such card", upgrade(payment_method_id="pm_bogus"), "No such Payment"),
    bad("upgrade with what is no card", upgrade(payment_method_id="bogus"), "payment_method_id"),
    bad("upgrade tried with no such card", upgrade(payment_method_id="pm_bogus", dry_run=True),
        "No such Payment"),
    bad("card without a card", {"action": "update-payment-method"}, "missing payment_method_id"),
    bad("no such card", {"action": "update-payment-method", "payment_method_id": "pm_x"},
        "No such Payment"),
    bad("quantities without products", order(products=NOTHING), "missing products", "alpha"),
    bad("quantities of a free plan", order(), "does not have a paid subscription"),
    bad("quantities of a free plan tried", order(dry_run=True), "does not have a paid"),
    bad("upgrade of a paid plan", upgrade(), "already has a paid subscription", "alpha"),
    bad("text for products", order(products="x"), "products"),
    bad("text for a product", order(products=["x"]), "products.0"),
    bad("null product", order(products=[None]), "products.0"),
    bad("product without a sid", line(product_sid=NOTHING), "missing field products.0.product_sid"),
    bad("product without a quantity", line(quantity=NOTHING), "missing field products.0.quantity"),
    bad("unknown product", line(product_sid=world.NOBODY), "unknown products.0.product_sid"),
    bad("no sid for a product", line(product_sid="x"), "products.0.product_sid"),
    bad("a price of another product", line(price_id="price_device_monthly"), "price_id"),
    bad("less than nothing", line(quantity=-1), "products.0.quantity"),
    bad("too many", line(quantity=100_001), "products.0.quantity"),
    bad("text for a quantity", line(quantity="many"), "products.0.quantity"),
    bad("half of one", line(quantity=1.5), "products.0.quantity"),
    bad("unknown member of a product", line(bogus=1), "products.0.bogus"),
    bad("a product twice", order(products=MORE * 2), "products.1.product_sid", "alpha"),
    bad("of a provider", order(), "insufficient privileges", "provider", 403),
    bad("of nobody", order(), "insufficient privileges", "admin", 403),
    Bad("subscription: none", "GET", PATH, 404, who="beta"),
    Bad("subscription: of a provider, read", "GET", PATH, 403, who="provider"),
    Bad("invoice: none", "GET", "/Invoices", 404, who="beta"),
    Bad("invoice: of a provider", "GET", "/Invoices", 403, who="provider"),
    Bad("customer: a provider", "GET", "/StripeCustomerId", 403, who="provider"),
    Bad("customer: nobody", "GET", "/StripeCustomerId", 403, who="admin"),
    Bad("prices: changed", "POST", "/Prices", 405, {}),
]  # fmt: skip


def walk(walker: Walker) -> None:
    """Every member, action and outcome."""
    alpha, beta = walker.as_("alpha"), walker.as_("beta")
    alpha.get("/v1/Prices")
    for who in (alpha, beta):
        who.get("/v1/StripeCustomerId")
        who.get("/v1/Invoices")
        who.get("/v1/Subscriptions")
    for card in (DECLINED, ASKS):
        beta.post("/v1/Subscriptions", json=upgrade(payment_method_id=card, dry_run=False))
    for body in (
        upgrade(dry_run=True),
        upgrade(),
        order(),
        {"action": "update-payment-method", "payment_method_id": "pm_card_amex"},
        {"action": "downgrade-to-free"},
        {},
    ):
        beta.post("/v1/Subscriptions", json=body)
    beta.get("/v1/Subscriptions")
    beta.get("/v1/Invoices")


AREA = Area(
    rows=ROWS,
    operations=OPERATIONS,
    marks=(CUSTOMER, SUBSCRIPTION, INVOICE),
    cases=CASES,
    walk=walk,
    state_refused={"manageSubscription": (400,)},
    beyond=frozenset(
        {
            "Product.prices",
            ".currency",
            ".monthly_cost",
            ".next_invoice_date",
            ".prorated_cost",
        }
    ),
)
