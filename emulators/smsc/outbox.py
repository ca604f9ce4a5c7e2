"""What the SMSC has for its customers: receipts and mobile-originated messages, kept until taken.

A parcel goes to any receiver session of its system_id, the one that submitted first; it waits while
none is bound and is sent again when it was not acknowledged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.transports.smpp.commands import Command, Status
from gateway.transports.smpp.server import ServerSession

CAPACITY = 10_000
TRIES = 20
_TEMPORARY = frozenset(
    {Status.TEMPORARY_APP_ERROR, Status.QUEUE_FULL, Status.THROTTLED, Status.SYSTEM_ERROR}
)


@dataclass(slots=True, eq=False)
class Parcel:
    """One deliver_sm or data_sm. `outcome` is pending, sent, acknowledged, refused or dropped."""

    system_id: str
    fields: dict[str, Any]
    tlvs: Mapping[int, list[bytes]] = field(default_factory=dict)
    command: int = Command.DELIVER_SM
    session: int = 0
    tries: int = 0
    outcome: str = "pending"
    status: int | None = None


class Outbox:
    """`later(seconds, call)` spaces the repeats, on the machine's clock."""

    def __init__(
        self,
        sessions: Callable[[], Iterable[ServerSession]],
        later: Callable[[float, Callable[[], None]], Any],
        retry_seconds: float = 1.0,
    ) -> None:
        self._sessions = sessions
        self._later = later
        self._retry_seconds = retry_seconds
        self._waiting: dict[str, deque[Parcel]] = {}

    def waiting(self, system_id: str) -> int:
        """Parcels kept because no receiver is bound."""
        return len(self._waiting.get(system_id, ()))

    def post(self, parcel: Parcel) -> Parcel:
        session = self._receiver(parcel)
        if session is None:
            queue = self._waiting.setdefault(parcel.system_id, deque())
            queue.append(parcel)
            if len(queue) > CAPACITY:
                queue.popleft().outcome = "dropped"
            return parcel
        parcel.tries += 1
        parcel.outcome = "sent"
        session.deliver(
            parcel.fields,
            parcel.tlvs,
            command=parcel.command,
            done=lambda status: self._done(parcel, status),
        )
        return parcel

    def flush(self, system_id: str) -> None:
        """Send what waited: call it when a receiver has bound."""
        for parcel in self._waiting.pop(system_id, ()):
            self.post(parcel)

    def forget(self, system_id: str) -> None:
        self._waiting.pop(system_id, None)

    def _receiver(self, parcel: Parcel) -> ServerSession | None:
        able = [s for s in self._sessions() if s.receives and s.system_id == parcel.system_id]
        for session in able:
            if session.id == parcel.session:
                return session
        return min(able, key=lambda session: session.unacknowledged, default=None)

    def _done(self, parcel: Parcel, status: int | None) -> None:
        parcel.status = status
        if status == Status.OK:
            parcel.outcome = "acknowledged"
        elif status is not None and status not in _TEMPORARY:
            parcel.outcome = "refused"
        elif parcel.tries >= TRIES:
            parcel.outcome = "dropped"
        else:
            parcel.outcome = "pending"
            self._later(self._retry_seconds if status else 0.0, lambda: self._again(parcel))

    def _again(self, parcel: Parcel) -> None:
        self.post(parcel)
