"""Paths in another case: a dialect may read the fixed segments of its routes in any case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Tree = dict[str | None, Any]
RULE = ""


class CaseFolder:
    """Rewrites the fixed segments of a path to the spelling of the route; parameters stay.

    Routes may spell one segment in several ways (`/Keys` and `/keys/<id>`): the route that fits to
    the end decides.
    """

    def __init__(self, rules: Iterable[str]) -> None:
        """`rules` are route templates; a segment with `<` is a parameter."""
        self.tree: Tree = {}
        for rule in rules:
            node, segments = self.tree, rule.strip("/").split("/")
            for segment in segments:
                node = node.setdefault(None if "<" in segment else segment.lower(), {})
            node[RULE] = segments

    def __call__(self, path: str) -> str:
        """The path as routes spell it, unchanged when no route fits."""
        segments = path.split("/")
        start = 1 if path.startswith("/") else 0
        end = len(segments) - 1 if path.endswith("/") and len(segments) > 1 else len(segments)
        given = segments[start:end]
        rule = self._rule(self.tree, given)
        if rule is None:
            return path
        found = [
            own if "<" in spelled else spelled for own, spelled in zip(given, rule, strict=True)
        ]
        return "/".join([*segments[:start], *found, *segments[end:]])

    def _rule(self, node: Tree, segments: list[str]) -> list[str] | None:
        if not segments:
            rule: list[str] | None = node.get(RULE)
            return rule
        head, rest = segments[0].lower(), segments[1:]
        for key in (head, None):
            if key in node and key != RULE:
                rule = self._rule(node[key], rest)
                if rule is not None:
                    return rule
        return None
