"""Own numbers: finding, routing, describing and giving them up, and nobody else's."""

from __future__ import annotations

import pytest

from gateway.domain.problems import Invalid, NotFound
from gateway.models import Hook
from gateway.services import endpoints, hooks, inventory, numbers
from gateway.wire.reading import Merge
from tests.services.tenants import Tenants

OWN = "+12065550100"


def own(tenants: Tenants, **filters: object) -> list[str]:
    return [row.e164 for row in numbers.search(tenants.mine, limit=100, **filters)]  # type: ignore[arg-type]


@pytest.fixture
def stocked(tenants: Tenants) -> Tenants:
    """The account owns its first number and all that were for sale."""
    for row in inventory.available(tenants.mine, limit=100):
        inventory.purchase(tenants.mine, row.e164)
    numbers.update(tenants.mine, "+12125551002", {"alias": "New York"})
    return tenants


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [OWN, "+12065551000", "+12065552001", "+12125551002", "+14165551003", "+18005551004"]),
        ({"starts_with": "1206"}, [OWN, "+12065551000", "+12065552001"]),
        ({"starts_with": "+1206555"}, [OWN, "+12065551000", "+12065552001"]),
        ({"starts_with": "44"}, []),
        ({"starts_with": "1"}, [OWN, "+12065551000", "+12065552001", "+12125551002",
                                "+14165551003", "+18005551004"]),
        ({"contains": "5552"}, ["+12065552001"]),
        ({"ends_with": "100"}, [OWN]),
        ({"alias": "New York"}, ["+12125551002"]),
        ({"alias": "new york"}, []),
        ({"starts_with": "1206", "ends_with": "1"}, ["+12065552001"]),
        ({"starts_with": "1206", "contains": "9"}, []),
    ],
)  # fmt: skip
def test_filters(stocked: Tenants, filters: dict[str, str], found: list[str]) -> None:
    assert own(stocked, **filters) == found


