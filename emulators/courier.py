"""Webhooks of the emulator: sent as the gateway sends them, with every attempt in the journal."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from emulators.clock import Clock
from emulators.faults import Fault
from emulators.faults.webhooks import delivered
from emulators.journal import Journal
from gateway.domain.events import HookRequest
from gateway.settings import Settings
from gateway.transports.webhooks import EXCERPT_OCTETS, Courier, Outcome, with_query
from gateway.workers.runner import Delivers


class JournalCourier:
    """A courier around another, `line`, which is the real one unless a recording is made or
    played. `strike(url)` gives the fault that hits an attempt; `clock` is that of the world."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        clock: Clock,
        strike: Callable[[str], Fault | None],
    ) -> None:
        self._journal, self._clock, self._strike = journal, clock, strike
        self.line: Delivers = Courier(
            timeout=settings.hook_timeout, allow_private=settings.allow_private_hooks
        )

    def deliver(
        self,
        request: HookRequest,
        url: str,
        *,
        most: int = EXCERPT_OCTETS,
        seconds: float | None = None,
    ) -> Outcome:
        fault = self._strike(with_query(url, request))
        outcomes = delivered(
            fault,
            self._clock,
            lambda: self.line.deliver(request, url, most=most, seconds=seconds),
        )
        for outcome in outcomes:
            self._note(request, with_query(url, request), outcome, fault)
        return outcomes[0]

    def _note(self, request: HookRequest, url: str, outcome: Outcome, fault: Fault | None) -> None:
        try:
            body = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            body = request.body.decode("utf-8", "replace") or None
        self._journal.add(
            "webhook",
            {
                "url": url,
                "request": {"method": request.method, "headers": request.headers, "body": body},
                "answer": {"status": outcome.status, "body": outcome.excerpt or None},
                "error": outcome.error,
                "milliseconds": outcome.milliseconds,
                **({"fault": fault.id} if fault is not None else {}),
            },
        )
