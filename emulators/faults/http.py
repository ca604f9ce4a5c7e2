"""Faults of the REST dialects.

A request is struck when its dialect knows whose it is and which operation it asks for, and before
that is done: so the refusal has the words, the profile and the headers of that very operation. A
caller whom the dialect turns away by itself meets no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus

import flask

from emulators.faults import spoiling
from emulators.faults.rules import BEFORE, HTTP, Action
from emulators.universes import WORLD
from gateway.dialect import Dialect
from gateway.domain.problems import Internal, InUse, Limited, Problem, Unavailable
from gateway.http.errors import BY_CODE
from gateway.http.lifecycle import current, error_view
from gateway.services.tokens import Expired

SAID = "played by a fault"


def install(apps: Mapping[str, flask.Flask], dialects: Mapping[str, Dialect]) -> None:
    """Let the dialects' apps ask the world of each request for its faults."""
    for name, app in apps.items():
        app.before_request(partial(_strike, dialects[name]))


def _strike(dialect: Dialect) -> flask.Response | None:
    request, _ = current()
    world = request.environ[WORLD]
    if not world.faults:
        return None
    asked = {"dialect": dialect.name, "method": request.method, "path": request.path}
    fault = world.faults.strike(HTTP, **asked)
    if fault is None:
        return None
    spoiling.mark(request.environ, fault, world.clock)
    action = fault.action
    if action.kind == "status":
        return _refused(dialect, action)
    if action.kind == "expired":
        raise Expired(SAID)
    if action.kind == "reset" and action.when == BEFORE:
        return flask.Response(status=204)  # which nobody gets
    return None


def _refused(dialect: Dialect, action: Action) -> flask.Response:
    """Raise what the dialect says with this status; where it has no such word, a proxy before the
    provider says it."""
    for problem in _problems(action):
        view = error_view(dialect, problem)
        if dialect.render_problem(problem, view).status == action.status:
            raise problem
    phrase = f"{action.status} {_phrase(action.status)}"
    page = f"<html><head><title>{phrase}</title></head><body><h1>{phrase}</h1></body></html>\n"
    return flask.Response(page, action.status, mimetype="text/html")


def _problems(action: Action) -> Iterator[Problem]:
    """The likely one first."""
    text = action.text or SAID
    kinds: list[type[Problem]] = [*BY_CODE.values(), InUse, Internal]
    for kind in [BY_CODE.get(action.status, Internal), *kinds]:
        if kind is Limited:
            yield Limited(text, retry_after=action.retry_after)
        elif kind is Unavailable:
            yield Unavailable(text, retry_after=action.retry_after)
        else:
            yield kind(text)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
