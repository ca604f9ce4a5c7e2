"""Secrets inside JSON columns: encrypted when stored, readable only by what must replay them.

A column of its own has a SecretField; the login of a call's target and the passwords of its hooks
stand inside documents, so this module seals and opens that one member.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.models.current import current_store

SECRET = "password"


def sealed(part: Mapping[str, Any]) -> dict[str, Any]:
    """The object with its password, if it has one, encrypted."""
    found = dict(part)
    if found.get(SECRET) is not None:
        found[SECRET] = current_store().keyring.encrypt(found[SECRET])
    return found


def opened(part: Mapping[str, Any]) -> dict[str, Any]:
    """The object with its password in clear."""
    found = dict(part)
    if found.get(SECRET) is not None:
        found[SECRET] = current_store().keyring.decrypt(found[SECRET])
    return found


def sealed_target(target: Mapping[str, Any]) -> dict[str, Any]:
    """A target whose login is sealed."""
    auth = target.get("auth")
    return {**target, "auth": sealed(auth)} if auth else dict(target)


def sealed_hooks(hooks: Mapping[str, Any] | None) -> dict[str, Any]:
    """Hooks by name, each sealed; those that are null are left out."""
    return {name: sealed(hook) for name, hook in (hooks or {}).items() if hook is not None}
