"""The platform's rules for passwords: one document of the installation, in force everywhere.

While nobody has set any, six characters are enough, as sign-up has always demanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain import passwords, policy
from gateway.domain.context import Context
from gateway.domain.passwords import PasswordRules
from gateway.domain.policy import Owner
from gateway.domain.problems import Invalid, Why
from gateway.models.database import write
from gateway.services import documents

KIND, ONE = "password_rules", "current"
PLATFORM = Owner(None)
FIRST = {"min_length": 8}
"""What is in force beside the first rules somebody sets."""


def _stored() -> Any | None:
    found = documents.of_owner(KIND, PLATFORM)
    return found[0] if found else None


def current(ctx: Context) -> PasswordRules:
    """The rules in force."""
    row = _stored()
    return PasswordRules(**row.body) if row is not None else PasswordRules()


def read(ctx: Context) -> PasswordRules | None:
    """The rules as somebody set them, None where nobody did; for administrators."""
    policy.require(ctx, "system.read")
    row = _stored()
    return PasswordRules(**row.body) if row is not None else None


def save(ctx: Context, change: Mapping[str, Any]) -> None:
    """Set the rules named in `change`; the others stay."""
    policy.require(ctx, "system.write")
    with write():
        row = _stored()
        if row is None:
            documents.create(ctx, KIND, {**FIRST, **change}, key=ONE, owner=PLATFORM)
        else:
            documents.store(ctx, row, {"body": {**row.body, **change}})


def demand(ctx: Context, field: str, password: str) -> None:
    """Invalid at `field` for a password that breaks the rules."""
    wrong = passwords.broken(password, current(ctx))
    if wrong:
        raise Invalid(wrong[0], fields={field: [Why("said", f"password {text}") for text in wrong]})
