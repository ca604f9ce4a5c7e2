"""Subscriptions below the API: two changes at once, a payment provider that fails, test cards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

import gevent
import pytest

from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.principal import Scope
from gateway.domain.problems import Conflict, Forbidden, Invalid, Unavailable
from gateway.domain.words import LimitCategory
from gateway.models.database import connection, spawn, write
from gateway.services import billing, limits, subscribing
from gateway.services.ports import Ports
from gateway.services.ports.billing import EmulatedBilling, Outcome, Payment, PaymentStatus
from gateway.services.products import catalogue
from gateway.services.subscribing import Action, Managed, Order
from tests.services.tenants import MINE, PROVIDER, Tenants
from tests.support.snapshots import changed, snapshot

CARD = "pm_card_visa"
SESSIONS = next(p for p in catalogue().values() if p.category is LimitCategory.CALLS)


@dataclass
class Provider(EmulatedBilling):
    """A payment provider that takes its time, or is away."""

    away: bool = False
    payments: list[Payment] = field(default_factory=list)

    def pay(self, ctx: Context, payment: Payment) -> Outcome:
        self.payments.append(payment)
        gevent.sleep(0.05)
        if self.away:
            raise Unavailable("the payment provider is away")
        return super().pay(ctx, payment)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def ctx(tenants: Tenants, provider: Provider) -> Context:
    """The account, where that provider takes the payments."""
    return replace(tenants.mine, ports=Ports(billing=provider))


def order(quantity: int = 3, action: Action = Action.UPGRADE) -> Order:
    line = {"product_sid": Ref("uuid", str(SESSIONS.uid)), "quantity": quantity}
    return Order(action, CARD, [line])


def test_two_upgrades_at_once_are_paid_for_once(ctx: Context, provider: Provider) -> None:
    def upgrade(quantity: int) -> Managed | str:
        with connection():
            try:
                return subscribing.manage(ctx, order(quantity))
            except Conflict as problem:
                return problem.kind

    jobs = [spawn(upgrade, quantity) for quantity in (3, 4)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    won = [job.value for job in jobs if job.value != "conflict"]
    assert len(won) == len(provider.payments) == 1
    assert billing.get(ctx).plan == "paid"
    paid = provider.payments[0].amount
    assert paid == SESSIONS.unit_amount * (limits.quantity(MINE, LimitCategory.CALLS) or 0)
    assert billing.newest_invoice(ctx).body["amount"] == paid


def test_a_provider_that_fails_leaves_the_subscription_free_to_change(
    ctx: Context, provider: Provider
) -> None:
    billing.begin(ctx, MINE, PROVIDER)
    billing.customer(ctx)
    before = billing.get(ctx)
    provider.away = True
    with pytest.raises(Unavailable):
        subscribing.manage(ctx, order())
    assert billing.get(ctx) == before
    provider.away = False
    assert subscribing.manage(ctx, order()).status is PaymentStatus.SUCCESS


def test_a_change_that_never_came_back_stands_in_the_way_for_a_minute(
    tenants: Tenants, ctx: Context, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(ctx: Context, payment: Payment) -> Outcome:
        raise gevent.GreenletExit

    billing.begin(ctx, MINE, PROVIDER)
    with monkeypatch.context() as patch:
        patch.setattr(provider, "pay", die)
        with pytest.raises(gevent.GreenletExit):
            subscribing.manage(ctx, order())
    with pytest.raises(Conflict):
        subscribing.manage(ctx, order())
    tenants.clock.advance(61)
    assert subscribing.manage(ctx, order()).status is PaymentStatus.SUCCESS


def test_a_trial_begins_in_the_transaction_of_its_account(tenants: Tenants) -> None:
    def sign_up() -> None:
        with write():
            billing.begin(tenants.nobody, MINE, PROVIDER)
            raise RuntimeError

    before = snapshot()
    with pytest.raises(RuntimeError):
        sign_up()
    assert changed(before, snapshot()) == []


def test_two_first_reads_of_the_customer_agree(tenants: Tenants) -> None:
    def read() -> str:
        with connection():
            return billing.customer(tenants.mine)

    jobs = [spawn(read) for _ in range(4)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert len({job.value for job in jobs}) == 1


def test_only_accounts_pay(tenants: Tenants) -> None:
    everybody = tenants.ctx(None)
    assert everybody.caller.scope is Scope.ADMIN
    for call in (billing.get, billing.newest_invoice, billing.customer):
        with pytest.raises(Forbidden):
            call(everybody)
    with pytest.raises(Forbidden):
        subscribing.manage(everybody, order())


def test_products_no_longer_sold_are_left_out() -> None:
    body = {"products": [{"uid": str(UUID(int=5)), "quantity": 1}]}
    assert billing.lines_of(body) == ()


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("pm_card_visa", PaymentStatus.SUCCESS),
        ("pm_card_chargeDeclined", PaymentStatus.DECLINED),
        ("pm_card_authenticationRequired", PaymentStatus.ACTION),
    ],
)
def test_cards_of_the_emulation(tenants: Tenants, method: str, status: PaymentStatus) -> None:
    asked = Payment("k", "cus_1", method, 100, "usd")
    port = EmulatedBilling()
    first = port.pay(tenants.mine, asked)
    assert first.status is status
    assert port.pay(tenants.mine, asked) == first
    assert (first.secret is not None) is (status is PaymentStatus.ACTION)


def test_a_secret_confirms_only_the_payment_it_was_given_for(tenants: Tenants) -> None:
    asked = Payment("k", "cus_1", "pm_card_authentication_required", 100, "usd")
    port = EmulatedBilling()
    secret = port.pay(tenants.mine, asked).secret
    assert port.pay(tenants.mine, asked._replace(secret=secret)).status is PaymentStatus.SUCCESS
    dearer = asked._replace(secret=secret, amount=200)
    assert port.pay(tenants.mine, dearer).status is PaymentStatus.ACTION
    with pytest.raises(Invalid, match="No such PaymentMethod"):
        port.check(tenants.mine, "pm_card_nobody")
