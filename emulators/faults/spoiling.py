"""What a fault does to an answer on its way to the client."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from emulators.clock import Clock
from emulators.faults.rules import Fault

FAULT = "polytrunk.fault"
GARBAGE = b'\x00\xff\xfe{"data": [<html>\r\n'

Answer = tuple[str, list[tuple[str, str]], bytes]


def mark(environ: dict[str, Any], fault: Fault, clock: Clock) -> None:
    """Have the answer to a request spoilt."""
    environ[FAULT] = (fault, clock)


def struck(environ: Mapping[str, Any]) -> dict[str, str]:
    """What the journal says of the fault that a request met."""
    found = environ.get(FAULT)
    return {} if found is None else {"fault": found[0].id}


def spoilt(environ: Mapping[str, Any], answer: Answer) -> Answer | None:
    """The answer as the client gets it, None when the connection is reset instead."""
    found = environ.get(FAULT)
    if found is None:
        return answer
    fault, clock = found
    kind = fault.action.kind
    if kind == "delay":
        pause(clock, fault.action.seconds)
    if kind == "reset":
        return None
    return _CHANGES[kind](answer) if kind in _CHANGES and answer[2] else answer


def reset() -> ConnectionResetError:
    """What a server closes a connection for without a word."""
    return ConnectionResetError(errno.ECONNRESET, "reset by a fault")


def pause(clock: Clock, seconds: float) -> None:
    """Wait in the time of the machine; where a world's clock stands still there is no waiting."""
    if not clock.is_frozen:
        gevent.sleep(seconds)


def _truncated(answer: Answer) -> Answer:
    """The first half of the body under the length of the whole, then the end."""
    status, headers, body = answer
    kept = _without(headers, "content-length", "connection")
    length = ("Content-Length", str(len(body)))
    return status, [*kept, length, ("Connection", "close")], body[: len(body) // 2]


def _garbage(answer: Answer) -> Answer:
    """Octets that are no JSON under the media type of what should have come."""
    status, headers, _ = answer
    kept = _without(headers, "content-length")
    return status, [*kept, ("Content-Length", str(len(GARBAGE)))], GARBAGE


def _without(headers: list[tuple[str, str]], *names: str) -> list[tuple[str, str]]:
    return [pair for pair in headers if pair[0].lower() not in names]


_CHANGES: Mapping[str, Callable[[Answer], Answer]] = {"truncated": _truncated, "garbage": _garbage}
