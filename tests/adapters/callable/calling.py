"""Calls of the test world, driven to their end: hooks at a receiver, a clock that is pushed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from gateway.domain import ids
from gateway.models import Call, CallEvent
from gateway.universe import Universe
from gateway.workers import runner
from tests.adapters.callable import world
from tests.adapters.callable.channel_rows import SAY, SIP
from tests.support.pipeline import Clock
from tests.support.receivers import Receiver

CHANNELS = f"{world.BASE}/channels/voice"


@dataclass
class Play:
    """Calls of alpha; its event hook is at `/event` of the receiver, its flow hook at `/flow`."""

    client: Any
    universe: Universe
    clock: Clock
    app: Receiver

    def start(self, *verbs: Any, target: Any = SIP, **more: Any) -> str:
        body = {"target": target, "verbs": list(verbs) or [SAY], **more}
        answer = self.client.post(CHANNELS, json=body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"].endswith(f"{CHANNELS}/{answer.json['sid']}")
        assert answer.json["id"] == answer.json["sid"]
        return str(answer.json["sid"])

    def run(self, seconds: float = 0.0, **more: Any) -> None:
        """Have everything done that falls due within the next `seconds`, each at its time; `more`
        goes to the runner."""
        left = seconds
        while True:
            runner.run_due(self.universe, self.clock.now, **more)
            if left <= 0:
                return
            self.clock.advance(min(0.5, left))
            left -= 0.5

    def told(self, sid: str = "") -> list[dict[str, Any]]:
        """What the event hook got, of one call or of all."""
        bodies = [orjson.loads(hit.body) for hit in self.app.hits if hit.path == "/event"]
        return [body for body in bodies if sid in ("", body["cid"])]

    def answers(self, value: Any) -> None:
        """What the flow hook answers from now on: JSON, or octets as they are."""
        self.app.paths["/flow"] = value if isinstance(value, bytes) else orjson.dumps(value)

    def asked(self) -> list[dict[str, Any]]:
        """What the flow hook was asked."""
        return [orjson.loads(hit.body) for hit in self.app.hits if hit.path == "/flow"]


def row(sid: str) -> Any:
    first, last = ids.span(sid) or (None, None)
    return Call.get(Call.uid.between(first, last))


def events(sid: str, kind: str) -> list[Any]:
    query = CallEvent.select().where(CallEvent.call_uid == row(sid).uid, CallEvent.type == kind)
    return [event.data for event in query.order_by(CallEvent.id)]


def spoken(sid: str) -> list[str]:
    """The verbs a call has begun, but those that have events of their own."""
    return [event["verb"] for event in events(sid, "verb")]
