"""Numbers are bought where the account is held: at the provider's shop, over our own API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.models.database import Store
from tests.moves import providers
from tests.moves.forwarding import House, differing, provider
from tests.moves.providers import NUMBERS, Provider

Open, Opened = Callable[[], Store], Callable[[str], Store]
BUY = f"/v2/numbers/{NUMBERS[0][1:]}"


@pytest.fixture
def shop(opened: Opened) -> Provider:
    return provider(opened, "flowroute", numbers="for sale")


@pytest.fixture
def house(open_again: Open) -> House:
    return House(open_again(), providers.account())


def test_an_app_finds_and_buys_what_the_provider_sells(house: House, shop: Provider) -> None:
    house.forward("there", shop, spend=True)
    found = house.ask("flowroute", "GET", "/v2/numbers/available?starts_with=1206555&limit=2")
    assert [one["id"] for one in found.json["data"]] == [one[1:] for one in NUMBERS[:2]]
    assert found.json["data"][0]["attributes"]["setup_cost"] == 2.0
    rest = house.ask("flowroute", "GET", "/v2/numbers/available?limit=2&offset=2").json["data"]
    assert [one["id"] for one in rest] == [NUMBERS[2][1:]]
    bought = house.ask("flowroute", "POST", BUY)
    assert (bought.status_code, bought.json["data"]["id"]) == (201, NUMBERS[0][1:])
    owned = shop.exported()["numbers"]
    assert [one["e164"] for one in owned] == [NUMBERS[0]]
    assert differing(house, "there") == {}
    left = house.ask("flowroute", "GET", "/v2/numbers/available").json["data"]
    assert [one["id"] for one in left] == [one[1:] for one in NUMBERS[1:]]
    assert house.ask("flowroute", "DELETE", BUY).status_code == 204
    assert "numbers" not in shop.exported()


def test_what_is_not_sold_is_not_bought(house: House, shop: Provider) -> None:
    house.forward("there", shop, spend=True)
    assert house.ask("flowroute", "POST", "/v2/numbers/12065550999").status_code == 404
    house.reach.providers["there"].wire.broken = lambda request: "available" in request.target
    answer = house.ask("flowroute", "GET", "/v2/numbers/available")
    assert (answer.status_code, "connection" in answer.text) == (503, True)


def test_a_connection_that_may_not_spend_buys_nothing(house: House, shop: Provider) -> None:
    house.forward("there", shop)
    answer = house.ask("flowroute", "POST", BUY)
    assert (answer.status_code, "may be bought" in answer.text) == (422, True)
    assert "numbers" not in shop.exported()


def test_where_the_provider_sells_nothing_our_own_inventory_is_shown(
    opened: Opened, house: House
) -> None:
    house.forward("there", provider(opened, "jambonz", numbers=""))
    assert house.ask("flowroute", "GET", "/v2/numbers/available").json["data"] == []
