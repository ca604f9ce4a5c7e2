"""Voice channels: calls are started, watched, given other verbs and ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from gateway.domain import ids
from gateway.models import Call, CallEvent, Hook
from gateway.universe import Universe
from gateway.workers import runner
from tests.adapters.callable import world
from tests.adapters.callable.channel_rows import PIZZA, SAY, SIP
from tests.support.pipeline import Clock
from tests.support.receivers import Receiver, receiving

CHANNELS = f"{world.BASE}/channels/voice"


@dataclass
class Play:
    """Calls of alpha, its event hook at a receiver, and a clock that is pushed."""

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

    def run(self, seconds: float = 0.0) -> None:
        """Have everything done that falls due within the next `seconds`, each at its time."""
        left = seconds
        while True:
            runner.run_due(self.universe, self.clock.now)
            if left <= 0:
                return
            self.clock.advance(min(0.5, left))
            left -= 0.5

    def told(self, sid: str = "") -> list[dict[str, Any]]:
        """What the event hook got, of one call or of all."""
        bodies = [orjson.loads(hit.body) for hit in self.app.hits if hit.path == "/event"]
        return [body for body in bodies if sid in ("", body["cid"])]


@pytest.fixture
def play(client: Any, universe: Universe, clock: Clock) -> Iterator[Play]:
    with receiving(Receiver(content=b"")) as app:
        hook = Hook.update(url=app.url("/event")).where(Hook.uid == world.EVENT_HOOK)
        assert hook.execute() == 1
        yield Play(client, universe, clock, app)


def row(sid: str) -> Any:
    first, last = ids.span(sid) or (None, None)
    return Call.get(Call.uid.between(first, last))


def events(sid: str, kind: str) -> list[Any]:
    query = CallEvent.select().where(CallEvent.call_uid == row(sid).uid, CallEvent.type == kind)
    return [event.data for event in query.order_by(CallEvent.id)]


def test_a_call_is_answered_plays_its_verbs_and_ends(play: Play) -> None:
    sid = play.start(*PIZZA["verbs"], tag=PIZZA["tag"])
    play.run(10)
    ended = row(sid)
    assert (ended.status, ended.reason, ended.from_number) == (
        "completed",
        "call-complete",
        "+441234567890",
    )
    assert [event["verb"] for event in events(sid, "verb")] == ["say", "hangup"]
    told = play.told(sid)
    assert [one["event"] for one in told[:-1]] == [
        "initiated", "trying", "ringing", "answered", "completed",
    ]  # fmt: skip
    assert told[-1]["type"] == "CallSummaryEvent"
