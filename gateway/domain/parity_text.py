"""A parity report as people read it at a terminal: the verdict and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.domain.parity_rows import Same

MOST: Final = 20
"""Of each list so many lines; the rest is in the files."""


def text(told: Mapping[str, Any]) -> str:
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    first, second = told["from"], told["to"]
    yield f"from {first['name']} ({first['dialect']}) to {second['name']} ({second['dialect']})"
    yield ""
    yield f"  {'kind':<20}{'from':>8}{'to':>8}  digests"
    for one in told["kinds"]:
        counts = f"{one['from']['compared']:>8}{one['to']['compared']:>8}"
        yield f"  {one['kind']:<20}{counts}  {_digests(one)}"
    yield ""
    tallies = (f"{told['counts'][word]} {word}" for word in Same)
    yield f"paths of numbers: {', '.join(tallies)}"
    for word in (Same.UNEXPLAINED, Same.EXPLAINED):
        found = (row for row in told["numbers"] if row["verdict"] == word)
        yield from _section(str(word), (line for row in found for line in _number(row)))
    differing = (f"{one['key']}: {one['state']}: {one['why']}" for one in told["differences"])
    yield from _section("differences", differing)
    lost = (f"{one['object']}.{one['member']} ({len(one['rows'])}): {one['why']}"
            for one in told["losses"])  # fmt: skip
    yield from _section("losses", lost)
    notes = (f"{side}: {note}" for side in ("from", "to") for note in told["notes"][side])
    yield from _section("not understood or not told", notes)
    yield ""
    yield f"verdict: {told['verdict']}"


def _digests(kind: Mapping[str, Any]) -> str:
    ours, theirs = kind["from"].get("digest"), kind["to"].get("digest")
    if ours is None:
        return "not compared: the target makes nothing of this kind"
    return "equal" if ours == theirs else "differ"


def _number(row: Mapping[str, Any]) -> Iterator[str]:
    yield row["number"]
    for side in ("from", "to"):
        yield f"  {side}: {', '.join(row[side] or ('not there',))}"
    yield from (f"  {reason}" for reason in row["reasons"])


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in found[:MOST])
    if len(found) > MOST:
        yield f"  ... and {len(found) - MOST} more lines"
