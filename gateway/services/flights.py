"""A message on its way: what to send of it, and the rows the outcome is written to.

The text is cut when it leaves, by the settings of the link it leaves by, because a message may have
been moved since it was accepted. Parts that have been sent keep the cut they were sent with: they
stay, and only what is still pending is sent.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.domain import numbers
from gateway.domain.messages import PartState
from gateway.domain.numbers import Address, AddressKind
from gateway.domain.runtime import Runtime
from gateway.domain.segments import Segment
from gateway.domain.words import MessageTransport, ReceiptRequest
from gateway.services.links import LinkSettings

CHANGING = ("pause", "leave", "rests", "doubtful", "error", "status", "unsent")


@dataclass(frozen=True)
class Way:
    """A link, or a connection to a provider, as the pipeline sees it: who it is and how it wants to
    be spoken to. A connection has no trunk."""

    uid: UUID
    trunk_uid: UUID | None
    lane: str
    wants: LinkSettings = field(hash=False)
    transport: MessageTransport = MessageTransport.SMPP


@dataclass(slots=True)
class Flight:
    """A claimed submit job with its message. `states` holds every part's state by its number.

    `parts` and `segments` (by number) are what is sent this time, `open` the numbers whose answer
    is still to come. The answers say what the next step needs to know: `pause` is the longest
    wait asked for in seconds, `leave` that another way should try (after the pause if it `rests`,
    else at once), `doubtful` that a part may have reached the peer, `error` the last reason,
    `status` the last command_status that was an error.
    """

    job: Any
    message: Any
    states: dict[int, PartState]
    parts: dict[int, Any]
    segments: dict[int, Segment] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    coding: int = 0
    pause: float = 0.0
    leave: bool = False
    rests: bool = False
    doubtful: bool = False
    error: str | None = None
    status: int | None = None
    unsent: bool = False

    def saved(self) -> dict[str, Any]:
        """What answers change, to be put back when the transaction that records them fails."""
        kept = {name: getattr(self, name) for name in CHANGING}
        return {
            **kept,
            "states": dict(self.states),
            "open": set(self.open),
            "message_status": self.message.status,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Undo everything since `saved()`."""
        values = dict(saved)
        self.message.status = values.pop("message_status")
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def waits(self) -> bool:
        """True when a part has still to be sent (again)."""
        return any(s in (PartState.PENDING, PartState.SUBMITTING) for s in self.states.values())

    @property
    def movable(self) -> bool:
        """True when no part has reached the peer, nor may have."""
        return all(state is PartState.PENDING for state in self.states.values())


class References:
    """Concatenation references of 16 bits, counted per destination, so that two texts to one
    handset do not share one soon; begins anywhere, forgets the destinations unused longest."""

    def __init__(self, runtime: Runtime, most: int = 20_000) -> None:
        self._runtime = runtime
        self._most = most
        self._last: OrderedDict[str, int] = OrderedDict()

    def next(self, destination: str) -> int:
        last = self._last.pop(destination, None)
        if last is None:
            last = self._runtime.rng.getrandbits(16)
        value = (last + 1) & 0xFFFF
        self._last[destination] = value
        if len(self._last) > self._most:
            self._last.popitem(last=False)
        return value


def fields(
    message: Any, segment: Segment, coding: int, wants: LinkSettings
) -> tuple[dict[str, Any], Mapping[int, bytes]]:
    """The members of a submit_sm by their standard names, and its optional parameters."""
    source, destination = _address(message.from_number), _address(message.to_number)
    source_ton, source_npi = source.ton_npi
    destination_ton, destination_npi = destination.ton_npi
    wanted = wants.receipts is ReceiptRequest.ALL or (
        wants.receipts is ReceiptRequest.LAST and segment.index == segment.total
    )
    return {
        "service_type": wants.service_type,
        "source_addr_ton": source_ton,
        "source_addr_npi": source_npi,
        "source_addr": source.plain,
        "dest_addr_ton": destination_ton,
        "dest_addr_npi": destination_npi,
        "destination_addr": destination.plain,
        "esm_class": segment.esm_class,
        "registered_delivery": int(wanted),
        "data_coding": coding,
        "short_message": segment.short_message,
    }, segment.tlvs


def _address(text: str) -> Address:
    """Stored numbers are E.164 already; anything else is a short code or a name."""
    if text.startswith("+"):
        return Address(AddressKind.E164, text)
    return numbers.parse_address(text)
