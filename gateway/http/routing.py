"""Which of two routes owns a path when one spells a segment out and the other has a variable there.

The spelled-out route owns it for every method: `POST /things/search` is a 405 where only GET is
served at that path, even though `POST /things/<id>` exists and would fit. The framework decides
each method on its own and would look for a thing named "search".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

Shape = tuple[str | None, ...]
VARIABLE = None


class Owners:
    """The shapes of all routes with their methods; a variable segment is None in a shape."""

    def __init__(self, rules: Iterable[Any]) -> None:
        """`rules` are werkzeug's, templates and methods of an app."""
        self.methods: dict[Shape, set[str]] = {}
        for rule in rules:
            self.methods.setdefault(shape_of(rule.rule), set()).update(rule.methods or ())
        ordered = sorted(self.methods, key=_literals_first)
        self.stricter: Mapping[Shape, tuple[Shape, ...]] = {
            shape: tuple(other for other in ordered if _narrows(other, shape)) for shape in ordered
        }
        self.shapes = {rule.rule: shape_of(rule.rule) for rule in rules}
        self.ordered = ordered

    def refusal(self, rule: str, path: str) -> MethodNotAllowed | None:
        """The 405 for a path that matched a rule but belongs to a route that spells it out."""
        narrower = self.stricter[self.shapes[rule]]
        return self._refused(narrower, path) if narrower else None

    def narrowed(self, error: HTTPException, path: str) -> HTTPException:
        """A 405 with the methods of the owner alone; any other error as it is."""
        if not isinstance(error, MethodNotAllowed):
            return error
        return self.unserved(path)

    def unserved(self, path: str) -> HTTPException:
        """What is said of a method that none of these routes has at a path."""
        return self._refused(self.ordered, path) or NotFound()

    def _refused(self, shapes: Iterable[Shape], path: str) -> MethodNotAllowed | None:
        segments = path.strip("/").split("/")
        for shape in shapes:
            if _fits(shape, segments):
                return MethodNotAllowed(valid_methods=sorted(self.methods[shape]))
        return None


def shape_of(rule: str) -> Shape:
    return tuple(VARIABLE if "<" in part else part for part in rule.strip("/").split("/"))


def _literals_first(shape: Shape) -> list[tuple[bool, str]]:
    return [(part is VARIABLE, part or "") for part in shape]


def _fits(shape: Shape, segments: list[str]) -> bool:
    return len(shape) == len(segments) and all(
        part is VARIABLE or part == segment for part, segment in zip(shape, segments, strict=True)
    )


def _narrows(shape: Shape, other: Shape) -> bool:
    """Whether a path of `shape` also fits `other`, and at the first difference is spelled out."""
    if len(shape) != len(other) or shape == other:
        return False
    pairs = [(a, b) for a, b in zip(shape, other, strict=True) if a != b]
    return all(a is VARIABLE or b is VARIABLE for a, b in pairs) and pairs[0][1] is VARIABLE
