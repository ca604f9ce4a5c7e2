"""Alerts: what went wrong and needs a person of the customer or of the platform.

A page of them takes two queries, whatever its size; the caller is narrowed to the account or
provider that is asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import peewee as pw

from gateway.domain import policy
from gateway.domain.context import Context
from gateway.domain.principal import Scope
from gateway.domain.words import AlertType
from gateway.models import Account, Alert
from gateway.models.fields import ZERO_UID
from gateway.models.prepared import Insert, P, Prepared, among

__all__ = ["AlertType", "Page", "add", "search"]

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)

_insert = Insert(Alert)
_PROVIDER_OF = Prepared(
    lambda: Account.select(Account.service_provider).where(Account.uid == P("account"))
)


class Page(NamedTuple):
    """Rows of one page, and how many there are on all pages."""

    rows: list[Any]
    total: int


def add(
    ctx: Context,
    kind: AlertType,
    message: str,
    *,
    account_uid: UUID | None = None,
    service_provider_uid: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> UUID:
    """Record an alert in the caller's transaction; its uid. The provider of its account sees it
    too."""
    if account_uid is not None and service_provider_uid is None:
        account = _PROVIDER_OF.one(account=account_uid)
        service_provider_uid = account.service_provider_uid if account is not None else None
    uid: UUID = ctx.runtime.new_uid()
    _insert.run(
        {
            "uid": uid,
            "created_at": ctx.runtime.now(),
            "account_uid": account_uid,
            "service_provider_uid": service_provider_uid,
            "type": kind,
            "message": message,
            "details": details or {},
        }
    )
    return uid


def _where(scope: Scope, typed: bool, of_account: bool | None) -> Any:
    column = Alert.account_uid if scope is Scope.ACCOUNT else Alert.service_provider_uid
    found = (
        (column == P("owner")) & (Alert.created_at >= P("start")) & (Alert.created_at <= P("end"))
    )
    if typed:
        found &= among(Alert.type, "types")
    if of_account is not None:
        found &= Alert.account_uid.is_null(not of_account)
    return found


@cache
def _page(scope: Scope, typed: bool, of_account: bool | None) -> Prepared:
    return Prepared(
        lambda: (
            Alert.select()
            .where(_where(scope, typed, of_account))
            .order_by(Alert.id.desc())
            .limit(P("limit"))
            .offset(P("offset"))
        )
    )


@cache
def _total(scope: Scope, typed: bool, of_account: bool | None) -> Prepared:
    return Prepared(
        lambda: Alert.select(pw.fn.COUNT(Alert.id).alias("total")).where(
            _where(scope, typed, of_account)
        )
    )


def search(
    ctx: Context,
    *,
    limit: int,
    offset: int = 0,
    days: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    types: Collection[str] | None = None,
    of_account: bool | None = None,
) -> Page:
    """A page of the caller's alerts, newest first; a provider's has those of its accounts.

    `days` back from now wins over `start` and `end`, which are inclusive. `of_account` takes only
    those of accounts, or only those of the provider itself.
    """
    caller = policy.require(ctx, "alert.read")
    own = caller.account_uid if caller.scope is Scope.ACCOUNT else caller.service_provider_uid
    if days is not None:
        start, end = ctx.runtime.now() - timedelta(days=days), None
    values: dict[str, Any] = {
        "owner": own or ZERO_UID,
        "start": start or BEGINNING,
        "end": end or END,
    }
    if types is not None:
        values["types"] = list(types)
    form = (caller.scope, types is not None, of_account)
    rows = _page(*form).all(**values, limit=limit, offset=offset)
    return Page(rows, int(_total(*form).scalar(**values)))
