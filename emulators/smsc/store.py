"""What the SMSC has taken: a bounded ring of messages, and texts put together from their parts."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulators.smsc.wording import FINAL, STATES
from gateway.domain import segments
from gateway.transports.smpp.codec import Pdu

CAPACITY = 20_000


@dataclass(slots=True, eq=False)
class Message:
    """An accepted submit_sm, or one destination of a submit_multi; `number` counts them all."""

    number: int
    id: str
    system_id: str
    session: int
    fields: dict[str, Any]
    payload: bytes
    submitted_at: datetime
    expires_at: datetime | None
    script: Any
    concat: segments.Concat | None = None
    user_data: bytes = b""
    state: str = "ENROUTE"
    done_at: datetime | None = None
    receipts: int = 0

    @property
    def destination(self) -> str:
        return self.fields["destination_addr"]

    @property
    def source(self) -> str:
        return self.fields["source_addr"]

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def text(self) -> str:
        return segments.decode_payload(self.fields.get("data_coding", 0), self.user_data)

    def move(self, state: str, at: datetime) -> None:
        """Change state; a final one stays."""
        if not self.is_final:
            self.state = state
            self.done_at = at if state in FINAL else None

    @property
    def state_number(self) -> int:
        return STATES[self.state]


@dataclass(slots=True)
class Text:
    """A whole text as the handset would show it; `parts` are the numbers of its messages."""

    system_id: str
    source: str
    destination: str
    text: str
    parts: list[int]
    at: datetime


def concatenation(pdu: Pdu, payload: bytes) -> tuple[segments.Concat | None, bytes]:
    """Which part of what by user data header or SAR parameters, and the text's own octets."""
    if pdu.fields.get("esm_class", 0) & segments.UDH_INDICATOR:
        return segments.parse_udh(payload)
    return segments.parse_sar({tag: values[0] for tag, values in pdu.tlvs.items()}), payload


class Store:
    """Messages by (system_id, id), the oldest forgotten at the capacity; whole texts in a ring."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._messages: OrderedDict[tuple[str, str], Message] = OrderedDict()
        self._assemblies: OrderedDict[tuple[Any, ...], dict[int, Message]] = OrderedDict()
        self.texts: deque[Text] = deque(maxlen=capacity)
        self.count = 0

    def next_number(self) -> int:
        """Message numbers start high enough for their hexadecimal form to hold letters."""
        self.count += 1
        return 0xA0000 + self.count

    def add(self, message: Message) -> None:
        self._messages[(message.system_id, message.id)] = message
        while len(self._messages) > self._capacity:
            self._messages.popitem(last=False)
        self._assemble(message)

    def get(self, system_id: str, message_id: str) -> Message | None:
        return self._messages.get((system_id, message_id))

    def messages(self) -> list[Message]:
        return list(self._messages.values())

    def replaceable(self, message: Message) -> Message | None:
        """The pending message of the same source, destination and service type, if there is one."""
        for other in reversed(self._messages.values()):
            same = (other.system_id, other.source, other.destination, _service(other)) == (
                message.system_id,
                message.source,
                message.destination,
                _service(message),
            )
            if same and not other.is_final:
                return other
        return None

    def replace_text(self, message: Message, octets: bytes) -> None:
        """Give a message new user data, also in the texts that were put together."""
        message.payload = message.user_data = octets
        for text in self.texts:
            if text.parts == [message.number] and text.destination == message.destination:
                text.text = message.text

    def clear(self) -> None:
        """Drop everything, for a reset; numbers go on from the first again."""
        self._messages.clear()
        self._assemblies.clear()
        self.texts.clear()
        self.count = 0

    def _assemble(self, message: Message) -> None:
        if message.concat is None:
            self._whole(message, [message])
            return
        concat = message.concat
        sender = (message.system_id, message.source, message.destination)
        key = (*sender, concat.reference, concat.total, concat.width)
        parts = self._assemblies.setdefault(key, {})
        parts.setdefault(concat.index, message)
        if len(parts) >= concat.total:
            del self._assemblies[key]
            self._whole(message, [parts[index] for index in sorted(parts)])
        while len(self._assemblies) > self._capacity:
            self._assemblies.popitem(last=False)

    def _whole(self, message: Message, parts: list[Message]) -> None:
        octets = b"".join(part.user_data for part in parts)
        text = segments.decode_payload(message.fields.get("data_coding", 0), octets)
        self.texts.append(
            Text(
                message.system_id,
                message.source,
                message.destination,
                text,
                [part.number for part in parts],
                message.submitted_at,
            )
        )


def _service(message: Message) -> str:
    return message.fields.get("service_type", "")
