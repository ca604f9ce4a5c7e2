"""Sessions for a dialect: relative paths below a universe's base URL, and its way to log in.

How a dialect is logged in to is read from the document it serves: Basic, a key as a Bearer token,
or a token that is asked for with a user and password where the scheme's `x-token-url` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.auth import AuthBase, HTTPBasicAuth

REQUEST_SECONDS = 120.0


class Bearer(AuthBase):
    """Shows a token; `token` is asked for one when the first request needs it."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self._known = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self._known = self._known or self._token()
        request.headers["Authorization"] = f"Bearer {self._known}"
        return request


class Session(requests.Session):
    """A session with `/path` meaning a path below `base_url`; links in answers work as they are.

    It takes no notice of the environment's proxies.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url
        self.trust_env = False

    def request(  # type: ignore[override]
        self, method: str, url: str, *args: Any, **more: Any
    ) -> requests.Response:
        more.setdefault("timeout", REQUEST_SECONDS)
        whole = url if "://" in url else self.base_url + url
        return super().request(method, whole, *args, **more)


def log_in(
    document: Mapping[str, Any], account: Mapping[str, str], session: requests.Session
) -> AuthBase:
    """What the first scheme of a served document asks for; `session` is to fetch tokens with."""
    name = next(iter(document["security"][0]))
    scheme = document["components"]["securitySchemes"][name]
    if scheme.get("scheme") == "basic":
        return HTTPBasicAuth(account["key_id"], account["secret"])
    if url := scheme.get("x-token-url"):
        return Bearer(lambda: _token(session, url, account))
    return Bearer(lambda: account["secret"])


def _token(session: requests.Session, url: str, account: Mapping[str, str]) -> str:
    form = {"username": account["login"], "password": account["password"]}
    answer = session.post(url, data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
