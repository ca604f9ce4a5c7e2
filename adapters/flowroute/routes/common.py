"""What the routes share: where operations come from, windows with echoed filters, path texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adapters.flowroute import words
from gateway.domain.problems import NotFound
from gateway.http.paging import Page, Window
from gateway.wire import DOCUMENTED, Change, Wire

BEYOND = "vendor documentation"
CLIENTS = "vendor clients"
NUMBER = {"id": {"type": "string", "pattern": r"^\+?[1-9][0-9]{6,14}$"}}
CALLBACK = {"callback": {"type": "string", "enum": sorted(words.CALLBACKS)}}
WINDOW = ("limit", "offset")
DECIMAL = {"type": "string", "pattern": "^[0-9]+$"}


def purpose(callback: str) -> str:
    """`sms_callback` -> `sms`; NotFound for a path that names no callback."""
    if callback not in words.CALLBACKS:
        raise NotFound()
    return words.CALLBACKS[callback]


def paged(path: str, schema: Wire, query: Change, search: Callable[..., Sequence[Any]]) -> Page:
    """A page of `search(limit=, offset=)`; filters that were given are echoed in its links."""
    window = Window(path, query["limit"], query["offset"], spelled(schema, query))
    return Page.ask(window, lambda limit, offset: search(limit=limit, offset=offset))


def filters(query: Change) -> dict[str, Any]:
    """What a list query asks for besides its window, by the names the services use."""
    return {
        name: value for name, value in query.items() if name not in WINDOW and value is not None
    }


def spelled(schema: Wire, query: Change) -> dict[str, str]:
    """The filters as links echo them: wire names in order, normalised values."""
    out = {}
    for attribute, (name, field) in schema.table().items():
        value = query.get(attribute)
        if value is not None and name not in WINDOW:
            render = field.renderer(DOCUMENTED)
            text = value if render is None else render(value)
            out[name] = str(text).lower() if isinstance(text, bool) else str(text)
    return dict(sorted(out.items()))
