"""Paths in another case: a dialect may read the fixed segments of its routes in any case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Tree = dict[str | None, Any]
SPELLING = ""


class CaseFolder:
    """Rewrites the fixed segments of a path to the spelling of the route; parameters stay."""

    def __init__(self, rules: Iterable[str]) -> None:
        """`rules` are route templates; a segment with `<` is a parameter."""
        self.tree: Tree = {}
        for rule in rules:
            node = self.tree
            for segment in rule.strip("/").split("/"):
                key = None if "<" in segment else segment.lower()
                node = node.setdefault(key, {SPELLING: segment})

    def __call__(self, path: str) -> str:
        """The path as routes spell it, unchanged when no route fits."""
        segments = path.split("/")
        start = 1 if path.startswith("/") else 0
        end = len(segments) - 1 if path.endswith("/") and len(segments) > 1 else len(segments)
        found = self._walk(self.tree, segments[start:end])
        if found is None:
            return path
        return "/".join([*segments[:start], *found, *segments[end:]])

    def _walk(self, node: Tree, segments: list[str]) -> list[str] | None:
        if not segments:
            return []
        head, rest = segments[0], segments[1:]
        for key in (head.lower(), None):
            if key in node and key != SPELLING:
                after = self._walk(node[key], rest)
                if after is not None:
                    return [head if key is None else node[key][SPELLING], *after]
        return None
