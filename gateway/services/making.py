"""Columns every new row has, and the lock that makes counting inside an account safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.models import Account
from gateway.models.current import current_store
from gateway.models.prepared import P, Prepared

_LOCK = Prepared(
    lambda: (
        Account.select(Account.uid).where(Account.uid == P("uid")).for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
    )
)


def fresh(ctx: Context) -> dict[str, Any]:
    """uid and created_at of a row to be made now."""
    return {"uid": ctx.runtime.new_uid(), "created_at": ctx.runtime.now()}


def lock_account(uid: UUID) -> None:
    """Until the end of the transaction nobody else counts or names things in this account.

    On SQLite a write transaction is alone anyway.
    """
    if current_store().kind == "postgres":
        _LOCK.one(uid=uid)


def differing(row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not what the row has: a change that changes nothing is not written."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}
