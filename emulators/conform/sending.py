"""How the requests of a suite reach a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """`target` is the path below the base URL, with the query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    data: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """`media` is the media type without parameters."""

    status: int
    media: str = ""
    data: bytes = b""


Send = Callable[[Request], Answer]
"""Raises OSError when no answer comes."""


def over(base_url: str) -> Send:
    """Send over HTTP. Redirections are answers; proxies are used as the environment says, its
    stored passwords are not."""
    session = requests.Session()
    session.auth = lambda request: request

    def send(request: Request) -> Answer:
        answer = session.request(
            request.method,
            base_url.rstrip("/") + request.target,
            headers=dict(request.headers),
            data=request.data,
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
        )
        media = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(answer.status_code, media, answer.content)

    return send
