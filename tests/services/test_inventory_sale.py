"""Numbers for sale: filters, orders, codes, and that one number has one buyer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from gateway.domain.context import Context
from gateway.domain.principal import Principal, Scope
from gateway.domain.problems import Forbidden, Invalid, NotFound
from gateway.models.database import Store, spawn
from gateway.services import inventory, numbers
from tests.services.tenants import MINE, PROVIDER, THEIRS, Tenants

SEATTLE, BELLEVUE, NEW_YORK, TORONTO, FREE = (
    "+12065551000",
    "+12065552001",
    "+12125551002",
    "+14165551003",
    "+18005551004",
)


def offered(tenants: Tenants, **filters: Any) -> list[str]:
    return [row.e164 for row in inventory.available(tenants.mine, limit=100, **filters)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [SEATTLE, BELLEVUE, NEW_YORK, TORONTO, FREE]),
        ({"starts_with": "1206"}, [SEATTLE, BELLEVUE]),
        ({"starts_with": "12"}, [SEATTLE, BELLEVUE, NEW_YORK]),
        ({"contains": "5100"}, [SEATTLE, NEW_YORK, TORONTO, FREE]),
        ({"ends_with": "01"}, [BELLEVUE]),
        ({"state": "WA"}, [SEATTLE, BELLEVUE]),
        ({"rate_center": "Seattle"}, [SEATTLE]),
        ({"state": "wa", "rate_center": "newyork"}, []),
        ({"kind": "toll_free"}, [FREE]),
        ({"country": "ca"}, [TORONTO]),
        ({"order_by": "monthly_cost"}, [NEW_YORK, SEATTLE, BELLEVUE, FREE, TORONTO]),
        ({"order_by": "rate_center", "kind": "standard"}, [BELLEVUE, NEW_YORK, SEATTLE, TORONTO]),
        ({"order_by": "state", "kind": "standard"}, [NEW_YORK, TORONTO, SEATTLE, BELLEVUE]),
        ({"order_by": "country"}, [TORONTO, SEATTLE, BELLEVUE, NEW_YORK, FREE]),
        ({"order_by": "kind"}, [SEATTLE, BELLEVUE, NEW_YORK, TORONTO, FREE]),
    ],
)
def test_filters_and_orders(tenants: Tenants, filters: dict[str, Any], found: list[str]) -> None:
    assert offered(tenants, **filters) == found


def test_unknown_order_is_refused(tenants: Tenants) -> None:
    with pytest.raises(Invalid):
        inventory.available(tenants.mine, order_by="id")


def codes(rows: list[inventory.Code]) -> list[tuple[str, int | None]]:
    return [(row.code, row.setup_cost_nano) for row in rows]


def test_area_codes_and_exchanges_with_their_least_cost(tenants: Tenants) -> None:
    dear, cheap = 3_990_000_000, 1_000_000_000
    assert codes(inventory.area_codes(tenants.mine)) == [
        ("206", cheap), ("212", dear), ("416", cheap), ("800", 0),
    ]  # fmt: skip
    assert codes(inventory.area_codes(tenants.mine, max_setup_cost_nano=cheap)) == [
        ("206", cheap), ("416", cheap), ("800", 0),
    ]  # fmt: skip
    assert codes(inventory.area_codes(tenants.mine, limit=1, offset=1)) == [("212", dear)]
    assert codes(inventory.exchanges(tenants.mine, area_code="206")) == [("206555", cheap)]
    assert codes(inventory.exchanges(tenants.mine, area_code="212", max_setup_cost_nano=5)) == []
    assert len(inventory.exchanges(tenants.mine)) == 4


def test_lists_take_one_query(tenants: Tenants) -> None:
    calls: list[Callable[[Context], Any]] = [
        inventory.available,
        inventory.area_codes,
        inventory.exchanges,
    ]
    for call in calls:
        with tenants.counted() as statements:
            call(tenants.mine)
        assert len(statements) == 1


def test_bought_numbers_leave_the_shelf(tenants: Tenants) -> None:
    row = inventory.purchase(tenants.mine, SEATTLE)
    assert (row.status, row.account_uid, row.handling) == ("owned", MINE, "endpoint")
    assert (row.primary_endpoint.route_number, row.failover_endpoint) == (0, None)
    assert row.assigned_at == tenants.clock.now
    assert SEATTLE not in offered(tenants)
    assert codes(inventory.area_codes(tenants.mine, limit=1)) == [("206", 3_990_000_000)]


@pytest.mark.parametrize("e164", [SEATTLE, "+12065550200", "+12065550100", "+19995550000", ""])
def test_what_is_not_for_sale_cannot_be_bought(tenants: Tenants, e164: str) -> None:
    inventory.purchase(tenants.theirs, SEATTLE)
    with pytest.raises(NotFound):
        inventory.purchase(tenants.mine, e164)
    assert [row.e164 for row in numbers.search(tenants.mine)] == ["+12065550100"]


def test_a_refused_purchase_leaves_no_default_trunk(tenants: Tenants) -> None:
    from gateway.models import Trunk

    with pytest.raises(NotFound):
        inventory.purchase(tenants.mine, "+19995550000")
    assert Trunk.select().count() == 0


def test_two_buyers_of_one_number(tenants: Tenants, store: Store) -> None:
    outcomes: list[str] = []

    def buy(ctx: Context) -> None:
        from gateway.models.database import connection

        with connection():
            try:
                inventory.purchase(ctx, SEATTLE)
                outcomes.append("bought")
            except NotFound:
                outcomes.append("gone")

    buyers = [tenants.ctx(MINE), tenants.ctx(THEIRS)] * 3
    gevent.joinall([spawn(buy, ctx) for ctx in buyers], timeout=20)
    assert sorted(outcomes) == ["bought"] + ["gone"] * 5


def test_only_callers_of_a_provider_see_an_inventory(tenants: Tenants) -> None:
    with pytest.raises(Forbidden):
        inventory.available(tenants.ctx(None))
    stranger = tenants.mine
    stranger.principal = Principal(
        Scope.PROVIDER, key_uid=MINE, service_provider_uid=tenants.runtime.new_uid()
    )
    assert inventory.available(stranger) == []


def test_stock_is_repeatable(tenants: Tenants) -> None:
    made = inventory.stock(tenants.nobody, PROVIDER, 50, seed=3, area_codes=["206", "503"])
    again = inventory.stock(tenants.nobody, PROVIDER, 50, seed=3, area_codes=["206", "503"])
    assert (made, again) == (50, 0)
    assert len(offered(tenants)) == 55
    for count in (0, -1, inventory.MOST_AT_ONCE + 1):
        with pytest.raises(ValueError):
            inventory.stock(tenants.nobody, PROVIDER, count, seed=1)
