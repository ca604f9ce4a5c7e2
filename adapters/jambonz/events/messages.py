"""What an application's messaging hook receives, and the action hook of a `message` verb.

An action hook is told once: that the carrier has the message, or that it will not get there
(facts, section 5). What becomes of it after the carrier took it, the running server never learns.
"""

from __future__ import annotations

from typing import Any

from gateway.domain.events import Event, EventKind
from gateway.wire.profile import Profile

ARRIVALS = frozenset({EventKind.SMS, EventKind.MMS})
HANDED_OVER = 1
"""The level of a receipt that says that the carrier took the message."""


def message_body(event: Event, profile: Profile) -> dict[str, Any] | None:
    """The JSON object of an event about a message; None for what is not told."""
    if event.kind in ARRIVALS:
        return _arrived(event, profile)
    return _status(event)


def _arrived(event: Event, profile: Profile) -> dict[str, Any]:
    message, application = event.message, event.facts["application_uid"]
    return {
        "carrier": event.facts["trunk_name"],
        "message_sid": str(message.uid),
        "account_sid": str(message.account_uid),
        "application_sid": application and str(application),
        "from": _number(message.from_number, profile),
        "to": _number(message.to_number, profile),
        "cc": None,
        "text": message.text or None,
        "media": _media(message.media),
    }


def _number(text: str, profile: Profile) -> str:
    bare = profile.styles.get("e164") == "digits"
    return text.removeprefix("+") if bare else text


def _media(items: Any) -> str | list[str] | None:
    """One URL as a text, several as a list."""
    urls = [item["url"] for item in items or ()]
    return urls if len(urls) > 1 else urls[0] if urls else None


def _status(event: Event) -> dict[str, Any] | None:
    message, status = event.message, _outcome(event)
    if status is None:
        return None
    return {
        "message_sid": str(message.uid),
        "carrier": event.facts["trunk_name"],
        "carrier_message_id": event.facts["remote_id"],
        "message_status": status,
        "message_failure_reason": None if status == "success" else message.error,
    }


def _outcome(event: Event) -> str | None:
    """The word for a receipt; None when it has been said, or nothing is decided yet.

    A carrier's receipt may overtake its answer, so a message that was delivered was taken too.
    """
    message, said = event.message, event.receipt.status
    if event.receipt.level == HANDED_OVER:
        return "success"
    if message.sent_at is not None or said == "sent":
        return None
    if said == "delivered":
        return "success"
    return "failure" if message.trunk_uid is not None else "no carriers"
