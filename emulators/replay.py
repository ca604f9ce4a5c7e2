"""Plays a recording again and finds the first answer that is not what it was.

It is played in a universe of its own: in this process without sockets, where what webhooks came to
is taken from the recording, or on an emulator that runs somewhere, whose webhooks are sent.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit

import orjson

from emulators import tape, world
from emulators.clock import Clock
from emulators.process import Emulator
from emulators.recorder import CONTROL, run
from emulators.tape import packed, unpacked
from emulators.universes import SEED
from gateway.domain.events import HookRequest
from gateway.domain.instants import parse_instant
from gateway.settings import Settings
from gateway.transports.webhooks import EXCERPT_OCTETS, Outcome

API = f"{CONTROL}/api"
OF_THE_TRANSPORT = frozenset({"connection", "date", "keep-alive", "server", "transfer-encoding"})
SECONDS = 120.0
SHOWN = 200
_ABSENT = "(absent)"
LEAST: dict[str, type] = {
    "name": str, "seed": int, "clock": str, "profiles": dict, "template": str, "served_at": dict,
    "requests": list, "webhooks": list,
}  # fmt: skip

Answer = tuple[int, list[tuple[str, str]], bytes] | None
"""None: the connection was broken."""


@dataclass(frozen=True)
class Difference:
    """The first thing that was not as recorded: in which request, what of it, both values."""

    where: str
    what: str
    recorded: Any
    now: Any

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what} differs"]
        for name, value in (("recorded", self.recorded), ("now", self.now)):
            lines.append(f"  {name + ':':<9} {_short(value)}")
        return "\n".join(lines)


class Stage(Protocol):
    """Where a recording is played."""

    @property
    def difference(self) -> Difference | None:
        """What a webhook differed in."""
        ...

    def ask(self, request: Mapping[str, Any]) -> Answer: ...

    def end(self) -> None:
        """Nothing more comes."""
        ...


def read(path: Path) -> dict[str, Any]:
    """A recording from its file. Raises OSError, or ValueError when it is none."""
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict) or found.get(tape.FORMAT) != tape.VERSION:
        raise ValueError(f"{path} is no recording that this version can play")
    wrong = [name for name, kind in LEAST.items() if not isinstance(found.get(name), kind)]
    if wrong:
        raise ValueError(f"{path} is no whole recording: {wrong[0]} is missing or of another kind")
    return found


def play(recording: Mapping[str, Any], stage: Stage) -> Difference | None:
    """Ask what was asked, in order, until something differs."""
    for number, entry in enumerate(recording["requests"], 1):
        request = entry["request"]
        where = f"request {number}, {request['method']} {request['path']}"
        answer = stage.ask(request)
        found = stage.difference or compare(where, request, entry["answer"], answer)
        if found is not None:
            return found
    stage.end()
    return stage.difference


def compare(
    where: str, request: Mapping[str, Any], recorded: Mapping[str, Any] | None, answer: Answer
) -> Difference | None:
    """Status, headers and body of one answer; of a control call only the status."""
    if recorded is None or answer is None:
        if recorded is answer:
            return None
        said = [_ABSENT if one is None else "an answer" for one in (recorded, answer)]
        return Difference(where, "whether it is answered", *said)
    status, headers, body = answer
    if recorded["status"] != status:
        now = f"{status} {body[:SHOWN].decode('utf-8', 'replace')}"
        return Difference(where, "the status", recorded["status"], now)
    if f"{API}/" in request["path"]:
        return None
    was, now_is = _own(recorded["headers"]), _own(headers)
    for name in [*was, *(name for name in now_is if name not in was)]:
        if was.get(name) != now_is.get(name):
            return Difference(where, f"the header {name}", was.get(name), now_is.get(name))
    if unpacked(recorded["body"]) != body:
        return _in_bodies(where, recorded["body"], packed(body))
    return None


def _own(headers: Any) -> dict[str, list[str]]:
    """The dialect's headers by name, without those of the connection."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() not in OF_THE_TRANSPORT:
            found.setdefault(name.lower(), []).append(value)
    return found


