"""Products, the subscription of an account, its invoices (seed 000)."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.schemas import billing as wire
from gateway.domain.context import Context
from gateway.http.kit import Blueprint
from gateway.services import billing, products, subscribing
from gateway.wire import Change

blp = Blueprint("billing", __name__)

PRODUCTS, CUSTOMER, INVOICE = wire.Product(many=True), wire.CustomerId(), wire.Invoice()
SUBSCRIPTION = wire.Subscription()
CHANGE, CHANGED = wire.SubscriptionChange(), wire.SubscriptionChanged()
SUBSCRIPTIONS = "/v1/Subscriptions"


@blp.operation("GET", "/v1/Prices", "listPrices", returns=PRODUCTS)
def list_prices(ctx: Context) -> Any:
    """What can be subscribed to, with its price."""
    return products.search(ctx)


@blp.operation("GET", "/v1/StripeCustomerId", "getStripeCustomerId", returns=CUSTOMER)
def get_stripe_customer_id(ctx: Context) -> Any:
    """The id of the account at the payment provider."""
    return wire.Customer(billing.customer(ctx))


@blp.operation("GET", SUBSCRIPTIONS, "getSubscription", returns=SUBSCRIPTION)
def get_subscription(ctx: Context) -> Any:
    """What the account has subscribed to."""
    return billing.get(ctx)


@blp.operation(
    "POST", SUBSCRIPTIONS, "manageSubscription", takes=CHANGE, returns=CHANGED, status=201
)
def manage_subscription(ctx: Context, change: Change) -> Any:
    """Change what the account has subscribed to, or ask what that would cost."""
    dry_run = change.pop("dry_run", False)
    return subscribing.manage(ctx, subscribing.Order(**change), dry_run=dry_run)


@blp.operation("GET", "/v1/Invoices", "retrieveInvoice", returns=INVOICE)
def retrieve_invoice(ctx: Context) -> Any:
    """The account's newest invoice."""
    return billing.newest_invoice(ctx)
