"""What a provider tells of by webhook, in neutral words: read from its dialect, not yet ours.

`key` identifies an event among all that one provider tells, so that a repeated one is known again;
`more` are members that were not read, kept for people to look at and never acted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain.calls import CallStatus
from gateway.domain.receipts import ReceiptInfo
from gateway.domain.words import Direction


@dataclass(frozen=True, kw_only=True)
class MessageArrived:
    """A message came to a number. `media` are objects with `url` and, if known, file_name,
    file_size and mime_type; numbers are as the provider writes them."""

    key: str
    remote_id: str
    from_number: str
    to_number: str
    text: str = ""
    media: tuple[Mapping[str, Any], ...] = ()
    is_mms: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReceiptCame:
    """Something became of a message that was handed to the provider."""

    key: str
    info: ReceiptInfo


@dataclass(frozen=True, kw_only=True)
class CallWentOn:
    """A call has come to `status`. `at` is when, by the provider; `seconds` how long it was talked;
    `parent_id` the provider's id of the call it is a leg of."""

    key: str
    remote_id: str
    status: CallStatus
    from_number: str = ""
    to_number: str = ""
    direction: Direction | None = None
    sip_status: int = 0
    reason: str | None = None
    ended_by: str | None = None
    sip_call_id: str | None = None
    caller_name: str | None = None
    origin: str | None = None
    trunk_name: str | None = None
    parent_id: str | None = None
    started_at: datetime | None = None
    at: datetime | None = None
    seconds: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Oddity:
    """An event that is one, and that nothing here stands for: somebody should know."""

    key: str
    text: str


Told = MessageArrived | ReceiptCame | CallWentOn | Oddity
