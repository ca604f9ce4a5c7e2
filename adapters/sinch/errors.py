"""Problems as Sinch says them: `{code, status, message, details}`.

`code` is the HTTP status, `status` a word for it. `details` say which members were refused, for
what reason, and by which id the request can be found in the logs. There is no 409: conflicts and
deletes that something stands in the way of are 400.
"""

from __future__ import annotations

from typing import Any

from gateway.dialect import ErrorView, Rendered
from gateway.domain.problems import Problem, Why
from gateway.services.tokens import Expired

STATUS = {
    "invalid": 400,
    "malformed": 400,
    "conflict": 400,
    "in_use": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "unsupported_media": 415,
    "limited": 429,
    "unavailable": 503,
    "internal": 500,
}
WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
USUAL = {
    "unauthenticated": "The credentials are missing or not valid.",
    "forbidden": "The caller does not have permission to do this.",
    "not_found": "The resource was not found.",
    "method_not_allowed": "The method is not allowed for this address.",
    "limited": "Too many requests.",
    "internal": "The request could not be completed.",
}
REASONS = {"conflict": "CONFLICT", "in_use": "IN_USE"}
DOMAIN = "elastic-trunking"
EXPIRED = 'Bearer error="invalid_token", error_description="The access token expired"'


def render_problem(problem: Problem, view: ErrorView) -> Rendered:
    """One error; the expired token is told in the words the vendor's client looks for."""
    kind = problem.kind if problem.kind in STATUS else "internal"
    status = STATUS[kind]
    observed = status == 400 and view.profile.holds("bad_request")
    body = {
        "code": status,
        "status": "BAD_REQUEST" if observed else WORDS[status],
        "message": _message(kind, problem),
        "details": list(_details(kind, problem, view)),
    }
    headers = {"WWW-Authenticate": EXPIRED} if isinstance(problem, Expired) else {}
    return Rendered(status, body, headers)


def _said(why: Why) -> str:
    return f"'{why.text}' is already taken" if why.code == "taken" else why.text


def _message(kind: str, problem: Problem) -> str:
    if kind == "internal":
        return USUAL[kind]
    if problem.fields:
        return "; ".join(
            f"{path}: {', '.join(map(_said, reasons))}" if path else _said(reasons[0])
            for path, reasons in problem.fields.items()
        )
    return problem.text or USUAL.get(kind) or "Bad request."


def _details(kind: str, problem: Problem, view: ErrorView) -> Any:
    if problem.fields:
        violations = [
            {"field": path, "description": _said(why)}
            for path, reasons in problem.fields.items()
            for why in reasons
        ]
        yield {"type": "BadRequest", "fieldViolations": violations}
    if kind in REASONS:
        yield {"type": "ErrorInfo", "reason": REASONS[kind], "domain": DOMAIN, "metaData": {}}
    if kind == "limited":
        violation = {"subject": "requests", "description": problem.text or USUAL[kind]}
        yield {"type": "QuotaFailure", "violations": [violation]}
    asked = {"method": view.method, "path": view.path}
    yield {"type": "RequestInfo", "requestId": view.request_id, "data": asked}
