"""Rows with the least that makes them valid; a test names only what it is about."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.messages import Status
from gateway.domain.words import Direction
from gateway.models import Account, Message, ServiceProvider
from gateway.models.prepared import Insert, Row

NOW = datetime(2026, 3, 1, 12, 30, 15, 123457, tzinfo=UTC)

insert_provider = Insert(ServiceProvider)
insert_account = Insert(Account)
insert_message = Insert(Message)
_numbers = itertools.count(1)


def uid() -> UUID:
    return UUID(int=next(_numbers) + (0x0193 << 112))


def provider(**values: Any) -> Row:
    own = uid()
    return insert_provider.add({"uid": own, "created_at": NOW, "name": f"p{own.hex}", **values})


def account(**values: Any) -> Row:
    if "service_provider_uid" not in values:
        values["service_provider_uid"] = provider().uid
    return insert_account.add({"uid": uid(), "created_at": NOW, "name": "acme", **values})


def message(**values: Any) -> Row:
    return insert_message.add(
        {
            "uid": uid(),
            "created_at": NOW,
            "account_uid": UUID(int=7),
            "direction": Direction.OUTBOUND,
            "from_number": "+12065550100",
            "to_number": "+12065550101",
            "status": Status.ACCEPTED,
            "queued_at": NOW + timedelta(seconds=next(_numbers)),
            **values,
        }
    )
