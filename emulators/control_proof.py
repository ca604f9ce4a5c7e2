"""The control calls that keep what happened: recordings to play again."""

from __future__ import annotations

import flask
from flask import Response, g

from emulators import tape
from emulators.control_worlds import answer, body
from gateway.domain.problems import NotFound

blueprint = flask.Blueprint("proof", __name__)


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
