"""Faults between the product and the receivers of its webhooks.

What a receiver is made to say, it is not asked: nothing reaches it. A time-out is the other case,
the one that makes duplicates: the event arrives and its answer is lost.
"""

from __future__ import annotations

from collections.abc import Callable

from emulators.clock import Clock
from emulators.faults.rules import Fault
from emulators.faults.spoiling import pause
from gateway.transports.webhooks import Outcome


def delivered(fault: Fault | None, clock: Clock, send: Callable[[], Outcome]) -> list[Outcome]:
    """What each attempt came to; the first is the one that counts."""
    if fault is None:
        return [send()]
    kind = fault.action.kind
    if kind == "status":
        return [Outcome(fault.action.status, None, 0)]
    if kind == "reset":
        return [Outcome(None, "unreachable: reset by a fault", 0)]
    if kind == "delay":
        pause(clock, fault.action.seconds)
    first = send()
    if kind == "timeout":
        lost = "timeout: the answer was lost to a fault"
        first = Outcome(None, lost, first.milliseconds)
    return [first, send()] if kind == "duplicate" else [first]
