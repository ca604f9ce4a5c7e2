"""How Callable names things: 24 hex digits, or UUIDs for trunks, hooks and devices."""

from __future__ import annotations

from gateway.domain.ids import Ref


def hex24(text: str) -> Ref:
    """An organisation, account, number or call of a path; it may also be an id of the real
    service."""
    return Ref("hex24", text)


def uuid(text: str) -> Ref:
    """A trunk, hook or device of a path, likewise."""
    return Ref("uuid", text)
