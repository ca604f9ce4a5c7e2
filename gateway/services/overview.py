"""Everything a person who signed in wants to see first, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.words import LimitCategory
from gateway.models import Account, Application, ServiceProvider
from gateway.models.prepared import P, Prepared
from gateway.services import accounts, billing, documents, keys, limits, people
from gateway.services.billing import Subscription
from gateway.services.products import Product

BALANCE = "balance"
"""Kind of the document that an operator keeps an account's balance in."""

_EXTRAS = Prepared(
    lambda: ServiceProvider.select(ServiceProvider.extras).where(ServiceProvider.uid == P("uid"))
)
_APPLICATION = Prepared(
    lambda: (
        Application.select(Application, Account.service_provider)
        .join_from(Application, Account, on=(Application.account == Account.uid))
        .where(Application.uid == P("uid"))
    )
)


class Capacities(NamedTuple):
    """What an account may have at once, and the month it is paid for, if it has a subscription."""

    sessions: int | None
    registrations: int | None
    starts_at: datetime | None
    ends_at: datetime | None


class Bought(NamedTuple):
    """So many of a product, in the month that is paid for."""

    product: Product
    quantity: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Overview:
    """A person, and of their account, if they have one, what it has; else None and empty."""

    user: Any
    application: Any | None
    account: Any | None = None
    balance: Any | None = None
    subscription: Subscription | None = None
    capacities: Capacities | None = None
    keys: Sequence[Any] = ()

    @property
    def products(self) -> list[Bought]:
        """What the account has subscribed to."""
        has = self.subscription
        if has is None:
            return []
        return [Bought(*line, has.period_start, has.period_end) for line in has.lines]


def mine(ctx: Context, *, application: str) -> Overview:
    """The overview of the caller; Forbidden for access keys.

    `application` names the member of the dialect in which a provider keeps the application that
    its accounts may try.
    """
    user = people.me(ctx)
    owner = people.owner_of(user)
    tried = _application(ctx, owner.service_provider_uid, application)
    if ctx.caller.scope is not Scope.ACCOUNT:
        return Overview(user, tried)
    balances = documents.of_owner(BALANCE, owner)
    subscription = billing.of_account(ctx, owner)
    return Overview(
        user,
        tried,
        account=accounts.get(ctx, owner.account_uid),
        balance=balances[-1] if balances else None,
        subscription=subscription,
        capacities=_capacities(ctx, subscription),
        keys=keys.of_owner(ctx),
    )


def _capacities(ctx: Context, subscription: Subscription | None) -> Capacities:
    quantities = {row.category: row.quantity for row in limits.search(ctx)}
    return Capacities(
        quantities.get(LimitCategory.CALLS),
        quantities.get(LimitCategory.DEVICES),
        subscription.period_start if subscription is not None else None,
        subscription.period_end if subscription is not None else None,
    )


def _application(ctx: Context, provider: UUID | None, member: str) -> Any | None:
    row = _EXTRAS.one(uid=provider) if provider is not None else None
    named = row.extras.get(ctx.dialect, {}).get(member) if row is not None else None
    return _APPLICATION.one(uid=UUID(named)) if named is not None else None
