"""Every kind of problem in both profiles: status and body."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.flowroute.errors import STATUS, render_problem
from adapters.flowroute.profiles import DOCUMENTED, OBSERVED, PROFILES
from gateway.dialect import ErrorView
from gateway.domain import problems
from gateway.domain.problems import Invalid, Why

ID = "11111111-2222-4333-8444-555555555555"
REFUSED = Invalid(
    "refused",
    fields={
        "data.attributes.zip": [Why("length", "too short"), Why("place", "not of US")],
        "data.attributes.city": [Why("required", "is required")],
    },
)
KINDS = {
    kind.kind: kind
    for kind in vars(problems).values()
    if isinstance(kind, type)
    and issubclass(kind, problems.Problem)
    and kind is not problems.Problem
}


def body(problem: Any, profile: Any) -> tuple[int, dict[str, Any]]:
    rendered = render_problem(problem, ErrorView(profile=profile, request_id=ID))
    (error,) = rendered.body["errors"]
    assert error["id"] == ID
    assert error["status"] == rendered.status
    return rendered.status, error


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_problem_has_a_status_and_a_body(kind: str, profile: Any) -> None:
    status, error = body(KINDS[kind]("told"), profile)
    assert status == STATUS[kind]
    assert set(error) <= {"id", "status", "title", "detail"}
    assert isinstance(error["detail"], str)


@pytest.mark.parametrize(
    ("kind", "status", "title", "detail"),
    [
        ("unauthenticated", 401, "Unauthorized", "Authentication failed."),
        ("forbidden", 403, "Forbidden", "told"),
        ("in_use", 403, "Route is associated with numbers", None),
        ("not_found", 404, "Not Found", "Could not find that resource on your account."),
        ("method_not_allowed", 405, "Method Not Allowed", None),
        ("conflict", 422, "Unprocessable Entity", "told"),
        ("malformed", 400, "Client Error", "told"),
        ("too_large", 413, "Payload Too Large", "told"),
        ("unsupported_media", 415, "Unsupported Media Type", "told"),
        ("limited", 429, "Too Many Requests", "told"),
        ("unavailable", 503, "Service Unavailable", "told"),
        ("internal", 500, "Internal Server Error", None),
    ],
)
def test_documented_words(kind: str, status: int, title: str, detail: str | None) -> None:
    got, error = body(KINDS[kind]("told"), DOCUMENTED)
    assert (got, error["title"]) == (status, title)
    if detail is not None:
        assert error["detail"] == detail


@pytest.mark.parametrize(
    ("kind", "title", "detail"),
    [
        ("forbidden", "ActionNotAuthorizedError", ""),
        ("not_found", None, "Could not find that resource on your account."),
        ("conflict", None, "told"),
    ],
)
def test_observed_words(kind: str, title: str | None, detail: str) -> None:
    _, error = body(KINDS[kind]("told"), OBSERVED)
    assert error.get("title") == title
    assert error["detail"] == detail


def test_refused_members_are_text_in_one_profile_and_an_object_in_the_other() -> None:
    assert body(REFUSED, DOCUMENTED)[1]["detail"] == (
        "data.attributes.zip: too short, not of US; data.attributes.city: is required"
    )
    observed = body(REFUSED, OBSERVED)[1]
    assert "title" not in observed
    assert observed["detail"] == {
        "data": {"attributes": {"zip": ["too short", "not of US"], "city": ["is required"]}}
    }


def test_paths_inside_each_other_are_all_told() -> None:
    whys = [Why("type", "bad")]
    crossing = Invalid("x", fields={"data": whys, "data.id": whys, "a.b": whys, "a": whys})
    assert body(crossing, OBSERVED)[1]["detail"] == {
        "data": {"_": ["bad"], "id": ["bad"]},
        "a": {"b": ["bad"], "_": ["bad"]},
    }
