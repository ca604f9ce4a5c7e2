"""Accounts and their addresses."""

from __future__ import annotations

from adapters.callable.schemas.common import Callable, Id24, Sent
from gateway.wire import E164, Length, Pattern, Text

NAME = Length(1, 255)
LABEL = Pattern(
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", "must be a host label: letters, digits, -"
)


class Account(Callable):
    id = Id24(attribute="uid", required=True)
    name = Text(required=True)
    mbn = E164(attribute="billing_number", style="digits")
    domain = Text()


class AccountChange(Sent):
    """An account as it is made or replaced."""

    name = Text(required=True, validate=NAME)
    mbn = E164(attribute="billing_number", style="digits")
    domain = Text(validate=LABEL)
