"""What happened to a message, and the request that tells a customer, in neutral words.

A service makes an `Event`, the subscriber's dialect turns it into a `HookRequest`, a transport
sends it. None of the three knows the other two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class EventKind(StrEnum):
    SMS = "sms"
    MMS = "mms"
    SMS_RECEIPT = "sms_receipt"
    MMS_RECEIPT = "mms_receipt"


@dataclass(frozen=True)
class Event:
    """`message` and `receipt` are row-like: the columns of the tables Message and Receipt.

    `uid` stays the same over all attempts. `base_url` is the root of links, without a final slash.
    `url` is where the request will go; `account_extras` are the account's own settings by dialect,
    `{dialect: {name: value}}`, for dialects whose shape an account can choose.
    """

    uid: UUID
    kind: EventKind
    at: datetime
    message: Any
    receipt: Any = None
    purpose: str = ""
    base_url: str = ""
    url: str = ""
    account_extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HookRequest:
    """A request to send as it is."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
