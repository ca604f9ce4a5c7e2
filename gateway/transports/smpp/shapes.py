"""What a link is told and what it tells back: plain values that owner and transport share."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from gateway.domain.retry import (
    REBIND_ALREADY,
    REBIND_REFUSED,
    RECONNECT,
    THROTTLED,
    Schedule,
)
from gateway.transports.smpp.commands import FIELDS, MAX_PDU, Command


class LinkState(StrEnum):
    """What `on_state` reports. REFUSED is an alarm: credentials or set-up need a person."""

    CONNECTING = "connecting"
    BOUND = "bound"
    THROTTLED = "throttled"
    DOWN = "down"
    REFUSED = "refused"
    STOPPED = "stopped"


class Role(StrEnum):
    """How one session is bound."""

    TRANSCEIVER = "trx"
    TRANSMITTER = "tx"
    RECEIVER = "rx"

    @property
    def submits(self) -> bool:
        return self is not Role.RECEIVER


@dataclass(frozen=True, kw_only=True)
class LinkSpec:
    """One connector. All times are seconds of the machine's clock; 0 or None switches a thing off.

    `rate` counts segments a second over all sessions of the link, `window` unanswered submissions
    per session. `enquire_seconds` is the quiet time after which enquire_link is sent; with that
    switched off, a peer silent for `inactivity_seconds` is still asked. `reconnect`, `refused` and
    `waiting` are the delays after a loss, a refused credential and "already bound", `throttle` the
    growing pauses. A field the standard limits is checked here and raises ValueError, unless
    `long_credentials` says the provider takes more.
    """

    host: str
    port: int = 2775
    system_id: str = ""
    password: str = field(default="", repr=False)
    system_type: str = ""
    bind: str = "trx"
    binds: int = 1
    window: int = 10
    rate: float | None = None
    use_tls: bool = False
    tls_verify: bool = True
    tls_ca: str | None = None
    server_name: str | None = None
    source_address: str | None = None
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    long_credentials: bool = False
    connect_seconds: float = 10.0
    init_seconds: float = 30.0
    enquire_seconds: float = 30.0
    enquire_answer_seconds: float = 10.0
    response_seconds: float = 60.0
    inactivity_seconds: float = 300.0
    read_seconds: float = 10.0
    write_seconds: float = 30.0
    unbind_seconds: float = 5.0
    reconnect: Schedule = RECONNECT
    refused: Schedule = REBIND_REFUSED
    waiting: Schedule = REBIND_ALREADY
    throttle: Schedule = THROTTLED
    throttle_statuses: frozenset[int] = frozenset({0x58, 0x14})
    rebind_statuses: frozenset[int] = frozenset({0x04})
    rebind_limit: int = 3
    deliver_limit: int = 1000
    max_pdu: int = MAX_PDU

    def __post_init__(self) -> None:
        if self.bind not in ("trx", "txrx"):
            raise ValueError(f"bind is {self.bind!r}, not trx or txrx")
        if self.binds < 1 or self.window < 1:
            raise ValueError("binds and window are at least 1")
        if self.rate is not None and self.rate <= 0:
            raise ValueError("rate is above 0, or None for no limit")
        for item in FIELDS[Command.BIND_TRANSCEIVER]:
            value = getattr(self, item.name, None)
            if isinstance(value, str):
                check_text(item.name, value, None if self.long_credentials else item.limit)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The sessions of the link, in the order they are opened."""
        if self.bind == "trx":
            return (Role.TRANSCEIVER,) * self.binds
        return (Role.TRANSMITTER, Role.RECEIVER) * self.binds


def check_text(name: str, value: str, limit: int | None) -> None:
    """Raise ValueError where a C-octet string would be cut or broken; the value is not repeated."""
    if "\0" in value or not value.isascii():
        raise ValueError(f"{name} holds a NUL or characters outside ASCII")
    if limit is not None and len(value) >= limit:
        raise ValueError(f"{name} is longer than {limit - 1} octets")


@dataclass(frozen=True, slots=True)
class SubmitPart:
    """One submit_sm: `fields` by their standard names (absent: 0 or empty), TLVs as raw octets."""

    key: Hashable
    fields: Mapping[str, Any]
    tlvs: Mapping[int, bytes | Sequence[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """The parts of one message, which travel in order over one session.

    `deadline` (time.monotonic()) ends the link's own waiting while the provider throttles; after
    it the throttling status is given as the answer. None waits for ever.
    """

    key: Hashable
    parts: Sequence[SubmitPart]
    deadline: float | None = None


class Outcome(StrEnum):
    """ANSWERED: see `status`. LOST, TIMEOUT: sent, the answer is unknown. UNSENT: never left."""

    ANSWERED = "answered"
    LOST = "lost"
    TIMEOUT = "timeout"
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one part: exactly one per part, and one more with `late` if a timed-out
    request is answered after all. `attempts` counts sends, `put_back` those of them that the
    link itself repeated: the peer throttled, or wanted a new bind."""

    key: Hashable
    part_key: Hashable
    outcome: Outcome
    status: int | None = None
    message_id: str | None = None
    attempts: int = 1
    late: bool = False
    detail: str = ""
    put_back: int = 0


class _Acknowledger(Protocol):
    def acknowledge(self, delivery: Delivery, status: int) -> bool: ...


@dataclass(slots=True, eq=False)
class Delivery:
    """A deliver_sm or data_sm that waits for its answer; `ack` after the owner's commit."""

    kind: str
    fields: dict[str, Any]
    tlvs: dict[int, list[bytes]]
    link: Any
    sequence: int = 0
    session: _Acknowledger | None = None
    acknowledged: bool = False

    def ack(self, status: int = 0) -> bool:
        """Answer the peer, once. False when the session is gone: the peer will send it again."""
        if self.acknowledged or self.session is None:
            return False
        self.acknowledged = True
        return self.session.acknowledge(self, status)
