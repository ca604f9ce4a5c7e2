"""Accounts with their addresses and numbers."""

from __future__ import annotations

from typing import Any

from adapters.callable.schemas.common import Callable, Id24, Sent
from gateway.wire import E164, Length, Listed, Part, Pattern, Profile, Text

MOST = Length(1, 255)
LABEL = Pattern(
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", "must be a host label: letters, digits, -"
)
MOST_NUMBERS = 1000


class Telephone(E164):
    """A number, written as its digits."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__(data_key, style="digits", **options)

    def describe(self, profile: Profile) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\+?[1-9][0-9]{6,14}$"}


class Account(Sent):
    """An account; an answer also has its id."""

    id = Id24(attribute="uid", dump_only=True, required=True)
    name = Text(required=True, validate=MOST)
    mbn = Telephone(attribute="billing_number")
    domain = Text(validate=LABEL)


class CreatedAccount(Callable):
    """What the creation of an account answers."""

    id = Id24(attribute="uid", required=True)


class Address(Sent):
    """The postal address of an account; null where none was ever set."""

    line1 = Text(attribute="address.line1", required=True, validate=MOST)
    line2 = Text(attribute="address.line2", required=True, validate=MOST)
    level1 = Text(attribute="address.level1", required=True, validate=MOST)
    level2 = Text(attribute="address.level2", required=True, validate=MOST)
    postalCode = Text(attribute="address.postalCode", required=True, validate=MOST)
    country = Text(attribute="address.country", required=True, validate=MOST)


class Ddi(Callable):
    """A number: its digits stand as its name."""

    component = "Ddi"

    id = Id24(attribute="uid", required=True)
    name = Telephone(attribute="e164", required=True)


class NewDdi(Sent):
    name = Telephone(attribute="e164", required=True)


class NewDdis(Sent):
    """Numbers that are put in together."""

    ddis = Listed(Part(NewDdi), required=True, validate=Length(1, MOST_NUMBERS))
