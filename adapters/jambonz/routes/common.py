"""What the routes share: described path parameters, sids that may not change."""

from __future__ import annotations

from typing import Any

from adapters.jambonz.schemas.common import BEYOND_CLIENTS, BEYOND_SERVER
from gateway.domain.problems import Invalid
from gateway.http import kit
from gateway.wire import Change

__all__ = ["BEYOND_CLIENTS", "BEYOND_SERVER", "SID", "check_sid", "hooks_cleared", "sids"]

SID = {"type": "string", "format": "uuid"}


def sids(*names: str) -> dict[str, dict[str, Any]]:
    """`path=` of an operation whose variables are sids."""
    return dict.fromkeys(names, SID)


def check_sid(member: str, sid: str) -> None:
    """A body may repeat the sid of its path (clients send back what they read); another is refused.

    Call first in a PUT handler.
    """
    body = kit.body()
    given = body.get(member) if isinstance(body, dict) else None
    if given is not None and str(given).lower() != sid.lower():
        raise Invalid.one(member, "said", f"primary key {member} is immutable")


def hooks_cleared(change: Change, *names: str) -> Change:
    """Where the profile says so, hooks that a PUT does not have are taken away."""
    if kit.view().profile.holds("clears_hooks"):
        for name in names:
            change.setdefault(name, None)
    return change
