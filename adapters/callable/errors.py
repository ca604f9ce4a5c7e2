"""Problems as Callable says them: `{status, messages, errors, timestamp}`.

`status` is the reason phrase of the HTTP status in upper snake case, `messages` one sentence, and
`errors` the refused members, each `path: reason`. Where tokens are made, a refusal has the form
of OAuth 2 instead. The guide documents no error; the form is that of the vendor's published
library (README.md).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from gateway.dialect import ErrorView, Rendered
from gateway.domain import instants
from gateway.domain.problems import Problem

STATUS = {
    "invalid": 400,
    "malformed": 400,
    "conflict": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "in_use": 409,
    "too_large": 413,
    "unsupported_media": 415,
    "limited": 429,
    "unavailable": 503,
    "internal": 500,
}
MESSAGES = {
    "invalid": "Validation Error",
    "malformed": "Malformed JSON",
    "conflict": "Not Unique",
    "unauthenticated": "Unauthorized",
    "forbidden": "Forbidden",
    "not_found": "could not find resource",
    "method_not_allowed": "Method Not Allowed",
    "in_use": "In use",
    "too_large": "Payload Too Large",
    "unsupported_media": "Unsupported Media Type",
    "limited": "Too Many Requests",
    "unavailable": "Service Unavailable",
    "internal": "Internal Server Error",
}
PHRASES = {413: "PAYLOAD_TOO_LARGE"}  # the phrase differs between versions of Python
TOKENS = frozenset({"authorize", "refresh"})
OAUTH = {"unauthenticated": "invalid_grant", "invalid": "invalid_request"}
_PLACE = re.compile(r"\.(\d+)(?=\.|$)")
WITH_REASONS = frozenset({"invalid", "malformed", "conflict", "in_use"})


def render_problem(problem: Problem, view: ErrorView) -> Rendered:
    """One error in the form of the operation that was asked for."""
    kind = problem.kind if problem.kind in STATUS else "internal"
    status = STATUS[kind]
    if view.operation in TOKENS and kind in OAUTH:
        said = "; ".join(_reasons(problem)) or problem.text
        return Rendered(status, {"error": OAUTH[kind], "error_description": said})
    body: dict[str, Any] = {
        "status": PHRASES.get(status) or HTTPStatus(status).name,
        "messages": [MESSAGES[kind]],
        "errors": _reasons(problem) if kind in WITH_REASONS else [],
        "timestamp": instants.micros(view.at) // 1000 if view.at else None,
    }
    return Rendered(status, body)


def _reasons(problem: Problem) -> list[str]:
    """Each refused member with its reason, or the one sentence that says what is wrong."""
    if problem.fields:
        return [
            f"{_spelled(path)}: {_said(why.code, why.text)}" if path else _said(why.code, why.text)
            for path, reasons in problem.fields.items()
            for why in reasons
        ]
    return [problem.text] if problem.text else []


def _spelled(path: str) -> str:
    """`verbs.1.say` as `verbs[1].say`."""
    return _PLACE.sub(r"[\1]", path)


def _said(code: str, text: str) -> str:
    return "unknown reference" if code == "unknown_reference" else text
