"""The control calls about faults: those of the world of the request."""

from __future__ import annotations

import flask
from flask import Response, g, request

from emulators.arguments import json_object
from emulators.control_worlds import answer
from emulators.faults.reading import read, shown
from emulators.faults.rules import Fault

blueprint = flask.Blueprint("faults", __name__)


@blueprint.get("/faults")
def faults() -> Response:
    return _answer(list(g.world.faults))


@blueprint.post("/faults")
def make() -> Response:
    fault = read(json_object(request.get_data()), g.world.dialects)
    return _answer([g.world.faults.add(fault)], 201)


@blueprint.delete("/faults")
def clear() -> Response:
    g.world.faults.clear()
    return Response(status=204)


@blueprint.delete("/faults/<fault_id>")
def remove(fault_id: str) -> Response:
    g.world.faults.remove(fault_id)
    return Response(status=204)


def _answer(found: list[Fault], status: int = 200) -> Response:
    return answer({"faults": [shown(fault) for fault in found]}, status)
