"""Problems as Flowroute says them: the status table and the one body every error has.

The body is `{"errors": [{"id", "status", "title", "detail"}]}` with an integer status (contract
readings FO7, FO8). Conflicts are 422, since no source shows a 409 and the vendor's clients read the
list of errors of a 422 but not of a 409; a route that numbers still use is a 403, as the service
documents.
"""

from __future__ import annotations

from typing import Any

from gateway.dialect import ErrorView, Rendered
from gateway.domain.problems import Problem

STATUS = {
    "invalid": 422,
    "conflict": 422,
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "in_use": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "unsupported_media": 415,
    "limited": 429,
    "unavailable": 503,
    "internal": 500,
}


def render_problem(problem: Problem, view: ErrorView) -> Rendered:
    """One error in the profile's words; `id` is the request id, for support to look up."""
    kind = problem.kind if problem.kind in STATUS else "internal"
    title, said = view.profile.text[kind]
    error: dict[str, Any] = {"id": view.request_id, "status": STATUS[kind]}
    if title is not None:
        error["title"] = title
    error["detail"] = detail(problem, view) if said is None else said
    return Rendered(STATUS[kind], {"errors": [error]})


def detail(problem: Problem, view: ErrorView) -> Any:
    """What was wrong: text, or for refused members an object where the profile nests them."""
    if not problem.fields:
        return problem.text
    if view.profile.holds("nested_details"):
        return nested(problem)
    return "; ".join(
        f"{path}: {', '.join(why.text for why in reasons)}"
        for path, reasons in problem.fields.items()
    )


def nested(problem: Problem) -> dict[str, Any]:
    """`data.attributes.zip` -> {"data": {"attributes": {"zip": [texts]}}}."""
    tree: dict[str, Any] = {}
    for path, reasons in problem.fields.items():
        *parents, leaf = path.split(".")
        spot = tree
        for name in parents:
            inner = spot.setdefault(name, {})
            if not isinstance(inner, dict):
                inner = spot[name] = {"_": inner}
            spot = inner
        texts = [why.text for why in reasons]
        if isinstance(spot.get(leaf), dict):
            spot[leaf]["_"] = texts
        else:
            spot[leaf] = texts
    return tree
