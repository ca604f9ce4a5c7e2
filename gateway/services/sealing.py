"""Secrets inside JSON columns: encrypted when stored, readable only by what must replay them.

A column of its own has a SecretField; the login of a call's target and the passwords of its hooks
stand inside documents, so this module seals and opens those members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.models.current import current_store

SECRET = "password"
SECRETS = (SECRET, "key_value")


def sealed(part: Mapping[str, Any]) -> dict[str, Any]:
    """The object with its password and key, where it has them, encrypted."""
    keyring = current_store().keyring
    return {**part, **{name: keyring.encrypt(part[name]) for name in _held(part)}}


def opened(part: Mapping[str, Any]) -> dict[str, Any]:
    """The object with its password and key in clear."""
    keyring = current_store().keyring
    return {**part, **{name: keyring.decrypt(part[name]) for name in _held(part)}}


def _held(part: Mapping[str, Any]) -> list[str]:
    return [name for name in SECRETS if part.get(name) is not None]


def resealed(part: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The object sealed; a secret that is left out, or is the same, stays the stored one."""
    clear = opened(stored)
    kept = {
        name: stored[name]
        for name in _held(stored)
        if part.get(name) in (None, stored[name], clear[name])
    }
    new = {name: value for name, value in part.items() if name not in kept}
    return {**sealed(new), **kept}


def sealed_target(target: Mapping[str, Any]) -> dict[str, Any]:
    """A target whose login is sealed."""
    auth = target.get("auth")
    return {**target, "auth": sealed(auth)} if auth else dict(target)


def sealed_hooks(hooks: Mapping[str, Any] | None) -> dict[str, Any]:
    """Hooks by name, each sealed; those that are null are left out."""
    return {name: sealed(hook) for name, hook in (hooks or {}).items() if hook is not None}
