"""How a hook shows its receiver who calls: by name and password, or by one or two keys.

A key is a header of a name the receiver chose. Hooks that say nothing of it show a name and
password where they have a name.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from gateway.domain.words import HookAuth

NEEDS: dict[str, tuple[str, ...]] = {
    HookAuth.NONE: (),
    HookAuth.BASIC: ("username", "password"),
    HookAuth.KEY: ("key_name", "key_value"),
    HookAuth.KEY_SECRET: ("key_name", "key_value", "username", "password"),
}
"""What a hook must have to show itself in a way; with a key and a secret, name and password are the
second header."""

HEADER_NAMES: dict[str, tuple[str, ...]] = {
    HookAuth.KEY: ("key_name",),
    HookAuth.KEY_SECRET: ("key_name", "username"),
}
"""Which of them are names of headers."""


_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_RESERVED = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def is_header(name: str) -> bool:
    """Whether a header may have this name: not those that frame a request."""
    return _TOKEN.fullmatch(name) is not None and name.lower() not in _RESERVED


def headers(hook: Any) -> dict[str, str]:
    """The headers of a request to a hook's receiver. `hook` has the columns of the table, or
    username and password alone."""
    way = getattr(hook, "auth_type", None)
    if way in (None, HookAuth.BASIC):
        return {"Authorization": _basic(hook.username, hook.password)} if hook.username else {}
    found = {}
    if way in HEADER_NAMES and hook.key_name:
        found[hook.key_name] = hook.key_value or ""
    if way == HookAuth.KEY_SECRET and hook.username:
        found[hook.username] = hook.password or ""
    return found


def _basic(username: str, password: str | None) -> str:
    pair = f"{username}:{password or ''}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
