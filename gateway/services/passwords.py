"""Password hashes: argon2id, computed off the event loop because one takes a tenth of a second."""

from __future__ import annotations

from typing import cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent.hub import get_hub

_HASHER = PasswordHasher()
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$ZN6Bm6WeiRLjTonIAGUavQ"
    "$VbminOkOgsxXndDF2rvpSvME2hulVZDoiPrM7YTEuiE"
)
"""Checked when there is no such user, so that the time of an answer does not tell."""


def hashed(password: str) -> str:
    """An argon2id hash with its parameters and salt; never call this inside a transaction."""
    return cast(str, get_hub().threadpool.apply(_HASHER.hash, (password,)))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password made this hash; False for no hash, after the same time."""
    right = get_hub().threadpool.apply(_verify, (stored or _NOBODY, password))
    return bool(right and stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