def _in_bodies(where: str, was: Any, now: Any) -> Difference:
    """The member that differs, or where in the text."""
    try:
        place = _member(orjson.loads(was), orjson.loads(now), "")
    except (orjson.JSONDecodeError, TypeError):
        place = None
    if place is not None:
        return Difference(where, f"the body at {place[0] or 'its root'}", place[1], place[2])
    one, other = str(was), str(now)
    pairs = enumerate(zip(one, other, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(0, at - 20)
    return Difference(where, f"the body from character {at}", one[start:], other[start:])


def _member(was: Any, now: Any, path: str) -> tuple[str, Any, Any] | None:
    if isinstance(was, dict) and isinstance(now, dict):
        pairs = [(n, was.get(n, _ABSENT), now.get(n, _ABSENT)) for n in {**was, **now}]
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = [(str(n), a, b) for n, (a, b) in enumerate(zip(was, now, strict=True))]
    else:
        return None if was == now else (path, was, now)
    found = (_member(a, b, f"{path}.{name}".lstrip(".")) for name, a, b in pairs)
    return next((one for one in found if one is not None), None)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


# -- in this process


class Playback:
    """A courier that sends nothing: it compares what would be sent with the recording, and says
    what came back then."""

    def __init__(self, webhooks: list[dict[str, Any]]) -> None:
        self._webhooks, self._next = webhooks, 0
        self.difference: Difference | None = None

    def deliver(
        self,
        request: HookRequest,
        url: str,
        *,
        most: int = EXCERPT_OCTETS,
        seconds: float | None = None,
    ) -> Outcome:
        now = tape.webhook(request, url)
        self._next += 1
        where = f"webhook {self._next}, {now['method']} {now['url']}"
        if self._next > len(self._webhooks):
            self._differs(Difference(where, "the number of webhooks", len(self._webhooks), "more"))
            return Outcome(None, "unreachable: the recording has no such webhook", 0)
        entry = self._webhooks[self._next - 1]
        for member, was in entry["request"].items():
            if was != now[member]:
                self._differs(Difference(where, f"the {member}", was, now[member]))
        answer = entry["answer"]
        body = unpacked(answer["body"])
        excerpt = body[:EXCERPT_OCTETS].decode("utf-8", "replace")
        return Outcome(answer["status"], answer["error"], 0, excerpt, body, answer["whole"])

    def end(self) -> None:
        if self._next < len(self._webhooks):
            left = self._webhooks[self._next]["request"]
            where = f"webhook {self._next + 1}, {left['method']} {left['url']}"
            self._differs(Difference(where, "whether it is sent", "sent", "not sent"))

    def _differs(self, difference: Difference) -> None:
        self.difference = self.difference or difference


class InProcess:
    """A stage without sockets."""

    def __init__(self, emulator: Emulator, playback: Playback) -> None:
        self._emulator, self._playback = emulator, playback

    @property
    def difference(self) -> Difference | None:
        return self._playback.difference

    def ask(self, request: Mapping[str, Any]) -> Answer:
        try:
            status, headers, body = run(self._emulator.wsgi, _environ(request), lambda *_: None)
        except ConnectionError:
            return None
        return int(status[:3]), headers, body

    def end(self) -> None:
        self._playback.end()


@contextmanager
def in_process(recording: Mapping[str, Any], settings: Settings) -> Iterator[InProcess]:
    """A new emulator with the recording's universe, which thinks it is served where that was.

    Raises ValueError or Problem when the recording's start cannot be made.
    """
    served = recording["served_at"]
    template = recording["template"]
    bundle = recording["bundle"] if template == SEED else world.demo_bundle()
    emulator = Emulator(
        settings.but(bind=served["bind"], public_url=served["public_url"]),
        bundle=bundle,
        smsc_port=served["smsc_port"],
    )
    emulator.start()
    try:
        made = emulator.universes.make(
            recording["name"],
            template,
            seed=recording["seed"],
            clock=Clock(parse_instant(recording["clock"])).state,
            profiles=recording["profiles"],
        )
        playback = made.courier.line = Playback(recording["webhooks"])
        yield InProcess(emulator, playback)
    finally:
        emulator.stop()


def _environ(request: Mapping[str, Any]) -> dict[str, Any]:
    body = unpacked(request["body"])
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request["path"]).decode("latin-1"),
        "QUERY_STRING": request["query"],
        "REMOTE_ADDR": request["from"],
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request["headers"].items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


# -- on an emulator that runs


class OverHttp:
    """A stage that is reached by HTTP; what it sends to webhooks is not seen."""

    difference: Difference | None = None

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url} is no http(s) URL")
        of = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self._connection = of[parts.scheme](parts.hostname, parts.port, timeout=SECONDS)
        self._root = parts.path.rstrip("/")

    def ask(self, request: Mapping[str, Any]) -> Answer:
        query = quote(request["query"], safe="/:@!$&'()*+,;=~-._?%")
        target = self._root + request["path"] + (f"?{query}" if query else "")
        body = unpacked(request["body"])
        headers = {**request["headers"], "Content-Length": str(len(body))}
        if not body and "Content-Length" not in request["headers"]:
            del headers["Content-Length"]
        try:
            self._connection.request(request["method"], target, body or None, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (ConnectionError, http.client.HTTPException):
            self._connection.close()
            return None

    def end(self) -> None:
        """Nothing to look at."""

    def control(self, method: str, path: str, value: Any = None) -> None:
        """Raises ValueError with what the emulator said when that is no success."""
        sent = b"" if value is None else orjson.dumps(value)
        target = f"{self._root}{API}{path}"
        self._connection.request(method, target, sent, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(
                f"{method} {target} was answered {answer.status}: {_short(packed(said))}"
            )

    def close(self) -> None:
        self._connection.close()


@contextmanager
def over_http(recording: Mapping[str, Any], base_url: str) -> Iterator[OverHttp]:
    """A new universe of a running emulator, which is deleted in the end. Raises OSError or
    ValueError when it cannot be made."""
    stage = OverHttp(base_url)
    members = ("name", "template", "seed", "profiles")
    made = {name: recording[name] for name in members}
    clock = {"mode": "frozen", "now": recording["clock"]}
    try:
        stage.control("POST", "/universes", {**made, "clock": clock})
        try:
            yield stage
        finally:
            stage.control("DELETE", f"/universes/{recording['name']}")
    finally:
        stage.close()
