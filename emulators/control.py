"""The control API of the emulator: how a test suite seeds, resets, plays traffic and looks back.

It speaks JSON without credentials, because the emulator listens on loopback unless told otherwise.
Every refusal says in one sentence what was wrong. The world a call is about comes from `find`, so
that the same application can serve several.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from emulators import call_traffic, control_journal, control_traffic, control_worlds, traffic
from emulators.arguments import Arguments, json_object
from emulators.console import mounting as console
from emulators.control_worlds import answer, body
from emulators.faults import control as control_faults
from emulators.recorder import CONTROL
from gateway.domain import problems

if TYPE_CHECKING:
    from emulators.universes import Universes
    from emulators.worlds import World

BASE = "/_emulator/api"
MOST_BODY_BYTES = 64 * 1_048_576

STATUSES: dict[type[problems.Problem], int] = {
    problems.NotFound: 404,
    problems.Conflict: 409,
    problems.InUse: 409,
    problems.TooLarge: 413,
    problems.Unavailable: 503,
}

blueprint = flask.Blueprint("control", __name__, url_prefix=BASE)


def create_control(find: Callable[[dict[str, Any]], World], universes: Universes) -> Flask:
    """The application; `find` gives the world a WSGI environment asks for."""
    app = Flask("polytrunk.control", static_folder=None)
    app.register_blueprint(blueprint)
    for part in (control_worlds, control_traffic, control_faults, control_journal):
        app.register_blueprint(part.blueprint, url_prefix=BASE)
    console.install(app, CONTROL, BASE)
    app.register_error_handler(problems.Problem, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(re.error, _refuse_pattern)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.url_map.strict_slashes = False

    @app.before_request
    def enter() -> None:
        g.world, g.universes = find(request.environ), universes

    return app


@blueprint.post("/seed")
def seed() -> Response:
    loaded = g.world.seed(json_object(request.get_data()))
    return answer({"created": loaded.created, "updated": loaded.updated})


@blueprint.post("/traffic/sms")
def traffic_sms() -> Response:
    return answer(traffic.sms(g.world, body()), 201)


@blueprint.post("/traffic/mms")
def traffic_mms() -> Response:
    return answer(traffic.mms(g.world, body()), 201)


@blueprint.post("/traffic/receipt")
def traffic_receipt() -> Response:
    return answer(traffic.receipt(g.world, body()), 201)


@blueprint.post("/traffic/call")
def traffic_call() -> Response:
    return answer(call_traffic.call(g.world, body()), 201)


@blueprint.post("/traffic/registration")
def traffic_registration() -> Response:
    return answer(call_traffic.registration(g.world, body()), 201)


@blueprint.get("/mail")
def mail() -> Response:
    given = Arguments(request.args, texts=True)
    to = given.take("to", str, "")
    given.done()
    return answer(g.world.mail(to))


@blueprint.get("/scripts")
def scripts() -> Response:
    return answer(g.world.scripts())


@blueprint.put("/scripts")
def set_scripts() -> Response:
    g.world.set_scripts(json_object(request.get_data()))
    return answer(g.world.scripts())


def _refuse(problem: problems.Problem) -> Response:
    status = STATUSES.get(type(problem), 400)
    body: dict[str, Any] = {"error": problem.text or problem.kind.replace("_", " ")}
    if problem.fields:
        body["fields"] = {path: [w.text for w in whys] for path, whys in problem.fields.items()}
    return answer(body, status)


def _refuse_pattern(error: re.error) -> Response:
    return answer({"error": f"matches is not a regular expression: {error}"}, 400)


def _refuse_http(error: HTTPException) -> Response:
    text, status = error.description or error.name, error.code or 500
    if status == 404:
        text = f"There is no control call {request.method} {request.path}."
    refusal = answer({"error": text}, status)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            refusal.headers[name] = value
    return refusal
