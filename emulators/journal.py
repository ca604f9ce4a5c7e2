"""What happened in the emulator, newest last, for a test to look at or to wait for.

A bounded ring in memory, never a table: requests with their answers, PDUs in plain words and
webhook attempts. Secrets are replaced before an entry is stored, so a journal can be shown and
attached to a bug report.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import gevent
import orjson
from gevent.event import Event

from gateway.domain.problems import NotFound

KINDS = ("http", "smpp", "webhook", "traffic")
CAPACITY = 5_000
MOST_TEXT = 16_384
HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"secret|password|passwd|authorization|cookie|api[-_]?key|(^|_|-)token$|(^|_|-)jwt$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. `seq` grows by one per entry and never starts again in a process.

    `source` is what the line is about, to do it again; it may have secrets and is not shown.
    """

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]
    source: Any = field(default=None, repr=False)

    def as_dict(self) -> dict[str, Any]:
        return {"seq": self.seq, "at": self.at.isoformat(), "kind": self.kind, **self.data}


class Journal:
    """A ring of entries with queries and a bounded wait for what is still to come."""

    def __init__(self, now: Callable[[], datetime], capacity: int = CAPACITY) -> None:
        self._now = now
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._seq = 0
        self._news = Event()

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 before the first: a mark for `since`."""
        return self._seq

    @property
    def first(self) -> int:
        """The number of the oldest entry kept; of the next one when there is none."""
        return self._entries[0].seq if self._entries else self._seq + 1

    def add(self, kind: str, data: Mapping[str, Any], source: Any = None) -> Entry:
        self._seq += 1
        entry = Entry(self._seq, self._now(), kind, redact(data), source)
        self._entries.append(entry)
        news, self._news = self._news, Event()
        news.set()
        return entry

    def clear(self) -> None:
        self._entries.clear()

    def find(
        self, *, kind: str | None = None, since: int = 0, match: object = None, limit: int = 1_000
    ) -> list[dict[str, Any]]:
        """Entries after number `since`, oldest first; of more than `limit` the newest."""
        found = [e.as_dict() for e in self._after(since, kind)]
        if match is not None:
            found = [e for e in found if matches(match, e)]
        return found[-limit:]

    def get(self, seq: int) -> Entry:
        """Raises NotFound for a number that is not, or no more, in the ring."""
        found = next((entry for entry in self._entries if entry.seq == seq), None)
        if found is None:
            raise NotFound(f"There is no entry {seq} in the journal.")
        return found

    def wait(self, match: object, *, since: int, kind: str | None, seconds: float) -> Any:
        """The first entry after `since` that matches, or None when `seconds` have passed."""
        seen = since
        with gevent.Timeout(seconds, False):
            while True:
                for entry in self._after(seen, kind):
                    if matches(match, entry.as_dict()):
                        return entry.as_dict()
                seen = self._seq
                self._news.wait()
        return None

    def follow(self, since: int, *, most: int, seconds: float) -> list[dict[str, Any]]:
        """The next entries after `since`, `most` of them; while there is none they are waited for,
        at most `seconds`."""
        if since >= self._seq:
            self._news.wait(seconds)
        return [entry.as_dict() for entry in islice(self._after(since, None), most)]

    def near(self, match: object, *, since: int, kind: str | None) -> list[dict[str, Any]]:
        """The three entries that fit most members of `match`, with what did not fit in each."""
        scored = [(misses(match, e.as_dict()), e) for e in self._after(since, kind)]
        scored.sort(key=lambda pair: (len(pair[0]), -pair[1].seq))
        return [{"differs": missed, "entry": e.as_dict()} for missed, e in scored[:3]]

    def _after(self, since: int, kind: str | None) -> Iterator[Entry]:
        return (e for e in list(self._entries) if e.seq > since and kind in (None, e.kind))


def matches(pattern: object, value: object) -> bool:
    """Whether `value` has everything `pattern` asks for.

    A text asks for an entry that contains it somewhere (any case), when it stands alone. An object
    asks for its members, in depth, and `a.b` for a member of a member; a list for its items in any
    order; {"contains": text} and {"matches": regular expression} look inside texts; anything else
    for an equal value.
    """
    if isinstance(pattern, str) and isinstance(value, Mapping):
        return pattern.casefold() in orjson.dumps(value).decode().casefold()
    return not misses(pattern, value)


def check(pattern: object) -> None:
    """Raise re.error for a regular expression that is none, before anything is compared."""
    if isinstance(pattern, Mapping):
        for name, inner in pattern.items():
            if name == "matches":
                re.compile(str(inner))
            check(inner)
    elif isinstance(pattern, list):
        for inner in pattern:
            check(inner)


def misses(pattern: object, value: object, path: str = "") -> list[str]:
    """The paths at which `value` is not what `pattern` asks for."""
    if isinstance(pattern, str) and isinstance(value, Mapping):
        return [] if matches(pattern, value) else [path or "text"]
    if isinstance(pattern, Mapping):
        if set(pattern) & {"contains", "matches"} and not isinstance(value, Mapping):
            return [] if _text_fits(pattern, value) else [path]
        return [miss for name in pattern for miss in _member(pattern[name], value, name, path)]
    if isinstance(pattern, list):
        items = value if isinstance(value, list) else []
        fits = all(any(not misses(wanted, item) for item in items) for wanted in pattern)
        return [] if fits else [path]
    return (
        [] if pattern == value and isinstance(pattern, bool) == isinstance(value, bool) else [path]
    )


_ABSENT = object()


def _member(pattern: object, value: object, name: str, path: str) -> list[str]:
    inner = value
    for step in [name] if isinstance(value, Mapping) and name in value else name.split("."):
        inner = inner.get(step, _ABSENT) if isinstance(inner, Mapping) else _ABSENT
    return misses(pattern, inner, f"{path}.{name}" if path else name)


def _text_fits(pattern: Mapping[str, Any], value: object) -> bool:
    if not isinstance(value, str | int | float):
        return False
    text = str(value)
    if "contains" in pattern and str(pattern["contains"]).casefold() not in text.casefold():
        return False
    return "matches" not in pattern or re.search(str(pattern["matches"]), text) is not None


def redact(value: Any, name: str = "") -> Any:
    """A copy that JSON can carry, without the values of members whose name speaks of a secret."""
    if isinstance(value, Mapping):
        return {str(key): redact(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact(inner, name) for inner in value]
    if name and value not in (None, "") and _SECRET_NAME.search(name):
        return _hide(name, value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value if len(value) <= MOST_TEXT else value[:MOST_TEXT] + "..."
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _hide(name: str, value: object) -> str:
    """For Basic credentials the user stays readable: it says which key was used."""
    if name.lower() == "authorization" and isinstance(value, str):
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                user = base64.b64decode(rest, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                user = "?"
            return f"Basic {user}:{HIDDEN}"
        return f"{scheme} {HIDDEN}" if rest else HIDDEN
    return HIDDEN
