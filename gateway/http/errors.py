"""Every failure becomes one Problem, and the dialect renders it: the only road to an error answer.

Headers that belong to the status are kept: Allow, WWW-Authenticate, Retry-After. A fault of ours is
logged with the request id and says nothing about itself to the client.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import orjson
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from gateway.dialect import Dialect, ErrorView, Rendered
from gateway.domain.problems import (
    Conflict,
    Forbidden,
    Internal,
    Invalid,
    Limited,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)

log = logging.getLogger(__name__)

BY_CODE: Mapping[int, type[Problem]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    413: TooLarge,
    415: UnsupportedMedia,
    422: Invalid,
    429: Limited,
    503: Unavailable,
}
LAST_RESORT = b'{"error":"internal error"}'


def as_problem(error: Exception, request_id: str) -> Problem:
    """The problem behind an exception; an unexpected one is logged and becomes Internal."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        return BY_CODE.get(error.code, Malformed)(error.description or "")
    if isinstance(error, HTTPException) and error.code == 503:
        return Unavailable(error.description or "")
    log.error("request failed", exc_info=error, extra={"request_id": request_id})
    return Internal("internal error")


def allowed_methods(error: Exception) -> tuple[str, ...]:
    methods = getattr(error, "valid_methods", None) or ()
    return tuple(sorted(methods))


def kept_headers(error: Exception, problem: Problem, challenge: str) -> dict[str, str]:
    """Headers that go with the status whatever the body looks like."""
    headers = {}
    if allowed := allowed_methods(error):
        headers["Allow"] = ", ".join(allowed)
    if isinstance(problem, Unauthenticated) and challenge:
        headers["WWW-Authenticate"] = challenge
    if isinstance(problem, Limited | Unavailable):
        headers["Retry-After"] = str(problem.retry_after)
    return headers


def error_response(error: Exception, dialect: Dialect, view: ErrorView) -> Response:
    """The dialect's answer for an exception."""
    problem = as_problem(error, view.request_id)
    try:
        rendered = dialect.render_problem(problem, view)
        body = _body(rendered)
    except Exception:
        log.exception("error could not be rendered", extra={"request_id": view.request_id})
        rendered, body = Rendered(500), LAST_RESORT
    headers = kept_headers(error, problem, dialect.challenge)
    if rendered.status != 405:
        headers.pop("Allow", None)
    response = Response(body, rendered.status, {**headers, **rendered.headers})
    response.headers["Content-Type"] = rendered.media or dialect.error_media
    if not body and rendered.body is None:
        del response.headers["Content-Type"]
    return response


def _body(rendered: Rendered) -> bytes:
    if rendered.body is None:
        return b""
    if rendered.media.startswith("text/"):
        return str(rendered.body).encode()
    return orjson.dumps(rendered.body)
