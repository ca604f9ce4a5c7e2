"""A feature server: what carries calls for real, reached by HTTP at an address the operator set.

The address is trusted, so it may be private. Everything else is as with webhooks: bounded in time
and size, no redirects, no exceptions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.domain.events import EngineReply, Event, HookRequest
from gateway.transports.webhooks import Courier

MOST_OCTETS = 64 * 1024
NOTHING_TO_SEND = EngineReply(None, error="the dialect has no words for this")


@dataclass
class Engine:
    """The feature server at `url`; `render` puts an event in the dialect's shape."""

    url: str
    render: Callable[[Event], HookRequest | None]
    timeout: float = 10.0
    _courier: Courier = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._courier = Courier(timeout=self.timeout, allow_private=True)

    def send(self, event: Event, path: str, url: str = "") -> EngineReply:
        """Send an event to a path of the server, or of the one at `url`; raises nothing."""
        request = self.render(event)
        if request is None:
            return NOTHING_TO_SEND
        outcome = self._courier.deliver(request, (url or self.url) + path, most=MOST_OCTETS)
        try:
            body = json.loads(outcome.body or b"{}")
        except ValueError:
            body = {}
        return EngineReply(outcome.status, body if isinstance(body, dict) else {}, outcome.error)
