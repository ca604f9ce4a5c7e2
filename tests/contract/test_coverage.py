"""The generated pages are fresh, and what no test can see of a contract is known by name."""

from __future__ import annotations

import pytest

from tests.adapters.flowroute import walk
from tests.support.coverage import Coverage
from tests.support.generate import PAGES, ROOT

# A list has no object to miss, and creating names none: the contract lists 404 for all operations.
NO_OBJECT = {
    "createRoute 404",
    "listAvailableAreaCodes 404",
    "listAvailableExchanges 404",
    "listMessages 404",
    "listNumbers 404",
    "listRoutes 404",
    "searchPurchasableNumbers 404",
    "sendMessage 404",
}


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.fixture(scope="module")
def flowroute() -> Coverage:
    return walk.coverage()


@pytest.mark.parametrize("kind", ["operations", "parameters", "members", "enum values"])
def test_everything_the_flowroute_contract_names_is_seen(kind: str, flowroute: Coverage) -> None:
    assert flowroute.declared[kind]
    assert flowroute.missing(kind) == []


def test_every_status_but_the_404_of_nothing_is_seen(flowroute: Coverage) -> None:
    assert set(flowroute.missing("statuses")) == NO_OBJECT
