"""Permissions of countries bind calls and messages of every dialect, once an account has any."""

from __future__ import annotations

import pytest

from gateway.domain.context import Context
from gateway.domain.problems import Forbidden
from gateway.models import Message
from gateway.models.database import Store
from gateway.services import countries
from tests.support.pipeline import World

SWEDEN, AMERICA, FREEPHONE = "+46701234567", "+12065550199", "+80012345678"


@pytest.fixture
def world(store: Store) -> World:
    return World()


@pytest.fixture
def account(world: World) -> Context:
    return world.ctx()


def test_an_account_without_permissions_reaches_everything(account: Context) -> None:
    for number in (SWEDEN, AMERICA, FREEPHONE, None, "sip:desk@example.com"):
        assert countries.allowed(account.account_uid, number)


def test_the_first_change_puts_the_defaults_in_force(account: Context) -> None:
    countries.update(account, "FR", True)
    assert countries.allowed(account.account_uid, AMERICA)
    assert countries.allowed(account.account_uid, FREEPHONE)
    assert not countries.allowed(account.account_uid, SWEDEN)
    countries.update(account, "*", True)
    assert countries.allowed(account.account_uid, SWEDEN)
    countries.update(account, "SE", False)
    with pytest.raises(Forbidden, match="SE"):
        countries.check(account.account_uid, SWEDEN)


def test_a_message_to_a_closed_country_is_refused_and_not_stored(
    world: World, account: Context
) -> None:
    world.add_link()
    countries.update(account, "SE", False)
    with pytest.raises(Forbidden, match="not enabled"):
        world.send("hello", to_number=SWEDEN)
    assert Message.select().count() == 0
    world.send("hello", to_number=AMERICA)
    assert Message.select().count() == 1
