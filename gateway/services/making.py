"""Columns every new row has, and the lock that makes counting inside an account safe."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.models import Account
from gateway.models.prepared import P, Prepared

_LOCK = Prepared(
    lambda: Account.update(has_aliases=Account.has_aliases).where(Account.uid == P("uid"))
)


def fresh(ctx: Context) -> dict[str, Any]:
    """uid and created_at of a row to be made now."""
    return {"uid": ctx.runtime.new_uid(), "created_at": ctx.runtime.now()}


def lock_account(uid: UUID) -> None:
    """Until the end of the transaction nobody else counts or names things in this account.

    An update that changes nothing locks the row on PostgreSQL; on SQLite the transaction is alone.
    """
    _LOCK.run(uid=uid)
