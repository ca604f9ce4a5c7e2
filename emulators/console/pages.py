"""The console's page and its files, with headers that keep the page to this server.

Everything a page shows may have been written by somebody else (a text, a header, a body). Scripts
and styles therefore come from files alone, and nothing from another origin.
"""

from __future__ import annotations

from pathlib import Path

import flask
from flask import Response

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

blueprint = flask.Blueprint("console", __name__)


@blueprint.get("/", strict_slashes=True)
def page() -> Response:
    return _file(PAGE)


@blueprint.get("/static/<name>")
def asset(name: str) -> Response:
    if name not in _names():
        flask.abort(404)
    return _file(name)


def _names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.suffix in MEDIA)


def _file(name: str) -> Response:
    path = STATIC / name
    return Response(path.read_bytes(), 200, HEADERS, content_type=MEDIA[path.suffix])
