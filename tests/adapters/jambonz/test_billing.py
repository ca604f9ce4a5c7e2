"""Subscriptions as customers change them: what is paid, what is had then, what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.context import Context
from gateway.domain.words import LimitCategory
from gateway.services import billing, limits
from gateway.universe import Universe
from tests.adapters.jambonz import world
from tests.adapters.jambonz.areas.billing import (
    API,
    ASKS,
    CARD,
    CUSTOMER,
    DECLINED,
    DEVICES,
    INVOICE,
    SESSIONS,
    SUBSCRIPTION,
    order,
    upgrade,
)
from tests.support.contract import ContractClient
from tests.support.pipeline import Clock
from tests.support.snapshots import changed, snapshot

PATH = "/v1/Subscriptions"
BETA = UUID(world.BETA)
Connect = Callable[..., ContractClient]


@pytest.fixture
def beta(connect: Connect) -> ContractClient:
    """An account that never subscribed."""
    return connect("beta")


@pytest.fixture
def trial(context: Callable[[str], Context], beta: ContractClient) -> ContractClient:
    """The same account on trial."""
    billing.begin(context("admin"), BETA, UUID(world.PROVIDER))
    return beta


def post(client: ContractClient, body: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def quantities(client: ContractClient) -> dict[str, int]:
    return {line["product_sid"]: line["quantity"] for line in client.get(PATH).json["products"]}


def limit(category: LimitCategory) -> int | None:
    return limits.quantity(BETA, category)


def test_prices_say_what_a_unit_costs(client: ContractClient) -> None:
    found = {product["product_sid"]: product for product in client.get("/v1/Prices").json}
    assert [found[sid]["category"] for sid in (SESSIONS, DEVICES, API)] == [
        "voice_call_session",
        "device",
        "api_rate",
    ]
    assert found[SESSIONS]["prices"] == [
        {
            "price_id": "price_call_session_monthly",
            "unit_amount": 1000,
            "currency": "usd",
            "billing_scheme": "per_unit",
        }
    ]


def test_a_subscription_and_its_invoice_are_the_account_s_own(client: ContractClient) -> None:
    found = client.get(PATH).json
    assert found["account_subscription_sid"] == SUBSCRIPTION
    assert (found["plan_type"], found["status"]) == ("paid", "active")
    assert found["current_period_end"] - found["current_period_start"] == 30 * 86_400
    invoice = client.get("/v1/Invoices").json
    assert invoice["id"] == f"in_{UUID(INVOICE).hex[:24]}"
    assert (invoice["amount_paid"], invoice["currency"]) == (10_000, "usd")
    assert client.get("/v1/StripeCustomerId").json == {"stripe_customer_id": CUSTOMER}


def test_the_customer_is_made_on_first_read_and_stays(beta: ContractClient) -> None:
    first = beta.get("/v1/StripeCustomerId").json["stripe_customer_id"]
    before = snapshot()
    assert first.startswith("cus_")
    assert beta.get("/v1/StripeCustomerId").json["stripe_customer_id"] == first
    assert changed(before, snapshot()) == []


def test_a_trial_has_calls_devices_and_an_end(trial: ContractClient) -> None:
    found = trial.get(PATH).json
    assert (found["plan_type"], found["status"]) == ("trial", "trialing")
    assert found["trial_end"] - found["start_date"] == 21 * 86_400
    assert quantities(trial) == {SESSIONS: 20, DEVICES: 0, API: 0}
    assert (limit(LimitCategory.CALLS), limit(LimitCategory.DEVICES)) == (20, 100)
    assert limit(LimitCategory.API) is None


def test_upgrading_pays_the_month_and_raises_the_limits(trial: ContractClient) -> None:
    products = [{"product_sid": SESSIONS, "quantity": 30}, {"product_sid": API, "quantity": 7}]
    done = post(trial, upgrade(products=products))
    assert (done["status"], done["customer_id"][:4]) == ("success", "cus_")
    found = trial.get(PATH).json
    assert (found["plan_type"], found["trial_end"]) == ("paid", None)
    assert found["default_payment_method"] == CARD
    assert quantities(trial) == {SESSIONS: 30, DEVICES: 0, API: 7}
    assert (limit(LimitCategory.CALLS), limit(LimitCategory.DEVICES)) == (30, 150)
    assert limit(LimitCategory.API) == 7
    invoice = trial.get("/v1/Invoices").json
    assert (invoice["number"], invoice["amount_due"]) == ("1", 30 * 1000 + 7 * 200)
    assert invoice["customer"] == done["customer_id"]
    assert {line["product_sid"] for line in invoice["lines"]} == {SESSIONS, API}


def test_a_declined_card_changes_nothing_but_who_the_customer_is(trial: ContractClient) -> None:
    trial.get("/v1/StripeCustomerId")
    before = trial.get(PATH).json
    done = post(trial, upgrade(payment_method_id=DECLINED))
    assert (done["status"], "client_secret" in done) == ("card error", False)
    assert trial.get(PATH).json == before
    assert trial.get("/v1/Invoices").status_code == 404
    assert limit(LimitCategory.CALLS) == 20


def test_a_card_that_asks_is_good_once_its_holder_confirmed(trial: ContractClient) -> None:
    first = post(trial, upgrade(payment_method_id=ASKS))
    assert first["status"] == "action required"
    assert "_secret_" in first["client_secret"]
    assert trial.get(PATH).json["plan_type"] == "trial"
    assert post(trial, upgrade(payment_method_id=ASKS))["status"] == "success"
    assert trial.get(PATH).json["plan_type"] == "paid"


def test_another_card_does_not_inherit_a_confirmation(trial: ContractClient) -> None:
    post(trial, upgrade(payment_method_id=ASKS))
    card = {"action": "update-payment-method", "payment_method_id": ASKS}
    assert post(trial, card)["status"] == "action required"
    assert post(trial, card)["status"] == "success"
    assert trial.get(PATH).json["default_payment_method"] == ASKS


def test_more_in_the_middle_of_a_month_costs_what_is_left_of_it(
    client: ContractClient, clock: Clock
) -> None:
    clock.now += timedelta(days=15)
    post(client, order(products=[{"product_sid": SESSIONS, "quantity": 14}]))
    invoice = client.get("/v1/Invoices").json
    assert (invoice["number"], invoice["amount_due"]) == ("2", 2000)
    assert quantities(client)[SESSIONS] == 14


def test_less_is_paid_nothing_for(client: ContractClient) -> None:
    post(client, order(products=[{"product_sid": SESSIONS, "quantity": 2}]))
    assert client.get("/v1/Invoices").json["number"] == "1"
    assert limits.quantity(UUID(world.ALPHA), LimitCategory.CALLS) == 2


def test_a_new_month_begins_when_the_last_is_over(client: ContractClient, clock: Clock) -> None:
    begun = client.get(PATH).json["current_period_start"]
    clock.now += timedelta(days=65)
    assert client.get(PATH).json["current_period_start"] - begun == 60 * 86_400


def test_downgrading_keeps_what_is_free(trial: ContractClient) -> None:
    post(trial, upgrade(products=[{"product_sid": API, "quantity": 7}]))
    post(trial, {"action": "downgrade-to-free"})
    found = trial.get(PATH).json
    assert (found["plan_type"], found["default_payment_method"]) == ("free", None)
    assert quantities(trial) == {SESSIONS: 1, DEVICES: 0, API: 0}
    assert (limit(LimitCategory.CALLS), limit(LimitCategory.API)) == (1, None)


@pytest.mark.parametrize("who", ["alpha", "beta"])
def test_a_dry_run_writes_nothing(connect: Connect, who: str, universe: Universe) -> None:
    body = order() if who == "alpha" else upgrade()
    before = snapshot()
    found = post(connect(who), {**body, "dry_run": True})
    assert changed(before, snapshot()) == []
    assert (found["status"], found["currency"]) == ("success", "usd")
    assert found["monthly_cost"] == 12_000
    assert found["prorated_cost"] == (2000 if who == "alpha" else 12_000)
    assert found["customer_id"].startswith("cus_")


def test_an_upgrade_costs_what_the_dry_run_said(beta: ContractClient) -> None:
    told = post(beta, upgrade(dry_run=True))
    done = post(beta, upgrade())
    assert done["customer_id"] == told["customer_id"]
    assert beta.get("/v1/Invoices").json["amount_due"] == told["prorated_cost"]
    assert beta.get(PATH).json["current_period_end"] == told["next_invoice_date"]


def test_what_one_account_pays_for_is_not_another_s(client: ContractClient, connect: Any) -> None:
    before = client.get(PATH).json
    post(connect("beta"), upgrade())
    assert client.get(PATH).json == before
    assert connect("gamma").get(PATH).status_code == 404
