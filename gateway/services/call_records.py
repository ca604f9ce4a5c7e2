"""Records of an account's calls as a billing system reads them: filtered, newest first, in pages.

A page is found by an index that has all it is chosen by, from whichever end is nearer; only the
calls of the page are read. So the last of many pages costs what the first one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import peewee as pw

from gateway.domain import policy
from gateway.domain.calls import TERMINAL
from gateway.domain.context import Context
from gateway.models import Call
from gateway.models.prepared import P, Prepared, among
from gateway.services import aliases
from gateway.services.owning import Named
from gateway.services.pages import Page

_FILTERS: Mapping[str, Any] = {
    "from": lambda: pw.fn.SUBSTR(Call.from_number, 1, P("from_length")) == P("from_prefix"),
    "to": lambda: pw.fn.SUBSTR(Call.to_number, 1, P("to_length")) == P("to_prefix"),
    "trunk": lambda: Call.trunk_uid == P("trunk"),
    "directions": lambda: among(Call.direction, "directions"),
    "from_countries": lambda: among(Call.from_country, "from_countries"),
    "to_countries": lambda: among(Call.to_country, "to_countries"),
    "emergency": lambda: Call.is_emergency == P("emergency"),
}


def _where(filters: frozenset[str]) -> Any:
    found = (
        (Call.account_uid == P("account"))
        & (Call.started_at >= P("start"))
        & (Call.started_at < P("end"))
        & among(Call.status, "statuses")
    )
    for name in sorted(filters):
        found &= _FILTERS[name]()
    return found


@cache
def _total(filters: frozenset[str]) -> Prepared:
    return Prepared(lambda: Call.select(pw.fn.COUNT(Call.id).alias("total")).where(_where(filters)))


@cache
def _ids(filters: frozenset[str], forward: bool) -> Prepared:
    order = (Call.started_at, Call.id)
    by = order if forward else tuple(column.desc() for column in order)
    return Prepared(
        lambda: (
            Call.select(Call.id)
            .where(_where(filters))
            .order_by(*by)
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


_ROWS = Prepared(
    lambda: (
        Call.select().where(among(Call.id, "ids")).order_by(Call.started_at.desc(), Call.id.desc())
    )
)


def search(
    ctx: Context,
    *,
    start: datetime,
    end: datetime,
    limit: int,
    offset: int = 0,
    statuses: frozenset[str] = TERMINAL,
    trunk: Named = None,
    **given: Any,
) -> Page:
    """A page of the calls that began in [start, end) and are over; three statements.

    Further filters: `trunk`, `from_prefix`, `to_prefix` (texts), and sets of values `directions`,
    `from_countries`, `to_countries`; `emergency`. None stands for no filter.
    """
    policy.require(ctx, "call.read")
    given["trunk"] = aliases.uid_of(ctx, trunk, "trunk") if trunk is not None else None
    if trunk is not None and given["trunk"] is None:
        return Page([], 0)
    filters, values = _chosen(given)
    values |= {
        "account": ctx.account_uid,
        "start": start,
        "end": end,
        "statuses": sorted(statuses & TERMINAL),
    }
    total = int(_total(filters).scalar(**values))
    size = min(limit, total - offset)
    if size <= 0:
        return Page([], total)
    behind = total - offset - size
    forward = behind < offset
    window = {"limit": size, "offset": behind if forward else offset}
    ids = [row.id for row in _ids(filters, forward).all(**values, **window)]
    return Page(_ROWS.all(ids=ids), total)


def _chosen(given: Mapping[str, Any]) -> tuple[frozenset[str], dict[str, Any]]:
    """The filters that were given and their values."""
    named = {name: value for name, value in given.items() if value is not None}
    values: dict[str, Any] = {}
    filters = set()
    for side in ("from", "to"):
        prefix = named.pop(f"{side}_prefix", None)
        if prefix:
            filters.add(side)
            values |= {f"{side}_prefix": prefix, f"{side}_length": len(prefix)}
    for name, value in named.items():
        filters.add(name)
        values[name] = sorted(value) if isinstance(value, frozenset) else value
    return frozenset(filters), values
