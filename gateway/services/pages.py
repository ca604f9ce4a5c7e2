"""Lists in pages that say how many rows there are: two statements, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import peewee as pw

from gateway.models.prepared import P, Prepared


class Page(NamedTuple):
    """Rows of one page, and how many there are on all pages."""

    rows: list[Any]
    total: int


class Paged:
    """`select(*columns)` makes the statement without an order; the rows come in that of `order`."""

    def __init__(
        self, select: Callable[..., Any], columns: Any, order: tuple[Any, ...], **options: Any
    ) -> None:
        chosen = columns if isinstance(columns, tuple) else (columns,)
        self._rows = Prepared(
            lambda: select(*chosen).order_by(*order).limit(P("limit")).offset(P("offset")),
            **options,
        )
        self._total = Prepared(lambda: select(pw.fn.COUNT(order[-1]).alias("total")))

    def ask(self, limit: int, offset: int, **values: Any) -> Page:
        rows = self._rows.all(**values, limit=limit, offset=offset)
        return Page(rows, int(self._total.scalar(**values)))
