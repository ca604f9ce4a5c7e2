"""The generated pages are fresh; what no test can see of a contract is known with its reason."""

from __future__ import annotations

import pytest

from emulators.coverage import KINDS
from tests.support.generate import PAGES, ROOT, walk
from tests.support.worlds import DIALECTS


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_everything_the_contract_names_is_seen_or_has_a_reason(dialect: str) -> None:
    coverage, reasons = walk(dialect)
    for kind in KINDS:
        assert coverage.declared[kind] or kind == "enum values", kind
    assert {item for kind in KINDS for item in coverage.missing(kind)} == set(reasons)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_only_statuses_may_stay_unseen(dialect: str) -> None:
    coverage, _ = walk(dialect)
    for kind in ("operations", "parameters", "members", "enum values"):
        assert coverage.missing(kind) == [], kind