@pytest.mark.parametrize("name", ["starts_with", "contains", "ends_with"])
@pytest.mark.parametrize("text", ["12%", "a", "", "1_2", "\u0661", "1" * 16, "-1"])
def test_digit_filters_take_nothing_but_digits(tenants: Tenants, name: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        numbers.search(tenants.mine, **{name: text})  # type: ignore[arg-type]
    assert list(refused.value.fields) == [name]


def test_pages_follow_the_digits(stocked: Tenants) -> None:
    first = numbers.search(stocked.mine, limit=2)
    second = numbers.search(stocked.mine, limit=2, offset=2)
    assert [row.e164 for row in (*first, *second)] == own(stocked)[:4]


def test_rows_have_only_the_columns_that_were_asked_for(tenants: Tenants) -> None:
    (row,) = numbers.search(tenants.mine, columns=frozenset({"e164", "alias", "no_column"}))
    assert (row.e164, row.alias) == (OWN, None)
    with pytest.raises(AttributeError):
        row.uid  # noqa: B018


def test_one_query_however_many_numbers(stocked: Tenants) -> None:
    with stocked.counted() as few:
        numbers.search(stocked.mine, limit=1)
    with stocked.counted() as many:
        numbers.search(stocked.mine, limit=100)
    assert len(few) == len(many) == 1


@pytest.mark.parametrize("e164", ["+12065550200", "+12065551000", "+19995550000", ""])
def test_numbers_of_others_are_not_there(tenants: Tenants, e164: str) -> None:
    """Another account's, one for sale, one nobody has, and text that is no number at all."""
    with pytest.raises(NotFound):
        numbers.get(tenants.mine, e164)
    with pytest.raises(NotFound):
        numbers.update(tenants.mine, e164, {"alias": "x"})
    with pytest.raises(NotFound):
        numbers.release(tenants.mine, e164)
    with pytest.raises(NotFound):
        numbers.set_primary(tenants.mine, e164, 0)
    with pytest.raises(NotFound):
        numbers.set_failover(tenants.mine, e164, 0)


def test_a_number_shows_its_routes_and_derives_the_primary(tenants: Tenants) -> None:
    endpoints.create(tenants.mine, {"name": "a", "kind": "host", "value": "a.example"})
    numbers.set_primary(tenants.mine, OWN, 1)
    numbers.set_failover(tenants.mine, OWN, 0)
    row = numbers.get(tenants.mine, OWN)
    assert (row.primary_endpoint.route_number, row.failover_endpoint.route_number) == (1, 0)
    assert row.handling == "endpoint"
    assert row.trunk_uid == row.primary_endpoint.trunk_uid

    numbers.set_failover(tenants.mine, OWN, None)
    numbers.set_primary(tenants.mine, OWN, None)
    row = numbers.get(tenants.mine, OWN)
    assert row.primary_endpoint_uid is None
    assert row.failover_endpoint is None
    assert row.primary_endpoint.route_number == 0, "the best endpoint of its trunk stands in"
    assert row.handling == "trunk"


def test_a_number_without_trunk_has_no_primary(tenants: Tenants) -> None:
    row = numbers.get(tenants.mine, OWN)
    assert (row.primary_endpoint, row.failover_endpoint, row.handling) == (None, None, "none")
    numbers.set_primary(tenants.mine, OWN, None)
    assert numbers.get(tenants.mine, OWN).handling == "none"


def test_two_queries_for_one_number(tenants: Tenants) -> None:
    numbers.set_primary(tenants.mine, OWN, 0)
    numbers.set_primary(tenants.mine, OWN, None)
    with tenants.counted() as statements:
        assert numbers.get(tenants.mine, OWN).primary_endpoint is not None
    assert len(statements) == 2


def test_primary_and_failover_must_differ(tenants: Tenants) -> None:
    numbers.set_primary(tenants.mine, OWN, 0)
    with pytest.raises(Invalid) as refused:
        numbers.set_failover(tenants.mine, OWN, 0)
    assert refused.value.fields["failover_endpoint"][0].code == "equal"
    endpoints.create(tenants.mine, {"name": "a", "kind": "host", "value": "a.example"})
    numbers.set_failover(tenants.mine, OWN, 1)
    with pytest.raises(Invalid) as refused:
        numbers.set_primary(tenants.mine, OWN, 1)
    assert list(refused.value.fields) == ["primary_endpoint"]


@pytest.mark.parametrize("route", [1, 7, -1, 2**63, 10**30])
def test_routes_of_others_cannot_be_used(tenants: Tenants, route: int) -> None:
    endpoints.create(tenants.theirs, {"name": "a", "kind": "host", "value": "a.example"})
    with pytest.raises(NotFound):
        numbers.set_primary(tenants.mine, OWN, route)
    with pytest.raises(NotFound):
        numbers.set_failover(tenants.mine, OWN, route)
    assert numbers.get(tenants.mine, OWN).primary_endpoint is None


def test_update_describes_and_merges_extras(tenants: Tenants) -> None:
    change = {
        "alias": "desk",
        "cnam_lookup": True,
        "extras": Merge(spoken=Merge(messaging_enabled=True)),
        "account_uid": None,
        "status": "available",
    }
    row = numbers.update(tenants.mine, OWN, change)
    assert (row.alias, row.cnam_lookup, row.status) == ("desk", True, "owned")
    row = numbers.update(tenants.mine, OWN, {"extras": Merge(spoken=Merge(messaging_email="a@b"))})
    assert row.extras == {"spoken": {"messaging_enabled": True, "messaging_email": "a@b"}}
    assert row.updated_at == tenants.clock.now
    with pytest.raises(Invalid):
        numbers.update(tenants.mine, OWN, {"alias": "x" * 65})


def test_a_dialect_attaches_its_own_documents(tenants: Tenants) -> None:
    address = {"type": "e911", "id": "5"}
    numbers.update(tenants.mine, OWN, {"extras": Merge(other=Merge(kept=1))})
    row = numbers.set_extra(tenants.mine, OWN, "e911_address", address)
    assert row.extras == {"other": {"kept": 1}, "spoken": {"e911_address": address}}
    assert [r.e164 for r in numbers.with_extra(tenants.mine, "e911_address", address)] == [OWN]
    assert numbers.with_extra(tenants.theirs, "e911_address", address) == []
    assert numbers.with_extra(tenants.ctx(dialect="other"), "e911_address", address) == []
    row = numbers.set_extra(tenants.mine, OWN, "e911_address", None)
    assert row.extras == {"other": {"kept": 1}, "spoken": {}}
    assert numbers.set_extra(tenants.mine, OWN, "e911_address", None).extras == row.extras


def test_giving_up_a_bought_number_puts_it_on_sale_as_it_was(tenants: Tenants) -> None:
    bought = "+12065551000"
    before = {row.e164: row for row in inventory.available(tenants.mine, limit=100)}[bought]
    inventory.purchase(tenants.mine, bought, {"alias": "x", "cnam_lookup": True})
    hooks.put(tenants.mine, "sms", "http://hook.example/", number=bought)
    numbers.release(tenants.mine, bought)
    after = {row.e164: row for row in inventory.available(tenants.theirs, limit=100)}[bought]
    columns = [name for name in before.__slots__ if name != "updated_at"]
    assert {c: getattr(after, c) for c in columns} == {c: getattr(before, c) for c in columns}
    assert Hook.select().count() == 0
    with pytest.raises(NotFound):
        numbers.get(tenants.mine, bought)


def test_giving_up_any_other_number_removes_it(tenants: Tenants) -> None:
    numbers.release(tenants.mine, OWN)
    assert OWN not in {row.e164 for row in inventory.available(tenants.mine, limit=100)}
    with pytest.raises(NotFound):
        numbers.release(tenants.mine, OWN)


def test_owned(tenants: Tenants) -> None:
    assert numbers.owned(tenants.mine, OWN)
    assert not numbers.owned(tenants.theirs, OWN)
    assert not numbers.owned(tenants.mine, "+12065551000")
