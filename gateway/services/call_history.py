"""Records of calls that are over: pages of them, and one of them by how its signalling names it.

Callers are narrowed to an account or a provider; a page takes two queries, whatever its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.calls import TERMINAL
from gateway.domain.context import Context
from gateway.domain.ids import Ref
from gateway.domain.principal import Scope
from gateway.domain.problems import NotFound
from gateway.models import Account, Call, CallEvent
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import P, Prepared
from gateway.services import aliases

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)
_OVER = Call.status.in_(sorted(TERMINAL))
_FILTERS: Mapping[str, Any] = {
    "direction": lambda: Call.direction == P("direction"),
    "trunk_name": lambda: Call.trunk_name == P("trunk_name"),
    "answered": lambda: Call.answered_at.is_null(False),
    "unanswered": lambda: Call.answered_at.is_null(),
}


class Page(NamedTuple):
    """Rows of one page, and how many there are on all pages."""

    rows: list[Any]
    total: int


def _mine(scope: Scope) -> Any:
    column = Call.account_uid if scope is Scope.ACCOUNT else Call.service_provider_uid
    return column == P("owner")


def _where(scope: Scope, filters: frozenset[str]) -> Any:
    found = _mine(scope) & _OVER & (Call.started_at >= P("start")) & (Call.started_at <= P("end"))
    for name in sorted(filters):
        found &= _FILTERS[name]()
    return found


@cache
def _page(scope: Scope, filters: frozenset[str]) -> Prepared:
    return Prepared(
        lambda: (
            Call.select()
            .where(_where(scope, filters))
            .order_by(Call.started_at.desc(), Call.id.desc())
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


@cache
def _total(scope: Scope, filters: frozenset[str]) -> Prepared:
    return Prepared(
        lambda: Call.select(pw.fn.COUNT(Call.id).alias("total")).where(_where(scope, filters))
    )


def search(
    ctx: Context,
    *,
    limit: int,
    offset: int = 0,
    days: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    direction: str | None = None,
    trunk_name: str | None = None,
    answered: bool | None = None,
) -> Page:
    """A page of the caller's records, newest first by when they began.

    `days` back from now wins over `start` and `end`, which are inclusive.
    """
    scope, owner = _owner(ctx)
    if days is not None:
        start, end = ctx.runtime.now() - timedelta(days=days), None
    given = {"direction": direction, "trunk_name": trunk_name}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    talk = set() if answered is None else {"answered" if answered else "unanswered"}
    filters = frozenset(values | dict.fromkeys(talk))
    values |= {"owner": owner, "start": start or BEGINNING, "end": end or END}
    rows = _page(scope, filters).all(**values, limit=limit, offset=offset)
    return Page(rows, int(_total(scope, filters).scalar(**values)))


def _owner(ctx: Context) -> tuple[Scope, UUID]:
    caller = policy.require(ctx, "call.read")
    if caller.scope is Scope.ACCOUNT:
        return Scope.ACCOUNT, ctx.account_uid
    return Scope.PROVIDER, caller.service_provider_uid or ZERO_UID


# one call


def _accounts(scope: Scope) -> Any:
    """The accounts to look in: a Call-ID is indexed within its account."""
    if scope is Scope.ACCOUNT:
        return Call.account_uid == P("owner")
    theirs = Account.select(Account.uid).where(Account.service_provider == P("owner"))
    return Call.account_uid.in_(theirs)


@cache
def _by_call_id(scope: Scope) -> Prepared:
    return Prepared(
        lambda: (
            Call.select()
            .where(_accounts(scope) & (Call.sip_call_id == P("text")))
            .order_by(Call.started_at.desc(), Call.id.desc())
            .limit(1)
        )
    )


@cache
def _by_uid(scope: Scope) -> Prepared:
    return Prepared(lambda: Call.select().where((Call.uid == P("uid")) & _mine(scope)))


_EVENTS = Prepared(
    lambda: CallEvent.select().where(CallEvent.call_uid == P("call")).order_by(CallEvent.id)
)


def find(ctx: Context, ref: Ref) -> Any:
    """A call by the Call-ID of its signalling, else by its own id; NotFound."""
    scope, owner = _owner(ctx)
    row = _by_call_id(scope).one(owner=owner, text=ref.text) if "\0" not in ref.text else None
    if row is None:
        uid = aliases.uid_of(ctx, ref, "call")
        row = _by_uid(scope).one(owner=owner, uid=uid) if uid is not None else None
    if row is None:
        raise NotFound()
    return row


def events(call: Any) -> list[Any]:
    """What happened in a call, in its order."""
    rows: list[Any] = _EVENTS.all(call=call.uid)
    return rows
