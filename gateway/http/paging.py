"""Lists in windows: what was asked for, whether there is more, and the links that lead on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from gateway.wire import View


@dataclass(frozen=True)
class Window:
    """`filters` are echoed in links before limit and offset, as texts in their order."""

    path: str
    limit: int
    offset: int = 0
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> int:
        """How many rows to ask a service for: one more than shown says whether there is more."""
        return self.limit + 1

    def url(self, base: str, offset: int) -> str:
        query = {**self.filters, "limit": self.limit, "offset": offset}
        return f"{base}{quote(self.path)}?{urlencode(query, quote_via=quote)}"


@dataclass(frozen=True)
class Page:
    """Rows of a window, for schemas with a list over `items` and links by the functions below."""

    items: Sequence[Any]
    window: Window
    more: bool

    @classmethod
    def of(cls, rows: Sequence[Any], window: Window) -> Page:
        """Cut what a service gave for `window.asks`."""
        return cls(rows[: window.limit], window, len(rows) > window.limit)

    @classmethod
    def ask(cls, window: Window, search: Callable[[int, int], Sequence[Any]]) -> Page:
        """`search(limit, offset)` asked for one row more than is shown."""
        return cls.of(search(window.asks, window.offset), window)


def self_url(page: Page, view: View) -> str:
    """The page's own address, limit and offset spelled out."""
    return page.window.url(view.base, page.window.offset)


def next_url(page: Page, view: View) -> str | None:
    """The address of the next page; None on the last one."""
    if not page.more:
        return None
    return page.window.url(view.base, page.window.offset + page.window.limit)
