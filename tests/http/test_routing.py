"""A path that one route spells out is that route's alone, whatever the method."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from gateway.http.routing import Owners

RULES = [
    ("GET", "/things/search"),
    ("GET", "/things/<id>"),
    ("POST", "/things/<id>"),
    ("PATCH", "/things/<id>/tags/color"),
    ("DELETE", "/things/<id>/tags/<tag>"),
    ("GET", "/things/search/tags/<tag>"),
    ("PUT", "/things/<name>"),
]
MAP = Map([Rule(path, methods=[method], endpoint=path) for method, path in RULES])
OWNERS = Owners(list(MAP.iter_rules()))


@pytest.mark.parametrize(
    ("rule", "path", "methods"),
    [
        ("/things/<id>", "/things/search", ["GET", "HEAD"]),
        ("/things/<id>", "/things/search/", ["GET", "HEAD"]),
        ("/things/<id>/tags/<tag>", "/things/7/tags/color", ["PATCH"]),
        ("/things/<id>/tags/<tag>", "/things/search/tags/color", ["GET", "HEAD"]),
    ],
)
def test_the_spelled_out_route_owns_the_path(rule: str, path: str, methods: list[str]) -> None:
    refused = OWNERS.refusal(rule, path)
    assert refused is not None
    assert refused.valid_methods == methods


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/things/<id>", "/things/7"),
        ("/things/search", "/things/search"),
        ("/things/<id>/tags/<tag>", "/things/7/tags/size"),
        ("/things/<id>/tags/color", "/things/7/tags/color"),
        ("/things/search/tags/<tag>", "/things/search/tags/color"),
    ],
)
def test_other_paths_stay_with_the_route_that_matched(rule: str, path: str) -> None:
    assert OWNERS.refusal(rule, path) is None


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/things/search", ["GET", "HEAD"]),
        ("/things/7", ["GET", "HEAD", "POST", "PUT"]),
        ("/things/7/tags/color", ["PATCH"]),
        ("/things/7/tags/size", ["DELETE"]),
    ],
)
def test_a_405_names_the_methods_of_the_owner_alone(path: str, methods: list[str]) -> None:
    everything = MethodNotAllowed(valid_methods=["DELETE", "GET", "PATCH", "POST"])
    narrowed = OWNERS.narrowed(everything, path)
    assert isinstance(narrowed, MethodNotAllowed)
    assert narrowed.valid_methods == methods


def test_other_errors_stay() -> None:
    error = NotFound()
    assert OWNERS.narrowed(error, "/things/search") is error
