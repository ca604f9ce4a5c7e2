"""What a customer's callback receives: messages and receipts as Flowroute posts them.

Two formats exist. The flat one of v2 knows text messages only; v2.1 wraps them as JSON:API and
adds media and delivery receipts. Which one an account gets for inbound texts is a setting of the
account (`callback_format` in its extras, `v2` or `v2.1`), as on the live service; v2.1 is the
default. Sources: facts, callbacks documented and logged by receivers; the seed has none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from adapters.flowroute import ids, words
from gateway.domain.events import Event, EventKind, HookRequest
from gateway.domain.hooks import HookPolicy
from gateway.wire.profile import Profile

# Anything but 200 is sent again, up to four times, 30 seconds apart.
HOOK_POLICY = HookPolicy(retries=4, spacing_seconds=(30,), success=frozenset({200}))
HEADERS = {"Content-Type": "application/json"}


def render_event(event: Event, profile: Profile) -> HookRequest:
    """The POST that tells a customer of `event`."""
    if event.kind in (EventKind.SMS_RECEIPT, EventKind.MMS_RECEIPT):
        body = delivery_receipt(event)
    elif event.kind is EventKind.SMS and callback_format(event) == "v2":
        body = flat_message(event)
    else:
        body = inbound_message(event)
    return HookRequest("POST", HEADERS, orjson.dumps(body))


def callback_format(event: Event) -> str:
    own = (event.account_extras or {}).get("flowroute") or {}
    return str(own.get("callback_format") or "v2.1")


def flat_message(event: Event) -> dict[str, Any]:
    """The v2 form: four members and a version 1 id."""
    message = event.message
    return {
        "to": bare(message.to_number),
        "body": message.text or "",
        "from": bare(message.from_number),
        "id": ids.record_id(message.uid, 1),
    }


def inbound_message(event: Event) -> dict[str, Any]:
    """The v2.1 form; a picture message adds receipts, relationships and the media themselves.

    The price is text in text messages and a number in picture messages, as receivers have logged.
    """
    message = event.message
    is_mms = event.kind is EventKind.MMS
    price = message.price_nano or 0
    attributes = {
        "amount_display": words.dollars(price),
        "amount_nanodollars": price if is_mms else str(price),
        "body": message.text if message.text or is_mms else "",
        "direction": "inbound",
        "from": bare(message.from_number),
        "is_mms": is_mms,
        "message_callback_url": event.url,
        "message_encoding": 8 if str(message.coding) in ("ucs2", "8") else 0,
        "message_type": words.message_type(message),
        "status": "" if is_mms else "delivered",
        "timestamp": microseconds(event.at),
        "to": bare(message.to_number),
    }
    data = {"attributes": attributes, "type": "message", "id": ids.record_id(message.uid)}
    if not is_mms:
        return {"data": data}
    attributes["delivery_receipts"] = []
    included = [media(event, item, n) for n, item in enumerate(message.media or (), start=1)]
    data["relationships"] = {
        "media": {"data": [{"id": item["id"], "type": "media"} for item in included]}
    }
    return {"data": data, "included": included}


def media(event: Event, item: Any, position: int) -> dict[str, Any]:
    """One attachment; `item` is a URL or a mapping with url, file_name, file_size, mime_type."""
    about = item if isinstance(item, dict) else {"url": item}
    name = ids.media_id(event.message.uid, position)
    return {
        "id": name,
        "type": "media",
        "attributes": {
            "file_name": about.get("file_name") or about["url"].rsplit("/", 1)[-1],
            "file_size": about.get("file_size"),
            "mime_type": about.get("mime_type"),
            "url": about["url"],
        },
        "links": {"self": f"{event.base_url}/v2.1/media/{name}"},
    }


def delivery_receipt(event: Event) -> dict[str, Any]:
    """The receipt of an outbound message; the body stays empty for picture messages."""
    message, said = event.message, words.receipt_words(event.receipt)
    name = ids.record_id(message.uid)
    return {
        "data": {
            "type": "delivery_receipt",
            "id": name,
            "attributes": {
                "body": "" if event.kind is EventKind.MMS_RECEIPT else message.text or "",
                "level": said.level,
                "status": said.status,
                "status_code": None if said.code is None else str(said.code),
                "status_code_description": said.description,
                "timestamp": microseconds(event.receipt.at),
            },
            "links": {"related": f"{event.base_url}/v2.1/messages/{name}"},
        }
    }


def bare(number: str) -> str:
    return number.removeprefix("+")


def microseconds(at: datetime) -> str:
    """`2024-10-19T01:21:21.980000Z`"""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
