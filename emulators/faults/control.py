"""The control calls about faults: those of the world of the request."""

from __future__ import annotations

from dataclasses import asdict

import flask
from flask import Response, g, request

from emulators.arguments import Arguments, json_object
from emulators.control_worlds import answer
from emulators.faults import scripts
from emulators.faults.reading import read, shown
from emulators.faults.rules import Fault

blueprint = flask.Blueprint("faults", __name__)


@blueprint.get("/faults")
def faults() -> Response:
    return _answer(list(g.world.faults))


@blueprint.post("/faults")
def make() -> Response:
    """One fault, or with `{"script": name}` all of a chaos script."""
    return _answer([g.world.faults.add(fault) for fault in _made()], 201)


@blueprint.delete("/faults")
def clear() -> Response:
    given = Arguments(request.args, texts=True)
    script = given.take("script", str, "")
    given.done()
    g.world.faults.clear(script)
    return Response(status=204)


@blueprint.get("/faults/scripts")
def chaos_scripts() -> Response:
    return answer([asdict(script) for script in scripts.known()])


@blueprint.delete("/faults/<fault_id>")
def remove(fault_id: str) -> Response:
    g.world.faults.remove(fault_id)
    return Response(status=204)


def _made() -> list[Fault]:
    given = json_object(request.get_data())
    if "script" not in given:
        return [read(given, g.world.dialects)]
    members = Arguments(given)
    script = scripts.named(members.take("script", str))
    members.done()
    return script.made(g.world.dialects)


def _answer(found: list[Fault], status: int = 200) -> Response:
    return answer({"faults": [shown(fault) for fault in found]}, status)
