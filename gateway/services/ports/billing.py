"""The port to a payment provider: customers, cards, payments.

The emulation takes no money. It knows the test cards of the provider by name: one kind is good, one
is declined, one asks the card's holder to confirm first, and a card it does not know is refused.
All it answers follows from what it is asked, so the same request always ends the same way.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, Protocol
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.problems import Invalid


class PaymentStatus(StrEnum):
    """How a payment ended; with `ACTION` the holder of the card has to confirm it first."""

    SUCCESS = "success"
    DECLINED = "declined"
    ACTION = "action"


class Payment(NamedTuple):
    """What is asked for: an amount in hundredths, 0 to keep the card for later.

    `key` is the same when the same payment is tried again, which must not take the money twice.
    `secret` is that of a payment the holder was asked to confirm before.
    """

    key: str
    customer_id: str
    method: str
    amount: int
    currency: str
    secret: str | None = None


class Outcome(NamedTuple):
    status: PaymentStatus
    secret: str | None = None


class Billing(Protocol):
    """Asks a payment provider. `customer` gives an account's id there, always the same one; `check`
    raises Invalid at `payment_method` for a card that does not exist; `pay` answers or raises
    within the minute that a subscription waits for it."""

    def customer(self, ctx: Context, account_uid: UUID) -> str: ...

    def check(self, ctx: Context, method: str) -> None: ...

    def pay(self, ctx: Context, payment: Payment) -> Outcome: ...


DECLINED = frozenset(
    {
        "pm_card_declined",
        "pm_card_chargeDeclined",
        "pm_card_chargeCustomerFail",
        "pm_card_visa_chargeDeclined",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
    }
)
ASKS = frozenset({"pm_card_authentication_required", "pm_card_authenticationRequired"})
GOOD = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex", "pm_card_discover"})


def _token(*parts: object) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:24]


class EmulatedBilling:
    """The built-in payment provider. A payment that was to be confirmed counts as confirmed when
    it is tried again with the secret that was given for it."""

    def customer(self, ctx: Context, account_uid: UUID) -> str:
        return f"cus_{_token(account_uid)[:14]}"

    def check(self, ctx: Context, method: str) -> None:
        if method not in DECLINED | ASKS | GOOD:
            text = f"No such PaymentMethod: '{method}'"
            raise Invalid.one("payment_method", "said", text)

    def pay(self, ctx: Context, payment: Payment) -> Outcome:
        self.check(ctx, payment.method)
        if payment.method in DECLINED:
            return Outcome(PaymentStatus.DECLINED)
        if payment.method in GOOD:
            return Outcome(PaymentStatus.SUCCESS)
        kind = "pi" if payment.amount else "seti"
        about = (payment.customer_id, payment.method, payment.amount, payment.currency)
        secret = f"{kind}_{_token(*about)}_secret_{_token('secret', *about)}"
        if payment.secret == secret:
            return Outcome(PaymentStatus.SUCCESS)
        return Outcome(PaymentStatus.ACTION, secret)
