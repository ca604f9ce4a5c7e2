"""Writes the generated pages of the docs; a test keeps each of them fresh.

python -m tests.support.generate
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from gateway import settings
from tests.adapters.flowroute import walk

ROOT = Path(__file__).parents[2]
WALKS = {"flowroute": walk.coverage}

INTRODUCTION = """# Coverage of the contracts

What the tests have seen of each dialect's contract (`fixtures/contracts`), every answer validated
against it. The figures come from one walk through everything a contract names
(`tests/adapters/<dialect>/walk.py`); the whole suite sees more. This page is generated.

A status counts when it was answered with its declared body, a parameter when it was sent, a member
when it was sent or answered with a value (null is none), an enum value when it stood there.
"""


def coverage_page() -> str:
    """The page of all dialects."""
    return "\n".join([INTRODUCTION, *(make().table() for make in WALKS.values())])


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings.document,
    "docs/coverage.md": coverage_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (ROOT / name).write_text(page())


if __name__ == "__main__":
    main()
