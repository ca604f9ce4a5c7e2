"""The words Flowroute uses for core values: message states, receipts, number kinds, route types.

Sources: seed 002 for the enums, facts for status words and the one known receipt code; the codes
marked ours fill a table whose text is not published.
"""

from __future__ import annotations

from typing import Any, NamedTuple

MEDIA_TYPE = "application/vnd.api+json"

ROUTE_TYPES = {"host": "host", "number": "number", "uri": "uri", "sip-reg": "registration"}
# Own and purchasable numbers are spelled one way, records another (contract reading FO15); the
# later pages' words are read everywhere.
NUMBER_TYPES = {"standard": "standard", "tollfree": "toll_free", "inum": "inum"}
LATER_NUMBER_TYPES = {"longcode": "standard", "toll-free": "toll_free"}
DIRECTIONS = {"inbound": "inbound", "outbound": "outbound"}

# Callback paths -> purposes of hooks; the older name serves text messages only.
CALLBACKS = {
    "sms_callback": "sms",
    "mms_callback": "mms",
    "sms_dlr_callback": "sms_receipt",
    "mms_dlr_callback": "mms_receipt",
    "dlr_callback": "sms_receipt",
}

MESSAGE_STATUS = {
    "accepted": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "smsc submit",
    "delivered": "delivered",
    "undelivered": "delivery failure",
    "expired": "delivery failure",
    "rejected": "smsc reject",
    "failed": "failed",
    "unknown": "message buffered",
    "received": "delivered",
}


class ReceiptWords(NamedTuple):
    """What a delivery receipt says; `code` is null at level 1."""

    level: int
    status: str
    code: int | None
    description: str


SUBMITTED = ReceiptWords(1, "smsc submit", None, "Message has been sent")
BUFFERED = ReceiptWords(2, "message buffered", 1003, "Message accepted by Carrier")
# Codes other than 1003 are ours.
RECEIPTS = {
    "sent": BUFFERED,
    "unknown": BUFFERED,
    "delivered": ReceiptWords(2, "delivered", 1001, "Message delivered to handset"),
    "undelivered": ReceiptWords(2, "delivery failure", 1002, "Message could not be delivered"),
    "expired": ReceiptWords(2, "delivery failure", 1004, "Message expired before delivery"),
    "rejected": ReceiptWords(2, "smsc reject", 1005, "Message rejected by Carrier"),
    "failed": ReceiptWords(2, "failed", 1006, "Message could not be sent"),
}


def receipt_words(receipt: Any) -> ReceiptWords:
    """The words of a receipt row: level 1 is our hand-over, level 2 whatever the carrier said."""
    if receipt.level == 1:
        return SUBMITTED
    return RECEIPTS.get(str(receipt.status), BUFFERED)


def message_status(message: Any) -> str:
    """The newest receipt's word, else the word of the message's own state."""
    receipts = message.receipts
    if receipts:
        return receipt_words(receipts[0]).status
    return MESSAGE_STATUS[str(message.status)]


def message_type(message: Any) -> str:
    """`toll-free` or `longcode`; whatever else sends counts as a long code."""
    return "toll-free" if str(message.number_kind) == "toll_free" else "longcode"


def dollars(nano: int | None) -> str:
    """Nanodollars as the service shows them: `$0.0040`."""
    return f"${(nano or 0) / 1e9:.4f}"


MEANINGS = {
    "queued": "queued",
    "smsc submit": "sent",
    "message sent": "sent",
    "message buffered": "sent",
    "delivered": "delivered",
    "delivery success": "delivered",
    "delivery failure": "undelivered",
    "smsc reject": "rejected",
    "failed": "failed",
}


def status_meaning(word: str) -> str:
    """The core state a provider's status word stands for; a word nobody knows is `unknown`."""
    return MEANINGS.get(word.strip().lower(), "unknown")
