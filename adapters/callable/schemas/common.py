"""What the areas share: the base class, ids, the objects of lists and of creations, errors."""

from __future__ import annotations

from typing import Any

from gateway.wire import E164, Int, Listed, Ref, Text, Wire


class Callable(Wire):
    """Base of all objects. A member that is not known is passed over, or refused where the profile
    says so."""

    dialect = "callable"
    strict = "known_members"


class Sent(Callable):
    """Base of what customers send: an id in it is passed over, since the path decides.

    Null stands for a member that is left out.
    """

    passes = ("id",)

    def collect(self, body: Any, reader: Any, path: str) -> Any:
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if value is not None}
        return super().collect(body, reader, path)


class Id24(Ref):
    """An id of 24 hex digits."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__("hex24", data_key, **options)


class Id(Ref):
    """A UUID."""

    def __init__(self, data_key: str | None = None, **options: Any) -> None:
        super().__init__("uuid", data_key, **options)


class Named(Callable):
    """An organisation, or an account in a list."""

    id = Id24(attribute="uid", required=True)
    name = Text(required=True)


class Ddi(Callable):
    """A number: its digits stand as its name."""

    component = "Named"

    id = Id24(attribute="uid", required=True)
    name = E164(attribute="e164", style="digits", required=True)


class Created(Callable):
    """What a creation answers where the new object has a UUID."""

    id = Id(attribute="uid", required=True)


class Error(Callable):
    """Any error; where tokens are made, the two members of OAuth 2."""

    status = Text()
    messages = Listed(Text())
    errors = Listed(Text())
    timestamp = Int()
    error = Text()
    error_description = Text()
