"""Two requests for one number, or for what it refers to, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from gateway.domain.problems import InUse, NotFound
from gateway.models.database import connection, spawn, write
from gateway.services import documents, inventory, numbers
from tests.services.tenants import Tenants

OWN = "+12065550100"
FOR_SALE = "+12065551000"


def while_writing(work: Callable[[], Any], beside: Callable[[], Any]) -> Any:
    """Begin `beside` while the transaction of `work` is open; what it gave or raised."""

    def run() -> Any:
        with connection():
            try:
                return beside()
            except (NotFound, InUse) as problem:
                return problem

    with write():
        work()
        greenlet = spawn(run)
        gevent.sleep(0.1)
    return greenlet.get(timeout=10)


def test_two_members_of_a_number_are_both_kept(tenants: Tenants) -> None:
    while_writing(
        lambda: numbers.set_extra(tenants.mine, OWN, "one", 1),
        lambda: numbers.set_extra(tenants.mine, OWN, "two", 2),
    )
    assert numbers.get(tenants.mine, OWN).extras == {"spoken": {"one": 1, "two": 2}}


@pytest.mark.parametrize(
    "change",
    [
        lambda ctx: numbers.update(ctx, FOR_SALE, {"alias": "mine"}),
        lambda ctx: numbers.set_primary(ctx, FOR_SALE, 0),
        lambda ctx: numbers.set_extra(ctx, FOR_SALE, "cnam_preset", "mine"),
        lambda ctx: numbers.release(ctx, FOR_SALE),
    ],
    ids=["update", "route", "extra", "release"],
)
def test_a_number_that_changes_hands_is_not_changed_by_its_former_owner(
    tenants: Tenants, change: Callable[[Any], Any]
) -> None:
    inventory.purchase(tenants.mine, FOR_SALE)
    inventory.purchase(tenants.theirs, "+12065552001")  # has a default trunk from now on

    def changes_hands() -> None:
        numbers.release(tenants.mine, FOR_SALE)
        inventory.purchase(tenants.theirs, FOR_SALE)

    told = while_writing(changes_hands, lambda: change(tenants.mine))
    assert isinstance(told, NotFound)
    row = numbers.get(tenants.theirs, FOR_SALE)
    assert (row.alias, row.extras) == (None, {})
    assert row.primary_endpoint.account_uid == tenants.theirs.account_uid


def test_of_two_buyers_one_gets_the_number(tenants: Tenants) -> None:
    told = while_writing(
        lambda: inventory.purchase(tenants.mine, FOR_SALE),
        lambda: inventory.purchase(tenants.theirs, FOR_SALE),
    )
    assert isinstance(told, NotFound)
    assert numbers.owned(tenants.mine, FOR_SALE)


def test_a_document_that_is_in_use_meanwhile_is_not_deleted(tenants: Tenants) -> None:
    row = documents.create(tenants.mine, "address", {}, numbered=True)

    def in_use() -> bool:
        return bool(numbers.with_extra(tenants.mine, "address", row.key))

    told = while_writing(
        lambda: numbers.set_extra(tenants.mine, OWN, "address", row.key),
        lambda: documents.delete(tenants.mine, "address", row.uid, unless=in_use),
    )
    assert isinstance(told, InUse)
    assert documents.get(tenants.mine, "address", row.uid).key == row.key


def test_a_document_that_is_gone_meanwhile_is_not_referred_to(tenants: Tenants) -> None:
    row = documents.create(tenants.mine, "address", {}, numbered=True)
    told = while_writing(
        lambda: documents.delete(tenants.mine, "address", row.uid, unless=lambda: False),
        lambda: numbers.set_extra(
            tenants.mine,
            OWN,
            "address",
            lambda: documents.by_key(tenants.mine, "address", row.key).key,
        ),
    )
    assert isinstance(told, NotFound)
    assert numbers.get(tenants.mine, OWN).extras == {}
