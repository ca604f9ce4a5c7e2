"""Problems as jambonz says them.

The documented body is `{"msg": text}`. The running server has a shape of its own in some handlers;
which one, and its words, is in `refusals` by operation. In the documented profile such a body has
the member of that shape beside `msg`, so that clients written for either find theirs; the observed
profile answers exactly as the handler does, with plain text or nothing where it does so.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from adapters.jambonz import refusals
from adapters.jambonz.auth import CHALLENGE, BadToken
from adapters.jambonz.refusals import Refusal
from gateway.dialect import ErrorView, Rendered
from gateway.domain.problems import Conflict, Problem, Why
from gateway.wire.profile import Profile

STATUS = {
    "invalid": 400,
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "unsupported_media": 415,
    "conflict": 422,
    "in_use": 422,
    "limited": 429,
    "unavailable": 503,
    "internal": 500,
}
WORDS = {
    "unauthenticated": "Unauthorized",
    "forbidden": "insufficient privileges",
    "not_found": "Not Found",
    "method_not_allowed": "Method Not Allowed",
    "limited": "Too many requests, please try again later.",
    "internal": "Internal Server Error",
}
# What is said of a sid in a body: it names nothing the caller can see, or a thing of another
# account. The reason's text is the sid.
REFERENCES = {
    "unknown_reference": {
        "": "unknown {0}",
        "voip_carrier_sid": "voip_carrier not found for sid {1}",
        "service_provider_sid": "service_provider not found for sid {1}",
    },
    "other_account": {"": "{0} does not exist for specified account_sid"},
}
# Unique keys over several members.
JOINT_KEYS: dict[tuple[str, ...], str] = {("account_sid", "name"): "applications_idx_name"}
# States that stand in the way, where the running server has words for them.
STATES = {"no_link": "no configured SMS gateways"}
# Unique keys of the running server that are not named as the member is.
KEYS = {"vendor": "speech_credentials_idx_1"}
# Kinds whose observed body is plain text unless a handler says otherwise.
PLAIN = frozenset({"unauthenticated", "not_found", "limited"})


TEXT = {"type": "string"}
OPEN = {"type": ["string", "null"]}
# Bodies of errors by media type where handlers have their own; a handler may also send none.
OWN_SHAPES: dict[str, Any] = {
    "application/json": {
        "type": "object",
        "properties": dict.fromkeys(("msg", "status", "message", "error"), OPEN),
        "additionalProperties": False,
    },
    "text/plain": TEXT,
    "text/html": TEXT,
}


def error_content(profile: Profile) -> dict[str, Any]:
    """What errors may be in a profile, where it is not the one documented object."""
    return OWN_SHAPES if profile.holds("own_shapes") else {}


def render_problem(problem: Problem, view: ErrorView) -> Rendered:
    """The problem in the words of the operation that met it."""
    kind = problem.kind if problem.kind in STATUS else "internal"
    refusal = refusals.find(view.operation, kind)
    if kind == "unavailable" and not problem.fields:
        refusal = refusals.USUAL  # not a feature server, but the gateway itself
    text = refusal.text or WORDS.get(kind) or said(problem)
    if kind in ("forbidden", "not_found", "unauthenticated") and problem.fields:
        text = said(problem)
    text = text.replace("\0", "\ufffd")
    headers = _challenge(problem)
    if view.profile.holds("own_shapes"):
        return _observed(kind, refusal, text, view, headers)
    status = refusal.status or STATUS[kind]
    return Rendered(status, {"msg": text, **_twin(refusal.shape, text)}, headers)


def said(problem: Problem) -> str:
    """All reasons in one line; a reason of code `said` is a sentence of its own."""
    if not problem.fields:
        return problem.text or problem.kind.replace("_", " ")
    joint = JOINT_KEYS.get(tuple(problem.fields)) if isinstance(problem, Conflict) else None
    if joint is not None:
        values = "-".join(why.text for reasons in problem.fields.values() for why in reasons)
        return f"Duplicate entry '{values}' for key '{joint}'"
    found = [
        _taken(path, why) if isinstance(problem, Conflict) else _sentence(path, why)
        for path, reasons in problem.fields.items()
        for why in reasons
    ]
    return "; ".join(found)


def _sentence(path: str, why: Why) -> str:
    if why.code == "said" or not path:
        return why.text
    if why.code == "required":
        return f"missing field {path}"
    if why.code == "unknown":
        return f"unknown property '{path}'"
    if why.code in REFERENCES:
        return REFERENCES[why.code].get(path, REFERENCES[why.code][""]).format(path, why.text)
    return f"{path} {why.text}"


def _taken(path: str, why: Why) -> str:
    """A Conflict names the member that is taken and, as its reason's text, the value."""
    if why.code in STATES:
        return STATES[why.code]
    if why.code == "said":
        return why.text
    return f"Duplicate entry '{why.text}' for key '{KEYS.get(path, path)}'"


def _challenge(problem: Problem) -> dict[str, str]:
    if isinstance(problem, BadToken):
        return {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
    return {}


def _twin(shape: str, text: str) -> dict[str, Any]:
    if shape == "status":
        return {"status": "fail", "message": text}
    return {shape: text} if shape in ("message", "error") else {}


def _observed(
    kind: str, refusal: Refusal, text: str, view: ErrorView, headers: dict[str, str]
) -> Rendered:
    own = refusals.of_server(view.operation, kind, view.scope)
    if own is not None:
        refusal, text = own, own.text
    status = refusal.observed or refusal.status or STATUS[kind]
    if kind == "method_not_allowed" or (kind == "not_found" and not view.operation):
        page = f"<!DOCTYPE html>\n<pre>Cannot {view.method} {_escaped(view.path)}</pre>\n"
        missing = view.profile.status.get(kind, STATUS[kind])
        return Rendered(missing, page, headers, media="text/html; charset=utf-8")
    shape = refusal.shape or ("text" if kind in PLAIN else "msg")
    if shape == "empty":  # with a media type, as the document says of every error
        return Rendered(status, "", headers, media="text/plain; charset=utf-8")
    if shape == "text":
        words = refusal.text or WORDS.get(kind) or HTTPStatus(status).phrase
        return Rendered(status, words, headers, media="text/plain; charset=utf-8")
    if shape == "msg":
        return Rendered(status, {"msg": text}, headers)
    return Rendered(status, _twin(shape, text), headers)


def _escaped(path: str) -> str:
    return path.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
