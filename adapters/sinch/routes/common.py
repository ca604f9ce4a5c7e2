"""What the routes share: where operations come from, paths, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from gateway.wire import Change

BEYOND = "vendor documentation"
CLIENTS = "vendor clients"
PROJECT = "/v1/projects/<projectId>"
ULID = {"type": "string", "pattern": "^[0-9A-Za-z_-]+$"}


def ids(*names: str) -> dict[str, Any]:
    """`path=` of an operation whose variables are ids; the project's is a UUID."""
    return {**dict.fromkeys(names, ULID), "projectId": {"type": "string", "format": "uuid"}}


def paged(query: Change, search: Callable[..., tuple[Sequence[Any], int]]) -> Any:
    """The answer of a list: `search(limit=, offset=)` gives the rows of the page and the total."""
    page, size = query["page"], query["page_size"]
    rows, total = search(limit=size, offset=(page - 1) * size)
    return SimpleNamespace(items=rows, total=total, page=page, page_size=size)
