"""Routes: numbering, the built-in one, names, values, and what stands in the way of a delete."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from gateway.domain.problems import Forbidden, InUse, Invalid, NotFound
from gateway.models import Endpoint, Trunk
from gateway.models.database import Store, connection, spawn
from gateway.services import endpoints, numbers
from gateway.wire.reading import Merge
from tests.services.tenants import MINE, PROVIDER, Tenants

OWN = "+12065550100"


def make(tenants: Tenants, name: str, kind: str = "host", value: str = "a.example") -> Any:
    return endpoints.create(tenants.mine, {"name": name, "kind": kind, "value": value})


def names(tenants: Tenants, **filters: Any) -> list[tuple[int, str]]:
    rows = endpoints.search(tenants.mine, **{"limit": 100, **filters})
    return [(row.route_number, row.name) for row in rows]


def test_every_account_lists_the_built_in_route_and_reading_makes_nothing(tenants: Tenants) -> None:
    (row,) = endpoints.search(tenants.mine)
    assert (row.route_number, row.name, row.kind, row.value) == (
        0, "sip-reg", "registration", None,
    )  # fmt: skip
    assert endpoints.get(tenants.mine, 0).is_auto
    assert Trunk.select().count() == Endpoint.select().count() == 0


def test_the_first_route_makes_the_default_trunk(tenants: Tenants) -> None:
    row = make(tenants, "office")
    trunk = Trunk.get()
    assert (trunk.is_auto, trunk.name, trunk.account_uid) == (True, "default", MINE)
    assert (row.trunk_uid, row.account_uid, row.service_provider_uid) == (trunk.uid, MINE, PROVIDER)
    assert (row.route_number, row.dials, row.admits, row.address) == (1, True, False, "a.example")
    make(tenants, "second")
    assert Trunk.select().count() == 1
    assert names(tenants) == [(0, "sip-reg"), (1, "office"), (2, "second")]


def test_rows_have_only_the_columns_that_were_asked_for(tenants: Tenants) -> None:
    make(tenants, "office")
    row = endpoints.search(tenants.mine, columns=frozenset({"name", "trunk_uid"}))[1]
    assert (row.name, row.trunk_uid) == ("office", Trunk.get().uid)
    with pytest.raises(AttributeError):
        row.uid  # noqa: B018


def test_numbers_of_routes_count_on_from_the_highest(tenants: Tenants) -> None:
    make(tenants, "a")
    endpoints.create(
        tenants.mine, {"name": "moved", "kind": "host", "value": "b", "route_number": 98396}
    )
    assert make(tenants, "c").route_number == 98397
    endpoints.delete(tenants.mine, 1)
    assert make(tenants, "d").route_number == 98398


@pytest.mark.parametrize(("limit", "offset"), [(1, 0), (2, 0), (1, 1), (2, 1), (10, 2), (10, 9)])
@pytest.mark.parametrize("has_row", [False, True])
def test_pages_count_the_built_in_route_whether_it_is_a_row_or_not(
    tenants: Tenants, limit: int, offset: int, has_row: bool
) -> None:
    for name in ("a", "b", "c"):
        make(tenants, name)
    if not has_row:
        Endpoint.delete().where(Endpoint.is_auto == True).execute()  # noqa: E712
    everything = [(0, "sip-reg"), (1, "a"), (2, "b"), (3, "c")]
    assert names(tenants, limit=limit, offset=offset) == everything[offset : offset + limit]


def test_lists_by_kind(tenants: Tenants) -> None:
    make(tenants, "a")
    make(tenants, "u", "uri", "sip:u@example.com")
    make(tenants, "n", "number", "16476998778")
    assert names(tenants, kind="host") == [(1, "a")]
    assert names(tenants, kind="uri") == [(2, "u")]
    assert names(tenants, kind="number") == [(3, "n")]
    assert names(tenants, kind="registration") == [(0, "sip-reg")]


def test_lists_take_a_constant_number_of_queries(tenants: Tenants) -> None:
    with tenants.counted() as empty:
        endpoints.search(tenants.mine)
    for name in "abcdef":
        make(tenants, name)
    with tenants.counted() as full:
        endpoints.search(tenants.mine)
    assert len(empty) == len(full) == 2


def test_names_are_unique_in_an_account(tenants: Tenants) -> None:
    make(tenants, "office")
    for taken in ("office", "sip-reg"):
        with pytest.raises(Invalid) as refused:
            make(tenants, taken)
        assert refused.value.fields["name"][0].code == "taken"
    endpoints.create(tenants.theirs, {"name": "office", "kind": "host", "value": "a"})
    make(tenants, "Office")


@pytest.mark.parametrize("name", ["", None, "x" * 65])
def test_names_have_a_length(tenants: Tenants, name: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        endpoints.create(tenants.mine, {"name": name, "kind": "host", "value": "a"})
    assert list(refused.value.fields) == ["name"]
    assert Endpoint.select().count() == 0


def test_a_bad_value_is_refused_before_anything_is_stored(tenants: Tenants) -> None:
    for change in (
        {"kind": "number", "value": "1"},
        {"kind": "host"},
        {"kind": "host", "value": ""},
    ):
        with pytest.raises(Invalid) as refused:
            endpoints.create(tenants.mine, {"name": "x", **change})
        assert list(refused.value.fields) == ["value"]
    assert Trunk.select().count() == 0


def test_update_changes_what_is_named(tenants: Tenants) -> None:
    make(tenants, "a", "host", "a.example:5070")
    row = endpoints.update(tenants.mine, 1, {"name": "b"})
    assert (row.name, row.address, row.port) == ("b", "a.example", 5070)
    row = endpoints.update(tenants.mine, 1, {"kind": "uri", "value": "sip:x@y.example"})
    assert (row.kind, row.address, row.port, row.value) == ("uri", None, None, "sip:x@y.example")
    row = endpoints.update(tenants.mine, 1, {"extras": Merge(spoken=Merge(edge=1))})
    assert row.extras == {"spoken": {"edge": 1}}
    assert endpoints.update(tenants.mine, 1, {"name": "b"}).name == "b", "its own name is free"
    with pytest.raises(Invalid):
        endpoints.update(tenants.mine, 1, {"kind": "number"})
    make(tenants, "c")
    with pytest.raises(Invalid):
        endpoints.update(tenants.mine, 1, {"name": "c"})


def test_the_built_in_route_stays_as_it_is(tenants: Tenants) -> None:
    for _ in range(2):
        with pytest.raises(Forbidden):
            endpoints.update(tenants.mine, 0, {"name": "mine"})
        with pytest.raises(Forbidden):
            endpoints.delete(tenants.mine, 0)
        make(tenants, f"route {_}")


@pytest.mark.parametrize("reference", ["primary", "failover"])
def test_a_route_in_use_cannot_be_deleted(tenants: Tenants, reference: str) -> None:
    make(tenants, "a")
    choose = {"primary": numbers.set_primary, "failover": numbers.set_failover}[reference]
    choose(tenants.mine, OWN, 1)
    with pytest.raises(InUse):
        endpoints.delete(tenants.mine, 1)
    choose(tenants.mine, OWN, None)
    endpoints.delete(tenants.mine, 1)
    assert names(tenants) == [(0, "sip-reg")]


@pytest.mark.parametrize("route", [1, 2, -1, 2**63, 10**40])
def test_routes_of_others_are_not_there(tenants: Tenants, route: int) -> None:
    endpoints.create(tenants.theirs, {"name": "a", "kind": "host", "value": "a"})
    with pytest.raises(NotFound):
        endpoints.get(tenants.mine, route)
    with pytest.raises(NotFound):
        endpoints.update(tenants.mine, route, {"name": "x"})
    with pytest.raises(NotFound):
        endpoints.delete(tenants.mine, route)
    assert endpoints.get(tenants.theirs, 1).name == "a"


def test_a_trunk_of_somebody_else_takes_no_route(tenants: Tenants) -> None:
    theirs = endpoints.create(tenants.theirs, {"name": "a", "kind": "host", "value": "a"})
    with pytest.raises(NotFound):
        endpoints.create(
            tenants.mine, {"name": "b", "kind": "host", "value": "b"}, trunk_uid=theirs.trunk_uid
        )


def test_routes_made_at_the_same_time_get_different_numbers(tenants: Tenants, store: Store) -> None:
    def create(name: str) -> int:
        with connection():
            return int(make(tenants, name).route_number)

    jobs = [spawn(create, f"route {n}") for n in range(8)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert sorted(job.value for job in jobs) == list(range(1, 9))
    assert Trunk.select().count() == 1


def test_one_name_made_at_the_same_time_is_made_once(tenants: Tenants, store: Store) -> None:
    def create() -> bool:
        with connection():
            try:
                make(tenants, "office")
            except Invalid:
                return False
            return True

    jobs = [spawn(create) for _ in range(5)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert [job.value for job in jobs].count(True) == 1
