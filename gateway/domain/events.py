"""What happened to a message or a call, and the request that tells somebody, in neutral words.

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

from gateway.domain.calls import CallStatus


class EventKind(StrEnum):
    """What an event tells.

    CALL and CALL_ACTION ask what to do next: of a call that arrived or was answered, and after a
    verb; CALL_ENDED tells who was asked that the call is over. CALL_SUMMARY is told once of each
    call that ended. ENGINE_CREATE and ENGINE_UPDATE go to what carries the calls, not to a
    customer.
    """

    SMS = "sms"
    MMS = "mms"
    SMS_RECEIPT = "sms_receipt"
    MMS_RECEIPT = "mms_receipt"
    CALL = "call"
    CALL_ACTION = "call_action"
    CALL_ENDED = "call_ended"
    CALL_STATUS = "call_status"
    CALL_SUMMARY = "call_summary"
    REGISTRATION = "registration"
    ENGINE_CREATE = "engine_create"
    ENGINE_UPDATE = "engine_update"


OF_MESSAGES = (EventKind.SMS, EventKind.MMS, EventKind.SMS_RECEIPT, EventKind.MMS_RECEIPT)


@dataclass(frozen=True)
class Event:
    """`message` and `receipt` are row-like: the columns of the tables Message and Receipt; so is
    `call`, and `facts` are what the event says beside the rows, such as the state a call had.

    `uid` stays the same over all attempts. `base_url` is the root of links, without a final slash.
    `url` is where the request will go, by `method`; `account_extras` are the account's own settings
    by dialect, `{dialect: {name: value}}`, for dialects whose shape an account can choose.
    `secret` is what the account's webhooks are signed with.
    """

    uid: UUID
    kind: EventKind
    at: datetime
    message: Any = None
    receipt: Any = None
    purpose: str = ""
    base_url: str = ""
    url: str = ""
    account_extras: Mapping[str, Any] = field(default_factory=dict)
    call: Any = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    method: str = "post"
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class HookRequest:
    """A request to send as it is; `query` is added to the URL's own."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""


@dataclass(frozen=True)
class EngineReply:
    """What a feature server said: an HTTP status and the JSON of its body, if it is an object, or
    else why there was no answer."""

    status: int | None
    body: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def why(self) -> str:
        return self.error or f"answered {self.status}"


@dataclass(frozen=True)
class EngineStatus:
    """What a feature server tells of a call it carries. `call` is the id it gave the call."""

    call: UUID
    status: CallStatus
    sip_status: int = 0
    reason: str | None = None
    ended_by: str | None = None
