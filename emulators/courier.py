"""Webhooks of the emulator: sent as the gateway sends them, with every attempt in the journal."""

from __future__ import annotations

import orjson

from emulators.journal import Journal
from gateway.domain.events import HookRequest
from gateway.settings import Settings
from gateway.transports.webhooks import EXCERPT_OCTETS, Courier, Outcome, with_query


class JournalCourier:
    """A courier around the real one."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._journal = journal
        self._courier = Courier(
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
        outcome = self._courier.deliver(request, url, most=most, seconds=seconds)
        url = with_query(url, request)
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
            },
        )
        return outcome
