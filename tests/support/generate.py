"""Writes the generated pages of the docs; a test keeps each of them fresh.

python -m tests.support.generate
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from emulators.coverage import Coverage
from gateway import settings
from gateway.dialect import discover
from tests.support import capabilities_page, mapping_page
from tests.support.coverage_page import page

ROOT = Path(__file__).parents[2]
Walk = tuple[Coverage, Mapping[str, str]]


@cache
def walk(dialect: str) -> Walk:
    """What the walk of a dialect sees, and the reasons for what no walk can see."""
    module = importlib.import_module(f"tests.adapters.{dialect}.walk")
    return module.coverage(), module.UNSEEN


def coverage_page() -> str:
    return page({name: walk(name) for name in sorted(discover())})


def mapping() -> str:
    return mapping_page.page(discover())


def capabilities() -> str:
    return capabilities_page.page(discover())


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings.document,
    "docs/coverage.md": coverage_page,
    "docs/mapping.md": mapping,
    "docs/capabilities.md": capabilities,
}


def main() -> None:
    for name, text in PAGES.items():
        (ROOT / name).write_text(text())


if __name__ == "__main__":
    main()
