"""What Flowroute tells our address of: callbacks as `events` writes them, read the other way.

Bodies come wrapped as JSON:API or flat, whatever the account is set to, so both are read. Nothing
signs them (facts, section 9); they come again up to four times until the answer is 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.flowroute import ids
from adapters.flowroute.words import status_meaning
from gateway.domain.messages import MessageState
from gateway.domain.problems import Invalid
from gateway.domain.receipts import ReceiptInfo
from gateway.domain.told import MessageArrived, Oddity, ReceiptCame, Told
from gateway.wire.notices import Notice, instant, is_address, needed, other, prose, short

MESSAGE = frozenset({"id", "type", "from", "to", "body", "is_mms"})
MEDIA = ("file_name", "file_size", "mime_type")
STATES: Mapping[str, MessageState] = {
    "queued": MessageState.SCHEDULED,
    "sent": MessageState.ENROUTE,
    "delivered": MessageState.DELIVERED,
    "undelivered": MessageState.UNDELIVERABLE,
    "rejected": MessageState.REJECTED,
    "failed": MessageState.UNDELIVERABLE,
}
ON_THE_WAY = frozenset({MessageState.SCHEDULED, MessageState.ENROUTE})


def read_events(notice: Notice) -> list[Told]:
    """The one event of a callback. Malformed, Invalid."""
    members = notice.members()
    wrapped = "data" in members
    data = _object(members, "data") if wrapped else members
    attributes = _object(data, "attributes", "data.") if wrapped else data
    path = "data.attributes." if wrapped else ""
    own = ids.record_ref(needed(data, "id", "data." if wrapped else "")).text
    kind = short(data, "type") or ("message" if "from" in attributes else "delivery_receipt")
    if kind == "delivery_receipt":
        return [_receipt(own, attributes, path)]
    if kind != "message":
        raise Invalid.one("data.type", "choice", "data.type is neither message nor a receipt")
    if short(attributes, "direction") == "outbound":
        return [Oddity(key=f"outbound {own}", text="told of a message that was sent, not received")]
    return [_message(own, attributes, members.get("included"), path)]


def _object(members: Mapping[str, Any], name: str, path: str = "") -> Mapping[str, Any]:
    found = members.get(name)
    if not isinstance(found, dict):
        raise Invalid.one(path + name, "type", f"{path}{name} must be an object")
    return found


def _message(own: str, members: Mapping[str, Any], included: Any, path: str) -> MessageArrived:
    media = tuple(_media(included))
    return MessageArrived(
        key=f"message {own}",
        remote_id=own,
        from_number=needed(members, "from", path),
        to_number=needed(members, "to", path),
        text=prose(members, "body", path),
        media=media,
        is_mms=bool(media) or members.get("is_mms") is True,
        more=other(members, MESSAGE),
    )


def _media(included: Any) -> list[dict[str, Any]]:
    """The attachments that say where they are; their addresses expire after some days."""
    found = []
    for one in included if isinstance(included, list) else ():
        about = one.get("attributes") if isinstance(one, dict) else None
        if isinstance(about, dict) and is_address(about.get("url")):
            told = {name: about[name] for name in MEDIA if isinstance(about.get(name), str | int)}
            found.append({"url": about["url"], **told})
    return found


def _receipt(own: str, members: Mapping[str, Any], path: str) -> ReceiptCame | Oddity:
    word = needed(members, "status", path)
    level, code = short(members, "level"), short(members, "status_code")
    key = f"receipt {own} {level} {word} {code} {short(members, 'timestamp')}"
    state = STATES.get(status_meaning(word))
    if state is None:
        return Oddity(key=key, text=f"a receipt has the unknown status {word[:64]!r}")
    description = short(members, "status_code_description")
    info = ReceiptInfo(
        remote_id=own,
        state=state,
        error=None if state is MessageState.DELIVERED else code or None,
        done_at=instant(members, "timestamp"),
        text=" ".join(filter(None, (word, code, description))),
        intermediate=state in ON_THE_WAY,
    )
    return ReceiptCame(key=key, info=info)
