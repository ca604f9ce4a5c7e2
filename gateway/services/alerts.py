"""Alerts: what went wrong and needs a person of the customer or of the platform."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain.context import Context
from gateway.domain.words import AlertType
from gateway.models import Alert
from gateway.models.prepared import Insert

__all__ = ["AlertType", "add"]


_insert = Insert(Alert)


def add(
    ctx: Context,
    kind: AlertType,
    message: str,
    *,
    account_uid: UUID | None = None,
    service_provider_uid: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Record an alert in the caller's transaction."""
    _insert.run(
        {
            "uid": ctx.runtime.new_uid(),
            "created_at": ctx.runtime.now(),
            "account_uid": account_uid,
            "service_provider_uid": service_provider_uid,
            "type": kind,
            "message": message,
            "details": details or {},
        }
    )
