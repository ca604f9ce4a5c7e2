from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.policy import Owner
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Forbidden, NotFound, Unauthenticated
from gateway.domain.runtime import Runtime

PROVIDER, OTHER_PROVIDER = UUID(int=1), UUID(int=2)
ACCOUNT, SIBLING, STRANGER = UUID(int=11), UUID(int=12), UUID(int=21)

ADMIN = Principal(Scope.ADMIN, key_uid=UUID(int=91))
OF_PROVIDER = Principal(Scope.PROVIDER, key_uid=UUID(int=92), service_provider_uid=PROVIDER)
OF_ACCOUNT = Principal(
    Scope.ACCOUNT, key_uid=UUID(int=93), service_provider_uid=PROVIDER, account_uid=ACCOUNT
)
BROKEN_PROVIDER = Principal(Scope.PROVIDER, key_uid=UUID(int=94))
BROKEN_ACCOUNT = Principal(Scope.ACCOUNT, key_uid=UUID(int=95), service_provider_uid=PROVIDER)

OWN = Owner(PROVIDER, ACCOUNT)
OWNERS = {
    "own": OWN,
    "sibling": Owner(PROVIDER, SIBLING),
    "provider": Owner(PROVIDER),
    "stranger": Owner(OTHER_PROVIDER, STRANGER),
    "other provider": Owner(OTHER_PROVIDER),
    "platform": Owner(None),
}
SEEN = {
    "admin": (ADMIN, set(OWNERS)),
    "provider": (OF_PROVIDER, {"own", "sibling", "provider"}),
    "account": (OF_ACCOUNT, {"own"}),
    "provider without uid": (BROKEN_PROVIDER, set()),
    "account without uid": (BROKEN_ACCOUNT, set()),
}


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("whose", OWNERS)
def test_visible(who: str, whose: str) -> None:
    principal, seen = SEEN[who]
    assert policy.visible(principal, OWNERS[whose]) is (whose in seen)


def test_every_action_has_a_row_for_every_scope() -> None:
    actions = {action for _, action in policy.TABLE}
    assert len(policy.TABLE) == len(actions) * len(Scope)
    assert all(policy.TABLE[Scope.ADMIN, action] for action in actions)
    for action in actions:
        if policy.TABLE[Scope.ACCOUNT, action]:
            assert policy.TABLE[Scope.PROVIDER, action]


@pytest.mark.parametrize(
    ("action", "scopes"),
    [
        ("message.send", {Scope.ADMIN, Scope.PROVIDER, Scope.ACCOUNT}),
        ("account.create", {Scope.ADMIN, Scope.PROVIDER}),
        ("inventory.write", {Scope.ADMIN, Scope.PROVIDER}),
        ("provider.create", {Scope.ADMIN}),
    ],
)
def test_who_may(action: str, scopes: set[Scope]) -> None:
    for principal in (ADMIN, OF_PROVIDER, OF_ACCOUNT):
        assert policy.may(principal, action) is (principal.scope in scopes)


def test_an_action_outside_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        policy.may(ADMIN, "trunk.wirte")


def context(principal: Principal | None) -> Context:
    runtime = Runtime(lambda: datetime(2026, 1, 1, tzinfo=UTC), random.Random(1))
    return Context(runtime, None, principal)


def test_require_gives_the_caller() -> None:
    assert policy.require(context(OF_ACCOUNT), "number.write", OWN) is OF_ACCOUNT
    assert policy.require(context(OF_ACCOUNT), "number.read") is OF_ACCOUNT


@pytest.mark.parametrize(
    ("principal", "action", "owner", "problem"),
    [
        (None, "number.read", OWN, Unauthenticated),
        (OF_ACCOUNT, "number.read", OWNERS["sibling"], NotFound),
        (OF_ACCOUNT, "limit.write", OWNERS["sibling"], NotFound),
        (OF_ACCOUNT, "limit.write", OWN, Forbidden),
        (OF_PROVIDER, "provider.create", None, Forbidden),
    ],
    ids=["nobody", "not visible", "invisible before forbidden", "forbidden", "no owner"],
)
def test_require_refuses(
    principal: Principal | None, action: str, owner: Owner | None, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        policy.require(context(principal), action, owner)
