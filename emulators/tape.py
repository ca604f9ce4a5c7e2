"""A recording: all that was asked of a universe from its start on, with what it answered.

With its seed, clock and start a universe gives the same answers to the same requests, so a file
of them is a test that anybody can play again (`replay.py`). What came back from webhooks is kept
too, since it decides what happens next and their receivers are not there the next time. Unlike
the journal a recording has credentials in it: without them nothing could be asked again.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from emulators import world as worlds_data
from emulators.recorder import CONTROL, Environ, Rejoined, WsgiApp, run
from emulators.universes import DEMO, SEED, WORLD, Universes
from gateway.app import product_version
from gateway.domain.events import HookRequest
from gateway.domain.problems import Conflict
from gateway.transports.webhooks import EXCERPT_OCTETS, Outcome, with_query

if TYPE_CHECKING:
    from emulators.worlds import World

FORMAT = "polytrunk_recording"
VERSION = 1
MOST_BODY_BYTES = 16 * 1_048_576
MOST_BYTES = 256 * 1_048_576
API = f"{CONTROL}/api/"
OPERATIONS = "/_gateway/"
NOT_PLAYED = ("journal", "recording", "universes", "wait")
"""Control calls that change nothing in a universe; the others are kept unless they only look."""
_SAFE = "/:@!$&'()*+,;=~-._"

Answered = tuple[str, list[tuple[str, str]], bytes] | None
"""None: the connection was broken."""


class Recording:
    """What a universe was at its start, and what was asked and told since.

    `spoilt` says why the recording cannot be had: something in it could not be kept.
    """

    def __init__(self, start: dict[str, Any]) -> None:
        self.start = start
        self.spoilt = ""
        self._requests: list[dict[str, Any]] = []
        self._webhooks: list[dict[str, Any]] = []
        self._size = 0

    def ask(self, environ: Environ, body: bytes) -> Callable[[Answered], None]:
        """Keep a request at its place in the order; call what is given with its answer."""
        entry: dict[str, Any] = {"request": _request(environ, body)}
        self._requests.append(entry)
        self._grow(len(body))

        def answered(answer: Answered) -> None:
            if answer is None:
                entry["answer"] = None
                return
            status, headers, raw = answer
            entry["answer"] = {
                "status": int(status[:3]),
                "headers": [list(pair) for pair in headers],
                "body": packed(raw),
            }
            self._grow(len(raw))

        return answered

    def told(self, request: HookRequest, url: str, outcome: Outcome) -> None:
        """Keep one attempt at a webhook."""
        body = packed(outcome.body)
        answer = {"status": outcome.status, "error": outcome.error, "body": body}
        entry = {"request": webhook(request, url), "answer": {**answer, "whole": outcome.whole}}
        self._webhooks.append(entry)
        self._grow(len(request.body) + len(outcome.body))

    def spoil(self, why: str) -> None:
        self.spoilt = self.spoilt or why

    def as_dict(self) -> dict[str, Any]:
        """The file; requests that are not answered yet are left out. Raises Conflict."""
        if self.spoilt:
            raise Conflict(f"The recording cannot be had: {self.spoilt}.")
        answered = [entry for entry in self._requests if "answer" in entry]
        return {**self.start, "requests": answered, "webhooks": list(self._webhooks)}

    def _grow(self, octets: int) -> None:
        self._size += octets
        if self._size > MOST_BYTES:
            self.spoil(f"it has grown beyond {MOST_BYTES} bytes")
            self._requests.clear()
            self._webhooks.clear()


class TapedLine:
    """A courier that keeps what it delivers."""

    def __init__(self, courier: Any, recording: Recording) -> None:
        self.courier, self._recording = courier, recording

    def deliver(
        self,
        request: HookRequest,
        url: str,
        *,
        most: int = EXCERPT_OCTETS,
        seconds: float | None = None,
    ) -> Outcome:
        outcome: Outcome = self.courier.deliver(request, url, most=most, seconds=seconds)
        self._recording.told(request, url, outcome)
        return outcome


def taped(application: WsgiApp) -> WsgiApp:
    """Keep the requests to universes that are being recorded."""

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        recording: Recording | None = environ[WORLD].recording
        if recording is None or recording.spoilt or not _is_kept(environ):
            return application(environ, start_response)
        try:
            body = environ["wsgi.input"].read(MOST_BODY_BYTES)
        except OSError:
            return application(environ, start_response)  # which refuses half a request
        if len(body) == MOST_BODY_BYTES:
            recording.spoil(f"a request had {MOST_BODY_BYTES} bytes or more")
            environ["wsgi.input"] = Rejoined(body, environ["wsgi.input"])
            return application(environ, start_response)
        environ["wsgi.input"] = BytesIO(body)
        answered = recording.ask(environ, body)
        try:
            answer = run(application, environ, start_response)
        except Exception:
            answered(None)
            raise
        answered(answer)
        return [answer[2]]

    return serve


def start(universes: Universes, world: World) -> Recording:
    """Put a universe back to its start, with the clock where it stands, and record from there.

    Raises Conflict for a universe that could not be made again elsewhere.
    """
    if world is universes.main or world.template is None:
        text = "Only a universe that was made of seed, demo or empty can be recorded."
        raise Conflict(text)
    if not world.clock.is_frozen:
        raise Conflict("What a running clock brings cannot be repeated: make it stand still.")
    stop(world)
    world.seeded = replace(world.seeded, clock=world.clock.state)
    world.put_back(world.seeded)
    recording = world.recording = Recording(_start(universes, world))
    world.courier.line = TapedLine(world.courier.line, recording)
    return recording


def stop(world: World) -> None:
    """Record no further, and forget what was."""
    world.recording = None
    line = world.courier.line
    if isinstance(line, TapedLine):
        world.courier.line = line.courier


def _start(universes: Universes, world: World) -> dict[str, Any]:
    settings, bundle = world.universe.settings, universes.bundle
    made: dict[str, Any] = {"template": world.template}
    if world.template == SEED and bundle == worlds_data.demo_bundle():
        made = {"template": DEMO}
    elif world.template == SEED:
        made["bundle"] = bundle
    return {
        FORMAT: VERSION,
        "version": product_version(),
        "name": world.name,
        "seed": world.seed_number,
        "clock": world.now().isoformat(),
        "profiles": dict(world.universe.profiles),
        **made,
        "served_at": {
            "bind": settings.bind,
            "public_url": settings.public_url,
            "smsc_port": world.smsc_port,
        },
    }


def _is_kept(environ: Environ) -> bool:
    path, looks = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"] == "GET"
    if path.startswith(API):
        return not looks and path.removeprefix(API).partition("/")[0] not in NOT_PLAYED
    return not (path.startswith(CONTROL) or (looks and path.startswith(OPERATIONS)))


def _request(environ: Environ, body: bytes) -> dict[str, Any]:
    headers = {
        name[5:].replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and name != "HTTP_TRANSFER_ENCODING"
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").title()] = environ[name]
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return {
        "method": environ["REQUEST_METHOD"],
        "path": quote(path.encode("latin-1"), safe=_SAFE),
        "query": environ.get("QUERY_STRING", ""),
        "headers": headers,
        "body": packed(body),
        "from": environ.get("REMOTE_ADDR", ""),
    }


def webhook(request: HookRequest, url: str) -> dict[str, Any]:
    """The attempt as it is written to a recording."""
    return {
        "method": request.method.upper(),
        "url": with_query(url, request),
        "headers": dict(request.headers),
        "body": packed(request.body),
    }


def packed(raw: bytes) -> Any:
    """Octets as JSON carries them: text if they are that."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def unpacked(value: Any) -> bytes:
    """The octets `packed` was given; raises ValueError for anything else."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and isinstance(value.get("base64"), str):
        return base64.b64decode(value["base64"], validate=True)
    raise ValueError("a body is a text or {base64}")
