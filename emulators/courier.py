"""Webhooks of the emulator: sent as the gateway sends them, with every attempt in the journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import orjson

from emulators.clock import Clock
from emulators.faults import Fault
from emulators.faults.webhooks import delivered
from emulators.journal import Entry, Journal
from gateway.domain.events import HookRequest
from gateway.domain.problems import Conflict
from gateway.settings import Settings
from gateway.transports.webhooks import EXCERPT_OCTETS, Courier, Outcome, with_query
from gateway.workers.runner import Delivers


class Attempt(NamedTuple):
    """What was sent where; `url` is without the request's own query."""

    request: HookRequest
    url: str


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
        self._real = Courier(
            timeout=settings.hook_timeout, allow_private=settings.allow_private_hooks
        )
        self.line: Delivers = self._real

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
            self._note(request, url, outcome, fault)
        return outcomes[0]

    def again(self, attempt: Entry) -> Entry:
        """Send what an attempt sent, as it was, and note what came of it.

        It is nobody's job, so nothing follows from it, and it is no part of a recording. Raises
        Conflict for an entry that is no attempt.
        """
        if not isinstance(attempt.source, Attempt):
            raise Conflict(f"Entry {attempt.seq} is {attempt.kind}: only webhooks are sent again.")
        request, url = attempt.source
        outcome = self._real.deliver(request, url)
        return self._note(request, url, outcome, None, again=attempt.seq)

    def _note(
        self,
        request: HookRequest,
        url: str,
        outcome: Outcome,
        fault: Fault | None,
        *,
        again: int | None = None,
    ) -> Entry:
        try:
            body = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            body = request.body.decode("utf-8", "replace") or None
        return self._journal.add(
            "webhook",
            {
                "url": with_query(url, request),
                "request": {"method": request.method, "headers": request.headers, "body": body},
                "answer": {"status": outcome.status, "body": outcome.excerpt or None},
                "error": outcome.error,
                "milliseconds": outcome.milliseconds,
                **({"fault": fault.id} if fault is not None else {}),
                **({"replay_of": again} if again is not None else {}),
            },
            Attempt(request, url),
        )
