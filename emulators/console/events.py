"""What happens in a universe as a stream of server-sent events.

An `entry` is a line of the journal with its number as id, so that a browser that was cut off asks
for what it missed. A `state` tells that something changed which is no line of the journal: the
clock, the rows of messages and calls, the beginning of the journal. A stream ends with its
universe, its server or its time, and there are so many of them at most.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import flask
import orjson
from flask import Response, g, request

from emulators.arguments import Arguments
from emulators.framing import FINISHING
from gateway.domain.problems import Unavailable
from gateway.models.database import connection, db

if TYPE_CHECKING:
    from emulators.universes import Universes
    from emulators.worlds import World

MOST_STREAMS = 100
MOST_ENTRIES = 500
LOOK_SECONDS = 0.5
SILENT_SECONDS = 10.0
LONGEST_SECONDS = 3_600.0
AGAIN_MILLISECONDS = 1_000

_TIDE = (
    "SELECT (SELECT max(id) FROM message), (SELECT count(sent_at) FROM message), "
    "(SELECT count(done_at) FROM message), (SELECT max(id) FROM call_event)"
)

blueprint = flask.Blueprint("events", __name__)
_open: set[Stream] = set()


@blueprint.get("/events")
def events() -> Response:
    given = Arguments(request.args, texts=True)
    since = given.take("since", int, None)
    given.done()
    missed = request.headers.get("Last-Event-ID", "")
    if missed.isascii() and missed.isdigit():
        since = int(missed[:18])
    if len(_open) >= MOST_STREAMS:
        raise Unavailable(f"There are {MOST_STREAMS} streams already: close some.")
    finishing = request.environ.get(FINISHING, lambda: False)
    stream = Stream(g.world, g.universes, since, finishing)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(stream, 200, headers, content_type="text/event-stream")


class Stream:
    """The events of one universe from `since` on, or from now on without it."""

    def __init__(
        self, world: World, universes: Universes, since: int | None, finishing: Any
    ) -> None:
        self._world, self._universes, self._finishing = world, universes, finishing
        self._since = world.journal.last if since is None else min(since, world.journal.last)
        self._lines = self._written()
        _open.add(self)

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        """Called by the server, also when the client has gone."""
        _open.discard(self)
        self._lines.close()

    def _written(self) -> Generator[bytes, None, None]:
        end = time.monotonic() + LONGEST_SECONDS
        spoke, told = time.monotonic(), None
        yield f"retry: {AGAIN_MILLISECONDS}\n\n".encode()
        while time.monotonic() < end and self._goes_on():
            state = self._state()
            if state != told:
                told = state
                yield self._event("state", {**state, "now": self._world.now().isoformat()})
                spoke = time.monotonic()
            entries = self._world.journal.follow(
                self._since, most=MOST_ENTRIES, seconds=LOOK_SECONDS
            )
            for entry in entries:
                self._since = entry["seq"]
                yield self._event("entry", entry, entry["seq"])
            if entries:
                spoke = time.monotonic()
            elif time.monotonic() - spoke > SILENT_SECONDS:
                yield b":\n\n"  # finds out whether anybody listens
                spoke = time.monotonic()

    def _goes_on(self) -> bool:
        return not self._finishing() and any(one is self._world for one in self._universes)

    def _state(self) -> dict[str, Any]:
        """What changes when something to be seen has changed."""
        with self._world.universe.entered(), connection():
            rows = db.execute_sql(_TIDE).fetchone()
        clock = self._world.clock
        return {
            "mode": clock.mode,
            "stands_at": clock.state.frozen_at and clock.state.frozen_at.isoformat(),
            "ahead": clock.state.ahead.total_seconds(),
            "first": self._world.journal.first,
            "faults": [[fault.id, fault.struck] for fault in self._world.faults],
            "rows": list(rows),
        }

    @staticmethod
    def _event(kind: str, data: dict[str, Any], number: int | None = None) -> bytes:
        head = f"event: {kind}\n" if number is None else f"id: {number}\nevent: {kind}\n"
        return head.encode() + b"data: " + orjson.dumps(data) + b"\n\n"
