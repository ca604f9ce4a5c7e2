"""What a test expects of what happened, and how it is told that it was something else.

Rows are read from the journal; what is wanted of them is said in the journal's own words: an equal
value, an object's members, {"contains": text} or {"matches": regular expression}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from emulators.journal import CAPACITY, misses

NEAREST = 3
MOST_SHOWN = 200

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Sms:
    """A text the carrier has taken; its parts are joined. Numbers are digits without a plus."""

    to: str
    sender: str
    text: str
    parts: int
    at: str
    seq: int

    def __str__(self) -> str:
        return f"{self.sender} -> {self.to} {self.text!r}"


@dataclass(frozen=True)
class Webhook:
    """One attempt to tell a subscriber; `status` is what it said, None when nothing came."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    status: int | None
    error: str | None
    at: str
    seq: int

    def __str__(self) -> str:
        return f"{self.method} {self.url} -> {self.status or self.error}"


@dataclass(frozen=True)
class Exchange:
    """A request to the API with its answer; `path` is the one below the universe's."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any
    at: str
    seq: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


Row = Sms | Webhook | Exchange


def texts(entries: Iterable[Entry]) -> list[Sms]:
    """The texts of the SMPP entries that were answered with success, in order."""
    waiting: dict[tuple[int, int], Entry] = {}
    parts: list[dict[int, Entry]] = []
    found: list[Sms] = []
    for entry in entries:
        place = (entry["session"], entry["sequence"])
        if entry["pdu"] == "submit_sm":
            waiting[place] = entry
        elif entry["pdu"] == "submit_sm_resp" and place in waiting:
            submit = waiting.pop(place)
            if entry["status"] == 0:
                found += _joined(parts, submit)
    return found


def _joined(pending: list[dict[int, Entry]], submit: Entry) -> list[Sms]:
    """The text that a submit makes whole. Of others, parts wait in the oldest text they fit."""
    part = submit.get("part") or {"index": 1, "total": 1}
    index, total = part["index"], part["total"]
    fits = (text for text in pending if index not in text and _ends(text) == _ends({1: submit}))
    text = next(fits, None)
    if text is None:
        pending.append(text := {})
    text[index] = submit
    if len(text) < total:
        return []
    pending.remove(text)
    sender, to, _ = _ends(text)
    whole = "".join(str(text[place].get("text", "")) for place in sorted(text))
    return [Sms(to, sender, whole, total, submit["at"], submit["seq"])]


def _ends(text: Mapping[int, Entry]) -> tuple[str, str, int]:
    """Who to whom, in how many parts."""
    some = next(iter(text.values()))
    fields, part = some["fields"], some.get("part") or {"total": 1}
    return fields["source_addr"].lstrip("+"), fields["destination_addr"].lstrip("+"), part["total"]


def webhooks(entries: Iterable[Entry]) -> list[Webhook]:
    return [
        Webhook(
            **entry["request"],
            url=entry["url"],
            status=entry["answer"]["status"],
            error=entry["error"],
            at=entry["at"],
            seq=entry["seq"],
        )
        for entry in entries
    ]


def exchanges(entries: Iterable[Entry]) -> list[Exchange]:
    return [
        Exchange(
            **entry["request"],
            status=entry["answer"]["status"],
            answer=entry["answer"]["body"],
            at=entry["at"],
            seq=entry["seq"],
        )
        for entry in entries
    ]


def fitting(rows: Sequence[Row], wanted: Mapping[str, Any]) -> list[Any]:
    return [row for row in rows if not misses(wanted, asdict(row))]


def is_enough(found: int, count: int | None) -> bool:
    """`count` None: at least one."""
    return found > 0 if count is None else found == count


def check_countable(last: int, count: int | None) -> None:
    """Raise AssertionError where an exact count would speak of entries that are gone."""
    if count is not None and last > CAPACITY:
        text = f"{last} things happened, and the journal keeps {CAPACITY}: what was before"
        raise AssertionError(
            f"{text} cannot be counted. Leave `count` out, or make the test small."
        )


def failure(
    what: str, rows: Sequence[Row], wanted: Mapping[str, Any], found: int, count: int | None
) -> str:
    """What was wanted, how often it was there, and the rows that come nearest."""
    number = "at least 1" if count is None else str(count)
    text = [f"Expected {number} {what} with {shown(wanted)}, found {found} of {len(rows)}."]
    if found:
        text += [f"  #{row.seq} {row}" for row in fitting(rows, wanted)]
        return "\n".join(text)
    near = sorted(rows, key=lambda row: (len(misses(wanted, asdict(row))), -row.seq))[:NEAREST]
    for row in near:
        text.append(f"  #{row.seq} {row}")
        text += [f"      {line}" for line in _differences(wanted, asdict(row))]
    return "\n".join(text)


def near_misses(match: object, near: Iterable[Mapping[str, Any]]) -> str:
    """The same for entries that the emulator has compared."""
    text = [f"Nothing in the journal matched {shown(match)} in time."]
    for one in near:
        differs = ", ".join(one["differs"])
        text.append(f"  #{one['entry']['seq']} {line(one['entry'])}\n      differs: {differs}")
    return "\n".join(text)


def _differences(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> Iterable[str]:
    for path in misses(wanted, row):
        yield f"{path}: wanted {shown(_at(wanted, path))}, was {shown(_at(row, path))}"


def _at(value: Any, path: str) -> Any:
    """What is at a path; members may have dots in their names."""
    if not path or not isinstance(value, Mapping):
        return value
    for name in sorted(map(str, value), key=len, reverse=True):
        if path == name or path.startswith(name + "."):
            return _at(value[name], path[len(name) + 1 :])
    first, _, rest = path.partition(".")
    return _at(value[first], rest) if first in value else None


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."


def line(entry: Entry) -> str:
    """One entry of the journal in one line."""
    kind = entry["kind"]
    if kind == "http":
        return str(exchanges([entry])[0])
    if kind == "webhook":
        return f"webhook {webhooks([entry])[0]}"
    if kind == "smpp":
        fields = entry.get("fields", {})
        ends = [fields[name] for name in ("source_addr", "destination_addr") if name in fields]
        text = f" {entry['text']!r}" if entry.get("text") else ""
        status = f" status {entry['status']}" if entry["status"] else ""
        return (
            f"smpp {entry['direction']} {entry['pdu']}{status} {' -> '.join(ends)}{text}".rstrip()
        )
    rest = {name: value for name, value in entry.items() if name not in ("kind", "seq", "at")}
    return f"{kind} {shown(rest)}"
