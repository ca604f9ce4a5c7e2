"""The control calls that look back: the journal, proof of what it holds, and recordings.

Whoever proves something is told what came nearest when it is not so.
"""

from __future__ import annotations

from typing import Any

import flask
import orjson
from flask import Response, g, request

from emulators import export, tape
from emulators.arguments import Arguments, within
from emulators.control_worlds import answer, body
from emulators.journal import KINDS, check
from gateway.domain.problems import Invalid, NotFound

MOST_WAIT_SECONDS = 60.0
MOST_ENTRIES = 10_000
SHOWN = 3
JSON_LINES, HAR = "jsonl", "har"
JSON, TEXT = "json", "text"
THIS, ALL = "this", "all"

blueprint = flask.Blueprint("journal", __name__)


# -- the journal


@blueprint.get("/journal")
def journal() -> Response:
    given = Arguments(request.args, texts=True)
    rows = _asked(given, 1_000)
    return answer({"entries": rows, "last": g.world.journal.last})


@blueprint.delete("/journal")
def clear_journal() -> Response:
    g.world.journal.clear()
    return Response(status=204)


@blueprint.post("/wait")
def wait() -> Response:
    given = body()
    match = given.any("match", {})
    kind = given.take("kind", str, None, choices=KINDS)
    since = given.take("since", int, 0)
    seconds = within("timeout", given.take("timeout", float, 5.0), 0, MOST_WAIT_SECONDS)
    given.done()
    check(match)
    found = g.world.journal.wait(match, since=since, kind=kind, seconds=seconds)
    if found is not None:
        return answer(found)
    near = g.world.journal.near(match, since=since, kind=kind)
    text = f"Nothing matched within {seconds:g} s; {len(near)} near misses."
    return answer({"error": text, "near": near}, 408)


# -- proof


@blueprint.post("/journal/verify")
def verify() -> Response:
    given = body()
    match = given.any("match", {})
    kind = given.take("kind", str, None, choices=KINDS)
    since = given.take("since", int, 0)
    least, most = _bounds(given)
    given.done()
    check(match)
    found = g.world.journal.find(kind=kind, since=since, match=match, limit=MOST_ENTRIES)
    count = len(found)
    if least <= count and (most is None or count <= most):
        return answer({"ok": True, "count": count})
    wanted = f"exactly {least}" if least == most else f"at least {least}"
    if most is not None and least != most:
        wanted = f"{least} to {most}" if least else f"at most {most}"
    said = {"ok": False, "count": count, "error": f"{count} entries match, not {wanted}."}
    if count < least:
        missed = [n for n in g.world.journal.near(match, since=since, kind=kind) if n["differs"]]
        return answer({**said, "near": missed}, 409)
    return answer({**said, "found": found[:SHOWN]}, 409)


def _bounds(given: Arguments) -> tuple[int, int | None]:
    """How many are wanted; at least one when nothing is said."""
    count = given.take("count", int, None)
    least, most = given.take("at_least", int, None), given.take("at_most", int, None)
    if count is not None and (least, most) != (None, None):
        raise Invalid.one("count", "value", "Give count, or at_least and at_most, not both.")
    if count is not None:
        least = most = count
    if least is None:
        least = 1 if most is None else 0
    if least < 0 or (most is not None and most < least):
        raise Invalid.one("at_most", "range", "There is no number that fits these bounds.")
    return least, most


@blueprint.get("/journal/export")
def export_journal() -> Response:
    given = Arguments(request.args, texts=True)
    form = given.take("format", str, JSON_LINES, choices=(JSON_LINES, HAR))
    rows = _asked(given, MOST_ENTRIES)
    if form == HAR:
        return Response(export.har(rows), mimetype="application/json")
    return Response(export.lines(rows), mimetype="application/x-ndjson")


@blueprint.post("/journal/<seq>/replay")
def send_again(seq: str) -> Response:
    body().done()
    entry = g.world.journal.get(int(seq) if seq.isdecimal() else 0)
    return answer(g.world.courier.again(entry).as_dict())


@blueprint.get("/coverage")
def coverage() -> Response:
    given = Arguments(request.args, texts=True)
    form = given.take("format", str, JSON, choices=(JSON, TEXT))
    if given.take("universes", str, THIS, choices=(THIS, ALL)) == ALL:
        given.done()
        survey = g.universes.touched()
    else:
        survey = g.universes.surveyor.new()
        g.universes.surveyor.read(_asked(given, MOST_ENTRIES), survey)
    if form == TEXT:
        return Response(survey.as_text(), mimetype="text/plain")
    return answer(survey.as_dict())


# -- recordings


@blueprint.post("/recording")
def record() -> Response:
    body().done()
    return answer(tape.start(g.universes, g.world).start, 201)


@blueprint.get("/recording")
def recording() -> Response:
    if g.world.recording is None:
        raise NotFound(f"Nothing is recorded in universe {g.world.name}.")
    return answer(g.world.recording.as_dict())


@blueprint.delete("/recording")
def stop_recording() -> Response:
    tape.stop(g.world)
    return Response(status=204)


def _asked(given: Arguments, most: int) -> list[dict[str, Any]]:
    """The entries that a query asks for, `most` if it does not say how many."""
    kind = given.take("kind", str, None, choices=KINDS)
    since = given.take("since", int, 0)
    limit = int(within("limit", given.take("limit", int, most), 1, MOST_ENTRIES))
    match = _match(given.take("match", str, None))
    given.done()
    check(match)
    found: list[dict[str, Any]] = g.world.journal.find(
        kind=kind, since=since, match=match, limit=limit
    )
    return found


def _match(text: str | None) -> Any:
    """A JSON object asks for members, any other text for entries that contain it."""
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid.one("match", "json", f"match is not JSON: {error}") from None
